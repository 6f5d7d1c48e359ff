"""The command line: French help, exit codes, formats, and progress when piped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from overlay import lay_over

from pasbuild import __version__
from pasbuild.build import STEPS
from pasbuild.catalogue import CATALOGUE
from pasbuild.cli import main
from pasbuild.pdf import Pdf
from pasbuild.project import Folder

BROKEN = Path(__file__).parent / 'samples' / 'broken'
COMMANDS = (
    'build',
    'check',
    'procedure',
    'version',
    'verify',
    'figures',
    'sign',
    'pages',
    'cache',
    'schema',
    'init',
    'explain',
)
ENGLISH = (
    'Usage:',
    'Options:\n',
    'Commands:',
    'Show this message',
    'Error:',
    'Try ',
    'Missing',
    'Invalid',
    'No such',
    'default:',
)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('pasbuild.drafting.draw_figures', lambda *_args, **_options: {})
    monkeypatch.setattr('pasbuild.chapters.lay_out', lambda *_args: Pdf(b'new pdf', {}, 17))
    monkeypatch.setattr('os.cpu_count', lambda: 1)
    monkeypatch.setattr('pasbuild.docx.write_docx', lambda *_args: b'new docx')


@pytest.mark.parametrize('command', ['', *COMMANDS])
def test_help_is_in_french(command: str) -> None:
    result = run(*filter(None, [command]), '--help')
    assert result.exit_code == 0
    assert not [word for word in ENGLISH if word in result.output and word != 'Options:\n']
    assert "Afficher cette aide." in result.output


def test_help_names_every_command_and_exit_code() -> None:
    output = run('--help').output
    assert all(command in output for command in COMMANDS)
    assert "Codes de sortie" in output


def test_version() -> None:
    assert run('--version').output == f'pasbuild {__version__}\n'


@pytest.mark.parametrize(
    'arguments',
    [
        ['chek'],
        ['check', '--formt', 'json'],
        ['check', '--format', 'xml'],
        ['check', '--dossier', 'absent'],
        ['init'],
        ['build', '--jobs', '0'],
    ],
)
def test_faults_of_usage_are_in_french(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert not [word for word in ENGLISH if word in result.output]


def test_check_of_a_sound_dossier(mini: Folder) -> None:
    result = run('check', '--strict', '--dossier', mini.root)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "aucun constat\n", '')


def test_check_from_a_folder_below(mini: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mini.root / 'content' / 'data')
    assert run('check').exit_code == 0


def test_check_of_a_faulty_dossier(mini: Folder) -> None:
    lay_over(BROKEN / 'lire.html', mini.root)
    result = run('check', '--dossier', mini.root)
    assert result.exit_code == 1
    assert result.stderr == (BROKEN / 'lire.html' / 'expected.txt').read_text(encoding='utf-8')
    assert result.stdout == "3 erreurs\n"


def test_warnings_fail_only_when_strict(mini: Folder) -> None:
    lay_over(BROKEN / 'figure.inutilisee', mini.root)
    assert run('check', '--dossier', mini.root).exit_code == 0
    assert run('check', '--strict', '--dossier', mini.root).exit_code == 1


def test_json_on_standard_output(mini: Folder) -> None:
    lay_over(BROKEN / 'lire.html', mini.root)
    result = run('check', '--format', 'json', '--dossier', mini.root)
    found = json.loads(result.stdout)
    assert found['erreurs'] == 3
    assert {'code', 'niveau', 'message', 'fichier', 'ligne', 'piste'} == set(found['diagnostics'][0])
    assert result.stderr == ''


def test_json_of_a_sound_dossier(mini: Folder) -> None:
    result = run('check', '--format', 'json', '--dossier', mini.root)
    assert json.loads(result.stdout) == {'erreurs': 0, 'avertissements': 0, 'diagnostics': []}


def test_github_annotations(mini: Folder) -> None:
    lay_over(BROKEN / 'lire.html', mini.root)
    lines = run('check', '--format', 'github', '--dossier', mini.root).stdout.splitlines()
    assert len(lines) == 3
    assert all(line.startswith('::error file=content/30-methode.md,line=') for line in lines)


def test_no_dossier_here(tmp_path: Path) -> None:
    result = run('check', '--dossier', tmp_path)
    assert result.exit_code == 2
    assert "Aucun dossier ici" in result.output
    assert "pasbuild init" in result.output


@pytest.mark.usefixtures('fast')
def test_build_says_what_it_wrote(mini: Folder) -> None:
    result = run('build', '--dossier', mini.root)
    assert result.exit_code == 0
    assert (mini.root / 'output' / 'pas.docx').read_bytes() == b'new docx'
    lines = result.stdout.splitlines()
    assert [Path(line.split('  ')[0]).name for line in lines[:2]] == ['pas.pdf', 'pas.docx']
    assert lines[-1].startswith("17 pages, aucun constat, ")
    assert "," in lines[-1].rsplit(' ', 2)[-2]


@pytest.mark.usefixtures('fast')
def test_progress_is_plain_lines_when_piped(mini: Folder) -> None:
    result = run('build', '--dossier', mini.root)
    assert result.stderr.splitlines() == [f"[{rank}/{len(STEPS)}] {name}" for rank, name in enumerate(STEPS, 1)]
    assert '\r' not in result.output
    assert '\033' not in result.output


@pytest.mark.usefixtures('fast')
def test_json_has_no_progress(mini: Folder) -> None:
    result = run('build', '--format', 'json', '--dossier', mini.root)
    assert json.loads(result.stdout)['erreurs'] == 0
    assert result.stderr == ''


@pytest.mark.usefixtures('fast')
def test_only_one_format(mini: Folder) -> None:
    assert run('build', '--only', 'docx', '--dossier', mini.root).exit_code == 0
    assert {path.name for path in (mini.root / 'output').iterdir()} == {'pas.docx', 'pas.json', 'manifeste.json'}


@pytest.mark.parametrize('only', ['odt', 'pdf,odt', '', ','])
def test_only_unknown(mini: Folder, only: str) -> None:
    result = run('build', '--only', only, '--dossier', mini.root)
    assert result.exit_code == 2
    assert "pdf ou docx" in result.output
    assert not (mini.root / 'output').exists()


def test_build_of_a_faulty_dossier(mini: Folder) -> None:
    lay_over(BROKEN / 'lire.html', mini.root)
    result = run('build', '--dossier', mini.root)
    assert result.exit_code == 1
    assert "3 erreurs" in result.stderr
    assert "PDF et DOCX non produits" in result.stderr
    assert not (mini.root / 'output').exists()


def test_explain() -> None:
    assert run('explain', 'lire.html').stdout.startswith("lire.html")
    assert len(run('explain').stdout.splitlines()) == len(CATALOGUE)
    result = run('explain', 'lire.htm')
    assert result.exit_code == 2
    assert "« lire.html »" in result.output


def test_schema_and_init_write_where_told(tmp_path: Path) -> None:
    assert run('schema', '--output', tmp_path / 'schemas').exit_code == 0
    assert (tmp_path / 'schemas' / 'figure.schema.json').is_file()
    target = tmp_path / 'autre'
    assert run('init', target, '--scot', 'Pays "d\'Essai"').exit_code == 0
    assert run('check', '--dossier', target).exit_code == 0
    again = run('init', target)
    assert again.exit_code == 2
    assert "rien n'a été écrit" in again.output


@pytest.mark.usefixtures('fast')
def test_a_second_build_leaves_the_files_and_says_the_same(mini: Folder) -> None:
    lay_over(BROKEN / 'donnee.a-verifier', mini.root)
    first = run('build', '--dossier', mini.root)
    output = mini.root / 'output' / 'pas.pdf'
    output.touch()
    stamp = output.stat().st_mtime_ns
    second = run('build', '--dossier', mini.root)
    assert second.exit_code == 0
    assert "(rien n’a changé)" in second.stdout
    assert "avertissement [donnee.a-verifier]" in second.stderr
    assert first.stderr.partition('content/')[2] == second.stderr.partition('content/')[2]
    assert output.stat().st_mtime_ns == stamp
    assert json.loads(run('build', '--format', 'json', '--dossier', mini.root).stdout)['avertissements'] == 1
    output.write_bytes(b'spoilt')
    assert "rien n’a changé" not in run('build', '--dossier', mini.root).stdout
    assert output.read_bytes() == b'new pdf'


@pytest.mark.usefixtures('fast')
@pytest.mark.parametrize('option', [['--only', 'pdf'], ['--etat', 'projet'], ['--strict']])
def test_another_request_is_another_build(mini: Folder, option: list[str]) -> None:
    run('build', '--dossier', mini.root)
    assert "rien n’a changé" not in run('build', *option, '--dossier', mini.root).stdout
    assert "rien n’a changé" in run('build', *option, '--jobs', '1', '--dossier', mini.root).stdout


@pytest.mark.usefixtures('fast')
def test_cache_clear_says_what_it_freed(mini: Folder) -> None:
    run('build', '--dossier', mini.root)
    cleared = run('cache', 'clear', '--dossier', mini.root)
    assert cleared.exit_code == 0
    assert cleared.stdout.startswith("1 fichier effacé, ")
    assert (mini.root / 'output' / 'pas.pdf').exists()
    assert run('cache', 'clear', '--dossier', mini.root).stdout == "Le cache est vide.\n"
    assert "rien n’a changé" not in run('build', '--dossier', mini.root).stdout
