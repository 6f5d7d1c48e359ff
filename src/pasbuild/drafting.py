"""Drawing the figures of a dossier: which ones, from what, kept in a cache by content, in several processes if asked.

Why apart from ``drawing.py``: that module draws one figure and knows nothing of dossiers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pasbuild.cache import FOLDER
from pasbuild.correspondence import Matrix, read_matrix
from pasbuild.data import Data
from pasbuild.diagnostics import Report
from pasbuild.document import Project
from pasbuild.drawing import Drawing, FigureError, cached, find
from pasbuild.figures import AnyFigure, Chiffres, Correspondance, Python
from pasbuild.milestones import procedure_figure
from pasbuild.model import FigureBlock, walk
from pasbuild.project import Dossier, Folder
from pasbuild.tables import data_fingerprint
from pasbuild.theme import Theme
from pasbuild.values import ValueNotFoundError, cite_value
from pasbuild.workers import Workers

CACHE = f'{FOLDER}/figures'


@dataclass(frozen=True, slots=True)
class Task:
    """One figure to draw, with everything it depends on."""

    id: str
    spec: AnyFigure
    data: Data
    theme: Theme
    folder: Path
    values: Mapping[str, str]
    key: tuple[str, ...]
    matrix: Matrix | None = None

    @property
    def cache(self) -> Path:
        """Folder of the cache."""
        return self.folder / CACHE


def draw_figures(
    project: Project, theme: Theme, report: Report, workers: Workers | None = None, *, only: Iterable[str] = ()
) -> dict[str, Drawing]:
    """Return the drawing of every figure placed in the document (or of those in ``only``), by id."""
    placed = [block.id for block in walk(project.document) if isinstance(block, FigureBlock)]
    names = dict.fromkeys(name for name in (only or placed) if name in project.figures)
    tasks = [task for name in names if (task := _task(name, project, theme, report)) is not None]
    drawings = {task.id: find(task.key, task.cache) for task in tasks}
    missing = [task for task in tasks if drawings[task.id] is None]
    failed: dict[str, str] = {}
    for task, drawn in (workers or Workers(1)).run(_draw_quietly, missing):
        if isinstance(drawn, str):
            failed[task.id] = drawn
        else:
            drawings[task.id] = drawn
    for name in (task.id for task in tasks if task.id in failed):
        report.add('figure.dessin', project.figures[name].span, f"La figure ne se dessine pas : {failed[name]}")
    return {name: drawing for name, drawing in drawings.items() if drawing is not None}


def draw_procedure(dossier: Dossier, theme: Theme, folder: Folder) -> Drawing:
    """Return the timeline of the procedure of a dossier that has no figure for it."""
    spec = procedure_figure(dossier)
    key = (spec.model_dump_json(), theme.model_dump_json())
    return _draw(Task('', spec, {}, theme, folder.root, {}, key))


def _task(name: str, project: Project, theme: Theme, report: Report) -> Task | None:
    figure = project.figures[name]
    values: dict[str, str] = {}
    for index, chiffre in enumerate(figure.spec.chiffres if isinstance(figure.spec, Chiffres) else ()):
        try:
            values[chiffre.valeur] = cite_value(chiffre.valeur, project.data).text
        except ValueNotFoundError as error:
            span = figure.yaml.span(('chiffres', index, 'valeur'))
            report.add('donnee.valeur-introuvable', span, str(error), error.hint)
            return None
    tables = figure.spec.tables()
    code = ''
    if isinstance(figure.spec, Python):
        code = (project.folder.root / 'figures' / figure.spec.fichier).read_text(encoding='utf-8')
    matrix = None
    if isinstance(figure.spec, Correspondance):
        matrix = read_matrix(project.document, project.dossier.niveaux.objectif)
    key = (
        figure.spec.model_dump_json(),
        data_fingerprint(tables, project.data),
        theme.model_dump_json(),
        repr(sorted(values.items())),
        code,
        repr(matrix),
    )
    data = {table: project.data[table] for table in tables}
    return Task(name, figure.spec, data, theme, project.folder.root, values, key, matrix)


def _draw(task: Task) -> Drawing:
    def make() -> Drawing:
        # Imported here and not above: a figure found in the cache must not cost half a second of matplotlib.
        from pasbuild.charts import draw

        return draw(task.spec, task.data, task.theme, task.folder / 'figures', task.values, task.matrix)

    return cached(task.key, task.cache, make)


def _draw_quietly(task: Task) -> Drawing | str:
    """Draw into the cache; return the reason when the figure cannot be drawn (it must cross a process boundary)."""
    try:
        return _draw(task)
    except FigureError as error:
        return str(error)
