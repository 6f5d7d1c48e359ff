"""Passages as words: plain, in Markdown, and in pieces for display."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby

from pasbuild.addressing import word_edits
from pasbuild.changes import Piece, Words
from pasbuild.hunks import Hunk, Passage, normalised
from pasbuild.pairing import Pair
from pasbuild.reviewbase import Bloc
from pasbuild.typography import typeset
from pasbuild.wordmarkdown import Original, Token, lay_over, segments_markdown, stretches, write_plain
from pasbuild.wordml import number_bookmark
from pasbuild.wordreader import Segment

_LABEL = re.compile(r'(?:Figure|Tableau)\s\d+\.\s')


@lru_cache(maxsize=8192)
def _original(block: Bloc) -> Original:
    """Return the source of a block laid over what it printed. The number of a caption is printed, not written."""
    label = _LABEL.match(block.texte) if block.genre == 'legende' else None
    if label is None:
        return lay_over(block.markdown, block.texte)
    laid, shift = lay_over(block.markdown, block.texte[label.end() :]), len(_squeezed(label[0]))
    tokens = (replace(token, start=token.start + shift, end=token.end + shift) for token in laid.tokens)
    return replace(laid, tokens=(Token(0, shift, ''), *tokens)) if laid.markdown else laid


@dataclass(slots=True)
class Renderer:
    """Writes passages. ``known``: passages and their blocks, from which the labels of the notes are learnt."""

    blocks: Sequence[Bloc]
    known: Sequence[tuple[Passage, Bloc]]
    labels: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for block in self.blocks:
            self.targets[block.signet] = self.targets[number_bookmark(block.id)] = f'#{block.id}'
        for passage, block in self.known:
            calls = [segment.note for segment in passage.segments if segment.note]
            labels = _original(block).notes if calls else ()
            if len(calls) == len(labels):
                self.labels.update(zip(calls, labels, strict=True))

    def exported(self, block: Bloc) -> Words:
        """Return the words of a block as they were sent."""
        original = _original(block)
        return Words(block.texte.strip(), original.markdown or write_plain(normalised(block.texte)))

    def looks_changed(self, block: Bloc, passage: Passage) -> bool:
        """Tell whether a passage of the same words is bold or italic elsewhere than its source says.

        Only where the source explains all that was printed: a caption or a list of references does not.
        """
        looks = stretches((segment.bold, segment.italic, segment.text) for segment in passage.segments)
        if (
            '*' not in block.markdown
            and '_' not in block.markdown
            and all(look[:2] == (False, False) for look in looks)
        ):
            return False
        original = _original(block)
        comparable = bool(original.markdown) and sum(look[2] for look in looks) == sum(
            look[2] for look in original.looks
        )
        return comparable and original.looks != looks

    def words(
        self,
        passage: Passage,
        blocks: Sequence[Bloc],
        sources: Sequence[Passage] = (),
        *,
        before: bool = False,
    ) -> Words:
        """Return a passage as text and Markdown, with the tokens of ``blocks`` where their print is untouched.

        ``sources``: passages before revision, one a block, when the passage is seen after it. ``before``: the passage is
        itself one of the view before, and its looks too are those of before.
        """
        segments = [_former(segment) for segment in passage.segments] if before else list(passage.segments)
        original, places = self._places(passage, blocks, sources or (passage,))
        markdown = segments_markdown(segments, places, original, self._label, self._target)
        return Words(passage.text.strip(), markdown)

    def _label(self, note: str) -> str:
        return self.labels.get(note, f'nouvelle-{note}')

    def _target(self, link: str) -> str:
        return self.targets.get(link[1:], '') if link.startswith('#') else link

    def _places(
        self, passage: Passage, blocks: Sequence[Bloc], sources: Sequence[Passage]
    ) -> tuple[Original, list[int | None]]:
        """Return the tokens of all the blocks one after the other, and where each character of the passage was there."""
        tokens: list[Token] = []
        place: dict[int, list[int | None]] = {}
        shift = 0
        for source in sources:
            placed = blocks if len(sources) == 1 else [block for block in blocks if self._is(source, block)]
            text = '\n'.join(block.texte for block in placed)
            for block in placed:
                original = _original(block)
                tokens += [replace(t, start=t.start + shift, end=t.end + shift) for t in original.tokens]
                shift += len(_squeezed(block.texte))
            base = shift - len(_squeezed(text))
            _spread(source, [None if p is None else p + base for p in aligned(text, source.text)], place)
        found = [at for segment in passage.segments for at in place.get(id(segment), [None] * _weight(segment))]
        return Original(tuple(tokens)), found

    def _is(self, passage: Passage, block: Bloc) -> bool:
        return any(found is passage and known is block for found, known in self.known)


def _former(segment: Segment) -> Segment:
    return replace(segment, bold=segment.was[0], italic=segment.was[1]) if segment.formatted else segment


def _squeezed(text: str) -> str:
    return ''.join(text.split())


def _weight(segment: Segment) -> int:
    return len(_squeezed(segment.text))


def _spread(source: Passage, places: list[int | None], found: dict[int, list[int | None]]) -> None:
    start = 0
    for segment in source.segments:
        found[id(segment)] = places[start : start + _weight(segment)]
        start += _weight(segment)


def aligned(old: str, new: str) -> list[int | None]:
    """Return, for each character of ``new`` that is not a space, its place among those of ``old``, or None."""
    if _squeezed(old) == _squeezed(new):
        return list(range(len(_squeezed(new))))
    places: list[int | None] = []
    start = 0
    for sign, before, after in word_edits(normalised(old), normalised(new)):
        gone = len(_squeezed(before))
        places += range(start, start + gone) if sign == '=' else [None] * len(_squeezed(after))
        start += gone
    return places


def shown_tokens(block: Bloc) -> Iterator[tuple[str, str]]:
    """Yield what of the source of a block is not its words (values, references), with what it printed."""
    places = [place for place, character in enumerate(block.texte) if not character.isspace()]
    for token in _original(block).tokens:
        yield token.source, block.texte[places[token.start] : places[token.end - 1] + 1]


def readable(markdown: str, shown: Mapping[str, str]) -> str:
    """Return inline Markdown as a reader sees it; ``shown``: what values and references printed."""
    return typeset(re.sub(r'\\(\W)', r'\1', re.sub(r'(?<!\\)\*+', '', filled(markdown, shown))))


def filled(markdown: str, shown: Mapping[str, str]) -> str:
    """Return inline Markdown with what its values and references printed in their place, and without calls of notes."""
    for source in sorted(filter(None, shown), key=len, reverse=True):
        markdown = markdown.replace(source, shown[source])
    return re.sub(r'\[\^[^\]]+\]', '', markdown.replace('\\\n', '\n'))


# --- pieces -----------------------------------------------------------------------------------------------------------


def silent_pieces(old: str, new: str) -> tuple[Piece, ...]:
    """Return the difference of two texts, word by word; words changed one after the other make one piece."""
    found: list[Piece] = []
    for same, edits in groupby(_joined(word_edits(old, new)), key=lambda edit: edit[0] == '='):
        before, after = (''.join(side) for side in list(zip(*edits, strict=True))[1:])
        if same:
            found.append(Piece('=', before))
            continue
        if before:
            found.append(Piece('-', before))
        if after:
            found.append(Piece('+', after))
    return tuple(found)


def _joined(edits: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield edits of words; the space between two edits belongs to them."""
    for rank, (sign, before, after) in enumerate(edits):
        between = sign == '=' and before.isspace() and 0 < rank < len(edits) - 1
        yield ('~' if between else sign, before, after)


def tracked_pieces(hunk: Hunk, pair: Pair) -> tuple[Piece, ...]:
    """Return the words of a change as the reviewer sees them in Word, ends of paragraphs included."""
    ours = {id(segment) for passage in (*pair.before, *pair.after) for segment in passage.segments}
    found = list(_pieces(hunk, ours))
    while found and found[-1].text == '\n':
        found.pop()
    return tuple(found)


def _pieces(hunk: Hunk, ours: set[int]) -> Iterator[Piece]:
    for paragraph in hunk.paragraphs:
        mine = [segment for segment in paragraph.segments if id(segment) in ours]
        for segment in mine:
            if not segment.text:
                continue
            if segment.inserted:
                yield Piece('+', segment.text, segment.inserted)
            elif segment.deleted:
                yield Piece('-', segment.text, segment.deleted)
            else:
                yield Piece('=', segment.text)
        if mine and paragraph.mark_inserted:
            yield Piece('+', '\n', paragraph.mark_inserted)
        elif mine and paragraph.mark_deleted:
            yield Piece('-', '\n', paragraph.mark_deleted)
