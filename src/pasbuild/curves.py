"""Figures with an axis: curves, stacked areas, bars. Laid out in millimetres, labelled where the eye already is.

One style: ink, muted axes, a light horizontal grid only where values are read against it, names at the end of curves and
bands instead of a legend to look up, values on bars where they fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pasbuild.data import format_number
from pasbuild.drawing import FigureError
from pasbuild.figures import Aires, Lignes, Repere
from pasbuild.series import Plotted, Series
from pasbuild.sheet import (
    DASHES,
    GAP,
    MARKERS,
    SMALL,
    Scale,
    Sheet,
    block_height,
    readable,
    spread,
    text_width,
    ticks,
    widest,
    wrap,
)
from pasbuild.typography import typeset


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot inside its sheet: both scales, in millimetres."""

    x: Scale
    y: Scale


@dataclass(frozen=True, slots=True)
class EndLabel:
    """What stands at the end of a curve or a band: the name, the last value, and the height the eye comes from."""

    lines: tuple[str, ...]
    value: str
    x: float
    y: float
    colour: str
    weight: int = 600


# --- axes -------------------------------------------------------------------------------------------------------------


def draw_grid(sheet: Sheet, frame: Frame, values: Sequence[float]) -> None:
    """Draw a light horizontal line and a muted number for each round value; the line of zero is stronger."""
    theme = sheet.theme
    for value in values:
        y, zero = frame.y(value), value == 0
        colour = theme.couleurs.discret if zero else theme.couleurs.filet
        sheet.line((frame.x.start, frame.x.end), (y, y), colour, 0.7 if zero else 0.45, zorder=0.5)
        sheet.text(frame.x.start - GAP, y, format_number(value), colour=theme.couleurs.discret, ha='right')


def tick_gutter(sheet: Sheet, values: Sequence[float]) -> float:
    """Return the room the numbers of the vertical axis need on the left."""
    return widest([format_number(value) for value in values], sheet.theme.polices.figure) + GAP


def draw_unit(sheet: Sheet, unit: str, *, cut: bool, top: float | None = None) -> None:
    """Write the unit above the axis, and that it does not start at zero when it does not."""
    top = sheet.height if top is None else top
    words = [typeset(unit)] if unit else []
    if cut:
        words.append("l’axe ne part pas de zéro")
    if words:
        sheet.text(0, top, " · ".join(words), size=SMALL, colour=sheet.theme.couleurs.discret, va='top')


def draw_abscissas(sheet: Sheet, places: Sequence[float], labels: Sequence[str], y: float) -> None:
    """Write labels under an axis, as many as fit: the first and the last always, then from the left."""
    size = sheet.theme.polices.figure
    halves = [text_width(label, size) / 2 + 1 for label in labels]
    order = dict.fromkeys((0, len(labels) - 1, *range(1, len(labels))))
    shown: list[int] = []
    for index in order:
        if all(abs(places[index] - places[other]) >= halves[index] + halves[other] for other in shown):
            shown.append(index)
    for index, place in enumerate(places):
        colour = sheet.theme.couleurs.discret
        sheet.line((place, place), (y, y - 0.9), colour, 0.5)
        if index in shown:
            sheet.text(place, y - 1.3, labels[index], colour=colour, ha='center', va='top')


def draw_references(sheet: Sheet, frame: Frame, reperes: Sequence[Repere], unit: str) -> list[EndLabel]:
    """Draw horizontal reference lines; return their words, to stand at the end like the names of the curves."""
    ink, labels = sheet.theme.couleurs.encre, []
    for repere in reperes:
        y = frame.y(repere.valeur)
        sheet.line((frame.x.start, frame.x.end), (y, y), ink, 0.8, linestyle=DASHES)
        labels.append(EndLabel(*reference_words(sheet, repere, unit), frame.x.end, y, ink, 400))
    return labels


def reference_words(sheet: Sheet, repere: Repere, unit: str) -> tuple[tuple[str, ...], str]:
    """Return the words of a reference line, broken into lines, and its value."""
    words = wrap(typeset(repere.texte), _name_width(sheet), sheet.theme.polices.figure)
    return words, format_number(repere.valeur, unit=unit if unit == '%' else '')


def _clearance(marks: Sequence[tuple[float, float]], left: float, right: float, y: float, half: float) -> float:
    """Return the vertical room between words and the nearest mark above or under them."""
    return min((abs(mark - y) - half for x, mark in marks if left - 1 <= x <= right + 1), default=99.0)


def _samples(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return points every fortieth of each segment of a curve: what words must keep away from."""
    found = list(points)
    for (x0, y0), (x1, y1) in pairwise(points):
        found += [(x0 + (x1 - x0) * step / 40, y0 + (y1 - y0) * step / 40) for step in range(1, 40)]
    return found


# --- labels at the end ------------------------------------------------------------------------------------------------


def _name_width(sheet: Sheet) -> float:
    return max(24.0, sheet.width * 0.24)


def end_gutter(sheet: Sheet, texts: Sequence[str]) -> float:
    """Return the room that lines of text need on the right of the plot, with their leaders."""
    return widest(texts, sheet.theme.polices.figure, 600) + 2.8 * GAP


def draw_end_labels(sheet: Sheet, frame: Frame, labels: Sequence[EndLabel]) -> None:
    """Write names and last values beside curves or bands, moved apart when they would touch, with a leader if far."""
    size, theme = sheet.theme.polices.figure, sheet.theme
    heights = [block_height(len(label.lines) + bool(label.value), size) + 0.8 for label in labels]
    sheet.require(frame.y.start + sum(heights))
    centres = spread([label.y for label in labels], heights, frame.y.start, sheet.height)
    left = frame.x.end + 2.2 * GAP
    for label, centre in zip(labels, centres, strict=True):
        if abs(centre - label.y) > 0.8 or label.x < frame.x.end - 1:
            xs = (label.x + 1.1, frame.x.end + 0.7 * GAP, left - 0.6)
            sheet.line(xs, (label.y, label.y, centre), theme.couleurs.discret, 0.4)
        colour = readable(label.colour, theme.couleurs.papier)
        top = centre + block_height(len(label.lines) + bool(label.value), size) / 2
        sheet.text(left, top, label.lines, weight=label.weight, colour=colour, va='top')
        if label.value:
            sheet.text(left, top - block_height(len(label.lines), size), label.value, colour=colour, va='top')


# --- curves -----------------------------------------------------------------------------------------------------------


def draw_lines(sheet: Sheet, spec: Lignes, plotted: Plotted) -> None:
    """Draw curves over time; a missing value leaves a gap."""
    values = (*plotted.numbers, *(repere.valeur for repere in spec.reperes), *((0.0,) if spec.depuis_zero else ()))
    unit = plotted.series[0].unit
    frame, grid, wrapped = _time_frame(sheet, plotted, values, spec.reperes)
    draw_unit(sheet, unit, cut=grid[0] > 0 or grid[-1] < 0)
    draw_grid(sheet, frame, grid)
    places = tuple(frame.x(place) for place in plotted.places())
    draw_abscissas(sheet, places, plotted.labels, frame.y.start)
    curves = [_points(series, places, frame.y) for series in plotted.series]
    marks = [mark for runs in curves for run in runs for mark in _samples(run)]
    labels = draw_references(sheet, frame, spec.reperes, unit)
    for index, (series, runs) in enumerate(zip(plotted.series, curves, strict=True)):
        colour, marker = sheet.colours(len(curves))[index], MARKERS[index]
        _draw_curve(sheet, runs, colour, marker)
        last = max(at for at, value in enumerate(series.values) if value is not None)
        labels.append(EndLabel(wrapped[index], series.texts[last], *runs[-1][-1], colour))
        _draw_start(sheet, series, runs, colour, marks)
    draw_end_labels(sheet, frame, labels)


def _time_frame(
    sheet: Sheet, plotted: Plotted, values: Sequence[float], reperes: Sequence[Repere] = ()
) -> tuple[Frame, tuple[float, ...], tuple[tuple[str, ...], ...]]:
    """Return scales that leave room for every label, the round values of the grid, and the wrapped names."""
    size = sheet.theme.polices.figure
    grid = ticks(min(values), max(values), max(2, round(sheet.height / 17)))
    wrapped = tuple(wrap(series.name, _name_width(sheet), size, 600) for series in plotted.series)
    words = [line for repere in reperes for line in reference_words(sheet, repere, '')[0]]
    texts = [text for series in plotted.series for text in series.texts]
    right = end_gutter(sheet, [*texts, *words, *(line for lines in wrapped for line in lines)])
    bottom, top = block_height(1, size) + 1.6, sheet.height - 2 * block_height(1, size) - 1.2
    start, end = tick_gutter(sheet, grid), sheet.width - right
    places, inset = plotted.places(), min(4.0, text_width(plotted.labels[0], size) / 2)
    scale = Scale(min(places), max(places), start + inset, end - 0.6)
    sheet.require(bottom + 22)
    return Frame(_stretch(scale, start, end), Scale(grid[0], grid[-1], bottom, top)), grid, wrapped


def _stretch(scale: Scale, start: float, end: float) -> Scale:
    """Return the same scale told from ``start`` to ``end``: the axis is a little longer than its data."""
    per_mm = ((scale.high - scale.low) or 1) / (scale.end - scale.start)
    return Scale(scale.low - (scale.start - start) * per_mm, scale.high + (end - scale.end) * per_mm, start, end)


def _points(series: Series, places: Sequence[float], y: Scale) -> list[list[tuple[float, float]]]:
    """Return the runs of points of a curve, cut where a value is missing."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in zip(places, series.values, strict=True):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, y(value)))
    return [run for run in runs if run]


def _draw_curve(sheet: Sheet, runs: Sequence[Sequence[tuple[float, float]]], colour: str, marker: str) -> None:
    dense = sum(map(len, runs)) > 24
    for run in runs:
        xs, ys = [x for x, _ in run], [y for _, y in run]
        sheet.line(xs, ys, colour, 1.7)
        for x, y in run[-1:] if dense else run:
            sheet.point(x, y, colour, marker, 5.0)


def _draw_start(
    sheet: Sheet,
    series: Series,
    runs: Sequence[Sequence[tuple[float, float]]],
    colour: str,
    marks: list[tuple[float, float]],
) -> None:
    """Write the first value above or under the first point, where nothing passes, and add it to ``marks``; else nowhere."""
    first = next(at for at, value in enumerate(series.values) if value is not None)
    (x, y), text, half = runs[0][0], series.texts[first], block_height(1, SMALL) / 2
    left, width = x - 1.4, text_width(text, SMALL)
    for middle in (y + 1.3 + half, y - 1.3 - half):
        if _clearance(marks, left, left + width, middle, half) > 0.25 and len(series.values) > 1:
            ink = readable(colour, sheet.theme.couleurs.papier)
            sheet.text(left, middle, text, size=SMALL, colour=ink, ground=True)
            for edge in (middle - half, middle + half):
                marks += _samples([(left, edge), (left + width, edge)])
            return


# --- areas ------------------------------------------------------------------------------------------------------------


def draw_areas(sheet: Sheet, spec: Aires, plotted: Plotted) -> None:
    """Draw stacked areas; where one value is missing, the whole stack is left out: its sum would lie."""
    if min(plotted.numbers) < 0:
        raise FigureError(f"« {spec.donnees} » a des valeurs négatives : des aires ne peuvent pas s’empiler.")
    sums = _stacks(plotted)
    if not any(sums):
        raise FigureError(f"« {spec.donnees} » n’a aucune ligne complète : il n’y a rien à empiler.")
    frame, grid, wrapped = _time_frame(sheet, plotted, (0.0, *(sum_[-1] for sum_ in sums if sum_)))
    draw_unit(sheet, plotted.series[0].unit, cut=False)
    draw_grid(sheet, frame, grid)
    places = tuple(frame.x(place) for place in plotted.places())
    draw_abscissas(sheet, places, plotted.labels, frame.y.start)
    labels, last = [], max(at for at, sum_ in enumerate(sums) if sum_)
    for index, series in enumerate(plotted.series):
        colour = sheet.colours(len(plotted.series))[index]
        for run in _runs(sums):
            upper = [(places[at], frame.y(sums[at][index + 1])) for at in run]
            lower = [(places[at], frame.y(sums[at][index])) for at in reversed(run)]
            white = {'edgecolor': sheet.theme.couleurs.papier, 'linewidth': 0.4}
            sheet.area(upper + lower, colour, **white)
        middle = frame.y((sums[last][index] + sums[last][index + 1]) / 2)
        labels.append(EndLabel(wrapped[index], series.texts[last], places[last], middle, colour))
    draw_end_labels(sheet, frame, labels)


def _stacks(plotted: Plotted) -> list[tuple[float, ...]]:
    """Return the running sums of the series at each abscissa, empty where a value is missing."""
    sums: list[tuple[float, ...]] = []
    for column in zip(*(series.values for series in plotted.series), strict=True):
        totals = [0.0]
        for value in column:
            totals.append(totals[-1] + (value or 0))
        sums.append(() if None in column else tuple(totals))
    return sums


def _runs(sums: Sequence[tuple[float, ...]]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for index, sum_ in enumerate(sums):
        if sum_:
            runs[-1].append(index)
        else:
            runs.append([])
    return [run for run in runs if run]
