"""Where each block of a review stands in the sources as they are today.

The identifiers of paragraphs count them (``obj-friches.p2``): a paragraph added since the sending shifts those after it.
So a block that was sent is looked for in its titled section by its words first, and by its rank only between neighbours
that are known.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pasbuild.diagnostics import Report
from pasbuild.edits import folded
from pasbuild.model import (
    Block,
    Callout,
    DefinitionList,
    Enjeu,
    FigureBlock,
    Heading,
    Note,
    Objectif,
    Paragraph,
    Table,
    inlines,
    own_inlines,
    walk,
)  # fmt: skip
from pasbuild.reader import parsed, read_part
from pasbuild.reviewbase import Bloc
from pasbuild.sourcelines import Passage, Passages, read_passages

_LIKE = 0.5
"""Likeness from which a block reworded since the sending is still the same. A judgement; a wrong one ends in a conflict."""


@dataclass(frozen=True, slots=True)
class Place:
    """A block of the sources: its lines (from 1), its words as written, and the last line of what holds it at the margin."""

    id: str
    genre: str
    file: str
    first: int
    last: int
    markdown: str
    end: int

    @property
    def form(self) -> str:
        """How it is nested: the letters of its identifier, without ranks."""
        return letters(self.id)


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the sources: its blocks in order, notes last, and the codes of its faults."""

    file: str
    text: str
    places: tuple[Place, ...] = ()
    faults: tuple[str, ...] = ()
    ids: frozenset[str] = field(default_factory=frozenset)


def letters(block_id: str) -> str:
    """Return the place of a block under its explicit identifier, without ranks: ``obj-a.l2.i1.p1`` → ``.l.i.p``."""
    head, dot, rest = block_id.partition('.')
    return dot + re.sub(r'\d+', '', rest) if head else ''


def read_source(text: str, file: str) -> Source:
    """Return the blocks of a Markdown file."""
    report = Report()
    part = read_part(text, file, report)
    faults = tuple(sorted(found.code for found in report.diagnostics if found.level == 'erreur'))
    if part is None:
        return Source(file, text, (), faults)
    ends = _Ends(text)
    passages = read_passages(text)
    found = [place for block in walk(part) for place in _of_block(block, passages, ends)]
    left = {line: [*notes] for line, notes in passages.notes.items()}
    notes = (node for block in walk(part) for node in inlines(own_inlines(block)) if isinstance(node, Note))
    found += [
        ends.place(note.id, 'note', file, left[note.span.line].pop(0)) for note in notes if left.get(note.span.line)
    ]
    ids = frozenset(block.id for block in walk(part))
    return Source(file, text, tuple(found), faults, ids)


class _Ends:
    """Last lines of the blocks at the margin."""

    def __init__(self, text: str) -> None:
        lines = re.split(r'\r\n?|\n', text)
        self.ends: dict[int, int] = {}
        for token in parsed(text):
            if token.level == 0 and token.map and token.nesting >= 0:
                end = token.map[1] + (token.type == 'container_bloc_open')
                while end > token.map[0] + 1 and not lines[min(end, len(lines)) - 1].strip():
                    end -= 1
                self.ends |= dict.fromkeys(range(token.map[0] + 1, end + 1), end)

    def place(self, block_id: str, genre: str, file: str, passage: Passage) -> Place:
        """Return a block at its passage."""
        end = self.ends.get(passage.last, passage.last)
        return Place(block_id, genre, file, passage.first, passage.last, passage.markdown, end)


def _of_block(block: Block, found: Passages, ends: _Ends) -> Iterator[Place]:
    line, file = block.span.line, block.span.file
    nowhere = Passage(line, line, '')
    match block:
        case Heading() | Objectif() | Enjeu():
            yield ends.place(block.id, 'titre', file, found.texts.get(line, nowhere))
        case Paragraph():
            yield ends.place(block.id, 'paragraphe', file, found.texts.get(line, nowhere))
        case FigureBlock():
            yield ends.place(block.id, 'figure', file, nowhere)
        case Callout() if block.title:
            yield ends.place(block.id, 'intitule', file, found.titles.get(line, nowhere))
        case DefinitionList():
            for rank, term in enumerate(found.terms.get(line, []), 1):
                yield ends.place(f'{block.id}.t{rank}', 'terme', file, term)
        case Table():
            yield ends.place(block.id, 'legende', file, found.titles.get(line, nowhere))
            for number, row in enumerate([] if block.query else found.rows.get(line, [])):
                for column, cell in enumerate(row, 1):
                    yield ends.place(f'{block.id}.r{number}.c{column}', 'cellule', file, cell)
            if line in found.remarks:
                yield ends.place(f'{block.id}.notes', 'remarque', file, found.remarks[line])
        case _:
            pass


# --- what was sent, found again ---------------------------------------------------------------------------------------


def align(sent: Iterable[Bloc], places: Iterable[Place]) -> dict[str, str]:
    """Return the present identifier of each block that was sent; those that are gone have none."""
    here = [*places]
    known = {place.id for place in here}
    blocks = [bloc for bloc in sent if bloc.id and not bloc.id.startswith('_')]
    found = {bloc.id: bloc.id for bloc in blocks if '.' not in bloc.id and bloc.id in known}
    before, after = defaultdict[str, list[Bloc]](list), defaultdict[str, list[Place]](list)
    for bloc in blocks:
        if '.' in bloc.id and not bloc.genere:
            before[bloc.id.partition('.')[0]].append(bloc)
    for place in here:
        if '.' in place.id:
            after[place.id.partition('.')[0]].append(place)
    for section, blocs in before.items():
        found |= _aligned(blocs, after[section])
    _elsewhere([bloc for blocs in before.values() for bloc in blocs], here, found)
    return found


def _aligned(sent: Sequence[Bloc], here: Sequence[Place]) -> dict[str, str]:
    old = [folded(bloc.markdown) for bloc in sent]
    new = [folded(place.markdown) for place in here]
    found: dict[str, str] = {}
    for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == 'equal' or (j - i == m - k and _same_forms(sent[i:j], here[k:m])):
            found |= {bloc.id: place.id for bloc, place in zip(sent[i:j], here[k:m], strict=True)}
        elif kind == 'replace':
            found |= _likely(sent[i:j], here[k:m])
    return found


def _same_forms(sent: Sequence[Bloc], here: Sequence[Place]) -> bool:
    return [letters(bloc.id) for bloc in sent] == [place.form for place in here]


def _likely(sent: Sequence[Bloc], here: Sequence[Place]) -> dict[str, str]:
    """Pair the blocks that are most alike, in order."""
    found: dict[str, str] = {}
    start = 0
    for bloc in sent:
        ratios = [
            (
                difflib.SequenceMatcher(None, bloc.markdown.split(), place.markdown.split(), autojunk=False).ratio(),
                -rank,
            )
            for rank, place in enumerate(here)
            if rank >= start and place.form == letters(bloc.id)
        ]
        ratio, rank = max(ratios, default=(0.0, 0))
        if ratio >= _LIKE:
            found[bloc.id], start = here[-rank].id, 1 - rank
    return found


def _elsewhere(sent: Sequence[Bloc], here: Sequence[Place], found: dict[str, str]) -> None:
    """Find the blocks that went to another section whole, where their words are there once."""
    taken = {*found.values()}
    free = defaultdict[str, list[str]](list)
    for place in here:
        if place.id not in taken and place.markdown:
            free[folded(place.markdown)].append(place.id)
    for bloc in sent:
        known = free.get(folded(bloc.markdown), [])
        if bloc.id not in found and len(known) == 1:
            found[bloc.id] = known.pop()


def block_before(block_id: str, sent: Sequence[Bloc], aligned: Mapping[str, str]) -> str:
    """Return the present block that stands for ``block_id``, or for the nearest one before it; empty when there is none."""
    rank = next((rank for rank, bloc in enumerate(sent) if block_id in (bloc.id, bloc.signet)), -1)
    return next((aligned[bloc.id] for bloc in reversed(sent[: rank + 1]) if bloc.id in aligned), '')
