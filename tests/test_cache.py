"""Entries kept between builds: sound or made again, bounded, shared, swept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pasbuild import cache
from pasbuild.cache import clear, digest, engine, library_version, load, store, sweep, trim


def entry(folder: Path, name: str, size: int, age: int) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'x' * size)
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


def dead() -> int:
    """Number of a process that is no more."""
    with subprocess.Popen([sys.executable, '-c', '']) as process:
        process.wait()
    return process.pid


def test_digest_tells_where_a_part_ends() -> None:
    assert len({digest(parts) for parts in (['ab', 'c'], ['a', 'bc'], ['abc'], ['ab', 'c', ''])}) == 4
    assert digest(['é']) == digest(['é'.encode()])


def test_the_engine_is_the_sources_and_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = engine()
    (tmp_path / 'weasyprint-71.0.dist-info').mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    engine.cache_clear()
    assert engine() != known
    monkeypatch.undo()
    engine.cache_clear()
    assert engine() == known


def test_libraries_tell_their_version() -> None:
    assert library_version('pango-1.0', 'pango_version_string').count('.') == 2
    assert library_version('inconnue', 'version') == ''
    assert library_version('pango-1.0', 'no_such_function') == ''


def test_what_is_stored_is_found(tmp_path: Path) -> None:
    path = tmp_path / 'a' / 'entry'
    assert load(path) is None
    assert store(path, b'one\ntwo')
    assert load(path) == b'one\ntwo'
    assert [file.name for file in path.parent.iterdir()] == ['entry']


@pytest.mark.parametrize('damage', [b'', b'no digest', b'0' * 64 + b'\nsomething else'])
def test_a_damaged_entry_is_no_entry(tmp_path: Path, damage: bytes) -> None:
    store(tmp_path / 'entry', b'sound')
    (tmp_path / 'entry').write_bytes(damage)
    assert load(tmp_path / 'entry') is None


@pytest.mark.parametrize('step', ['write_bytes', 'replace', 'mkdir'])
def test_a_disk_that_refuses_leaves_the_build_without_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(Path, step, full)
    assert not store(tmp_path / 'entry', b'data')
    assert not list(tmp_path.iterdir())


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / '.cache').write_text('')
    assert not store(tmp_path / '.cache' / 'parts' / 'entry', b'data')
    assert load(tmp_path / '.cache' / 'parts' / 'entry') is None
    assert trim(tmp_path / '.cache') == 0


def test_trim_removes_what_served_longest_ago(tmp_path: Path) -> None:
    for name, age in (('old', 30), ('used', 20), ('new', 10)):
        store(tmp_path / name, b'x' * 935)  # 1 000 with the digest
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    assert load(tmp_path / 'old')
    assert trim(tmp_path, 3000) == 0
    assert trim(tmp_path, 2000) == 1000
    assert {path.name for path in tmp_path.iterdir()} == {'old', 'new'}


def test_clear_empties_and_counts(tmp_path: Path) -> None:
    entry(tmp_path / '.cache', 'figures/a.json', 700, 0)
    entry(tmp_path / '.cache', 'parts/b', 300, 0)
    outside = entry(tmp_path, 'content.md', 5, 0)
    (tmp_path / '.cache' / 'lien').symlink_to(tmp_path)
    assert clear(tmp_path / '.cache') == (2, 1000)
    assert outside.exists()
    assert clear(tmp_path / 'absent') == (0, 0)


def test_sweep_removes_what_a_killed_process_left_and_no_other(tmp_path: Path) -> None:
    entry(tmp_path, f'entry.{dead()}.tmp', 5, 0)
    entry(tmp_path, f'entry.{os.getpid()}.tmp', 5, 0)
    entry(tmp_path, 'notes.tmp', 5, 0)
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f'entry.{os.getpid()}.tmp', 'notes.tmp'}


def test_two_builds_may_remove_the_same_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = entry(tmp_path, 'gone', 50, 0)
    files = [(path, path.stat())]
    path.unlink()
    monkeypatch.setattr(cache, '_files', lambda _folder: iter(files))
    assert trim(tmp_path, 0) == 0
