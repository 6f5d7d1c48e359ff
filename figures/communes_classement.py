"""The fifty communes ranked by change of population: those that gain on the left, the others on the right.

Why code: two panels on one scale, with a name, a stem and two figures a row, are beyond the declared types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pasbuild.data import Dataset, RowMap, format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from pasbuild.theme import Theme

MM = 25.4
ROW = 3.7
"""Height of a row, in millimetres."""
HEAD = 9.0
"""Height of the panels' headings, in millimetres."""
NAME, STEM, LABEL = 32.0, 23.0, 25.0
"""Widths of the three parts of a panel (name, stem, figures), in millimetres."""


def dessiner(figure: Figure, donnees: Mapping[str, Dataset], theme: Theme) -> None:
    """Draw the two panels. Needs the columns ``nom``, ``evolution`` (in %) and ``ecart`` (inhabitants) of ``communes``."""
    width, height = (side * MM for side in figure.get_size_inches())
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    ranked = sorted(donnees['communes'].rows, key=lambda row: (-_number(row, 'evolution'), str(row['nom'])))
    gains = [row for row in ranked if _number(row, 'ecart') > 0]
    losses = [row for row in reversed(ranked) if _number(row, 'ecart') <= 0]
    longest = max(abs(_number(row, 'evolution')) for row in ranked)
    strong, weak = theme.palettes.divergente[-1], theme.palettes.divergente[0]
    _panel(axes, 0, gains, f"{len(gains)} communes gagnent des habitants", strong, longest, theme)
    _panel(axes, width - NAME - STEM - LABEL, losses, f"{len(losses)} communes en perdent", weak, longest, theme)


def _number(row: RowMap, column: str) -> float:
    return float(str(row[column]))


def _panel(axes: Axes, left: float, rows: list[RowMap], title: str, colour: str, longest: float, theme: Theme) -> None:
    size, muted = theme.polices.figure, theme.couleurs.discret
    zero = left + NAME
    axes.text(left, 3, title, size=size + 1, weight='bold', color=colour, va='center')
    axes.plot([zero, zero], [HEAD - 1, HEAD + ROW * len(rows)], color=theme.couleurs.filet, linewidth=0.7)
    for index, row in enumerate(rows):
        middle = HEAD + ROW * (index + 0.5)
        change = _number(row, 'evolution')
        end = zero + STEM * abs(change) / longest
        axes.text(zero - 2, middle, str(row['nom']), size=size - 0.6, ha='right', va='center_baseline')
        axes.plot([zero, end], [middle, middle], color=colour, linewidth=1.1, alpha=0.55)
        axes.plot([end], [middle], marker='o', markersize=4.2, color=colour)
        percent = format_number(change, 1, '%', sign=True)
        axes.text(end + 1.8, middle, percent, size=size - 0.6, weight='bold', color=colour, va='center_baseline')
        people = format_number(_number(row, 'ecart'), 0, sign=True)
        right = left + NAME + STEM + LABEL
        axes.text(right, middle, people, size=size - 0.6, color=muted, ha='right', va='center_baseline')
