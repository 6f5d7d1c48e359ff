"""The matrix of the objectives and the matters of article L141-3 they answer, read from the resolved document.

Why apart from its drawing (``matrix.py``): it is small, compared and pickled: it stands for the document in the worker that
draws and in the key of the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pasbuild.law import matieres
from pasbuild.model import Document, Objectif, Part, plain, walk
from pasbuild.project import Niveau

MARK = "×"
"""What the table prints where an objective answers a matter."""


@dataclass(frozen=True, slots=True)
class Matter:
    """A column: short name, and whether the article makes it an obligation."""

    name: str
    required: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row: an objective, and for each matter whether it answers it."""

    number: str
    title: str
    answers: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The objectives of one part, in order; ``accent`` as in ``Theme.accent``."""

    title: str
    accent: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole matrix. ``noun`` and ``plural``: what the dossier calls an objective."""

    noun: str
    plural: str
    matters: tuple[Matter, ...]
    groups: tuple[Group, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every row, in order."""
        return tuple(line for group in self.groups for line in group.lines)

    @property
    def counts(self) -> tuple[int, ...]:
        """How many objectives answer each matter."""
        return tuple(sum(line.answers[index] for line in self.lines) for index in range(len(self.matters)))

    def table(self) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
        """Return the matrix as header and rows of text, with its totals."""
        header = (self.noun.capitalize(), *(matter.name for matter in self.matters), "Total")
        rows = [
            (
                f'{line.number} {line.title}'.strip(),
                *(MARK if yes else '' for yes in line.answers),
                f'{sum(line.answers)}',
            )
            for line in self.lines
        ]
        return header, (*rows, ("Total", *map(str, self.counts), f'{sum(self.counts)}'))


def read_matrix(document: Document, names: Niveau) -> Matrix:
    """Return the matrix of a resolved document: its parts that have objectives, every matter of the article.

    ``names``: how the dossier names its objectives.
    """
    matters = tuple(Matter(matter.court, matter.degre == 'obligatoire') for matter in matieres().values())
    return Matrix(names.nom, names.pluriel, matters, tuple(_groups(document)))


def _groups(document: Document) -> Iterator[Group]:
    for part in document.parts:
        lines = tuple(_line(block) for block in walk(part) if isinstance(block, Objectif))
        if lines:
            yield Group(_title(part), part.accent, lines)


def _title(part: Part) -> str:
    title = plain(part.heading.children)
    return f"{part.label} · {title}" if part.kind == 'dynamique' and part.label else title


def _line(block: Objectif) -> Line:
    return Line(block.number, plain(block.title), tuple(name in block.answers for name in matieres()))
