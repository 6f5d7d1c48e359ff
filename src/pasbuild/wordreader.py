"""The paragraphs of a Word file, with everything a reviewer can have done to them.

A paragraph is a list of segments: pieces of text with one state each (inserted by, deleted by, bold, part of a move…),
and the state of its mark: Word tracks the end of a paragraph like a letter. What joins paragraphs is in ``hunks``.
Field results, links and content controls are text like any other; field codes are not. Styles are known by their names:
LibreOffice renames their identifiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

from pasbuild.wordsafe import WordFile

Element = etree._Element  # noqa: SLF001  # lxml has no public name for it
_NAMESPACE = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
W = f'{{{_NAMESPACE}}}'
_P, _TBL, _R, _PPR, _RPR, _NUM_PR = (f'{W}{name}' for name in ('p', 'tbl', 'r', 'pPr', 'rPr', 'numPr'))
_PPR_CHANGE, _RPR_CHANGE, _NAME, _VAL = (f'{W}{name}' for name in ('pPrChange', 'rPrChange', 'name', 'val'))
_BOOKMARK, _BOOKMARK_END, _TEXTS = f'{W}bookmarkStart', f'{W}bookmarkEnd', (f'{W}t', f'{W}delText')
_ADDED, _REMOVED = (f'{W}ins', f'{W}moveTo'), (f'{W}del', f'{W}moveFrom')
_THROUGH = frozenset(
    f'{W}{name}' for name in ('hyperlink', 'smartTag', 'fldSimple', 'sdt', 'sdtContent', 'customXml', 'dir', 'bdo')
)
_COMPUTED = ('REF', 'PAGEREF', 'SEQ', 'NOTEREF', 'PAGE')
_CHARACTERS = {f'{W}tab': '\t', f'{W}cr': '\n', f'{W}noBreakHyphen': '\u2011', f'{W}sym': '\ufffd'}


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Who tracked a revision, and when (as written in the file: ISO 8601 or empty)."""

    author: str
    date: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text in one state. ``note``: identifier of the footnote it calls; its text is then empty."""

    text: str
    inserted: Mark | None = None
    deleted: Mark | None = None
    bold: bool = False
    italic: bool = False
    formatted: Mark | None = None
    """Who changed its look while tracking; ``was`` is what it was: bold, italic."""
    was: tuple[bool, bool] = (False, False)
    note: str = ''
    link: str = ''
    """``#bookmark`` inside the document, or an address."""
    move: str = ''
    """Name of the tracked move it belongs to."""
    computed: bool = False
    """Result of a field: written again by each program that opens the file, so nobody's words."""


@dataclass(frozen=True, slots=True)
class Row:
    """The table row a paragraph stands in: table and row from 0, and who inserted or deleted it as a whole."""

    table: int
    number: int
    inserted: Mark | None = None
    deleted: Mark | None = None


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A bookmark that starts in a paragraph, after ``offset`` characters of the text before revision."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class WordParagraph:
    """A physical paragraph. ``container``: what it shares with its neighbours (the body, one cell, one note)."""

    number: int
    container: tuple[str, int]
    segments: tuple[Segment, ...]
    mark_inserted: Mark | None
    mark_deleted: Mark | None
    style: str
    level: int
    restyled: Mark | None
    """Who changed its style or its list level while tracking."""
    old_style: str
    bookmarks: tuple[Bookmark, ...]
    row: Row | None = None
    pictures: int = 0

    @property
    def existed(self) -> bool:
        """Whether anything of it was there before the tracked revisions."""
        if self.row is not None and self.row.inserted:
            return False
        kept = [segment for segment in self.segments if not segment.inserted]
        return bool(kept) or not (self.mark_inserted or self.segments)


@dataclass(slots=True)
class CommentRange:
    """Paragraphs a comment covers, and the words between its two ends."""

    paragraphs: list[int] = field(default_factory=list)
    quote: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """All the paragraphs, notes after the body, and the ranges of the comments by identifier."""

    paragraphs: tuple[WordParagraph, ...]
    ranges: Mapping[str, CommentRange]
    text_boxes: tuple[int, ...]
    """Paragraphs that hold text boxes, which are not read."""


@dataclass(frozen=True, slots=True)
class _State:
    """What surrounds a run."""

    inserted: Mark | None = None
    deleted: Mark | None = None
    link: str = ''


@dataclass(slots=True)
class _Field:
    code: list[str] = field(default_factory=list)
    shown: bool = False
    empty: bool = True

    @property
    def computed(self) -> bool:
        return ''.join(self.code).split(maxsplit=1)[:1] in ([name] for name in _COMPUTED)

    @property
    def link(self) -> str:
        words = ''.join(self.code).split()
        return f'#{words[1]}' if len(words) > 1 and words[0] in ('REF', 'PAGEREF') else ''


@dataclass(slots=True)
class _Open:
    """A paragraph being read."""

    segments: list[Segment] = field(default_factory=list)
    bookmarks: list[Bookmark] = field(default_factory=list)
    offset: int = 0
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class _Look:
    name: str
    bold: bool
    italic: bool


def mark_of(element: Element) -> Mark:
    """Return the author and date of a revision or a comment. LibreOffice writes a year zero when there is no date."""
    date = str(element.get(f'{W}date') or '')
    return Mark(element.get(f'{W}author') or "?", '' if date.startswith('0') else date)


def read_word(file: WordFile) -> Reading:
    """Return the paragraphs of a Word file in their order, body first, then notes."""
    walker = _Walker(_looks(file.styles), file.links)
    body = file.document.find(f'{W}body')
    if body is not None:
        walker.blocks(body, ('corps', 0), None)
    if file.footnotes is not None:
        walker.links = file.note_links
        for note in file.footnotes.iterfind(f'{W}footnote'):
            if note.get(f'{W}type') is None:
                walker.fields.clear()
                walker.blocks(note, ('note', _number(note.get(f'{W}id'))), None)
    return Reading(tuple(walker.out), walker.ranges, tuple(dict.fromkeys(walker.text_boxes)))


def _number(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:
        return 0


def _looks(styles: Element | None) -> dict[str, _Look]:
    """Return name, bold and italic of each style, with what it is based on."""
    if styles is None:
        return {}
    found = {str(style.get(f'{W}styleId')): style for style in styles.iterfind(f'{W}style')}
    return {key: _look(key, found) for key in found}


def _look(key: str, styles: Mapping[str, Element]) -> _Look:
    name, bold, italic, seen = '', None, None, set[str]()
    while key in styles and key not in seen:
        seen.add(key)
        style = styles[key]
        name = name or _value(style, 'name')
        run = style.find(_RPR)
        bold, italic = _toggle(run, 'b') if bold is None else bold, _toggle(run, 'i') if italic is None else italic
        key = _value(style, 'basedOn')
    return _Look(name, bool(bold) or name.endswith(' chiffre'), bool(italic))


def _value(element: Element | None, name: str) -> str:
    child = element.find(f'{W}{name}') if element is not None else None
    return str(child.get(_VAL, '')) if child is not None else ''


def _toggle(properties: Element | None, name: str) -> bool | None:
    child = properties.find(f'{W}{name}') if properties is not None else None
    return None if child is None else child.get(_VAL) not in ('0', 'false', 'off')


@dataclass(slots=True)
class _Walker:
    looks: Mapping[str, _Look]
    links: Mapping[str, str]
    out: list[WordParagraph] = field(default_factory=list)
    ranges: dict[str, CommentRange] = field(default_factory=dict)
    open_ranges: set[str] = field(default_factory=set)
    fields: list[_Field] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    """Bookmarks that start between paragraphs: the next one carries them."""
    moves: dict[str, str] = field(default_factory=dict)
    tables: int = 0
    cells: int = 0
    text_boxes: list[int] = field(default_factory=list)

    # --- blocks ---

    def blocks(self, parent: Element, container: tuple[str, int], row: Row | None) -> None:
        """Read the paragraphs and tables under ``parent``."""
        for child in parent:
            match child.tag:
                case t if t == _P:
                    self._paragraph(child, container, row)
                case t if t == _TBL:
                    self._table(child)
                case t if t == _BOOKMARK:
                    self.pending.append(str(child.get(_NAME)))
                case t if t in _THROUGH or t in _ADDED or t in _REMOVED:
                    self.blocks(child, container, row)
                case _:
                    self._milestone(child)

    def _table(self, table: Element) -> None:
        number = self.tables
        self.tables += 1
        for index, line in enumerate(_rows(table)):
            properties = line.find(f'{W}trPr')
            row = Row(number, index, _revision(properties, ('ins',)), _revision(properties, ('del',)))
            for cell in _cells(line):
                self.cells += 1
                self.blocks(cell, ('cellule', self.cells), row)

    def _paragraph(self, element: Element, container: tuple[str, int], row: Row | None) -> None:
        current = _Open(bookmarks=[Bookmark(name, 0) for name in self.pending])
        self.pending.clear()
        self._runs(element, current, _State())
        properties = element.find(_PPR)
        marks = properties.find(_RPR) if properties is not None else None
        style, level = self._style(properties)
        change = properties.find(_PPR_CHANGE) if properties is not None else None
        old = self._style(change.find(_PPR)) if change is not None else ('', 0)
        changed = change is not None and old != (style, level)
        self.out.append(
            WordParagraph(
                len(self.out), container, tuple(_joined(current.segments)),
                _revision(marks, ('ins', 'moveTo')), _revision(marks, ('del', 'moveFrom')),
                style, level, mark_of(change) if change is not None and changed else None, old[0],
                tuple(current.bookmarks), row, current.pictures,
            )
        )  # fmt: skip

    def _style(self, properties: Element | None) -> tuple[str, int]:
        key = _value(properties, 'pStyle')
        numbering = properties.find(_NUM_PR) if properties is not None else None
        return (self.looks[key].name if key in self.looks else key), _number(_value(numbering, 'ilvl'))

    # --- runs ---

    def _runs(self, parent: Element, current: _Open, state: _State) -> None:
        for child in parent:
            match child.tag:
                case t if t == _R:
                    self._run(child, current, state)
                case t if t in _ADDED:
                    self._runs(child, current, _State(mark_of(child), state.deleted, state.link))
                case t if t in _REMOVED:
                    self._runs(child, current, _State(state.inserted, mark_of(child), state.link))
                case t if t in _THROUGH:
                    self._runs(child, current, _State(state.inserted, state.deleted, self._link(child) or state.link))
                case t if t == _BOOKMARK:
                    current.bookmarks.append(Bookmark(str(child.get(_NAME)), current.offset))
                case _:
                    self._milestone(child)

    def _link(self, element: Element) -> str:
        if element.tag == f'{W}fldSimple':
            return _Field([str(element.get(f'{W}instr', ''))]).link
        anchor = element.get(f'{W}anchor')
        relation = element.get('{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id')
        return f'#{anchor}' if anchor else self.links.get(str(relation), '')

    def _milestone(self, element: Element) -> None:
        """Take note of what starts or ends between runs: comments and moves."""
        if element.tag in (_BOOKMARK_END, _PPR):  # nearly all there is
            return
        name, key = etree.QName(element).localname, str(element.get(f'{W}id'))
        match name:
            case 'commentRangeStart':
                self.open_ranges.add(key)
                self.ranges.setdefault(key, CommentRange())
            case 'commentRangeEnd':
                self.open_ranges.discard(key)
            case 'moveFromRangeStart' | 'moveToRangeStart':
                self.moves[key] = str(element.get(_NAME, ''))
            case 'moveFromRangeEnd' | 'moveToRangeEnd':
                self.moves.pop(key, None)

    def _run(self, run: Element, current: _Open, state: _State) -> None:
        bold, italic, formatted, was = self._looks_of(run.find(_RPR))
        link = next((found.link for found in reversed(self.fields) if found.shown and found.link), state.link)
        move = next(reversed(self.moves.values()), '')
        for text, note in self._contents(run, current):
            computed = (text == '' and note == '') or any(found.computed for found in self.fields)
            current.segments.append(
                Segment(text, state.inserted, state.deleted, bold, italic, formatted, was, note, link, move, computed)
            )
            if not state.inserted:
                current.offset += len(text)
            for key in self.open_ranges:
                self._cover(key)
                self.ranges[key].quote.append('' if state.deleted else text)

    def _cover(self, key: str) -> None:
        found = self.ranges.setdefault(key, CommentRange())
        if not found.paragraphs or found.paragraphs[-1] != len(self.out):
            found.quote += ['\n'] if found.quote else []
            found.paragraphs.append(len(self.out))

    def _looks_of(self, properties: Element | None) -> tuple[bool, bool, Mark | None, tuple[bool, bool]]:
        if properties is None:
            return False, False, None, (False, False)
        bold, italic = self._bold_italic(properties)
        change = properties.find(_RPR_CHANGE)
        if change is None:
            return bold, italic, None, (bold, italic)
        was = self._bold_italic(change.find(_RPR))
        return bold, italic, mark_of(change), was

    def _bold_italic(self, properties: Element | None) -> tuple[bool, bool]:
        style = self.looks.get(_value(properties, 'rStyle'), _Look('', bold=False, italic=False))
        bold, italic = _toggle(properties, 'b'), _toggle(properties, 'i')
        return (style.bold if bold is None else bold), (style.italic if italic is None else italic)

    def _contents(self, run: Element, current: _Open) -> Iterator[tuple[str, str]]:
        """Yield the texts and the note calls of a run; field codes are read apart."""
        for child in run:
            tag = child.tag
            if tag in _TEXTS:
                if child.text and all(found.shown for found in self.fields):
                    for found in self.fields:
                        found.empty = False
                    yield child.text, ''
            elif tag in _CHARACTERS:
                yield _CHARACTERS[tag], ''
            elif tag == f'{W}br':
                if child.get(f'{W}type') is None:
                    yield '\n', ''
            elif tag == f'{W}footnoteReference':
                yield '', str(child.get(f'{W}id'))
            elif tag == f'{W}fldChar':
                if self._field(str(child.get(f'{W}fldCharType'))):
                    yield '', ''
            elif tag in (f'{W}instrText', f'{W}delInstrText'):
                if self.fields:
                    self.fields[-1].code.append(child.text or '')
            elif tag == f'{W}commentReference':
                self._cover(str(child.get(f'{W}id')))
            elif tag in (f'{W}drawing', f'{W}pict') or etree.QName(child).localname == 'AlternateContent':
                current.pictures += 1
                if child.find(f'.//{W}txbxContent') is not None:
                    self.text_boxes.append(len(self.out))

    def _field(self, kind: str) -> bool:
        """Follow the fields; tell whether one ends without a result."""
        if kind == 'begin':
            self.fields.append(_Field())
        elif kind == 'separate' and self.fields:
            self.fields[-1].shown = True
        elif kind == 'end' and self.fields:
            ended = self.fields.pop()
            return ended.empty and ended.computed
        return False


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == f'{W}tr':
            yield child
        elif child.tag in _THROUGH:
            yield from _rows(child)


def _cells(row: Element) -> Iterator[Element]:
    for child in row:
        if child.tag == f'{W}tc':
            yield child
        elif child.tag in _THROUGH:
            yield from _cells(child)


def _revision(properties: Element | None, names: tuple[str, ...]) -> Mark | None:
    found = (properties.find(f'{W}{name}') for name in names) if properties is not None else ()
    return next((mark_of(element) for element in found if element is not None), None)


def _joined(segments: list[Segment]) -> Iterator[Segment]:
    """Yield the segments, neighbours in the same state as one."""
    last: Segment | None = None
    for segment in segments:
        if last is not None and _state(last) == _state(segment) and not (last.note or segment.note):
            last = replace(last, text=last.text + segment.text)
        else:
            if last is not None:
                yield last
            last = segment
    if last is not None:
        yield last


def _state(segment: Segment) -> tuple[object, ...]:
    """Return all of a segment but its text and its note."""
    return (
        segment.inserted, segment.deleted, segment.bold, segment.italic, segment.formatted, segment.was, segment.link,
        segment.move, segment.computed,
    )  # fmt: skip
