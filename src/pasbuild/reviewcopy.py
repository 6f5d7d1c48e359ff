"""The copy sent to a reviewer: the Word file, with instructions first, changes recorded, and what is made locked.

Every paragraph is written by the same writer as ``output/pas.docx``; here each is noted with the passage of the sources
it shows, so that what comes back can be put in its place, and what nobody typed is told apart from what somebody wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pasbuild import wordml
from pasbuild.docx import Place, Writer
from pasbuild.model import (
    Block,
    Callout,
    DefinitionList,
    Document,
    Enjeu,
    FigureBlock,
    Heading,
    Listing,
    ListingEntry,
    Note,
    Objectif,
    Paragraph,
    Part,
    Span,
    Table,
    inlines,
    own_inlines,
    walk,
)
from pasbuild.project import DOSSIER, Dossier
from pasbuild.reviewbase import Bloc, Genre, fingerprint
from pasbuild.sourcelines import Passage, Passages, read_passages
from pasbuild.typography import NBSP, french_date, typeset
from pasbuild.wordformat import Par, Style
from pasbuild.wordlock import INSTRUCTIONS, Locker
from pasbuild.wordpackage import Additions, Content, assemble
from pasbuild.wordstyles import LISTS, Layout, Role, Weight, accented, numbered_list, paragraph_styles
from pasbuild.wordtext import Marks, Prose, find_targets

if TYPE_CHECKING:
    from pasbuild.data import Data
    from pasbuild.drawing import Drawing
    from pasbuild.theme import Theme
    from pasbuild.wordlook import Look

SUFFIX = 'Fabrique'
GREY = '#E7E9EB'
"""Behind what is made: no colour of the document looks like it."""
_SETTINGS = '<w:trackRevisions/><w:documentProtection w:edit="trackedChanges" w:enforcement="1"/>'
_UNMARKED = ('PASCouverture', 'PASDynamique', 'PASSaut', 'Title')
"""Styles that fill a page with colour: their paragraphs are locked, not marked."""
_MADE_FROM = {
    'couverture': DOSSIER,
    'colophon': DOSSIER,
    'sommaire': "titres du document",
    'listes': "titres des figures et des tableaux",
    'sources': 'content/data/sources.yaml',
    'donnees-figures': "données des figures (content/data)",
    'glossaire': 'content/lexique.yaml',
    'avis': 'content/avis/registre.yaml',
    'correspondance': "attributs repond_a et objectifs des titres",
}
_STYLE_GENRES: dict[str, Genre] = {
    'PASReponse': 'lien',
    'PASLecture': 'lecture',
    'PASSource': 'source',
    'PASFigure': 'figure',
    'PASNoteTableau': 'remarque',
    'PASTerme': 'terme',
    'Caption': 'legende',
    'Quote': 'citation',
    'PASDefinition': 'definition',
    'PASPartie': 'etiquette',
    'PASDynamiqueEtiquette': 'etiquette',
    'PASDynamiqueAxe': 'sommaire',
    'TableofFigures': 'sommaire',
}
_NUMBERED = ('PASDynamique', 'PASAxe', 'PASObjectif', 'PASEnjeu')
_CARRIED = 9000
"""First of the lists that carry on the numbers of the whole document in a copy of some parts."""

_INSTRUCTIONS = (
    ("Corrigez directement dans le texte.", "Le suivi des modifications est en marche ; il ne s'arrête pas."),
    ("Dans le doute, commentez", "(Révision, Nouveau commentaire) au lieu de corriger."),
    ("N'acceptez et ne refusez aucune modification :", "c'est le syndicat qui en décide."),
    (
        "Ne corrigez pas ce qui est sur fond gris :",
        "figures, tableaux de données, nombres, numéros et renvois sont fabriqués à partir des données. Commentez-les, ou commentez le mot d'à côté si Word refuse.",
    ),
    ("Renvoyez ce fichier sous son nom,", "au format Word (.docx), à qui vous l'a confié."),
)


@dataclass(frozen=True, slots=True)
class Sending:
    """Whom a copy is for, and what it is a copy of. ``state``: as printed; ``parts``: names, empty for all."""

    id: str
    reviewer: str
    state: str
    tool: str
    sources: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A paragraph written. ``source``: what it is made from, empty for words of the sources."""

    id: str
    mark: str
    genre: Genre
    file: str
    passage: Passage
    source: str


_NOWHERE = Passage(0, 0, '')


def write_review(
    document: Document,
    dossier: Dossier,
    theme: Theme,
    drawings: Mapping[str, Drawing],
    matters: Mapping[str, str],
    data: Data,
    read: Callable[[str], str],
    sending: Sending,
    look: Look | None = None,
) -> tuple[bytes, tuple[Bloc, ...]]:
    """Return the review copy of a resolved document (or of some of its parts) and its paragraphs in order.

    ``read``: gives the text of a source file. Otherwise as ``docx.write_docx``; the contents have no page numbers, since
    what a reviewer adds moves them.
    """
    prose = _StillProse(find_targets(document), Marks())
    writer = ReviewWriter(dossier, theme, drawings, {}, matters, prose, accented(theme), look=look)
    writer.prepare(document, data, read, partial=bool(sending.parts))
    writer.instructions(sending)
    for part in document.parts:
        writer.write_part(part)
    content = writer.content().mapped(lambda xml: wordml.without_dead_links(xml, prose.marks.taken))
    restyled = {style.key for style in paragraph_styles(theme) if not style.key.startswith(_UNMARKED)}
    made = {line.mark: line.source for line in writer.lines if line.source}
    locker = Locker(made, restyled, SUFFIX)
    body, breaks = locker.body(content.body, prose.marks.last)
    content = replace(content, body=body, notes=locker.notes([*content.notes]))
    data_bytes = assemble(content, dossier, theme, _additions(theme, sending, writer, content), look)
    ends = [_Line(name, name, 'saut', '', _NOWHERE, "fin de section") for name in breaks]
    known = {line.mark: line for line in (*writer.lines, *ends, *writer.notes())}
    return data_bytes, tuple(_bloc(known[mark], text) for mark, text in locker.texts.items() if mark in known)


def _bloc(line: _Line, text: str) -> Bloc:
    passage = line.passage
    return Bloc(
        line.id, line.mark, line.genre, line.file, (passage.first, passage.last), passage.markdown, text,
        fingerprint(passage.markdown), bool(line.source), line.source,
    )  # fmt: skip


def _additions(theme: Theme, sending: Sending, writer: ReviewWriter, content: Content) -> Additions:
    used = set(re.findall(rf'"([A-Za-z0-9]+){SUFFIX}"', content.body))
    styles = [_made_style(style).xml() for style in paragraph_styles(theme) if style.key in used]
    table = (
        f'<w:style w:type="table" w:customStyle="1" w:styleId="PASTableau{SUFFIX}"><w:name w:val="PAS Tableau fabriqué"/>'
        f'<w:basedOn w:val="PASTableau"/><w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{GREY[1:]}"/></w:tcPr></w:style>'
    )
    properties = {
        'pas-export-id': sending.id, 'pas-source-sha256': sending.sources, 'pas-outil': sending.tool,
        'pas-relecteur': sending.reviewer,
    }  # fmt: skip
    return Additions(_SETTINGS, ''.join(writer.carried.values()), ''.join(styles) + table, GREY, properties)


def _made_style(style: Style) -> Style:
    """Return the variant of a style for what is made: grey, without line numbers."""
    name = f'PAS fabriqué {style.name.removeprefix("PAS ")}'
    return Style(f'{style.key}{SUFFIX}', name, style.key, Par(shade=GREY, uncounted=True))


class _StillProse(Prose):
    """Writes numbers and references as they are: in what is locked nothing is to be updated.

    LibreOffice 7.4 prints the code of a field in the first paragraph of a control; and in a copy of some parts, a live
    number would count from one.
    """

    def field(self, instruction: str, result: str, role: Role, weight: Weight = 'normal') -> str:  # noqa: ARG002
        """Return the result."""
        return self.text(result, role, weight)


class ReviewWriter(Writer):
    """Writes the parts, and notes each paragraph: which block it is, and where its words come from."""

    def prepare(self, document: Document, data: Data, read: Callable[[str], str], *, partial: bool) -> None:
        """Get ready to write ``document``; ``partial``: parts of it are left out."""
        self.document, self.data, self.read, self.partial = document, data, read, partial
        self.index: dict[str, Block] = {block.id: block for block in walk(document)}
        self.lines: list[_Line] = []
        self.carried: dict[tuple[str, str], str] = {}
        self.inside: list[Block] = []
        self.part: Part | None = None
        self.files: dict[str, Passages] = {}
        self.cells = (0, 0)
        self.terms = 0

    def instructions(self, sending: Sending) -> None:
        """Write the first page: what this file is, and what to do with it."""
        dossier = self.dossier
        self._paragraph('TOCHeading', self.prose.text("Relire ce document"))
        for name, said in (
            ("Document", typeset(f"{dossier.titre} du SCoT {dossier.scot}")),
            ("Version", f"{dossier.version} du {french_date(dossier.date)} ({sending.state})"),
            ("Relecture confiée à", typeset(sending.reviewer) or "toute personne qui reçoit ce fichier"),
            ("Parties", ', '.join(sending.parts) or "toutes"),
            ("Numéro d’envoi", sending.id),
        ):
            self._paragraph('BodyText', self.prose.text(f'{name}{NBSP}: ', weight='fort') + self.prose.text(said))
        self._paragraph('Heading4', self.prose.text("Ce qu’il faut faire"))
        self.lists.append((False, 0, 1))
        for strong, said in _INSTRUCTIONS:
            text = self.prose.text(typeset(strong), weight='fort') + self.prose.text(typeset(f' {said}'))
            self._paragraph('ListNumber', text, number=100)
        self._end_section('portrait')

    # --- where it stands ---

    def write_part(self, part: Part) -> None:
        """Write a part in sections of its own: those of what is made have no line numbers."""
        self._end_section('portrait')
        self.part = part
        super().write_part(part)
        self._end_section('portrait')

    def _end_section(self, layout: Layout) -> None:
        written = len(self.out)
        super()._end_section(layout)
        if len(self.out) > written and layout in ('portrait', 'paysage') and self.part and not self._made_part():
            lines = '<w:lnNumType w:countBy="5" w:restart="newPage"/>'
            self.out[-1] = re.sub(r'(<w:pgMar [^>]*/>)', rf'\1{lines}', self.out[-1])

    def _block(self, block: Block, place: Place) -> None:
        self.inside.append(block)
        super()._block(block, place)
        self.inside.pop()

    def _callout(self, block: Callout, styles: Mapping[str, str]) -> None:
        self.inside.append(block)
        super()._callout(block, styles)
        self.inside.pop()

    def _definitions(self, block: DefinitionList) -> None:
        self.terms = 0
        super()._definitions(block)

    def _grid(self, block: Table, column: float) -> str:
        self.cells = (0, len(block.header))
        return super()._grid(block, column)

    def _listing(self, block: Listing) -> None:
        """Write the lines without the field of Word's own table: it would want to update what is locked."""
        self.prose.marks.pending.append(block.id)
        for entry in block.entries:
            contents = block.kind == 'sommaire'
            if entry.target in self.index or any(part.id == entry.target for part in self.document.parts):
                self._paragraph(
                    f'TOC{min(entry.level, 3)}' if contents else 'TableofFigures', self._entry(entry, contents)
                )

    def _entry(self, entry: ListingEntry, titles: bool) -> str:
        label = self.prose.text(entry.label if titles else f'{entry.label}. ') if entry.label else ''
        number = label + wordml.tab() if label and titles else label
        return wordml.internal_link(wordml.bookmark(entry.target), number + self.prose.text(entry.text))

    # --- what is written ---

    def _paragraph(self, style: str, content: str, block_id: str = '', number: int = 0, level: int = 0) -> None:
        if not block_id:
            block_id = self._own_id(style)
        if self.partial and style in _NUMBERED and block_id in self.index:
            number, level = self._carry_on(style, self.index[block_id])
        super()._paragraph(style, content, block_id, number, level)
        self._note(style, block_id, self.out[-1])

    def _in_cell(self, style: str, content: str) -> str:
        table = self.inside[-1]
        assert isinstance(table, Table)
        row, column = divmod(self.cells[0], self.cells[1])
        self.cells = (self.cells[0] + 1, self.cells[1])
        made = bool(table.query) or self._made_part()
        cell_id = '' if made else f'{table.id}.r{row}.c{column + 1}'
        written = wordml.paragraph(style, self.prose.marks.around(content, cell_id))
        source, passage = self._data_file(table), _NOWHERE
        if not made:
            rows = self._passages(table.span).rows.get(table.span.line, [])
            passage = rows[row][column] if row < len(rows) and column < len(rows[row]) else _at(table.span)
        mark = _mark_of(written, cell_id)
        self.lines.append(
            _Line(cell_id or mark, mark, 'cellule', self._file(table.span), passage, source if made else '')
        )
        return written

    def _own_id(self, style: str) -> str:
        """Return an identifier for words of the sources that no block holds alone."""
        block = self.inside[-1] if self.inside else None
        if self._made_part() or block is None:
            return ''
        if style == 'PASTerme':
            self.terms += 1
            return f'{block.id}.t{self.terms}'
        return f'{block.id}.notes' if style == 'PASNoteTableau' else ''

    def _note(self, style: str, block_id: str, written: str) -> None:
        inside = self.inside[-1] if self.inside else None
        block = self.index.get(block_id, inside)
        passage, source = (_NOWHERE, INSTRUCTIONS) if self.part is None else self._origin(style, block, block_id)
        genre: Genre = 'mode-emploi' if self.part is None else _genre(style, block)
        mark = _mark_of(written, block_id)
        carried = block_id or (block.id if not source and block is not None else mark)
        span = block.span if block is not None else self.part.span if self.part is not None else Span('')
        self.lines.append(_Line(carried, mark, genre, self._file(span), passage, source))

    def _origin(self, style: str, block: Block | None, block_id: str) -> tuple[Passage, str]:
        """Return the passage a paragraph shows, and what it is made from (empty when the passage is all of it)."""
        assert self.part is not None
        if self._made_part():
            return _NOWHERE, self._made_from()
        if block is None:
            return _NOWHERE, self.part.span.file
        found, line = self._passages(block.span), block.span.line
        match block:
            case FigureBlock():
                return _at(block.span), f'figures/{block.id}.yaml'
            case Table():
                if style == 'PASSource':
                    return _at(block.span), self._data_file(block)
                return (found.remarks if style == 'PASNoteTableau' else found.titles).get(line, _at(block.span)), ''
            case Listing():
                return _at(block.span), _MADE_FROM['sommaire']
            case DefinitionList():
                terms = found.terms.get(line, [])
                return terms[self.terms - 1] if 0 < self.terms <= len(terms) else _at(block.span), ''
            case Callout():
                return found.titles.get(line, _at(block.span)), ''
            case Objectif() | Enjeu() if not block_id:
                return _at(block.span), f'{block.span.file} (attributs du titre)'
            case Heading() if style.startswith('PASDynamiqueAxe'):
                return _at(block.span), block.span.file
            case _:
                return found.texts.get(line, _at(block.span)), ''

    def notes(self) -> Iterator[_Line]:
        """Yield the footnotes of the text, in order."""
        for part in self.document.parts:
            self.part = part
            left: dict[int, list[Passage]] = {}
            if not self._made_part():
                left = {line: [*found] for line, found in self._passages(part.span).notes.items()}
            for note in _notes_of(part):
                known = left.get(note.span.line, [])
                passage = known.pop(0) if known else _at(note.span)
                source = self._made_from() if self._made_part() else ''
                yield _Line(note.id, wordml.bookmark(note.id), 'note', self._file(note.span), passage, source)

    # --- sources ---

    def _made_part(self) -> bool:
        return self.part is not None and not self.part.span.file.startswith('content/')

    def _made_from(self) -> str:
        assert self.part is not None
        return _MADE_FROM.get(part_name(self.part), part_name(self.part))

    def _file(self, span: Span) -> str:
        return span.file if span.file.startswith('content/') else ''

    def _data_file(self, table: Table) -> str:
        if self._made_part():
            return self._made_from()
        dataset = self.data.get(dict(table.query).get('donnees', ''))
        if dataset is None:
            return f'{table.span.file} (attribut source)'
        return dataset.source.fichier if dataset.decided else f'content/data/{dataset.source.fichier}'

    def _passages(self, span: Span) -> Passages:
        if span.file not in self.files:
            self.files[span.file] = read_passages(self.read(span.file))
        return self.files[span.file]

    def _carry_on(self, style: str, block: Block) -> tuple[int, int]:
        """Return the list and level that give a title its number in the whole document, when parts of it are left out."""
        assert self.part is not None
        kind, level = ('enjeux', 0) if isinstance(block, Enjeu) else ('structure', _NUMBERED.index(style))
        key = (self.part.id, kind)
        if key not in self.carried:
            start = int(block.number) if isinstance(block, Enjeu) else self.part.accent
            self.carried[key] = numbered_list(_CARRIED + len(self.carried), LISTS[kind], (0, start))
        return _CARRIED + [*self.carried].index(key), level


def part_name(part: Part) -> str:
    """Return the name of a part in dossier.yaml."""
    file = part.span.file.rpartition('/')[2]
    return file if part.span.file.startswith('content/') else file.removesuffix('.md.j2')


def _at(span: Span) -> Passage:
    """Return the place of a block none of whose words are of the sources."""
    return Passage(span.line, span.line, '')


def _mark_of(written: str, block_id: str) -> str:
    """Return the bookmark that names a paragraph: that of its own block, else the first."""
    names = re.findall(r'<w:bookmarkStart w:id="\d+" w:name="(_pasg?_[^"]+)"', written)
    own = wordml.bookmark(block_id) if block_id else ''
    return own if own in names else str(names[0])


def _genre(style: str, block: Block | None) -> Genre:
    if style in _STYLE_GENRES:
        return _STYLE_GENRES[style]
    match block:
        case Heading() | Objectif() | Enjeu():
            return 'titre'
        case Listing():
            return 'sommaire'
        case FigureBlock():
            return 'legende'
        case Callout():
            return 'intitule'
        case Paragraph() if style.startswith('List') or style.endswith('Puce'):
            return 'item'
        case _:
            return 'paragraphe'


def _notes_of(part: Part) -> Iterator[Note]:
    """Yield the notes of a part in reading order; a note called in a note is printed inside it."""
    for block in walk(part):
        yield from (node for node in inlines(own_inlines(block)) if isinstance(node, Note))
