"""The pen of the maps: surfaces, lines, hatching and lettering on matplotlib axes whose unit is the point.

Why: an SVG in which text stays text cannot carry matplotlib's stroked halos (they turn letters into outlines), and
renderers disagree on patterns. So halos are pale shapes laid under the words and hatchings are lines cut to the
surface: plain paths, the same in every reader, and light to parse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextPath, text_to_path
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

SMALLEST = 7.0
"""Smallest lettering, in points."""
LEADING = 1.12
"""Line pitch, in type sizes."""
CAP = 0.36
"""Half the height of capitals, in type sizes: the middle of a line above its baseline."""
Align = Literal['left', 'center', 'right']
Dash = Literal['plein', 'tirets', 'points']


@dataclass(frozen=True, slots=True)
class Style:
    """Lettering: size in points, weight as in CSS, colour, colour of the halo (none when empty)."""

    size: float
    colour: str
    weight: int = 400
    italic: bool = False
    halo: str = ''

    def font(self) -> FontProperties:
        """Return it as matplotlib wants it, never under the smallest type size."""
        slant: Literal['italic', 'normal'] = 'italic' if self.italic else 'normal'
        return FontProperties(family='Lato', size=max(self.size, SMALLEST), weight=self.weight, style=slant)


# --- surfaces and lines -----------------------------------------------------------------------------------------------


def fill(
    ax: Axes,
    surface: BaseGeometry,
    colour: str,
    level: float,
    *,
    edge: str = 'none',
    width: float = 0,
    alpha: float = 1,
) -> None:
    """Paint a surface, holes left open, with an edge ``width`` points wide. ``level``: higher is drawn above.

    As an artist and not as a patch: the limits of a map are set, and finding those of each outline takes a quarter of its time.
    """
    if not surface.is_empty:
        style = {'facecolor': colour, 'edgecolor': edge, 'linewidth': width, 'joinstyle': 'round', 'alpha': alpha}
        ax.add_artist(PathPatch(_path(surface), zorder=level, **style))


def stroke(ax: Axes, lines: BaseGeometry, colour: str, width: float, level: float, dash: Dash = 'plein') -> None:
    """Draw lines ``width`` points wide."""
    if lines.is_empty:
        return
    pattern = {'plein': 'solid', 'tirets': (0, (2.6, 2.2)), 'points': (0, (0.01, 1.9))}[dash]
    cap = 'butt' if dash == 'tirets' else 'round'
    style = {'facecolor': 'none', 'edgecolor': colour, 'linewidth': width, 'linestyle': pattern}
    ax.add_artist(PathPatch(_path(lines), zorder=level, capstyle=cap, joinstyle='round', **style))


def _path(geometry: BaseGeometry) -> Path:
    parts = [_ring(shapely.get_coordinates(ring)) for ring in _rings(geometry)]
    return Path.make_compound_path(*parts)


def _rings(geometry: BaseGeometry) -> list[BaseGeometry]:
    rings = []
    for part in shapely.get_parts(geometry):
        rings.extend([part.exterior, *part.interiors] if part.geom_type == 'Polygon' else [part])
    return [ring for ring in rings if ring.geom_type in ('LinearRing', 'LineString')]


def _ring(points: np.ndarray) -> Path:
    closed = len(points) > 3 and bool((points[0] == points[-1]).all())
    codes = [Path.MOVETO, *[Path.LINETO] * (len(points) - 2), Path.CLOSEPOLY if closed else Path.LINETO]
    return Path(points, codes)


def hatching(surface: BaseGeometry, gap: float, *, rising: bool = True) -> BaseGeometry:
    """Return oblique lines ``gap`` points apart, cut to a surface, on one grid for the whole drawing."""
    left, bottom, right, top = surface.bounds
    slope = 1 if rising else -1
    low, high = sorted((bottom - slope * left, top - slope * right))
    reach = (right - left) + gap
    step = gap * np.sqrt(2)
    starts = np.arange(np.floor((low - reach) / step), np.ceil((high + reach) / step) + 1) * step
    lines = [shapely.LineString([(left, slope * left + c), (right, slope * right + c)]) for c in starts]
    return shapely.intersection(shapely.MultiLineString(lines), surface)


# --- colours ----------------------------------------------------------------------------------------------------------


def lightness(colour: str) -> float:
    """Return the CIE lightness L* of a colour, 0 (black) to 100: what grey print keeps of it."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return float(116 * np.cbrt(luminance) - 16) if luminance > 0.008856 else 903.3 * luminance


def mix(colour: str, other: str, share: float) -> str:
    """Return ``colour`` with a ``share`` (0 to 1) of ``other`` in it."""
    red, green, blue = ((1 - share) * a + share * b for a, b in zip(to_rgb(colour), to_rgb(other), strict=True))
    return str(to_hex((red, green, blue)))


def ramp(colours: Sequence[str], count: int) -> list[str]:
    """Return ``count`` colours evenly spaced along a palette."""
    places = np.linspace(0, len(colours) - 1, count)
    known = np.array([to_rgb(colour) for colour in colours])
    channels = [np.interp(places, np.arange(len(colours)), known[:, channel]) for channel in range(3)]
    return [str(to_hex(rgb)) for rgb in zip(*channels, strict=True)]


# --- lettering --------------------------------------------------------------------------------------------------------


@cache
def text_width(text: str, style: Style) -> float:
    """Return the width of a line of text, in points."""
    return float(text_to_path.get_text_width_height_descent(text, style.font(), False)[0])


def text_size(lines: Sequence[str], style: Style) -> tuple[float, float]:
    """Return width and height of lines of text, in points."""
    return max(text_width(line, style) for line in lines), len(lines) * style.size * LEADING


def write(
    ax: Axes, lines: Sequence[str], x: float, y: float, style: Style, level: float, align: Align = 'center'
) -> None:
    """Write lines of text, the whole vertically centred on ``y``, over their halo if they have one."""
    pitch = style.size * LEADING
    for index, line in enumerate(lines):
        base = y + pitch * ((len(lines) - 1) / 2 - index) - CAP * style.size
        if style.halo:
            start = x - {'left': 0, 'center': 0.5, 'right': 1}[align] * text_width(line, style)
            fill(ax, translate(_halo(line, style), start, base), style.halo, level, alpha=0.86)
        ax.text(
            x, base, line, fontproperties=style.font(), color=style.colour, ha=align, va='baseline', zorder=level + 0.01
        )


@cache
def _halo(text: str, style: Style) -> BaseGeometry:
    """Return the shape around a line of text that starts at 0, 0: letters widened by a point, gaps between them closed."""
    outlines = TextPath((0, 0), text, prop=style.font()).to_polygons(closed_only=True)
    rings = [np.asarray(ring) for ring in outlines]
    letters = shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings if len(ring) > 3])
    return shapely.simplify(letters.buffer(2.4, quad_segs=3).buffer(-1.2, quad_segs=2), 0.15)
