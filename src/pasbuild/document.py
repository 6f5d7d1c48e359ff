"""The whole dossier, read: what ``pasbuild check`` looks at and ``pasbuild build`` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pasbuild.armature import read_armature
from pasbuild.data import SOURCES, Data, Dataset
from pasbuild.diagnostics import Report, nearest
from pasbuild.figurefiles import FigureFile, read_figures
from pasbuild.generated import Context, generate, names
from pasbuild.model import Document, Part, Span
from pasbuild.procedure import in_state
from pasbuild.project import Dossier, Folder, Horizon, Lexique, Perimetre, read_dossier, read_lexique
from pasbuild.reader import read_part
from pasbuild.resolve import Sources, resolve
from pasbuild.tables import read_data
from pasbuild.trajectory import read_trajectory


@dataclass(frozen=True, slots=True)
class Project:
    """A dossier as read: its settings, data and figures, and the resolved document."""

    folder: Folder
    dossier: Dossier
    data: Data
    figures: dict[str, FigureFile]
    lexique: Lexique
    document: Document


def read_project(folder: Folder, report: Report, etat: str = '') -> Project | None:
    """Read and resolve a whole dossier, as in the state ``etat`` (default: its own); None without ``dossier.yaml``.

    Raises PasbuildError when its own state does not lead to ``etat``.
    """
    dossier = read_dossier(folder, report)
    data = read_data(folder, report)
    data |= _decided(dossier, data, folder, report)
    if dossier is not None and etat:
        dossier = in_state(dossier, etat)
    figures = read_figures(folder, data, report, dossier)
    lexique = read_lexique(folder, report)
    if dossier is None:
        return None
    written = {name: part for name, part in _written(dossier, folder, report) if part is not None}
    document = Document(tuple(written.values()))
    context = Context(dossier, data, lexique, figures, document)
    for name in dossier.parties:
        if name in names():
            part = read_part(generate(name, folder, context), f'templates/parts/{name}.md.j2', report)
            if part is not None:
                written[name] = part
    parts = tuple(written[name] for name in dict.fromkeys(dossier.parties) if name in written)
    resolved = resolve(Document(parts), Sources(dossier, data, figures, lexique), report)
    return Project(folder, dossier, data, figures, lexique, resolved)


def _decided(dossier: Dossier | None, data: Data, folder: Folder, report: Report) -> dict[str, Dataset]:
    """Return the tables the project itself sets; one of sources.yaml that takes their name is a finding."""
    horizon, perimetre = (dossier.horizon, dossier.perimetre) if dossier is not None else (Horizon(), Perimetre())
    tables = read_trajectory(folder, horizon, report) | read_armature(folder, perimetre, data, report)
    for name in sorted(tables.keys() & data.keys()):
        message = f"Une table ne peut pas s'appeler « {name} » : c'est le nom de ce que le projet fixe."
        report.add('donnee.cle-reservee', Span(SOURCES), message, "Donnez-lui un autre nom.")
    return tables


def _written(dossier: Dossier, folder: Folder, report: Report) -> Iterator[tuple[str, Part | None]]:
    for name in dossier.parties:
        listed = _listed(name, folder)
        if name.endswith('.md'):
            text = folder.text(f'content/{name}', listed, report)
            yield name, read_part(text, f'content/{name}', report) if text is not None else None
        elif name not in names():
            message = f"La partie « {name} » n'existe pas."
            report.add('lire.partie-inconnue', listed, message, nearest(name, names()))
    for path in sorted((folder.root / 'content').glob('*.md')):
        if path.name not in dossier.parties:
            message = "Ce fichier n'est pas dans les parties de dossier.yaml."
            report.warn(
                'lire.partie-oubliee', Span(f'content/{path.name}'), message, f"Ajoutez « {path.name} » à « parties »."
            )


def _listed(name: str, folder: Folder) -> Span:
    """Return the line of dossier.yaml that names a part."""
    file = 'content/dossier.yaml'
    lines = (folder.text(file, Span(file), Report()) or '').split('\n')
    return Span(file, next((number for number, line in enumerate(lines, 1) if name in line), 0))
