"""An append-only store in the public form OCFL 1.1 (https://ocfl.io/1.1/spec/): files, and inventories of their digests.

Why OCFL: the folder reads without any software, and other programs check it. Why our own writer: a version must appear whole
or not at all, on a disk that may fill or a machine that may stop. It is staged beside the storage root, on the same file
system (a stray folder inside would make the root invalid), forced to the disk, then published by one move; the two files
that name the newest version follow, and ``repair`` finishes what a stop between these moves left.

A store is a folder: ``ocfl/`` the storage root, ``horodatage/`` time stamps (``versions.py``), ``.depot/`` what is being
staged, ``.verrou`` the lock. One store holds one object.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

if sys.platform == 'win32':
    import msvcrt
else:
    import fcntl

ROOT, STAGE, LOCK = 'ocfl', '.depot', '.verrou'
LAYOUT = '0003-hash-and-id-n-tuple-storage-layout'
LAYOUT_FILES = ('ocfl_layout.json', f'extensions/{LAYOUT}/config.json')
NAMASTE, OBJECT = '0=ocfl_1.1', '0=ocfl_object_1.1'
INVENTORY, SIDECAR = 'inventory.json', 'inventory.json.sha512'
TYPE = 'https://ocfl.io/1.1/spec/#inventory'
MAX_INVENTORY = 50_000_000
_VERSION = re.compile(r'v[1-9][0-9]*')
_CREATED = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)')


class StoreError(Exception):
    """The store is not what it must be: ``code`` of the finding, ``place`` in the store, message in French."""

    def __init__(self, code: str, place: str, message: str) -> None:
        super().__init__(message)
        self.code, self.place, self.message = code, place, message


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the object: digest of each file by its name."""

    name: str
    created: str
    message: str
    user: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stored:
    """The object: its versions from the first, and where the bytes of each digest are, relative to ``folder``."""

    folder: Path
    id: str
    versions: tuple[Version, ...]
    content: Mapping[str, tuple[str, ...]]

    @property
    def head(self) -> Version:
        """The newest version."""
        return self.versions[-1]

    def path(self, digest: str) -> Path:
        """Return the file that holds the bytes of a digest."""
        return self.folder / self.content[digest][0]

    def read(self, version: Version, name: str) -> bytes:
        """Return a file of a version, checked against its digest. Raises StoreError when it is damaged."""
        path = self.path(version.files[name])
        _check_inside(path, self.folder)
        data = path.read_bytes()
        if sha512(data) != version.files[name]:
            raise StoreError('version.abime', f'{version.name}/{name}', "Le fichier n'a plus son empreinte.")
        return data


@dataclass(frozen=True, slots=True)
class Entry:
    """A version to add: the whole state, as bytes by name. Nothing here reads the clock."""

    files: Mapping[str, bytes]
    created: str
    message: str
    user: str
    address: str = ''


def sha512(data: bytes) -> str:
    """Return the digest OCFL names files by."""
    return hashlib.sha512(data).hexdigest()


# --- reading ----------------------------------------------------------------------------------------------------------


def object_folder(store: Path) -> Path | None:
    """Return the folder of the object of a store, None when there is none yet. Raises StoreError for several."""
    root = store / ROOT
    if not root.is_dir():
        return None
    tuples = [path for path in sorted(root.iterdir()) if path.name != 'extensions' and path.is_dir()]
    found = [path.parent for folder in tuples for path in sorted(folder.rglob(OBJECT))]
    if len(found) > 1:
        raise StoreError('version.intrus', ROOT, "Le magasin contient plusieurs objets.")
    return found[0] if found else None


def read_store(store: Path) -> Stored | None:
    """Return the object of a store, None when it is empty. Raises StoreError when its inventory cannot be trusted."""
    folder = object_folder(store)
    return read_object(folder) if folder is not None else None


def read_object(folder: Path) -> Stored:
    """Return the object as its inventory tells it. Raises StoreError when the inventory is edited or makes no sense."""
    return parse(read_inventory(folder), folder)


def read_inventory(folder: Path) -> bytes:
    """Return the inventory of a folder, checked against the digest beside it. Raises StoreError."""
    place = folder.name
    for name in (INVENTORY, SIDECAR):
        path = folder / name
        _check_inside(path, folder)
        if not path.is_file():
            raise StoreError('version.absent', f'{place}/{name}', "L'inventaire, ou son empreinte, manque.")
    if (folder / INVENTORY).stat().st_size > MAX_INVENTORY:
        raise StoreError('version.inventaire', f'{place}/{INVENTORY}', "L'inventaire est démesuré.")
    data = (folder / INVENTORY).read_bytes()
    if (folder / SIDECAR).read_bytes().split() != [sha512(data).encode(), INVENTORY.encode()]:
        raise StoreError('version.inventaire', f'{place}/{INVENTORY}', "L'inventaire n'a pas l'empreinte notée.")
    return data


def parse(data: bytes, folder: Path) -> Stored:
    """Return what an inventory tells. Raises StoreError when it does not hold together."""
    try:
        inventory = json.loads(data)
        content = {str(digest): tuple(map(str, paths)) for digest, paths in inventory['manifest'].items()}
        versions = tuple(_version(f'v{n}', inventory) for n in range(1, len(inventory['versions']) + 1))
        sound = (
            inventory['type'] == TYPE
            and inventory['digestAlgorithm'] == 'sha512'
            and versions[-1].name == inventory['head']
            and all(paths and all(map(_safe_content, paths)) for paths in content.values())
            and all(digest in content for version in versions for digest in version.files.values())
        )
        stored = Stored(folder, str(inventory['id']), versions, content)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise StoreError('version.inventaire', f'{folder.name}/{INVENTORY}', "L'inventaire ne se tient pas.")
    return stored


def _version(name: str, inventory: Mapping[str, Any]) -> Version:
    fields = inventory['versions'][name]
    files = {str(path): str(digest) for digest, paths in fields['state'].items() for path in paths}
    folders = {parent.as_posix() for path in files for parent in PurePosixPath(path).parents}
    if not _CREATED.fullmatch(fields['created']) or not all(map(safe, files)) or folders & files.keys():
        raise ValueError(name)
    moment(fields['created'])
    user = fields.get('user', {}).get('name', '')
    return Version(name, fields['created'], str(fields.get('message', '')), str(user), dict(sorted(files.items())))


def moment(created: str) -> datetime.datetime:
    """Return the date of a version, to compare: they may be told in several time zones. Raises ValueError."""
    return datetime.datetime.fromisoformat(created)


def safe(name: str) -> bool:
    """Tell whether a name stays inside: relative, plain parts, nothing a terminal or another system would take amiss."""
    parts = name.split('/')
    return name.isprintable() and not set(name) & set('\\:') and all(part not in ('', '.', '..') for part in parts)


def _safe_content(path: str) -> bool:
    version, _, rest = path.partition('/content/')
    return bool(_VERSION.fullmatch(version)) and safe(rest)


def _check_inside(path: Path, folder: Path) -> None:
    """Refuse a link on the way to a file: it would make the store say what another folder holds."""
    for place in (path, *path.parents):
        if place.is_symlink():
            raise StoreError('version.lien', place.name, "Un lien se trouve à la place d'un fichier ou d'un dossier.")
        if place == folder:
            return


# --- writing ----------------------------------------------------------------------------------------------------------


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store: one deposit at a time. A killed process lets go of it. Raises StoreError when it is held."""
    store.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(store / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, 'O_NOFOLLOW', 0), 0o644)
    try:
        try:
            if sys.platform == 'win32':
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError('version.occupe', LOCK, "Un autre dépôt est en cours dans ce magasin.") from error
        yield
    finally:
        os.close(descriptor)


def add_version(
    store: Path, object_id: str, entry: Entry, witness: Callable[[str, bytes], None] = lambda _name, _inventory: None
) -> str:
    """Add a version to the object of a store, made if absent; return its name. The store must be ``locked``.

    ``witness`` gets the name and the inventory before anything is published; what it raises leaves the store as it was.
    Raises StoreError (same content as the newest version, older than it, bad name, damaged store) and OSError.
    """
    known = read_store(store)
    inventory = _next(known, object_id, entry)
    stage = store / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    try:
        if known is None:
            _stage_root(stage / ROOT, object_id, inventory, entry)
            folder = object_path(stage / ROOT, object_id)
        else:
            folder = stage
            _stage_version(stage, inventory, entry, known)
        head: str = inventory['head']
        witness(head, (folder / head / INVENTORY).read_bytes())
        _flush(stage)
        if known is None:
            _move(stage / ROOT, store / ROOT)
        else:
            _move(stage / head, known.folder / head)
            _name_head(known.folder, head, stage)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return head


def _next(known: Stored | None, object_id: str, entry: Entry) -> dict[str, Any]:
    """Return the inventory with one more version."""
    bad = [name for name in entry.files if not safe(name)]
    if bad:
        raise StoreError('version.nom', bad[0], f"Le nom « {bad[0]!r} » ne peut pas être gardé.")
    files = {name: sha512(data) for name, data in sorted(entry.files.items())}
    if known is not None and files == known.head.files:
        raise StoreError('version.identique', known.head.name, "Le contenu est celui de la dernière version.")
    if known is not None and moment(entry.created) < moment(known.head.created):
        message = f"La version serait datée du {entry.created}, avant la dernière ({known.head.created})."
        raise StoreError('version.date', known.head.name, message)
    inventory: dict[str, Any] = (
        json.loads((known.folder / INVENTORY).read_bytes())
        if known is not None
        else {'id': object_id, 'type': TYPE, 'digestAlgorithm': 'sha512', 'manifest': {}, 'versions': {}}
    )
    head, state = f'v{len(inventory["versions"]) + 1}', dict[str, list[str]]()
    for name, digest in files.items():
        state.setdefault(digest, []).append(name)
        inventory['manifest'].setdefault(digest, [f'{head}/content/{name}'])
    user = {'name': entry.user} | ({'address': entry.address} if entry.address else {})
    inventory['versions'][head] = {'created': entry.created, 'message': entry.message, 'state': state, 'user': user}
    return inventory | {'head': head}


def _stage_root(root: Path, object_id: str, inventory: dict[str, Any], entry: Entry) -> None:
    layout: dict[str, Any] = {'extension': LAYOUT, 'description': 'Hashed N-tuple trees with the encoded object id'}
    config: dict[str, Any] = {'extensionName': LAYOUT, 'digestAlgorithm': 'sha256', 'tupleSize': 3, 'numberOfTuples': 3}
    _write(root / NAMASTE, b'ocfl_1.1\n')
    for name, value in zip(LAYOUT_FILES, (layout, config), strict=True):
        _write(root / name, _json(value))
    folder = object_path(root, object_id)
    _write(folder / OBJECT, b'ocfl_object_1.1\n')
    _stage_version(folder, inventory, entry, None)
    _stage_inventory(folder, inventory)


def _stage_version(folder: Path, inventory: dict[str, Any], entry: Entry, known: Stored | None) -> None:
    """Write the folder of the newest version: its inventory, and what no earlier version holds."""
    head, written = inventory['head'], set(known.content if known is not None else ())
    for _, data in sorted(entry.files.items()):
        digest = sha512(data)
        if digest not in written:
            _write(folder / inventory['manifest'][digest][0], data)
            written.add(digest)
    _stage_inventory(folder / head, inventory)


def _stage_inventory(folder: Path, inventory: dict[str, Any]) -> None:
    data = _json(inventory)
    _write(folder / INVENTORY, data)
    _write(folder / SIDECAR, f'{sha512(data)} {INVENTORY}\n'.encode())


def write_beside(store: Path, name: str, data: bytes) -> None:
    """Write a file of the store outside its object, whole; what a stop leaves is where the next deposit clears it."""
    staged = store / STAGE / PurePosixPath(name).name
    try:
        _write(staged, data)
        (store / name).parent.mkdir(exist_ok=True)
        _move(staged, store / name)
    finally:
        shutil.rmtree(store / STAGE, ignore_errors=True)


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + '\n').encode()


def _name_head(folder: Path, head: str, stage: Path) -> None:
    """Make the newest inventory that of the object: two moves, each of a whole file."""
    for name in (INVENTORY, SIDECAR):
        _write(stage / name, (folder / head / name).read_bytes())
        _move(stage / name, folder / name)


def _write(path: Path, data: bytes) -> None:
    """Write a new file and force it to the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open('wb') as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        error.filename = error.filename or str(path)  # a full disk does not say where
        raise


def _move(source: Path, target: Path) -> None:
    """Move into place, and force the folder that now names it to the disk."""
    source.replace(target)
    _flush_folder(target.parent)


def _flush(stage: Path) -> None:
    for folder, _, _ in os.walk(stage, topdown=False):
        _flush_folder(Path(folder))


def _flush_folder(folder: Path) -> None:
    if os.name != 'posix':  # elsewhere a folder cannot be opened
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def object_path(root: Path, object_id: str) -> Path:
    """Return the folder of an object, by extension 0003 with its defaults (sha256, three tuples of three)."""
    digest = hashlib.sha256(object_id.encode()).hexdigest()
    name = ''.join(
        char if char.isascii() and (char.isalnum() or char in '-_') else ''.join(f'%{b:02x}' for b in char.encode())
        for char in object_id
    )
    name = f'{name[:100]}-{digest}' if len(name) > 100 else name
    return root / digest[:3] / digest[3:6] / digest[6:9] / name


# --- after a stop -----------------------------------------------------------------------------------------------------


def repair(store: Path) -> tuple[str, ...]:
    """Finish or forget what a stopped deposit left; return what was done, in French. The store must be ``locked``.

    Only a version that is there whole is taken in. Raises StoreError when something else is wrong, with nothing changed.
    """
    done = []
    folder = object_folder(store)
    if folder is not None:
        newest = max(
            (int(path.name[1:]) for path in folder.iterdir() if _VERSION.fullmatch(path.name) and path.is_dir()),
            default=0,
        )
        if newest and not _named(folder, f'v{newest}'):
            _check_whole(folder, f'v{newest}')
            _name_head(folder, f'v{newest}', store / STAGE)
            done.append(f"v{newest}, complète mais pas encore inscrite, est maintenant la dernière version.")
    if (store / STAGE).exists():
        shutil.rmtree(store / STAGE)
        done.append("Ce qu'un dépôt interrompu préparait a été effacé.") if not done else None
    return tuple(done)


def _named(folder: Path, head: str) -> bool:
    """Tell whether the inventory of the object is that of its newest version."""
    pairs = ((folder / name, folder / head / name) for name in (INVENTORY, SIDECAR))
    return all(one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes() for one, other in pairs)


def _check_whole(folder: Path, head: str) -> None:
    """Refuse a newest version that is not complete, or does not follow the one the object names."""
    newest = parse(read_inventory(folder / head), folder)
    if newest.head.name != head:
        raise StoreError('version.inventaire', head, "L'inventaire de la dernière version est celui d'une autre.")
    if len(newest.versions) > 1:
        before = parse(read_inventory(folder / newest.versions[-2].name), folder)
        if newest.versions[:-1] != before.versions or newest.id != before.id:
            raise StoreError('version.inventaire', head, "La dernière version ne suit pas la précédente.")
    for digest in newest.head.files.values():
        path = newest.path(digest)
        _check_inside(path, folder)
        if not path.is_file() or hash_file(path) != digest:
            raise StoreError('version.abime', str(path.relative_to(folder)), "Le fichier manque, ou est abîmé.")


def hash_file(path: Path) -> str:
    """Return the digest of a file, whatever its size."""
    with path.open('rb') as stream:
        return hashlib.file_digest(stream, 'sha512').hexdigest()
