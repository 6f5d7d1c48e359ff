"""The drawing of a procedure: the steps from top to bottom, and above them, for a whole procedure, their place in time.

Why both: a list reads without effort and its labels never collide, but ten years and two weeks are the same in it; the
ruler above shows the years at their true length. Done, undated and to come differ by shape, not by colour alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from matplotlib.patches import Circle

from pasbuild.figures import Etape, Frise
from pasbuild.series import TO_SUPPLY, step_date
from pasbuild.sheet import SMALL, Scale, Sheet, block_height, spread, text_width, widest, wrap
from pasbuild.theme import Theme
from pasbuild.typography import typeset

RADIUS = 2.1
"""Of a numbered step, in millimetres; a step without number has ``DOT``."""
DOT = 1.35
SPOT = 2 * RADIUS + 0.5
"""Room of a numbered step on the ruler."""
RULER = 16.5
"""Height of the ruler of years."""
INSET = 3.8
"""Room for half the name of the first and last years."""
DASHED = (0, (2, 1.6))


@dataclass(frozen=True, slots=True)
class Row:
    """One step as printed: its rank from 1 (0: not numbered), date, words and the smaller words under them, height."""

    step: Etape
    rank: int
    date: str
    words: tuple[str, ...]
    notes: tuple[str, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rows, the place of the spine, and the height of it all in millimetres; ``ruler``: 0 when there is none."""

    rows: tuple[Row, ...]
    axis: float
    ruler: float

    @property
    def height(self) -> float:
        """Height the drawing needs."""
        return self.ruler + sum(row.height for row in self.rows)


def lay_timeline(spec: Frise, width: float, theme: Theme) -> Timeline:
    """Return the layout of a timeline ``width`` wide; to be called within ``drawing.styled``.

    Steps written by hand: those without date come last. A procedure keeps its order, is numbered, and has a ruler when two
    dates at least can be placed on it.
    """
    steps = spec.etapes
    if not spec.depuis:
        steps = tuple(sorted(steps, key=lambda step: not step.date))
    size, dates = theme.polices.figure, [step_date(step) for step in steps]
    axis = widest(dates, size, 700) + 4 + RADIUS + 1.6
    ruler = RULER if spec.depuis and _placeable(steps, width) else 0.0
    rows, rank = [], 0
    for step, date in zip(steps, dates, strict=True):
        words = wrap(typeset(step.texte), width - axis - 6, size, 700 if step.etat else 400)
        notes = wrap(typeset(step.precision), width - axis - 6, SMALL) if step.precision else ()
        rank += not step.etat
        height = block_height(len(words), size) + block_height(len(notes), SMALL) + 2.2
        number = rank if ruler and not step.etat else 0
        rows.append(Row(step, number, date, words, notes, max(height, 2 * RADIUS + 1.6) if ruler else height))
    return Timeline(tuple(rows), axis, ruler)


def _placeable(steps: Sequence[Etape], width: float) -> bool:
    """Tell whether a ruler says something (two dates at least) and has room for its marks."""
    years = [year for step in steps if (year := _year(step.date)) is not None]
    return len(set(years)) > 1 and len(years) * SPOT + 1.2 <= width


def draw_timeline(sheet: Sheet, timeline: Timeline) -> None:
    """Draw the ruler if there is one, then the steps: date, mark on the spine, words."""
    rows = timeline.rows
    sheet.require(timeline.height)
    spare, top, middles = (sheet.height - timeline.height) / len(rows), sheet.height - timeline.ruler, []
    for row in rows:
        middles.append(top - (row.height + spare) / 2)
        top -= row.height + spare
    if timeline.ruler:
        _draw_ruler(sheet, rows)
    _draw_spine(sheet, rows, timeline.axis, middles)
    for row, y in zip(rows, middles, strict=True):
        _draw_row(sheet, row, timeline.axis, y)


def _passed(step: Etape) -> bool:
    return step.fait and (step.date is not None or bool(step.quand))


def _draw_spine(sheet: Sheet, rows: Sequence[Row], axis: float, middles: Sequence[float]) -> None:
    """Draw the line of time: full between steps that have taken place, dotted to those to come or undated."""
    colour = sheet.theme.couleurs.discret
    for index in range(1, len(rows)):
        style: dict[str, Any] = {}
        if not _passed(rows[index].step):
            style = {'linestyle': (0, (1, 2.2)), 'dash_capstyle': 'round'}
        sheet.line((axis, axis), (middles[index - 1], middles[index]), colour, 1.1, **style)


def _draw_row(sheet: Sheet, row: Row, axis: float, y: float) -> None:
    couleurs, size, step = sheet.theme.couleurs, sheet.theme.polices.figure, row.step
    muted = couleurs.encre if _passed(step) else couleurs.discret
    right = axis - RADIUS - 1.6
    if step.etat:
        sheet.box(0, y - row.height / 2 + 0.2, sheet.width, row.height - 0.4, couleurs.sable, zorder=0.3)
    if step.date is None and not step.quand:
        sheet.missing(right - text_width(row.date, size, 700) / 2 - 1.2, y, TO_SUPPLY, size)
    else:
        sheet.text(right, y, row.date, weight=700, ha='right', colour=muted)
    _draw_mark(sheet, step, row.rank, axis, y)
    tall = block_height(len(row.words), size) + block_height(len(row.notes), SMALL)
    left, top = axis + RADIUS + 2, y + tall / 2
    sheet.text(left, top, row.words, weight=700 if step.etat else 400, colour=muted, va='top')
    under = top - block_height(len(row.words), size)
    sheet.text(left, under, row.notes, size=SMALL, colour=couleurs.discret, va='top')


def _draw_mark(sheet: Sheet, step: Etape, rank: int, x: float, y: float) -> None:
    """Draw a step: full disc when done, dashed when its date is missing, ring when to come, diamond for the present state."""
    couleurs, strong = sheet.theme.couleurs, sheet.theme.palettes.categories[0]
    if step.etat:
        sheet.point(x, y, couleurs.encre, 'D', 7.0)
        return
    fill, edge = strong, strong
    style: Any = 'solid'
    if step.date is None and not step.quand:
        fill, edge, style = couleurs.a_renseigner, couleurs.a_renseigner_trait, DASHED
    elif not step.fait:
        fill, edge = couleurs.papier, couleurs.discret if step.date is None else strong
    size = RADIUS if rank else DOT
    disc = Circle(
        (x, y), size, facecolor=fill, edgecolor=edge, linewidth=1.0, linestyle=style, zorder=2.6, clip_on=False
    )
    sheet.axes.add_patch(disc)
    if rank:
        sheet.text(x, y, str(rank), size=SMALL, weight=700, ha='center', colour=sheet.on(fill))


# --- the ruler --------------------------------------------------------------------------------------------------------


def _year(date: str | None) -> float | None:
    """Return the first day of "2023-03-13", "2023-03" or "2023" in years; None for anything else."""
    if not date:
        return None
    try:
        day = dt.date.fromisoformat(f'{date}-01-01'[:10])
    except ValueError:
        return None
    return day.year + (day.timetuple().tm_yday - 1) / 366


def _draw_ruler(sheet: Sheet, rows: Sequence[Row]) -> None:
    """Draw the years in proportion, and above them the marks of the dated steps, moved apart and tied to their day."""
    placed = [(row, year) for row in rows if (year := _year(row.step.date)) is not None]
    years = [year for _, year in placed]
    scale = Scale(int(min(years)), int(max(years)) + 1, INSET, sheet.width - INSET)
    line, muted = sheet.height - 9.4, sheet.theme.couleurs.discret
    sheet.line((scale.start, scale.end), (line, line), muted, 1.1)
    _draw_years(sheet, scale, line)
    spots = spread([scale(year) for year in years], [SPOT] * len(placed), 0.6, sheet.width - 0.6)
    y = sheet.height - RADIUS - 0.4
    for (row, year), spot in zip(placed, spots, strict=True):
        sheet.line((scale(year), scale(year), spot), (line, line + 1.4, y - RADIUS), muted, 0.7)
        _draw_mark(sheet, row.step, row.rank, spot, y)


def _draw_years(sheet: Sheet, scale: Scale, line: float) -> None:
    low, high = int(scale.low), int(scale.high)
    room = (scale.end - scale.start) / (high - low)
    least = ceil((text_width('2000', SMALL) + 2) / room)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if step >= least)
    for year in range(low, high + 1):
        named = year % step == 0
        sheet.line(
            (scale(year), scale(year)), (line, line - (1.5 if named else 0.8)), sheet.theme.couleurs.discret, 0.6
        )
        if named:
            sheet.text(scale(year), line - 1.8, str(year), size=SMALL, ha='center', va='top')
