"""The store: an independent validator agrees, damage is found, and no stop leaves it damaged."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import store_faults
from store_faults import DAMAGE, OBJECT_ID, entry, forge, make

from pasbuild import ocfl as module
from pasbuild.diagnostics import Report
from pasbuild.ocfl import Entry, StoreError, add_version, locked, object_folder, object_path, read_object, repair, safe
from pasbuild.ocflproof import check_store

CASES = [(code, damage) for code, damages in DAMAGE.items() for damage in damages]


def valid(store: Path) -> bool:
    """Ask ocfl-py, which knows nothing of us: root, objects, every digest."""
    ocfl = pytest.importorskip('ocfl', reason='ocfl-py, the independent validator, is not installed')
    logging.getLogger('ocfl').setLevel(logging.CRITICAL)
    root = ocfl.StorageRoot(root=str(store / 'ocfl'))
    folder = object_folder(store)
    return (
        folder is not None and bool(root.validate(validate_objects=True, check_digests=True)) and object_valid(folder)
    )


def object_valid(folder: Path) -> bool:
    validator = pytest.importorskip('ocfl.validator', reason='ocfl-py is not installed')
    return bool(validator.Validator(check_digests=True).validate_object(str(folder)))


def codes(store: Path, *, fixity: bool = True) -> set[str]:
    report = Report()
    check_store(store, report, fixity=fixity)
    return {finding.code for finding in report.diagnostics}


def content(store: Path) -> dict[str, bytes]:
    return {str(path.relative_to(store)): path.read_bytes() for path in sorted(store.rglob('*')) if path.is_file()}


def test_three_versions_are_valid_and_read_back(tmp_path: Path) -> None:
    store = tmp_path / 'versions'
    stored = read_object(make(store, 3))
    assert valid(store)
    assert codes(store) == set()
    assert [version.name for version in stored.versions] == ['v1', 'v2', 'v3']
    assert stored.read(stored.versions[0], 'version.json') == b'{"n": 1}'
    assert stored.read(stored.head, 'version.json') == b'{"n": 3}'


def test_content_is_kept_once(tmp_path: Path) -> None:
    folder = make(tmp_path / 'versions', 3)
    assert len(list(folder.rglob('pas.pdf'))) == 1
    twice = Entry({'a': b'same', 'b/c': b'same'}, '2025-01-01T00:00:00Z', 'm', 'u')
    with locked(tmp_path / 'versions'):
        add_version(tmp_path / 'versions', OBJECT_ID, twice)
    assert [path.name for path in (folder / 'v4/content').rglob('*') if path.is_file()] == ['a']
    assert valid(tmp_path / 'versions')


def test_the_same_deposits_give_the_same_store(tmp_path: Path) -> None:
    make(tmp_path / 'un')
    make(tmp_path / 'deux')
    assert content(tmp_path / 'un') == content(tmp_path / 'deux')


@pytest.mark.parametrize('number', range(16))
def test_objects_are_found_whatever_their_digest(tmp_path: Path, number: int) -> None:
    with locked(tmp_path):
        add_version(tmp_path, f'info:pas/{number}', entry(1))
    assert object_folder(tmp_path) == object_path(tmp_path / 'ocfl', f'info:pas/{number}')


def test_a_long_name_is_cut_as_the_layout_says(tmp_path: Path) -> None:
    with locked(tmp_path):
        add_version(tmp_path, 'info:pas/' + 'é' * 60, entry(1))
    assert valid(tmp_path)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('added', 'code'),
    [
        (entry(2), 'version.identique'),
        (entry(3, '2023-12-31T00:00:00Z'), 'version.date'),
        (Entry({'../x': b''}, '2025-01-01T00:00:00Z', 'm', 'u'), 'version.nom'),
    ],
)
def test_what_may_not_be_added_changes_nothing(tmp_path: Path, added: Entry, code: str) -> None:
    make(tmp_path / 'v')
    before = content(tmp_path / 'v')
    with pytest.raises(StoreError) as caught, locked(tmp_path / 'v'):
        add_version(tmp_path / 'v', OBJECT_ID, added)
    assert caught.value.code == code
    assert content(tmp_path / 'v') == before


@pytest.mark.parametrize('name', ['', '/a', 'a//b', '../a', 'a/..', '.', 'a\\b', 'C:a', 'a\nb', 'a\0b'])
def test_names_that_are_not_safe(name: str) -> None:
    assert not safe(name)


def test_one_deposit_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(StoreError, match="Un autre dépôt") as caught, locked(tmp_path):
        pass
    assert caught.value.code == 'version.occupe'
    with locked(tmp_path):
        pass


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / 'victime').write_text('x', encoding='utf-8')
    (tmp_path / 'v').mkdir()
    (tmp_path / 'v/.verrou').symlink_to(tmp_path / 'victime')
    with pytest.raises(OSError, match='verrou'), locked(tmp_path / 'v'):
        pass


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(('code', 'damage'), CASES, ids=lambda case: getattr(case, '__name__', case))
def test_damage_is_found_at_its_place(tmp_path: Path, code: str, damage: Callable[[Path], None]) -> None:
    store = tmp_path / 'versions'
    make(store)
    if damage is store_faults.shut and os.geteuid() == 0:
        pytest.skip('root may read everything')
    damage(store)
    try:
        assert code in codes(store)
    finally:
        for path in store.rglob('sorties'):
            path.chmod(0o755)


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / 'versions')

    def refuse(path: Path) -> str:
        raise PermissionError(13, 'no', str(path))

    monkeypatch.setattr('pasbuild.ocflproof.hash_file', refuse)
    assert codes(tmp_path / 'versions') == {'version.illisible'}


def test_a_whole_rewriting_is_not_found_without_a_time_stamp(tmp_path: Path) -> None:
    make(tmp_path / 'versions')
    forge(tmp_path / 'versions')
    assert codes(tmp_path / 'versions') == set()
    assert valid(tmp_path / 'versions')


def test_a_damaged_file_is_not_handed_out(tmp_path: Path) -> None:
    stored = read_object(make(tmp_path / 'versions'))
    store_faults.flip(tmp_path / 'versions')
    with pytest.raises(StoreError, match="empreinte"):
        stored.read(stored.head, 'sorties/pas.pdf')
    store_faults.link(tmp_path / 'versions')
    with pytest.raises(StoreError, match="lien"):
        stored.read(stored.head, 'sorties/pas.pdf')


# --- stops ------------------------------------------------------------------------------------------------------------

KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from pasbuild import ocfl
from store_faults import OBJECT_ID, entry
left = int(sys.argv[2])
def counted(action):
    def run(*arguments):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return action(*arguments)
    return run
for name in ('_write', '_move', '_flush'):
    setattr(ocfl, name, counted(getattr(ocfl, name)))
store = Path(sys.argv[1])
number = 3 if (store / 'ocfl').exists() else 1
with ocfl.locked(store):
    name = ocfl.add_version(store, OBJECT_ID, entry(number))
    ocfl.write_beside(store, f'horodatage/{name}.tsr', b'jeton')
    ocfl.write_beside(store, 'LISEZ-MOI.txt', b'lisez')
"""


def killed(store: Path, step: int) -> bool:
    """Deposit in a process that dies, without tidying up, before its action of rank ``step``; tell whether it did."""
    tests, source = str(Path(__file__).parent), str(Path(module.__file__).parents[1])
    command = [sys.executable, '-c', KILLED, str(store), str(step), source, tests]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode in (0, 9), done.stderr
    return done.returncode == 9


@pytest.mark.parametrize('known', [0, 2], ids=['premier', 'suivant'])
def test_killed_at_each_step_the_store_stays_valid(tmp_path: Path, known: int) -> None:
    step = 0
    while True:
        store = tmp_path / str(step)
        if known:
            make(store, known)
        if not killed(store, step):
            break
        if known:
            assert codes(store) <= {'version.inacheve'}
            if codes(store):
                with locked(store):
                    assert "dernière version" in repair(store)[0]
            assert codes(store) == set()
            assert valid(store)
        assert {path.suffix for path in store.glob('horodatage/*')} <= {'.tsr'}
        with locked(store):
            head = read_object(found).head.message if (found := object_folder(store)) else ''
            if head == f'version {3 if known else 1}':
                repair(store)
            else:
                add_version(store, OBJECT_ID, entry(3))
        assert valid(store)
        assert codes(store) == set()
        assert not (store / '.depot').exists()
        step += 1
    assert step > 6
    assert valid(store)


def test_nothing_to_repair(tmp_path: Path) -> None:
    make(tmp_path)
    before = content(tmp_path)
    with locked(tmp_path):
        assert repair(tmp_path) == ()
    assert content(tmp_path) == before


def test_repair_does_not_take_in_a_damaged_version(tmp_path: Path) -> None:
    folder = make(tmp_path)
    store_faults.interrupt(tmp_path)
    (folder / 'v2/content/version.json').write_bytes(b'other')
    before = content(tmp_path)
    with pytest.raises(StoreError, match="abîmé"), locked(tmp_path):
        repair(tmp_path)
    assert content(tmp_path) == before


@pytest.mark.parametrize('step', range(12))
def test_a_full_disk_leaves_the_versions_there_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    make(tmp_path)
    fsync, left = os.fsync, [step]

    def full(descriptor: int) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise OSError(28, 'No space left on device')
        fsync(descriptor)

    monkeypatch.setattr(os, 'fsync', full)
    with contextlib.suppress(OSError), locked(tmp_path):
        add_version(tmp_path, OBJECT_ID, entry(3))
    monkeypatch.undo()
    if codes(tmp_path):
        assert codes(tmp_path) == {'version.inacheve'}
        with locked(tmp_path):
            repair(tmp_path)
    assert codes(tmp_path) == set()
    assert valid(tmp_path)
