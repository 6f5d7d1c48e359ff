"""From the specification of a figure to its drawing: one entry for every type, charts, maps and figures in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from matplotlib.figure import Figure

from pasbuild.bars import draw_bars
from pasbuild.correspondence import Matrix
from pasbuild.curves import draw_areas, draw_lines
from pasbuild.data import Data
from pasbuild.drawing import (
    Drawing,
    FigureError,
    new_figure,
    styled,
    to_drawing,
    width_mm,
)
from pasbuild.figures import (
    Aires,
    AnyFigure,
    Armature,
    Barres,
    Carte,
    CarteSymboles,
    Chiffres,
    Correspondance,
    Frise,
    Lignes,
    Parts,
    Pentes,
    Pyramide,
    Python,
    Trajectoire,
)
from pasbuild.matrix import draw_matrix, lay_matrix
from pasbuild.rows import draw_pyramid, draw_slopes
from pasbuild.series import Chart, dataset, read_series, tabulate
from pasbuild.sheet import lay_sheet
from pasbuild.strips import (
    draw_key_figures,
    draw_shares,
    draw_trajectory,
)
from pasbuild.theme import Theme
from pasbuild.timeline import draw_timeline, lay_timeline

NO_VALUES: Mapping[str, str] = MappingProxyType({})


def draw(
    spec: AnyFigure,
    data: Data,
    theme: Theme,
    folder: Path,
    values: Mapping[str, str] = NO_VALUES,
    matrix: Matrix | None = None,
) -> Drawing:
    """Return the drawing of a figure and its data as a table.

    ``folder`` holds the code of Python figures; ``values`` gives the printed text of each value key (key figures);
    ``matrix`` is what a ``correspondance`` shows of the document.
    Title, caption and source are not drawn: the document prints them. Raises ``FigureError``, in French, on what the
    specification asks and the data cannot give.
    """
    with styled(theme):
        if isinstance(spec, Carte | CarteSymboles | Armature):
            from pasbuild.maps import draw_map, map_table  # shapely and pyproj: only where there is a map

            return to_drawing(draw_map(spec, data, theme), theme, *map_table(spec, data))
        if isinstance(spec, Correspondance):
            return _draw_correspondence(spec, matrix or Matrix("objectif", "objectifs", (), ()), theme)
        header, rows = tabulate(spec, data, values)
        return to_drawing(_draw(spec, data, theme, folder, values), theme, header, rows)


def _draw(spec: Chart, data: Data, theme: Theme, folder: Path, values: Mapping[str, str]) -> Figure:
    width, height = width_mm(spec.largeur, theme), spec.hauteur
    if isinstance(spec, Frise) and spec.depuis:  # how many steps there are, the author of the figure does not count
        height = max(height, lay_timeline(spec, width, theme).height)
    figure = new_figure(theme, width, height)
    if isinstance(spec, Python):
        tables = {name: dataset(name, data) for name in spec.donnees}
        _run(load_function(folder, spec.fichier), spec.fichier, figure, tables, theme)
        return figure
    sheet = lay_sheet(figure, theme)
    match spec:
        case Lignes():
            draw_lines(sheet, spec, read_series(spec, data))
        case Aires():
            draw_areas(sheet, spec, read_series(spec, data))
        case Barres():
            draw_bars(sheet, spec, read_series(spec, data))
        case Pyramide():
            draw_pyramid(sheet, read_series(spec, data))
        case Pentes():
            draw_slopes(sheet, spec, read_series(spec, data))
        case Parts():
            draw_shares(sheet, spec, read_series(spec, data))
        case Chiffres():
            draw_key_figures(sheet, spec, values)
        case Frise():
            draw_timeline(sheet, lay_timeline(spec, width, theme))
        case Trajectoire():
            draw_trajectory(sheet, spec)
    return figure


def _draw_correspondence(spec: Correspondance, matrix: Matrix, theme: Theme) -> Drawing:
    width = width_mm(spec.largeur, theme)
    layout = lay_matrix(matrix, width, theme)
    figure = new_figure(theme, width, max(spec.hauteur, layout.height))
    draw_matrix(lay_sheet(figure, theme), matrix, layout)
    return to_drawing(figure, theme, *matrix.table())


# --- figures in Python ------------------------------------------------------------------------------------------------


def load_function(folder: Path, name: str) -> Callable[..., Any]:
    """Return ``dessiner`` from the file ``name`` of ``folder``, without writing bytecode beside it.

    The file is code of the dossier and runs with the rights of whoever builds it; a name or a link that leads out of
    ``folder`` is refused. Raises ``FigureError`` when the file cannot be read or run, or has no such function.
    """
    path = folder / name
    if path.parent.resolve() != folder.resolve() or path.resolve().parent != folder.resolve():
        raise FigureError(f"« {name} » n’est pas dans le dossier des figures.")
    namespace: dict[str, Any] = {'__name__': f'figure_{path.stem}', '__file__': name}
    try:
        exec(compile(path.read_bytes(), name, 'exec', dont_inherit=True), namespace)  # noqa: S102 - a figure by code
    except Exception as error:
        raise FigureError(f"« {name} » ne s’exécute pas : {_describe(error, name)}.") from error
    function = namespace.get('dessiner')
    if not callable(function):
        raise FigureError(f"« {name} » ne définit pas de fonction « dessiner(figure, donnees, theme) ».")
    return cast('Callable[..., Any]', function)


def _run(function: Callable[..., Any], name: str, figure: Figure, tables: Data, theme: Theme) -> None:
    size = tuple(figure.get_size_inches())
    try:
        function(figure, tables, theme)
    except FigureError:
        raise
    except Exception as error:
        raise FigureError(f"« {name} » s’arrête sur une erreur : {_describe(error, name)}.") from error
    if tuple(figure.get_size_inches()) != size:
        raise FigureError(f"« {name} » change la taille de la figure : elle se règle par « hauteur » et « largeur ».")


def _describe(error: Exception, name: str) -> str:
    """Return the kind and the words of an error, with its line when it is the file's own."""
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f'{type(error).__name__}, {error}' + (f" (ligne {line})" if line else '')
