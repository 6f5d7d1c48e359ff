"""``pasbuild diff``: what it reads, what it writes, what it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from comparison_sample import change
from conftest import MINI
from pydantic import TypeAdapter
from store_sample import keep

from pasbuild import checkout
from pasbuild.cli import main
from pasbuild.diffreport import Comparaison
from pasbuild.project import Folder


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ['diff', *arguments, '--dossier', str(root)], catch_exceptions=False)


def git(root: Path, *arguments: str) -> None:
    settings = ['-c', 'user.name=Essai', '-c', 'user.email=essai@example.org', '-c', 'commit.gpgsign=false']
    subprocess.run(['git', *settings, '-C', str(root), *arguments], check=True, capture_output=True)


@pytest.fixture
def versions(mini: Folder) -> Path:
    """A checkout whose first version has a tag, and whose folder is the second one, not committed."""
    git(mini.root, 'init', '-q')
    git(mini.root, 'add', '.')
    git(mini.root, 'commit', '-q', '-m', 'premier')
    git(mini.root, 'tag', 'debattu')
    change(mini.root)
    return mini.root


def test_two_folders(mini: Folder) -> None:
    change(mini.root)
    result = run(mini.root, str(MINI), str(mini.root))
    assert result.exit_code == 0
    assert "Reformulé [obj-logements] Accueillir" in result.output
    assert "d’abord" in result.output
    assert "L.\u00a0143-29" in result.output


def test_a_tag_and_the_folder(versions: Path) -> None:
    before = sorted(path.relative_to(versions) for path in versions.rglob('*') if '.git' not in path.parts)
    result = run(versions, 'debattu')
    assert result.exit_code == 0
    assert 'obj-neuf' in result.output
    after = {path.relative_to(versions) for path in versions.rglob('*') if '.git' not in path.parts}
    assert {path for path in after if path.parts[0] != '.cache'} == set(before)


def test_two_commits_leave_the_folder_alone(versions: Path) -> None:
    git(versions, 'commit', '-q', '-a', '-m', 'second')
    (versions / 'content/20-vallee.md').write_text('en cours', encoding='utf-8')
    assert 'obj-neuf' in run(versions, 'debattu', 'HEAD').output
    assert (versions / 'content/20-vallee.md').read_text(encoding='utf-8') == 'en cours'


def test_same_version_says_so(mini: Folder) -> None:
    result = run(mini.root, str(MINI), str(mini.root))
    assert result.exit_code == 0
    assert "Aucune différence" in result.output


@pytest.mark.parametrize('name', ['absente', '--upload-pack=x', 'HEAD:content', '-x'])
def test_what_is_no_version_is_refused(versions: Path, name: str) -> None:
    result = CliRunner().invoke(main, ['diff', '--dossier', str(versions), '--', name])
    assert result.exit_code == 2
    assert "n'est ni un dossier, ni une version" in result.output


def test_a_commit_without_the_dossier_is_refused(tmp_path: Path, mini: Folder) -> None:
    git(mini.root, 'init', '-q')
    git(mini.root, 'commit', '-q', '--allow-empty', '-m', 'vide')
    result = CliRunner().invoke(main, ['diff', 'HEAD', '--dossier', str(mini.root)])
    assert result.exit_code == 2
    assert "ne contient pas ce dossier" in result.output
    assert tmp_path.exists()


def test_a_version_too_large_is_refused(versions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, 'MAX_FILES', 3)
    result = CliRunner().invoke(main, ['diff', 'debattu', '--dossier', str(versions)])
    assert result.exit_code == 1
    assert "démesurée" in result.output


def test_links_of_a_commit_are_not_followed(mini: Folder) -> None:
    (mini.root / 'content' / 'secret.md').symlink_to('/etc/hostname')
    git(mini.root, 'init', '-q')
    git(mini.root, 'add', '.')
    git(mini.root, 'commit', '-q', '-m', 'lien')
    with checkout.open_version('HEAD', mini.root) as version:
        assert not (version.folder.root / 'content' / 'secret.md').exists()


@pytest.fixture
def written(mini: Folder, tmp_path: Path) -> dict[str, bytes]:
    change(mini.root)
    (mini.root / 'content/motifs.yaml').write_text("obj-logements: Réserve n° 1, =inventée.\n", encoding='utf-8')
    files = [tmp_path / f'comparaison{kind}' for kind in ('.json', '.html', '.xlsx')]
    outputs = [argument for path in files for argument in ('--output', str(path))]
    assert run(mini.root, str(MINI), str(mini.root), *outputs).exit_code == 0
    return {path.suffix: path.read_bytes() for path in files}


def test_json_has_the_form_of_its_schema(written: dict[str, bytes]) -> None:
    content = json.loads(written['.json'])
    TypeAdapter(Comparaison).validate_python(content, strict=True)
    assert content['orientations']['reponse'] == 'oui'
    assert all(content['changements'][rank]['orientation'] for rank in content['orientations']['preuves'])


def test_page_says_added_and_removed_in_words(written: dict[str, bytes]) -> None:
    page = written['.html'].decode()
    assert page.index('<table>') < page.index('<ins>')
    assert page.count('<ins><span class="mot">[ajouté :') == page.count('<ins>') > 0
    assert page.count('<del><span class="mot">[supprimé :') == page.count('<del>') > 0


def test_table_has_the_reason_and_no_formula(written: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / 'relu.xlsx'
    path.write_bytes(written['.xlsx'])
    rows = [*openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
    assert rows[0][0] == "Identifiant"
    assert rows[0][7] == "Motif"
    reasons = {row[0]: row[7] for row in rows}
    assert reasons['obj-logements'] == "Réserve n°\u00a01, =inventée."


def test_same_versions_give_the_same_files(mini: Folder, written: dict[str, bytes], tmp_path: Path) -> None:
    again = tmp_path / 'encore.xlsx'
    run(mini.root, str(MINI), str(mini.root), '--output', str(again))
    assert again.read_bytes() == written['.xlsx']


def test_flags_write_beside_the_other_outputs(mini: Folder) -> None:
    change(mini.root)
    result = run(mini.root, str(MINI), str(mini.root), '--html', '--json')
    names = {path.suffix for path in (mini.root / 'output' / 'comparaison').iterdir()}
    assert result.exit_code == 0
    assert names == {'.html', '.json'}


def test_unknown_form_is_refused(mini: Folder) -> None:
    result = CliRunner().invoke(main, ['diff', str(MINI), '--output', 'x.odt', '--dossier', str(mini.root)])
    assert result.exit_code == 2


def test_reasons_can_be_required(mini: Folder) -> None:
    change(mini.root)
    assert run(mini.root, str(MINI), str(mini.root), '--exiger-motifs').exit_code == 1
    named = ('obj-logements', 'obj-services', 'obj-neuf')
    reasons = ''.join(f'{name}: Demande inventée de la commission.\n' for name in named)
    (mini.root / 'content/motifs.yaml').write_text(reasons, encoding='utf-8')
    assert run(mini.root, str(MINI), str(mini.root), '--exiger-motifs').exit_code == 0


def test_a_version_kept_is_in_the_state_it_was_kept_in(mini: Folder) -> None:
    """Built with ``--etat``, its own dossier.yaml says another state: that of the deposit is told, and judged by."""
    keep(mini.root, mini.root / 'versions', 'debattu')
    change(mini.root)
    keep(mini.root, mini.root / 'versions', 'approuve')
    change_state(mini.root, 'executoire')
    result = run(mini.root, 'debattu', 'approuve', '--json')
    assert result.exit_code == 0, result.output
    content = json.loads((mini.root / 'output/comparaison/v1-v2.json').read_bytes())
    assert [content[side]['etat'] for side in ('avant', 'apres')] == ['debattu', 'approuve']
    assert "n’était pas approuvée" in content['orientations']['droit']


def test_the_page_is_laid_out_by_the_templates_of_the_dossier_not_of_a_version(mini: Folder) -> None:
    """Those of an old version were made for the tool of its day."""
    own = mini.root / 'templates' / 'comparaison.html.j2'
    own.parent.mkdir(exist_ok=True)
    own.write_text('{{ autrefois }}', encoding='utf-8')
    keep(mini.root, mini.root / 'versions', 'debattu')
    change(mini.root)
    keep(mini.root, mini.root / 'versions', 'arrete')
    own.unlink()
    assert run(mini.root, 'debattu', 'arrete', '--html').exit_code == 0
    assert "Ce qui change" in (mini.root / 'output/comparaison/v1-v2.html').read_text(encoding='utf-8')


def change_state(root: Path, etat: str) -> None:
    path = root / 'content/dossier.yaml'
    lines = [line for line in path.read_text(encoding='utf-8').split('\n') if not line.startswith('etat:')]
    path.write_text('\n'.join([f'etat: {etat}', *lines]), encoding='utf-8')


def test_an_empty_name_is_no_version(mini: Folder) -> None:
    assert CliRunner().invoke(main, ['diff', '', 'x', '--dossier', str(mini.root)]).exit_code == 2


@pytest.mark.slow
def test_word_file_of_the_smallest_dossier(mini: Folder, tmp_path: Path) -> None:
    shutil.rmtree(mini.root / '.cache', ignore_errors=True)
    change(mini.root)
    path = tmp_path / 'comparaison.docx'
    assert run(mini.root, str(MINI), str(mini.root), '--output', str(path)).exit_code == 0
    assert path.stat().st_size > 10_000
