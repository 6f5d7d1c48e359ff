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
    colours = scene.theme.couleurs
    page = shapely.box(0, 0, scene.sheet.width, scene.sheet.height)
    layers = [scene.sheet.to_page(read_contours(data[fond.donnees], fond.nom)) for fond in spec.fonds]
    fill(
        scene.ax,
        shapely.intersection(shapely.union_all([s for layer in layers for s in layer]), page),
        colours.voisins,
        0,
    )
    labels: list[Label] = []
    bare = isinstance(spec, Carte) and not spec.etiquettes
    thin = shapely.union_all([shape.boundary for layer in layers[1:] for shape in layer]).buffer(2, quad_segs=1)
    for index, (fond, layer) in enumerate(zip(spec.fonds, layers, strict=True)):
        wide = index == 0 and len(layers) > 1
        borders = shapely.intersection(shapely.union_all([shape.boundary for shape in layer]), page)
        colour, width = (mix(colours.filet, colours.papier, 0.1), 1.5) if wide else (_thin_colour(scene.theme), 0.55)
        stroke(scene.ax, shapely.line_merge(borders), colour, width, 0.6 if wide else 0.5)
        if fond.nom:
            check_column(data[fond.donnees], fond.nom)
            names = [f'{row[fond.nom] or ""}' for row in data[fond.donnees].rows]
            labels.extend(_neighbours(names, layer, thin if wide else NOTHING, scene, wide=wide, bare=bare))
    return labels


def _thin_colour(theme: Theme) -> str:
    return mix(theme.couleurs.voisins_trait, theme.couleurs.filet, 0.35)


def _neighbours(
    names: Sequence[str], shapes: Sequence[BaseGeometry], avoid: BaseGeometry, scene: Scene, *, wide: bool, bare: bool
) -> Iterator[Label]:
    """Yield the names of a layer. What the territory covers is named only on a ``bare`` map, over the communes."""
    muted, ink, paper = scene.theme.couleurs.discret, scene.theme.couleurs.encre, scene.theme.couleurs.papier
    kept = [shapely.box(*box) for box in (scene.legend, scene.scale)]
    hidden = shapely.union_all([scene.territory.buffer(2), *kept])
    free = shapely.box(4, 4, scene.sheet.width - 4, scene.sheet.height - 4).difference(hidden)
    for name, shape in zip(names, shapes, strict=True):
        covered = shapely.intersection(shape, scene.territory)
        if not name or (covered.area > shape.area / 2 and not bare):
            continue
        if covered.area > shape.area / 2:
            style = Style(8, ink, weight=700, halo=paper)
            yield Label(name, style, tuple(over(typeset(name), style, covered, heart(covered))))
        elif wide:
            style = Style(8.5, mix(muted, paper, 0.15), weight=700)
            yield Label(name, style, tuple(within(name.upper(), style, _largest(shape, free), 1, avoid)))
        else:
            style = Style(7, mix(muted, paper, 0.1), italic=True)
            yield Label(
                name, style, tuple(within(typeset(name), style, _largest(shape, free), 1 if len(name) < SHORT else 2))
            )


def _largest(shape: BaseGeometry, free: BaseGeometry) -> shapely.Polygon:
    parts = [part for part in shapely.get_parts(shapely.intersection(shape, free)) if isinstance(part, shapely.Polygon)]
    return max(parts, key=shapely.area, default=shapely.Polygon())


def _border_width(scene: Scene) -> float:
    """Width of the white borders, in points: finer when communes are small on the page."""
    return float(np.clip(0.03 * np.sqrt(scene.territory.area / len(scene.shapes)), 0.2, 0.8))


def draw_communes(scene: Scene, looks: Sequence[Look]) -> None:
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
