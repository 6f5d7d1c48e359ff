"""Bars, upright or lying, grouped or stacked.

Values stand on the bars. Where all of them are written there is no axis to read them against, and none is drawn; where
they do not fit, a light grid takes their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pasbuild.curves import (
    Frame,
    draw_end_labels,
    draw_grid,
    draw_references,
    draw_unit,
    end_gutter,
    reference_words,
    tick_gutter,
)
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
    spread,
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

    def centre(self, row: int) -> float:
        """Return the middle of a row, along the axis."""
        return self.start + (row + 0.5) * self.slot

    def middle(self, bar: Bar) -> float:
        """Return the middle of a bar, along the axis: that of its row when bars are not side by side."""
        return self.centre(bar.row) + ((bar.place - (self.groups - 1) / 2) * self.thick if self.groups > 1 else 0.0)


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


def _extent(start: float, end: float, *, stacked: bool) -> float:
    """Return the length drawn for a bar: segments leave a hair of paper between them, but the smallest still shows."""
    return max(abs(end - start) - 0.25, 0.2) if stacked else abs(end - start)


def _draw_gap(sheet: Sheet, x: float, y: float, ha: str) -> None:
    sheet.text(x, y, MISSING, size=SMALL, colour=sheet.theme.couleurs.discret, ha=ha)


# --- upright ----------------------------------------------------------------------------------------------------------


def _draw_upright(
    sheet: Sheet, spec: Barres, plotted: Plotted, bars: Sequence[Bar], totals: Sequence[str], stacked: bool
) -> None:
    unit, groups = plotted.series[0].unit, 1 if stacked else len(plotted.series)
    room, top, (low, high) = (
        block_height(1, sheet.theme.polices.figure) + 0.8,
        _legend(sheet, plotted),
        _extremes(bars, spec.reperes),
    )
    texts = [text for repere in spec.reperes for text in _flat(reference_words(sheet, repere, unit))]
    end = sheet.width - (end_gutter(sheet, texts) if texts else 0)
    rhythm = _rhythm(0.0, end, len(plotted.labels), groups)
    written = stacked or _fits(sheet, rhythm, bars)
    grid = () if written else ticks(low, high, max(2, round(sheet.height / 17)))
    if grid:
        low, high = grid[0], grid[-1]
        rhythm = _rhythm(tick_gutter(sheet, grid), end, len(plotted.labels), groups)
    bottom = _label_rows(sheet, plotted, rhythm)
    head = top - room - (room if unit not in ('', '%') else 0)
    frame = Frame(Scale(0, 1, rhythm.start, end), Scale(low, high, bottom + (room if low < 0 else 0), head))
    sheet.require(bottom + (sheet.height - head) + 18)
    draw_unit(sheet, unit if grid or unit != '%' else '', cut=False, top=top)
    draw_grid(sheet, frame, grid)
    labels = draw_references(sheet, frame, spec.reperes, unit)
    for bar in bars:
        _draw_upright_bar(sheet, frame, rhythm, bar, written=written, stacked=stacked)
    for row, total in enumerate(totals):
        y = frame.y(max((bar.end for bar in bars if bar.row == row), default=0.0))
        sheet.text(rhythm.centre(row), y + 0.5, total, weight=700, ha='center', va='bottom', ground=bool(labels))
    sheet.line((rhythm.start, end), (frame.y(0), frame.y(0)), sheet.theme.couleurs.discret, 0.7)
    draw_end_labels(sheet, frame, labels)


def _flat(words: tuple[tuple[str, ...], str]) -> tuple[str, ...]:
    return (*words[0], words[1])


def _rhythm(start: float, end: float, rows: int, groups: int) -> Rhythm:
    slot = (end - start) / rows
    return Rhythm(start, slot, groups, min(16.0, slot * 0.72) if groups == 1 else min(11.0, slot * 0.84 / groups))


def _fits(sheet: Sheet, rhythm: Rhythm, bars: Sequence[Bar]) -> bool:
    """Return whether every value can be written above its bar without touching the next."""
    room = rhythm.thick if rhythm.groups > 1 else rhythm.slot - 1
    return all(text_width(bar.text, sheet.theme.polices.figure, 600) <= room for bar in bars)


def _label_rows(sheet: Sheet, plotted: Plotted, rhythm: Rhythm) -> float:
    """Write the labels of upright bars at the foot of the sheet; return the height they take, in millimetres."""
    size = sheet.theme.polices.figure
    labels = [wrap(label, rhythm.slot - 1.2, size) for label in plotted.labels]
    if widest([line for lines in labels for line in lines], size) > rhythm.slot - 0.6:
        raise FigureError("Les libellés ne tiennent pas sous les barres : écrivez « sens: horizontales ».")
    bottom = block_height(max(map(len, labels)), size) + 1.6
    for row, lines in enumerate(labels):
        sheet.text(rhythm.centre(row), bottom - 1.4, lines, ha='center', va='top')
    return bottom


def _draw_upright_bar(sheet: Sheet, frame: Frame, rhythm: Rhythm, bar: Bar, *, written: bool, stacked: bool) -> None:
    x = rhythm.middle(bar)
    start, end = frame.y(bar.start), frame.y(bar.end)
    if not bar.text:
        _draw_gap(sheet, x, start + 2, 'center')
        return
    width = rhythm.thick - (0.5 if rhythm.groups > 1 else 0)
    sheet.box(x - width / 2, min(start, end), width, _extent(start, end, stacked=stacked), bar.colour)
    if stacked:
        if end - start >= block_height(1, SMALL) and text_width(bar.text, SMALL) < width - 0.6:
            sheet.text(x, (start + end) / 2, bar.text, size=SMALL, ha='center', colour=sheet.on(bar.colour))
    elif written:
        above = bar.end >= 0
        y = end + 0.5 if above else end - 0.5
        sheet.text(x, y, bar.text, weight=600, ha='center', va='bottom' if above else 'top', ground=True)


# --- lying ------------------------------------------------------------------------------------------------------------


def _draw_lying(
    sheet: Sheet, spec: Barres, plotted: Plotted, bars: Sequence[Bar], totals: Sequence[str], stacked: bool
) -> None:
    size, groups = sheet.theme.polices.figure, 1 if stacked else len(plotted.series)
    labels = [wrap(label, sheet.width * 0.36, size) for label in plotted.labels]
    left = (
        widest([line for lines in labels for line in lines], size) + 2.6
    )  # 0.6: a word set a little wider than measured is not cut
    texts = list(totals) if stacked else [bar.text for bar in bars]
    room = widest(texts, size, 600) + 1.6
    low, high = _extremes(bars, spec.reperes)
    unit, legend = plotted.series[0].unit, _legend(sheet, plotted)
    top = legend - (block_height(1, SMALL) + 1.4 if spec.reperes or unit not in ('', '%') else 0)
    tallest = max(
        block_height(max(map(len, labels)), size) + 0.8, groups * (block_height(1, size) if groups > 1 else 3)
    )
    sheet.require(sheet.height - top + tallest * len(labels))
    slot = top / len(labels)
    rhythm = Rhythm(0.0, slot, groups, min(7.0, slot * 0.66) if groups == 1 else min(6.0, slot * 0.84 / groups))
    x = Scale(low, high, left + (room if low < 0 else 0), sheet.width - room)
    draw_unit(sheet, unit if unit != '%' else '', cut=False, top=legend)
    _draw_lying_references(sheet, x, top, spec.reperes, unit)
    for row, lines in enumerate(labels):
        sheet.text(left - 2, top - rhythm.centre(row), lines, ha='right')
    for bar in bars:
        _draw_lying_bar(sheet, x, top - rhythm.middle(bar), rhythm, bar, stacked=stacked)
    for row, total in enumerate(totals):
        end = max((bar.end for bar in bars if bar.row == row), default=0.0)
        sheet.text(x(end) + 0.9, top - rhythm.centre(row), total, weight=600)
    sheet.line((x(0), x(0)), (0, top), sheet.theme.couleurs.discret, 0.7)


def _draw_lying_bar(sheet: Sheet, x: Scale, y: float, rhythm: Rhythm, bar: Bar, *, stacked: bool) -> None:
    start, end = x(bar.start), x(bar.end)
    if not bar.text:
        _draw_gap(sheet, start + 0.9, y, 'left')
        return
    height = rhythm.thick - (0.4 if rhythm.groups > 1 else 0)
    sheet.box(min(start, end), y - height / 2, _extent(start, end, stacked=stacked), height, bar.colour)
    if stacked:
        if end - start > text_width(bar.text, SMALL) + 1.2:
            sheet.text((start + end) / 2, y, bar.text, size=SMALL, ha='center', colour=sheet.on(bar.colour))
    else:
        ha, shift = ('left', 0.9) if bar.end >= 0 else ('right', -0.9)
        sheet.text(end + shift, y, bar.text, weight=600, ha=ha, ground=True)


def _draw_lying_references(sheet: Sheet, x: Scale, top: float, reperes: Sequence[Repere], unit: str) -> None:
    """Draw vertical reference lines across lying bars, their words above them, side by side."""
    words = [typeset(f'{repere.texte} : {format_number(repere.valeur, unit=unit)}') for repere in reperes]
    places = [x(repere.valeur) for repere in reperes]
    widths = [text_width(text, SMALL) + 3 for text in words]
    if sum(widths) > sheet.width - x.start:
        raise FigureError("Trop de repères : leurs textes ne tiennent pas côte à côte.")
    for place, centre, text in zip(places, spread(places, widths, x.start, sheet.width), words, strict=True):
        sheet.line((place, place), (0, top + 0.6), sheet.theme.couleurs.encre, 0.8, linestyle=DASHES)
        sheet.text(centre, top + 1, text, size=SMALL, ha='center', va='bottom')
