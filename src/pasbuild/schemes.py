"""Schematic maps: places as dots sized by rank, links between them as smooth lines that name themselves.

Why: the armature and the main links are choices, not measures: their drawing is free between the places, but each place
stands where its commune is. Two links between the same two places run side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import shapely
from matplotlib.axes import Axes
from shapely.geometry.base import BaseGeometry

from pasbuild.figures import Armature, Liaison
from pasbuild.geography import Commune, check_names
from pasbuild.ground import Layers, Point, Scene, all_limits, draw_communes, wanted
from pasbuild.labels import Label, Place, beside, wrap
from pasbuild.legends import LEVEL, Entry, Look, circle, mark
from pasbuild.pen import Style, mix, stroke, text_size
from pasbuild.theme import Theme
from pasbuild.typography import typeset

DOTS = {1: 6.6, 2: 5.0, 3: 3.7, 4: 2.7}
"""Radius of the dot of each rank, in points."""
STOP = 2.5
"""Radius of a place on a link that is no pole."""
LINK = 2.8
"""Width of a link, in points."""
_STEPS = 14
_LONG = 16
_NAMES = {1: (8.6, 900), 2: (8.2, 700), 3: (7.8, 700), 4: (7.4, 400)}


def scheme(spec: Armature, communes: Sequence[Commune], theme: Theme) -> Layers:
    """Return legend and drawing of a schematic map. Raises FigureError on a name that is no commune."""
    check_names([pole.commune for pole in spec.poles], communes, "poles")
    check_names([name for link in spec.liaisons for name in link.communes], communes, "liaisons")

    def draw(scene: Scene) -> tuple[list[Label], BaseGeometry]:
        ground = Look(mix(theme.couleurs.sable, theme.couleurs.filet, 0.12))
        draw_communes(scene, [ground] * len(communes))
        return _draw(spec, scene)

    return Layers('', list(_rank_entries(spec, theme)), draw)


def _rank_entries(spec: Armature, theme: Theme) -> Iterator[Entry]:
    for rank in sorted({pole.rang for pole in spec.poles}):
        if rank <= len(spec.rangs):

            def draw(ax: Axes, x: float, y: float, rank: int = rank) -> None:
                _dot(ax, (x, y), rank, spec, theme, LEVEL)

            yield mark(spec.rangs[rank - 1], DOTS[rank], draw, theme)


def _dot(ax: Axes, at: Point, rank: int, spec: Armature, theme: Theme, level: float) -> None:
    colour, paper = theme.couleurs.encre if spec.liaisons else theme.accent(1).fort, theme.couleurs.papier
    circle(ax, at, DOTS[rank], colour, paper, 1.1, level)
    if rank == 1:
        circle(ax, at, DOTS[rank] - 2.3, 'none', paper, 0.9, level)


def _draw(spec: Armature, scene: Scene) -> tuple[list[Label], BaseGeometry]:
    """Draw links then places; return the labels, and the dots, which none may hide."""
    radii = _radii(spec)
    dots = shapely.union_all([shapely.Point(scene.point(name)).buffer(radius + 0.8) for name, radius in radii.items()])
    paths = link_paths(spec.liaisons, {name: scene.point(name) for name in radii})
    colours = scene.theme.palettes.categories
    for index, (link, path) in enumerate(zip(spec.liaisons, paths, strict=True)):
        _draw_link(scene, link, path, colours[index % len(colours)])
    for name in radii:
        if name not in {pole.commune for pole in spec.poles}:
            circle(scene.ax, scene.point(name), STOP, scene.theme.couleurs.papier, scene.theme.couleurs.encre, 1.1, 6)
    for pole in spec.poles:
        _dot(scene.ax, scene.point(pole.commune), pole.rang, spec, scene.theme, 6)
    lines = shapely.union_all([*(path.buffer(LINK, quad_segs=2) for path in paths), all_limits(scene)])
    labels = [_link_label(index, spec, scene, paths) for index in range(len(paths))]
    return [*labels, *_names(spec, scene, radii, lines)], dots


def _radii(spec: Armature) -> dict[str, float]:
    """Return the radius of each place: poles by rank, other places of the links as stops."""
    stops = {name: STOP for link in spec.liaisons for name in link.communes}
    return stops | {pole.commune: DOTS[pole.rang] for pole in spec.poles}


def _names(spec: Armature, scene: Scene, radii: dict[str, float], lines: BaseGeometry) -> Iterator[Label]:
    ink, paper = scene.theme.couleurs.encre, scene.theme.couleurs.papier
    ranks = {pole.commune: pole.rang for pole in spec.poles}
    texts = {pole.commune: pole.texte for pole in spec.poles if pole.texte}
    for name in sorted(radii, key=lambda name: ranks.get(name, 5)):
        size, weight = _NAMES.get(ranks.get(name, 4), _NAMES[4])
        style = Style(size, ink, weight=weight, halo=paper)
        text = typeset(texts.get(name, name))
        places = beside(text, style, scene.point(name), radii[name], lines)
        yield Label(text, style, tuple(places), required=True)
    for index, style, required in wanted(spec, scene.communes, scene.theme):
        if scene.communes[index].nom not in radii:
            text = typeset(scene.communes[index].nom)
            yield Label(text, style, tuple(beside(text, style, scene.points[index], 0, lines)), required)


# --- links ------------------------------------------------------------------------------------------------------------


def _draw_link(scene: Scene, link: Liaison, path: BaseGeometry, colour: str) -> None:
    stroke(scene.ax, path, scene.theme.couleurs.papier, LINK + 2.2, 4)
    if link.trait != 'plein':
        stroke(scene.ax, path, mix(colour, scene.theme.couleurs.papier, 0.72), LINK, 4.1)
    stroke(scene.ax, path, colour, LINK, 4.2, link.trait)


def link_paths(links: Sequence[Liaison], points: dict[str, Point]) -> list[BaseGeometry]:
    """Return the course of each link through ``points`` (by commune), side by side where links share a stretch."""
    return [_smooth(np.array(_offset(index, links, points))) for index in range(len(links))]


def _offset(index: int, links: Sequence[Liaison], points: dict[str, Point]) -> list[Point]:
    """Return the points of a link, pushed aside along the stretches it shares with others."""
    names = links[index].communes
    pushes: dict[int, list[np.ndarray]] = {}
    for step, pair in enumerate(pairwise(names)):
        first, last = sorted(pair)
        sharing = [i for i, link in enumerate(links) if (first, last) in _stretches(link)]
        rank = sharing.index(index) - (len(sharing) - 1) / 2
        along = np.subtract(points[last], points[first])
        across = np.array([-along[1], along[0]]) / (np.hypot(*along) or 1)
        for place in (step, step + 1):
            if len(sharing) > 1:
                pushes.setdefault(place, []).append(across * rank * (LINK + 1.6))
    moved = [np.array(points[name]) + np.mean(pushes.get(i, [np.zeros(2)]), axis=0) for i, name in enumerate(names)]
    return [(float(x), float(y)) for x, y in moved]


def _stretches(link: Liaison) -> set[tuple[str, ...]]:
    return {tuple(sorted(pair)) for pair in pairwise(link.communes)}


def _smooth(points: np.ndarray) -> BaseGeometry:
    """Return the centripetal Catmull-Rom curve through points: no loop, no overshoot at a sharp turn."""
    if len(points) < 3:
        return shapely.LineString(points)
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    curve = [_bend(*ends[i : i + 4]) for i in range(len(points) - 1)]
    return shapely.LineString(np.vstack([*curve, points[-1:]]))


def _bend(p0: np.ndarray, p1: np.ndarray, p2: np.ndarray, p3: np.ndarray) -> np.ndarray:
    """Return the points of the stretch from p1 to p2, p2 left out (Barry and Goldman's pyramid)."""
    knots = np.cumsum([0.0, *(max(np.hypot(*(b - a)), 1e-6) ** 0.5 for a, b in ((p0, p1), (p1, p2), (p2, p3)))])
    t = np.linspace(knots[1], knots[2], _STEPS, endpoint=False)[:, None]

    def blend(a: np.ndarray, b: np.ndarray, low: int, high: int) -> np.ndarray:
        return np.asarray(((knots[high] - t) * a + (t - knots[low]) * b) / (knots[high] - knots[low]))

    a1, a2, a3 = blend(p0, p1, 0, 1), blend(p1, p2, 1, 2), blend(p2, p3, 2, 3)
    return blend(blend(a1, a2, 0, 2), blend(a2, a3, 1, 3), 1, 2)


def _link_label(index: int, spec: Armature, scene: Scene, paths: Sequence[BaseGeometry]) -> Label:
    """Return the name of a link, to stand on its own line: in its colour's frame, clear of the others."""
    style = Style(7.2, scene.theme.couleurs.encre, weight=700)
    colour = scene.theme.palettes.categories[index % len(scene.theme.palettes.categories)]
    text = typeset(spec.liaisons[index].texte)
    lines = wrap(text, 1 if len(text) < _LONG else 2)
    width, height = text_size(lines, style)
    others = shapely.union_all([path.buffer(LINK) for i, path in enumerate(paths) if i != index])
    places = []
    for share in np.linspace(0.04, 0.96, 47):
        x, y = shapely.get_coordinates(paths[index].interpolate(share, normalized=True))[0]
        box = (x - width / 2 - 4, y - height / 2 - 1.2, x + width / 2 + 4, y + height / 2 + 1.2)
        crossed = 10.0 if shapely.box(*box).intersects(others) else 0.0
        places.append(Place(box, lines, crossed + abs(share - 0.5)))
    return Label(text, style, tuple(places), required=True, frame=colour)
