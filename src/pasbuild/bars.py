"""Bars, upright or lying, grouped or stacked.

Values stand on the bars. Where all of them are written there is no axis to read them against, and none is drawn; where
they do not fit, a light grid takes their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pasbuild.curves import Frame, draw_grid, draw_reference, draw_unit, tick_gutter
from pasbuild.data import format_number
from pasbuild.drawing import FigureError
from pasbuild.figures import Barres, Repere
from pasbuild.series import MISSING, Plotted
from pasbuild.sheet import (
    DASHES,
    SMALL,
    Scale,
    Sheet,
    block_height,
    mix,
    text_width,
    ticks,
    widest,
    wrap,
)
from pasbuild.typography import typeset


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar or segment: row, place in its group, from which value to which, text (empty: a gap) and colour."""

    row: int
    place: int
    start: float
    end: float
    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How bars follow one another along their axis: ``slot`` a row, ``groups`` bars of ``thick`` in it, in millimetres."""

    start: float
    slot: float
    groups: int
    thick: float

    def middle(self, row: int, place: int = 0) -> float:
        """Return the middle of a bar, from the start of the axis."""
        shift = (place - (self.groups - 1) / 2) * self.thick if self.groups > 1 else 0.0
        return self.start + (row + 0.5) * self.slot + shift


def draw_bars(sheet: Sheet, spec: Barres, plotted: Plotted) -> None:
    """Draw bars; a missing value leaves its place empty, marked « n. d. »."""
    stacked = spec.disposition == 'empilees' and len(plotted.series) > 1
    bars = _stack(sheet, plotted) if stacked else _group(sheet, spec, plotted)
    totals = _totals(plotted) if stacked else ()
    if spec.sens == 'verticales':
        _draw_upright(sheet, spec, plotted, bars, totals, stacked)
    else:
        _draw_lying(sheet, spec, plotted, bars, totals, stacked)


def _group(sheet: Sheet, spec: Barres, plotted: Plotted) -> list[Bar]:
    palette, chosen = sheet.colours(len(plotted.series)), {typeset(label) for label in spec.accentuer}
    grey = mix(sheet.theme.couleurs.discret, sheet.theme.couleurs.filet, 0.55)
    absent = sorted(chosen - set(plotted.labels))
    if absent:
        raise FigureError(f"« accentuer » nomme « {absent[0]} », qui n’est pas dans les données.")
    bars = []
    for place, series in enumerate(plotted.series):
        for row, (value, text) in enumerate(zip(series.values, series.texts, strict=True)):
            colour = palette[place] if not chosen or plotted.labels[row] in chosen else grey
            bars.append(Bar(row, place, 0.0, value or 0.0, text if value is not None else '', colour))
    return bars


def _stack(sheet: Sheet, plotted: Plotted) -> list[Bar]:
    if min(plotted.numbers) < 0:
        raise FigureError("Des valeurs négatives ne peuvent pas s’empiler.")
    palette, bars = sheet.colours(len(plotted.series)), []
    for row in range(len(plotted.labels)):
        base = 0.0
        for place, series in enumerate(plotted.series):
            value = series.values[row]
            if value is not None:
                bars.append(Bar(row, place, base, base + value, series.texts[row], palette[place]))
                base += value
    return bars


def _totals(plotted: Plotted) -> tuple[str, ...]:
    """Return the printed sum of each stack: empty where a value is missing; none for percentages."""
    if plotted.series[0].unit == '%':
        return ()
    columns = zip(*(series.values for series in plotted.series), strict=True)
    return tuple('' if None in column else format_number(round(sum(v or 0 for v in column), 6)) for column in columns)


def _extremes(bars: Sequence[Bar], reperes: Sequence[Repere]) -> tuple[float, float]:
    values = [0.0, *(bar.end for bar in bars), *(repere.valeur for repere in reperes)]
    return min(values), max(values)


def draw_legend(sheet: Sheet, names: Sequence[str], palette: Sequence[str], top: float) -> float:
    """Write the names of the series in lines from ``top`` down, each after its square; return where they end."""
    size, x = sheet.theme.polices.figure, 0.0
    step = block_height(1, size) + 0.6
    for name, colour in zip(names, palette, strict=True):
        room = 3.6 + text_width(name, size, 600)
        if x and x + room > sheet.width:
            x, top = 0.0, top - step
        sheet.box(x, top - step / 2 - 1.2, 2.4, 2.4, colour)
        sheet.text(x + 3.6, top - step / 2, name, weight=600)
        x += room + 5
    return top - step - 1.2


def _legend(sheet: Sheet, plotted: Plotted) -> float:
    """Draw the legend if there is more than one series; return the height left under it, in millimetres."""
    if len(plotted.series) == 1:
        return sheet.height
    names = [series.name for series in plotted.series]
    return draw_legend(sheet, names, sheet.colours(len(names)), sheet.height)


def _draw_gap(sheet: Sheet, x: float, y: float, ha: str) -> None:
    sheet.text(x, y, MISSING, size=SMALL, colour=sheet.theme.couleurs.discret, ha=ha)


# --- upright ----------------------------------------------------------------------------------------------------------


def _draw_upright(
    sheet: Sheet, spec: Barres, plotted: Plotted, bars: Sequence[Bar], totals: Sequence[str], stacked: bool
) -> None:
    size, groups = sheet.theme.polices.figure, 1 if stacked else len(plotted.series)
    top, (low, high) = _legend(sheet, plotted), _extremes(bars, spec.reperes)
    rhythm = _rhythm(sheet, 0.0, sheet.width, len(plotted.labels), groups)
    written = stacked or all(text_width(bar.text, size) <= rhythm.thick * (1.0 if groups > 1 else 1.3) for bar in bars)
    grid = () if written else ticks(low, high, max(2, round(sheet.height / 17)))
    if grid:
        low, high = grid[0], grid[-1]
        rhythm = _rhythm(sheet, tick_gutter(sheet, grid), sheet.width, len(plotted.labels), groups)
    labels = [wrap(label, rhythm.slot - 1.2, size) for label in plotted.labels]
    room = block_height(1, size) + 0.8
    bottom = block_height(max(map(len, labels)), size) + 1.6
    head = top - room - (room if plotted.series[0].unit and not stacked and grid else 0)
    frame = Frame(Scale(0, 1, rhythm.start, sheet.width), Scale(low, high, bottom + (room if low < 0 else 0), head))
    sheet.require(bottom + (sheet.height - head) + 18)
    if grid:
        draw_unit(sheet, plotted.series[0].unit, cut=False, top=top)
        draw_grid(sheet, frame, grid)
    for row, lines in enumerate(labels):
        sheet.text(rhythm.middle(row), bottom - 1.4, lines, ha='center', va='top')
    for bar in bars:
        _draw_upright_bar(sheet, frame, rhythm, bar, written=written, stacked=stacked)
    for row, total in enumerate(totals):
        y = frame.y(max((bar.end for bar in bars if bar.row == row), default=0.0))
        sheet.text(rhythm.middle(row), y + 0.5, total, weight=700, ha='center', va='bottom')
    sheet.line((rhythm.start, sheet.width), (frame.y(0), frame.y(0)), sheet.theme.couleurs.discret, 0.7)
    marks = [(rhythm.middle(bar.row, bar.place), frame.y(bar.end)) for bar in bars]
    for repere in spec.reperes:
        draw_reference(sheet, frame, repere, marks, plotted.series[0].unit)


def _rhythm(sheet: Sheet, start: float, end: float, rows: int, groups: int) -> Rhythm:
    slot = (end - start) / rows
    return Rhythm(start, slot, groups, min(16.0, slot * 0.72) if groups == 1 else min(11.0, slot * 0.84 / groups))


def _draw_upright_bar(sheet: Sheet, frame: Frame, rhythm: Rhythm, bar: Bar, *, written: bool, stacked: bool) -> None:
    x, size = rhythm.middle(bar.row, bar.place), sheet.theme.polices.figure
    start, end = frame.y(bar.start), frame.y(bar.end)
    if not bar.text:
        _draw_gap(sheet, x, start + 2, 'center')
        return
    width = rhythm.thick - (0.5 if rhythm.groups > 1 else 0)
    sheet.box(x - width / 2, min(start, end), width, abs(end - start) - (0.25 if stacked else 0), bar.colour)
    if stacked:
        if end - start >= block_height(1, SMALL) and text_width(bar.text, SMALL) < width - 0.6:
            sheet.text(x, (start + end) / 2, bar.text, size=SMALL, ha='center', colour=sheet.on(bar.colour))
    elif written:
        above = bar.end >= 0
        y = end + 0.5 if above else end - 0.5
        sheet.text(x, y, bar.text, size=size, weight=600, ha='center', va='bottom' if above else 'top')


# --- lying ------------------------------------------------------------------------------------------------------------


def _draw_lying(
    sheet: Sheet, spec: Barres, plotted: Plotted, bars: Sequence[Bar], totals: Sequence[str], stacked: bool
) -> None:
    size, groups = sheet.theme.polices.figure, 1 if stacked else len(plotted.series)
    labels = [wrap(label, sheet.width * 0.36, size) for label in plotted.labels]
    left = widest([line for lines in labels for line in lines], size) + 2
    texts = list(totals) if stacked else [bar.text for bar in bars]
    room = widest(texts, size, 600) + 1.6
    low, high = _extremes(bars, spec.reperes)
    top = _legend(sheet, plotted) - (_reference_room(sheet, spec.reperes) if spec.reperes else 0)
    tallest = max(block_height(max(map(len, labels)), size) + 0.8, groups * (block_height(1, size) if groups > 1 else 3))
    sheet.require(sheet.height - top + tallest * len(labels))
    slot = top / len(labels)
    rhythm = Rhythm(0.0, slot, groups, min(7.0, slot * 0.66) if groups == 1 else min(6.0, slot * 0.84 / groups))
    x = Scale(low, high, left + (room if low < 0 else 0), sheet.width - room)
    for row, lines in enumerate(labels):
        sheet.text(left - 2, top - rhythm.middle(row), lines, ha='right')
    for bar in bars:
        _draw_lying_bar(sheet, x, top - rhythm.middle(bar.row, bar.place), rhythm, bar, stacked=stacked)
    for row, total in enumerate(totals):
        end = max((bar.end for bar in bars if bar.row == row), default=0.0)
        sheet.text(x(end) + 0.9, top - rhythm.middle(row), total, weight=600)
    sheet.line((x(0), x(0)), (0, top), sheet.theme.couleurs.discret, 0.7)
    for repere in spec.reperes:
        _draw_upright_reference(sheet, x, top, repere, plotted.series[0].unit)


def _draw_lying_bar(sheet: Sheet, x: Scale, y: float, rhythm: Rhythm, bar: Bar, *, stacked: bool) -> None:
    start, end = x(bar.start), x(bar.end)
    if not bar.text:
        _draw_gap(sheet, start + 0.9, y, 'left')
        return
    height = rhythm.thick - (0.4 if rhythm.groups > 1 else 0)
    sheet.box(min(start, end), y - height / 2, abs(end - start) - (0.25 if stacked else 0), height, bar.colour)
    if stacked:
        if end - start > text_width(bar.text, SMALL) + 1.2:
            sheet.text((start + end) / 2, y, bar.text, size=SMALL, ha='center', colour=sheet.on(bar.colour))
    else:
        sheet.text(end + (0.9 if bar.end >= 0 else -0.9), y, bar.text, weight=600, ha='left' if bar.end >= 0 else 'right')


def _reference_room(sheet: Sheet, reperes: Sequence[Repere]) -> float:
    return block_height(len(reperes), SMALL) + 1.2


def _draw_upright_reference(sheet: Sheet, x: Scale, top: float, repere: Repere, unit: str) -> None:
    """Draw a vertical reference line across lying bars, its words above, on the side where they fit."""
    place, value = x(repere.valeur), format_number(repere.valeur, unit=unit)
    text = typeset(f'{repere.texte} : {value}')
    sheet.line((place, place), (0, top + 0.6), sheet.theme.couleurs.encre, 0.8, linestyle=DASHES)
    width = text_width(text, SMALL)
    left = max(0.0, min(place - width / 2, sheet.width - width))
    sheet.text(left, top + 1, text, size=SMALL, va='bottom')
