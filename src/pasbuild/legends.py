"""The legend and the scale of a map: entries that know their size, so that the map can leave them room.

Why: the legend is laid out before the territory, which then takes all the place left (``geography.lay_out``).
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from shapely.geometry.base import BaseGeometry

from pasbuild.data import format_number
from pasbuild.geography import Box, Sheet, Size
from pasbuild.pen import Dash, Style, fill, hatching, mix, stroke, text_size, write
from pasbuild.theme import Theme
from pasbuild.typography import typeset

LEVEL = 20.0
"""Drawing level of legend and scale: above everything else."""
SCALE_SIZE: Size = (98.0, 24.0)
"""Room of the scale bar and the north arrow, in points."""
_BAR = 72.0
_KEY = 17.0
_SWATCH = (15.0, 8.5)
_CHARACTERS = 34
_PAD = 6.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a legend: its size, and how it is drawn from its upper left corner."""

    size: Size
    draw: Callable[[Axes, float, float], None]


@dataclass(frozen=True, slots=True)
class Look:
    """A fill: colour, and whether it is hatched so that grey print keeps it apart."""

    colour: str
    hatched: bool = False
    missing: bool = False
    """"Sans donnée": paper under grey hatching."""


def paint(ax: Axes, surface: BaseGeometry, look: Look, level: float, theme: Theme) -> None:
    """Fill a surface, with its hatching."""
    fill(ax, surface, theme.couleurs.papier if look.missing else look.colour, level)
    if look.missing:
        stroke(ax, hatching(surface, 3.2, rising=False), theme.couleurs.filet, 0.7, level)
    elif look.hatched:
        stroke(ax, hatching(surface, 3.0), mix(look.colour, theme.couleurs.papier, 0.5), 0.5, level)


# --- entries ----------------------------------------------------------------------------------------------------------


def _style(theme: Theme) -> Style:
    return Style(max(7.0, theme.polices.figure - 0.5), theme.couleurs.encre)


def _keyed(text: str, theme: Theme, draw: Callable[[Axes, float, float], None], tallest: float = 12.5) -> Entry:
    """Return an entry with a key drawn around a point and its text on the right."""
    style = _style(theme)
    lines = textwrap.wrap(typeset(text), _CHARACTERS, break_long_words=False, break_on_hyphens=False)
    width, height = text_size(lines, style)
    height = max(tallest, height + 3)

    def entry(ax: Axes, left: float, top: float) -> None:
        draw(ax, left + _KEY / 2, top - height / 2)
        write(ax, lines, left + _KEY + 5, top - height / 2, style, LEVEL, 'left')

    return Entry((_KEY + 5 + width, height), entry)


def swatch(text: str, look: Look, theme: Theme) -> Entry:
    """Return the entry of a class: a small rectangle."""

    def draw(ax: Axes, x: float, y: float) -> None:
        width, height = _SWATCH
        surface = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        paint(ax, surface, look, LEVEL, theme)
        fill(ax, surface, 'none', LEVEL, edge=mix(theme.couleurs.discret, theme.couleurs.papier, 0.3), width=0.4)

    return _keyed(text, theme, draw)


def line(text: str, colour: str, width: float, theme: Theme, dash: Dash = 'plein') -> Entry:
    """Return the entry of a line: a short stretch of it."""

    def draw(ax: Axes, x: float, y: float) -> None:
        stroke(ax, shapely.LineString([(x - _KEY / 2, y), (x + _KEY / 2, y)]), colour, width, LEVEL, dash)

    return _keyed(text, theme, draw)


def mark(text: str, radius: float, draw: Callable[[Axes, float, float], None], theme: Theme) -> Entry:
    """Return the entry of a dot of ``radius`` points."""
    return _keyed(text, theme, draw, 2 * radius + 3)


def circles(radii: Sequence[float], texts: Sequence[str], theme: Theme) -> Entry:
    """Return the entry of proportional symbols: circles standing in one another, the largest first, each named."""
    style = _style(theme)
    wide, pitch = 2 * radii[0], style.size * 1.25
    heights = [max(2 * radius, pitch * (len(radii) - rank)) for rank, radius in enumerate(radii)]
    width = max(text_size((text,), style)[0] for text in texts)

    def draw(ax: Axes, left: float, top: float) -> None:
        bottom = top - heights[0] - 3
        middle, text_x = left + radii[0], left + wide + 14
        for radius, height, text in zip(radii, heights, texts, strict=True):
            circle(ax, (middle, bottom + radius), radius, theme.couleurs.papier, theme.couleurs.discret, 0.7, LEVEL)
            ends = [
                (middle, bottom + 2 * radius),
                (middle + radii[0] + 4, bottom + height),
                (text_x - 3, bottom + height),
            ]
            stroke(ax, shapely.LineString(ends), theme.couleurs.discret, 0.4, LEVEL + 0.1)
            write(ax, (text,), text_x + width, bottom + height, style, LEVEL, 'right')

    return Entry((wide + 14 + width, heights[0] + style.size * 0.6 + 4), draw)


def circle(
    ax: Axes, at: tuple[float, float], radius: float, colour: str, edge: str, width: float, level: float
) -> None:
    """Draw a circle."""
    ax.add_artist(Circle(at, radius, facecolor=colour, edgecolor=edge, linewidth=width, zorder=level))


# --- the whole --------------------------------------------------------------------------------------------------------


def legend_size(title: str, entries: Sequence[Entry], theme: Theme) -> Size:
    """Return width and height of a legend, in points; nothing takes no room."""
    if not entries:
        return 0.0, 0.0
    width = max(entry.size[0] for entry in entries)
    height = sum(entry.size[1] for entry in entries)
    if title:
        head = text_size(_title(title), _heading(theme))
        width, height = max(width, head[0]), height + head[1] + 3
    return width + 2 * _PAD, height + 2 * _PAD - 2


def _heading(theme: Theme) -> Style:
    return Style(theme.polices.figure, theme.couleurs.encre, weight=700)


def _title(title: str) -> list[str]:
    return textwrap.wrap(typeset(title), _CHARACTERS, break_long_words=False, break_on_hyphens=False)


def draw_legend(ax: Axes, title: str, entries: Sequence[Entry], box: Box, theme: Theme) -> None:
    """Draw a legend on a quiet panel that hides what passes under it."""
    if not entries:
        return
    fill(ax, shapely.box(*box), theme.couleurs.papier, LEVEL - 1, alpha=0.86)
    left, top = box[0] + _PAD, box[3] - _PAD + 1
    if title:
        lines = _title(title)
        height = text_size(lines, _heading(theme))[1]
        write(ax, lines, left, top - height / 2, _heading(theme), LEVEL, 'left')
        top -= height + 3
    for entry in entries:
        entry.draw(ax, left, top)
        top -= entry.size[1]


def scale_length(sheet: Sheet) -> float:
    """Return the length of the scale bar in metres: the longest of 1, 2, 5, 10… that fits its room."""
    metres = _BAR / sheet.scale
    power = 10.0
    while power * 10 <= metres:
        power *= 10
    return max(step * power for step in (1, 2, 5) if step * power <= metres)


def draw_scale(ax: Axes, box: Box, sheet: Sheet, theme: Theme) -> None:
    """Draw the scale bar, true in the projection, and the north arrow on its right."""
    metres = scale_length(sheet)
    text = format_number(metres / 1000, unit='km') if metres >= 1000 else format_number(metres, unit='m')
    ink, length = theme.couleurs.encre, metres * sheet.scale
    left, y = box[2] - 20 - length, box[1] + 3
    ends = [(left, y + 3), (left, y), (left + length, y), (left + length, y + 3)]
    stroke(ax, shapely.LineString(ends), ink, 0.9, LEVEL)
    style = Style(7, ink, halo=theme.couleurs.papier)
    write(ax, (text,), left + length / 2, y + 6.5, style, LEVEL)
    x = box[2] - 6
    half = [(x, y + 14), (x, y + 2.5), (x - 3.4, y)]
    fill(ax, shapely.Polygon(half), ink, LEVEL, edge=ink, width=0.5)
    fill(ax, shapely.Polygon([(2 * x - px, py) for px, py in half]), theme.couleurs.papier, LEVEL, edge=ink, width=0.5)
    write(ax, ('N',), x, y + 18.5, Style(7, ink, weight=700, halo=theme.couleurs.papier), LEVEL)
