"""What may happen to a store, or to what is about to be deposited, by the code that says it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from pasbuild.ocfl import INVENTORY, SIDECAR, Entry, add_version, locked, object_folder, sha512

OBJECT_ID = 'info:pas/000000000/essai'


def make(store: Path, count: int = 2) -> Path:
    """Make a store of a few small versions; return the folder of its object."""
    for number in range(1, count + 1):
        with locked(store):
            add_version(store, OBJECT_ID, entry(number))
    folder = object_folder(store)
    assert folder is not None
    return folder


def entry(number: int, created: str = '2024-01-01T00:00:00Z') -> Entry:
    files = {'version.json': f'{{"n": {number}}}'.encode(), 'sorties/pas.pdf': b'%PDF-' * 100, 'sources/é.md': b'x'}
    return Entry(files, created, f'version {number}', 'Syndicat imaginaire')


def folder_of(store: Path) -> Path:
    found = object_folder(store)
    assert found is not None
    return found


def flip(store: Path) -> None:
    path = folder_of(store) / 'v1/content/sorties/pas.pdf'
    data = bytearray(path.read_bytes())
    data[7] ^= 1
    path.write_bytes(data)


def lose(store: Path) -> None:
    (folder_of(store) / 'v1/content/sorties/pas.pdf').unlink()


def lose_version(store: Path) -> None:
    shutil.rmtree(folder_of(store) / 'v2')


def lose_mark(store: Path) -> None:
    (store / 'ocfl/0=ocfl_1.1').unlink()


def lose_layout(store: Path) -> None:
    (store / 'ocfl/ocfl_layout.json').unlink()


def stray_extension(store: Path) -> None:
    (store / 'ocfl/extensions/autre').mkdir()
    (store / 'ocfl/extensions/autre/note.txt').write_text('x', encoding='utf-8')


def nested(store: Path) -> None:
    """Make the inventories name a file, and another under it: no folder can hold both."""
    folder = folder_of(store)
    inventory = json.loads((folder / INVENTORY).read_bytes())
    next(iter(inventory['versions']['v2']['state'].values())).extend(['a', 'a/b'])
    rewrite(folder, inventory, ('v2', ''))


def senseless_whole(store: Path) -> None:
    """Make no sense in the inventory of the object and that of its last version alike: no stop leaves that."""
    rewrite(folder_of(store), {'id': 3}, ('v2', ''))


def stray(store: Path) -> None:
    (folder_of(store) / 'v1/content/note.txt').write_text('x', encoding='utf-8')


def stray_beside(store: Path) -> None:
    (store / 'ocfl/note.txt').write_text('x', encoding='utf-8')


def stray_folder(store: Path) -> None:
    (store / 'ocfl/vide').mkdir()


def edit(store: Path) -> None:
    path = folder_of(store) / INVENTORY
    path.write_bytes(path.read_bytes().replace(b'version 1', b'version 9'))


def edit_with_digest(store: Path) -> None:
    """Rewrite the inventory of the object and its digest, but not that of the version."""
    edit(store)
    folder = folder_of(store)
    (folder / SIDECAR).write_text(f'{sha512((folder / INVENTORY).read_bytes())} {INVENTORY}\n', encoding='utf-8')


def senseless(store: Path) -> None:
    rewrite(folder_of(store), {'id': 3}, ('',))


def climb(store: Path) -> None:
    """Make the inventory name a file outside the store, digests right."""
    folder = folder_of(store)
    inventory = json.loads((folder / INVENTORY).read_bytes())
    digest = next(iter(inventory['manifest']))
    inventory['manifest'][digest] = ['v1/content/../../../../../../secret']
    rewrite(folder, inventory, ('',))


def rewrite(folder: Path, inventory: dict[str, object], places: tuple[str, ...]) -> None:
    data = json.dumps(inventory).encode()
    for place in places:
        (folder / place / INVENTORY).write_bytes(data)
        (folder / place / SIDECAR).write_text(f'{sha512(data)} {INVENTORY}\n', encoding='utf-8')


def forge(store: Path) -> None:
    """Rewrite history whole: a file, and every inventory with its digest. OCFL alone sees nothing."""
    folder = folder_of(store)
    data = b'%PDF-forged'
    (folder / 'v1/content/sorties/pas.pdf').write_bytes(data)
    for place in ('v1', 'v2', ''):
        text = (folder / place / INVENTORY).read_text(encoding='utf-8')
        rewrite(folder, json.loads(text.replace(sha512(b'%PDF-' * 100), sha512(data))), (place,))


def interrupt(store: Path) -> None:
    """Leave what a stop between the moves leaves: the last version is there, the object names the one before."""
    folder = folder_of(store)
    for name in (INVENTORY, SIDECAR):
        shutil.copy(folder / 'v1' / name, folder / name)


def interrupt_later(store: Path) -> None:
    """Leave the inventory named, its digest not yet."""
    folder = folder_of(store)
    shutil.copy(folder / 'v1' / SIDECAR, folder / SIDECAR)


def link(store: Path) -> None:
    path = folder_of(store) / 'v1/content/sorties/pas.pdf'
    shutil.move(path, store.parent / 'ailleurs.pdf')
    path.symlink_to(store.parent / 'ailleurs.pdf')


def pipe(store: Path) -> None:
    os.mkfifo(folder_of(store) / 'v1/content/tube')


def shut(store: Path) -> None:
    (folder_of(store) / 'v1/content/sorties').chmod(0)


DAMAGE: dict[str, tuple[Callable[[Path], None], ...]] = {
    'version.abime': (flip,),
    'version.absent': (lose, lose_version, lose_mark, lose_layout),
    'version.intrus': (stray, stray_beside, stray_folder, stray_extension),
    'version.inventaire': (edit, edit_with_digest, senseless, senseless_whole, climb, nested),
    'version.inacheve': (interrupt, interrupt_later),
    'version.lien': (link, pipe),
    'version.illisible': (shut,),
}
"""What verification finds in a store."""
STAMPED = ('version.horodatage', 'version.confiance')
"""What only a time stamp shows."""
REFUSED = (
    'version.date', 'version.ecriture', 'version.etat', 'version.identique', 'version.magasin', 'version.manifeste',
    'version.nom', 'version.occupe', 'version.sortie', 'version.source',
)  # fmt: skip
"""What a deposit is refused for."""
STORE = (*DAMAGE, *STAMPED, *REFUSED)
