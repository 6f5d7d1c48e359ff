"""Where the names of a map stand: each label brings candidate places with a cost, and the best set without overlap wins.

Why: a cartographer moves a name until it hides nothing; here the same is done in a fixed order, without chance, so that
two builds give the same map. Greedy placement first, then one label is moved to make room for another, then each takes
the best place left. A name the planner asked for is never dropped in silence: there is an error if it finds no place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from pasbuild.drawing import FigureError
from pasbuild.geography import Box, Size
from pasbuild.pen import Align, Style, text_size

GAP = 2.0
"""Distance from a symbol to its label, in points."""
PAD = 0.7
"""Space kept free around a label, in points."""
NOTHING: BaseGeometry = shapely.Polygon()
_LEADERS = (16, 22, 30, 40, 52, 66, 82)
_DIRECTIONS = tuple(math.radians(angle) for angle in range(0, 360, 20))


@dataclass(frozen=True, slots=True)
class Place:
    """A possible place of a label: its box, its lines, what it costs, and the end of its leader line if it needs one."""

    box: Box
    lines: tuple[str, ...]
    cost: float
    anchor: tuple[float, float] | None = None
    align: Align = 'center'

    def leader(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Return both ends of the leader line, or None."""
        if self.anchor is None:
            return None
        left, bottom, right, top = self.box
        x, y = self.anchor
        return (min(max(x, left), right), min(max(y, bottom), top)), self.anchor

    def footprint(self) -> BaseGeometry:
        """Return what no other label may touch: box and leader."""
        left, bottom, right, top = self.box
        surface = shapely.box(left - PAD, bottom - PAD / 2, right + PAD, top + PAD / 2)
        line = self.leader()
        return surface if line is None else surface.union(shapely.LineString(line).buffer(0.5, quad_segs=1))


@dataclass(frozen=True, slots=True)
class Label:
    """A name to place. ``required``: the planner asked for it. ``frame``: colour of the frame around it, or none."""

    text: str
    style: Style
    places: tuple[Place, ...] = field(repr=False)
    required: bool = False
    frame: str = ''


# --- candidates -------------------------------------------------------------------------------------------------------


def wrap(text: str, count: int) -> tuple[str, ...]:
    """Return a name on at most ``count`` lines of nearly equal length, cut at spaces and after hyphens."""
    words = text.replace('-', '-\x00').replace(' ', ' \x00').split('\x00')
    best = (text,)
    for cuts in product(range(1, len(words)), repeat=count - 1):
        edges = (0, *sorted(set(cuts)), len(words))
        lines = tuple(''.join(words[a:b]).strip() for a, b in zip(edges, edges[1:], strict=False))
        if max(map(len, lines)) < max(map(len, best)):
            best = lines
    return best


def variants(text: str, most: int) -> list[tuple[str, ...]]:
    """Return a name on one line, two lines… up to ``most``, without repeats."""
    return list(dict.fromkeys(wrap(text, count) for count in range(1, most + 1)))


def _around(x: float, y: float, size: Size) -> Box:
    return x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2


def _share(boxes: Sequence[Box], surface: BaseGeometry) -> np.ndarray:
    """Part of each box that a surface covers, 0 to 1."""
    shapes = shapely.box(*np.array(boxes).T)
    return np.asarray(shapely.area(shapely.intersection(shapes, surface)) / shapely.area(shapes))


def over(text: str, style: Style, surface: BaseGeometry, point: tuple[float, float]) -> list[Place]:
    """Return places on a commune, the nearest to ``point`` and the least overflowing first, then beside, with a leader."""
    boxes, lines, costs = [], [], []
    for index, shown in enumerate(variants(text, 2)):
        size = text_size(shown, style)
        for dx, dy in product(np.linspace(-0.5, 0.5, 9), np.linspace(-1.4, 1.4, 9)):
            shift = dx * size[0], dy * style.size
            boxes.append(_around(point[0] + shift[0], point[1] + shift[1], size))
            lines.append(shown)
            costs.append(0.12 * index + math.hypot(*shift) / 40)
    overflow = 1 - _share(boxes, surface)
    kept = [Place(b, t, c + 2 * float(o)) for b, t, c, o in zip(boxes, lines, costs, overflow, strict=True) if o < 0.5]
    return kept + _with_leader(text, style, point)


def beside(text: str, style: Style, point: tuple[float, float], radius: float, avoid: BaseGeometry) -> list[Place]:
    """Return places around a dot or circle of ``radius`` points, then farther away with a leader.

    ``avoid``: what the label had better not hide (lines, other circles).
    """
    boxes, lines, costs, aligns = [], [], [], []
    for index, shown in enumerate(variants(text, 2)):
        width, height = text_size(shown, style)
        for rank, (right, up) in enumerate(((1, 0), (0, 1), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))):
            reach = (radius + GAP) * (0.72 if right and up else 1)
            centre = point[0] + right * (reach + width / 2), point[1] + up * (reach + height / 2 - (0 if right else 1))
            boxes.append(_around(*centre, (width, height)))
            lines.append(shown)
            costs.append(0.1 * rank + 0.35 * index)
            aligns.append({1: 'left', 0: 'center', -1: 'right'}[right])
    hidden = 4 * _share(boxes, avoid)
    near = [
        Place(b, t, c + float(h), align=a)
        for b, t, c, h, a in zip(boxes, lines, costs, hidden, aligns, strict=True)
    ]
    return near + _with_leader(text, style, point, radius, avoid)


def inside(text: str, style: Style, point: tuple[float, float], radius: float) -> list[Place]:
    """Return the place at the centre of a circle, if the name fits in it."""
    for shown in variants(text, 2):
        size = text_size(shown, style)
        if math.hypot(size[0], size[1] - style.size * 0.5) < 2 * radius - 2:
            return [Place(_around(*point, size), shown, -1)]
    return []


def within(text: str, style: Style, surface: BaseGeometry) -> list[Place]:
    """Return places for the name of a neighbour, inside its visible part: the most central first."""
    if surface.is_empty:
        return []
    left, bottom, right, top = surface.bounds
    middle = shapely.maximum_inscribed_circle(surface, tolerance=2)
    centre = shapely.get_coordinates(middle)[0]
    grid = [tuple(centre), *product(np.linspace(left, right, 15), np.linspace(bottom, top, 15))]
    places = []
    for index, shown in enumerate(variants(text, 4)):
        size = text_size(shown, style)
        boxes = [_around(x, y, size) for x, y in grid]
        for box, (x, y), covered in zip(boxes, grid, _share(boxes, surface), strict=True):
            if covered > 0.97:
                places.append(Place(box, shown, 0.4 * abs(index - 1) + math.dist((x, y), centre) / 60))
    return places


def _with_leader(
    text: str, style: Style, point: tuple[float, float], radius: float = 0, avoid: BaseGeometry = NOTHING
) -> list[Place]:
    lines = wrap(text, 1)
    size = text_size(lines, style)
    rays = list(product(_LEADERS, _DIRECTIONS))
    boxes = [
        _around(
            point[0] + math.cos(a) * (radius + r + size[0] / 2), point[1] + math.sin(a) * (radius + r + size[1] / 2), size
        )
        for r, a in rays
    ]
    hidden = _share(boxes, avoid)
    return [Place(b, lines, 3 + r / 12 + 4 * float(h), anchor=point) for b, (r, _), h in zip(boxes, rays, hidden, strict=True)]


# --- placement --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Board:
    """The labels' possible places with their footprints, cheapest first, and the one each stands at."""

    places: list[list[Place]]
    shapes: list[np.ndarray]
    chosen: list[int | None]

    def best(self, label: int, without: Iterable[int] = (), extra: BaseGeometry = NOTHING) -> int | None:
        """Return the cheapest place of ``label`` free of all others but ``without``, and of ``extra``."""
        skip = {label, *without}
        taken = [self.shapes[i][c] for i, c in enumerate(self.chosen) if c is not None and i not in skip]
        wall = shapely.union_all([*taken, extra])
        shapely.prepare(wall)
        free = ~shapely.intersects(self.shapes[label], wall)
        return int(np.argmax(free)) if free.any() else None

    def make_room(self, label: int) -> bool:
        """Place ``label`` by moving the one or two labels in its way. Returns whether it could."""
        for index, shape in enumerate(self.shapes[label]):
            blockers = [
                i for i, c in enumerate(self.chosen) if c is not None and i != label and self.shapes[i][c].intersects(shape)
            ]
            if len(blockers) > 2:
                continue
            before = list(self.chosen)
            self.chosen[label] = index
            for blocker in blockers:
                self.chosen[blocker] = None
            moved = [self._settle(blocker) for blocker in blockers]
            if all(moved):
                return True
            self.chosen = before
        return False

    def _settle(self, label: int) -> bool:
        self.chosen[label] = self.best(label)
        return self.chosen[label] is not None


def place(labels: Sequence[Label], frame: Box, blocked: BaseGeometry) -> list[Place | None]:
    """Return where each label stands (None: dropped): inside ``frame``, off ``blocked``, none over another.

    Labels come in order of importance. Raises FigureError when a required one finds no place.
    """
    board = _Board(*_usable(labels, frame, blocked), [None] * len(labels))
    order = sorted(range(len(labels)), key=lambda i: not labels[i].required)
    for label in order:
        board.chosen[label] = board.best(label) if len(board.shapes[label]) else None
    for label in order:
        if board.chosen[label] is None and len(board.shapes[label]):
            board.make_room(label)
    for label in order * 2:
        if board.chosen[label] is not None:
            board.chosen[label] = board.best(label)
    for label, chosen in zip(labels, board.chosen, strict=True):
        if label.required and chosen is None:
            raise FigureError(
                f"L'étiquette « {label.text} » ne trouve pas de place : agrandissez la carte ou nommez moins de communes."
            )
    return [None if c is None else places[c] for places, c in zip(board.places, board.chosen, strict=True)]


def _usable(
    labels: Sequence[Label], frame: Box, blocked: BaseGeometry
) -> tuple[list[list[Place]], list[np.ndarray]]:
    shapely.prepare(blocked)
    every, shapes = [], []
    for label in labels:
        inner = [place for place in label.places if _inside(place.box, frame)]
        if inner:
            hit = shapely.intersects(shapely.box(*np.array([place.box for place in inner]).T), blocked)
            inner = [place for place, touched in zip(inner, hit, strict=True) if not touched]
        inner.sort(key=lambda place: place.cost)
        every.append(inner)
        shapes.append(np.array([place.footprint() for place in inner], dtype=object))
    return every, shapes


def _inside(box: Box, frame: Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]
