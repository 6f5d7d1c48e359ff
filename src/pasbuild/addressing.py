"""Which exported block each returned paragraph is.

Bookmark first: it survives Word, LibreOffice and ODT, whatever the words became. Equal text second, between the
neighbours already known. Likeness last, and only as a proposal: a person decides.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pasbuild.hunks import Passage, normalised
from pasbuild.reviewbase import Bloc

_LIKE = 0.6
"""Share of common words from which a block is proposed."""
_SHORT = 12
"""Characters under which likeness means nothing."""
_MOST_PROPOSALS = 40_000
"""Pairs compared at most, so that a file made to be slow is not."""


@dataclass(slots=True)
class Addresses:
    """Blocks found: index of the passage → index of the block. ``merged``: other blocks the passage swallowed."""

    known: dict[int, int] = field(default_factory=dict)
    proposed: dict[int, int] = field(default_factory=dict)
    merged: dict[int, list[int]] = field(default_factory=dict)
    covered: set[int] = field(default_factory=set)
    """Blocks whose bookmark is on a known passage: boxes and lists among them."""

    @property
    def placed(self) -> set[int]:
        """Blocks that stand for something in the file."""
        return {*self.known.values(), *self.proposed.values(), *self.covered}


def address(passages: Sequence[Passage], blocks: Sequence[Bloc]) -> Addresses:
    """Return which block each passage (of the view before revisions) is."""
    found = Addresses()
    texts = [normalised(block.texte) for block in blocks]
    shown = [normalised(passage.text) for passage in passages]
    _by_bookmark(passages, shown, blocks, texts, found)
    _by_text(shown, texts, found)
    _by_cell(passages, blocks, found)
    _by_likeness(shown, texts, found)
    return found


def _by_bookmark(
    passages: Sequence[Passage],
    shown: Sequence[str],
    blocks: Sequence[Bloc],
    texts: Sequence[str],
    found: Addresses,
) -> None:
    """A box or a list has no paragraph of its own: several bookmarks at one place lead to the innermost block."""
    index = {block.signet.lower(): number for number, block in enumerate(blocks) if block.signet}
    used = found.covered
    for number, passage in enumerate(passages):
        places: dict[int, list[int]] = defaultdict(list)
        for name, offset in _bookmarks(passage):
            block = index.get(name.lower())
            if block is not None and block not in used:
                places[offset].append(block)
        chosen = [_innermost(candidates, shown[number], texts) for _, candidates in sorted(places.items())]
        if not chosen or (not shown[number] and texts[chosen[0]]):  # an empty line in front kept the bookmark
            continue
        used.update(block for candidates in places.values() for block in candidates)
        found.known[number] = chosen[0]
        if len(chosen) > 1:
            found.merged[number] = chosen[1:]


def _bookmarks(passage: Passage) -> list[tuple[str, int]]:
    start, found = 0, []
    for paragraph in passage.paragraphs:
        if paragraph.existed:
            found += [(mark.name, start + mark.offset) for mark in paragraph.bookmarks]
        start += sum(len(segment.text) for segment in paragraph.segments if not segment.inserted)
    return found


def _innermost(candidates: Sequence[int], text: str, texts: Sequence[str]) -> int:
    return next((number for number in reversed(candidates) if texts[number] == text), candidates[-1])


def _by_text(shown: Sequence[str], texts: Sequence[str], found: Addresses) -> None:
    """Equal text; said several times, each goes to the nearest place left in the order."""
    taken = found.placed
    free: dict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        if number not in taken and text:
            free[text].append(number)
    last = -1
    for number, text in enumerate(shown):
        if number in found.known:
            last = found.known[number]
        elif candidates := free.get(text):
            after = bisect_left(candidates, last)
            found.known[number] = last = candidates.pop(min(after, len(candidates) - 1))


def _by_cell(passages: Sequence[Passage], blocks: Sequence[Bloc], found: Addresses) -> None:
    """As many cells unknown as blocks left between two known neighbours: they are those, in order."""
    back = {block: number for number, block in found.known.items()}
    taken = found.placed
    number = 0
    while number < len(blocks):
        gap = number
        while number < len(blocks) and number not in taken:
            number += 1
        if gap == number:
            number += 1
            continue
        start = back.get(gap - 1, -1) + 1
        end = back.get(number, len(passages))
        cells = range(start, end)
        plain = all(passages[i].container[0] == 'cellule' and i not in found.known for i in cells)
        if len(cells) == number - gap and plain and all(blocks[b].genre == 'cellule' for b in range(gap, number)):
            found.known.update(zip(cells, range(gap, number), strict=True))


def _by_likeness(shown: Sequence[str], texts: Sequence[str], found: Addresses) -> None:
    taken = found.placed
    bags = {number: _words(text) for number, text in enumerate(texts) if number not in taken and len(text) >= _SHORT}
    unknown = {
        number: _words(text) for number, text in enumerate(shown) if number not in found.known and len(text) >= _SHORT
    }
    if len(bags) * len(unknown) > _MOST_PROPOSALS:
        return
    pairs = [
        (_likeness(words, bag), number, block)
        for number, words in unknown.items()
        for block, bag in bags.items()
        if words and bag
    ]
    used: set[int] = set()
    for score, number, block in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if score >= _LIKE and number not in found.proposed and block not in used:
            found.proposed[number] = block
            used.add(block)


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r'\w+', text.lower()))


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    return 2 * (one & other).total() / (one.total() + other.total())


def out_of_order(numbers: Sequence[int]) -> set[int]:
    """Return the positions of ``numbers`` that must move for the rest to be in increasing order: as few as can be."""
    tails: list[int] = []
    where: list[int] = []
    previous = [-1] * len(numbers)
    for position, number in enumerate(numbers):
        rank = bisect_left(tails, number)
        if rank == len(tails):
            tails.append(number)
            where.append(position)
        else:
            tails[rank], where[rank] = number, position
        previous[position] = where[rank - 1] if rank else -1
    kept: set[int] = set()
    position = where[-1] if where else -1
    while position >= 0:
        kept.add(position)
        position = previous[position]
    return set(range(len(numbers))) - kept


# --- words ------------------------------------------------------------------------------------------------------------


_MOST_WORDS = 9_000_000
"""Pairs of words compared at most: two paragraphs of fifteen hundred words."""
_TOKEN = re.compile(r'(?<!\d)\d+,\d+(?!\d)|\s+|\w+|[^\w\s]')


def word_edits(old: str, new: str) -> list[tuple[str, str, str]]:
    """Return the differences between two texts, word by word: (``=``, ``-`` or ``+`` or ``~``, old words, new words)."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if len(before) * len(after) > _MOST_WORDS:
        return [('~', old, new)]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    signs: Mapping[str, str] = {'equal': '=', 'delete': '-', 'insert': '+', 'replace': '~'}
    return [(signs[kind], ''.join(before[i:j]), ''.join(after[k:m])) for kind, i, j, k, m in matcher.get_opcodes()]
