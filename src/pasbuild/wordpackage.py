"""The package of the Word file: parts, properties and a zip whose bytes depend on the content alone.

Why python-docx here: it knows the parts, relationships and content types of the format. Its default template brings
more than a document of ours should carry (a thumbnail, a stub of custom XML, stale styles, statistics): removed.
"""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote

import docx
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.oxml import CT_Types, serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from pasbuild import wordml
from pasbuild.procedure import states
from pasbuild.typography import NBSP, french_date, typeset
from pasbuild.watermark import watermark_colour, watermark_shape
from pasbuild.wordlint import check_word
from pasbuild.wordstyles import Role, Weight, numbering_xml, styles_xml, trim_variants

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from lxml.etree import _Element

    from pasbuild.project import Dossier
    from pasbuild.theme import Theme
    from pasbuild.wordlook import Look

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_UNWANTED = ('thumbnail', 'customXml', 'stylesWithEffects', 'webSettings', 'extended-properties')
_REPLACED = ('styles', 'numbering', 'settings', 'fontTable')
_OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006'
_EPOCH = (1980, 1, 1, 0, 0, 0)
HEADERS = {'portrait': ('entete1', 'pied1'), 'paysage': ('entete2', 'pied2')}
"""Relationships of the header and footer of an upright and of a wide page."""


@dataclass(frozen=True, slots=True)
class Content:
    """What the writer has written: the markup, and what its relationships name."""

    body: str
    notes: Sequence[str]
    pictures: Mapping[str, bytes]
    """By relationship."""
    links: Mapping[str, str]
    """Relationship of each address in the body."""
    note_links: Mapping[str, str]
    """The same, in the notes."""
    used: frozenset[tuple[Role, Weight]]
    lists: Sequence[tuple[bool, int, int]]
    """Whether in a box, level, and first number of each numbered list, in order."""
    last_page: int

    def mapped(self, change: Callable[[str], str]) -> Content:
        """Return the content with its body and each note changed."""
        return replace(self, body=change(self.body), notes=[change(note) for note in self.notes])


@dataclass(frozen=True, slots=True)
class Additions:
    """What a review copy says besides: markup added to its parts, and properties of the file."""

    settings: str = ''
    numbering: str = ''
    styles: str = ''
    shade: str = ''
    """Colour behind the runs that come from data or are counted, as #RRGGBB."""
    properties: Mapping[str, str] = field(default_factory=dict)
    trimmed: bool = False
    """Variants of a style say only what differs from it: so it is restyled once for all of them."""


_NOTHING = Additions()


def assemble(
    content: Content, dossier: Dossier, theme: Theme, added: Additions = _NOTHING, look: Look | None = None
) -> bytes:
    """Return the bytes of the Word file. Raises PasbuildError when it is not sound: a fault of the program.

    ``look``: what the dossier's own template says of styles and lists, over the theme.
    """
    document = docx.Document()
    _drop_defaults(document)
    _fill_body(document, content.body)
    levels = dossier.niveaux
    forms = (levels.dynamique.numero, levels.axe.numero, levels.objectif.numero)
    numbering = numbering_xml(theme, forms, content.lists, added.numbering)
    styles = styles_xml(theme, content.used, added.styles, added.shade)
    styles = trim_variants(styles) if added.trimmed else styles
    if look is not None:
        styles, numbering = look.restyled(styles), look.renumbered(numbering)
        _set_theme(document, look.theme)
    _add_part(document, 'styles', CONTENT_TYPE.WML_STYLES, RELATIONSHIP_TYPE.STYLES, styles)
    _add_part(document, 'numbering', CONTENT_TYPE.WML_NUMBERING, RELATIONSHIP_TYPE.NUMBERING, numbering)
    _add_part(document, 'settings', CONTENT_TYPE.WML_SETTINGS, RELATIONSHIP_TYPE.SETTINGS, _settings(added.settings))
    _add_part(document, 'fontTable', CONTENT_TYPE.WML_FONT_TABLE, RELATIONSHIP_TYPE.FONT_TABLE, _fonts(theme))
    _add_pictures(document, content.pictures)
    for address, relation in content.links.items():
        document.part.load_rel(RELATIONSHIP_TYPE.HYPERLINK, _address(address), relation, is_external=True)
    _add_notes(document, content)
    _add_headers(document, dossier, content.last_page, theme)
    _set_properties(document, dossier, added.properties)
    return check_word(canonical_zip(dict(_files(document))))


def _drop_defaults(document: WordDocument) -> None:
    for relationships in (document.part.package.rels, document.part.rels):
        for key in [key for key, relation in relationships.items() if relation.reltype.endswith(_UNWANTED + _REPLACED)]:
            del relationships[key]


def _set_theme(document: WordDocument, theme: bytes) -> None:
    """Put the colours and fonts that styles may name in the place of the default ones."""
    part = next(found.target_part for found in document.part.rels.values() if found.reltype.endswith('/theme'))
    part._blob = theme or part.blob  # noqa: SLF001  # python-docx has no public way


def _fill_body(document: WordDocument, xml: str) -> None:
    body = parse_xml(f'<w:body {wordml.NAMESPACES}>{xml}</w:body>')
    seat_sections(body)
    document.element.replace(document.element.body, body)


def seat_sections(body: _Element) -> None:
    """Move each section's properties where Word wants them: into the section's last paragraph, or last in the body.

    The writer leaves them between blocks. After a table there is no paragraph to hold them: a minimal one is added.
    """
    sections = body.findall(qn('w:sectPr'))
    for section in sections[:-1]:
        last = section.getprevious()
        if last is None or last.tag != qn('w:p'):
            last = parse_xml(f'<w:p {wordml.NAMESPACES}><w:pPr><w:pStyle w:val="PASSaut"/></w:pPr></w:p>')
            section.addprevious(last)
        last[0].append(section)


def _add_pictures(document: WordDocument, pictures: Mapping[str, bytes]) -> None:
    for number, (relation, data) in enumerate(pictures.items(), 1):
        image = Part(PackURI(f'/word/media/image{number}.png'), CONTENT_TYPE.PNG, data, document.part.package)
        document.part.load_rel(RELATIONSHIP_TYPE.IMAGE, image, relation)


def _add_notes(document: WordDocument, content: Content) -> None:
    xml = wordml.notes(content.notes)
    part = _add_part(document, 'footnotes', CONTENT_TYPE.WML_FOOTNOTES, RELATIONSHIP_TYPE.FOOTNOTES, xml)
    for address, relation in content.note_links.items():
        part.load_rel(RELATIONSHIP_TYPE.HYPERLINK, _address(address), relation, is_external=True)


def _add_headers(document: WordDocument, dossier: Dossier, last_page: int, theme: Theme) -> None:
    filigrane = states()[dossier.etat].filigrane
    head = watermark_shape(filigrane, watermark_colour(theme)) if filigrane else ''
    head += wordml.run(typeset(dossier.titre)) + wordml.tab() + wordml.run(f"SCoT {dossier.scot}")
    version = f"version{NBSP}{dossier.version} du {french_date(dossier.date)}"
    said = ' · '.join(filter(None, (typeset(dossier.mention), version)))
    page = (
        wordml.run(f"Page{NBSP}")
        + wordml.field('PAGE', '1')
        + wordml.run(f'{NBSP}/{NBSP}')
        + wordml.field('NUMPAGES', str(last_page))
    )
    foot = wordml.run(said) + wordml.tab() + page
    styles = {'portrait': ('Header', 'Footer'), 'paysage': ('PASEnTetePaysage', 'PASPiedPaysage')}
    for layout, (header, footer) in HEADERS.items():
        for name, style, line, tag, content_type, relation in (
            (header, styles[layout][0], head, 'hdr', CONTENT_TYPE.WML_HEADER, RELATIONSHIP_TYPE.HEADER),
            (footer, styles[layout][1], foot, 'ftr', CONTENT_TYPE.WML_FOOTER, RELATIONSHIP_TYPE.FOOTER),
        ):
            xml = f'<w:{tag} {wordml.NAMESPACES}>{wordml.paragraph(style, line)}</w:{tag}>'
            _add_part(document, name, content_type, relation, xml)


def _add_part(document: WordDocument, name: str, content_type: str, relation: str, xml: str) -> Part:
    part = Part(PackURI(f'/word/{name}.xml'), content_type, _DECLARATION + xml.encode(), document.part.package)
    document.part.load_rel(relation, part, name)
    return part


def _settings(added: str) -> str:
    """Current Word's own behaviour, French separators; no order to update the fields, or Word would ask first."""
    uri = 'http://schemas.microsoft.com/office/word'
    options = {
        'compatibilityMode': 15,
        'overrideTableStyleFontSizeAndJustification': 1,
        'enableOpenTypeFeatures': 1,
        'doNotFlipMirrorIndents': 1,
        'differentiateMultirowTableHeaders': 1,
    }
    compat = ''.join(
        f'<w:compatSetting w:name="{name}" w:uri="{uri}" w:val="{value}"/>' for name, value in options.items()
    )
    return (
        f'<w:settings {wordml.NAMESPACES}><w:zoom w:percent="100"/>{added}<w:defaultTabStop w:val="709"/>'
        '<w:characterSpacingControl w:val="doNotCompress"/>'
        '<w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>'
        f'<w:compat>{compat}</w:compat><w:themeFontLang w:val="fr-FR"/>'
        '<w:decimalSymbol w:val=","/><w:listSeparator w:val=";"/></w:settings>'
    )


def _fonts(theme: Theme) -> str:
    """Name the families, and what to use where they are missing (Calibri is the nearest common relative of Lato)."""
    text, title = theme.polices.texte, theme.polices.titre
    fonts = ((text, 'Calibri', 'swiss'), (f'{text} Light', text, 'swiss'), (title, 'Georgia', 'roman'))
    listed = ''.join(
        f'<w:font w:name="{wordml.escape(name)}"><w:altName w:val="{wordml.escape(other)}"/><w:charset w:val="00"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
        for name, other, family in fonts
    )
    return f'<w:fonts {wordml.NAMESPACES}>{listed}</w:fonts>'


def _set_properties(document: WordDocument, dossier: Dossier, added: Mapping[str, str]) -> None:
    core = document.core_properties
    core.title, core.subject = f"{typeset(dossier.titre)} du SCoT {dossier.scot}", typeset(dossier.sous_titre)
    core.author = core.last_modified_by = dossier.maitre_ouvrage.nom
    core.language, core.comments, core.keywords = 'fr-FR', '', 'SCoT ; PAS'
    core.created = core.modified = datetime.datetime.combine(dossier.date, datetime.time())
    core.revision = 1
    namespaces = f'xmlns="{_OFFICE}/custom-properties" xmlns:vt="{_OFFICE}/docPropsVTypes"'
    values = {'pas-version': dossier.version, 'pas-date': dossier.date.isoformat(), **added}
    listed = ''.join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" name="{name}">'
        f'<vt:lpwstr>{wordml.escape(value)}</vt:lpwstr></property>'
        for number, (name, value) in enumerate(values.items(), 2)
    )
    xml = f'<Properties {namespaces}>{listed}</Properties>'
    package = document.part.package
    part = Part(
        PackURI('/docProps/custom.xml'), CONTENT_TYPE.OFC_CUSTOM_PROPERTIES, _DECLARATION + xml.encode(), package
    )
    package.load_rel(RELATIONSHIP_TYPE.CUSTOM_PROPERTIES, part, 'proprietes')


def _address(address: str) -> str:
    """Return an address a relationship can hold: spaces, and what XML forbids, are percent-encoded."""
    return quote(address, safe="%/:=&?~#+!$,;'@()*[]", errors='replace')


def _files(document: WordDocument) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the package. What python-docx saves would have to be unzipped to be put in order."""
    package, types = document.part.package, CT_Types.new()
    parts = sorted(package.parts, key=lambda part: part.partname)
    defaults = {'png': CONTENT_TYPE.PNG, 'rels': CONTENT_TYPE.OPC_RELATIONSHIPS, 'xml': CONTENT_TYPE.XML}
    for extension in sorted({'rels', 'xml', *(part.partname.ext for part in parts)}):
        types.add_default(extension, defaults[extension])
    yield '_rels/.rels', package.rels.xml
    for part in parts:
        if part.content_type != CONTENT_TYPE.PNG:
            types.add_override(part.partname, part.content_type)
        yield part.partname.membername, part.blob
        if part.rels:
            yield part.partname.rels_uri.membername, part.rels.xml
    yield '[Content_Types].xml', serialize_part_xml(types)


def canonical_zip(files: Mapping[str, bytes]) -> bytes:
    """Return a package with its files in one order, with one date: same content, same bytes.

    A PNG is compressed already: doing it again takes time and saves nearly nothing.
    """
    stream = BytesIO()
    with zipfile.ZipFile(stream, 'w') as target:
        for name in sorted(files, key=lambda name: (name != '[Content_Types].xml', name)):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_STORED if name.endswith('.png') else zipfile.ZIP_DEFLATED
            member.create_system = 0
            member.external_attr = 0o600 << 16
            target.writestr(member, files[name], compresslevel=6)
    return stream.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the files of a package of ours, by name."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}
