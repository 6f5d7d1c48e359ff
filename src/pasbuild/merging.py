"""Merge what several reviewers did to one passage, word by word, onto the text as it stands now.

Each reviewer started from what was sent to them; the text may have moved on since. So each reviewer's edits are found
against their own base, carried onto the present text, and united where they do not meet. Where they meet and differ, a
person decides: nothing is lost, every wish is either in the merged text or in a conflict that names it.

The result does not depend on the order of the wishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pasbuild.edits import PARAGRAPH, Edit, Range, differences, fold, folded, folded_equal, tokens, touch

Spot = tuple[Range, str]
"""Where something changes, and the new words."""
SOURCES = ''
"""The key of the present text in a conflict: no wish has it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one reviewer wants of a passage: ``before`` as it was sent, ``after`` as it came back.

    ``fresh``: the passage of the sources is still the one that was sent, however it is written.
    """

    key: str
    before: str
    after: str
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Clash:
    """Wishes that cannot all be granted: the words as they stand, and what each wants there (None: gone)."""

    words: str
    sides: tuple[tuple[str, str | None], ...]

    @property
    def keys(self) -> frozenset[str]:
        """The wishes concerned; the present text is not one."""
        return frozenset(key for key, _ in self.sides if key != SOURCES)


@dataclass(frozen=True, slots=True)
class Merged:
    """The text with every wish that meets no other, and the conflicts, whose words stand as they were."""

    text: str
    clashes: tuple[Clash, ...] = ()

    @property
    def refused(self) -> frozenset[str]:
        """Wishes with a conflict somewhere."""
        return frozenset(key for clash in self.clashes for key in clash.keys)


@dataclass(frozen=True, slots=True, order=True)
class _Edit:
    """Tokens ``start`` to ``end`` of the present text become ``text``. ``stale``: the sources changed there too."""

    start: int
    end: int
    text: str
    key: str
    stale: bool = False

    @property
    def spot(self) -> Edit:
        """What it does, whoever wants it."""
        return self.start, self.end, self.text


def merge_words(present: str, wishes: Iterable[Wish]) -> Merged:
    """Return ``present`` with every wish, word by word."""
    words = tokens(present)
    edits = sorted(edit for wish in wishes for edit in _carried(wish, present))
    out, clashes, position = [], list[Clash](), 0
    for group in _groups(words, edits):
        start, end = group[0].start, max(edit.end for edit in group)
        out.append(''.join(words[position:start]))
        ways = {key: tuple(edits) for key, edits in groupby(sorted(group, key=lambda e: (e.key, e)), lambda e: e.key)}
        if any(edit.stale for edit in group) or len({tuple(map(_way, edits)) for edits in ways.values()}) > 1:
            clashes.append(_clash(words, start, end, ways, stale=any(edit.stale for edit in group)))
            out.append(''.join(words[start:end]))
        else:
            out.append(_applied(words, start, end, next(iter(ways.values()))))
        position = end
    out.append(''.join(words[position:]))
    return Merged(''.join(out), tuple(clashes))


def merge_all(present: str, wishes: Sequence[Wish]) -> Merged:
    """Return ``present`` with the wishes that meet no other, whole: one with a conflict is left out altogether.

    A decision bears on a whole wish: half of one is something nobody asked for.
    """
    first = merge_words(present, wishes)
    if first.clashes and _is_done(present, wishes):
        return Merged(present)
    kept = [wish for wish in wishes if wish.key not in first.refused]
    merged = merge_words(present, kept)
    if kept and not _is_closed(merged.text) and _is_closed(present):
        sides = tuple(sorted((wish.key, wish.after) for wish in kept))
        return Merged(present, (*first.clashes, Clash(present, sides)))
    return Merged(merged.text, first.clashes)


def _is_done(present: str, wishes: Sequence[Wish]) -> bool:
    """Tell whether a text is what the wishes, all of one base, make together: edits side by side read as one in it."""
    merged = merge_words(wishes[0].before, wishes)
    return not merged.clashes and len({wish.before for wish in wishes}) == 1 and folded_equal(merged.text, present)


# --- the edits of one reviewer ----------------------------------------------------------------------------------------


def _carried(wish: Wish, present: str) -> list[_Edit]:
    """Return the edits of a wish on the tokens of the present text; those it already has are left out."""
    words, after, now = tokens(wish.before), tokens(wish.after), tokens(present)
    theirs = [(place, ''.join(after[place[2] : place[3]])) for place in differences(wish.before, wish.after)]
    ours = [(place, ''.join(now[place[2] : place[3]])) for place in differences(wish.before, present)]
    found = []
    for meeting in _meetings(words, theirs, ours, beside=not wish.fresh):
        if not meeting.theirs:
            continue
        start, end = meeting.span(ours, meeting.ours)
        first, last = meeting.span(theirs, meeting.theirs)
        text = ''.join(after[first:last])
        if not (meeting.ours and folded_equal(text, ''.join(now[start:end]))):
            found.append(_Edit(start, end, text, wish.key, bool(meeting.ours) and not wish.fresh))
    return found


@dataclass(frozen=True, slots=True)
class _Meeting:
    """Changes of both sides that meet, and the stretch of the base that holds them."""

    start: int
    end: int
    theirs: tuple[Spot, ...] = ()
    ours: tuple[Spot, ...] = ()

    def span(self, side: Sequence[Spot], inside: Sequence[Spot]) -> tuple[int, int]:
        """Return where the stretch is in the text of a side. What is only inserted at its edges stays outside."""
        start, end = self.start, self.end
        for (low, high, _, last), _ in side:
            within = any(found[:2] == (low, high) for found, _ in inside)
            if high <= self.start and not within:
                start = self.start + last - high
            if within or high < self.end or (high == self.end and low < high):
                end = self.end + last - high
        return start, end


def _meetings(words: Sequence[str], theirs: Sequence[Spot], ours: Sequence[Spot], *, beside: bool) -> list[_Meeting]:
    """Return the stretches of the base that either side changed, those that meet as one; ``beside``: or that touch."""
    result: list[_Meeting] = []
    for spot, mine in sorted([(spot, True) for spot in theirs] + [(spot, False) for spot in ours]):
        found, text = spot
        edit = (*found[:2], text)
        last = result[-1] if result else _Meeting(-1, -1)
        others = last.ours if mine else last.theirs
        near = beside and any(touch(words, (*known[:2], said), edit) for known, said in others)
        if near or _meet((last.start, last.end), found[:2], [known[:2] for known, _ in (*last.theirs, *last.ours)]):
            result.pop()
        else:
            last = _Meeting(*found[:2])
        more = ((*last.theirs, spot), last.ours) if mine else (last.theirs, (*last.ours, spot))
        result.append(_Meeting(last.start, max(last.end, found[1]), *more))
    return result


def _meet(hull: tuple[int, int], new: tuple[int, int], members: Iterable[tuple[int, int]]) -> bool:
    """Tell whether a range meets a group before it: they share a token, or both insert at one place."""
    return new[0] < hull[1] or (new[0] == new[1] == hull[1] and new in members)


# --- edits that meet --------------------------------------------------------------------------------------------------


def _groups(words: Sequence[str], edits: Sequence[_Edit]) -> list[list[_Edit]]:
    """Return edits in order, those that meet or touch together: an edit may touch several that only it unites."""
    found: list[list[_Edit]] = []
    for edit in edits:
        first = next((rank for rank, group in enumerate(found) if _joins(words, group, edit)), len(found))
        found[first:] = [[known for group in found[first:] for known in group] + [edit]]
    return found


def _joins(words: Sequence[str], group: Sequence[_Edit], edit: _Edit) -> bool:
    hull = (group[0].start, max(known.end for known in group))
    return _meet(hull, (edit.start, edit.end), [(known.start, known.end) for known in group]) or any(
        known.key != edit.key and touch(words, known.spot, edit.spot) for known in group
    )


def _way(edit: _Edit) -> tuple[int, int, str]:
    return edit.start, edit.end, ''.join(fold(tokens(edit.text)))


def _applied(words: Sequence[str], start: int, end: int, edits: Sequence[_Edit]) -> str:
    out, position = [], start
    for edit in edits:
        out += [*words[position : edit.start], edit.text]
        position = edit.end
    return ''.join([*out, *words[position:end]])


def _clash(words: Sequence[str], start: int, end: int, ways: Mapping[str, Sequence[_Edit]], *, stale: bool) -> Clash:
    now = ''.join(words[start:end])
    sides: list[tuple[str, str | None]] = [(key, _applied(words, start, end, edits)) for key, edits in ways.items()]
    return Clash(now, ((SOURCES, now), *sides) if stale else tuple(sides))


def _is_closed(text: str) -> bool:
    """Tell whether bold and italic that open in a paragraph close in it."""
    return all(
        sum(len(token) for token in tokens(paragraph) if token.startswith('*')) % 2 == 0
        and sum(len(token) // 2 for token in tokens(paragraph) if token.startswith('**')) % 2 == 0
        for paragraph in text.split(PARAGRAPH)
    )


# --- passages ---


@dataclass(frozen=True, slots=True)
class Change:
    """One accepted change, in terms of the present blocks.

    ``blocks``: those it bears on, consecutive; ``before`` and ``after``: their texts, one a paragraph. Without blocks it is
    an addition after ``place``; with a ``place`` a move. An empty ``after`` deletes. ``rank``: its order in its file.
    """

    key: str
    who: str
    blocks: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    place: str = ''
    form: str = ''
    rank: int = 0
    fresh: bool = False

    @property
    def moves(self) -> bool:
        """Whether blocks change their place."""
        return bool(self.blocks and self.place)

    @property
    def rewords(self) -> bool:
        """Whether blocks are kept with other words."""
        return bool(self.blocks and self.after) and not (
            self.moves and list(map(folded, self.before)) == list(map(folded, self.after))
        )

    @property
    def deletes(self) -> bool:
        """Whether blocks go."""
        return bool(self.blocks) and not self.after


@dataclass(frozen=True, slots=True)
class Addition:
    """Paragraphs that come after a block; ``form``: what they are (see ``rewriting``)."""

    texts: tuple[str, ...]
    form: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merging:
    """The changes of all reviewers as one. Blocks are named by their first: those joined go with it."""

    texts: Mapping[tuple[str, ...], str]
    """Runs of blocks that become one text, its paragraphs parted by empty lines."""
    deleted: frozenset[str]
    added: Mapping[str, tuple[Addition, ...]]
    moved: Mapping[str, str]
    """Block → the block it goes after."""
    clashes: tuple[Clash, ...]

    @property
    def refused(self) -> frozenset[str]:
        """Changes with a conflict."""
        return frozenset(key for clash in self.clashes for key in clash.keys)


def merge_changes(present: Mapping[str, str], changes: Iterable[Change]) -> Merging:
    """Return all the changes as one. ``present``: text of each block, in the order of the document."""
    ordered = sorted(changes, key=lambda change: (change.who, change.key))
    clashes = [*_scattered(present, ordered), *_fates(present, ordered)]
    left = _without(ordered, clashes)
    for run in _runs(present, left):
        clashes += _merged_run(present, run, left).clashes
    left = _without(ordered, clashes)
    merged = {run: _merged_run(present, run, left).text for run in _runs(present, left)}
    texts = {run: text for run, text in merged.items() if not folded_equal(text, _joined(present, run))}
    deleted = frozenset(block for change in left if change.deletes for block in change.blocks)
    moved = {block: change.place for change in left if change.moves for block in change.blocks}
    return Merging(texts, deleted, _additions(left), moved, tuple(clashes))


def _without(changes: Sequence[Change], clashes: Iterable[Clash]) -> list[Change]:
    refused = {key for clash in clashes for key in clash.keys}
    return [change for change in changes if change.key not in refused]


def _joined(present: Mapping[str, str], run: Iterable[str]) -> str:
    return PARAGRAPH.join(present[block] for block in run)


def _scattered(present: Mapping[str, str], changes: Sequence[Change]) -> list[Clash]:
    """Return the joins of blocks between which the sources have something now."""
    order = {block: rank for rank, block in enumerate(present)}
    apart = [c for c in changes if c.rewords and order[c.blocks[-1]] - order[c.blocks[0]] != len(c.blocks) - 1]
    words = [_joined(present, change.blocks) for change in apart]
    return [Clash(w, ((SOURCES, w), (c.key, PARAGRAPH.join(c.after)))) for c, w in zip(apart, words, strict=True)]


def _fates(present: Mapping[str, str], changes: Sequence[Change]) -> list[Clash]:
    """Return the blocks that one deletes while another, or the sources, change or move them; or moved to two places."""
    found: dict[tuple[str, ...], Clash] = {}
    for block, now in present.items():
        here = [change for change in changes if block in change.blocks]
        gone = [change for change in here if change.deletes]
        kept = [change for change in here if not change.deletes]
        moves = [change for change in kept if change.moves]
        stale = [c for c in gone if not c.fresh and folded(c.before[c.blocks.index(block)]) != folded(now)]
        wanted: list[tuple[str, str | None]] = []
        if gone and (kept or stale):
            wanted = [*((c.key, None) for c in gone), *((c.key, PARAGRAPH.join(c.after)) for c in kept)]
        elif len({change.place for change in moves}) > 1 or (moves and any(len(c.blocks) > 1 for c in kept)):
            wanted = [(c.key, c.place if c.moves else PARAGRAPH.join(c.after)) for c in kept]
        if wanted:
            sides = ((SOURCES, now), *wanted) if stale and not kept else tuple(wanted)
            found.setdefault(tuple(key for key, _ in sides), Clash(now, sides))
    return list(found.values())


def _runs(present: Mapping[str, str], changes: Sequence[Change]) -> list[tuple[str, ...]]:
    """Return the blocks that changes reword, those that a change joins together as one run, in order."""
    order = [*present]
    rank = {block: index for index, block in enumerate(order)}
    spans = sorted((rank[c.blocks[0]], rank[c.blocks[-1]]) for c in changes if c.rewords)
    found: list[list[int]] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return [tuple(order[start : end + 1]) for start, end in found]


def _merged_run(present: Mapping[str, str], run: tuple[str, ...], changes: Sequence[Change]) -> Merged:
    wishes = []
    for change in changes:
        if change.rewords and change.blocks[0] in run:
            at = run.index(change.blocks[0])
            head = [present[block] for block in run[:at]]
            tail = [present[block] for block in run[at + len(change.blocks) :]]
            before = PARAGRAPH.join((*head, *change.before, *tail))
            after = PARAGRAPH.join((*head, *change.after, *tail))
            wishes.append(Wish(change.key, before, after, change.fresh))
    return merge_all(_joined(present, run), wishes)


def _additions(changes: Sequence[Change]) -> dict[str, tuple[Addition, ...]]:
    """Return what is added after each block: reviewer after reviewer, each in the order of their file, twins once."""
    found: dict[str, list[Addition]] = {}
    for change in sorted((c for c in changes if not c.blocks), key=lambda c: (c.who, c.key.partition('/')[0], c.rank)):
        known = found.setdefault(change.place, [])
        twin = next((a for a in known if _same(a, change)), None)
        if twin is not None:
            known[known.index(twin)] = Addition(twin.texts, twin.form, (*twin.keys, change.key))
        else:
            known.append(Addition(change.after, change.form, (change.key,)))
    return {place: tuple(added) for place, added in found.items()}


def _same(addition: Addition, change: Change) -> bool:
    """Tell whether another returned file asked for the same words there."""
    files = {key.partition('/')[0] for key in addition.keys}
    same = (addition.form, *map(folded, addition.texts)) == (change.form, *map(folded, change.after))
    return same and change.key.partition('/')[0] not in files


def standings(merging: Merging, changes: Iterable[Change]) -> dict[str, frozenset[str]]:
    """Return, for each change, the others it is in conflict with (``SOURCES``: the present text); empty: applicable."""
    return {
        change.key: frozenset(o for c in merging.clashes if change.key in c.keys for o, _ in c.sides if o != change.key)
        for change in changes
    }
