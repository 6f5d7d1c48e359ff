"""What corresponds to what between two versions: passages by identity, then equal words, then likeness; words by words.

Why not by place: derived identifiers (``obj-friches.p2``) shift as soon as a paragraph is put before. So explicit
identifiers anchor, and between two anchors passages are paired by their text, in order. Why word by word: an official
document cannot be compared by characters, which cut numbers in two (« 50 » and « 55 » share a 5).
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

LIKENESS = 0.5
"""Share of words in common from which two passages are the same one, reworded. A judgement."""
_GAP = 40_000
"""Pairs of passages weighed between two anchors; above, only equal texts are paired: a bound on time."""

TOKEN = re.compile(r'\d{1,3}(?:[\u00a0\u202f]\d{3})+(?:,\d+)?(?!\w)|\d+(?:[.,]\d+)+(?!\w)|\w+|\s|[^\w\s]')
"""A number, a word, or one space or sign. Apostrophes cut: « l'habitat » and « d'habitat » share a word; « 1 150 », « 0,5 »
and the number of an objective, « 1.1.2 », are one."""
_TYPOGRAPHY = str.maketrans(
    {
        '’': "'",
        '‘': "'",
        '\u00a0': ' ',
        '\u202f': ' ',
        '\u2009': ' ',
        '–': '-',
        '—': '-',
        '‑': '-',
        '−': '-',
        '…': '...',
    }
    | dict.fromkeys('“”«»', '"')
)

Op = Literal['egal', 'supprime', 'ajoute']
Link = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Words:
    """Words kept, removed or added."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A passage to pair: ``kind`` must be the same on both sides; ``key``: explicit identifier, or empty."""

    kind: str
    text: str
    key: str = ''
    typed: str = ''


def fold(text: str) -> str:
    """Return a text without what typography alone changes: kind of spaces, apostrophes, dashes, quotation marks."""
    text = re.sub(r'\s+', ' ', text.translate(_TYPOGRAPHY)).strip()
    return re.sub(r' ?([;:!?"%]) ?', r'\1', text)


def opcodes(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield the operations that turn ``old`` into ``new``, as difflib: equal, replace, delete, insert."""
    if old and old == new:  # nearly always, and difflib is slow to see it
        yield 'equal', 0, len(old), 0, len(new)
        return
    yield from difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def compare_words(old: str, new: str) -> tuple[Words, ...]:
    """Return what became of the words: accepting all gives ``new``, rejecting all gives ``old``."""
    before, after = TOKEN.findall(old), TOKEN.findall(new)
    found: list[Words] = []
    for op, i1, i2, j1, j2 in opcodes(before, after):
        if op == 'equal':
            found.append(Words('egal', ''.join(before[i1:i2])))
            continue
        if i1 < i2:
            found.append(Words('supprime', ''.join(before[i1:i2])))
        if j1 < j2:
            found.append(Words('ajoute', ''.join(after[j1:j2])))
    return tuple(_legible(found))


def _legible(found: Sequence[Words]) -> Iterator[Words]:
    """Yield the same changes, those with only a space or a sign between them as one: « a [b] c » reads better whole."""
    group: list[Words] = []
    for index, words in enumerate(found):
        last = index + 1 == len(found)
        if words.op != 'egal' or (group and not last and not any(char.isalnum() for char in words.text)):
            group.append(words)
            continue
        yield from _whole(group)
        group = []
        yield words
    yield from _whole(group)


def _whole(group: Sequence[Words]) -> Sequence[Words]:
    removed = ''.join(one.text for one in group if one.op != 'ajoute')
    added = ''.join(one.text for one in group if one.op != 'supprime')
    changed = {one.op for one in group if one.text.strip()}
    if {'supprime', 'ajoute'} <= changed:
        return Words('supprime', removed), Words('ajoute', added)
    return group


def accepted(words: Sequence[Words]) -> str:
    """Return the new text."""
    return ''.join(one.text for one in words if one.op != 'supprime')


def rejected(words: Sequence[Words]) -> str:
    """Return the old text."""
    return ''.join(one.text for one in words if one.op != 'ajoute')


# --- passages ---------------------------------------------------------------------------------------------------------


def align(old: Sequence[Item], new: Sequence[Item]) -> list[Link]:
    """Return every passage of both sides once, in an order that respects both: paired, removed or added."""
    anchors = _anchors(old, new)
    links: list[Link] = []
    i = j = 0
    for a, b in (*anchors, (len(old), len(new))):
        links += _between(old, new, range(i, a), range(j, b))
        if a < len(old):
            links.append((a, b))
        i, j = a + 1, b + 1
    return links


def in_order(ranks: Sequence[int]) -> list[int]:
    """Return the places of a longest increasing run of ``ranks``: what did not move."""
    tails: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for place, rank in enumerate(ranks):
        at = bisect_left(tails, rank)
        before.append(places[at - 1] if at else -1)
        tails[at:at + 1], places[at:at + 1] = [rank], [place]  # fmt: skip
    found: list[int] = []
    place = places[-1] if places else -1
    while place >= 0:
        found.append(place)
        place = before[place]
    return found[::-1]


def _anchors(old: Sequence[Item], new: Sequence[Item]) -> list[tuple[int, int]]:
    """Return the passages with the same explicit identifier, those that moved left out."""
    places = {(item.key, item.kind): index for index, item in enumerate(new) if item.key}
    found = [(i, places[item.key, item.kind]) for i, item in enumerate(old) if (item.key, item.kind) in places]
    return [found[place] for place in in_order([j for _, j in found])]


def _between(old: Sequence[Item], new: Sequence[Item], left: range, right: range) -> Iterator[Link]:
    """Pair what stands between two anchors: equal texts first, then, between those, likeness."""
    before, after = [(old[i].kind, old[i].text) for i in left], [(new[j].kind, new[j].text) for j in right]
    for op, i1, i2, j1, j2 in opcodes(before, after):
        if op == 'equal':
            yield from zip(left[i1:i2], right[j1:j2], strict=True)
        else:
            yield from _alike(old, new, left[i1:i2], right[j1:j2])


def _alike(old: Sequence[Item], new: Sequence[Item], left: range, right: range) -> Iterator[Link]:
    """Pair the passages that are alike, so that the sum of their likenesses is greatest, in order."""
    scores = _scores(old, new, left, right) if left and right and len(left) * len(right) <= _GAP else {}
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in reversed(range(len(left))) if scores else ():
        for j in reversed(range(len(right))):
            paired = best[i + 1][j + 1] + scores[i, j] if (i, j) in scores else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    i = j = 0
    while i < len(left) or j < len(right):
        both = i < len(left) and j < len(right)
        if both and (i, j) in scores and best[i][j] == best[i + 1][j + 1] + scores[i, j]:
            yield left[i], right[j]
            i, j = i + 1, j + 1
        elif i < len(left) and (j == len(right) or best[i][j] == best[i + 1][j]):
            yield left[i], None
            i += 1
        else:
            yield None, right[j]
            j += 1


def _scores(old: Sequence[Item], new: Sequence[Item], left: range, right: range) -> dict[tuple[int, int], float]:
    before, after = [_bag(old[i].text) for i in left], [_bag(new[j].text) for j in right]
    found = {}
    for i, one in enumerate(before):
        for j, other in enumerate(after):
            if old[left[i]].kind == new[right[j]].kind and old[left[i]].key == new[right[j]].key:
                score = likeness(one, other)
                if score >= LIKENESS:
                    found[i, j] = score
    return found


def _bag(text: str) -> Counter[str]:
    return Counter(word.lower() for word in TOKEN.findall(text) if word[0].isalnum())


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of words two passages have in common, from 0 to 1; two without words are alike."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0
