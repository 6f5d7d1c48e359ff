"""Paragraphs that revisions join, seen before and after them.

When the mark of a paragraph is inserted or deleted, the paragraph and the next one are one in one of the two views. A
run of such paragraphs is a hunk. Split, merge, insertion and deletion need no rule of their own: they are hunks with
another number of passages before than after.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pasbuild.wordreader import Mark, Segment, WordParagraph

_SPACES = re.compile(r'[\s\u00a0\u202f]+')


def normalised(text: str) -> str:
    """Return a text without what no reviewer means: kinds and numbers of spaces."""
    return ' '.join(text.split())


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of one view: the physical paragraphs it is made of, and its segments in that view."""

    paragraphs: tuple[WordParagraph, ...]
    segments: tuple[Segment, ...]
    text: str

    def prints(self, text: str) -> bool:
        """Tell whether it shows ``text``, whatever its fields show: a program may number anew, or empty them."""
        shown, sent = normalised(self.text), normalised(text)
        return shown == sent or _break_moved(self.text, text) or filled(self.segments, text) is not None

    @property
    def container(self) -> tuple[str, int]:
        """The body, one cell or one note."""
        return self.paragraphs[0].container


def _break_moved(shown: str, sent: str) -> bool:
    """Tell whether only the line break went to the start: LibreOffice 7.4 does it in a content control."""
    if not shown.startswith('\n') or shown.count('\n') != sent.count('\n'):
        return False
    return normalised(shown.replace('\n', '')) == normalised(sent.replace('\n', ''))


@dataclass(frozen=True, slots=True)
class Hunk:
    """What revisions join: passages before and after them."""

    paragraphs: tuple[WordParagraph, ...]
    before: tuple[Passage, ...]
    after: tuple[Passage, ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every revision in it, by author and date."""
        found: set[Mark] = set()
        for paragraph in self.paragraphs:
            row = paragraph.row
            for segment in paragraph.segments:
                found.update(mark for mark in (segment.inserted, segment.deleted, segment.formatted) if mark)
            own = (paragraph.mark_inserted, paragraph.mark_deleted, paragraph.restyled)
            found.update(mark for mark in (*own, row and row.inserted, row and row.deleted) if mark)
        return tuple(sorted(found))


def hunks(paragraphs: Iterable[WordParagraph]) -> list[Hunk]:
    """Return the paragraphs as hunks, in their order. A hunk never leaves its cell, its note or its stretch of body."""
    found: list[Hunk] = []
    current: list[WordParagraph] = []
    for paragraph in paragraphs:
        if current and current[-1].container != paragraph.container:
            found.append(_hunk(current))
            current = []
        current.append(paragraph)
        if not (paragraph.mark_inserted or paragraph.mark_deleted):
            found.append(_hunk(current))
            current = []
    return [*found, _hunk(current)] if current else found


def _hunk(paragraphs: Sequence[WordParagraph]) -> Hunk:
    row = paragraphs[0].row
    before = () if row and row.inserted else _view(paragraphs, before=True)
    after = () if row and row.deleted else _view(paragraphs, before=False)
    return Hunk(tuple(paragraphs), before, after)


def _view(paragraphs: Sequence[WordParagraph], *, before: bool) -> tuple[Passage, ...]:
    groups: list[list[WordParagraph]] = [[]]
    for paragraph in paragraphs:
        groups[-1].append(paragraph)
        joined = paragraph.mark_inserted if before else paragraph.mark_deleted
        if not joined:
            groups.append([])
    return tuple(_passage(group, before=before) for group in groups if group)


def _passage(group: Sequence[WordParagraph], *, before: bool) -> Passage:
    segments = tuple(
        segment
        for paragraph in group
        for segment in paragraph.segments
        if not (segment.inserted if before else segment.deleted)
    )
    return Passage(tuple(group), segments, ''.join(segment.text for segment in segments))


def filled(segments: Sequence[Segment], text: str) -> list[str] | None:
    """Return what fields printed in ``text``, if nothing else differs; None otherwise, or when there is no field."""
    if not any(segment.computed for segment in segments):
        return None
    pattern = ''.join(_RESULT if segment.computed else _pattern(segment.text) for segment in segments)
    found = re.fullmatch(rf'\s*{pattern}\s*', text)
    return [group or '' for group in found.groups()] if found else None


_RESULT = r'(\S{0,20})'
"""A number: without a space, so that a match cannot take long."""


def _pattern(text: str) -> str:
    return r'\s+'.join(map(re.escape, _SPACES.split(text)))


def refilled(paragraphs: Iterable[WordParagraph], texts: Mapping[str, str]) -> list[WordParagraph]:
    """Return the paragraphs, their fields showing what they showed in the export. ``texts``: by bookmark, lower case."""
    return [_refilled(paragraph, texts) for paragraph in paragraphs]


def _refilled(paragraph: WordParagraph, texts: Mapping[str, str]) -> WordParagraph:
    if not any(segment.computed for segment in paragraph.segments):
        return paragraph
    kept = [segment for segment in paragraph.segments if not segment.inserted]
    known = (texts[mark.name.lower()] for mark in reversed(paragraph.bookmarks) if mark.name.lower() in texts)
    results = next((found for text in known if (found := filled(kept, text)) is not None), None)
    if results is None:
        return paragraph
    left = iter(results)
    return replace(
        paragraph,
        segments=tuple(
            replace(segment, text=next(left)) if segment.computed and not segment.inserted else segment
            for segment in paragraph.segments
        ),
    )
