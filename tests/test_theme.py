"""The theme file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pasbuild.diagnostics import Report
from pasbuild.generated import DEFAULTS
from pasbuild.project import Folder
from pasbuild.theme import Theme, find_theme, read_theme

DEFAULT = DEFAULTS / 'theme.toml'


@pytest.fixture
def theme() -> Theme:
    found = read_theme(DEFAULT, Report())
    assert found is not None
    return found


def test_the_default_theme_reads(theme: Theme) -> None:
    assert theme.page.largeur == 210
    assert 100 < theme.page.colonne < 180


def test_accents_go_round_and_zero_is_ink(theme: Theme) -> None:
    count = len(theme.accents)
    assert theme.accent(1) == theme.accents[0] == theme.accent(count + 1)
    assert theme.accent(0).fort == theme.couleurs.encre


@pytest.mark.parametrize(
    ('old', 'new', 'code', 'line'),
    [
        ('encre = "#', 'encre = "bleu #', 'lire.theme', 0),
        ('encre = ', 'encree = ', 'lire.theme', 0),
        ('[couleurs]', '[couleurs', 'lire.toml', 1),
    ],
)
def test_faults(tmp_path: Path, old: str, new: str, code: str, line: int) -> None:
    path, report = tmp_path / 'theme.toml', Report()
    text = DEFAULT.read_text(encoding='utf-8')
    path.write_text(text[text.index('[couleurs]') :].replace(old, new, 1), encoding='utf-8')
    assert read_theme(path, report) is None
    assert {finding.code for finding in report.diagnostics} == {code}
    assert report.diagnostics[0].span.line == line


def test_a_theme_that_is_not_utf8(tmp_path: Path) -> None:
    path, report = tmp_path / 'theme.toml', Report()
    path.write_bytes(b'a = "\xff"')
    assert read_theme(path, report) is None
    assert [finding.code for finding in report.diagnostics] == ['lire.toml']


def test_a_dossier_may_bring_its_own(mini: Folder) -> None:
    own = mini.root / 'templates' / 'theme.toml'
    own.parent.mkdir()
    text = DEFAULT.read_text(encoding='utf-8')
    first = text[text.index('encre = "#') :][9:16]
    own.write_text(text.replace(f'encre = "{first}"', 'encre = "#123456"', 1), encoding='utf-8')
    found = find_theme(mini, Report())
    assert found is not None
    assert found.couleurs.encre == '#123456'
