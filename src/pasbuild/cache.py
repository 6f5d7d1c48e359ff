"""What was made once and serves again: figures, laid-out parts, the record of a build, under ``.cache/`` of the dossier.

An entry is a file named by the digest of all it depends on; it begins with the digest of what it holds. Nothing here may
stop a build: an entry that cannot be read, or whose digest is wrong, is made again, and a folder that cannot be written
leaves the build without a cache. Entries are written to a temporary name that carries the number of the process, then
moved into place: several builds may share a folder, and the next one sweeps what a killed process left behind.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

FOLDER = '.cache'
LIMIT = 200_000_000
"""Bytes kept: about fifteen whole builds of a document of a hundred pages."""
MADE_OTHERWISE = (ValueError, TypeError, KeyError, AttributeError)
"""What reading a sound entry raises when another version of the program gave it another form: it is then made again."""
_STRAY = re.compile(r'\.([0-9]+)\.tmp$')
LIBRARIES = {
    'pango-1.0': 'pango_version_string',
    'harfbuzz': 'hb_version_string',
}
"""System libraries that shape text, and the function that tells their version."""


# --- names ------------------------------------------------------------------------------------------------------------


def digest(parts: Iterable[bytes | str]) -> str:
    """Return the SHA-256 of a sequence, in hexadecimal; each part counts with its length, so that ab+c is not a+bc."""
    total = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode()
        total.update(len(data).to_bytes(8, 'big') + data)
    return total.hexdigest()


@cache
def engine() -> str:
    """Return the digest of the program and of all it draws and lays out with: nothing made by another one may serve.

    The sources and defaults of the package, the version of Python, the names (with versions) of the installed packages,
    and the versions of Pango and HarfBuzz.
    """
    package = Path(__file__).parent
    sources = [path for path in sorted(package.rglob('*')) if path.is_file() and '__pycache__' not in path.parts]
    return digest(
        [
            sys.version,
            *(library_version(*pair) for pair in LIBRARIES.items()),
            *_installed(),
            *(part for path in sources for part in (path.relative_to(package).as_posix(), path.read_bytes())),
        ]
    )


def _installed() -> list[str]:
    """Names of the installed packages, as their metadata folders spell them ("weasyprint-70.0.dist-info")."""
    folders = [Path(entry) for entry in dict.fromkeys(sys.path) if entry and Path(entry).is_dir()]
    return sorted(entry.name for folder in folders for entry in folder.glob('*.*-info'))


def library_version(name: str, function: str) -> str:
    """Return the version a system library says it has, empty when it is not found under its usual names."""
    for file in (f'lib{name}.so.0', f'lib{name}.0.dylib', f'lib{name}-0.dll'):
        try:
            tell = getattr(ctypes.CDLL(file), function)
        except (OSError, AttributeError):
            continue
        tell.restype = ctypes.c_char_p
        return bytes(tell() or b'').decode()
    return ''


# --- entries ----------------------------------------------------------------------------------------------------------


def load(path: Path) -> bytes | None:
    """Return what an entry holds, None when there is none or when it is damaged. An entry that serves becomes recent."""
    try:
        found, payload = path.read_bytes().split(b'\n', 1)
        if hashlib.sha256(payload).hexdigest().encode() != found:
            return None
    except (OSError, ValueError):
        return None
    _touch(path)
    return payload


def store(path: Path, payload: bytes) -> bool:
    """Keep an entry; return False when the disk refuses (full, read-only), which is no reason to stop."""
    temporary = path.with_name(f'{path.name}.{os.getpid()}.tmp')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(hashlib.sha256(payload).hexdigest().encode() + b'\n' + payload)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError:
        return  # a folder that cannot be written still serves


# --- the whole folder -------------------------------------------------------------------------------------------------


def trim(folder: Path, limit: int = LIMIT) -> int:
    """Remove the entries that served longest ago until the folder holds ``limit`` bytes; return the bytes freed."""
    sweep(folder)
    entries = sorted((stat.st_mtime, stat.st_size, path) for path, stat in _files(folder))
    excess = sum(size for _, size, _ in entries) - limit
    freed = 0
    for _, size, path in entries:
        if freed >= excess:
            break
        freed += size * _remove(path)
    return freed


def clear(folder: Path) -> tuple[int, int]:
    """Empty the folder; return how many files that were there are gone, and their bytes."""
    removed = [stat.st_size for path, stat in list(_files(folder)) if _remove(path)]
    for root, folders, _ in os.walk(folder, topdown=False):
        for name in folders:
            try:
                (Path(root) / name).rmdir()
            except OSError:
                continue  # a link, or an entry written meanwhile by another build
    return len(removed), sum(removed)


def sweep(folder: Path) -> None:
    """Remove the temporary files of processes that are no more."""
    for path, _ in list(_files(folder)):
        stray = _STRAY.search(path.name)
        if stray and not _alive(int(stray[1])):
            _remove(path)


def _alive(process: int) -> bool:
    """Tell whether a process of this machine runs; where that cannot be asked without harm (Windows), say so."""
    if os.name != 'posix':
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield the files under a folder, links not followed, with what the system says of them."""
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            try:
                yield path, path.lstat()
            except OSError:
                continue


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
