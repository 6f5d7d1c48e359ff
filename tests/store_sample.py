"""A store of versions of a dossier, deposited without building: its sources, and what says what they are."""

from __future__ import annotations

import datetime
from pathlib import Path

from pasbuild.manifest import as_json
from pasbuild.ocfl import Entry, add_version, locked
from pasbuild.record import inputs
from pasbuild.versions import Fiche


def keep(root: Path, store: Path, etat: str, *, reconstruit: bool = False) -> None:
    """Keep the dossier at ``root`` as it is, as a version in the state ``etat``."""
    fiche = Fiche(
        titre='PAS', scot='imaginaire', siren='', maitre_ouvrage='Syndicat imaginaire', version='0.1', etat=etat,
        date=datetime.date(2024, 1, 1), reconstruit=reconstruit, outil='pasbuild',
    )  # fmt: skip
    files = {'version.json': as_json(fiche), 'sorties/pas.pdf': b'%PDF-1.7'}
    if not reconstruit:
        files |= {f'sources/{path.relative_to(root).as_posix()}': path.read_bytes() for path in inputs(root)}
    with locked(store):
        add_version(store, 'info:pas/imaginaire', Entry(files, '2024-01-01T00:00:00Z', etat, 'Syndicat imaginaire'))
