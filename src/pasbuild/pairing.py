"""Which passages after revision come from which passages before it, inside a hunk; and which deletions are moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pasbuild.changes import Change
from pasbuild.hunks import Hunk, Passage, normalised
from pasbuild.wordreader import Mark


@dataclass(frozen=True, slots=True)
class Pair:
    """Passages of both views that share words: one and one (edited), one and several (split), none and one (new)."""

    before: tuple[Passage, ...]
    after: tuple[Passage, ...]

    def marks(self, hunk: Hunk) -> tuple[Mark, ...]:
        """Return the revisions of these passages only; of the hunk when only paragraph marks were tracked."""
        found: set[Mark] = set()
        for passage in (*self.before, *self.after):
            for segment in passage.segments:
                found.update(mark for mark in (segment.inserted, segment.deleted, segment.formatted) if mark)
            for paragraph in passage.paragraphs:
                undone = (s for s in paragraph.segments if s.inserted and s.deleted)  # by one, then the other
                marks = (paragraph.restyled, *(mark for s in undone for mark in (s.inserted, s.deleted)))
                found.update(mark for mark in marks if mark)
        if len(self.before) != len(self.after):
            inside = {paragraph.number for passage in (*self.before, *self.after) for paragraph in passage.paragraphs}
            for paragraph in hunk.paragraphs:
                if paragraph.number in inside:
                    found.update(mark for mark in (paragraph.mark_inserted, paragraph.mark_deleted) if mark)
        return tuple(sorted(found)) or hunk.marks


def pair_up(before: Sequence[Passage], after: Sequence[Passage]) -> list[Pair]:
    """Return the passages in pairs, in the order of the view after revision, deletions where they stood.

    Words kept by both views link them. A passage with none is linked to one with none that shares its paragraph: all
    its words were replaced.
    """
    links = [(i, j) for i, one in enumerate(before) for j, other in enumerate(after) if _share(one, other)]
    lonely = [i for i in range(len(before)) if all(i != link[0] for link in links)]
    free = [j for j in range(len(after)) if all(j != link[1] for link in links)]
    for i in lonely:
        j = next((j for j in free if after[j].text.strip() and _meet(before[i], after[j])), None)
        if j is not None:
            free.remove(j)
            links.append((i, j))
    return _components(before, after, links)


def _share(one: Passage, other: Passage) -> bool:
    kept = {id(segment) for segment in one.segments if segment.text.strip() or segment.note}
    return any(id(segment) in kept for segment in other.segments)


def _meet(one: Passage, other: Passage) -> bool:
    numbers = {paragraph.number for paragraph in one.paragraphs}
    return any(paragraph.number in numbers for paragraph in other.paragraphs)


def _components(before: Sequence[Passage], after: Sequence[Passage], links: Sequence[tuple[int, int]]) -> list[Pair]:
    left, right = set(range(len(before))), set(range(len(after)))
    found: list[tuple[int, Pair]] = []
    while left or right:
        ours = {min(left)} if left else set()
        theirs = set() if left else {min(right)}
        grown = True
        while grown:
            more_right = {j for i, j in links if i in ours} | theirs
            more_left = {i for i, j in links if j in more_right} | ours
            grown = (more_left, more_right) != (ours, theirs)
            ours, theirs = more_left, more_right
        left -= ours
        right -= theirs
        pair = Pair(tuple(before[i] for i in sorted(ours)), tuple(after[j] for j in sorted(theirs)))
        found.append((min(p.paragraphs[0].number for p in pair.after or pair.before), pair))
    return [pair for _, pair in sorted(found, key=lambda item: item[0])]


def pair_moves(changes: Sequence[Change]) -> list[Change]:
    """Return the changes, a tracked deletion and a tracked insertion of the same words as one move."""
    gone: dict[tuple[str, tuple[str, ...]], list[Change]] = defaultdict(list)
    for change in changes:
        if change.kind == 'supprimé' and change.tracked:
            gone[_key(change)].append(change)
    moved: set[int] = set()
    found: list[Change] = []
    for change in changes:
        origin = gone.get(_key(change)) if change.kind == 'inséré' and change.tracked else None
        if origin:
            source = origin.pop(0)
            moved.add(id(source))
            found.append(replace(source, kind='déplacé', after=change.after, previous=change.previous))
        else:
            found.append(change)
    return [change for change in found if id(change) not in moved]


def _key(change: Change) -> tuple[str, tuple[str, ...]]:
    words = change.before or change.after
    return ' '.join(normalised(one.text) for one in words), change.authors
