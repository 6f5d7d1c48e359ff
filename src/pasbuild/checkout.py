"""A version of the dossier to read: a folder, a version kept in the store, or a commit, laid in a temporary folder.

The working tree is never touched: ``git archive`` or the store hands the files over, and only plain files of the dossier are
written, within limits. What a commit or a store holds is content like any other: untrusted.

One name may be both: a tag « arrete » and a state kept. The version kept is taken, since it is the one proved, and it is
said; a prefix chooses (``version:arrete``, ``commit:arrete``).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pasbuild.cache import FOLDER
from pasbuild.diagnostics import ExitCode, PasbuildError
from pasbuild.ocfl import ROOT as STORED
from pasbuild.procedure import states
from pasbuild.project import Folder, find_root
from pasbuild.record import INPUTS

if TYPE_CHECKING:
    from pasbuild.versions import Kept

KEPT, COMMIT = 'version:', 'commit:'
"""Prefixes that say what a name is."""
WITHOUT = 'version.sans-sources'

MAX_FILES = 20_000
MAX_BYTES = 500_000_000
"""Bounds on what one version may hold. A judgement: a dossier has a few hundred files and a few megabytes."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version that can be read. ``name``: as the user wrote it; ``commit``: its full number, or empty.

    ``kept``: its name in the store (« v2 »), or empty; ``etat``: the state it was kept in, which its own dossier.yaml may
    not tell (``build --etat``), or empty; ``note``: which was taken, when the name could be two things.
    """

    folder: Folder
    name: str
    commit: str = ''
    kept: str = ''
    etat: str = ''
    note: str = ''


@contextmanager
def open_version(name: str, root: Path, store: Path | None = None) -> Iterator[Version]:
    """Give the version ``name``: a folder when there is one, else a version kept in ``store``, else a commit of ``root``.

    ``store``: by default ``versions/`` of ``root``. Raises PasbuildError when it is none of them, or is no dossier.
    """
    if name and Path(name).is_dir():
        yield Version(find_root(Path(name).resolve()), name)
        return
    kept = _kept(name, store or root / 'versions', asked=store is not None)
    commit = '' if kept else _commit(name, root)
    with tempfile.TemporaryDirectory(prefix='pasbuild-version-') as place:
        target = Path(place)
        if kept is not None:
            _write_sources(kept, target)
        else:
            _extract(commit, root, target)
        if not (target / 'content' / 'dossier.yaml').is_file():
            message = f"La version « {name} » ne contient pas ce dossier (content/dossier.yaml)."
            raise PasbuildError(message, ExitCode.USAGE)
        _share_drawings(root, target)
        if kept is None:
            yield Version(Folder(target), name, commit)
        else:
            note = _note(name, kept, root)
            yield Version(Folder(target), name, kept=kept.version.name, etat=kept.fiche.etat, note=note)


# --- versions kept ----------------------------------------------------------------------------------------------------


def _kept(name: str, store: Path, *, asked: bool) -> Kept | None:
    """Return the version of the store that ``name`` names, None when it names none. Raises PasbuildError.

    Of the versions of a state, the last one that has its sources: a state deposited again from its PDF cannot be compared.
    """
    from pasbuild.versions import find, versions

    if name.startswith(COMMIT):
        return None
    bare = name.removeprefix(KEPT)
    if bare == name and not asked and not (store / STORED).is_dir():
        return None
    if bare == name and not re.fullmatch(r'v[1-9][0-9]*', name) and name not in states():
        return None
    found = [one for one in versions(store) if bare in (one.version.name, one.fiche.etat)]
    whole = [one for one in found if not one.fiche.reconstruit]
    if found:
        return (whole or found)[-1]
    return find(store, bare) if bare != name else None


def _write_sources(kept: Kept, target: Path) -> None:
    """Write the sources of a version kept. Raises PasbuildError when it has none, or a file is damaged."""
    from pasbuild.versions import readable

    name = kept.version.name
    if kept.fiche.reconstruit:
        message = f"[{WITHOUT}] {name} a été déposée depuis son PDF publié : elle n'a pas de sources à comparer."
        raise PasbuildError(f"{message}\npiste : comparez les PDF à la main, ou une version déposée", ExitCode.USAGE)
    with readable():
        lay(kept, target)


def lay(kept: Kept, target: Path) -> None:
    """Write the sources of a version kept in a folder, each checked. Raises StoreError when one is damaged."""
    from pasbuild.versions import SOURCES

    for path, data in kept.files(f'{SOURCES}/').items():
        if path.split('/')[0] in INPUTS:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(data)


def _note(name: str, kept: Kept, root: Path) -> str:
    """Return which version was taken, when Git knows the name too."""
    commit = '' if name.startswith(KEPT) else _known(name, root)
    if not commit:
        return ''
    taken = f"« {name} » est une version gardée ({kept.version.name}) et un nom de Git ({commit[:10]})"
    return f"{taken} : la version gardée est prise ; « {COMMIT}{name} » prend l'autre."


# --- commits ----------------------------------------------------------------------------------------------------------


def _known(name: str, root: Path) -> str:
    """Return the commit a name means, or nothing."""
    return _ask(name, root) if shutil.which('git') else ''


def _git(root: Path, *arguments: str) -> list[str]:
    git = shutil.which('git')
    if git is None:
        message = "Git n'est pas installé : il faut deux dossiers, pas des versions enregistrées."
        raise PasbuildError(message, ExitCode.TOOL_MISSING)
    return [git, '-C', str(root), *arguments]


def _ask(name: str, root: Path) -> str:
    asked = _git(root, 'rev-parse', '--verify', '--quiet', '--end-of-options', f'{name}^{{commit}}')
    found = subprocess.run(asked, capture_output=True, check=False, text=True)  # noqa: S603
    return '' if found.returncode else found.stdout.strip().splitlines()[-1]


def _commit(name: str, root: Path) -> str:
    commit = _ask(name.removeprefix(COMMIT), root)
    if not commit:
        message = f"« {name} » n'est ni un dossier, ni une version gardée, ni une version (commit, étiquette ou branche) enregistrée dans Git."
        hint = "« pasbuild version list » liste les versions gardées, « git tag » et « git log --oneline » les autres."
        raise PasbuildError(f"{message}\npiste : {hint}", ExitCode.USAGE)
    return commit


def _extract(commit: str, root: Path, target: Path) -> None:
    """Write the files of the dossier as they were. ``git archive`` gives those under ``root``."""
    with tempfile.TemporaryFile() as errors:
        asked = _git(root, 'archive', '--format=tar', commit)
        with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=errors) as process:  # noqa: S603
            assert process.stdout is not None
            try:
                with tarfile.open(fileobj=process.stdout, mode='r|') as archive:
                    _write(archive, target)
                while process.stdout.read(1 << 16):  # what pads the end
                    pass
            except tarfile.ReadError:
                pass  # no file at all
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise PasbuildError(f"Git n'a pas pu donner la version {commit[:12]}.", ExitCode.TOOL_MISSING)


def _write(archive: tarfile.TarFile, target: Path) -> None:
    files = octets = 0
    for member in archive:
        name = PurePosixPath(member.name)
        if not member.isfile() or name.parts[0] not in INPUTS or '..' in name.parts or name.is_absolute():
            continue
        files, octets = files + 1, octets + member.size
        if files > MAX_FILES or octets > MAX_BYTES:
            raise PasbuildError(f"La version est démesurée (plus de {MAX_FILES} fichiers ou {MAX_BYTES // 10**6} Mo).")
        source = archive.extractfile(member)
        assert source is not None
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with source, path.open('wb') as stream:
            shutil.copyfileobj(source, stream)


def _share_drawings(root: Path, target: Path) -> None:
    """Let the version use the drawings kept for the dossier: they are found by what they show, whatever the version."""
    kept = root / FOLDER
    with suppress(OSError, NotImplementedError):  # without links, figures are drawn again
        kept.mkdir(exist_ok=True)
        (target / FOLDER).symlink_to(kept, target_is_directory=True)
