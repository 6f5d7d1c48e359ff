"""The last hand on the PDF: its structure, and what it claims to be, so that it is PDF/A-3a *and* PDF/UA-1.

WeasyPrint 70 knows one variant at a time and tags boxes, not elements (see ``structure.py``). ``write`` lays our own
structure in place of its, then claims PDF/UA beside PDF/A (ISO 14289-1, 5; the extension schema is asked for by ISO
19005-3, 6.6.2.3.3). What depends on the inside of WeasyPrint is all here: ``weasyprint.pdf.add_tags`` replaced while a
file is written, the boxes of the pages, and ``_tags``, the marks of a content stream. Hence ``weasyprint==70.0``.

A part laid out alone is finished the same way (``whole=False``: no claim): nothing in it is numbered over the document.
"""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from pasbuild.model import Document, FigureBlock, plain, walk
from pasbuild.structure import Annotation, Content, Node, Structure

if TYPE_CHECKING:
    import pydyf

    from pasbuild.drawing import Drawing

VARIANT = 'pdf/a-3a'
LOGGER = logging.getLogger('weasyprint')  # its complaints and ours become findings together
PX = 0.75
"""Points in a CSS pixel."""
_OWNERS = {'L': '/List', 'TH': '/Table', 'TD': '/Table', 'Figure': '/Layout'}
_EDGES = {'@top': '/Header', '@bot': '/Footer'}
_LAST_GLYPH = re.compile(rb'(\[.*[0-9a-f<])([0-9a-f]{4}>-?[\d.]*)\] TJ', re.DOTALL)
HYPHEN = '\N{HYPHEN}'
"""What WeasyPrint ends a line with when it cuts a word (``hyphenate-character``); hyphens people type are U+002D."""
_ALIKE = re.compile(rb'(?<=> <)(00a0|00ad|2010|2011)(?=>)')
"""In a table from glyphs to text, characters drawn like the space or the hyphen."""
_NUMBER = re.compile('[+\N{MINUS SIGN}-]?\\d{1,3}(?:\N{NARROW NO-BREAK SPACE}?\\d{3})*(?:,\\d+)?(?:\xa0%)?')
_CLAIM = (
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<dc:language><rdf:Bag><rdf:li>{lang}</rdf:li></rdf:Bag></dc:language></rdf:Description>'
    '<rdf:Description rdf:about=""'
    ' xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
    '<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>'
    '<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>'
    '<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>'
    '<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    '<pdfaProperty:name>part</pdfaProperty:name>'
    '<pdfaProperty:valueType>Integer</pdfaProperty:valueType>'
    '<pdfaProperty:category>internal</pdfaProperty:category>'
    '<pdfaProperty:description>Indicates which part of ISO 14289 standard is followed</pdfaProperty:description>'
    '</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>'
    '<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">'
    '<pdfuaid:part>1</pdfuaid:part></rdf:Description>'
)


# --- attached data ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside the PDF. The data behind the figure ``x`` is ``x.csv``."""

    name: str
    data: bytes
    description: str


def figure_data(document: Document, drawings: Mapping[str, Drawing]) -> tuple[Attached, ...]:
    """Return the data behind each placed figure, as CSV, in the order of their names (a PDF name tree is sorted)."""
    placed = {block.id: block for block in walk(document) if isinstance(block, FigureBlock) and block.id in drawings}
    return tuple(
        Attached(f'{name}.csv', _csv(drawings[name]), f'{block.label} {block.number}. {plain(block.caption)}')
        for name, block in sorted(placed.items())
    )


def _csv(drawing: Drawing) -> bytes:
    """Return the table of a figure for a French spreadsheet: semicolons, UTF-8 with its mark, numbers it can add up."""
    output = io.StringIO()
    writer = csv.writer(output, delimiter=';', lineterminator='\r\n')
    writer.writerows([cell(text) for text in row] for row in (drawing.header, *drawing.rows))
    return output.getvalue().encode('utf-8-sig')


def cell(text: str) -> str:
    """Return a cell as a spreadsheet reads it: « −1 234,5 » is a number, and no text is a formula."""
    if _NUMBER.fullmatch(text):
        return text.replace('\N{NARROW NO-BREAK SPACE}', '').replace('\N{MINUS SIGN}', '-')
    return f"'{text}" if text[:1] in ('=', '+', '-', '@') else text


# --- writing ----------------------------------------------------------------------------------------------------------


def write(laid_out: Any, attached: Sequence[Attached] = (), day: date = date.min, *, whole: bool = True) -> bytes:
    """Return the bytes of a document WeasyPrint has laid out (``HTML.render``), finished.

    ``attached`` files are dated ``day``. Without ``whole`` the file is a part to be merged: it carries its structure,
    bookmarks, destinations and attached files, but claims nothing and numbers no page.
    """
    from weasyprint import Attachment

    moment = datetime.combine(day, time())
    options = [
        Attachment(
            string=file.data, name=file.name, description=file.description, created=moment, modified=moment,
            relationship='Data',
        )
        for file in attached
    ]  # fmt: skip
    with _own_structure():
        data: bytes = laid_out.write_pdf(
            pdf_variant=VARIANT, pdf_identifier=False, attachments=options, finisher=claim if whole else list_files_once
        )
    return data


@contextmanager
def _own_structure() -> Iterator[None]:
    """Have WeasyPrint call ``finish`` where it would add its own tags. No public hook sees the marks of the content."""
    import weasyprint.pdf

    theirs = weasyprint.pdf.add_tags
    weasyprint.pdf.add_tags = lambda pdf, document, _version, streams: finish(document, pdf, streams)
    try:
        yield
    finally:
        weasyprint.pdf.add_tags = theirs


def claim(document: Any, pdf: pydyf.PDF) -> None:
    """Say what the whole file is: PDF/UA-1, its language, its page labels (the numbers printed on the pages)."""
    import pydyf

    packet = pdf.objects[int(pdf.catalog['Metadata'].split()[0])].stream
    before, end, after = packet[0].rpartition(b'</rdf:RDF>')
    packet[0] = before + _CLAIM.format(lang=document.metadata.lang).encode() + end + after
    pdf.catalog['PageLabels'] = pydyf.Dictionary({'Nums': pydyf.Array([0, pydyf.Dictionary({'S': '/D'})])})
    list_files_once(document, pdf)


def list_files_once(_document: Any, pdf: pydyf.PDF) -> None:
    """List each attached file once: WeasyPrint 70.0 lists it twice (its issue 2917)."""
    import pydyf

    if 'AF' in pdf.catalog:
        pdf.catalog['AF'] = pydyf.Array(dict.fromkeys(pdf.catalog['AF']))


# --- from the boxes of the pages to the structure ---------------------------------------------------------------------


def finish(document: Any, pdf: pydyf.PDF, streams: Sequence[Any]) -> None:
    """Write the structure of the laid-out ``document`` into ``pdf``; ``streams`` holds the content of each page."""
    import pydyf

    pages = [page._page_box for page in document.pages]  # noqa: SLF001
    html = next(box.element for box in _boxes(pages[0]) if box.element_tag == 'html')
    writer = Writer(pdf, Structure(html), pdf.page_references, _attached(pdf))
    for page, stream in zip(pages, streams, strict=True):
        writer.read_page(page, stream)
    writer.write()
    _name_glyphs(pdf)
    pdf.catalog['ViewerPreferences'] = pydyf.Dictionary({'DisplayDocTitle': 'true'})
    pdf.catalog['MarkInfo'] = pydyf.Dictionary({'Marked': 'true'})


def _name_glyphs(pdf: pydyf.PDF) -> None:
    """Have a glyph that stands for several characters read as the one people type and search: the space, or U+002D.

    Fonts draw them alike, and WeasyPrint names a glyph after the character it met it as first, which differs from a part
    of the document to another.
    """
    for font in pdf.objects:
        if isinstance(font, dict) and 'ToUnicode' in font:
            names = pdf.objects[int(font['ToUnicode'].split()[0])].stream
            names[:] = [_ALIKE.sub(lambda found: b'0020' if found[1] == b'00a0' else b'002d', line) for line in names]


def _attached(pdf: pydyf.PDF) -> dict[str, bytes]:
    if 'EmbeddedFiles' not in pdf.catalog.get('Names', ()):
        return {}
    names = pdf.objects[int(pdf.catalog['Names']['EmbeddedFiles'].split()[0])]['Names']
    return {name.string.decode(): reference for name, reference in zip(names[::2], names[1::2], strict=True)}


def _boxes(box: Any) -> Iterator[Any]:
    """Yield the boxes under ``box`` in reading order, the dots of leaders left out."""
    box = getattr(box, '_box', box)  # what is positioned stands behind a placeholder
    if box.is_leader:
        return
    yield box
    for child in getattr(box, 'children', ()):
        yield from _boxes(child)


@dataclass(slots=True)
class Writer:
    """Reads the pages into a structure, then writes it as PDF objects."""

    pdf: pydyf.PDF
    structure: Structure
    pages: Sequence[bytes]
    files: Mapping[str, bytes]
    """Attached files: their names and references."""
    owners: list[list[Node | None]] = field(default_factory=list)
    """Of each page, the node of each mark; None for an artifact."""
    links: list[tuple[Any, Node]] = field(default_factory=list)
    """Annotations and their nodes."""
    frames: dict[Node, tuple[float, ...]] = field(default_factory=dict)
    """Where figures stand on their page: left, bottom, right, top, in points from its foot."""

    def read_page(self, page: Any, stream: Any) -> None:
        """Place all the content of the next page; what has no place becomes an artifact."""
        marks = {box: mark['mcid'] for box, mark in stream._tags.items()}  # noqa: SLF001
        owners: list[Node | None] = [None] * len(marks)
        edges: dict[int, str] = {}
        for child in page.children:
            edge = _EDGES.get(getattr(child, 'at_keyword', '')[:4], '')
            for box in _boxes(child):
                if edge and box in marks:
                    edges[marks[box]] = edge
                elif not edge:
                    self._read_box(box, marks.get(box), page, owners)
        cut = {mcid for box, mcid in marks.items() if getattr(box, 'text', '').endswith(HYPHEN)}
        tagged = _rewrite(stream.stream, owners, edges, cut)
        self.owners.append(owners)
        if tagged < sum(owner is not None for owner in owners):
            LOGGER.error("page %d, un texte transparent (« opacity ») ne peut pas être balisé", len(self.owners))

    def _read_box(self, box: Any, mcid: int | None, page: Any, owners: list[Node | None]) -> None:
        """Place a link, a line of text or a picture. What an empty box was marked with stays without owner."""
        number = len(self.owners)
        if box.link_annotation:
            self._link(box, number)
        if mcid is None or not getattr(box, 'text', True):
            return
        pseudo = box.element_tag.partition('::')[2]
        node = owners[mcid] = self.structure.place(box.element, pseudo, Content(number, mcid))
        if node is not None and node.role == 'Figure':
            self.frames[node] = _frame(box, page.margin_height())

    def _link(self, box: Any, page: int) -> None:
        import pydyf

        annotation = box.link_annotation
        node, text = self.structure.link(box.element, Annotation(page, annotation.reference))
        annotation['Contents'] = pydyf.String(text)
        self.links.append((annotation, node))

    def write(self) -> None:
        """Write the structure: the root, its elements, the way back from content to elements, the names."""
        import pydyf

        root = self._object(Type='/StructTreeRoot')
        objects = {node: self._object(Type='/StructElem', S=f'/{node.role}') for node in self.structure.document.walk()}
        for node, element in objects.items():
            element['P'] = (objects[node.parent] if node.parent else root).reference
            self._fill(node, element, objects)
        null = b'null'
        numbers = pydyf.Array()
        for page, owners in enumerate(self.owners):
            numbers += [page, pydyf.Array(objects[node].reference if node else null for node in owners)]
        for key, (annotation, node) in enumerate(self.links, len(self.owners)):
            annotation['StructParent'] = key
            numbers += [key, objects[node].reference]
        root['K'] = pydyf.Array([objects[self.structure.document].reference])
        root['ParentTree'] = self._object(Nums=numbers).reference
        root['ParentTreeNextKey'] = len(self.owners) + len(self.links)
        names = sorted((node.name, element.reference) for node, element in objects.items() if node.name)
        if names:
            pairs = pydyf.Array(item for name, reference in names for item in (pydyf.String(name), reference))
            root['IDTree'] = self._object(Names=pairs).reference
        self.pdf.catalog['StructTreeRoot'] = root.reference

    def _object(self, **entries: Any) -> Any:
        import pydyf

        made = pydyf.Dictionary(entries)
        self.pdf.add_object(made)
        return made

    def _fill(self, node: Node, element: Any, objects: Mapping[Node, Any]) -> None:
        """Write what an element holds and what it says of itself."""
        import pydyf

        page = next((kid.page for kid in node.kids if isinstance(kid, Content)), None)
        if page is not None:
            element['Pg'] = self.pages[page]
        if node.kids:
            element['K'] = pydyf.Array(self._kid(kid, page, objects) for kid in node.kids)
        for key, text in (('ID', node.name), ('Alt', node.alt), ('E', node.expansion)):
            if text:
                element[key] = pydyf.String(text)
        if f'{node.name}.csv' in self.files and node.role == 'Figure':
            element['AF'] = pydyf.Array([self.files[f'{node.name}.csv']])
        attributes: dict[str, Any] = dict(node.attributes)
        if node in self.frames:
            attributes |= {'Placement': '/Block', 'BBox': pydyf.Array(self.frames[node])}
        if 'Headers' in attributes:
            attributes['Headers'] = pydyf.Array(map(pydyf.String, attributes['Headers']))
        if attributes:
            element['A'] = pydyf.Dictionary({'O': _OWNERS[node.role], **attributes})

    def _kid(self, kid: Node | Content | Annotation, page: int | None, objects: Mapping[Node, Any]) -> Any:
        import pydyf

        if isinstance(kid, Node):
            return objects[kid].reference
        if isinstance(kid, Annotation):
            return pydyf.Dictionary({'Type': '/OBJR', 'Pg': self.pages[kid.page], 'Obj': kid.ref})
        if kid.page == page:
            return kid.mcid
        return pydyf.Dictionary({'Type': '/MCR', 'Pg': self.pages[kid.page], 'MCID': kid.mcid})


def _frame(box: Any, height: float) -> tuple[float, ...]:
    left, top = box.content_box_x(), box.content_box_y()
    frame = left, height - top - box.height, left + box.width, height - top
    return tuple(round(PX * length, 3) for length in frame)


def _rewrite(stream: list[Any], owners: Sequence[Node | None], edges: Mapping[int, str], cut: AbstractSet[int]) -> int:
    """Turn the marks nothing owns into artifacts (``edges``: running headers and footers); count the others.

    The hyphen at the end of a line in ``cut`` is made a soft one. A mark that is not found stands in a group of its own
    (opacity), where structure cannot reach it.
    """
    import pydyf

    tagged = 0
    for place, item in enumerate(stream):
        if not isinstance(item, pydyf.Dictionary) or 'MCID' not in item:
            continue
        mcid = item['MCID']
        if owners[mcid] is None:
            kind = {'Type': '/Pagination', 'Subtype': edges[mcid]} if mcid in edges else {'Type': '/Layout'}
            stream[place - 1 : place + 1] = '/Artifact', pydyf.Dictionary(kind)
            continue
        tagged += 1
        if mcid in cut:
            _soften(stream, place)
    return tagged


def _soften(stream: list[Any], place: int) -> None:
    """Say that the last glyph of the line marked at ``place`` is a soft hyphen (ISO 32000-1, 14.8.2.2.3 and 14.9.4).

    Otherwise « aména-gement » is read, searched and copied as two words.
    """
    last = next(rank for rank in range(place, len(stream)) if stream[rank] == b'EMC') - 1
    while last > place and not stream[last].endswith(b' TJ'):
        last -= 1
    line = _LAST_GLYPH.fullmatch(stream[last]) if last > place else None
    if line:
        stream[last] = line[1] + b'>] TJ\n/Span <</ActualText <FEFF00AD>>> BDC\n[<' + line[2] + b'] TJ\nEMC'
