"""What is wrong in a store, file by file: damage, loss, additions, edited inventories.

OCFL finds damage, not forgery: whoever rewrites files and every inventory together leaves nothing to find here. That is what
time stamps are for (``versions.py``).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.ocfl import (
    _VERSION,
    INVENTORY,
    LAYOUT_FILES,
    LOCK,
    NAMASTE,
    OBJECT,
    ROOT,
    SIDECAR,
    STAGE,
    Stored,
    StoreError,
    hash_file,
    object_folder,
    parse,
    read_inventory,
    read_object,
)

_RESTORE = "Remettez ce qui manque depuis une autre copie du magasin."
_HINTS = {
    'version.abime': "Remettez ce fichier depuis une autre copie du magasin.",
    'version.absent': _RESTORE,
    'version.intrus': "Sortez-le du magasin : rien ne s'y range à la main.",
    'version.inventaire': "Reprenez l'inventaire d'une autre copie du magasin, et cherchez qui l'a changé.",
    'version.inacheve': "Lancez « pasbuild version repair ».",
    'version.lien': "Remettez à sa place le fichier lui-même.",
    'version.horodatage': "L'histoire a pu être réécrite : comparez avec une autre copie du magasin et de ses jetons.",
    'version.confiance': "Donnez par --autorites les certificats de l'autorité d'horodatage.",
    'version.identique': "Il n'y a rien à déposer : la dernière version est celle-là.",
    'version.date': "Corrigez « date » dans dossier.yaml, ou donnez --date.",
    'version.nom': "Renommez le fichier : lettres, chiffres, tirets, points.",
    'version.occupe': "Attendez qu'il finisse, puis recommencez.",
    'version.magasin': "Donnez par --magasin un dossier vide, ou le magasin du dossier.",
    'version.illisible': "Rendez les droits de lecture au dossier et à ses fichiers.",
}
_BESIDE = {ROOT, 'horodatage', STAGE, LOCK, 'LISEZ-MOI.txt'}


@dataclass(slots=True)
class Examined:
    """How much was read back."""

    files: int = 0
    octets: int = 0


def check_store(store: Path, report: Report, *, fixity: bool = True) -> Examined:
    """Report everything wrong in a store; ``fixity``: read every file back."""
    examined = Examined()
    present = _walk(store, report)
    if not (store / ROOT / NAMASTE).is_file():
        add(report, 'version.absent', f'{ROOT}/{NAMASTE}', "Ce dossier n'est pas un magasin de versions (OCFL 1.1).")
        return examined
    if (store / ROOT / NAMASTE).read_bytes() != b'ocfl_1.1\n':
        add(report, 'version.inventaire', f'{ROOT}/{NAMASTE}', "La marque du magasin a été changée.")
    try:
        folder = object_folder(store)
        if folder is None:
            add(report, 'version.absent', ROOT, "Le magasin n'a plus d'objet : aucune version n'y est.")
            return examined
        expected = _check_object(folder, store, report, examined, present, fixity=fixity)
    except StoreError as error:
        add(report, error.code, error.place, error.message)
        return examined
    except OSError as error:
        add(report, 'version.illisible', str(error.filename or ''), "Le système refuse de lire.")
        return examined
    for name in LAYOUT_FILES:
        if f'{ROOT}/{name}' not in present:
            add(report, 'version.absent', f'{ROOT}/{name}', "Le fichier manque, ou ne se lit pas.")
    _check_strays(store, folder, present, expected, report)
    return examined


def add(report: Report, code: str, place: str, message: str) -> None:
    """Record a finding at a place of the store."""
    report.add(code, Span(place), message, _HINTS.get(code, ''))


def _walk(store: Path, report: Report) -> set[str]:
    """Return the regular files of the store; links, other kinds of files and what cannot be entered are findings."""
    found = set()

    def refused(error: OSError) -> None:
        place = Path(error.filename).relative_to(store).as_posix() if error.filename else ''
        add(report, 'version.illisible', place, "Le dossier ne peut pas être lu.")

    for folder, folders, files in os.walk(store, onerror=refused):
        if not folders and not files and Path(folder) != store and _staged(Path(folder), store) is False:
            add(report, 'version.intrus', _name(Path(folder), store), "Ce dossier est vide.")
        for name in (*folders, *files):
            path = Path(folder, name)
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                found.add(_name(path, store))
            elif not stat.S_ISDIR(mode):
                add(report, 'version.lien', _name(path, store), "Ce n'est ni un fichier ni un dossier (lien, tube…).")
    return found


def _name(path: Path, store: Path) -> str:
    return path.relative_to(store).as_posix()


def _staged(path: Path, store: Path) -> bool:
    return _name(path, store).split('/')[0] != ROOT


def _check_object(
    folder: Path, store: Path, report: Report, examined: Examined, present: set[str], *, fixity: bool
) -> set[str]:
    """Check the object; return the files it must hold."""
    place = _name(folder, store)
    if (folder / OBJECT).read_bytes() != b'ocfl_object_1.1\n':
        add(report, 'version.inventaire', f'{place}/{OBJECT}', "La marque de l'objet a été changée.")
    stored = _inventory(folder, place, report)
    expected = {f'{place}/{name}' for name in (OBJECT, INVENTORY, SIDECAR)}
    if stored is None:
        return present  # nothing to tell strays by
    for version in stored.versions:
        expected |= {f'{place}/{version.name}/{name}' for name in (INVENTORY, SIDECAR)}
        _check_version(stored, version.name, f'{place}/{version.name}', report)
    head = folder / stored.head.name / INVENTORY
    if head.is_file() and head.read_bytes() != (folder / INVENTORY).read_bytes():
        add(
            report, 'version.inventaire', f'{place}/{INVENTORY}', "L'inventaire n'est pas celui de la dernière version."
        )
    for digest, paths in stored.content.items():
        for path in paths:
            expected.add(f'{place}/{path}')
            _check_file(folder / path, f'{place}/{path}', digest if fixity else '', present, report, examined)
    return expected


def _inventory(folder: Path, place: str, report: Report) -> Stored | None:
    """Return the inventory of the object; one that lags behind a whole version is an unfinished deposit."""
    newest = max((int(path.name[1:]) for path in folder.iterdir() if _VERSION.fullmatch(path.name)), default=0)
    try:
        stored = read_object(folder)
    except StoreError as error:
        lags = _moved_half(folder, f'v{newest}')
        code = 'version.inacheve' if lags else error.code
        add(report, code, f'{place}/{INVENTORY}', "Un dépôt n'a pas été mené à son terme." if lags else error.message)
        return None
    if newest == len(stored.versions) + 1:
        add(report, 'version.inacheve', f'{place}/v{newest}', "Un dépôt n'a pas été mené à son terme.")
        return None
    return stored


def _moved_half(folder: Path, head: str) -> bool:
    """Tell whether the inventory of the object is that of its newest version, and the digest beside it not yet."""
    pairs = [(folder / name, folder / head / name) for name in (INVENTORY, SIDECAR)]
    if not all(one.is_file() and other.is_file() for one, other in pairs):
        return False
    same, named = (one.read_bytes() == other.read_bytes() for one, other in pairs)
    return same and not named


def _check_version(stored: Stored, name: str, place: str, report: Report) -> None:
    """Check that the inventory of a version tells the same history as that of the object, as far as it goes."""
    if not (stored.folder / name).is_dir():
        add(report, 'version.absent', place, f"Le dossier de la version {name} manque.")
        return
    try:
        own = parse(read_inventory(stored.folder / name), stored.folder)
    except StoreError as error:
        add(report, error.code, f'{place}/{INVENTORY}', error.message)
        return
    kept = all(stored.content.get(digest) == paths for digest, paths in own.content.items())
    if own.head.name != name or own.versions != stored.versions[: len(own.versions)] or own.id != stored.id or not kept:
        message = f"L'inventaire de {name} ne raconte pas la même histoire que celui de l'objet."
        add(report, 'version.inventaire', f'{place}/{INVENTORY}', message)


def _check_file(path: Path, place: str, digest: str, present: set[str], report: Report, examined: Examined) -> None:
    if place not in present:
        if not path.is_symlink():  # said already
            add(report, 'version.absent', place, "Le fichier manque, ou ne se lit pas.")
        return
    if not digest:
        return
    try:
        found = hash_file(path)
    except OSError:
        add(report, 'version.illisible', place, "Le fichier ne peut pas être lu.")
        return
    examined.files += 1
    examined.octets += path.stat().st_size
    if found != digest:
        add(report, 'version.abime', place, "Le fichier n'a plus l'empreinte que l'inventaire a notée.")


def _check_strays(store: Path, folder: Path, present: set[str], expected: set[str], report: Report) -> None:
    for name in sorted(_strays(store, folder, present, expected)):
        add(report, 'version.intrus', name, "Ce fichier n'est dans aucun inventaire.")


def _strays(store: Path, folder: Path, present: set[str], expected: set[str]) -> Iterator[str]:
    place, own = _name(folder, store), {f'{ROOT}/{name}' for name in (NAMASTE, *LAYOUT_FILES)}
    for name in present - expected:
        top = name.split('/')[0]
        if top != ROOT:
            if top not in _BESIDE:
                yield name
        elif name.startswith(f'{place}/') or name not in own:
            yield name
