"""What a drawn figure is, and how it becomes bytes: shared by charts and maps, with the cache of drawings.

Why: the PDF and the page take the SVG (text stays text, in the fonts of the document), Word takes the PNG, and readers who
see neither take the table of data. The same figure must give the same bytes on every machine: one family (Lato, from its
package, never from the system), matplotlib's own defaults whatever the user's settings, no date, no random identifier.

matplotlib is imported inside the functions that draw: a figure found in the cache does not pay for it.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pasbuild.cache import MADE_OTHERWISE, digest, engine, load, store
from pasbuild.fonts import fonts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from pasbuild.model import Width
    from pasbuild.theme import Theme

DPI = 220
MM = 25.4
"""Millimetres in an inch: matplotlib sizes are in inches."""
MAX_PIXELS = 40_000_000
"""Pixels of one drawing: a full page has four million at ``DPI``."""
MAX_SVG = 10_000_000
"""Bytes of one drawing. A judgement, far above the maps of the first dossier."""
LANDSCAPE = 253.0
"""Width of a figure on a landscape page, in millimetres."""


class FigureError(ValueError):
    """A figure that cannot be drawn. The message is French and names the column, the table or the file at fault."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn figure: the same picture twice, its exact size, and its data as a table (cells formatted in French)."""

    svg: bytes
    png: bytes
    width_mm: float
    height_mm: float
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


_ACTIVE = re.compile(
    rb"""<!|<\?|<(?:\w+:)?(?:script|foreignObject|iframe|object|embed|handler|listener|set|animate\w*)\b"""
    rb"""|<[^>]*\s(?:on\w+\s*=|(?:\w+:)?(?:href|src)\s*=\s*(?!["'](?:\#|data:image/png[;,])))[^>]{0,60}"""
    rb"""|@import|url\(\s*["']?\s*(?![\#"'\s])""",
    re.IGNORECASE,
)
"""What a drawing has no use for: declarations, scripts, events, addresses other than its own parts or a PNG inside it."""


# --- style ------------------------------------------------------------------------------------------------------------


def width_mm(width: Width, theme: Theme) -> float:
    """Return the width in millimetres of a ``colonne``, ``large`` (column and margin) or ``paysage`` figure."""
    page = theme.page
    return {'colonne': page.colonne, 'large': page.colonne + page.marge_active, 'paysage': LANDSCAPE}[width]


@cache
def _register_fonts() -> None:
    """Make Lato known to matplotlib, from its package only: a Lato of the system may have other metrics."""
    from matplotlib.font_manager import fontManager

    fontManager.ttflist = [entry for entry in fontManager.ttflist if entry.name != 'Lato']
    for font in fonts().values():
        if font.family == 'Lato':
            fontManager.addfont(str(font.file))


def rc(theme: Theme) -> dict[str, Any]:
    """Return the matplotlib settings of the theme, to lay over matplotlib's defaults."""
    ink, muted, rule = theme.couleurs.encre, theme.couleurs.discret, theme.couleurs.filet
    return {
        'axes.edgecolor': rule,
        'axes.labelcolor': muted,
        'axes.spines.right': False,
        'axes.spines.top': False,
        'font.family': ['Lato'],
        'font.size': theme.polices.figure,
        'hatch.color': rule,
        'lines.solid_capstyle': 'round',
        'lines.solid_joinstyle': 'round',
        'path.simplify': False,
        'savefig.facecolor': 'none',
        'svg.fonttype': 'none',
        'svg.hashsalt': 'pasbuild',
        'text.color': ink,
        'text.hinting': 'none',
        'text.parse_math': False,
        'xtick.color': muted,
        'ytick.color': muted,
    }


def styled(theme: Theme) -> AbstractContextManager[None]:
    """Return the context in which a figure of the theme is made and saved; what the user set up elsewhere does not count."""
    import matplotlib as mpl

    _register_fonts()
    settings: dict[Any, Any] = dict(mpl.rcParamsDefault)
    settings.pop('backend')
    settings.update(rc(theme))
    return mpl.rc_context(settings)


def new_figure(theme: Theme, width: float, height: float) -> Figure:
    """Return an empty figure of ``width`` by ``height`` millimetres, outside pyplot's global state."""
    from matplotlib.figure import Figure

    with styled(theme):
        return Figure(figsize=(width / MM, height / MM))


# --- bytes ------------------------------------------------------------------------------------------------------------


def render_svg(figure: Figure, theme: Theme) -> bytes:
    """Return the figure as SVG: exact size in millimetres, text as text, coordinates to the hundredth of a point."""
    stream = BytesIO()
    with styled(theme):
        silent = dict.fromkeys(('Creator', 'Date', 'Format', 'Type'))
        figure.savefig(stream, format='svg', metadata=silent)
    return _tidy(stream.getvalue().decode(), *_size(figure)).encode()


def render_png(figure: Figure, theme: Theme) -> bytes:
    """Return the figure as PNG at ``DPI`` dots an inch, on white: Word shows no transparency in some themes."""
    stream = BytesIO()
    with styled(theme):
        figure.savefig(stream, format='png', dpi=DPI, facecolor=theme.couleurs.papier, metadata={'Software': None})
    return stream.getvalue()


def to_drawing(figure: Figure, theme: Theme, header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Drawing:
    """Return the finished drawing of a matplotlib figure and its table."""
    width, height = _size(figure)
    if width * height * (DPI / MM) ** 2 > MAX_PIXELS:
        raise FigureError(
            f"elle mesure {width:.0f} mm sur {height:.0f}, plus que {MAX_PIXELS // 1_000_000} millions de points"
        )
    svg = render_svg(figure, theme)
    check_inert(svg)
    return Drawing(svg, render_png(figure, theme), width, height, header, rows)


def check_inert(svg: bytes) -> None:
    """Raise FigureError for a drawing that is too heavy, that runs something or that looks for something outside itself.

    The code of a Python figure can make matplotlib write a link; the file is also given out alone (``pasbuild figures``).
    """
    if len(svg) > MAX_SVG:
        raise FigureError(f"son dessin pèse {len(svg) // 1_000_000} Mo (limite : {MAX_SVG // 1_000_000} Mo)")
    found = _ACTIVE.search(svg)
    if found:
        words = ' '.join(found[0].decode(errors='replace').split())[:60]
        raise FigureError(f"son dessin contient un script ou une adresse extérieure : « {words} »")


def _size(figure: Figure) -> tuple[float, float]:
    width, height = figure.get_size_inches()
    return round(float(width) * MM, 3), round(float(height) * MM, 3)


def _tidy(svg: str, width: float, height: float) -> str:
    """Drop what no reader needs (document type, comments, groups' line breaks) and needless decimals: parsing is slow."""
    svg = svg[svg.index('<svg') :]
    svg = re.sub(r' width="[^"]*pt" height="[^"]*pt"', f' width="{width:g}mm" height="{height:g}mm"', svg, count=1)
    svg = re.sub(r' transform="rotate\(-0 [^"]*\)"', '', svg)
    svg = re.sub(r'<[^>]*>', lambda tag: re.sub(r'-?\d+\.\d{3,}', _short, tag[0]), svg)
    return re.sub(r' ?\n ?', '', svg) + '\n'


def _short(number: re.Match[str]) -> str:
    return f'{round(float(number[0]), 2) + 0.0:g}'


# --- cache ------------------------------------------------------------------------------------------------------------


def cached(key_parts: Iterable[bytes | str], folder: Path, make: Callable[[], Drawing]) -> Drawing:
    """Return the drawing kept in ``folder`` for these inputs, or ``make`` it and keep it.

    ``key_parts`` is all the figure depends on: its specification, the bytes of its tables, the theme, the values it
    prints, the code of a Python figure. The program itself and the versions of the libraries are added here. An entry
    that cannot be read, or whose digest is wrong, is drawn again; a folder that cannot be written keeps nothing.
    """
    path = _path(key_parts, folder)
    drawing = _load(path)
    if drawing is None:
        # matplotlib keeps its list of fonts there rather than in the user's home; only read at its first import.
        os.environ.setdefault('MPLCONFIGDIR', str(folder / 'matplotlib'))
        drawing = make()
        store(path, _payload(drawing))
    return drawing


def find(key_parts: Iterable[bytes | str], folder: Path) -> Drawing | None:
    """Return the drawing kept in ``folder`` for these inputs, None when there is none or it is damaged."""
    return _load(_path(key_parts, folder))


def _path(parts: Iterable[bytes | str], folder: Path) -> Path:
    return folder / f'{digest([engine(), *parts])}.json'


def _load(path: Path) -> Drawing | None:
    payload = load(path)
    if payload is None:
        return None
    try:
        fields = json.loads(payload)
        return Drawing(
            svg=fields['svg'].encode(),
            png=base64.b64decode(fields['png']),
            width_mm=fields['width_mm'],
            height_mm=fields['height_mm'],
            header=tuple(fields['header']),
            rows=tuple(map(tuple, fields['rows'])),
        )
    except MADE_OTHERWISE:
        return None


def _payload(drawing: Drawing) -> bytes:
    fields = {
        'svg': drawing.svg.decode(),
        'png': base64.b64encode(drawing.png).decode(),
        'width_mm': drawing.width_mm,
        'height_mm': drawing.height_mm,
        'header': drawing.header,
        'rows': drawing.rows,
    }
    return json.dumps(fields, ensure_ascii=False).encode()
