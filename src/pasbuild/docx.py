"""The Word file: the same document in the same order as the PDF, for reading, commenting and correcting.

Why: the draft goes to communes and State services, who answer in Word. Everything they see has a named style and a
hidden bookmark made of its identifier, so that what comes back can be compared with what was sent.
Numbers, table of contents and references are live fields with their results already written: the file opens without a
question and without an update.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from pasbuild import wordml
from pasbuild.cover import cover_png
from pasbuild.model import (
    Block,
    Callout,
    Cell,
    DefinitionList,
    Document,
    Enjeu,
    FigureBlock,
    Heading,
    ListBlock,
    Listing,
    ListingEntry,
    Objectif,
    Paragraph,
    Part,
    Quote,
    Ref,
    Strong,
    Table,
    plain,
)
from pasbuild.typography import NBSP, NNBSP
from pasbuild.wordcolumns import column_widths
from pasbuild.wordml import bookmark
from pasbuild.wordpackage import HEADERS, Content, assemble
from pasbuild.wordstyles import FIRST_ORDERED, Layout, accented, page_setups
from pasbuild.wordtext import Marks, Prose, find_targets

if TYPE_CHECKING:
    from pasbuild.drawing import Drawing
    from pasbuild.project import Dossier
    from pasbuild.theme import Theme
    from pasbuild.wordlook import Look
    from pasbuild.wordml import PageSetup

__all__ = ['bookmark', 'write_docx']

_MAX_PICTURE = 215.0
"""Tallest picture, in millimetres: it shares its page with its caption and its source."""
_CALLOUTS = {
    'encadre': 'PASEncadre',
    'constat': 'PASConstat',
    'chapeau': 'PASChapeau',
    'surtitre': 'PASSurtitre',
    'sous-titre': 'Subtitle',
    'mentions': 'PASMentions',
}
_COVER = {
    **_CALLOUTS,
    'surtitre': 'PASCouvertureSurtitre',
    'sous-titre': 'PASCouvertureSousTitre',
    'mentions': 'PASCouvertureMentions',
}


def write_docx(
    document: Document,
    dossier: Dossier,
    theme: Theme,
    drawings: Mapping[str, Drawing],
    pages: Mapping[str, int],
    matters: Mapping[str, str],
    look: Look | None = None,
) -> bytes:
    """Return the Word file of a resolved document, in the styles of the dossier's own template (``look``) if it has one.

    ``drawings``: by figure id, all of them (KeyError otherwise). ``pages``: page of each block in the PDF, shown in the
    table of contents until Word updates it. ``matters``: wording of what an objective answers, by ``L141-3/habitat``.
    """
    prose = Prose(find_targets(document), Marks())
    writer = Writer(dossier, theme, drawings, pages, matters, prose, accented(theme), look=look)
    for part in document.parts:
        writer.write_part(part)
    return assemble(writer.content(), dossier, theme, look=look)


@dataclass(frozen=True, slots=True)
class Place:
    """Where blocks are: the styles of text and of list items there, and how deep in lists."""

    text: str = 'BodyText'
    bullets: Sequence[str] = ('ListBullet', 'ListBullet2', 'ListBullet3')
    numbers: Sequence[str] = ('ListNumber', 'ListNumber2', 'ListNumber3')
    follows: Sequence[str] = ('ListContinue', 'ListContinue2', 'ListContinue3')
    depth: int = 0
    boxed: bool = False


_BODY = Place()


@dataclass(slots=True)
class Writer:
    """Writes part after part; ``review`` writes the same with what a reviewer's copy needs."""

    dossier: Dossier
    theme: Theme
    drawings: Mapping[str, Drawing]
    pages: Mapping[str, int]
    matters: Mapping[str, str]
    prose: Prose
    accented: frozenset[str]
    out: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    lists: list[tuple[bool, int, int]] = field(default_factory=list)
    accent: int = 0
    backdrop: str = ''
    """Colours behind the page: the next paragraph anchors them."""
    look: Look | None = None

    def setups(self) -> Mapping[Layout, PageSetup]:
        """Return the kinds of page, with the margins of the template."""
        setups = page_setups(self.theme)
        return self.look.pages(setups) if self.look else setups

    def content(self) -> Content:
        """Return all that was written; the last section of the document closes it."""
        self._end_section('portrait')
        return Content(
            body=''.join(self.out),
            notes=self.prose.notes,
            pictures=self.pictures,
            links=self.prose.links,
            note_links=self.prose.note_links,
            used=frozenset(self.prose.used),
            lists=self.lists,
            last_page=max(self.pages.values(), default=1),
        )

    # --- parts ---

    def write_part(self, part: Part) -> None:
        """Write a part on a new page."""
        self.accent = (part.accent - 1) % len(self.theme.accents) + 1 if part.accent else 0
        if part.id != part.heading.id:
            self.prose.marks.pending.append(part.id)
        match part.kind:
            case 'couverture':
                self._cover(part)
            case 'dynamique':
                self._opener(part)
            case _:
                self._chapter(part)

    def _cover(self, part: Part) -> None:
        self._end_section('portrait')
        self._paint(cover_png(self.theme))
        above, below = _split(part)
        for callout in above:
            self._callout(callout, _COVER)
        self._title(part.heading, 'Title')
        for block in below:
            if isinstance(block, Callout):
                self._callout(block, _COVER)
            else:
                self._block(block, Place('PASCouvertureSousTitre'))
        self._end_section('couverture')

    def _opener(self, part: Part) -> None:
        """The full page of a grande dynamique: its name, and its axes with their numbers."""
        self._end_section('portrait')
        self._paint(wordml.solid_png(self.theme.accent(part.accent).fort))
        if part.label:
            self._generated('PASDynamiqueEtiquette', self.prose.text(part.label))
        self._title(part.heading, 'PASDynamique')
        for block in part.blocks:
            if isinstance(block, Heading) and block.number:
                number = self.prose.field(f'REF {bookmark(block.id)} \\n \\h', block.number, 'renvoi')
                self._generated('PASDynamiqueAxe', number + wordml.tab() + self.prose.text(plain(block.children)))
        self._end_section('ouverture')
        self._blocks(part.blocks, _BODY)

    def _chapter(self, part: Part) -> None:
        above, below = _split(part)
        if part.label:
            self._generated('PASPartie', self.prose.text(part.label))
        for block in above:
            self._callout(block, _CALLOUTS)
        if part.kind in ('sommaire', 'colophon'):
            self._title(part.heading, 'TOCHeading')
        else:
            self._title(part.heading, 'PASTitrePartie' if part.label else 'Heading1')
        self._blocks(below, _BODY)

    def _end_section(self, layout: Layout) -> None:
        """End the section under way, unless it is empty: the blocks since the last end are on pages of this layout."""
        if not self.out or self.out[-1].startswith('<w:sectPr'):
            return
        header, footer = HEADERS['paysage' if layout == 'paysage' else 'portrait']
        self.out.append(wordml.section(self.setups()[layout], header, footer))

    def _paint(self, png: bytes) -> None:
        """Put a decorative picture behind the whole page to come."""
        page = self.theme.page
        self.backdrop += wordml.backdrop(self._picture(png), self.prose.marks.next(), page.largeur, page.hauteur)

    # --- paragraphs ---

    def _styled(self, style: str) -> str:
        return f'{style}{self.accent}' if self.accent and style in self.accented else style

    def _paragraph(self, style: str, content: str, block_id: str = '', number: int = 0, level: int = 0) -> None:
        """Write a paragraph with its bookmark, in the variant of the style for the dynamique under way."""
        marked = self.prose.marks.around(content, block_id)
        self.out.append(wordml.paragraph(self._styled(style), self.backdrop + marked, number, level))
        self.backdrop = ''

    def _generated(self, style: str, content: str) -> None:
        """Write a paragraph that no block of the document holds."""
        if content:
            self._paragraph(style, content)

    def _title(self, heading: Heading, style: str) -> None:
        self._paragraph(style, self.prose.runs(heading.children), heading.id)

    # --- blocks ---

    def _blocks(self, blocks: Sequence[Block], place: Place) -> None:
        for block in blocks:
            self._block(block, place)

    def _block(self, block: Block, place: Place) -> None:
        match block:
            case Heading():
                self._title(block, 'PASAxe' if block.number else f'Heading{block.level}')
            case Paragraph():
                self._paragraph(place.text, self.prose.runs(block.children), block.id)
            case ListBlock():
                self._list(block, place)
            case DefinitionList():
                self._definitions(block)
            case Quote():
                self.prose.marks.pending.append(block.id)
                self._blocks(block.children, Place('Quote'))
            case Callout():
                self._callout(block, _CALLOUTS)
            case Table():
                self._table(block)
            case FigureBlock():
                self._figure(block)
            case Objectif():
                self._objectif(block)
            case Enjeu():
                self._enjeu(block)
            case Listing():
                self._listing(block)
            case _:
                assert_never(block)

    def _list(self, block: ListBlock, place: Place) -> None:
        """Write a list. Bullets come from the styles; a numbered list has its own number, so that it starts again."""
        level = min(place.depth, 2)
        number = 0
        if block.ordered:
            self.lists.append((place.boxed, level, block.start))
            number = FIRST_ORDERED + len(self.lists) - 1
        self.prose.marks.pending.append(block.id)
        style = (place.numbers if block.ordered else place.bullets)[level]
        inside = replace(place, text=place.follows[level], depth=place.depth + 1)
        for item in block.items:
            rest = item.children
            if rest and isinstance(rest[0], Paragraph):
                self._paragraph(style, self.prose.runs(rest[0].children), rest[0].id, number, level)
                rest = rest[1:]
            self._blocks(rest, inside)

    def _definitions(self, block: DefinitionList) -> None:
        self.prose.marks.pending.append(block.id)
        for item in block.items:
            self._generated('PASTerme', self.prose.runs(item.term))
            self._blocks(item.children, Place('PASDefinition'))

    def _callout(self, block: Callout, styles: Mapping[str, str]) -> None:
        if block.kind == 'chiffre-cle':
            self._key_figures(block)
            return
        style = styles[block.kind]
        self.prose.marks.pending.append(block.id)
        boxed = block.kind in ('encadre', 'constat')
        if block.title:
            self._generated(f'{style}Titre' if boxed else style, self.prose.text(block.title))
        items = (f'{style}Puce',) * 3
        self._blocks(block.children, Place(style, items, items, (style,) * 3, boxed=True) if boxed else Place(style))

    def _key_figures(self, block: Callout) -> None:
        """Write key figures, one paragraph each: the number large, then what it counts."""
        self.prose.marks.pending.append(block.id)
        self._generated('PASChiffreCle', self.prose.text(block.title))
        for child in block.children:
            if isinstance(child, Paragraph) and child.children and isinstance(child.children[0], Strong):
                number = self.prose.runs(child.children[0].children, weight='chiffre')
                self._paragraph('PASChiffreCle', number + self.prose.runs(child.children[1:]), child.id)
            else:
                self._block(child, Place('PASChiffreCle'))

    def _objectif(self, block: Objectif) -> None:
        self._paragraph('PASObjectif', self.prose.runs(block.title), block.id)
        matters = f'{NNBSP}; '.join(self.matters.get(answer, answer) for answer in block.answers)
        self._said(f"Répond à L.{NBSP}141-3", self.prose.text(matters))
        self._references("Enjeu", "Enjeux", block.enjeux)
        self._blocks(block.children, _BODY)

    def _enjeu(self, block: Enjeu) -> None:
        self._paragraph('PASEnjeu', self.prose.runs(block.title), block.id)
        self._blocks(block.children, _BODY)
        level = self.dossier.niveaux.objectif
        self._references(level.nom.capitalize(), level.pluriel.capitalize(), block.objectifs)

    def _references(self, one: str, several: str, refs: Sequence[Ref]) -> None:
        """Write one line of numbers that lead to the objectives of an enjeu, or the other way round."""
        numbers = (replace(ref, text=ref.number) for ref in refs)
        name = several if len(refs) > 1 else one
        self._said(name, self.prose.text(', ').join(self.prose.runs((ref,)) for ref in numbers))

    def _said(self, name: str, content: str) -> None:
        if content:
            self._generated('PASReponse', self.prose.text(f'{name}{NBSP}: ', weight='fort') + content)

    # --- tables and figures ---

    def _caption(self, block: Table | FigureBlock) -> None:
        """Write a caption: "Carte 3. …", the number live."""
        if not block.caption:
            return
        start = ''
        if block.number:
            number = self.prose.field(f'SEQ {block.label} \\* ARABIC', str(block.number), 'etiquette')
            marked = wordml.marked(self.prose.marks.next(), wordml.number_bookmark(block.id), number)
            label = self.prose.text(f'{block.label}{NBSP}', 'etiquette')
            start = label + marked + self.prose.text('. ', 'etiquette')
        self._paragraph('Caption', start + self.prose.runs(block.caption), block.id)

    def _figure(self, block: FigureBlock) -> None:
        layout: Layout = 'paysage' if block.width == 'paysage' else 'portrait'
        if layout == 'paysage':
            self._end_section('portrait')
        self._caption(block)
        drawing = self.drawings[block.id]
        column = self.setups()[layout].column
        scale = min(1, column / drawing.width_mm, _MAX_PICTURE / drawing.height_mm)
        relation, number = self._picture(drawing.png), self.prose.marks.next()
        size = (drawing.width_mm * scale, drawing.height_mm * scale)
        picture = wordml.picture(relation, number, *size, block.alt)
        self._paragraph('PASFigure', picture, '' if block.caption else block.id)
        if block.reading:
            reading = self.prose.text(f"Lecture{NBSP}: ", weight='fort') + self.prose.runs(block.reading)
            self._generated('PASLecture', reading)
        self._generated('PASSource', self.prose.text(block.source))
        if layout == 'paysage':
            self._end_section('paysage')

    def _picture(self, png: bytes) -> str:
        """Return the relationship of a picture, the same for the same bytes."""
        for relation, known in self.pictures.items():
            if known == png:
                return relation
        relation = f'image{len(self.pictures) + 1}'
        self.pictures[relation] = png
        return relation

    def _table(self, block: Table) -> None:
        layout: Layout = 'paysage' if block.landscape else 'portrait'
        if layout == 'paysage':
            self._end_section('portrait')
        self._caption(block)
        if not block.caption:
            self.prose.marks.pending.append(block.id)
        self.out.append(self._grid(block, self.setups()[layout].column))
        self._generated('PASNoteTableau', self.prose.runs(block.notes))
        self._generated('PASSource', self.prose.text(block.source))
        if layout == 'paysage':
            self._end_section('paysage')

    def _grid(self, block: Table, column: float) -> str:
        widths = [wordml.twips(width) for width in column_widths(block, column)]
        rows = wordml.row(self._cells(block.header, widths, 'PASEnTete'), header=True)
        for row in block.rows:
            rows += wordml.row(self._cells(row.cells, widths, 'PASTotal' if row.total else 'PASCellule'))
        title = plain(block.caption)
        columns = f"Colonnes{NBSP}: {', '.join(plain(cell.children) for cell in block.header)}"
        total = bool(block.rows) and block.rows[-1].total
        return wordml.table(rows, widths, title, columns, total=total, row_headers=block.row_headers)

    def _cells(self, cells: Sequence[Cell], widths: Sequence[int], style: str) -> str:
        written = []
        for cell, width in zip(cells, widths, strict=True):
            content = self._in_cell(f'{style}Nombre' if cell.numeric else style, self.prose.runs(cell.children))
            written.append(wordml.cell(content, width))
        return ''.join(written)

    def _in_cell(self, style: str, content: str) -> str:
        if self.prose.marks.pending:  # a table without caption: its first cell carries its bookmark
            content = self.prose.marks.around(content)
        return wordml.paragraph(style, content)

    # --- listings ---

    def _listing(self, block: Listing) -> None:
        """Write a live table: one field over its lines, all there already.

        Maps and figures are numbered apart, and a table of Word follows one sequence: their list has no field around
        it, only the live page number of each line.
        """
        if not block.entries:
            return
        depth = max(entry.level for entry in block.entries)
        lines = [self._entry(entry, block.kind == 'sommaire') for entry in block.entries]
        if block.kind != 'liste-figures':
            switches = f'\\o "1-{depth}" \\u' if block.kind == 'sommaire' else '\\c "Tableau"'
            lines[0] = wordml.field_start(f'TOC \\h \\z {switches}') + lines[0]
            lines[-1] += wordml.field_end()
        self.prose.marks.pending.append(block.id)
        for entry, line in zip(block.entries, lines, strict=True):
            self._paragraph(f'TOC{min(entry.level, 3)}' if block.kind == 'sommaire' else 'TableofFigures', line)

    def _entry(self, entry: ListingEntry, titles: bool) -> str:
        name = bookmark(entry.target)
        label = self.prose.text(entry.label if titles else f'{entry.label}. ') if entry.label else ''
        number = label + wordml.tab() if label and titles else label
        page = wordml.field(f'PAGEREF {name} \\h', str(self.pages.get(entry.target, '')))
        return wordml.internal_link(name, number + self.prose.text(entry.text) + wordml.tab() + page)


def _split(part: Part) -> tuple[list[Callout], list[Block]]:
    """Return what stands above the title (``surtitre``) and what stands below."""
    above = [block for block in part.blocks if isinstance(block, Callout) and block.kind == 'surtitre']
    return above, [block for block in part.blocks if block not in above]
