"""The versions of a document, kept for good: what one holds, how it is deposited, listed, verified and taken out.

Why: whoever keeps the document must be able to show every official state, prove that a file is the one adopted, and see
that nothing was changed since. ``ocfl.py`` keeps bytes; this module says which: sources, outputs with their manifest, the
acts, and ``version.json``, what the version is.

Dates. A version is dated by its document (``date`` of dossier.yaml), or by whoever deposits it, never by the clock: the same
deposits give the same store. The true moment of a deposit is proved by a time stamp (RFC 3161), and by nothing else. Tokens
are kept outside the object: they are proofs about it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pasbuild.diagnostics import ExitCode, PasbuildError, nearest
from pasbuild.manifest import NAME as MANIFEST
from pasbuild.manifest import Decision, Manifest, read_manifest
from pasbuild.ocfl import Stored, StoreError, Version, read_store

STAMPS, RECORD = 'horodatage', 'version.json'
SOURCES, OUTPUTS, PIECES = 'sources', 'sorties', 'pieces'


class Fiche(BaseModel):
    """``version.json``: what a version is."""

    model_config = ConfigDict(extra='forbid', frozen=True)

    forme: Literal[1] = 1
    titre: str
    scot: str
    siren: str
    maitre_ouvrage: str
    version: str
    etat: str
    date: datetime.date = Field(description="Date de la version ; pour un état reconstruit, celle du document publié.")
    decision: Decision | None = Field(None, description="Acte qui fait l'état : étape, date, référence.")
    procedure: tuple[Decision, ...] = ()
    reconstruit: bool = Field(
        default=False, description="Déposée depuis le PDF publié, sans ses sources : l'état précède l'outil."
    )
    outil: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A version of a store, to read from. Exports are made from this."""

    stored: Stored
    version: Version
    fiche: Fiche

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its files: ``sorties/pas.pdf``, ``sources/content/dossier.yaml``."""
        return tuple(self.version.files)

    def read(self, name: str) -> bytes:
        """Return a file, checked against its digest. Raises StoreError when it is damaged."""
        return self.stored.read(self.version, name)

    def files(self, under: str = '') -> dict[str, bytes]:
        """Return the files under a folder (all by default), checked, by their name below it."""
        return {name.removeprefix(under): self.read(name) for name in self.names if name.startswith(under)}


# --- reading ----------------------------------------------------------------------------------------------------------


@contextmanager
def readable() -> Iterator[None]:
    """Say what is wrong with the store, for a command that cannot go on. Raises PasbuildError."""
    try:
        yield
    except StoreError as error:
        raise PasbuildError(f"[{error.code}] {error.place} : {error.message}\n{_VERIFY}", ExitCode.FINDINGS) from error


def versions(store: Path) -> tuple[Kept, ...]:
    """Return the versions of a store, from the first. Raises PasbuildError when it is no store or cannot be read."""
    with readable():
        stored = read_store(store)
        if stored is None:
            message = f"« {store.name} » n'est pas un magasin de versions."
            raise PasbuildError(f"{message}\npiste : pasbuild version deposit en crée un", ExitCode.USAGE)
        return tuple(Kept(stored, version, read_fiche(stored, version)) for version in stored.versions)


_VERIFY = "piste : pasbuild version verify dit tout ce qui ne va pas"


def find(store: Path, wanted: str = '') -> Kept:
    """Return the version ``v3``, ``3``, the last one of a state, or the last one. Raises PasbuildError when there is none."""
    kept = versions(store)
    if not wanted:
        return kept[-1]
    names = {one.version.name: one for one in kept} | {one.version.name[1:]: one for one in kept}
    names |= {one.fiche.etat: one for one in kept}
    if wanted not in names:
        hint = nearest(wanted, [name for name in names if not name.isdigit()])
        raise PasbuildError(f"La version « {wanted} » n'existe pas.\npiste : {hint}", ExitCode.USAGE)
    return names[wanted]


def read_fiche(stored: Stored, version: Version) -> Fiche:
    """Return what a version says it is. Raises StoreError."""
    try:
        return Fiche.model_validate_json(stored.read(version, RECORD))
    except (ValidationError, KeyError, OSError) as error:
        raise StoreError('version.inventaire', f'{version.name}/{RECORD}', "La fiche de la version manque.") from error


def extract(kept: Kept, target: Path, under: str = '') -> tuple[Path, ...]:
    """Write the files of a version in a new folder, each checked. Raises PasbuildError when the folder is not empty."""
    from pasbuild.build import write_files

    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise PasbuildError(f"« {target} » existe déjà : rien n'a été écrit.", ExitCode.USAGE)
    try:
        files = {name: kept.read(name) for name in kept.names if name.startswith(under)}
    except StoreError as error:
        raise PasbuildError(f"[{error.code}] {error.place} : {error.message}\n{_VERIFY}") from error
    written = [write_files((target / name).parent, {Path(name).name: data})[0] for name, data in files.items()]
    return tuple(written)


def manifest_of(kept: Kept) -> Manifest | None:
    """Return the manifest of a version, None for a reconstructed one."""
    name = f'{OUTPUTS}/{MANIFEST}'
    return read_manifest(kept.read(name)) if name in kept.names else None
