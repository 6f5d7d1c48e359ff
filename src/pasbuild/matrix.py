"""The drawing of the matrix: objectives in rows, matters of the article in columns, a mark where one answers the other.

Why its own height: it depends on the number of objectives and on the length of their titles, which the author of the figure
does not count. Whatever stays without answer is hatched and its « 0 » stands on the ground of what is to be supplied: it
jumps to the eye in black and white too.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin, tan

from pasbuild.correspondence import Group, Line, Matrix
from pasbuild.drawing import LANDSCAPE, FigureError
from pasbuild.sheet import POINT, SMALL, Sheet, block_height, mix, readable, text_width, widest, wrap
from pasbuild.theme import Theme

SLANT = 58.0
"""Angle of the names of the matters, in degrees."""
TOTAL = 8.0
"""Width of the column of totals, in millimetres."""
COUNTS = 5.6
"""Height of the row of totals."""
GROUP = 5.4
"""Height of the heading of a group."""
LEGEND = 6.6
"""Height of the legend."""
AROUND = 34.0
"""What a page needs around the drawing: caption, reading, source and their margins."""
FITS = ((2, 1.0), (2, 0.7), (2, 0.4), (1, 0.7), (1, 0.3))
"""Lines a title may take and space around them in millimetres, from the most comfortable."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands, in millimetres: left of the titles and of the columns, step of the columns, height of the head."""

    left: float
    columns: float
    step: float
    head: float
    titles: tuple[tuple[str, ...], ...]
    heights: tuple[float, ...]
    height: float

    def middle(self, column: int) -> float:
        """Return the middle of a column."""
        return self.columns + (column + 0.5) * self.step


def lay_matrix(matrix: Matrix, width: float, theme: Theme) -> Layout:
    """Return the layout on a sheet ``width`` wide; to be called within ``drawing.styled``.

    Raises ``FigureError`` without any objective, or when the matrix holds neither in the width nor on one page.
    """
    if not matrix.lines:
        raise FigureError("Le document n’a aucun titre « .objectif » : la matrice n’a pas de ligne.")
    left = widest([line.number for line in matrix.lines], SMALL, 700) + 3.6
    step = min(max(0.39 * width / len(matrix.matters), 4.2), 7.0)
    names = [text_width(matter.name, SMALL, 700 if matter.required else 400) for matter in matrix.matters]
    head = max(names) * sin(radians(SLANT)) + 4.4
    edge = len(names) * step + TOTAL
    reach = max((rank + 0.5) * step + (name + 1.6) * cos(radians(SLANT)) + 1.2 for rank, name in enumerate(names))
    columns = width - max(edge, reach)
    if columns - left < 32:
        raise FigureError("La largeur ne suffit pas : choisissez « largeur: large ».")
    room = _room(width, theme)
    for most, pad in FITS:
        titles = tuple(_shorten(line.title, columns - left - 2, most) for line in matrix.lines)
        heights = tuple(block_height(len(lines), SMALL) + pad for lines in titles)
        height = head + COUNTS + len(matrix.groups) * GROUP + sum(heights) + LEGEND
        if height <= room:
            return Layout(left, columns, step, head, titles, heights, height)
    raise FigureError(f"{len(matrix.lines)} {matrix.plural} ne tiennent pas sur une page.")


def _room(width: float, theme: Theme) -> float:
    """Return the height a page leaves to the drawing."""
    page = theme.page
    tall = page.largeur if width >= LANDSCAPE else page.hauteur
    return tall - page.haut - page.bas - AROUND


def _shorten(title: str, width: float, most: int, size: float = SMALL, weight: int = 400) -> tuple[str, ...]:
    """Return a title on at most ``most`` lines; what does not fit is replaced by an ellipsis."""
    lines = wrap(title, width, size, weight)
    if len(lines) <= most:
        return lines
    words = ' '.join(lines[most - 1 :]).split(' ')
    while len(words) > 1 and text_width(f'{" ".join(words)}…', size, weight) > width:
        words.pop()
    while len(words) > 1 and len(words[-1]) < 4:  # no article left hanging
        words.pop()
    return (*lines[: most - 1], f'{" ".join(words).rstrip(",;: ")}…')


def draw_matrix(sheet: Sheet, matrix: Matrix, layout: Layout) -> None:
    """Draw the matrix from the top of the sheet: names of the matters, totals, groups of objectives, legend."""
    top = sheet.height - layout.head
    bottom = sheet.height - layout.height + LEGEND
    _draw_columns(sheet, matrix, layout, top, bottom)
    _draw_names(sheet, matrix, layout, top)
    _draw_counts(sheet, matrix, layout, top - COUNTS / 2)
    y, rank = top - COUNTS, 0
    for group in matrix.groups:
        _draw_group(sheet, group, y)
        y -= GROUP
        for line in group.lines:
            _draw_line(sheet, line, group.accent, layout, rank, y)
            y -= layout.heights[rank]
            rank += 1
    sheet.line((0, sheet.width), (bottom, bottom), sheet.theme.couleurs.encre, 0.9)
    _draw_legend(sheet, matrix, bottom)


def _edge(matrix: Matrix, layout: Layout) -> float:
    return layout.columns + len(matrix.matters) * layout.step


def _draw_columns(sheet: Sheet, matrix: Matrix, layout: Layout, top: float, bottom: float) -> None:
    """Tint every other column, up along its slanted name; hatch those no objective answers."""
    colours, lean = sheet.theme.couleurs, (layout.head - 1) / tan(radians(SLANT))
    for column, count in enumerate(matrix.counts):
        x, right = layout.columns + column * layout.step, layout.columns + (column + 1) * layout.step
        if column % 2 == 0:
            high = top + layout.head - 1
            points = ((x, bottom), (right, bottom), (right, top), (right + lean, high), (x + lean, high), (x, top))
            sheet.area(points, mix(colours.voisins_trait, colours.voisins, 0.5), zorder=0.2)
        if not count:
            _draw_gap(sheet, x, bottom, layout.step, top - COUNTS - bottom)


def _draw_gap(sheet: Sheet, x: float, y: float, width: float, height: float) -> None:
    """Hatch what nothing answers."""
    colours = sheet.theme.couleurs
    sheet.box(x, y, width, height, colours.papier, zorder=0.4)
    sheet.hatch(x, y, width, height, colours.discret, 1.7)
    outline = {'edgecolor': colours.encre, 'linewidth': 0.8, 'fill': False}
    sheet.box(x, y, width, height, 'none', zorder=1.5, **outline)


def _draw_names(sheet: Sheet, matrix: Matrix, layout: Layout, top: float) -> None:
    across, along = cos(radians(SLANT)), sin(radians(SLANT))
    drop = 0.36 * SMALL * POINT  # half a capital: the name is centred on its band
    for column, matter in enumerate(matrix.matters):
        sheet.axes.text(
            layout.middle(column) + 1.6 * across + drop * along,
            top + 1.6 * along - drop * across,
            matter.name,
            size=SMALL,
            weight=700 if matter.required else 400,
            rotation=SLANT,
            rotation_mode='anchor',
            ha='left',
            va='baseline',
        )


def _draw_counts(sheet: Sheet, matrix: Matrix, layout: Layout, y: float) -> None:
    size, edge = sheet.theme.polices.figure, _edge(matrix, layout)
    label = f"Nombre {_of(matrix.plural)} par matière"
    if text_width(label, SMALL, 700) > layout.columns - 3:
        label = "Total"
    sheet.text(layout.columns - 2, y, label, size=SMALL, weight=700, ha='right')
    for column, count in enumerate(matrix.counts):
        _draw_count(sheet, layout.middle(column), y, count, size)
    sheet.text((edge + sheet.width) / 2, y, "Total", size=SMALL, weight=700, ha='center')


def _of(noun: str) -> str:
    return f"d’{noun}" if noun[:1].lower() in 'aeéèêiouyh' else f"de {noun}"


def _draw_count(sheet: Sheet, x: float, y: float, count: int, size: float) -> None:
    if count:
        sheet.text(x, y, str(count), size=size, weight=700, ha='center')
    else:
        sheet.missing(x, y, "0", size)


def _draw_group(sheet: Sheet, group: Group, y: float) -> None:
    accent = sheet.theme.accent(group.accent)
    size, colour = sheet.theme.polices.figure, readable(accent.fort, accent.clair)
    sheet.box(0, y - GROUP, sheet.width, GROUP, accent.clair, zorder=2.2)
    sheet.line((0, sheet.width), (y, y), accent.fort, 0.9, zorder=2.3)
    [title] = _shorten(group.title, sheet.width - 4, 1, size, 700)
    sheet.text(2, y - GROUP / 2, title, size=size, weight=700, colour=colour)


def _draw_line(sheet: Sheet, line: Line, accent: int, layout: Layout, rank: int, y: float) -> None:
    theme, height, count = sheet.theme, layout.heights[rank], sum(line.answers)
    strong, edge = theme.accent(accent).fort, layout.columns + len(line.answers) * layout.step
    middle, under = y - height / 2, y - height
    sheet.box(0, under, 0.9, height, strong)
    sheet.line((0.9, sheet.width), (under, under), theme.couleurs.filet, 0.4, zorder=0.8)
    weight = 400 if count else 700
    sheet.text(2, middle, line.number, size=SMALL, weight=700, colour=readable(strong, theme.couleurs.papier))
    sheet.text(layout.left, middle, layout.titles[rank], size=SMALL, weight=weight)
    if not count:
        _draw_gap(sheet, layout.columns, under, edge - layout.columns, height)
    for column, yes in enumerate(line.answers):
        if yes:
            sheet.point(layout.middle(column), middle, strong, 'o', 6.6, markeredgewidth=0)
    _draw_count(sheet, (edge + sheet.width) / 2, middle, count, SMALL)


def _draw_legend(sheet: Sheet, matrix: Matrix, bottom: float) -> None:
    y, x = bottom - LEGEND / 2 - 0.6, 1.6
    colours = sheet.theme.couleurs
    sheet.point(x, y, colours.encre, 'o', 6.6, markeredgewidth=0)
    x = _say(sheet, x + 2.4, y, "répond à la matière")
    if any(matter.required for matter in matrix.matters):
        x = _say(sheet, x, y, "En gras\u00a0: matière obligatoire", weight=700)
    if _gaps(matrix):
        _draw_gap(sheet, x, y - 1.3, 4.6, 2.6)
        _say(sheet, x + 6, y, "aucune réponse")


def _gaps(matrix: Matrix) -> bool:
    return not all(matrix.counts) or not all(any(line.answers) for line in matrix.lines)


def _say(sheet: Sheet, x: float, y: float, text: str, weight: int = 400) -> float:
    """Write a word of the legend; return where the next begins."""
    sheet.text(x, y, text, size=SMALL, weight=weight)
    return x + text_width(text, SMALL, weight) + 6
