"""The maps: choropleths, proportional symbols and schematic maps of the communes.

Why: a planner names a table, a column and classes; projection, layout, legend, scale and the places of names follow from
rules, the same for every map of the document. Nothing is told by colour alone: classes are ordered in lightness or
hatched, limits are drawn, and ``map_table`` gives the same facts to who does not see the map.

Everything is drawn in points on one axes that covers the figure; see ``geography`` for the way from contours to the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from shapely.geometry.base import BaseGeometry

from pasbuild.data import Colonne, Data, Scalar, format_cell, format_number
from pasbuild.diagnostics import nearest
from pasbuild.drawing import FigureError, new_figure, styled, width_mm
from pasbuild.figures import Armature, Carte, CarteSymboles
from pasbuild.geography import Commune, MapSpec, check_names, number, read_communes
from pasbuild.ground import (
    ALL,
    Layers,
    Point,
    Scene,
    all_limits,
    draw_around,
    draw_communes,
    draw_labels,
    draw_limits,
    limit_entries,
    make_scene,
    page_size,
    wanted,
)
from pasbuild.labels import NOTHING, Label, beside, inside, over
from pasbuild.legends import Look, circle, circles, draw_legend, draw_scale, mark, swatch
from pasbuild.pen import Style, hatching, lightness, mix, ramp, stroke
from pasbuild.schemes import scheme
from pasbuild.theme import Theme
from pasbuild.typography import typeset

LOOKALIKE = 9.0
"""Difference of lightness (L*) under which grey print confuses two fills."""
COVER = 0.2
"""Part of the territory the symbols cover together."""
AWAY = 2.5
"""Distance under which a name seems to be that of another symbol, in points."""
HIDDEN = 0.12
"""Part of a name that may lie on other symbols and limits, when nobody asked for it."""


def draw_map(spec: MapSpec, data: Data, theme: Theme) -> Figure:
    """Return the map. Raises FigureError, in French, on what cannot be drawn: column, commune, class, contour."""
    communes = read_communes(spec, data)
    named = [name for name in spec.etiquettes if name != ALL]
    check_names(named, communes, "etiquettes")
    with styled(theme):
        figure = new_figure(theme, width_mm(spec.largeur, theme), spec.hauteur)
        layers = _layers(spec, communes, figure, theme)
        scene = make_scene(spec, communes, figure, layers, theme)
        names = draw_around(spec, data, scene)
        labels, obstacles = layers.draw(scene)
        draw_limits(scene)
        draw_labels(scene, [*labels, *names], obstacles)
        draw_legend(scene.ax, layers.title, layers.entries, scene.legend, theme)
        if spec.echelle:
            draw_scale(scene.ax, scene.scale, scene.sheet, theme)
    return figure


def _layers(spec: MapSpec, communes: Sequence[Commune], figure: Figure, theme: Theme) -> Layers:
    match spec:
        case Carte():
            layers = _choropleth(spec, communes, theme)
        case CarteSymboles():
            layers = _symbols(spec, communes, figure, theme)
        case Armature():
            layers = scheme(spec, communes, theme)
    layers.entries.extend(limit_entries(communes, theme))
    return layers


# --- choropleth -------------------------------------------------------------------------------------------------------


def _choropleth(spec: Carte, communes: Sequence[Commune], theme: Theme) -> Layers:
    looks = _class_looks(spec, theme)
    found = [class_of(spec, commune) for commune in communes]
    numeric = spec.classes[0].egal is None
    entries = [swatch(c.texte, look, theme) for c, look in zip(spec.classes, looks, strict=True)]
    entries = entries[::-1] if numeric else entries
    missing = Look('', missing=True)
    if None in found:
        entries.append(swatch("Sans donnée", missing, theme))

    def draw(scene: Scene) -> tuple[list[Label], BaseGeometry]:
        draw_communes(scene, [missing if index is None else looks[index] for index in found])
        labels = []
        for index, style, required in wanted(spec, communes, theme):
            name = typeset(communes[index].nom)
            places = over(name, style, scene.shapes[index], scene.points[index])
            labels.append(Label(name, style, tuple(places), required))
        return labels, NOTHING

    return Layers(spec.legende, entries, draw)


def class_of(spec: Carte, commune: Commune) -> int | None:
    """Return the index of a commune's class, None without data. Raises FigureError when the value fits no class."""
    if not commune.known:
        return None
    cell = _cell(commune, spec.colonne, spec.donnees)
    if cell is None:
        return None
    if spec.classes[0].egal is not None:
        names = [entry.egal or '' for entry in spec.classes]
        if f'{cell}' not in names:
            raise FigureError(
                f"La valeur « {cell} » ({commune.nom}, colonne « {spec.colonne} ») n'est d'aucune classe. "
                f"{nearest(f'{cell}', names)}"
            )
        return names.index(f'{cell}')
    value = number(cell)
    bounds = _bounds(spec)
    if value is None or value < bounds[0]:
        shown = cell if value is None else format_number(value, 2)
        raise FigureError(
            f"La valeur « {shown} » ({commune.nom}, colonne « {spec.colonne} ») n'entre dans aucune classe."
        )
    return max(index for index, bound in enumerate(bounds) if value >= bound)


def _bounds(spec: Carte) -> list[float]:
    bounds = [-float('inf') if c.de is None and index == 0 else c.de for index, c in enumerate(spec.classes)]
    known = [bound for bound in bounds if bound is not None]
    if len(known) < len(bounds) or any(low >= high for low, high in pairwise(known)):
        raise FigureError(
            "Les classes d'une carte vont par bornes « de » croissantes ; seule la première peut s'en passer."
        )
    return known


def _class_looks(spec: Carte, theme: Theme) -> list[Look]:
    """Return the fill of each class. One whose grey is another's is hatched: in a diverging scale, the lower half."""
    palettes, count = theme.palettes, len(spec.classes)
    if spec.palette == 'categories':
        colours = [palettes.categories[index % len(palettes.categories)] for index in range(count)]
    else:
        colours = ramp(palettes.divergente if spec.palette == 'divergente' else palettes.sequentielle, count)
    colours = [entry.couleur or colour for entry, colour in zip(spec.classes, colours, strict=True)]
    if spec.palette == 'divergente':
        return hatched(colours[::-1])[::-1]
    return hatched(colours)


def hatched(colours: Sequence[str]) -> list[Look]:
    """Return the fills of colours, hatched where the lightness is that of an earlier, unhatched one."""
    looks: list[Look] = []
    for colour in colours:
        close = any(abs(lightness(look.colour) - lightness(colour)) < LOOKALIKE for look in looks if not look.hatched)
        looks.append(Look(colour, hatched=close))
    return looks


def _cell(commune: Commune, column: str, table: str) -> Scalar:
    if column not in commune.cells:
        raise FigureError(f"La table « {table} » n'a pas de colonne « {column} ». {nearest(column, commune.cells)}")
    return commune.cells[column]


# --- proportional symbols ---------------------------------------------------------------------------------------------


def _symbols(spec: CarteSymboles, communes: Sequence[Commune], figure: Figure, theme: Theme) -> Layers:
    values = [_size_of(spec, commune) for commune in communes]
    largest = max((value for value in values if value is not None), default=0.0)
    if largest <= 0:
        raise FigureError(f"La colonne « {spec.colonne} » n'a aucune valeur positive à dessiner.")
    growth = _growth(communes, values, page_size(figure))
    marks = sorted(spec.reperes or _round_marks(largest), reverse=True)
    entries = [circles([growth * value**0.5 for value in marks], [format_number(v) for v in marks], theme)]
    looks = _category_looks(spec, communes, theme)
    entries.extend(
        mark(name, 4.5, lambda ax, x, y, look=look: _symbol(ax, (x, y), 4.5, look, theme, 20), theme)  # type: ignore[misc]
        for name, look in looks.items()
        if spec.couleur_par
    )
    if None in values:
        entries.append(swatch("Sans donnée", Look('', missing=True), theme))

    def draw(scene: Scene) -> tuple[list[Label], BaseGeometry]:
        ground = Look(mix(theme.couleurs.sable, theme.couleurs.filet, 0.12))
        draw_communes(scene, [Look('', missing=True) if value is None else ground for value in values])
        radii = [growth * (value or 0) ** 0.5 for value in values]
        for index in sorted(range(len(radii)), key=lambda i: -radii[i]):
            if radii[index]:
                look = looks[_category(spec, communes[index])]
                _symbol(scene.ax, scene.points[index], radii[index], look, theme, 4)
        return list(_symbol_labels(spec, scene, radii, looks)), NOTHING

    return Layers(spec.legende, entries, draw)


def _size_of(spec: CarteSymboles, commune: Commune) -> float | None:
    if not commune.known:
        return None
    value = number(_cell(commune, spec.colonne, spec.donnees))
    if value is not None and value < 0:
        raise FigureError(f"Un cercle ne peut montrer une valeur négative : {commune.nom}, colonne « {spec.colonne} ».")
    return value


def _growth(communes: Sequence[Commune], values: Sequence[float | None], page: tuple[float, float]) -> float:
    """Return the radius, in points, of a symbol of value 1: together the circles cover COVER of the territory."""
    territory = shapely.union_all([commune.outline for commune in communes])
    left, bottom, right, top = territory.bounds
    points = min(page[0] / (right - left), page[1] / (top - bottom))
    total = sum(value for value in values if value is not None)
    return float((COVER * territory.area * points**2 / (np.pi * total)) ** 0.5)


def _round_marks(largest: float) -> list[float]:
    """Return three round values for the legend: about the largest, a fifth and a twenty-fifth of it."""
    marks = []
    for value in (largest, largest / 5, largest / 25):
        power = 10.0 ** np.floor(np.log10(value))
        marks.append(float(max(step * power for step in (1, 2, 3, 5) if step * power <= value)))
    return marks


def _category(spec: CarteSymboles, commune: Commune) -> str:
    return f'{_cell(commune, spec.couleur_par, spec.donnees)}' if spec.couleur_par else ''


def _category_looks(spec: CarteSymboles, communes: Sequence[Commune], theme: Theme) -> dict[str, Look]:
    names = list(dict.fromkeys(_category(spec, commune) for commune in communes if commune.known))
    colours = theme.palettes.categories
    if len(names) > len(colours):
        raise FigureError(
            f"La colonne « {spec.couleur_par} » a {len(names)} catégories, la palette {len(colours)} couleurs."
        )
    return dict(zip(names, hatched(colours[: len(names)]), strict=True))


def _symbol(ax: Axes, at: Point, radius: float, look: Look, theme: Theme, level: float) -> None:
    paper = theme.couleurs.papier
    circle(ax, at, radius, look.colour, 'none', 0, level)
    if look.hatched:
        disc = shapely.Point(at).buffer(radius, quad_segs=12)
        stroke(ax, hatching(disc, 2.6), mix(look.colour, paper, 0.6), 0.5, level)
    circle(ax, at, radius, 'none', paper, 0.8, level)


def _symbol_labels(
    spec: CarteSymboles, scene: Scene, radii: Sequence[float], looks: Mapping[str, Look]
) -> Iterator[Label]:
    """Yield the names: in their circle when they fit, beside it otherwise."""
    discs = [shapely.Point(point).buffer(radius + AWAY) for point, radius in zip(scene.points, radii, strict=True)]
    lines = all_limits(scene)
    for index, style, required in wanted(spec, scene.communes, scene.theme):
        commune, point = scene.communes[index], scene.points[index]
        name, others = typeset(commune.nom), shapely.union_all([*discs[:index], *discs[index + 1 :], lines])
        places = beside(name, style, point, radii[index], others, 1 if required else HIDDEN)
        if radii[index]:
            reversed_out = _on(looks[_category(spec, commune)], style, scene.theme)
            places = [*inside(name, reversed_out, point, radii[index]), *places]
        yield Label(name, style, tuple(places), required)


def _on(look: Look, style: Style, theme: Theme) -> Style:
    """Return the lettering that reads on a fill, its hatching pushed back."""
    colour = theme.couleurs.papier if lightness(look.colour) < 55 else theme.couleurs.encre
    return replace(style, colour=colour, halo=look.colour if look.hatched else '')


# --- table ------------------------------------------------------------------------------------------------------------

MISSING = "sans donnée"
Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Header, rows."""


def map_table(spec: MapSpec, data: Data) -> Table:
    """Return what the map shows as a table, for who does not see it. Raises FigureError as ``draw_map`` does."""
    communes = read_communes(spec, data)
    match spec:
        case Carte():
            return _class_table(spec, communes, data)
        case CarteSymboles():
            columns = (spec.colonne, *([spec.couleur_par] if spec.couleur_par else []))
            return _value_table(columns, spec, communes, data)
        case Armature():
            return _place_table(spec)


def _class_table(spec: Carte, communes: Sequence[Commune], data: Data) -> Table:
    header, rows = _value_table((spec.colonne,), spec, communes, data)
    found = [class_of(spec, commune) for commune in communes]
    classes = [MISSING if index is None else typeset(spec.classes[index].texte) for index in found]
    if spec.classes[0].egal is not None:
        return header, tuple((row[0], name) for row, name in zip(rows, classes, strict=True))
    return (*header, "Classe"), tuple((*row, name) for row, name in zip(rows, classes, strict=True))


def _value_table(columns: Sequence[str], spec: Carte | CarteSymboles, communes: Sequence[Commune], data: Data) -> Table:
    known = data[spec.donnees].source.colonnes
    described = [known.get(column) or Colonne.model_validate({'titre': column}) for column in columns]
    rows = []
    for commune in communes:
        cells = [_cell(commune, column, spec.donnees) if commune.known else None for column in columns]
        shown = [MISSING if c is None else format_cell(c, col) for c, col in zip(cells, described, strict=True)]
        rows.append((typeset(commune.nom), *shown))
    return ("Commune", *(_heading(name, colonne) for name, colonne in zip(columns, described, strict=True))), tuple(
        rows
    )


def _heading(name: str, colonne: Colonne) -> str:
    title = typeset(colonne.titre or name)
    return f'{title} ({colonne.unite})' if colonne.unite else title


def _place_table(spec: Armature) -> Table:
    """Return a row for each place of a schematic map: its rank if ranks have names, the links it is on if there are any."""
    ranks = {pole.commune: pole.rang for pole in spec.poles}
    places = dict.fromkeys([*ranks, *(name for link in spec.liaisons for name in link.communes)])
    columns = [("Commune", list(places))]
    if spec.rangs:
        named = dict(enumerate(spec.rangs, start=1))
        columns.append(("Rang", [named.get(ranks.get(name, 0), '') for name in places]))
    if spec.liaisons:
        links = [[link.texte for link in spec.liaisons if name in link.communes] for name in places]
        columns.append(("Liaisons", [' ; '.join(on) or "aucune" for on in links]))
    header, cells = zip(*columns, strict=True)
    return header, tuple(tuple(map(typeset, row)) for row in zip(*cells, strict=True))
