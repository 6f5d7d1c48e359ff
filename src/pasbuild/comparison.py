"""Compare versions of a dossier: open them, read them, write what is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePath

from pasbuild import diffreport, synopsis
from pasbuild.checkout import Version, open_version
from pasbuild.data import slug
from pasbuild.diagnostics import ExitCode, PasbuildError, Report, render
from pasbuild.diff import Comparison, compare
from pasbuild.diffreport import Compared
from pasbuild.document import Project, read_project
from pasbuild.motifs import check_known, check_motifs, places, read_motifs, with_reasons
from pasbuild.printout import print_page
from pasbuild.project import Folder
from pasbuild.theme import Theme, find_theme
from pasbuild.workers import uncollected

FORMATS = ('.html', '.pdf', '.json', '.xlsx', '.docx')
Writer = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Result:
    """A comparison: its text, what to say of the versions taken, the files written."""

    text: str
    notes: tuple[str, ...]
    files: tuple[Path, ...]


def run(
    names: Sequence[str],
    root: Path,
    report: Report,
    outputs: Sequence[Path],
    *,
    store: Path | None = None,
    kinds: Sequence[str] = (),
    everything: bool = False,
    reasons: bool = False,
) -> Result:
    """Compare two versions, or lay more of them side by side, and write ``outputs``, by their extension.

    ``kinds``: extensions to write in output/comparaison; ``store``: where versions are kept (default: versions/);
    ``reasons``: report objectives that change without one. Raises PasbuildError when a version cannot be read.
    """
    with ExitStack() as stack:
        stack.enter_context(uncollected())
        versions = [stack.enter_context(open_version(name, root, store)) for name in names]
        projects = [_read(version) for version in versions]
        motifs = read_motifs(projects[-1].folder, report)
        check_known(motifs, projects, report)
        comparisons = [Comparison(with_reasons(compare(old, new).changes, motifs)) for old, new in pairwise(projects)]
        if reasons:
            changes = [change for comparison in comparisons for change in comparison.changes]
            check_motifs(changes, places(projects[-1].document), report)
        sides = [
            Compared(version.name, version.commit, project.dossier, version.kept)
            for version, project in zip(versions, projects, strict=True)
        ]
        if len(sides) == 2:
            text, writers = _two(sides, projects, comparisons[0], Folder(root), everything=everything)
        else:
            content = synopsis.lay_side_by_side(sides, projects, comparisons, motifs, everything=everything)
            text, writers = synopsis.as_text(content), _several(content, projects[-1], Folder(root))
        paths = [*outputs, *(_place(root, sides, kind) for kind in kinds)]
        files = [file for path in paths for file in _write(path, writers)]
        notes = [version.note for version in versions if version.note]
    return Result(text, (*notes, *_strangers(sides)), tuple(files))


def _strangers(sides: Sequence[Compared]) -> tuple[str, ...]:
    """Say that the versions are not of one document: a store of another SCoT given by mistake would read as a rewriting."""
    names = {slug(side.dossier.scot): side.dossier.scot for side in sides}
    if len(names) < 2:
        return ()
    return (f"Ces versions ne sont pas du même SCoT : {', '.join(f'« {name} »' for name in names.values())}.",)


def _two(
    sides: Sequence[Compared], projects: Sequence[Project], comparison: Comparison, home: Folder, *, everything: bool
) -> tuple[str, dict[str, Writer]]:
    """Return the text of a comparison of two versions, and what writes each form of it.

    ``home``: the dossier one is in. Its templates lay the page out: those of an old version were made for another tool.
    """
    before, after = projects
    content = diffreport.describe(sides[0], sides[1], comparison, everything=everything)
    text = diffreport.as_text(content, comparison.shown(everything=everything))

    def page() -> bytes:
        return diffreport.as_html(content, home, _theme(home))

    return text, {
        '.json': lambda: diffreport.as_json(content),
        '.xlsx': lambda: diffreport.as_xlsx(content),
        '.html': page,
        '.pdf': lambda: print_page(page(), after.dossier),
        '.docx': lambda: _redline(before, after),
    }


def _several(content: synopsis.Synopsis, last: Project, home: Folder) -> dict[str, Writer]:
    def page() -> bytes:
        return synopsis.as_html(content, home, _theme(home))

    return {
        '.json': lambda: diffreport.as_json(content),
        '.xlsx': lambda: synopsis.as_xlsx(content),
        '.html': page,
        '.pdf': lambda: print_page(page(), last.dossier),
    }


def _read(version: Version) -> Project:
    """Return a version as read. What can be read despite its faults is compared: they are those of another day."""
    report = Report()
    project = read_project(version.folder, report, version.etat)
    if project is None:
        raise PasbuildError(f"La version « {version.name} » ne se lit pas.\n{render(report, 'text')}")
    return project


def _place(root: Path, sides: Sequence[Compared], kind: str) -> Path:
    names = [slug(side.kept or side.commit[:10] or PurePath(side.name).name or side.dossier.version) for side in sides]
    return root / 'output' / 'comparaison' / f'{"-".join(names)}{kind}'


def _write(path: Path, writers: dict[str, Writer]) -> tuple[Path, ...]:
    from pasbuild.build import write_files

    return write_files(path.parent, {path.name: writers[path.suffix.lower()]()})


def _theme(folder: Folder) -> Theme:
    report = Report()
    theme = find_theme(folder, report)
    if theme is None:
        raise PasbuildError(render(report, 'text'))
    return theme


def _redline(before: Project, after: Project) -> bytes:
    from pasbuild.drafting import draw_figures
    from pasbuild.law import matieres
    from pasbuild.model import FigureBlock, walk
    from pasbuild.redline import Side, write_redline

    theme = _theme(after.folder)
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
