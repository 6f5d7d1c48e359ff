"""The straight line: read, resolve, check, draw, lay out, write. Nothing is replaced unless everything succeeded.

Outputs are written to a temporary name beside their own, then moved into place: a build that fails or is killed leaves
the previous files as they were.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from errno import EISDIR
from pathlib import Path
from time import perf_counter

from pasbuild.approval import check_reasons
from pasbuild.cache import FOLDER as CACHE
from pasbuild.cache import sweep, trim
from pasbuild.diagnostics import PasbuildError, Report
from pasbuild.document import Project, read_project
from pasbuild.procedure import check_procedure
from pasbuild.project import Dossier, Folder, dossier_lines
from pasbuild.reader import parsed
from pasbuild.record import FORMATS
from pasbuild.theme import Theme, find_theme
from pasbuild.workers import Workers, uncollected

MAX_CELLS = 20_000
"""Cells of one printed table. A judgement: more is a file to publish, not a table to read."""
STEPS = ("Lecture", "Contrôles", "Figures", "Mise en page du PDF", "Document Word", "Écriture")


@dataclass(slots=True)
class Progress:
    """Named steps and how long each took.

    ``show`` is told when one begins (name, rank from 1, number of steps), ``done`` when there will be no more.
    """

    show: Callable[[str, int, int], None] = lambda _name, _rank, _count: None
    done: Callable[[], None] = lambda: None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        self.show(name, STEPS.index(name) + 1, len(STEPS))
        start = perf_counter()
        yield
        self.seconds[name] = perf_counter() - start


@dataclass(frozen=True, slots=True)
class Built:
    """What a build wrote: paths in the order asked for, and the number of pages of the PDF."""

    files: tuple[Path, ...]
    pages: int


def check(
    folder: Folder, report: Report, progress: Progress | None = None, *, etat: str = ''
) -> tuple[Project, Theme] | None:
    """Do everything but draw and write, as in the state ``etat`` (default: the one the dossier declares).

    Return the project and its theme, or None when they cannot be read at all.
    """
    progress = progress or Progress()
    with progress.step("Lecture"), uncollected():
        project = read_project(folder, report, etat)
        theme = find_theme(folder, report)
    if project is None or theme is None:
        return None
    with progress.step("Contrôles"), uncollected():
        from pasbuild.pdf import check_glyphs
        from pasbuild.wordlook import find_look

        _check_size(project, report)
        check_glyphs(project.document, report)
        find_look(folder, theme, report)
        if not report.failed():  # the law is judged on a document read whole
            from pasbuild.editorial import check_editorial
            from pasbuild.gates import check_gates
            from pasbuild.rules import check_rules

            check_rules(project, report)
            check_gates(project, report)
            check_editorial(project, report)
            check_reasons(project, report)
        check_procedure(project.dossier, dossier_lines(folder), project.dossier.etat, report)
    return project, theme


def _check_size(project: Project, report: Report) -> None:
    """Report a table too large to print."""
    from pasbuild.model import Table, walk

    for table in (block for block in walk(project.document) if isinstance(block, Table)):
        cells = len(table.rows) * len(table.header)
        if cells > MAX_CELLS:
            message = f"Le tableau à imprimer a {cells} cellules (limite : {MAX_CELLS})."
            hint = "Gardez les lignes utiles (« filtre », « lignes »), et publiez la table à part."
            report.add('securite.taille', table.span, message, hint)


def build(
    folder: Folder,
    report: Report,
    formats: Sequence[str] = FORMATS,
    output: Path | None = None,
    *,
    etat: str = '',
    jobs: int = 1,
    strict: bool = False,
    progress: Progress | None = None,
) -> Built | None:
    """Build the dossier. Return what was written, or None when findings forbid it (nothing is then touched)."""
    progress = progress or Progress()
    with Workers(jobs) as workers:
        workers.warm(prepare)
        built = _build(folder, report, formats, output, workers, etat=etat, strict=strict, progress=progress)
    trim(folder.root / CACHE)
    return built


def _build(
    folder: Folder,
    report: Report,
    formats: Sequence[str],
    output: Path | None,
    workers: Workers,
    *,
    etat: str,
    strict: bool,
    progress: Progress,
) -> Built | None:
    checked = check(folder, report, progress, etat=etat)
    parsed.cache_clear()  # a layout has better use for the memory
    if checked is None or report.failed(strict=strict):
        return None
    project, theme = checked
    with progress.step("Figures"):
        from pasbuild.drafting import draw_figures

        drawings = draw_figures(project, theme, report, workers)
    if report.failed(strict=strict):
        return None
    with progress.step("Mise en page du PDF"):
        from pasbuild.chapters import lay_out

        pdf = lay_out(project, theme, drawings, report, workers)
    results = {'pas.pdf': pdf.data} if 'pdf' in formats else {}
    if 'docx' in formats:
        with progress.step("Document Word"):
            from pasbuild.docx import write_docx
            from pasbuild.law import matieres
            from pasbuild.wordlook import find_look

            look = find_look(folder, theme, Report())  # its findings were told by the checks
            matters = {matiere.id: matiere.titre for matiere in matieres().values()}
            results['pas.docx'] = write_docx(
                project.document, project.dossier, theme, drawings, pdf.pages, matters, look
            )
    if report.failed(strict=strict):
        return None
    with progress.step("Écriture"):
        results |= _described(project, [name for name in FORMATS if name in formats], results)
        written = write_files(output or folder.root / 'output', results)
    return Built(written, pdf.count)


def _described(project: Project, formats: Sequence[str], results: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the document as data, and the manifest of all that is written."""
    from pasbuild import manifest, structured

    data = {structured.NAME: structured.as_json(structured.structured(project))}
    made = manifest.make_manifest(project.folder.root, project.dossier, formats, {**results, **data})
    return data | {manifest.NAME: manifest.as_json(made)}


def prepare() -> None:
    """Have a worker load what it will lay out with; what is missing is said when it is asked for."""
    from pasbuild.chapters import warm_up

    with suppress(PasbuildError):
        warm_up()


def write_files(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write every file whole, then move them all into place."""
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    staged: list[tuple[str, Path]] = []
    try:
        for name, data in files.items():
            if (folder / name).is_dir():
                raise IsADirectoryError(EISDIR, '', str(folder / name))
            with tempfile.NamedTemporaryFile(
                dir=folder, prefix=f'.{name}-', suffix=f'.{os.getpid()}.tmp', delete=False
            ) as temporary:
                staged.append((temporary.name, folder / name))
                temporary.write(data)
                temporary.flush()
                os.fsync(temporary.fileno())
        for temporary_name, path in staged:
            Path(temporary_name).chmod(0o644)
            Path(temporary_name).replace(path)
    except OSError as error:
        error.filename = error.filename or str(folder)  # a full disk does not say where
        raise
    finally:
        for temporary_name, _ in staged:
            Path(temporary_name).unlink(missing_ok=True)
    return tuple(path for _, path in staged)


def write_figures(
    folder: Folder, report: Report, names: Sequence[str] = (), output: Path | None = None
) -> tuple[Path, ...]:
    """Draw figures alone, as SVG and PNG. An unknown name is a finding; nothing is written when there is an error."""
    from pasbuild.diagnostics import nearest
    from pasbuild.drafting import draw_figures
    from pasbuild.model import Span

    checked = check(folder, report)
    if checked is None:
        return ()
    project, theme = checked
    for name in names:
        if name not in project.figures:
            hint = nearest(name, project.figures)
            report.add('ref.introuvable', Span('figures'), f"La figure « {name} » n'existe pas.", hint)
    if report.failed():
        return ()
    drawings = draw_figures(project, theme, report, only=names or tuple(project.figures))
    if report.failed():
        return ()
    files = {f'{name}.svg': drawing.svg for name, drawing in drawings.items()}
    files |= {f'{name}.png': drawing.png for name, drawing in drawings.items()}
    return write_files(output or folder.root / 'output' / 'figures', dict(sorted(files.items())))


def write_timeline(folder: Folder, dossier: Dossier, path: Path, report: Report) -> tuple[Path, ...]:
    """Draw the procedure of a dossier, as SVG or PNG by the extension of ``path``; nothing is written after an error."""
    theme = find_theme(folder, report)
    if theme is None or report.failed():
        return ()
    from pasbuild.drafting import draw_procedure

    drawing = draw_procedure(dossier, theme, folder)
    return write_files(path.parent, {path.name: drawing.svg if path.suffix.lower() == '.svg' else drawing.png})
