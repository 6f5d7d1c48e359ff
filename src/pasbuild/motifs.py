"""The reasons of the changes: ``content/motifs.yaml``, by identifier, for the table the deliberation needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, RootModel

from pasbuild.diagnostics import Report, nearest
from pasbuild.diff import HIDDEN, Change
from pasbuild.model import Document, Objectif, Span, walk
from pasbuild.project import Folder, Identifiant, Texte
from pasbuild.units import collect
from pasbuild.yamlfile import read_yaml, validate

if TYPE_CHECKING:
    from pasbuild.document import Project

FILE = 'content/motifs.yaml'
Motif = Annotated[Texte, Field(min_length=10, description="Pourquoi cela change, et à la demande de qui.")]
_OWN = {'trajectoire': 'trajectoire', 'trajectoire_secteurs': 'trajectoire', 'armature': 'armature'}
"""What the project itself sets, and its file."""


class Motifs(RootModel[dict[Identifiant, Motif]]):
    """``content/motifs.yaml``: identifier (of an objective, a title, a figure…) → reason."""


def read_motifs(folder: Folder, report: Report) -> dict[str, str]:
    """Return the reasons by identifier; a dossier without the file has none."""
    if not (folder.root / FILE).exists():
        return {}
    text = folder.text(FILE, Span(FILE), report)
    source = read_yaml(text, FILE, report) if text is not None else None
    motifs = validate(Motifs, source, report) if source is not None else None
    return motifs.root if motifs is not None else {}


def check_known(motifs: Mapping[str, str], projects: Iterable[Project], report: Report) -> None:
    """Warn of each reason whose identifier no version has: mistyped, it would explain nothing."""
    known = set(_OWN)
    for project in projects:
        owners = collect(project.document)
        known |= {*owners, *project.figures} | {unit.id for owner in owners.values() for unit in owner.units}
    for name in sorted(motifs.keys() - known):
        message = f"Aucune des versions comparées n'a l'identifiant « {name} » : ce motif n'explique rien."
        report.warn('version.motif-inconnu', Span(FILE), message, nearest(name, sorted(known)))


def with_reasons(changes: Sequence[Change], motifs: Mapping[str, str]) -> tuple[Change, ...]:
    """Return the changes with their reason: that of their identifier, else of what they fall under."""
    return tuple(replace(change, reason=motifs.get(change.id) or motifs.get(change.owner, '')) for change in changes)


def places(document: Document) -> dict[str, Span]:
    """Return where each objective, and what the project sets, is written."""
    found = {block.id: block.span for block in walk(document) if isinstance(block, Objectif)}
    return found | {name: Span(f'content/{file}.yaml') for name, file in _OWN.items()}


def check_motifs(changes: Iterable[Change], where: Mapping[str, Span], report: Report, since: str = '') -> None:
    """Report each objective, and what the project sets, that changes without a reason; renumbering needs none.

    ``where``: what ``places`` gives; what is no longer there is reported where its reason is due. ``since``: « depuis… ».
    """
    missing: dict[str, str] = {}
    for change in changes:
        counts = change.owner in _OWN or change.under == 'objectif'
        if counts and not change.reason and change.kind not in (*HIDDEN, 'renumerote'):
            missing.setdefault(change.owner, change.place)
    for owner, place in missing.items():
        message = f"« {owner} » ({place}) change{since}, et son motif n'est pas écrit."
        report.add(
            'version.motif',
            where.get(owner, Span(FILE)),
            message,
            f"Ajoutez dans {FILE} : « identifiant: pourquoi, à la demande de qui ».",
        )
