"""What every test file shares: the sample dossier, golden files, and a closed network."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from pasbuild.project import Folder
from pasbuild.verapdf import Engine, find_engine

TESTS = Path(__file__).parent
MINI = TESTS / 'samples' / 'mini'


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden``."""
    parser.addoption('--update-golden', action='store_true', help="rewrite the expected files of the golden tests")


@pytest.fixture(scope='session', autouse=True)
def closed_network() -> Iterator[None]:
    """Refuse every connection: nothing in the project needs one. Local pipes and sockets of processes still work."""

    class Closed(socket.socket):
        def connect(self, address: Any) -> None:
            if self.family != socket.AF_UNIX:
                raise AssertionError(f'a test tried to reach {address!r}')
            super().connect(address)

        def connect_ex(self, address: Any) -> int:
            self.connect(address)
            return 0

    def refused(*args: object, **_kwargs: object) -> NoReturn:
        raise AssertionError(f'a test tried to look up {args!r}')

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, 'socket', Closed)
        patch.setattr(socket, 'getaddrinfo', refused)
        yield


@pytest.fixture
def mini(tmp_path: Path) -> Folder:
    """Return a copy of the smallest valid dossier, to read, break or build."""
    root = tmp_path / 'mini'
    shutil.copytree(MINI, root, ignore=shutil.ignore_patterns('.cache', 'output'))
    return Folder(root)


@pytest.fixture(scope='session')
def kept(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """Return one copy of the complete dossier for all its states: its figures are drawn once."""
    root = tmp_path_factory.mktemp('complet') / 'dossier'
    shutil.copytree(TESTS / 'samples' / 'complet', root, ignore=shutil.ignore_patterns('.cache', 'output'))
    return Folder(root)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Return the comparison of a text with its golden file; what differs is left in tests/actual/, to look at."""

    def compare(expected: Path, actual: str) -> None:
        left = TESTS / 'actual' / expected.relative_to(TESTS)
        if request.config.getoption('--update-golden'):
            expected.write_text(actual, encoding='utf-8')
        wanted = expected.read_text(encoding='utf-8') if expected.exists() else ''
        if actual == wanted:
            left.unlink(missing_ok=True)
            return
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_text(actual, encoding='utf-8')
        assert actual == wanted, f'see {left}; if it is right: pytest --update-golden'

    return compare


@pytest.fixture(scope='session')
def engine() -> Engine:
    """Return veraPDF. Absent, the test is skipped with the reason; in CI it fails: there the proof is owed."""
    found = find_engine()
    if found.missing:
        if os.environ.get('CI') == 'true':
            pytest.fail(f"veraPDF is missing in CI: {found.missing}")
        pytest.skip(f"veraPDF is missing: {found.missing} (extra `verify`; Debian: default-jre-headless libjaxb-java)")
    return found
