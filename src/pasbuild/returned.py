"""A returned Word file, compared with what was sent: every change, its author, and the block it bears on.

Why compare: tracking can be off, or switched off by a suite that does not hold to it. What stood before the tracked
revisions must be what was exported; where it is not, somebody edited without a trace, and that is said too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pasbuild.addressing import Addresses, address, out_of_order
from pasbuild.changes import Change, Kind, Piece, Returned, Words, authors_of
from pasbuild.diagnostics import Report
from pasbuild.hunks import Hunk, Passage, hunks, normalised, refilled
from pasbuild.pairing import Pair, pair_moves, pair_up
from pasbuild.rendering import Renderer, silent_pieces, tracked_pieces
from pasbuild.reviewbase import Base, Bloc
from pasbuild.valueedits import told_apart
from pasbuild.wordcomments import read_comments
from pasbuild.wordreader import Mark, Reading, WordParagraph, read_word
from pasbuild.wordsafe import WordFile, open_word

EXPORT_PROPERTY = 'pas-export-id'
"""Custom property of the file that names its export; it survives Word, LibreOffice and ODT."""


def read_returned(data: bytes, name: str, base: Base, report: Report) -> Returned | None:
    """Return what a returned file says against its export, or None when the file is refused (findings ``revue.*``)."""
    file = open_word(data, name, report)
    return None if file is None else compare(file, read_word(file), base)


def compare(file: WordFile, reading: Reading, base: Base) -> Returned:
    """Return what a returned file, opened and read, says against its export."""
    texts = {block.signet.lower(): block.texte for block in base.blocs if block.signet}
    found = hunks(refilled(reading.paragraphs, texts))
    passages = [p for hunk in found for p in hunk.before if any(paragraph.existed for paragraph in p.paragraphs)]
    comparison = _Comparison(base.blocs, passages, address(passages, base.blocs), _rows(reading.paragraphs))
    for hunk in found:
        comparison.read(hunk)
    comparison.finish()
    changes, unplaced = comparison.sorted_out()
    places = comparison.places()
    comments = read_comments(file, reading.ranges, places)
    boxes = dict.fromkeys(places.get(number, '') for number in reading.text_boxes)
    notes = tuple(f"Une zone de texte n'est pas lue{f' (près de « {place} »)' if place else ''}." for place in boxes)
    return Returned(
        file.properties.get(EXPORT_PROPERTY, ''),
        authors_of((*changes, *unplaced), comments),
        changes, unplaced=unplaced, comments=comments, notes=notes,
    )  # fmt: skip


@dataclass(slots=True)
class _Comparison:
    blocks: Sequence[Bloc]
    passages: Sequence[Passage]
    addresses: Addresses
    rows: dict[tuple[int, int], list[str]]
    """Texts of the cells of each row, until the row is told."""
    renderer: Renderer = field(init=False)
    numbers: dict[int, int] = field(init=False)
    """Identity of a passage → its number."""
    drafts: list[Change] = field(default_factory=list)
    previous: int = -1
    """Last known block of the body."""
    extra: set[int] = field(default_factory=set)
    """Passages that are the end of a block split without tracking."""

    def __post_init__(self) -> None:
        self.numbers = {id(passage): number for number, passage in enumerate(self.passages)}
        known = [(p, self.blocks[self.addresses.known[n]]) for n, p in enumerate(self.passages) if self._is_known(n)]
        self.renderer = Renderer(self.blocks, known)

    def _is_known(self, number: int) -> bool:
        return number in self.addresses.known

    def _block(self, passage: Passage) -> Bloc | None:
        number = self.addresses.known.get(self.numbers.get(id(passage), -1))
        return None if number is None else self.blocks[number]

    @property
    def _last(self) -> str:
        return self.blocks[self.previous].id if self.previous >= 0 else ''

    # --- one hunk ---

    def read(self, hunk: Hunk) -> None:
        """Take the changes of a hunk, untracked ones first."""
        row = hunk.paragraphs[0].row
        if row and (row.inserted or row.deleted):
            if (row.table, row.number) in self.rows:
                self._row(hunk)
                del self.rows[row.table, row.number]
            return
        tracked = bool(hunk.marks)
        for passage in hunk.before:
            if id(passage) in self.numbers:
                self._silent(passage, tracked=tracked)
        if tracked:
            for pair in pair_up([p for p in hunk.before if id(p) in self.numbers], hunk.after):
                self._tracked(hunk, pair)
                for passage in pair.before:
                    self._advance(passage)
        for passage in hunk.before:
            self._advance(passage)

    def _advance(self, passage: Passage) -> None:
        number = self.numbers.get(id(passage), -1)
        if passage.container[0] == 'corps' and self._is_known(number):
            self.previous = self.addresses.known[number]

    def _row(self, hunk: Hunk) -> None:
        """One change for a whole row, inserted or deleted."""
        row = hunk.paragraphs[0].row
        assert row is not None
        text = ' | '.join(self.rows[row.table, row.number])
        words = (Words(text, text),)
        mark = row.inserted or row.deleted
        marks = (mark,) if mark else ()
        pieces = (Piece('+' if row.inserted else '-', text, mark),)
        before, after = ((), words) if row.inserted else (words, ())
        self._add('cellule', self._table(hunk), marks, before, after, pieces, detail=f"ligne {row.number + 1}")

    def _table(self, hunk: Hunk) -> list[Bloc]:
        known = [block for passage in hunk.before if (block := self._block(passage))]
        return known or ([self.blocks[self.previous]] if self.previous >= 0 else [])

    def _tracked(self, hunk: Hunk, pair: Pair) -> None:
        known = [block for passage in pair.before if (block := self._block(passage))]
        before = tuple(self.renderer.words(passage, known, before=True) for passage in pair.before)
        after = tuple(self.renderer.words(passage, known, pair.before) for passage in pair.after)
        before, after = (tuple(w for w in side if w.text or w.markdown) for side in (before, after))
        detail = _restyled(pair)
        kind = _kind(before, after, pair, detail)
        if kind is None:
            return
        detail = detail or (_new_as(pair.after[0]) if kind == 'inséré' else '')
        if hunk.paragraphs[0].container[0] == 'cellule':
            row = hunk.paragraphs[0].row
            kind, detail = 'cellule', detail or (f"ligne {row.number + 1}" if row else '')
            known = known or self._table(hunk)
        pieces = tracked_pieces(hunk, pair)
        self._add(kind, known, pair.marks(hunk), before, after, pieces, detail)

    def _add(
        self,
        kind: Kind,
        blocks: Sequence[Bloc],
        marks: tuple[Mark, ...],
        before: tuple[Words, ...],
        after: tuple[Words, ...],
        pieces: tuple[Piece, ...],
        detail: str = '',
        *,
        proposed: bool = False,
    ) -> None:
        generated = next((block for block in blocks if block.genere), None)
        state = 'à placer' if proposed else 'partie générée' if generated else 'placé'
        self.drafts.append(
            Change(
                kind, tuple(block.id for block in blocks), bool(marks), marks, before, after, pieces, state,  # type: ignore[arg-type]
                self._last, generated.source if generated else '', detail,
            )
        )  # fmt: skip

    # --- untracked ---

    def _silent(self, passage: Passage, *, tracked: bool) -> None:
        """Compare what stood before the tracked revisions with what was sent."""
        number = self.numbers[id(passage)]
        if number in self.extra or _is_listing(passage):
            return
        block = self._block(passage)
        if block is None:
            self._unknown(passage, number)
        elif not passage.prints(block.texte):
            self._edited(passage, number, block)
        elif not (tracked or block.genere) and self.renderer.looks_changed(block, passage):
            before, after = self.renderer.exported(block), self.renderer.words(passage, [block], before=True)
            self._add('mise en forme', [block], (), (before,), (after,), (Piece('=', after.text),))

    def _unknown(self, passage: Passage, number: int) -> None:
        proposal = self.addresses.proposed.get(number)
        if proposal is not None:
            self._compare('modifié', [self.blocks[proposal]], [passage], proposed=True)
        elif normalised(passage.text) and self._may_be_new(passage):
            self._compare('inséré', [], [passage])
            self.drafts[-1] = replace(self.drafts[-1], detail=_new_as(passage))

    def _may_be_new(self, passage: Passage) -> bool:
        """Tell whether an unknown passage is somebody's: cells that the export did not record are not."""
        return passage.container[0] != 'cellule' or any(block.genre == 'cellule' for block in self.blocks)

    def _edited(self, passage: Passage, number: int, block: Bloc) -> None:
        swallowed = [self.blocks[other] for other in self.addresses.merged.get(number, ())]
        ends = self._ends(passage, number, block)
        if swallowed:
            self._compare('fusionné', [block, *swallowed], [passage])
        elif ends:
            self.extra.update(ends)
            self._compare('scindé', [block], [passage, *(self.passages[end] for end in ends)])
        else:
            kind: Kind = 'cellule' if passage.container[0] == 'cellule' else 'modifié'
            self._compare(kind if passage.text.strip() else 'supprimé', [block], [passage])

    def _ends(self, passage: Passage, number: int, block: Bloc) -> list[int]:
        """Return the unknown passages that follow and complete the text of the block."""
        wanted, got, ends = _squeezed(block.texte), _squeezed(passage.text), list[int]()
        following = number + 1
        while wanted.startswith(got) and got != wanted and following < len(self.passages):
            if self._is_known(following):
                break
            got += _squeezed(self.passages[following].text)
            ends.append(following)
            following += 1
        return ends if got == wanted else []

    def _compare(self, kind: Kind, blocks: list[Bloc], passages: Sequence[Passage], *, proposed: bool = False) -> None:
        before = tuple(self.renderer.exported(block) for block in blocks)
        shown = (self.renderer.words(passage, blocks, before=True) for passage in passages)
        after = tuple(words for words in shown if words.text or words.markdown)
        pieces = silent_pieces('\n'.join(w.text for w in before), '\n'.join(w.text for w in after))
        self._add(kind, blocks, (), before, after, pieces, proposed=proposed)

    # --- the whole ---

    def finish(self) -> None:
        """Add what only shows on the whole: blocks out of order, blocks that are gone."""
        known = [
            number
            for number, passage in enumerate(self.passages)
            if self._is_known(number) and passage.container[0] == 'corps'
        ]
        order = [self.addresses.known[number] for number in known]
        for position in sorted(out_of_order(order)):
            self.previous = order[position - 1] if position else -1
            block = self.blocks[order[position]]
            words = (self.renderer.words(self.passages[known[position]], [block], before=True),)
            self._add('déplacé', [block], (), (self.renderer.exported(block),), words, (Piece('=', words[0].text),))
        placed = self.addresses.placed
        for number, block in enumerate(self.blocks):
            if number not in placed and normalised(block.texte):
                self.previous = number - 1
                self._compare('supprimé', [block], [])

    def sorted_out(self) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
        """Return the changes placed and those that a person must place."""
        changes = told_apart(pair_moves(self.drafts), {block.id: block for block in self.blocks})
        return (
            tuple(change for change in changes if change.state != 'à placer'),
            tuple(change for change in changes if change.state == 'à placer'),
        )

    def places(self) -> dict[int, str]:
        """Return the block of each physical paragraph, by number; a paragraph of no block is at the one before."""
        found: dict[int, str] = {}
        for passage in self.passages:
            block = self._block(passage)
            if block is not None:
                found.update({paragraph.number: block.id for paragraph in passage.paragraphs})
        last = ''
        for number in range(max((p.number for passage in self.passages for p in passage.paragraphs), default=-1) + 2):
            last = found.setdefault(number, last)
        return {number: block for number, block in found.items() if block}


def _rows(paragraphs: Sequence[WordParagraph]) -> dict[tuple[int, int], list[str]]:
    found: dict[tuple[int, int], list[str]] = {}
    for paragraph in paragraphs:
        if paragraph.row:
            key = (paragraph.row.table, paragraph.row.number)
            found.setdefault(key, []).append(''.join(segment.text for segment in paragraph.segments))
    return found


def _squeezed(text: str) -> str:
    return ''.join(text.split())


def _is_listing(passage: Passage) -> bool:
    """Tables of contents and of figures: Word writes them again by itself."""
    return passage.paragraphs[-1].style.lower().startswith(('toc ', 'table of figures'))


def _new_as(passage: Passage) -> str:
    """Return what a new paragraph is: the text of a note, or its style."""
    kind, number = passage.container
    last = passage.paragraphs[-1]
    level = f", niveau {last.level + 1}" if last.level else ''
    if kind == 'note':
        return f"note « nouvelle-{number} »"
    return f"style « {last.style} »{level}" if last.style else ''


def _restyled(pair: Pair) -> str:
    paragraphs = [p for passage in pair.before for p in passage.paragraphs if p.restyled]
    return ', '.join(
        f"style « {p.old_style} » → « {p.style} »" if p.old_style != p.style else "niveau de liste" for p in paragraphs
    )


def _kind(before: tuple[Words, ...], after: tuple[Words, ...], pair: Pair, detail: str) -> Kind | None:
    if not before and not after:
        return None
    if not before:
        return 'inséré'
    if not after:
        return 'supprimé'
    if len(before) < len(after):
        return 'scindé'
    if len(before) > len(after):
        return 'fusionné'
    if [words.text for words in before] != [words.text for words in after]:
        return 'modifié'
    if before != after and not any(segment.formatted for passage in pair.after for segment in passage.segments):
        return 'modifié'
    changed = before != after or detail or any(s.formatted for passage in pair.after for s in passage.segments)
    return 'mise en forme' if changed else None
