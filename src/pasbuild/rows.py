"""Comparisons row by row: population pyramids, slopes between two dates, dumbbells."""

from __future__ import annotations

from collections.abc import Sequence

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
    if spec.forme == 'pentes':
        _draw_lines(sheet, plotted)
    else:
        _draw_dumbbells(sheet, plotted)


def _row_colours(sheet: Sheet, count: int) -> tuple[str, ...]:
    """Return a colour for each row; beyond the palette all are ink: their names tell them apart."""
    palette = sheet.theme.palettes.categories
    return palette[:count] if count <= len(palette) else (sheet.theme.couleurs.encre,) * count


def _draw_lines(sheet: Sheet, plotted: Plotted) -> None:
    size, (first, last) = sheet.theme.polices.figure, plotted.series
    names = [wrap(label, sheet.width * 0.34, size, 600) for label in plotted.labels]
    name_room = widest([line for lines in names for line in lines], size, 600)
    value_room = widest([*first.texts, *last.texts], size)
    left, right = value_room + 2 * GAP, sheet.width - name_room - value_room - 3 * GAP
    top = sheet.height - block_height(1, size) - 1.5
    y = Scale(min(plotted.numbers), max(plotted.numbers), 2.5, top - 2.5)
    heights = [block_height(len(lines), size) + 0.5 for lines in names]
    sheet.require(sheet.height - top + sum(heights))
    for x, series in ((left, first), (right, last)):
        sheet.text(x, sheet.height, series.name, weight=700, ha='right' if x == left else 'left', va='top')
        sheet.line((x, x), (0, top), sheet.theme.couleurs.filet, 0.6, zorder=0.5)
    palette = _row_colours(sheet, len(names))
    for x, series in ((left, first), (right, last)):
        sides = _spread_side(series.values, heights, y, top)
        for row, (value, centre) in enumerate(zip(series.values, sides, strict=True)):
            ink = readable(palette[row], sheet.theme.couleurs.papier)
            if value is not None:
                sheet.text(x - GAP if x == left else x + GAP, centre, series.texts[row], colour=ink, ha='right' if x == left else 'left')
            if x == right:
                sheet.text(x + value_room + 2 * GAP, centre, names[row], weight=600, colour=ink)
    for row, pair in enumerate(zip(first.values, last.values, strict=True)):
        points = [(x, y(value)) for x, value in zip((left, right), pair, strict=True) if value is not None]
        sheet.line([x for x, _ in points], [height for _, height in points], palette[row], 1.7)
        for point in points:
            sheet.point(*point, palette[row], MARKERS[row % len(MARKERS)], 5.4)


def _spread_side(values: Sequence[float | None], heights: Sequence[float], y: Scale, top: float) -> tuple[float, ...]:
    """Return the height of each label of one side; a row without value on that side stands at the bottom."""
    wanted = [y(value) if value is not None else 0.0 for value in values]
    return spread(wanted, heights, 0.0, top)


def _draw_dumbbells(sheet: Sheet, plotted: Plotted) -> None:
    size, (first, last) = sheet.theme.polices.figure, plotted.series
    names = [wrap(label, sheet.width * 0.36, size) for label in plotted.labels]
    left = widest([line for lines in names for line in lines], size) + 3
    room = widest([*first.texts, *last.texts], size, 600) + 2.6
    top = sheet.height - block_height(1, size) - 2
    slot = top / len(names)
    sheet.require(sheet.height - top + len(names) * (block_height(max(map(len, names)), size) + 0.8))
    x = Scale(min(plotted.numbers), max(plotted.numbers), left + room, sheet.width - room)
    strong, pale = sheet.theme.palettes.categories[0], mix(sheet.theme.couleurs.discret, sheet.theme.couleurs.filet, 0.5)
    _dumbbell_legend(sheet, (first.name, last.name), (pale, strong), left)
    for row, lines in enumerate(names):
        y = top - (row + 0.5) * slot
        sheet.line((left, sheet.width), (y, y), sheet.theme.couleurs.filet, 0.4, zorder=0.5)
        sheet.text(left - 3, y, lines, ha='right')
        _draw_dumbbell(sheet, x, y, ((first.values[row], first.texts[row]), (last.values[row], last.texts[row])), (pale, strong))


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
    if not known:
        return
    sheet.line((min(places), max(places)), (y, y), palette[0], 2.2, solid_capstyle='butt')
    for place, text, colour in known:
        sheet.point(place, y, colour, 'o', 6.4)
        outside = len(known) == 1 or place > min(places) or (place == max(places) and colour == palette[1])
        weight = 600 if colour == palette[1] else 400
        sheet.text(place + 1.8 if outside else place - 1.8, y, text, weight=weight, ha='left' if outside else 'right')
