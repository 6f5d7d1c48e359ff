"""The document: what the readers make, what the writers print, and nothing else.

Why: every output must say the same thing in the same order. So there is one typed tree, immutable, in which each block
has a stable ``id`` and the place in the sources it comes from. ``resolve`` returns a new tree; writers ``match`` on the
node types and end with ``assert_never``: a new node makes the type checker point at every writer that forgot it.

Identity. A block's id is explicit (``{#obj-friches}``) on headings, objectives, enjeux, figures and tables, and derived
from the nearest explicit id and the place under it for the others (``obj-friches.p2``). Explicit ids match ``ID``: lower
case, digits, single hyphens. That makes the Word bookmark name (``-`` → ``_``, ``.`` → ``__``) reversible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ID = re.compile(r'[a-z][a-z0-9]*(?:-[a-z0-9]+)*')  # form of an explicit identifier


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in the sources: file relative to the dossier (POSIX), line from 1 (0: the file as a whole)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f'{self.file}:{self.line}' if self.line else self.file


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text, French spacing already applied."""

    text: str


@dataclass(frozen=True, slots=True)
class Emph:
    """Emphasis, printed in italics."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strong:
    """Strong emphasis, printed in bold."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Sup:
    """Superscript: ordinals (1ᵉʳ) and exponents, written ``^er^`` in the sources."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Link to the outside (``https:``, ``mailto:``)."""

    href: str
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """Cross-reference to the block ``target``. ``text`` is empty until resolved, or when the author gave none."""

    target: str
    text: str
    span: Span

    @property
    def number(self) -> str:
        """The number alone of a resolved reference: « objectif 1.2.3 » → « 1.2.3 »."""
        return self.text.rpartition('\u00a0')[2]


@dataclass(frozen=True, slots=True)
class Value:
    """A number taken from the data: ``key`` as written by the author, ``text`` once resolved (French, with unit)."""

    key: str
    span: Span
    text: str = ''
    source: str = ''
    """Source line of the datum, filled by resolve: producer, title, date."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something still to be supplied (``{a-renseigner}``). ``text`` says what, or nothing where a column heading does."""

    text: str
    span: Span

    @property
    def shown(self) -> str:
        """What every output prints."""
        return f"à renseigner\u00a0: {self.text}" if self.text else "à renseigner"


@dataclass(frozen=True, slots=True)
class Acronym:
    """An acronym of the lexicon, with what it stands for."""

    text: str
    expansion: str


@dataclass(frozen=True, slots=True)
class Note:
    """Footnote, at the place of its call. ``number`` runs over the whole document (0 until resolved)."""

    id: str
    span: Span
    children: tuple[Inline, ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Break:
    """Forced line break."""


Inline = Text | Emph | Strong | Sup | Link | Ref | Value | Missing | Acronym | Note | Break


@dataclass(frozen=True, slots=True)
class Heading:
    """A title. ``level`` 1 opens a part. ``kind`` is the key of a numbered level of dossier.yaml (``axe``) or empty."""

    id: str
    span: Span
    level: int
    children: tuple[Inline, ...]
    kind: str = ''
    number: str = ''
    """Printed number ("1.2"), filled by resolve; empty for a title without number."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    id: str
    span: Span
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class ListItem:
    """An item of a list: blocks, so that lists nest."""

    children: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list, with bullets or numbered from ``start``."""

    id: str
    span: Span
    ordered: bool
    items: tuple[ListItem, ...]
    start: int = 1


@dataclass(frozen=True, slots=True)
class Definition:
    """A term and what it means."""

    term: tuple[Inline, ...]
    children: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class DefinitionList:
    """Terms and their definitions."""

    id: str
    span: Span
    items: tuple[Definition, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation set apart."""

    id: str
    span: Span
    children: tuple[Block, ...]


CalloutKind = Literal['encadre', 'constat', 'chiffre-cle', 'chapeau', 'surtitre', 'sous-titre', 'mentions']
"""``chapeau``: lead of a chapter; the last three serve the cover and the colophon."""


@dataclass(frozen=True, slots=True)
class Callout:
    """``:::encadre`` and its kin. In ``chiffre-cle`` each paragraph is one key figure: strong number, then its caption."""

    id: str
    span: Span
    kind: CalloutKind
    title: str
    children: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    children: tuple[Inline, ...]
    numeric: bool = False
    """Right-aligned, tabular figures."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table."""

    cells: tuple[Cell, ...]
    total: bool = False
    """Last line that sums the others up: printed bold, above a rule."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with one header row. The first cell of each row is its header when ``row_headers``.

    ``label`` and ``number`` ("Tableau", 3) are filled by resolve for tables with a caption; it turns the ``query`` of a
    data table into ``header``, ``rows`` and ``source``.
    """

    id: str
    span: Span
    caption: tuple[Inline, ...]
    header: tuple[Cell, ...]
    rows: tuple[Row, ...]
    row_headers: bool = True
    landscape: bool = False
    notes: tuple[Inline, ...] = ()
    source: str = ''
    label: str = ''
    number: int = 0
    query: tuple[tuple[str, str], ...] = ()
    """Attributes of a ``:::tableau donnees=…`` block, in order of writing; empty for a table written by hand."""


Width = Literal['colonne', 'large', 'paysage']
"""Text column (126 mm), column and margin (166 mm), or a landscape page of its own."""


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """A drawing. Everything but ``id`` and ``span`` comes from its file in figures/, filled by resolve."""

    id: str
    span: Span
    caption: tuple[Inline, ...] = ()
    alt: str = ''
    reading: tuple[Inline, ...] = ()
    """How to read it, on one example ("Lecture : …")."""
    source: str = ''
    label: str = ''
    """"Carte" or "Figure": each has its own numbering."""
    number: int = 0
    width: Width = 'colonne'


@dataclass(frozen=True, slots=True)
class Objectif:
    """An objective of the PAS (L141-3): the unit that answers the law, that is debated, reviewed and compared."""

    id: str
    span: Span
    title: tuple[Inline, ...]
    answers: tuple[str, ...]
    """Requirements of the code it answers, as written: ``L141-3/habitat``."""
    children: tuple[Block, ...]
    number: str = ''
    enjeux: tuple[Ref, ...] = ()
    """Enjeux that name this objective, filled by resolve."""
    level: int = 3
    """Rank of its title, as for a heading."""


@dataclass(frozen=True, slots=True)
class Enjeu:
    """An issue drawn from the diagnostic (L141-3), linked to the objectives that take it up."""

    id: str
    span: Span
    title: tuple[Inline, ...]
    objectifs: tuple[Ref, ...]
    children: tuple[Block, ...]
    answers: tuple[str, ...] = ()
    number: str = ''
    level: int = 3


@dataclass(frozen=True, slots=True)
class ListingEntry:
    """A line of a list: where it leads, its number, its words, its depth from 1."""

    target: str
    label: str
    """"1.2", "Carte 3", or empty."""
    text: str
    level: int
    kind: str = ''
    accent: int = 0
    """That of its part (``Part.accent``)."""


ListingKind = Literal['sommaire', 'liste-figures', 'liste-tableaux']


@dataclass(frozen=True, slots=True)
class Listing:
    """Table of contents, or list of figures or tables (``:::sommaire``, ``:::liste-figures``, ``:::liste-tableaux``)."""

    id: str
    span: Span
    kind: ListingKind
    entries: tuple[ListingEntry, ...] = ()


Block = (
    Heading
    | Paragraph
    | ListBlock
    | DefinitionList
    | Quote
    | Callout
    | Table
    | FigureBlock
    | Objectif
    | Enjeu
    | Listing
)

PartKind = Literal['couverture', 'colophon', 'sommaire', 'chapitre', 'dynamique', 'annexe']


@dataclass(frozen=True, slots=True)
class Part:
    """One source file: a chapter. It starts on a new page; ``heading`` is its ``#`` title.

    A ``dynamique`` opens with a full page in its accent colour (``accent`` 1, 2, 3…; 0: ink).
    """

    id: str
    span: Span
    kind: PartKind
    heading: Heading
    blocks: tuple[Block, ...]
    accent: int = 0
    label: str = ''
    """"Grande dynamique n° 1", "Annexe 2" or empty; filled by resolve."""
    role: str = ''
    """What the part is to the law (``synthese_diagnostic``, ``trajectoire``…), or empty."""


@dataclass(frozen=True, slots=True)
class Document:
    """The whole document, part after part."""

    parts: tuple[Part, ...]


# --- walking ----------------------------------------------------------------------------------------------------------


def plain(children: tuple[Inline, ...]) -> str:
    """Return the text a reader sees, without notes (they are printed elsewhere)."""
    return ''.join(_plain(child) for child in children)


def _plain(node: Inline) -> str:
    match node:
        case Emph() | Strong() | Link():
            return plain(node.children)
        case Note():
            return ''
        case Break():
            return ' '
        case _:
            return node.text


def inlines(children: tuple[Inline, ...]) -> Iterator[Inline]:
    """Yield every inline node in reading order, nested ones after their parent."""
    for child in children:
        yield child
        if isinstance(child, Emph | Strong | Link | Note):
            yield from inlines(child.children)


def own_inlines(block: Block) -> tuple[Inline, ...]:
    """Return the inline content a block holds itself, not through child blocks, in reading order."""
    match block:
        case Heading() | Paragraph():
            return block.children
        case Objectif():
            return block.title
        case Enjeu():
            return (*block.title, *block.objectifs)
        case DefinitionList():
            return tuple(inline for item in block.items for inline in item.term)
        case FigureBlock():
            return block.caption + block.reading
        case Table():
            rows = (block.header, *(row.cells for row in block.rows))
            cells = tuple(inline for row in rows for cell in row for inline in cell.children)
            return block.caption + cells + block.notes
        case _:
            return ()


def child_blocks(block: Block) -> tuple[Block, ...]:
    """Return the blocks directly inside a block."""
    match block:
        case ListBlock() | DefinitionList():
            return tuple(child for item in block.items for child in item.children)
        case Quote() | Callout() | Objectif() | Enjeu():
            return block.children
        case _:
            return ()


def walk(node: Document | Part | Block) -> Iterator[Block]:
    """Yield every block in reading order, parents before children, part titles included."""
    match node:
        case Document():
            ahead: list[Block] = [block for part in node.parts for block in (part.heading, *part.blocks)]
        case Part():
            ahead = [node.heading, *node.blocks]
        case _:
            ahead = [node]
    ahead.reverse()
    while ahead:  # not recursive: thirty checks go through the whole document
        block = ahead.pop()
        yield block
        ahead += reversed(child_blocks(block))
