"""Compare two versions of a dossier: open them, read them, write what is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePath

from pasbuild.checkout import Version, open_version
from pasbuild.data import slug
from pasbuild.diagnostics import ExitCode, PasbuildError, Report, render
from pasbuild.diff import Change, compare
from pasbuild.diffreport import Comparaison, Compared, as_html, as_json, as_xlsx, describe
from pasbuild.document import Project, read_project
from pasbuild.motifs import check_motifs, read_motifs, with_reasons
from pasbuild.theme import Theme, find_theme

FORMATS = ('.html', '.json', '.xlsx', '.docx')


@dataclass(frozen=True, slots=True)
class Result:
    """A comparison: its content, the changes shown, the files written."""

    content: Comparaison
    changes: tuple[Change, ...]
    files: tuple[Path, ...]


def run(
    names: tuple[str, str],
    root: Path,
    report: Report,
    outputs: Sequence[Path],
    *,
    kinds: Sequence[str] = (),
    everything: bool = False,
    reasons: bool = False,
) -> Result:
    """Compare two versions and write ``outputs``, by their extension; ``kinds``: extensions to write in output/comparaison.

    ``reasons``: report objectives that change without one. Raises PasbuildError when a version cannot be read.
    """
    with ExitStack() as stack:
        old, new = (stack.enter_context(open_version(name, root)) for name in names)
        before, after = _read(old), _read(new)
        comparison = compare(before, after)
        motifs = read_motifs(after.folder, report)
        comparison = type(comparison)(with_reasons(comparison.changes, motifs))
        if reasons:
            check_motifs(comparison.changes, report)
        sides = Compared(old.name, old.commit, before.dossier), Compared(new.name, new.commit, after.dossier)
        content = describe(*sides, comparison, everything=everything)
        paths = [*outputs, *(_place(root, sides, kind) for kind in kinds)]
        files = [file for path in paths for file in _write(path, content, before, after)]
    return Result(content, comparison.shown(everything=everything), tuple(files))


def _read(version: Version) -> Project:
    """Return a version as read. What can be read despite its faults is compared: they are those of another day."""
    report = Report()
    project = read_project(version.folder, report)
    if project is None:
        raise PasbuildError(f"La version « {version.name} » ne se lit pas.\n{render(report, 'text')}")
    return project


def _place(root: Path, sides: tuple[Compared, Compared], kind: str) -> Path:
    names = [slug(side.commit[:10] or PurePath(side.name).name or side.dossier.version) for side in sides]
    return root / 'output' / 'comparaison' / f'{names[0]}-{names[1]}{kind}'


def _write(path: Path, content: Comparaison, before: Project, after: Project) -> tuple[Path, ...]:
    from pasbuild.build import write_files

    match path.suffix.lower():
        case '.json':
            data = as_json(content)
        case '.xlsx':
            data = as_xlsx(content)
        case '.html':
            data = as_html(content, after.folder, _theme(after))
        case _:
            data = _redline(before, after)
    return write_files(path.parent, {path.name: data})


def _theme(project: Project) -> Theme:
    report = Report()
    theme = find_theme(project.folder, report)
    if theme is None:
        raise PasbuildError(render(report, 'text'))
    return theme


def _redline(before: Project, after: Project) -> bytes:
    from pasbuild.drafting import draw_figures
    from pasbuild.law import matieres
    from pasbuild.model import FigureBlock, walk
    from pasbuild.redline import Side, write_redline

    theme = _theme(after)
    sides = []
    for project in (before, after):
        report = Report()
        drawings = draw_figures(project, theme, report)
        placed = {block.id for block in walk(project.document) if isinstance(block, FigureBlock)}
        if not placed <= drawings.keys():
            names = ', '.join(sorted(placed - drawings.keys()))
            message = f"Figures qui ne se dessinent pas dans la version {project.dossier.version} : {names}."
            raise PasbuildError(f"{message}\n{render(report, 'text')}".rstrip(), ExitCode.FINDINGS)
        sides.append(Side(project.document, project.dossier, drawings))
    matters = {matiere.id: matiere.titre for matiere in matieres().values()}
    return write_redline(sides[0], sides[1], theme, matters)
