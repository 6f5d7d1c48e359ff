"""What a returned Word file says, as values: changes, comments, and who made them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pasbuild.wordreader import Mark

Kind = Literal['modifié', 'inséré', 'supprimé', 'scindé', 'fusionné', 'déplacé', 'mise en forme', 'cellule']
State = Literal['placé', 'à placer', 'partie générée']
"""``à placer``: the block is only proposed. ``partie générée``: Word is not the place to change it, ``source`` is."""


@dataclass(frozen=True, slots=True)
class Words:
    """One paragraph: what it shows, and its inline Markdown."""

    text: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Words for display: kept (``=``), inserted (``+``) or deleted (``-``), and by whom when that was tracked."""

    kind: Literal['=', '+', '-']
    text: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change. ``blocks``: those it bears on, in order; none for an insertion, which comes after ``previous``."""

    kind: Kind
    blocks: tuple[str, ...]
    tracked: bool
    marks: tuple[Mark, ...]
    before: tuple[Words, ...]
    after: tuple[Words, ...]
    pieces: tuple[Piece, ...]
    state: State = 'placé'
    previous: str = ''
    """Block just before, for an insertion or a new place."""
    source: str = ''
    detail: str = ''
    """In words: the styles, the row of the table."""

    @property
    def authors(self) -> tuple[str, ...]:
        """Who tracked it; empty when nobody did."""
        return tuple(dict.fromkeys(mark.author for mark in self.marks))


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, with the words and the blocks it bears on, and the one it answers."""

    id: str
    author: str
    date: str
    text: str
    quote: str
    blocks: tuple[str, ...]
    parent: str = ''
    resolved: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """A returned file, read. ``unplaced``: changes that a person must place; ``notes``: what was not read, and why."""

    export_id: str
    authors: tuple[str, ...]
    changes: tuple[Change, ...]
    comments: tuple[Comment, ...]
    unplaced: tuple[Change, ...]
    notes: tuple[str, ...]


def authors_of(changes: Iterable[Change], comments: Iterable[Comment]) -> tuple[str, ...]:
    """Return everybody who tracked a change or wrote a comment, in alphabetical order."""
    return tuple(sorted({a for change in changes for a in change.authors} | {found.author for found in comments}))
