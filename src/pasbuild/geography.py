"""Communes of a map: contours checked, projected, joined to the data, and laid out on the page.

Why: a contour that cannot be read, or a row of data without a contour, must stop the map with a message naming the
commune, not leave a hole in it. Contours come in longitude and latitude (EPSG:4326, as GeoJSON says) and are drawn in
Lambert-93 (EPSG:2154), the legal projection of mainland France: lengths are metres. On the page they are in points,
upwards from the lower left corner, so that type sizes, line widths and places share one unit.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from pasbuild.data import Data, Dataset, RowMap, Scalar
from pasbuild.diagnostics import nearest
from pasbuild.drawing import FigureError
from pasbuild.figures import Armature, Carte, CarteSymboles

MapSpec = Carte | CarteSymboles | Armature
Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points."""
Size = tuple[float, float]
FRANCE = shapely.box(-6, 41, 10, 52)
"""Longitudes and latitudes in which Lambert-93 is the legal projection."""
SIMPLIFY = 0.12
"""Departure allowed from a contour, in points: below what A4 print shows."""
MARGIN = 8.0
"""Least distance from the territory, the legend and the scale to the edge of the drawing, in points."""


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune: the properties of its contour and its row of data together.

    ``known``: its row passes the filter of the map; other rows only tell its intercommunality.
    """

    nom: str
    cells: RowMap
    known: bool
    outline: BaseGeometry


@dataclass(frozen=True, slots=True)
class Sheet:
    """The drawing: its size in points, points a metre, and the Lambert-93 place of its lower left corner."""

    width: float
    height: float
    scale: float
    left: float
    bottom: float

    def to_page(self, outlines: Sequence[BaseGeometry]) -> list[BaseGeometry]:
        """Return contours in points, simplified together: neighbours keep exactly the same border."""
        origin = np.array([self.left, self.bottom])
        moved = shapely.transform(list(outlines), lambda xy: (xy - origin) * self.scale)
        return list(shapely.coverage_simplify(moved, SIMPLIFY))


# --- reading ----------------------------------------------------------------------------------------------------------


@cache
def _projection() -> Transformer:
    return Transformer.from_crs(4326, 2154, always_xy=True)


def read_contours(table: Dataset, nom: str) -> list[BaseGeometry]:
    """Return the contours of a table in Lambert-93 metres, parallel to its rows. Raises FigureError on a bad one."""
    if not table.geometries:
        raise FigureError(f"La table « {table.id} » n'a pas de contours : un fichier GeoJSON est attendu.")
    raw = [
        _contour(geometry, f"{row.get(nom)}", table.id)
        for geometry, row in zip(table.geometries, table.rows, strict=True)
    ]
    return list(shapely.transform(raw, _to_lambert))


def _to_lambert(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(_projection().transform(lonlat[:, 0], lonlat[:, 1]))


def _contour(geometry: dict[str, object], nom: str, table: str) -> BaseGeometry:
    where = f"Le contour de « {nom} » (table « {table} »)"
    try:
        with np.errstate(invalid='ignore'):
            contour = shapely.force_2d(shape(geometry))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as fault:
        raise FigureError(f"{where} ne se lit pas.") from fault
    if not np.isfinite(shapely.get_coordinates(contour)).all():
        raise FigureError(f"{where} a des coordonnées qui ne sont pas des nombres.")
    if contour.geom_type not in ('Polygon', 'MultiPolygon') or contour.is_empty:
        raise FigureError(f"{where} n'est pas une surface.")
    if not FRANCE.contains(shapely.box(*contour.bounds)):
        raise FigureError(
            f"{where} sort de France métropolitaine : longitude puis latitude sont attendues (EPSG:4326)."
        )
    if not contour.is_valid:
        raise FigureError(f"{where} n'est pas valide : il se recoupe ou n'est pas fermé.")
    return contour


def read_communes(spec: MapSpec, data: Data) -> list[Commune]:
    """Return the communes, those of the data first and in its order: the order in which names get their place.

    Raises FigureError: unknown column, contour that cannot be read, row without a contour, two rows for one commune.
    """
    table, contours = data[spec.donnees], data[spec.contours]
    for source, column in ((table, spec.jointure), (contours, spec.jointure), (contours, spec.nom)):
        check_column(source, column)
    outlines = read_contours(contours, spec.nom)
    places = {f'{row[spec.jointure]}': index for index, row in enumerate(contours.rows)}
    communes = []
    for index in _select(spec, table):
        row = table.rows[index]
        key = f'{row[spec.jointure]}'
        if key not in places:
            raise _not_joined(key, spec, contours)
        place = places.pop(key)
        communes.append(_commune(contours.rows[place], row, outlines[place], spec.nom, known=True))
    unfiltered = {f'{row[spec.jointure]}': row for row in table.rows}
    for key, place in places.items():
        row = unfiltered.get(key, {})
        communes.append(_commune(contours.rows[place], row, outlines[place], spec.nom, known=False))
    return communes


def _commune(properties: RowMap, row: RowMap, outline: BaseGeometry, nom: str, *, known: bool) -> Commune:
    return Commune(f'{properties[nom]}', {**properties, **row}, known, outline)


def _select(spec: MapSpec, table: Dataset) -> tuple[int, ...]:
    try:
        return table.select(spec.filtre, spec.tri, spec.lignes)
    except ValueError as fault:
        raise FigureError(str(fault)) from fault


def _not_joined(key: str, spec: MapSpec, contours: Dataset) -> FigureError:
    keys = [f'{row[spec.jointure]}' for row in contours.rows]
    if key in keys:
        return FigureError(
            f"La table « {spec.donnees} » a deux lignes pour « {key} » : une carte en veut une par commune."
        )
    return FigureError(
        f"« {key} » (table « {spec.donnees} ») n'a pas de contour dans « {spec.contours} ». {nearest(key, keys)}"
    )


def check_column(table: Dataset, column: str) -> None:
    """Raise FigureError, naming the nearest column, when a table lacks ``column``."""
    if column not in table.source.colonnes and not any(column in row for row in table.rows):
        names = table.source.colonnes or table.rows[0]
        raise FigureError(f"La table « {table.id} » n'a pas de colonne « {column} ». {nearest(column, names)}")


def check_names(wanted: Iterable[str], communes: Sequence[Commune], where: str) -> None:
    """Raise FigureError, naming the nearest commune, for a name of the figure file that is no commune."""
    names = {commune.nom for commune in communes}
    for name in wanted:
        if name not in names:
            raise FigureError(f"{where} : « {name} » n'est pas une commune de la carte. {nearest(name, names)}")


def number(value: Scalar) -> float | None:
    """Return a cell as a number, or None when it holds none."""
    if isinstance(value, int | float) and math.isfinite(value):
        return float(value)
    return None


# --- laying out -------------------------------------------------------------------------------------------------------

_CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
_STEPS = (0.5, 0.25, 0.75, 0.0, 1.0)
_ALIGNMENTS = sorted(((x, y) for x in _STEPS for y in _STEPS), key=lambda a: abs(a[0] - 0.5) + abs(a[1] - 0.5))
_SHRINKS = tuple(1 - step / 50 for step in range(24))


def lay_out(territory: BaseGeometry, page: Size, marge: float, legend: Size, scale: Size) -> tuple[Sheet, Box, Box]:
    """Return the sheet, the box of the legend and that of the scale: the largest territory that leaves both a corner.

    ``territory`` is in metres, sizes in points. The search is exhaustive and ordered (size, then corners, then how far the
    territory stands from the middle), so the same input gives the same map. When nothing is free the legend stays lower
    left, over the map.
    """
    left, bottom, right, top = territory.bounds
    room = marge * (right - left)
    largest = min(page[0] / (right - left + 2 * room), page[1] / (top - bottom + 2 * room))
    inner = min((page[0] - 2 * MARGIN) / (right - left), (page[1] - 2 * MARGIN) / (top - bottom))
    shapely.prepare(territory)
    for shrink in _SHRINKS:
        found = _free(territory, page, min(largest, inner) * shrink, legend, scale)
        if found:
            return found
    points = min(largest, inner)
    return (
        _sheet(territory.bounds, page, points, (0.5, 0.5)),
        _corner(page, legend, (0, 0)),
        _corner(page, scale, (1, 0)),
    )


def _free(
    territory: BaseGeometry, page: Size, points: float, legend: Size, scale: Size
) -> tuple[Sheet, Box, Box] | None:
    for first, align in itertools.product(_CORNERS, _ALIGNMENTS):
        sheet = _sheet(territory.bounds, page, points, align)
        key = _corner(page, legend, first)
        if legend[0] and _covers(territory, sheet, key):
            continue
        for second in ((1, 0), (0, 0), (1, 1), (0, 1)):
            bar = _corner(page, scale, second)
            if second != first and not (scale[0] and _covers(territory, sheet, bar)):
                return sheet, key, bar
    return None


def _sheet(bounds: Box, page: Size, points: float, align: tuple[float, float]) -> Sheet:
    left, bottom, right, top = bounds
    spare_x = page[0] - 2 * MARGIN - (right - left) * points
    spare_y = page[1] - 2 * MARGIN - (top - bottom) * points
    x, y = MARGIN + align[0] * spare_x, MARGIN + align[1] * spare_y
    return Sheet(*page, points, left - x / points, bottom - y / points)


def _corner(page: Size, size: Size, corner: tuple[int, int]) -> Box:
    left = page[0] - MARGIN - size[0] if corner[0] else MARGIN
    bottom = page[1] - MARGIN - size[1] if corner[1] else MARGIN
    return left, bottom, left + size[0], bottom + size[1]


def _covers(territory: BaseGeometry, sheet: Sheet, box: Box) -> bool:
    x0, y0, x1, y1 = (edge + step for edge, step in zip(box, (-MARGIN, -MARGIN, MARGIN, MARGIN), strict=True))
    metres = shapely.box(
        sheet.left + x0 / sheet.scale,
        sheet.bottom + y0 / sheet.scale,
        sheet.left + x1 / sheet.scale,
        sheet.bottom + y1 / sheet.scale,
    )
    return bool(territory.intersects(metres))
