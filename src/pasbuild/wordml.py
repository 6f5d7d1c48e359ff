"""Small builders of WordprocessingML: values in, strings of XML out.

Why: python-docx builds a body one lxml element at a time, and finds styles by name each time. A body written as one
string and parsed once is many times faster, and each builder below can be read beside the markup it makes.

Lengths are millimetres on the page and points in type; Word's own units (twips, English metric units) stay in here and
in ``wordformat``. Every text and attribute goes through ``escape``: nothing written by an author can break the markup.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import struct
import zlib
from collections.abc import Container, Sequence
from dataclasses import dataclass

from lxml import etree

_W = 'http://schemas.openxmlformats.org/wordprocessingml/2006'
_D = 'http://schemas.openxmlformats.org/drawingml/2006'
NAMESPACES = (
    f'xmlns:w="{_W}/main" xmlns:wp="{_D}/wordprocessingDrawing" xmlns:a="{_D}/main" xmlns:pic="{_D}/picture" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
"""Declarations for the root of any part built here."""

_PARSER = etree.XMLParser(remove_blank_text=True, resolve_entities=False)
"""Elements as lxml has them: those of python-docx are slower, and the text of its runs is not that of XML."""
MAX_BOOKMARK = 40
_PLAIN_ID = re.compile(r'[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*')
_INTERNAL_LINK = re.compile(r'<w:hyperlink w:anchor="([^"]*)"[^>]*>(.*?)</w:hyperlink>', re.DOTALL)
_ILLEGAL = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
_EMU_PER_MM = 36000


def parse(name: str, xml: str) -> etree._Element:
    """Return markup of ours under an element ``name``."""
    return etree.fromstring(f'<w:{name} {NAMESPACES}>{xml}</w:{name}>', _PARSER)


# --- text -------------------------------------------------------------------------------------------------------------


def escape(text: str) -> str:
    """Return ``text`` safe in XML content and attributes; characters that XML 1.0 forbids become U+FFFD.

    A carriage return is written as a reference: as itself, a parser would fold it into the end of a line.
    """
    return html.escape(_ILLEGAL.sub('\ufffd', text), quote=True).replace('\r', '&#13;')


def run(text: str, style: str = '') -> str:
    """Return a run of text in a character style, or nothing for an empty text. White space is kept as it is."""
    return _styled(f'<w:t xml:space="preserve">{escape(text)}</w:t>', style) if text else ''


def tab() -> str:
    """Return a tabulation."""
    return '<w:r><w:tab/></w:r>'


def line_break() -> str:
    """Return a line break inside a paragraph."""
    return '<w:r><w:br/></w:r>'


def field_start(instruction: str) -> str:
    """Open a complex field; its cached result follows, then ``field_end``."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escape(instruction)} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )


def field_end() -> str:
    """Close a complex field."""
    return '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def field(instruction: str, result: str, style: str = '') -> str:
    """Return a field with its result already written, so that it shows without an update."""
    return field_start(instruction) + run(result, style) + field_end()


def internal_link(name: str, content: str) -> str:
    """Return runs that lead to the bookmark ``name``."""
    return f'<w:hyperlink w:anchor="{name}" w:history="1">{content}</w:hyperlink>'


def without_dead_links(xml: str, names: Container[str]) -> str:
    """Return markup where links to a bookmark not among ``names`` have left only their words.

    LibreOffice turns such a link into a field, whose code would come back as a change of the words.
    """
    return _INTERNAL_LINK.sub(lambda link: link[0] if link[1] in names else link[2], xml)


def external_link(relation: str, content: str) -> str:
    """Return runs that lead to the address of the relationship ``relation``."""
    return f'<w:hyperlink r:id="{relation}" w:history="1">{content}</w:hyperlink>'


def note_call(number: int) -> str:
    """Return the call of a footnote."""
    return _styled(f'<w:footnoteReference w:id="{number}"/>', 'FootnoteReference')


def note(number: int, content: str) -> str:
    """Return one footnote of the footnotes part."""
    mark = _styled('<w:footnoteRef/>', 'FootnoteReference')
    return f'<w:footnote w:id="{number}">{paragraph("FootnoteText", mark + run(" ") + content)}</w:footnote>'


def notes(written: Sequence[str]) -> str:
    """Return the footnotes part: the two separators Word requires (-1 and 0), then the notes."""
    separators = ''.join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>'
        for number, kind in ((-1, 'separator'), (0, 'continuationSeparator'))
    )
    return f'<w:footnotes {NAMESPACES}>{separators}{"".join(written)}</w:footnotes>'


def _styled(content: str, style: str) -> str:
    properties = f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>' if style else ''
    return f'<w:r>{properties}{content}</w:r>'


# --- bookmarks --------------------------------------------------------------------------------------------------------


def bookmark(block_id: str) -> str:
    """Return the hidden bookmark name of a block: the identity that survives Word, LibreOffice, ODT and .doc.

    Word allows 40 letters, digits and underscores, and does not tell case apart. ``-`` becomes ``_`` and ``.`` becomes
    ``__``; an identifier too long, or out of form, is cut and ends with ``___`` (which no other name holds) and a hash.
    """
    return _name('_pas_', block_id)


def number_bookmark(block_id: str) -> str:
    """Return the bookmark name of the number in a caption ("3" of "Carte 3"): what a live reference repeats."""
    return _name('_pasr_', block_id)


def _name(prefix: str, block_id: str) -> str:
    plain = prefix + block_id.replace('-', '_').replace('.', '__')
    if _PLAIN_ID.fullmatch(block_id) and len(plain) <= MAX_BOOKMARK:
        return plain
    digest = hashlib.sha256(block_id.encode('utf-8', 'surrogatepass')).digest()[:8]
    suffix = '___' + base64.b32encode(digest).decode().rstrip('=').lower()
    return re.sub('[^a-z0-9_]', '_', plain.lower())[: MAX_BOOKMARK - len(suffix)].rstrip('_') + suffix


def marked(number: int, name: str, content: str) -> str:
    """Return ``content`` inside the bookmark ``name``; ``number`` is unique in the file."""
    start = f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>'
    return f'{start}{content}<w:bookmarkEnd w:id="{number}"/>'


# --- paragraphs and tables --------------------------------------------------------------------------------------------


def paragraph(style: str, content: str, list_number: int = 0, list_level: int = 0) -> str:
    """Return a paragraph in a named style. The one thing set on it directly is the numbered list it belongs to."""
    numbering = (
        f'<w:numPr><w:ilvl w:val="{list_level}"/><w:numId w:val="{list_number}"/></w:numPr>' if list_number else ''
    )
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{numbering}</w:pPr>{content}</w:p>'


def cell(content: str, width: int) -> str:
    """Return a table cell ``width`` twips wide; ``content`` holds at least one paragraph."""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{content}</w:tc>'


def row(cells: str, *, header: bool = False) -> str:
    """Return a table row that stays in one piece; a header row is repeated on each page."""
    return f'<w:tr><w:trPr><w:cantSplit/>{"<w:tblHeader/>" if header else ""}</w:trPr>{cells}</w:tr>'


def table(rows: str, widths: Sequence[int], title: str, description: str, *, total: bool, row_headers: bool) -> str:
    """Return a table in style ``PASTableau``. ``title`` and ``description`` are its alternative text; in twips."""
    flags = 0x0620 | 0x0040 * total | 0x0080 * row_headers
    look = (
        f'<w:tblLook w:val="{flags:04X}" w:firstRow="1" w:lastRow="{total:d}" w:firstColumn="{row_headers:d}" '
        'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
    )
    grid = ''.join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        '<w:tbl><w:tblPr><w:tblStyle w:val="PASTableau"/>'
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>{look}'
        f'<w:tblCaption w:val="{escape(title)}"/><w:tblDescription w:val="{escape(description)}"/></w:tblPr>'
        f'<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>'
    )


# --- pictures ---------------------------------------------------------------------------------------------------------


def picture(relation: str, number: int, width: float, height: float, alt: str) -> str:
    """Return a picture in the line, ``width`` by ``height`` millimetres, with its alternative text."""
    described = f'<wp:docPr id="{number}" name="Image {number}" descr="{escape(alt)}"/>'
    graphic = _graphic(relation, number, width, height)
    return (
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{_emu(width)}" cy="{_emu(height)}"/>{described}{graphic}</wp:inline></w:drawing></w:r>'
    )


def backdrop(relation: str, number: int, width: float, height: float) -> str:
    """Return a picture behind the text, from the corner of the page, marked as decorative: nothing to read out."""
    decorative = (
        '<a:extLst><a:ext uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}"><adec:decorative val="1" '
        'xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative"/></a:ext></a:extLst>'
    )
    return (
        '<w:r><w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" '
        f'relativeHeight="{number}" behindDoc="1" locked="0" layoutInCell="1" allowOverlap="1">'
        '<wp:simplePos x="0" y="0"/>'
        '<wp:positionH relativeFrom="page"><wp:posOffset>0</wp:posOffset></wp:positionH>'
        '<wp:positionV relativeFrom="page"><wp:posOffset>0</wp:posOffset></wp:positionV>'
        f'<wp:extent cx="{_emu(width)}" cy="{_emu(height)}"/><wp:wrapNone/>'
        f'<wp:docPr id="{number}" name="Aplat {number}" descr="">{decorative}</wp:docPr>'
        f'{_graphic(relation, number, width, height)}</wp:anchor></w:drawing></w:r>'
    )


def solid_png(colour: str) -> bytes:
    """Return a PNG of one flat ``#RRGGBB`` colour, 8 by 8 pixels, the same bytes everywhere (stored, not deflated)."""
    side = 8
    lines = (b'\0' + bytes.fromhex(colour[1:]) * side) * side

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))

    header = struct.pack('>IIBBBBB', side, side, 8, 2, 0, 0, 0)
    chunks = chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(lines, 0)) + chunk(b'IEND', b'')
    return b'\x89PNG\r\n\x1a\n' + chunks


def _graphic(relation: str, number: int, width: float, height: float) -> str:
    return (
        f'<a:graphic><a:graphicData uri="{_D}/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="Image {number}"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{_emu(width)}" cy="{_emu(height)}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
    )


def _emu(millimetres: float) -> int:
    return round(millimetres * _EMU_PER_MM)


# --- pages ------------------------------------------------------------------------------------------------------------


def twips(millimetres: float) -> int:
    """Return millimetres as twentieths of a point."""
    return round(millimetres * 1440 / 25.4)


@dataclass(frozen=True, slots=True)
class PageSetup:
    """Page and margins of a section, in millimetres. ``bare``: no header nor footer on its first page.

    ``header`` and ``footer``: how far from the edge they stand.
    """

    width: float
    height: float
    top: float
    right: float
    bottom: float
    left: float
    bare: bool = False
    header: float = 12
    footer: float = 11

    @property
    def column(self) -> float:
        """Width of the text, in millimetres."""
        return self.width - self.left - self.right


def section(page: PageSetup, header: str, footer: str) -> str:
    """Return the properties of a section that ends here; ``header`` and ``footer`` are relationships."""
    orient = ' w:orient="landscape"' if page.width > page.height else ''
    margins = ' '.join(
        f'w:{side}="{twips(value)}"'
        for side, value in (
            ('top', page.top), ('right', page.right), ('bottom', page.bottom), ('left', page.left),
            ('header', page.header), ('footer', page.footer), ('gutter', 0),
        )
    )  # fmt: skip
    return (
        f'<w:sectPr><w:headerReference w:type="default" r:id="{header}"/>'
        f'<w:footerReference w:type="default" r:id="{footer}"/><w:type w:val="nextPage"/>'
        f'<w:pgSz w:w="{twips(page.width)}" w:h="{twips(page.height)}"{orient}/><w:pgMar {margins}/>'
        f'{"<w:titlePg/>" if page.bare else ""}</w:sectPr>'
    )
