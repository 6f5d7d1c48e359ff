"""The passages of a document, flat, each under the explicit identifier it belongs to: what two versions are compared by.

Only what authors wrote, and the glossary: contents, lists, correspondence and data annexes repeat the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pasbuild.model import (
    Block,
    Break,
    Callout,
    DefinitionList,
    Document,
    Emph,
    Enjeu,
    FigureBlock,
    Heading,
    Inline,
    Link,
    ListBlock,
    Listing,
    Note,
    Objectif,
    Paragraph,
    Part,
    Quote,
    Ref,
    Strong,
    Table,
    Value,
    child_blocks,
    inlines,
    own_inlines,
    plain,
)

Nature = Literal['dynamique', 'axe', 'objectif', 'enjeu', 'titre', 'tableau', 'figure']
"""What an explicit identifier names."""
_REPEATED = ('couverture', 'colophon', 'sommaire', 'correspondance', 'donnees-figures', 'sources', 'listes')
"""Generated parts that say again, or from other files, what is compared at its place."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A passage. ``typed`` is its text with what is not typed (values, references) by name: it tells why a text changed."""

    id: str
    kind: str
    text: str
    typed: str


@dataclass(slots=True)
class Owner:
    """What an explicit identifier names, with its passages; ``parent``: identifier of the title it stands under."""

    id: str
    nature: Nature
    name: str
    """Its number as printed, with what it is (« objectif 1.2.3 »), or its nature."""
    title: str
    number: str
    parent: str
    strategic: bool
    """Stands in a grande dynamique."""
    block: Block
    units: list[Unit] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)


def collect(document: Document) -> dict[str, Owner]:
    """Return the owners of a document by identifier, in its order."""
    found: dict[str, Owner] = {}
    for part in document.parts:
        if part.id not in _REPEATED or part.span.file.startswith('content/'):
            _Collector(part, found).read()
    return found


@dataclass(slots=True)
class _Collector:
    part: Part
    found: dict[str, Owner]
    titles: list[tuple[int, str]] = field(default_factory=list)
    current: Owner | None = None

    def read(self) -> None:
        for block in (self.part.heading, *self.part.blocks):
            self._block(block)

    def _block(self, block: Block) -> None:
        match block:
            case Heading() | Objectif() | Enjeu():
                self._open(block)
            case Listing():
                return
            case Table():
                self._table(block)
            case FigureBlock():
                self._figure(block)
            case _:
                self._text(block)
        for child in child_blocks(block):
            self._block(child)

    def _open(self, block: Heading | Objectif | Enjeu) -> None:
        level = block.level
        while self.titles and self.titles[-1][0] >= level:
            self.titles.pop()
        parent = self.titles[-1][1] if self.titles else ''
        self.titles.append((level, block.id))
        nature, number = _nature(block, self.part)
        if block is self.part.heading and self.part.label:
            number = self.part.label
        title = own_inlines(block) if isinstance(block, Heading) else block.title
        self.current = self._owner(block, nature, plain(title), number, parent)
        self._add(block.id, 'titre', title)

    def _owner(self, block: Block, nature: Nature, title: str, number: str, parent: str) -> Owner:
        strategic = self.part.kind == 'dynamique'
        name = number if nature == 'dynamique' else f'{nature} {number}'.strip()
        return self.found.setdefault(block.id, Owner(block.id, nature, name, title, number, parent, strategic, block))

    def _parent(self) -> str:
        return self.titles[-1][1] if self.titles else ''

    def _table(self, block: Table) -> None:
        outer = self.current
        if '.' not in block.id:
            title = plain(block.caption)
            self.current = self._owner(block, 'tableau', title, str(block.number or ''), self._parent())
        assert self.current is not None
        self._add(block.id, 'legende', block.caption)
        self.current.tables.append(block)
        self._add(f'{block.id}.notes', 'remarque', block.notes)
        self._words(f'{block.id}.source', 'source', block.source)
        self._notes(own_inlines(block))
        self.current = outer

    def _figure(self, block: FigureBlock) -> None:
        outer = self.current
        number = f'{block.number}' if block.number else ''
        self.current = self._owner(block, 'figure', plain(block.caption), number, self._parent())
        if block.label:
            self.current.name = f'{block.label.lower()} {number}'.strip()
        self.current.figures.append(block.id)
        self._add(block.id, 'legende', block.caption)
        self._words(f'{block.id}.alternative', 'texte alternatif', block.alt)
        self._add(f'{block.id}.lecture', 'lecture', block.reading)
        self._words(f'{block.id}.source', 'source', block.source)
        self.current = outer

    def _text(self, block: Block) -> None:
        match block:
            case Paragraph():
                self._add(block.id, 'texte', block.children)
            case Callout():
                self._words(block.id, 'intitule', block.title)
            case DefinitionList():
                for rank, item in enumerate(block.items, 1):
                    self._add(f'{block.id}.t{rank}', 'terme', item.term)
            case ListBlock() | Quote():
                pass
            case _:
                raise AssertionError(block)

    def _add(self, unit_id: str, kind: str, children: tuple[Inline, ...]) -> None:
        self._words(unit_id, kind, plain(children), typed(children))
        if kind not in ('legende', 'remarque'):
            self._notes(children)

    def _notes(self, children: tuple[Inline, ...]) -> None:
        for node in inlines(children):
            if isinstance(node, Note):
                self._words(node.id, 'note', plain(node.children), typed(node.children))

    def _words(self, unit_id: str, kind: str, text: str, source: str = '') -> None:
        if text and self.current is not None:
            self.current.units.append(Unit(unit_id, kind, text, source or text))


def _nature(block: Heading | Objectif | Enjeu, part: Part) -> tuple[Nature, str]:
    match block:
        case Objectif():
            return 'objectif', block.number
        case Enjeu():
            return 'enjeu', block.number
        case Heading() if block is part.heading and part.kind == 'dynamique':
            return 'dynamique', block.number
        case _:
            return ('axe' if block.kind == 'axe' and part.kind == 'dynamique' else 'titre'), block.number


def typed(children: tuple[Inline, ...]) -> str:
    """Return a text with values and references by the name of what they show, and weights and links marked."""
    return ''.join(map(_typed, children))


def _typed(node: Inline) -> str:
    match node:
        case Value():
            return f'{{{node.key}}}'
        case Ref():
            return f'[#{node.target}]'
        case Strong():
            return f'**{typed(node.children)}**'
        case Emph():
            return f'*{typed(node.children)}*'
        case Link():
            return f'[{typed(node.children)}]({node.href})'
        case Note():
            return ''
        case Break():
            return ' '
        case _:
            return plain((node,))
