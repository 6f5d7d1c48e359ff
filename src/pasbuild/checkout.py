"""A version of the dossier to read: a folder, or a commit of its Git checkout, laid in a temporary folder.

The working tree is never touched: ``git archive`` hands the files over, and only plain files of the dossier are written,
within limits. What a commit holds is content like any other: untrusted.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pasbuild.cache import FOLDER
from pasbuild.diagnostics import ExitCode, PasbuildError
from pasbuild.project import Folder, find_root
from pasbuild.record import INPUTS

MAX_FILES = 20_000
MAX_BYTES = 500_000_000
"""Bounds on what one version may hold. A judgement: a dossier has a few hundred files and a few megabytes."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version that can be read. ``name``: as the user wrote it; ``commit``: its full number, or empty."""

    folder: Folder
    name: str
    commit: str = ''


@contextmanager
def open_version(name: str, root: Path) -> Iterator[Version]:
    """Give the version ``name``: a folder when there is one, else a commit of the checkout ``root`` is in.

    Raises PasbuildError when it is neither, or is no dossier.
    """
    if Path(name).is_dir():
        yield Version(find_root(Path(name).resolve()), name)
        return
    commit = _commit(name, root)
    with tempfile.TemporaryDirectory(prefix='pasbuild-version-') as place:
        target = Path(place)
        _extract(commit, root, target)
        if not (target / 'content' / 'dossier.yaml').is_file():
            message = f"La version « {name} » ne contient pas ce dossier (content/dossier.yaml)."
            raise PasbuildError(message, ExitCode.USAGE)
        _share_drawings(root, target)
        yield Version(Folder(target), name, commit)


def _git(root: Path, *arguments: str) -> list[str]:
    git = shutil.which('git')
    if git is None:
        message = "Git n'est pas installé : il faut deux dossiers, pas des versions enregistrées."
        raise PasbuildError(message, ExitCode.TOOL_MISSING)
    return [git, '-C', str(root), *arguments]


def _commit(name: str, root: Path) -> str:
    asked = _git(root, 'rev-parse', '--verify', '--quiet', '--end-of-options', f'{name}^{{commit}}')
    found = subprocess.run(asked, capture_output=True, check=False, text=True)  # noqa: S603
    if found.returncode:
        message = f"« {name} » n'est ni un dossier, ni une version (commit, étiquette ou branche) enregistrée dans Git."
        raise PasbuildError(f"{message}\npiste : « git tag » et « git log --oneline » les listent.", ExitCode.USAGE)
    return found.stdout.strip().splitlines()[-1]


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
    with suppress(OSError, NotImplementedError):
        kept.mkdir(exist_ok=True)
        (target / FOLDER).symlink_to(kept, target_is_directory=True)
