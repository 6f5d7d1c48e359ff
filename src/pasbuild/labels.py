"""Where the names of a map stand: each label brings candidate places with a cost, and the best set without overlap wins.

Why: a cartographer moves a name until it hides nothing; here the same is done in a fixed order, without chance, so that
two builds give the same map. Greedy placement first, then one label is moved to make room for another, then each takes
the best place left. A name the planner asked for is never dropped in silence: there is an error if it finds no place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product

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
Surface = shapely.Polygon | shapely.MultiPolygon
NOTHING: Surface = shapely.Polygon()
_LEADERS = (16, 22, 30, 40, 52, 66, 82)
_ROUNDS = 8
_KEPT = 110
_OVERFLOW = 0.6
_INSIDE = 0.97
_HIDE = 7.0
_DIRECTIONS = tuple(math.radians(angle) for angle in range(0, 360, 20))


@dataclass(frozen=True, slots=True)
class Place:
    """A possible place of a label: its box, its lines, what it costs, and the end of its leader line if it needs one."""

    box: Box
    lines: tuple[str, ...]
    cost: float
    anchor: tuple[float, float] | None = None
    align: Align = 'center'
    style: Style | None = None
    """Lettering at this place, when it is not the label's."""

    def leader(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Return both ends of the leader line, or None."""
        if self.anchor is None:
            return None
        left, bottom, right, top = self.box
        x, y = self.anchor
        return (min(max(x, left), right), min(max(y, bottom), top)), self.anchor


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
    best: tuple[str, ...] = (text,)
    for cuts in product(range(1, len(words)), repeat=count - 1):
        edges = (0, *sorted(set(cuts)), len(words))
        lines = tuple(''.join(words[a:b]).strip() for a, b in pairwise(edges))
        if max(map(len, lines)) < max(map(len, best)):
            best = lines
    return best


def variants(text: str, most: int) -> list[tuple[str, ...]]:
    """Return a name on one line, two lines… up to ``most``, without repeats."""
    return list(dict.fromkeys(wrap(text, count) for count in range(1, most + 1)))


def _around(x: float, y: float, size: Size) -> Box:
    return x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2


def _share(boxes: Sequence[Box], surface: BaseGeometry) -> np.ndarray:
    """Part of each box that a surface covers, 0 to 1. Only boxes across its edge are worth an intersection."""
    shapes = shapely.box(*np.array(boxes).T)
    shapely.prepare(surface)
    inside = shapely.covers(surface, shapes)
    share: np.ndarray = inside.astype(float)
    across = shapely.intersects(surface, shapes) & ~inside
    share[across] = shapely.area(shapely.intersection(shapes[across], surface)) / shapely.area(shapes[across])
    return share


def over(text: str, style: Style, surface: BaseGeometry, point: tuple[float, float]) -> list[Place]:
    """Return places on a commune, the nearest to ``point`` and the least overflowing first, then beside, with a leader."""
    boxes, lines, costs = [], [], []
    for index, shown in enumerate(variants(text, 2)):
        size = text_size(shown, style)
        for dx, dy in product(np.linspace(-0.6, 0.6, 9), np.linspace(-1.6, 1.6, 9)):
            shift = dx * size[0], dy * style.size
            boxes.append(_around(point[0] + shift[0], point[1] + shift[1], size))
            lines.append(shown)
            costs.append(0.12 * index + math.hypot(*shift) / 40)
    overflow = 1 - _share(boxes, surface)
    kept = [
        Place(b, t, c + 2 * float(o)) for b, t, c, o in zip(boxes, lines, costs, overflow, strict=True) if o < _OVERFLOW
    ]
    return kept + _with_leader(text, style, point)


def beside(
    text: str, style: Style, point: tuple[float, float], radius: float, avoid: BaseGeometry, most: float = 1
) -> list[Place]:
    """Return places around a dot or circle of ``radius`` points, then farther away with a leader.

    ``avoid``: what the label had better not hide (lines, other circles); ``most``: the part of it that may lie on them.
    """
    boxes, lines, costs, aligns = [], [], [], []
    for index, shown in enumerate(variants(text, 2)):
        size = text_size(shown, style)
        for rank, (dx, dy, align) in enumerate(_sides(radius + GAP, size)):
            boxes.append(_around(point[0] + dx, point[1] + dy, size))
            lines.append(shown)
            costs.append(0.07 * rank + 0.35 * index)
            aligns.append(align)
    hidden = _share(boxes, avoid)
    near = [
        Place(b, t, c + _HIDE * float(h), align=a)
        for b, t, c, h, a in zip(boxes, lines, costs, hidden, aligns, strict=True)
        if h <= most
    ]
    return near + _with_leader(text, style, point, radius, avoid, most)


def _sides(reach: float, size: Size) -> list[tuple[float, float, Align]]:
    """Return where the middle of a label may be around a circle, from its centre: the best places first."""
    east, north, slant = reach + size[0] / 2, reach + size[1] / 2 - 1, 0.72 * reach
    slide = 0.3 * size[0]
    corner = slant + size[0] / 2, slant + size[1] / 2
    return [
        (east, 0, 'left'),
        (0, north, 'center'),
        (0, -north, 'center'),
        (-east, 0, 'right'),
        *((dx, dy, 'center') for dx in (slide, -slide) for dy in (north, -north)),
        *((corner[0], dy, 'left') for dy in (corner[1], -corner[1])),
        *((-corner[0], dy, 'right') for dy in (corner[1], -corner[1])),
    ]


def inside(text: str, style: Style, point: tuple[float, float], radius: float) -> list[Place]:
    """Return the place at the centre of a circle, lettered in ``style``, if the name fits in it."""
    for shown in variants(text, 2):
        size = text_size(shown, style)
        if math.hypot(size[0], size[1] - style.size * 0.5) < 2 * radius - 2:
            return [Place(_around(*point, size), shown, -1, style=style)]
    return []


def within(text: str, style: Style, surface: Surface, usual: int, avoid: BaseGeometry = NOTHING) -> list[Place]:
    """Return places for the name of a neighbour, inside its visible part: the most central first, off ``avoid``.

    ``usual``: the number of lines that suits it best.
    """
    if surface.is_empty:
        return []
    left, bottom, right, top = surface.bounds
    centre = shapely.get_coordinates(shapely.maximum_inscribed_circle(surface, tolerance=2.0))[0]
    grid = [(centre[0], centre[1]), *product(np.linspace(left, right, 17), np.linspace(bottom, top, 17))]
    places = []
    for index, shown in enumerate(variants(text, 4)):
        boxes = [_around(x, y, text_size(shown, style)) for x, y in grid]
        inner, hidden = _share(boxes, surface), _HIDE * _share(boxes, avoid)
        for box, point, part, cost in zip(boxes, grid, inner, hidden, strict=True):
            if part > _INSIDE:
                places.append(
                    Place(box, shown, 0.4 * abs(index + 1 - usual) + math.dist(point, centre) / 60 + float(cost))
                )
    return places


def _with_leader(
    text: str,
    style: Style,
    point: tuple[float, float],
    radius: float = 0,
    avoid: BaseGeometry = NOTHING,
    most: float = 1,
) -> list[Place]:
    boxes, shown, costs = [], [], []
    for index, lines in enumerate(variants(text, 2)):
        width, height = text_size(lines, style)
        for length, angle in product(_LEADERS, _DIRECTIONS):
            x = point[0] + math.cos(angle) * (radius + length + width / 2)
            y = point[1] + math.sin(angle) * (radius + length + height / 2)
            boxes.append(_around(x, y, (width, height)))
            shown.append(lines)
            costs.append(3 + length / 12 + 0.1 * index)
    hidden = _share(boxes, avoid)
    return [
        Place(b, t, c + _HIDE * float(h), anchor=point)
        for b, t, c, h in zip(boxes, shown, costs, hidden, strict=True)
        if h <= most
    ]


# --- placement --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Board:
    """Every possible place, those of a label together and cheapest first, and the one each label stands at.

    ``first``: where the places of each label begin, and the end.
    """

    first: list[int]
    costs: np.ndarray
    conflicts: _Conflicts
    chosen: list[int | None]
    penalties: list[float]

    def settle(self, label: int) -> None:
        """Move ``label`` to its cheapest place free of the others, or take it off the map."""
        taken = [c for other, c in enumerate(self.chosen) if c is not None and other != label]
        start, end = self.first[label], self.first[label + 1]
        free = np.ones(end - start, dtype=bool)
        for other in taken:
            free &= ~self.conflicts[other][start:end]
        self.chosen[label] = start + int(np.argmax(free)) if free.any() else None

    def cost(self, label: int) -> float:
        """Return what the place of ``label`` costs; most of all, having none."""
        chosen = self.chosen[label]
        return self.penalties[label] if chosen is None else float(self.costs[chosen])

    def improve(self, label: int) -> bool:
        """Give ``label`` a better place by moving one or two others, if all in all that is better."""
        for c in range(self.first[label], self.first[label + 1]):
            if self.costs[c] >= self.cost(label) - 0.01:
                break
            moved = [
                i
                for i, other in enumerate(self.chosen)
                if other is not None and i != label and self.conflicts[other][c]
            ]
            if len(moved) <= 2 and self._exchange(label, c, moved):
                return True
        return False

    def _exchange(self, label: int, place: int, moved: list[int]) -> bool:
        before, old = list(self.chosen), sum(map(self.cost, [label, *moved]))
        self.chosen[label] = place
        for other in moved:
            self.chosen[other] = None
        for other in moved:
            self.settle(other)
        if sum(map(self.cost, [label, *moved])) < old - 0.01:
            return True
        self.chosen = before
        return False


def place(labels: Sequence[Label], frame: Box, blocked: BaseGeometry) -> list[Place | None]:
    """Return where each label stands (None: dropped): inside ``frame``, off ``blocked``, none over another.

    Labels come in order of importance. Raises FigureError when a required one finds no place.
    """
    usable = _usable(labels, frame, blocked)
    places = [place for group in usable for place in group]
    penalties = [1000.0 if label.required else 40.0 for label in labels]
    first = [0, *np.cumsum([len(group) for group in usable]).tolist()]
    board = _Board(first, np.array([p.cost for p in places]), _Conflicts(places), [None] * len(labels), penalties)
    for index in sorted(range(len(labels)), key=lambda i: not labels[i].required):
        board.settle(index)
    for _ in range(_ROUNDS):
        if not sum(board.improve(index) for index in sorted(range(len(labels)), key=board.cost, reverse=True)):
            break
    for label, chosen in zip(labels, board.chosen, strict=True):
        if label.required and chosen is None:
            raise FigureError(
                f"L'étiquette « {label.text} » ne trouve pas de place : agrandissez la carte ou nommez moins de communes."
            )
    return [None if c is None else places[c] for c in board.chosen]


def _usable(labels: Sequence[Label], frame: Box, blocked: BaseGeometry) -> list[list[Place]]:
    """Return the cheapest places of each label inside ``frame`` and off ``blocked``."""
    shapely.prepare(blocked)
    groups = []
    for label in labels:
        group = [place for place in label.places if _inside(place.box, frame)]
        if group:
            hit = shapely.intersects(shapely.box(*np.array([place.box for place in group]).T), blocked)
            group = [place for place, touched in zip(group, hit, strict=True) if not touched]
        groups.append(sorted(group, key=lambda place: place.cost)[:_KEPT])
    return groups


def _inside(box: Box, frame: Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]


class _Conflicts(dict[int, np.ndarray]):
    """For a place, which places cannot be taken beside it: boxes that meet, or a leader that meets a box or a leader.

    Found when asked for: few of the thousands of places are ever taken.
    """

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__()
        self.shapes = _footprints(places)
        self.bounds = shapely.bounds(self.shapes).reshape(-1, 4)
        self.led = np.array([place.anchor is not None for place in places], dtype=bool)

    def __missing__(self, place: int) -> np.ndarray:
        left, bottom, right, top = self.bounds.T
        meet: np.ndarray = (left < right[place]) & (left[place] < right) & (bottom < top[place]) & (bottom[place] < top)
        near = np.flatnonzero(meet & (self.led | self.led[place]))
        meet[near] = shapely.intersects(self.shapes[near], self.shapes[place])
        self[place] = meet
        return meet


def _footprints(places: Sequence[Place]) -> np.ndarray:
    """Return what no other label may touch, for each place: its box and its leader."""
    margins = np.array([-PAD, -PAD / 2, PAD, PAD / 2])
    boxes = np.array([place.box for place in places]).reshape(-1, 4) + margins
    shapes = np.asarray(shapely.box(*boxes.T), dtype=object)
    led = {rank: line for rank, place in enumerate(places) if (line := place.leader()) is not None}
    if led:
        ranks, leaders = [*led], shapely.linestrings(np.array([*led.values()]))
        shapes[ranks] = shapely.union(shapes[ranks], shapely.buffer(leaders, 0.5, quad_segs=1))
    return shapes
