"""A version of the store, made ready to be handed over: its dossier read again from its own sources, its files named and titled.

Why from the store and not from ``output/``: what goes to the archives or to the portal must be the version that is kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pasbuild.data import Data, slug
from pasbuild.diagnostics import ExitCode, PasbuildError, Report
from pasbuild.procedure import in_state
from pasbuild.project import Dossier, Folder, read_dossier
from pasbuild.seda import Piece, Transfer, dated_zip
from pasbuild.versions import OUTPUTS, PIECES, RECORD, SOURCES, Kept, extract, versions

_TITLES = {
    'pas.pdf': "Projet d'aménagement stratégique (PDF)",
    'pas.docx': "Projet d'aménagement stratégique (document modifiable)",
    'pas.json': "Projet d'aménagement stratégique (données)",
    'manifeste.json': "Manifeste de la fabrication",
}
_SEAL = b'/ByteRange'


@dataclass(frozen=True, slots=True)
class Opened:
    """A version, with its dossier and its data as they were then."""

    kept: Kept
    dossier: Dossier
    data: Data


@contextmanager
def opened(kept: Kept, current: Folder, *, data: bool = False) -> Iterator[Opened]:
    """Yield a version with its dossier as it was then. Raises PasbuildError when its sources do not read.

    One deposited from its published PDF has no sources: the identity is the current dossier's.
    """
    with tempfile.TemporaryDirectory(prefix='pasbuild-') as place:
        folder, report = current, Report()
        if not kept.fiche.reconstruit:
            extract(kept, Path(place), f'{SOURCES}/')
            folder = Folder(Path(place) / SOURCES)
        dossier = read_dossier(folder, report)
        if dossier is None:
            message = f"Les sources de {kept.version.name} ne se lisent plus : {report.diagnostics[0].message}"
            raise PasbuildError(message, ExitCode.FINDINGS)
        changes = {'date': kept.fiche.date, 'version': kept.fiche.version}
        yield Opened(
            kept, in_state(dossier, kept.fiche.etat).model_copy(update=changes), _tables(folder) if data else {}
        )


def _tables(folder: Folder) -> Data:
    from pasbuild.tables import read_data

    return read_data(folder, Report())


def transfer(version: Opened, store: Path) -> Transfer:
    """Return what is handed over of a version, and the identifier of the one before it."""
    names = [one.version.name for one in versions(store)]
    rank = names.index(version.kept.version.name)
    previous = _identify(version.dossier, names[rank - 1]) if rank else ''
    identifier = _identify(version.dossier, names[rank])
    return Transfer(version.dossier, pieces(version), identifier, previous)


def _identify(dossier: Dossier, name: str) -> str:
    return '-'.join(filter(None, ('pas', dossier.maitre_ouvrage.siren, slug(dossier.scot), name)))


def pieces(version: Opened) -> tuple[Piece, ...]:
    """Return the files of a version: the document first, the acts, the record of the version, and its sources in one zip."""
    kept, date = version.kept, version.dossier.date
    outputs = kept.files(f'{OUTPUTS}/')
    sealed = [name for name, data in outputs.items() if name.lower().endswith('.pdf') and _SEAL in data]
    main = next(iter(sealed), 'pas.pdf')
    if main not in outputs:  # a published document keeps the name it was published under
        main = next((name for name in sorted(outputs) if name.lower().endswith('.pdf')), '')
    found = [
        Piece(name, _title(name, main, sealed), data, name == main, name in sealed)
        for name, data in sorted(outputs.items(), key=lambda item: (item[0] != main, item[0]))
    ]
    found += [Piece(name, f"Pièce : {name}", data) for name, data in sorted(kept.files(f'{PIECES}/').items())]
    found.append(Piece(RECORD, "Fiche de la version", kept.read(RECORD)))
    sources = sorted(kept.files(f'{SOURCES}/').items())
    if sources:
        found.append(Piece('sources.zip', "Sources du document", dated_zip(sources, date)))
    return tuple(found)


def _title(name: str, main: str, sealed: list[str]) -> str:
    if name in sealed:
        return "Projet d'aménagement stratégique (PDF scellé)"
    return _TITLES['pas.pdf'] if name == main else _TITLES.get(name, name)
