"""The common ground of every map: paper, neighbours, communes, limits, names.

Why: whatever a map shows, its territory reads the same: neighbours in pale grey, white borders between communes, a dark
line around the SCoT and a thinner one between its intercommunalities, names over a halo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from shapely.geometry.base import BaseGeometry

from pasbuild.data import Data
from pasbuild.figures import Carte
from pasbuild.geography import Box, Commune, MapSpec, Sheet, check_column, lay_out, read_contours
from pasbuild.labels import NOTHING, Label, Place, over, place, within
from pasbuild.legends import SCALE_SIZE, Entry, Look, circle, legend_size, line, paint
from pasbuild.pen import Style, fill, mix, stroke, write
from pasbuild.theme import Theme
from pasbuild.typography import typeset

Point = tuple[float, float]
"""In points, from the lower left corner."""
EPCI = 'epci'
"""Column, of the data or of the contours, by which inner limits are drawn."""
ALL = '*'
"""Entry of ``etiquettes`` that stands for every commune."""
SHORT = 13
"""Length from which the name of a neighbour is better on two lines."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A map being drawn: its paper, and the communes on it (contours and central points, in points)."""

    ax: Axes
    theme: Theme
    sheet: Sheet
    legend: Box
    scale: Box
    communes: Sequence[Commune]
    shapes: Sequence[BaseGeometry]
    points: Sequence[Point]
    territory: BaseGeometry

    def point(self, nom: str) -> Point:
        """Return the central point of a commune."""
        return self.points[[commune.nom for commune in self.communes].index(nom)]


@dataclass(frozen=True, slots=True)
class Layers:
    """What one type of map adds to the common ground: legend entries, and drawing that returns names and obstacles."""

    title: str
    entries: list[Entry]
    draw: Callable[[Scene], tuple[list[Label], BaseGeometry]]


def make_scene(spec: MapSpec, communes: Sequence[Commune], figure: Figure, layers: Layers, theme: Theme) -> Scene:
    """Lay the map out: legend and scale in free corners, the territory as large as they allow."""
    page = page_size(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set_xlim(0, page[0])
    ax.set_ylim(0, page[1])
    legend = legend_size(layers.title, layers.entries, theme)
    territory = shapely.union_all([commune.outline for commune in communes])
    scale = SCALE_SIZE if spec.echelle else (0.0, 0.0)
    sheet, key, bar = lay_out(territory, page, spec.marge, legend, scale)
    shapes = sheet.to_page([commune.outline for commune in communes])
    return Scene(ax, theme, sheet, key, bar, communes, shapes, [heart(s) for s in shapes], shapely.union_all(shapes))


def page_size(figure: Figure) -> tuple[float, float]:
    """Return width and height of a figure, in points."""
    width, height = figure.get_size_inches()
    return float(width) * 72, float(height) * 72


def heart(surface: BaseGeometry) -> Point:
    """Return the pole of inaccessibility: the point farthest from the border, where a symbol or a name stands best."""
    largest = max((part for part in shapely.get_parts(surface) if isinstance(part, shapely.Polygon)), key=shapely.area)
    x, y = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, tolerance=0.5))[0]
    return float(x), float(y)


# --- common ground ----------------------------------------------------------------------------------------------------


def draw_around(spec: MapSpec, data: Data, scene: Scene) -> list[Label]:
    """Draw the neighbours and return their names to place. Of several layers the first is the widest: thick lines."""
    page = shapely.box(0, 0, scene.sheet.width, scene.sheet.height)
    layers = [scene.sheet.to_page(read_contours(data[fond.donnees], fond.nom)) for fond in spec.fonds]
    surface = shapely.union_all([shape for layer in layers for shape in layer])
    fill(scene.ax, shapely.intersection(surface, page), scene.theme.couleurs.voisins, 0)
    edges = [shapely.union_all([shape.boundary for shape in layer]) for layer in layers]
    thin = shapely.union_all(edges[1:]).buffer(2, quad_segs=1)
    labels: list[Label] = []
    for index, (fond, layer) in enumerate(zip(spec.fonds, layers, strict=True)):
        wide = index == 0 and len(layers) > 1
        _draw_edges(scene, shapely.intersection(edges[index], page), wide=wide)
        if fond.nom:
            check_column(data[fond.donnees], fond.nom)
            names = [f'{row[fond.nom] or ""}' for row in data[fond.donnees].rows]
            labels.extend(_wide_names(names, layer, scene, thin) if wide else _thin_names(names, layer, scene, spec))
    return labels


def _draw_edges(scene: Scene, edges: BaseGeometry, *, wide: bool) -> None:
    colours, lines = scene.theme.couleurs, shapely.line_merge(edges)
    if wide:
        stroke(scene.ax, lines, mix(colours.filet, colours.papier, 0.1), 1.5, 0.6)
    else:
        stroke(scene.ax, lines, mix(colours.voisins_trait, colours.filet, 0.35), 0.55, 0.5)


def _wide_names(
    names: Sequence[str], shapes: Sequence[BaseGeometry], scene: Scene, avoid: BaseGeometry
) -> Iterator[Label]:
    """Yield the names of the widest layer, in capitals, off the lines of the others."""
    style = Style(8.5, mix(scene.theme.couleurs.discret, scene.theme.couleurs.papier, 0.15), weight=700)
    free = _free(scene)
    for name, shape in zip(names, shapes, strict=True):
        if name:
            text = typeset(name.upper())
            yield Label(text, style, tuple(within(text, style, _largest(shape, free), 1, avoid)))


def _thin_names(names: Sequence[str], shapes: Sequence[BaseGeometry], scene: Scene, spec: MapSpec) -> Iterator[Label]:
    """Yield the names of the neighbours. What the territory covers is named too where no commune is."""
    muted, ink, paper = scene.theme.couleurs.discret, scene.theme.couleurs.encre, scene.theme.couleurs.papier
    quiet, strong = Style(7, mix(muted, paper, 0.1), italic=True), Style(8, ink, weight=700, halo=paper)
    bare, free = isinstance(spec, Carte) and not spec.etiquettes, _free(scene)
    for name, shape in zip(map(typeset, names), shapes, strict=True):
        covered = shapely.intersection(shape, scene.territory)
        own = covered.area > shape.area / 2
        if own and bare and name:
            yield Label(name, strong, tuple(over(name, strong, covered, heart(covered))))
        elif name and not own:
            lines = 1 if len(name) < SHORT else 2
            yield Label(name, quiet, tuple(within(name, quiet, _largest(shape, free), lines)))


def _free(scene: Scene) -> BaseGeometry:
    """Return the paper that territory, legend and scale leave to the names of neighbours."""
    kept = [shapely.box(*box) for box in (scene.legend, scene.scale)]
    taken = shapely.union_all([scene.territory.buffer(2), *kept])
    return shapely.box(4, 4, scene.sheet.width - 4, scene.sheet.height - 4).difference(taken)


def _largest(shape: BaseGeometry, free: BaseGeometry) -> shapely.Polygon:
    parts = [part for part in shapely.get_parts(shapely.intersection(shape, free)) if isinstance(part, shapely.Polygon)]
    return max(parts, key=shapely.area, default=shapely.Polygon())


def _border_width(scene: Scene) -> float:
    """Width of the white borders, in points: finer when communes are small on the page."""
    return float(np.clip(0.03 * np.sqrt(scene.territory.area / len(scene.shapes)), 0.2, 0.8))


def draw_communes(scene: Scene, looks: Sequence[Look]) -> None:
    """Fill the communes, one look each, and draw the white borders between them."""
    for shape, look in zip(scene.shapes, looks, strict=True):
        paint(scene.ax, shape, look, 1, scene.theme)
    borders = shapely.union_all([shape.boundary for shape in scene.shapes])
    stroke(scene.ax, shapely.line_merge(borders), scene.theme.couleurs.papier, _border_width(scene), 2)


def inner_limits(scene: Scene) -> BaseGeometry:
    """Return the limits between intercommunalities inside the territory."""
    if not _has_limits(scene.communes):
        return NOTHING
    groups: dict[object, list[BaseGeometry]] = {}
    for commune, shape in zip(scene.communes, scene.shapes, strict=True):
        groups.setdefault(commune.cells.get(EPCI), []).append(shape)
    edges = shapely.union_all([shapely.union_all(group).boundary for group in groups.values()])
    return shapely.difference(edges, scene.territory.boundary.buffer(0.6))


def _has_limits(communes: Sequence[Commune]) -> bool:
    return len({commune.cells.get(EPCI) for commune in communes} - {None}) > 1


def all_limits(scene: Scene) -> BaseGeometry:
    """Return the ground under every limit, which names had better not hide."""
    return shapely.union_all([scene.territory.boundary, inner_limits(scene)]).buffer(0.6, quad_segs=1)


def draw_limits(scene: Scene) -> None:
    """Draw the line around the territory, and the thinner one between intercommunalities."""
    ink, paper = scene.theme.couleurs.encre, scene.theme.couleurs.papier
    limits = inner_limits(scene)
    if not limits.is_empty:
        stroke(scene.ax, shapely.line_merge(limits), paper, 1.9, 2.1)
        stroke(scene.ax, shapely.line_merge(limits), mix(ink, paper, 0.15), 0.75, 2.2)
    outline = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(scene.territory)])
    stroke(scene.ax, outline.boundary, paper, 2.6, 2.1)
    stroke(scene.ax, outline.boundary, mix(ink, paper, 0.1), 1.2, 2.3)


def limit_entries(communes: Sequence[Commune], theme: Theme) -> Iterator[Entry]:
    """Yield the legend of the lines ``draw_limits`` draws."""
    ink, paper = theme.couleurs.encre, theme.couleurs.papier
    yield line("Périmètre du SCoT", mix(ink, paper, 0.1), 1.2, theme)
    if _has_limits(communes):
        yield line("Limite d’intercommunalité", mix(ink, paper, 0.15), 0.75, theme)


# --- names ------------------------------------------------------------------------------------------------------------


def wanted(spec: MapSpec, communes: Sequence[Commune], theme: Theme) -> Iterator[tuple[int, Style, bool]]:
    """Yield the communes to name (index, lettering, required): those named first, then all if « * » asks for them."""
    ink, paper = theme.couleurs.encre, theme.couleurs.papier
    for index, commune in enumerate(communes):
        if commune.nom in spec.etiquettes:
            yield index, Style(7.6, ink, weight=700, halo=paper), True
        elif ALL in spec.etiquettes:
            yield index, Style(7, ink, halo=paper), False


def draw_labels(scene: Scene, labels: Sequence[Label], obstacles: BaseGeometry) -> None:
    """Place the names, in order of importance, and write those that found a place."""
    frame = (3.0, 3.0, scene.sheet.width - 3, scene.sheet.height - 3)
    boxes = [shapely.box(*box).buffer(2) for box in (scene.legend, scene.scale)]
    for label, chosen in zip(labels, place(labels, frame, shapely.union_all([*boxes, obstacles])), strict=True):
        if chosen is not None:
            _draw_label(scene, label, chosen)


def _draw_label(scene: Scene, label: Label, chosen: Place) -> None:
    leader = chosen.leader()
    if leader is not None and chosen.anchor is not None:
        ink = mix(label.style.colour, scene.theme.couleurs.papier, 0.25)
        stroke(scene.ax, shapely.LineString(leader), scene.theme.couleurs.papier, 1.4, 9)
        stroke(scene.ax, shapely.LineString(leader), ink, 0.5, 9.1)
        circle(scene.ax, chosen.anchor, 1.1, ink, 'none', 0, 9.1)
    style = chosen.style or label.style
    left, bottom, right, top = chosen.box
    if label.frame:
        panel = shapely.box(left + 2, bottom + 2, right - 2, top - 2).buffer(2, quad_segs=4)
        fill(scene.ax, panel, scene.theme.couleurs.papier, 9.5, edge=label.frame, width=1.1)
    x = {'left': left, 'center': (left + right) / 2, 'right': right}[chosen.align]
    write(scene.ax, chosen.lines, x, (bottom + top) / 2, style, 10, chosen.align)
