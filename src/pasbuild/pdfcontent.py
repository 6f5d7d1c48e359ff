"""What the pages of a PDF show: each run of text with its mark, its place, its colour and the colour behind it.

Why our own reader: proof needs the text *by marked content* (what assistive technology is handed, in the order of the
tag tree), which text extractors throw away. It reads what WeasyPrint writes (Type 0 fonts, Identity-H) and says so,
with U+FFFD, when it meets a character it cannot know. Lengths in points, origin at the bottom left of the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pikepdf

UNKNOWN = '\ufffd'
SOFT = '\u00ad'
DEPTH = 12
"""Form XObjects inside one another are followed so far, no further: a form may name itself."""
Matrix = tuple[float, float, float, float, float, float]
Colour = tuple[float, float, float]
Box = tuple[float, float, float, float]
_OPERATORS = (
    "q Q cm gs BT ET Tf Tm Td TD T* TL Tr Tj TJ ' \" BDC BMC EMC Do sh rg g k sc scn cs "
    're m l c v y f F f* B B* b b* S s n W W*'
)
_FILLS = frozenset({'f', 'F', 'f*', 'B', 'B*', 'b', 'b*'})
_PAINTS = _FILLS | {'S', 's', 'n'}


@dataclass(frozen=True, slots=True)
class Font:
    """A font as used on the pages: its object and how its codes read."""

    base: str
    """``/BaseFont`` without its subset prefix."""
    subset: bool
    embedded: bool
    wide: bool
    """Two bytes for each code (Type 0 with Identity-H)."""
    characters: dict[int, str]
    """``/ToUnicode``; empty when there is none."""
    widths: dict[int, float]
    """Advance of each code in thousandths of the size; 1000 for the others."""
    object: str
    program: str
    """``FontFile2`` and the like, or the subtype of a font that carries none."""


@dataclass(frozen=True, slots=True)
class Run:
    """One text-showing operator. ``mark`` is its MCID, -1 outside marked content; ``artifact`` when marked as such."""

    text: str
    mark: int
    artifact: bool
    font: Font | None
    size: float
    x: float
    y: float
    colour: Colour | None
    behind: Colour | None
    """Colour under the first letter; None where it cannot be known (image, gradient, free shape)."""
    notdef: bool = False
    invisible: bool = False
    end: float = 0
    """Where the run ends, on a horizontal line."""
    replaced: bool = False
    """Under a mark with ``/ActualText``: other words are read in place of these."""


@dataclass(frozen=True, slots=True)
class _State:
    matrix: Matrix = (1, 0, 0, 1, 0, 0)
    font: Font | None = None
    size: float = 0
    colour: Colour | None = (0, 0, 0)
    alpha: float = 1
    mode: int = 0
    clip: Box = (-1e9, -1e9, 1e9, 1e9)


@dataclass(slots=True)
class _Path:
    quads: list[tuple[tuple[float, float], ...]] = field(default_factory=list)
    box: Box | None = None
    free: bool = False
    clips: bool = False


@dataclass(frozen=True, slots=True)
class _Paint:
    quads: tuple[tuple[tuple[float, float], ...], ...]
    box: Box
    even_odd: bool
    colour: Colour | None
    alpha: float


class Fonts:
    """The fonts of a file, each read once, in the order they are met."""

    def __init__(self) -> None:
        self.known: dict[object, Font] = {}

    def get(self, resources: Any, name: str) -> Font | None:
        """Return the font called ``name`` in these resources."""
        found = resources.get('/Font', {}).get(name) if resources is not None else None
        if not isinstance(found, pikepdf.Dictionary):
            return None
        key: object = found.objgen if found.objgen != (0, 0) else (name, resources.objgen)
        if key not in self.known:
            self.known[key] = read_font(found)
        return self.known[key]


def read_font(font: Any) -> Font:
    """Read a font dictionary."""
    descendants = font.get('/DescendantFonts')
    holder = descendants[0] if isinstance(descendants, pikepdf.Array) and len(descendants) else font
    descriptor: Any = holder.get('/FontDescriptor', {})
    program = next((key for key in ('/FontFile2', '/FontFile3', '/FontFile') if key in descriptor), '')
    name = str(font.get('/BaseFont', '')).lstrip('/')
    prefix, plus, base = name.partition('+')
    subset = bool(plus and re.fullmatch('[A-Z]{6}', prefix))
    unicode_map = font.get('/ToUnicode')
    characters = read_cmap(unicode_map.read_bytes()) if isinstance(unicode_map, pikepdf.Stream) else {}
    wide = font.get('/Subtype') == '/Type0' and font.get('/Encoding') == '/Identity-H'
    number, _ = font.objgen
    subtype = str(holder.get('/Subtype', '')).lstrip('/')
    return Font(
        base if subset else name, subset, bool(program), wide, characters, _widths(holder.get('/W', [])),
        f'{number} 0 obj', program.lstrip('/') or subtype,
    )  # fmt: skip


def _widths(entries: Any) -> dict[int, float]:
    """Read ``/W``: ``first [w w …]`` or ``first last w``."""
    found: dict[int, float] = {}
    values = list(entries)
    while len(values) > 1:
        first = int(values.pop(0))
        if isinstance(values[0], pikepdf.Array):
            found |= {first + rank: float(width) for rank, width in enumerate(values.pop(0))}
        elif len(values) > 1:
            last, width = min(int(values.pop(0)), 0xFFFF), float(values.pop(0))
            found |= dict.fromkeys(range(first, last + 1), width)
    return found


def read_cmap(data: bytes) -> dict[int, str]:
    """Return the characters of a ``/ToUnicode`` stream by code."""
    text = data.decode('latin-1')
    found: dict[int, str] = {}
    for section in re.findall(r'beginbfchar(.*?)endbfchar', text, re.DOTALL):
        for code, value in re.findall(r'<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f\s]*)>', section):
            found[int(code, 16)] = _utf16(value)
    for section in re.findall(r'beginbfrange(.*?)endbfrange', text, re.DOTALL):
        for first, last, value in re.findall(r'<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(<[^>]*>|\[[^\]]*\])', section):
            start, end = int(first, 16), min(int(last, 16), 0xFFFF)
            values = re.findall(r'<([^>]*)>', value)
            for rank, code in enumerate(range(start, end + 1)):
                if value[0] == '[':
                    found[code] = _utf16(values[rank]) if rank < len(values) else UNKNOWN
                else:
                    base = _utf16(values[0])
                    found[code] = base[:-1] + chr(min(ord(base[-1]) + rank, 0x10FFFF)) if base else UNKNOWN
    return found


def _utf16(digits: str) -> str:
    return bytes.fromhex(re.sub(r'\s', '', digits)).decode('utf-16-be', 'replace')


def read_page(page: pikepdf.Page, fonts: Fonts, figures: frozenset[int] = frozenset()) -> list[Run]:
    """Return the runs of text of a page, in the order of drawing.

    What is painted under the marks ``figures`` is not looked at: nobody writes over a drawing from outside it, and a
    map has thousands of shapes.
    """
    reader = _Reader(fonts, figures)
    reader.read(page.obj, page.obj.get('/Resources') or page.resources, _State(), 0)
    return reader.runs


class _Reader:
    """Interprets content streams: the few operators that place text, colour it, and fill areas."""

    def __init__(self, fonts: Fonts, figures: frozenset[int]) -> None:
        self.fonts, self.figures = fonts, figures
        self.runs: list[Run] = []
        self.paints: list[_Paint] = []
        self.marks: list[tuple[int, bool, str | None]] = [(-1, False, None)]
        self.path = _Path()
        self.text: Matrix = (1, 0, 0, 1, 0, 0)
        self.line: Matrix = self.text
        self.leading = 0.0

    def read(self, stream: Any, resources: Any, state: _State, depth: int) -> None:
        """Interpret one stream; forms are read in the state they are drawn in."""
        stack: list[_State] = []
        marks = len(self.marks)
        for instruction in pikepdf.parse_content_stream(stream, _OPERATORS):
            operands, name = list(instruction.operands), str(instruction.operator)
            if name == 'q':
                stack.append(state)
            elif name == 'Q':
                state = stack.pop() if stack else state
            elif name in ('BDC', 'BMC'):
                self._mark(operands, resources)
            elif name == 'EMC':
                if len(self.marks) > marks:
                    self.marks.pop()
            elif name in ('Tj', 'TJ', "'", '"'):
                self._show(operands, name, state)
            elif name == 'Do':
                self._draw(operands, resources, state, depth)
            elif name in _PATH:
                self._build(name, operands, state)
            elif name in _PAINTS:
                state = self._paint(name, state)
            elif name in ('W', 'W*'):
                self.path.clips = True
            elif name == 'sh':
                self._cover(state.clip, None, 1)
            elif not self._move(name, operands):
                state = self._set(name, operands, resources, state)
        del self.marks[marks:]

    def _mark(self, operands: Sequence[Any], resources: Any) -> None:
        mark, artifact, said = self.marks[-1]
        properties = operands[1] if len(operands) > 1 else None
        if isinstance(properties, pikepdf.Name):
            properties = resources.get('/Properties', {}).get(str(properties))
        if isinstance(properties, pikepdf.Dictionary):
            mark = int(properties.get('/MCID', mark))
            said = str(properties['/ActualText']) if '/ActualText' in properties else said
        self.marks.append((mark, artifact or operands[0] == '/Artifact', said))

    def _move(self, name: str, operands: Sequence[Any]) -> bool:
        """Text positioning; tell whether the operator was one."""
        if name == 'BT':
            self.text = self.line = (1, 0, 0, 1, 0, 0)
        elif name == 'Tm':
            self.text = self.line = _matrix(operands)
        elif name in ('Td', 'TD'):
            x, y = float(operands[0]), float(operands[1])
            self.leading = -y if name == 'TD' else self.leading
            self.text = self.line = _multiply((1, 0, 0, 1, x, y), self.line)
        elif name == 'TL':
            self.leading = float(operands[0])
        elif name == 'T*':
            self.text = self.line = _multiply((1, 0, 0, 1, 0, -self.leading), self.line)
        else:
            return name == 'ET'
        return True

    def _set(self, name: str, operands: Sequence[Any], resources: Any, state: _State) -> _State:
        match name:
            case 'cm':
                return replace(state, matrix=_multiply(_matrix(operands), state.matrix))
            case 'Tf':
                font = self.fonts.get(resources, str(operands[0]))
                return replace(state, font=font, size=float(operands[1]))
            case 'Tr':
                return replace(state, mode=int(operands[0]))
            case 'gs':
                found = resources.get('/ExtGState', {}).get(str(operands[0]), {})
                return replace(state, alpha=float(found['/ca'])) if '/ca' in found else state
            case 'rg' | 'g' | 'k':
                return replace(state, colour=_rgb([float(value) for value in operands]))
            case 'cs' | 'sc' | 'scn':  # a pattern or a colour space of its own: not known
                return replace(state, colour=None)
            case _:
                return state

    def _show(self, operands: Sequence[Any], name: str, state: _State) -> None:
        if name in ("'", '"'):
            self._move('T*', ())
        shown = operands[-1]
        pieces = shown if name == 'TJ' else [shown]
        data, shift = b'', 0.0
        for piece in pieces:
            if isinstance(piece, pikepdf.String):
                data += bytes(piece)
            else:
                shift += float(piece)
        codes = _codes(data, state.font)
        known = state.font.characters if state.font else {}
        text = ''.join(known.get(code, UNKNOWN) for code in codes)
        notdef = state.font is not None and state.font.wide and 0 in codes
        mark, artifact, said = self.marks[-1]
        if said == SOFT and text in ('-', '\u2010'):  # a word cut at the end of a line: heard whole
            text, said = SOFT, None
        place = _multiply(self.text, state.matrix)
        size = abs(state.size) * abs(place[0] * place[3] - place[1] * place[2]) ** 0.5
        widths = state.font.widths if state.font else {}
        advance = (sum(widths.get(code, 1000) for code in codes) - shift) / 1000 * state.size
        end = _apply(place, advance, 0)[0]
        inside = mark in self.figures
        behind = None if inside else self._behind(place[4] + size / 10, place[5] + size * 0.3)
        colour = _over(state.colour, state.alpha, behind)
        x, y, font, hidden = place[4], place[5], state.font, state.mode == 3
        run = Run(text, mark, artifact, font, size, x, y, colour, behind, notdef, hidden, end, said is not None)
        self.runs.append(run)
        self.text = _multiply((1, 0, 0, 1, advance, 0), self.text)

    def _draw(self, operands: Sequence[Any], resources: Any, state: _State, depth: int) -> None:
        found = resources.get('/XObject', {}).get(str(operands[0]))
        if not isinstance(found, pikepdf.Stream):
            return
        if found.get('/Subtype') == '/Form':
            if depth < DEPTH:
                matrix = _multiply(_matrix(found.get('/Matrix', (1, 0, 0, 1, 0, 0))), state.matrix)
                self.read(found, found.get('/Resources', resources), replace(state, matrix=matrix), depth + 1)
        else:
            self._cover(_box([_apply(state.matrix, x, y) for x in (0, 1) for y in (0, 1)]), None, 1)

    # --- areas ----------------------------------------------------------------------------------------------------

    def _build(self, name: str, operands: Sequence[Any], state: _State) -> None:
        if self.marks[-1][0] in self.figures:
            return
        numbers = [float(value) for value in operands]
        if name == 're':
            x, y, width, height = numbers
            corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
            points = [_apply(state.matrix, *corner) for corner in corners]
            self.path.quads.append(tuple(points))
        else:
            points = [_apply(state.matrix, *numbers[i : i + 2]) for i in range(0, len(numbers) - 1, 2)]
            self.path.free = True
        if points:
            box = _box(points)
            self.path.box = box if self.path.box is None else _union(self.path.box, box)

    def _paint(self, name: str, state: _State) -> _State:
        path, self.path = self.path, _Path()
        if path.box is None:
            return state
        if name in _FILLS:
            box = _meet(path.box, state.clip)
            if path.free:
                self._cover(box, None, 1)
            else:
                self.paints.append(_Paint(tuple(path.quads), box, name.endswith('*'), state.colour, state.alpha))
        return replace(state, clip=_meet(state.clip, path.box)) if path.clips else state

    def _cover(self, box: Box, colour: Colour | None, alpha: float) -> None:
        if self.marks[-1][0] not in self.figures:
            self.paints.append(_Paint((), box, even_odd=False, colour=colour, alpha=alpha))

    def _behind(self, x: float, y: float) -> Colour | None:
        """Return the colour painted at a point so far: white paper under everything."""
        colour: Colour | None = (1, 1, 1)
        for paint in self.paints:
            if _inside(paint, x, y):
                colour = _over(paint.colour, paint.alpha, colour)
        return colour


_PATH = frozenset({'re', 'm', 'l', 'c', 'v', 'y'})


def _codes(data: bytes, font: Font | None) -> Sequence[int]:
    if font is not None and font.wide:
        return [int.from_bytes(data[i : i + 2], 'big') for i in range(0, len(data), 2)]
    return data


def _matrix(values: Any) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in values)
    return a, b, c, d, e, f


def _multiply(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[1] * n[2], m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2], m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4], m[4] * n[1] + m[5] * n[3] + n[5],
    )  # fmt: skip


def _apply(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _box(points: Sequence[tuple[float, float]]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _union(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _meet(a: Box, b: Box) -> Box:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _inside(paint: _Paint, x: float, y: float) -> bool:
    left, bottom, right, top = paint.box
    if not (left <= x <= right and bottom <= y <= top):
        return False
    if not paint.quads:
        return True
    count = sum(_within(quad, x, y) for quad in paint.quads)
    return count % 2 == 1 if paint.even_odd else count > 0


def _within(quad: tuple[tuple[float, float], ...], x: float, y: float) -> bool:
    """Tell whether a point is inside a parallelogram: on the same side of its four edges."""
    sides = []
    for (x0, y0), (x1, y1) in zip(quad, (*quad[1:], quad[0]), strict=True):
        sides.append((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0))
    return all(side >= 0 for side in sides) or all(side <= 0 for side in sides)


def _rgb(values: list[float]) -> Colour | None:
    if len(values) == 1:
        return values[0], values[0], values[0]
    if len(values) == 3:
        return values[0], values[1], values[2]
    if len(values) == 4:
        cyan, magenta, yellow, black = values
        return (1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black)
    return None


def _over(colour: Colour | None, alpha: float, behind: Colour | None) -> Colour | None:
    if colour is None or alpha >= 1:
        return colour
    if behind is None:
        return None
    red, green, blue = (c * alpha + b * (1 - alpha) for c, b in zip(colour, behind, strict=True))
    return red, green, blue
