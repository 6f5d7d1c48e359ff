"""A comparison as a PDF: tagged, of both standards, the same bytes each time."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from comparison_sample import change
from conftest import MINI

from pasbuild.cli import main
from pasbuild.project import Folder
from pasbuild.verapdf import Engine, validate

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # WeasyPrint leaves its colour profile open


def printed(folder: Folder, path: Path, *more: str) -> bytes:
    names = [str(MINI), *more, str(folder.root)]
    arguments = ['diff', *names, '--output', str(path), '--dossier', str(folder.root)]
    assert CliRunner().invoke(main, arguments, catch_exceptions=False).exit_code == 0
    return path.read_bytes()


@pytest.mark.parametrize('more', [(), (str(MINI),)])
def test_both_tables_are_tagged_and_the_same_each_time(mini: Folder, tmp_path: Path, more: tuple[str, ...]) -> None:
    change(mini.root)
    data = printed(mini, tmp_path / 'page.pdf', *more)
    assert printed(mini, tmp_path / 'encore.pdf', *more) == data
    with pikepdf.open(tmp_path / 'page.pdf') as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == 'fr'


@pytest.mark.slow
@pytest.mark.parametrize('more', [(), (str(MINI),)])
def test_both_are_of_both_standards(mini: Folder, tmp_path: Path, more: tuple[str, ...], engine: Engine) -> None:
    change(mini.root)
    printed(mini, tmp_path / 'page.pdf', *more)
    assert all(outcome.passed for outcome in validate(tmp_path / 'page.pdf', engine))
