"""The pinned fonts: two packages of static files, the only ones any output is drawn with.

Why checked before use: WeasyPrint and matplotlib fall back to a font of the system in silence when one is damaged.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pasbuild.diagnostics import ExitCode, PasbuildError

_PACKAGES = ('fontpkg_lato', 'fontpkg_spectral')
_WEIGHTS = {
    'Thin': 100, 'Hairline': 100, 'ExtraLight': 200, 'Light': 300, 'Regular': 400, 'Medium': 500, 'SemiBold': 600,
    'Semibold': 600, 'Bold': 700, 'ExtraBold': 800, 'Heavy': 800, 'Black': 900,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Font:
    """One static font file of the pinned packages."""

    family: str
    weight: int
    italic: bool
    file: Traversable


@cache
def fonts() -> dict[str, Font]:
    """Return the fonts by file name ("Lato-Bold.ttf"). Raises PasbuildError when a package or a file is missing or damaged."""
    found = {}
    for package in _PACKAGES:
        for file in _files(package):
            family, _, style = file.name.rpartition('.')[0].partition('-')
            weight = _WEIGHTS[style.replace('Italic', '') or 'Regular']
            found[file.name] = Font(family, weight, 'Italic' in style, file)
    return found


def _files(package: str) -> list[Traversable]:
    name = package.replace('_', '-')
    try:
        found = sorted((files(package) / 'files').iterdir(), key=lambda entry: entry.name)
    except (ImportError, OSError) as error:
        raise _broken(f"Les polices du document manquent : le paquet « {name} » n'est pas installé.", name) from error
    damaged = next((file.name for file in found if not sound(file.read_bytes())), '')
    if damaged or not found:
        words = f"le fichier « {damaged} » est abîmé" if damaged else "il est vide"
        raise _broken(f"Les polices du document ne se lisent pas : paquet « {name} », {words}.", name)
    return found


def _broken(message: str, name: str) -> PasbuildError:
    hint = f"piste : python -m pip install --force-reinstall {name}"
    return PasbuildError(f"{message}\n{hint}", ExitCode.TOOL_MISSING)


def sound(data: bytes) -> bool:
    """Tell whether a font is whole: the mark of the format, and every table inside the file (OpenType, "table directory")."""
    count = int.from_bytes(data[4:6], 'big')
    if data[:4] not in (b'\0\1\0\0', b'OTTO') or not count or len(data) < 12 + 16 * count:
        return False
    places = (struct.unpack('>II', data[start + 8 : start + 16]) for start in range(12, 12 + 16 * count, 16))
    return all(offset + length <= len(data) for offset, length in places)
