"""Make a review copy: read, check, draw, write the copy, and keep what was sent in the dossier."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pasbuild import __version__
from pasbuild.build import Progress, check, write_files
from pasbuild.commenting import Said, read_conversation, write_comments
from pasbuild.data import slug
from pasbuild.diagnostics import ExitCode, PasbuildError, Report, nearest
from pasbuild.document import Project
from pasbuild.drafting import draw_figures
from pasbuild.law import matieres
from pasbuild.model import Document, Span
from pasbuild.procedure import states
from pasbuild.project import Dossier, Folder
from pasbuild.record import sources
from pasbuild.reviewbase import FOLDER, VERSION, Base, Sent, as_json, identify
from pasbuild.reviewcopy import Sending, part_name, write_review
from pasbuild.wordlook import find_look


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the copy to send, what the dossier keeps of it, and how many paragraphs can be corrected."""

    copy: Path
    base: Path
    paragraphs: int


def export(
    folder: Folder,
    report: Report,
    reviewer: str = '',
    only: Sequence[str] = (),
    output: Path | None = None,
    progress: Progress | None = None,
) -> Exported | None:
    """Write a review copy and its base; None when findings forbid it (nothing is then written).

    ``only``: names of parts as in dossier.yaml. Raises PasbuildError when there is no such part.
    """
    progress = progress or Progress()
    checked = check(folder, report, progress)
    if checked is None or report.failed():
        return None
    project, theme = checked
    document = _chosen(project, only)
    with progress.step("Figures"):
        drawings = draw_figures(project, theme, report)
    if report.failed():
        return None
    said = read_conversation(folder, report)
    if report.failed():
        return None
    sending = _sending(project, reviewer, only, said)
    with progress.step("Document Word"):
        matters = {matiere.id: matiere.titre for matiere in matieres().values()}
        data, blocs = write_review(
            document, project.dossier, theme, drawings, matters, project.data, lambda name: _read(folder, name), sending,
            find_look(folder, theme, Report()),
        )  # fmt: skip
    dossier = project.dossier
    data = write_comments(data, said)
    sent = Sent(dossier.scot, dossier.version, dossier.etat, dossier.date)
    parts = tuple(part_name(part) for part in document.parts)
    base = Base(VERSION, sending.id, sending.reviewer, parts, sent, sending.tool, sending.sources, blocs)
    path = output or folder.root / 'output' / 'relecture' / file_name(dossier, sending)
    with progress.step("Écriture"):
        (kept,) = write_files(folder.root / FOLDER, {f'{sending.id}.json': as_json(base)})
        (copy,) = write_files(path.parent, {path.name: data})
    return Exported(copy, kept, sum(not bloc.genere for bloc in blocs))


def file_name(dossier: Dossier, sending: Sending) -> str:
    """Return the name of the file a reviewer gets: what it is, of which version, for whom."""
    words = filter(
        None, ('relecture', slug(dossier.scot), f'v{dossier.version}', slug(sending.reviewer), sending.id[:6])
    )
    return f'{"-".join(re.sub("[^A-Za-z0-9.-]+", "-", word) for word in words)}.docx'


def _chosen(project: Project, only: Sequence[str]) -> Document:
    """Return the document with the parts asked for, in its own order; all of them when none is named."""
    names = [part_name(part) for part in project.document.parts]
    for name in only:
        if name not in names:
            raise PasbuildError(f"La partie « {name} » n'existe pas. {nearest(name, names)}", ExitCode.USAGE)
    return Document(tuple(part for part in project.document.parts if not only or part_name(part) in only))


def _sending(project: Project, reviewer: str, only: Sequence[str], said: Sequence[Said]) -> Sending:
    reviewer, tool = ' '.join(reviewer.split()), f'pasbuild {__version__}'
    content = sources(project.folder.root)
    parts = tuple(sorted(set(only)))
    state = states()[project.dossier.etat].titre
    return Sending(identify(content, tool, reviewer, *parts, *map(repr, said)), reviewer, state, tool, content, parts)


def _read(folder: Folder, name: str) -> str:
    return folder.text(name, Span(name), Report()) or ''
