"""A sheet in millimetres on which figures are laid out: text that is measured and wrapped, labels that do not collide.

Why: nothing may be clipped or overlap in a printed plan, whatever the words and numbers. matplotlib places labels first and
measures them when it is too late; here every word is measured (same font file as the reader sees) before it is placed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, floor, log10, nan
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.textpath import text_to_path

from pasbuild.data import format_number
from pasbuild.drawing import MM, FigureError
from pasbuild.theme import Theme

POINT = MM / 72
"""Millimetres in a typographic point."""
LEADING = 1.22
"""Distance between two baselines, in type sizes."""
MARKERS = ('o', 's', '^', 'D', 'v', 'P')
"""Shapes of the points of the first, second… series: colour is never the only difference."""
GAP = 1.8
"""Space between a mark and its label, in millimetres."""
SMALL = 7.2
"""Type size of what comes second: units, reference lines. Nothing is smaller than 7 points."""
DASHES = (0, (4, 2.5))
"""Pattern of a reference line."""


# --- measures ---------------------------------------------------------------------------------------------------------


@cache
def text_width(text: str, size: float, weight: int = 400) -> float:
    """Return the width in millimetres of one line of Lato; to be called within ``drawing.styled``."""
    font = FontProperties(family='Lato', size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) * POINT


def block_height(lines: int, size: float) -> float:
    """Return the height in millimetres of ``lines`` lines of text."""
    return lines * size * LEADING * POINT


def wrap(text: str, width: float, size: float, weight: int = 400) -> tuple[str, ...]:
    """Break ``text`` at its spaces, at need after its hyphens, into lines of at most ``width`` millimetres.

    No-break spaces hold; a piece longer than a line stays whole: callers that cannot afford it measure the result.
    """
    lines: list[str] = []
    for word in text.split(' '):
        if lines and text_width(f'{lines[-1]} {word}', size, weight) <= width:
            lines[-1] += f' {word}'
        else:
            lines += _break_word(word, width, size, weight)
    return tuple(lines)


def _break_word(word: str, width: float, size: float, weight: int) -> list[str]:
    """Break a word too long for the line after its hyphens (Boulogne- / sur-Mer)."""
    lines: list[str] = []
    for piece in re.split(r'(?<=-)', word):
        if lines and text_width(lines[-1] + piece, size, weight) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    return lines


def widest(texts: Sequence[str], size: float, weight: int = 400) -> float:
    """Return the width of the widest of ``texts``, in millimetres (0 without text)."""
    return max((text_width(text, size, weight) for text in texts), default=0.0)


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    """Move labels as little as possible so that none overlap: centres in, centres out, same order as given.

    ``sizes`` are their extents along the axis, ``low`` and ``high`` the room they may use. Overlapping neighbours are
    merged into groups that move together (pool adjacent violators). More labels than room overflow at ``high``.
    """
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    groups: list[tuple[float, float, list[int]]] = []  # start, extent, members
    for index in order:
        start, extent, members = wanted[index] - sizes[index] / 2, sizes[index], [index]
        start = _within(start, extent, low, high)
        while groups and groups[-1][0] + groups[-1][1] > start:
            before, length, others = groups.pop()
            weight = len(others) / (len(others) + len(members))
            start = weight * before + (1 - weight) * (start - length)
            extent, members = extent + length, others + members
            start = _within(start, extent, low, high)
        groups.append((start, extent, members))
    centres = dict[int, float]()
    for start, _, members in groups:
        edge = start
        for index in members:
            centres[index] = edge + sizes[index] / 2
            edge += sizes[index]
    return tuple(centres[index] for index in range(len(wanted)))


def _within(start: float, extent: float, low: float, high: float) -> float:
    return max(low, min(start, high - extent))


# --- scales -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to millimetres: ``low`` falls on ``start``, ``high`` on ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where a value falls, in millimetres; ``start`` when the scale has one value only."""
        return self.start + (value - self.low) / ((self.high - self.low) or 1) * (self.end - self.start)


def ticks(low: float, high: float, wanted: int = 4) -> tuple[float, ...]:
    """Return round values (steps of 1, 2, 2.5 or 5) that cover ``low`` to ``high`` in about ``wanted`` steps."""
    span = (high - low) or abs(high) or 1.0
    unit = 10.0 ** floor(log10(span / wanted))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit * wanted >= span * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return tuple(round(index * step, 10) for index in range(first, last + 1))


# --- colour -----------------------------------------------------------------------------------------------------------


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _channels(colour))
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, 1 to 21)."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(first: str, second: str, part: float) -> str:
    """Return the colour ``part`` of the way from ``first`` to ``second``."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return '#' + ''.join(f'{round(255 * (one + (other - one) * part)):02X}' for one, other in pairs)


def readable(colour: str, paper: str) -> str:
    """Return ``colour`` darkened until text of that colour reaches a contrast of 4.5 on ``paper``."""
    while contrast(colour, paper) < 4.5:
        colour = '#' + ''.join(f'{int(part * 255 * 0.94):02X}' for part in _channels(colour))
    return colour


# --- the sheet --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure to draw on, in millimetres from its lower left corner. Nothing is clipped: callers measure first."""

    axes: Axes
    theme: Theme
    width: float
    height: float

    def colours(self, count: int) -> tuple[str, ...]:
        """Return one colour for each series. Raises ``FigureError`` beyond what a reader can tell apart."""
        palette = self.theme.palettes.categories
        if count > len(palette):
            raise FigureError(f"{count} séries\u00a0: {len(palette)} au plus se distinguent sur une même figure.")
        return palette[:count]

    def on(self, ground: str) -> str:
        """Return the colour of text written on ``ground``: paper or ink, whichever reads better."""
        return max((self.theme.couleurs.papier, self.theme.couleurs.encre), key=lambda ink: contrast(ink, ground))

    def require(self, height: float) -> None:
        """Raise ``FigureError`` when a figure needs more than the height it was given: nothing may overlap."""
        if height > self.height + 0.05:
            needed, given = format_number(ceil(height)), format_number(self.height, 0)
            raise FigureError(f"Hauteur insuffisante\u00a0: {given}\u00a0mm donnés, {needed}\u00a0mm nécessaires.")

    def text(
        self,
        x: float,
        y: float,
        lines: str | Sequence[str],
        *,
        size: float | None = None,
        weight: int = 400,
        colour: str | None = None,
        ha: str = 'left',
        va: str = 'middle',
        ground: bool = False,
    ) -> None:
        """Write lines of text: ``va`` centres the block on ``y``, hangs it there (``top``) or stands it (``bottom``).

        ``ground`` puts paper under the words, where a line may pass.
        """
        rows = (lines,) if isinstance(lines, str) else tuple(lines)
        size = size or self.theme.polices.figure
        step = block_height(1, size)
        above = {'top': 0.0, 'bottom': step * len(rows)}.get(va, step * len(rows) / 2)
        if ground:
            width, tall = widest(rows, size, weight) + 0.8, step * len(rows)
            left = x - {'left': 0.4, 'center': width / 2, 'right': width - 0.4}[ha]
            # above lines (2), under text (3)
            self.box(left, y + above - tall + 0.3, width, tall - 0.6, self.theme.couleurs.papier, zorder=2.5)
        for index, row in enumerate(rows):
            # Lato's capitals are 0.72 of the size high: a line's box holds them centred.
            baseline = y + above - step * (index + 0.5) - 0.36 * size * POINT
            self.axes.text(
                x,
                baseline,
                row,
                size=size,
                weight=weight,
                color=colour or self.theme.couleurs.encre,
                ha=ha,
                va='baseline',
            )

    def line(self, xs: Sequence[float], ys: Sequence[float], colour: str, width: float = 0.6, **style: Any) -> None:
        """Draw a broken line; ``width`` in points, ``style`` as for ``Line2D``."""
        self.axes.add_line(Line2D(xs, ys, color=colour, linewidth=width, clip_on=False, **style))

    def box(self, x: float, y: float, width: float, height: float, colour: str, **style: Any) -> None:
        """Fill a rectangle, without border unless ``style`` gives one."""
        style = {'linewidth': 0, **style}
        self.axes.add_patch(Rectangle((x, y), width, height, facecolor=colour, clip_on=False, **style))

    def area(self, points: Sequence[tuple[float, float]], colour: str, **style: Any) -> None:
        """Fill a polygon."""
        self.axes.add_patch(Polygon(list(points), facecolor=colour, clip_on=False, **{'linewidth': 0, **style}))

    def point(self, x: float, y: float, colour: str, marker: str = 'o', size: float = 4.2, **style: Any) -> None:
        """Draw a point ``size`` points wide, ringed in the colour of the paper."""
        ring = {'markeredgecolor': self.theme.couleurs.papier, 'markeredgewidth': 0.7, **style}
        self.line([x], [y], colour, marker=marker, markersize=size, linestyle='none', **ring)

    def hatch(self, x: float, y: float, width: float, height: float, colour: str, gap: float = 2.2) -> None:
        """Hatch a rectangle with real lines at 45 degrees: SVG patterns are not drawn alike everywhere."""
        xs: list[float] = []
        ys: list[float] = []
        for step in range(1, ceil((width + height) / gap)):
            offset = step * gap
            xs += (x + min(offset, width), x + max(0.0, offset - height), nan)
            ys += (y + max(0.0, offset - width), y + min(offset, height), nan)
        self.line(xs, ys, colour, 0.5, solid_capstyle='butt')

    def missing(self, x: float, y: float, text: str, size: float) -> None:
        """Write ``text`` centred on its "à renseigner" ground, as everywhere in the document."""
        colours = self.theme.couleurs
        width, height = text_width(text, size, 700) + 2.4, block_height(1, size) + 0.8
        self.box(x - width / 2, y - height / 2, width, height, colours.a_renseigner)
        under = y - height / 2
        self.line(
            (x - width / 2, x + width / 2), (under, under), colours.a_renseigner_trait, 0.8, linestyle=(0, (3, 2))
        )
        self.text(x, y, text, size=size, weight=700, ha='center')


def lay_sheet(figure: Figure, theme: Theme) -> Sheet:
    """Cover ``figure`` with a sheet of its own size."""
    width, height = (float(inches) * MM for inches in figure.get_size_inches())
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_axis_off()
    return Sheet(axes, theme, width, height)
