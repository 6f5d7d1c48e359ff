"""The gate of approval: what changed since the document was adopted (« arrêté ») must say why.

Why: after the enquiry, the document may be changed to take account of opinions, observations and the report (article
L143-23, source of certainty B): whoever approves it, and whoever judges it, asks for the reason of each change. It is
checked where the adopted version is kept: without a store in ``versions/``, or without its sources, nothing is compared.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.ocfl import ROOT, StoreError
from pasbuild.procedure import chain

if TYPE_CHECKING:
    from pasbuild.document import Project
    from pasbuild.versions import Kept

STORE = 'versions'
_APPROVED, _ADOPTED = 'approuve', 'arrete'


def check_reasons(project: Project, report: Report, store: Path | None = None) -> None:
    """Report each objective, and what the project sets, changed without a reason since the last version kept as adopted.

    ``store``: where versions are kept (default: ``versions/`` of the dossier).
    """
    store = store or project.folder.root / STORE
    if all(state.id != _APPROVED for state in chain(project.dossier.etat)) or not (store / ROOT).is_dir():
        return
    from pasbuild.ocflproof import add

    try:
        kept = _adopted(store)
        if kept is not None:
            _compare(kept, project, report)
    except StoreError as error:
        add(report, error.code, f'{store.name}/{error.place}', error.message)


def _adopted(store: Path) -> Kept | None:
    """Return the last version kept as adopted, None when there is none with its sources. Raises StoreError."""
    from pasbuild.ocfl import read_store
    from pasbuild.versions import Kept, read_fiche

    stored = read_store(store)
    if stored is None:
        return None
    for version in reversed(stored.versions):
        fiche = read_fiche(stored, version)
        if fiche.etat == _ADOPTED and not fiche.reconstruit:
            return Kept(stored, version, fiche)
    return None


def _compare(kept: Kept, project: Project, report: Report) -> None:
    from pasbuild.checkout import lay
    from pasbuild.diff import compare
    from pasbuild.document import read_project
    from pasbuild.motifs import check_known, check_motifs, places, read_motifs, with_reasons
    from pasbuild.project import Folder

    with tempfile.TemporaryDirectory(prefix='pasbuild-version-') as place:
        lay(kept, Path(place))
        adopted = read_project(Folder(Path(place)), Report())  # its faults are those of another day
        if adopted is None:
            message = f"La version arrêtée {kept.version.name} ne se lit plus avec ce programme : les motifs ne sont pas contrôlés."
            hint = "Comparez-la à la main, ou avec la version de pasbuild qui l'a faite (« pasbuild version show » la nomme)."
            report.warn('version.non-comparee', Span(STORE), message, hint)
            return
        motifs = read_motifs(project.folder, report)
        check_known(motifs, (adopted, project), report)
        changes = with_reasons(compare(adopted, project).changes, motifs)
    since = f" depuis la version arrêtée ({kept.version.name})"
    check_motifs(changes, places(project.document), report, since)
