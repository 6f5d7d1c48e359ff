"""Which version a name means: a folder, a version kept, a commit; and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from comparison_sample import change
from store_sample import keep
from test_comparison import git

from pasbuild.checkout import WITHOUT, open_version
from pasbuild.cli import main
from pasbuild.diagnostics import PasbuildError
from pasbuild.ocfl import object_folder
from pasbuild.project import Folder


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ['diff', *arguments, '--dossier', str(root)])


@pytest.fixture
def dossier(mini: Folder) -> Path:
    """A dossier with its adopted version kept as v1, changed since."""
    keep(mini.root, mini.root / 'versions', 'arrete')
    change(mini.root)
    return mini.root


@pytest.mark.parametrize('name', ['v1', 'arrete', 'version:arrete', 'version:1'])
def test_a_version_kept_is_compared(dossier: Path, name: str) -> None:
    result = run(dossier, name)
    assert result.exit_code == 0
    assert "gardée sous v1" in result.output
    assert "Reformulé [obj-logements] Accueillir" in result.output


def test_the_last_version_of_a_state_is_taken(dossier: Path) -> None:
    keep(dossier, dossier / 'versions', 'arrete')
    assert "Aucune différence" in run(dossier, 'arrete').output
    assert "Aucune différence" not in run(dossier, 'v1').output


def test_a_state_deposited_again_from_its_pdf_does_not_hide_the_version_that_has_sources(dossier: Path) -> None:
    keep(dossier, dossier / 'versions', 'arrete', reconstruit=True)
    for name in ('arrete', 'version:arrete'):
        assert "gardée sous v1" in run(dossier, name).stdout
    assert WITHOUT in run(dossier, 'v2').output


def test_versions_of_two_documents_are_said_to_be_so(dossier: Path) -> None:
    path = dossier / 'content/dossier.yaml'
    text = path.read_text(encoding='utf-8')
    assert "même SCoT" not in run(dossier, 'arrete').stderr
    path.write_text('\n'.join('scot: Ailleurs' if line.startswith('scot:') else line for line in text.split('\n')))
    assert "Ces versions ne sont pas du même SCoT" in run(dossier, 'arrete').stderr


def test_another_store_is_named(dossier: Path, tmp_path: Path) -> None:
    (dossier / 'versions').rename(tmp_path / 'magasin')
    assert run(dossier, 'arrete').exit_code == 2
    assert "gardée sous v1" in run(dossier, 'arrete', '--magasin', str(tmp_path / 'magasin')).output


def test_a_folder_that_is_no_store_is_refused(mini: Folder, tmp_path: Path) -> None:
    result = run(mini.root, 'arrete', '--magasin', str(tmp_path))
    assert result.exit_code == 2
    assert "n'est pas un magasin" in result.output


def test_a_name_that_is_also_a_tag_says_which_was_taken(dossier: Path) -> None:
    git(dossier, 'init', '-q')
    git(dossier, 'add', '.')
    git(dossier, 'commit', '-q', '-m', 'second')
    git(dossier, 'tag', 'arrete')
    both = run(dossier, 'arrete')
    assert "la version gardée est prise" in both.stderr
    assert "gardée sous v1" in both.stdout
    tag = run(dossier, 'commit:arrete')
    assert "Aucune différence" in tag.stdout
    assert "version gardée" not in tag.stderr
    assert run(dossier, 'version:arrete').stderr == ''


def test_a_tag_named_like_an_absent_version_is_a_commit(dossier: Path) -> None:
    git(dossier, 'init', '-q')
    git(dossier, 'add', '.')
    git(dossier, 'commit', '-q', '-m', 'second')
    git(dossier, 'tag', 'v7')
    assert ", commit " in run(dossier, 'v7').output


@pytest.mark.parametrize('name', ['v9', 'executoire', 'version:v9'])
def test_what_the_store_has_not_is_refused(dossier: Path, name: str) -> None:
    assert run(dossier, name).exit_code == 2


def test_a_reconstructed_version_has_no_sources_to_compare(mini: Folder) -> None:
    keep(mini.root, mini.root / 'versions', 'debattu', reconstruit=True)
    result = run(mini.root, 'debattu')
    assert result.exit_code == 2
    assert f'[{WITHOUT}] v1' in result.output
    assert WITHOUT == 'version.sans-sources'


def test_a_damaged_version_is_not_compared(dossier: Path) -> None:
    folder = object_folder(dossier / 'versions')
    assert folder is not None
    path = folder / 'v1/content/sources/content/20-vallee.md'
    path.write_text(path.read_text(encoding='utf-8').replace('bourg', 'hameau'), encoding='utf-8')
    result = run(dossier, 'v1')
    assert result.exit_code == 1
    assert '[version.abime]' in result.output


def test_only_the_files_of_a_dossier_are_laid(dossier: Path) -> None:
    with open_version('v1', dossier) as version:
        assert version.folder.root != dossier
        assert not (version.folder.root / 'sorties').exists()
        assert (version.folder.root / 'content' / 'dossier.yaml').is_file()
    with pytest.raises(PasbuildError), open_version('v2', dossier):
        pass
