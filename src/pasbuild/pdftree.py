"""What a PDF says of itself: tag tree, destinations, bookmarks, page labels, links.

Everything is bounded (depth, cycles, number of elements): the file may come from anyone. What cannot be followed raises
``UnreadableError``, which verification reports as an invalid file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pikepdf

from pasbuild.pdfcontent import Fonts, Run, read_page

DEPTH = 200
ELEMENTS = 2_000_000
PAGES = 5_000
_BLOCKS = frozenset(
    [
        'P',
        'H',
        'H1',
        'H2',
        'H3',
        'H4',
        'H5',
        'H6',
        'L',
        'LI',
        'Lbl',
        'LBody',
        'TH',
        'TD',
        'TR',
        'Table',
        'THead',
        'TBody',
        'Caption',
        'Note',
        'Figure',
        'Formula',
        'TOC',
        'TOCI',
        'Index',
        'BlockQuote',
        'Div',
        'Sect',
        'Part',
        'Art',
        'Document',
        'Aside',
        'Title',
    ]
)
"""Types that begin a piece of text; the others (Span, Link, Reference…) are inside one."""


class UnreadableError(ValueError):
    """The file cannot be followed: a cycle, too deep, too many elements."""


@dataclass(slots=True)
class Piece:
    """Text of one block of the tag tree, as read in order. Each line ends with a line feed."""

    kind: str
    object: str = ''
    page: int = 0
    text: str = ''
    alt: str = ''
    links: list[str] = field(default_factory=list)
    note: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a link lands: page from 1 (0: nowhere) and height in points, when said."""

    page: int
    top: float | None = None


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """A link annotation: where it is and where it leads, inside (``name``, ``page``) or outside (``uri``)."""

    page: int
    object: str
    name: str = ''
    target: int = 0
    uri: str = ''


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline."""

    title: str
    level: int
    page: int


@dataclass(slots=True)
class Content:
    """The whole file, read once."""

    pages: list[list[Run]]
    pieces: list[Piece]
    loose: list[tuple[int, Run]]
    """Text neither reached by the tag tree nor marked as an artifact, with its page."""
    fonts: Fonts
    tagged: bool
    destinations: dict[str, Destination]
    links: list[LinkPlace]
    bookmarks: list[Bookmark]
    labels: list[str]
    """Label of each page; empty without ``/PageLabels``."""
    figures: list[frozenset[int]]
    """For each page, the marks that belong to a figure: their text is read through the alternative text."""
    replaced: list[tuple[int, str, str]]
    """Elements with ``/ActualText``: page, object, the words read in place of the ones shown."""


def name_of(value: Any) -> str:
    """Return "12 0 obj" for an indirect object, or an empty string."""
    number, generation = value.objgen
    return f'{number} {generation} obj' if number else ''


def read_content(pdf: pikepdf.Pdf) -> Content:
    """Read a file whole. Raises UnreadableError when it cannot be followed, and what pikepdf raises when it is broken."""
    pages = list(pdf.pages)
    if len(pages) > PAGES:
        raise UnreadableError(f"{len(pages)} pages")
    numbers = {page.obj.objgen: number for number, page in enumerate(pages, 1)}
    tree = _Tree(pdf, numbers)
    fonts = Fonts()
    figures = [frozenset(mark for page, mark in tree.figures if page == number) for number in numbers.values()]
    figures += [frozenset()] * (len(pages) - len(figures))
    runs = [read_page(page, fonts, marks) for page, marks in zip(pages, figures, strict=True)]
    loose = _fill(tree, runs)
    names = dict(_named(pdf, numbers))
    links = [link for number, page in enumerate(pages, 1) for link in _links(page, number, names, numbers)]
    links_by_object = {link.object: link for link in links if link.object}
    for piece in tree.pieces:
        piece.links = [_aim(links_by_object[place]) for place in piece.links if place in links_by_object]
    bookmarks = list(_outline(pdf, names, numbers))
    return Content(
        runs, [piece for piece in tree.pieces if piece.text.strip() or piece.kind == 'Figure'], loose, fonts,
        tree.tagged, names, links, bookmarks, _labels(pdf, len(pages)), figures, tree.replaced,
    )  # fmt: skip


def _aim(link: LinkPlace) -> str:
    return link.uri or (f'#{link.name}' if link.name else f'page {link.target}')


def label(content: Content, page: int) -> str:
    """Return the number a page is known by."""
    return content.labels[page - 1] if 0 < page <= len(content.labels) else str(page)


# --- tag tree -----------------------------------------------------------------------------------------------------------


class _Tree:
    """Walks the structure tree: pieces, with the marks each holds, in order."""

    def __init__(self, pdf: pikepdf.Pdf, numbers: Mapping[tuple[int, int], int]) -> None:
        self.numbers = numbers
        self.pieces: list[Piece] = []
        self.marks: list[tuple[int, int, Piece]] = []
        self.figures: set[tuple[int, int]] = set()
        self.seen: set[tuple[int, int]] = set()
        self.count = 0
        self.replaced: list[tuple[int, str, str]] = []
        root: Any = pdf.Root.get('/StructTreeRoot')
        self.tagged = isinstance(root, pikepdf.Dictionary)
        if self.tagged:
            roles: Any = root.get('/RoleMap', {})
            self.roles = {key.lstrip('/'): str(roles[key]).lstrip('/') for key in roles.keys()}  # noqa: SIM118  # pikepdf
            for kid in _kids(root):
                self._element(kid, Piece(''), 0, 0, figure=False, note=False)

    def _element(self, element: Any, piece: Piece, page: int, depth: int, *, figure: bool, note: bool) -> Piece:
        """Read one element; return the piece that what follows it continues."""
        self.count += 1
        if depth > DEPTH or self.count > ELEMENTS:
            raise UnreadableError("arbre des balises trop profond ou trop grand")
        if element.objgen != (0, 0):
            if element.objgen in self.seen:
                raise UnreadableError("arbre des balises circulaire")
            self.seen.add(element.objgen)
        kind = str(element.get('/S', '')).lstrip('/')
        kind = self.roles.get(kind, kind)
        page = self._page(element, page)
        note = note or kind == 'Note'
        if '/ActualText' in element:
            self.replaced.append((page, name_of(element), str(element['/ActualText'])))
        block = kind in _BLOCKS
        if block:
            piece = self._open(kind, element, page, note)
        figure = figure or kind in ('Figure', 'Formula')
        for kid in _kids(element):
            if isinstance(kid, int):
                self._mark(page, kid, piece, figure)
            elif isinstance(kid, pikepdf.Dictionary):
                piece = self._kid(kid, piece, page, depth, figure=figure, note=note)
        return self._open('', element, page, note) if block else piece

    def _kid(self, kid: Any, piece: Piece, page: int, depth: int, *, figure: bool, note: bool) -> Piece:
        if '/S' in kid and '/MCID' not in kid:
            return self._element(kid, piece, page, depth + 1, figure=figure, note=note)
        if kid.get('/Type') == '/OBJR':
            target = kid.get('/Obj')
            if isinstance(target, pikepdf.Dictionary):
                piece.links.append(name_of(target))
        elif isinstance(kid.get('/MCID'), int):
            self._mark(self._page(kid, page), int(kid['/MCID']), piece, figure)
        return piece

    def _open(self, kind: str, element: Any, page: int, note: bool) -> Piece:
        alt = str(element.get('/Alt', '')) if kind == 'Figure' else ''
        self.pieces.append(Piece(kind, name_of(element), page, alt=alt, note=note))
        return self.pieces[-1]

    def _mark(self, page: int, mark: int, piece: Piece, figure: bool) -> None:
        if figure:
            self.figures.add((page, mark))
        self.marks.append((page, mark, piece))

    def _page(self, element: Any, page: int) -> int:
        found = element.get('/Pg')
        return self.numbers.get(found.objgen, page) if isinstance(found, pikepdf.Dictionary) else page


def _kids(element: Any) -> Iterator[Any]:
    kids = element.get('/K')
    if isinstance(kids, pikepdf.Array):
        yield from kids
    elif kids is not None:
        yield kids


def _fill(tree: _Tree, pages: list[list[Run]]) -> list[tuple[int, Run]]:
    """Give each piece its text; return the text of the pages that nothing reaches."""
    by_mark: dict[tuple[int, int], list[Run]] = {}
    for number, runs in enumerate(pages, 1):
        for run in runs:
            by_mark.setdefault((number, run.mark), []).append(run)
    last: dict[int, tuple[int, Run]] = {}
    reached = set()
    for page, mark, piece in tree.marks:
        reached.add((page, mark))
        if piece.kind == 'Figure' or (page, mark) in tree.figures:
            continue
        for run in by_mark.get((page, mark), ()):
            before = last.get(id(piece))
            if before is None:
                piece.page = page
            elif before[0] != page or _new_line(before[1], run):
                piece.text += '\n'
            elif run.x - before[1].end > 0.12 * max(run.size, before[1].size):  # a lone space is not drawn: a gap
                piece.text += ' '
            piece.text += run.text
            last[id(piece)] = page, run
    return [
        (number, run)
        for number, runs in enumerate(pages, 1)
        for run in runs
        if run.text.strip() and not run.artifact and (run.mark < 0 or (number, run.mark) not in reached)
    ]


def _new_line(before: Run, run: Run) -> bool:
    """Tell whether a run begins below, or back to the left: a raised note call does neither."""
    size = max(before.size, run.size)
    return abs(run.y - before.y) > 0.9 * size or run.x < before.end - size / 2


# --- places -------------------------------------------------------------------------------------------------------------


def _leaves(node: Any, key: str, depth: int = 0, seen: set[tuple[int, int]] | None = None) -> Iterator[tuple[Any, Any]]:
    """Yield the pairs of a name tree or number tree."""
    seen = set() if seen is None else seen
    if not isinstance(node, pikepdf.Dictionary) or depth > DEPTH or len(seen) > ELEMENTS:
        return
    if node.objgen != (0, 0):
        if node.objgen in seen:
            raise UnreadableError("arbre de noms circulaire")
        seen.add(node.objgen)
    pairs = list(node.get(key, []))
    yield from zip(pairs[::2], pairs[1::2], strict=False)
    for kid in node.get('/Kids', []):
        yield from _leaves(kid, key, depth + 1, seen)


def _named(pdf: pikepdf.Pdf, numbers: Mapping[tuple[int, int], int]) -> Iterator[tuple[str, Destination]]:
    old = pdf.Root.get('/Dests')
    if isinstance(old, pikepdf.Dictionary):
        for key in old.keys():  # noqa: SIM118  # a pikepdf dictionary iterates over pairs
            yield key.lstrip('/'), _place(old[key], {}, numbers)
    names = pdf.Root.get('/Names')
    if isinstance(names, pikepdf.Dictionary):
        for name, value in _leaves(names.get('/Dests'), '/Names'):
            yield str(name), _place(value, {}, numbers)


def _place(value: Any, names: Mapping[str, Destination], numbers: Mapping[tuple[int, int], int]) -> Destination:
    """Resolve a destination: an array, a dictionary that holds one, or a name."""
    if isinstance(value, pikepdf.Dictionary):
        value = value.get('/D')
    if isinstance(value, pikepdf.String | pikepdf.Name | str):
        return names.get(str(value).lstrip('/'), Destination(0))
    if not isinstance(value, pikepdf.Array) or not len(value):
        return Destination(0)
    page = numbers.get(value[0].objgen, 0) if isinstance(value[0], pikepdf.Dictionary) else 0
    top = float(value[3]) if len(value) > 3 and value[1] == '/XYZ' and value[3] is not None else None
    return Destination(page, top)


def _links(
    page: pikepdf.Page, number: int, names: Mapping[str, Destination], numbers: Mapping[tuple[int, int], int]
) -> Iterator[LinkPlace]:
    for annotation in page.obj.get('/Annots', []):
        if not isinstance(annotation, pikepdf.Dictionary) or annotation.get('/Subtype') != '/Link':
            continue
        place = name_of(annotation)
        action: Any = annotation.get('/A', {})
        if action.get('/S') == '/URI':
            yield LinkPlace(number, place, uri=str(action.get('/URI', '')))
            continue
        aim = annotation.get('/Dest', action.get('/D'))
        name = str(aim).lstrip('/') if isinstance(aim, pikepdf.String | pikepdf.Name | str) else ''
        yield LinkPlace(number, place, name, _place(aim, names, numbers).page)


def _outline(
    pdf: pikepdf.Pdf, names: Mapping[str, Destination], numbers: Mapping[tuple[int, int], int]
) -> Iterator[Bookmark]:
    root = pdf.Root.get('/Outlines')
    seen: set[tuple[int, int]] = set()
    stack = [(root.get('/First'), 1)] if isinstance(root, pikepdf.Dictionary) else []
    while stack:
        item, level = stack.pop()
        if not isinstance(item, pikepdf.Dictionary):
            continue
        if item.objgen in seen or level > DEPTH:
            raise UnreadableError("signets circulaires")
        seen.add(item.objgen)
        action: Any = item.get('/A', {})
        aim = item.get('/Dest', action.get('/D'))
        yield Bookmark(str(item.get('/Title', '')), level, _place(aim, names, numbers).page)
        stack += [(item.get('/Next'), level), (item.get('/First'), level + 1)]


def _labels(pdf: pikepdf.Pdf, count: int) -> list[str]:
    """Return the label of each page, as ISO 32000-1 12.4.2 makes it."""
    starts = {int(start): value for start, value in _leaves(pdf.Root.get('/PageLabels'), '/Nums')}
    labels: list[str] = []
    prefix, style, rank = '', '', 1
    for index in range(count if starts else 0):
        if index in starts:
            entry = starts[index]
            prefix, style, rank = str(entry.get('/P', '')), str(entry.get('/S', '')), int(entry.get('/St', 1))
        labels.append(prefix + _numeral(rank, style))
        rank += 1
    return labels


def _numeral(rank: int, style: str) -> str:
    if style == '/D':
        return str(rank)
    if style in ('/R', '/r'):
        roman = ''
        for value, letters in _ROMAN:
            roman += letters * (rank // value)
            rank %= value
        return roman if style == '/R' else roman.lower()
    if style in ('/A', '/a'):
        letter = chr(ord('A') + (rank - 1) % 26) * min((rank - 1) // 26 + 1, 100)
        return letter if style == '/A' else letter.lower()
    return ''


_ROMAN = (
    (1000, 'M'), (900, 'CM'), (500, 'D'), (400, 'CD'), (100, 'C'), (90, 'XC'),
    (50, 'L'), (40, 'XL'), (10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I'),
)  # fmt: skip
