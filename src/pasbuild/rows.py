"""Comparisons row by row: population pyramids, slopes between two dates, dumbbells."""

from __future__ import annotations

from collections.abc import Sequence

from pasbuild.drawing import FigureError
from pasbuild.figures import Pentes
from pasbuild.series import MISSING, Plotted
from pasbuild.sheet import (
    GAP,
    MARKERS,
    Scale,
    Sheet,
    block_height,
    mix,
    readable,
    spread,
    text_width,
    widest,
    wrap,
)

# --- pyramid ----------------------------------------------------------------------------------------------------------


def draw_pyramid(sheet: Sheet, plotted: Plotted) -> None:
    """Draw ages up the middle, youngest at the bottom, one series on each side on the same scale."""
    size, (left, right) = sheet.theme.polices.figure, plotted.series
    axis = widest(plotted.labels, size) + 5
    room = widest([*left.texts, *right.texts], size, 600) + 1.2
    top = sheet.height - block_height(1, size) - 2.2
    half = (sheet.width - axis) / 2
    slot = top / len(plotted.labels)
    sheet.require(sheet.height - top + len(plotted.labels) * (block_height(1, size) + 0.4))
    length = Scale(0, max(plotted.numbers), 0, half - room)
    for side, series, colour in zip((-1, 1), (left, right), sheet.colours(2), strict=True):
        foot = sheet.width / 2 + side * axis / 2
        ha = 'right' if side < 0 else 'left'
        ink = readable(colour, sheet.theme.couleurs.papier)
        sheet.text(foot, sheet.height, series.name, weight=700, colour=ink, ha=ha, va='top')
        for row, (value, text) in enumerate(zip(series.values, series.texts, strict=True)):
            y, reach = (row + 0.5) * slot, length(value or 0)
            thick = min(7.0, slot * 0.74)
            sheet.box(min(foot, foot + side * reach), y - thick / 2, reach, thick, colour)
            sheet.text(foot + side * (reach + 0.9), y, text if value is not None else MISSING, ha=ha)
    for row, label in enumerate(plotted.labels):
        sheet.text(sheet.width / 2, (row + 0.5) * slot, label, ha='center', colour=sheet.theme.couleurs.discret)


# --- slopes -----------------------------------------------------------------------------------------------------------


def draw_slopes(sheet: Sheet, spec: Pentes, plotted: Plotted) -> None:
    """Draw slopes or dumbbells; a row whose one value is missing keeps the other, without line."""
    _check_rows(plotted)
    if spec.forme == 'pentes':
        _draw_lines(sheet, plotted)
    else:
        _draw_dumbbells(sheet, plotted)


def _check_rows(plotted: Plotted) -> None:
    first, last = plotted.series
    for label, one, other in zip(plotted.labels, first.values, last.values, strict=True):
        if one is None and other is None:
            raise FigureError(f"La ligne « {label} » n’a ni valeur de début ni valeur de fin.")


def _row_colours(sheet: Sheet, count: int) -> tuple[str, ...]:
    """Return a colour for each row; beyond the palette all are ink: their names tell them apart."""
    palette = sheet.theme.palettes.categories
    return palette[:count] if count <= len(palette) else (sheet.theme.couleurs.encre,) * count


REACH = 3.4
"""Space between an axis of the slopes and its labels, in millimetres: room for the leaders."""


def _draw_lines(sheet: Sheet, plotted: Plotted) -> None:
    size, (first, last) = sheet.theme.polices.figure, plotted.series
    names = [wrap(label, sheet.width * 0.34, size, 600) for label in plotted.labels]
    name_room = widest([line for lines in names for line in lines], size, 600) + 1
    value_room = widest([*first.texts, *last.texts], size)
    left, right = value_room + REACH, sheet.width - name_room - value_room - REACH - GAP
    top, palette = sheet.height - block_height(1, size) - 1.5, _row_colours(sheet, len(names))
    heights = [block_height(len(lines), size) + 0.5 for lines in names]
    sheet.require(sheet.height - top + sum(heights))
    y = Scale(min(plotted.numbers), max(plotted.numbers), 2.5, top - 2.5)
    wanted = [(_first(one, other), _first(other, one)) for one, other in zip(first.values, last.values, strict=True)]
    for x, series, side, ha in ((left, first, 0, 'right'), (right, last, 1, 'left')):
        sheet.text(x, sheet.height, series.name, weight=700, ha=ha, va='top')
        sheet.line((x, x), (0, top), sheet.theme.couleurs.filet, 0.6, zorder=0.5)
        centres = spread([y(pair[side]) for pair in wanted], heights, 0.0, top)
        for row, centre in enumerate(centres):
            ink, sign = readable(palette[row], sheet.theme.couleurs.papier), 1 if side else -1
            sheet.text(x + sign * REACH, centre, series.texts[row], colour=ink, ha=ha)
            place = y(wanted[row][side])
            if abs(centre - place) > 0.6 and series.values[row] is not None:
                sheet.line((x + sign * 1.1, x + sign * (REACH - 0.5)), (place, centre), ink, 0.4)
            if side:
                sheet.text(x + REACH + value_room + GAP, centre, names[row], weight=600, colour=ink)
    for row, pair in enumerate(zip(first.values, last.values, strict=True)):
        points = [(x, y(value)) for x, value in zip((left, right), pair, strict=True) if value is not None]
        sheet.line([x for x, _ in points], [height for _, height in points], palette[row], 1.7)
        for point in points:
            sheet.point(*point, palette[row], MARKERS[row % len(MARKERS)], 5.4)


def _first(one: float | None, other: float | None) -> float:
    """Return the value that places a label: that of its side, else the other."""
    return one if one is not None else other or 0.0


def _draw_dumbbells(sheet: Sheet, plotted: Plotted) -> None:
    size, (first, last) = sheet.theme.polices.figure, plotted.series
    names = [wrap(label, sheet.width * 0.36, size) for label in plotted.labels]
    left = widest([line for lines in names for line in lines], size) + 3
    room = widest([*first.texts, *last.texts], size, 600) + 2.6
    top = sheet.height - block_height(1, size) - 2
    slot = top / len(names)
    sheet.require(sheet.height - top + len(names) * (block_height(max(map(len, names)), size) + 0.8))
    x = Scale(min(plotted.numbers), max(plotted.numbers), left + room, sheet.width - room)
    strong, pale = (
        sheet.theme.palettes.categories[0],
        mix(sheet.theme.couleurs.discret, sheet.theme.couleurs.filet, 0.5),
    )
    _dumbbell_legend(sheet, (first.name, last.name), (pale, strong), left)
    for row, lines in enumerate(names):
        y = top - (row + 0.5) * slot
        sheet.line((left, sheet.width), (y, y), sheet.theme.couleurs.filet, 0.4, zorder=0.5)
        sheet.text(left - 3, y, lines, ha='right')
        _draw_dumbbell(
            sheet, x, y, ((first.values[row], first.texts[row]), (last.values[row], last.texts[row])), (pale, strong)
        )


def _dumbbell_legend(sheet: Sheet, names: tuple[str, str], palette: tuple[str, str], left: float) -> None:
    y, size = sheet.height - 1.8, sheet.theme.polices.figure
    for name, colour in zip(names, palette, strict=True):
        sheet.point(left + 1.2, y, colour, 'o', 6.4)
        sheet.text(left + 3.2, y, name, weight=600)
        left += text_width(name, size, 600) + 8


def _draw_dumbbell(
    sheet: Sheet, x: Scale, y: float, ends: Sequence[tuple[float | None, str]], palette: tuple[str, str]
) -> None:
    known = [(x(value), text, colour) for (value, text), colour in zip(ends, palette, strict=True) if value is not None]
    places = [place for place, _, _ in known]
    sheet.line((min(places), max(places)), (y, y), palette[0], 2.2, solid_capstyle='butt')
    for place, text, colour in known:
        sheet.point(place, y, colour, 'o', 6.4)
        outside = len(known) == 1 or place > min(places) or (place == max(places) and colour == palette[1])
        weight = 600 if colour == palette[1] else 400
        ha, shift = ('left', 1.8) if outside else ('right', -1.8)
        sheet.text(place + shift, y, text, weight=weight, ha=ha, ground=True)
