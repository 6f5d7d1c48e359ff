"""The whole life of a document: built in each of its states, deposited, rebuilt the same, compared, handed over, checked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from portal_sample import ARCHIVES, dossier_for_the_portal
from test_ocfl import valid

from pasbuild.cli import main
from pasbuild.procedure import chain

SCHEMAS = Path(os.environ.get('SEDA_XSD', Path(__file__).parents[2] / 'shared' / 'seda'))
SENTENCE = "Chaque objectif porte un numéro et se lit seul"
OBJECTIVE = ('50-habiter.md', "Des logements plus petits", "Des logements moins grands", 'obj-habitat')
REASON = "Réserve inventée de la commission d’enquête."


APPROVED = ('approuve', 'transmis_publie', 'executoire')
STATES = tuple(step.id for step in chain('executoire'))


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == code, f'{arguments}\n{result.output}\n{result.exception!r}'
    return result.output


def make_dossier(root: Path) -> Path:
    dossier_for_the_portal(root)
    (root / 'content' / 'archives.yaml').write_text(ARCHIVES, encoding='utf-8')
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_dossier(tmp_path / 'dossier')


@pytest.fixture(scope='module')
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dossier that went through all its states, each step checked on the way."""
    place = tmp_path_factory.mktemp('vie')
    root = make_dossier(place / 'dossier')
    preamble = root / 'content' / '10-preambule.md'
    text = preamble.read_text(encoding='utf-8')
    assert SENTENCE in text
    before: Path | None = None
    for number, state in enumerate(STATES, 1):
        preamble.write_text(text.replace(SENTENCE, f'{SENTENCE}, comme au {number}e état'), encoding='utf-8')
        if state == 'approuve':
            an_objective_changes_for_a_reason(root)
        run('build', '--dossier', root, '--etat', state, '--output', root / 'output')
        run('verify', root / 'output' / 'pas.pdf', '--sans-verapdf', '--etat', state, '--dossier', root)
        assert f'v{number}' in run('version', 'deposit', '--dossier', root)
        assert run('version', 'rebuild', state, '--dossier', root).rstrip().endswith(' : identique')
        sources = place / state
        run('version', 'extract', state, '--seulement', 'sources', '--output', sources, '--dossier', root)
        if before is not None:
            assert f'{number}e' in run('diff', before / 'sources', sources / 'sources')
        before = sources
        hand_over(root, state, approved=state in APPROVED)
    return root


@pytest.mark.slow
@pytest.mark.xdist_group('life')
def test_document_lives_from_project_to_enforcement(lived: Path) -> None:
    assert f'{len(STATES)} versions' in run('version', 'verify', '--dossier', lived)
    assert len([*(lived / 'output' / 'versements').glob('*.zip')]) == 4 * len(STATES)


@pytest.mark.slow
@pytest.mark.xdist_group('life')
@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the official schemas of the SEDA are not here: SEDA_XSD says where")
def test_packages_for_the_archives_conform_to_the_official_schemas(lived: Path) -> None:
    packages = [*(lived / 'output' / 'versements').glob('*seda*.zip')]
    assert len(packages) == 3 * len(STATES)
    for package in packages:
        said = run('check', 'seda', package, '--xsd', SCHEMAS)
        assert 'aucun constat' in said
        assert "n'a pas été vérifié" not in said


@pytest.mark.slow
@pytest.mark.xdist_group('life')
def test_independent_validator_finds_the_store_sound(lived: Path) -> None:
    assert valid(lived / 'versions')


@pytest.mark.slow
@pytest.mark.xdist_group('life')
def test_independent_identifier_finds_the_formats_announced(lived: Path, tmp_path: Path) -> None:
    formats_are_confirmed(next((lived / 'output' / 'versements').glob('*v8-seda-2.3.zip')), tmp_path)


def an_objective_changes_for_a_reason(root: Path) -> None:
    """Change an objective since it was adopted: the document is not approved before it is told why."""
    path = root / 'content' / OBJECTIVE[0]
    text = path.read_text(encoding='utf-8')
    assert OBJECTIVE[1] in text
    path.write_text(text.replace(OBJECTIVE[1], OBJECTIVE[2]), encoding='utf-8')
    refused = run('build', '--dossier', root, '--etat', 'approuve', '--output', root / 'output', code=1)
    assert refused.count('[version.motif]') == 1
    assert "depuis la version arrêtée (v3)" in refused
    (root / 'content' / 'motifs.yaml').write_text(f'{OBJECTIVE[3]}: {REASON}\n', encoding='utf-8')


@pytest.mark.slow
@pytest.mark.xdist_group('life')
def test_versions_kept_stand_side_by_side(lived: Path, tmp_path: Path) -> None:
    """One column for what was debated, adopted, approved: the change of the objective, and its reason, in words."""
    files = [tmp_path / f'tableau{kind}' for kind in ('.json', '.pdf')]
    outputs = [argument for path in files for argument in ('--output', path)]
    told = run('diff', 'debattu', 'arrete', 'approuve', *outputs, '--dossier', lived)
    assert f"[{OBJECTIVE[3]}] : change dans « approuve »" in told
    content = json.loads(files[0].read_bytes())
    assert [side['etat'] for side in content['versions']] == ['debattu', 'arrete', 'approuve']
    (found,) = [one for one in content['rubriques'] if one['id'] == OBJECTIVE[3]]
    assert found['motif'] == REASON
    with pikepdf.open(files[1]) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == 'fr'


@pytest.mark.slow
@pytest.mark.xdist_group('life')
def test_packages_are_the_same_bytes_elsewhere(lived: Path, tmp_path: Path) -> None:
    """Another clock zone, language, mask, folder and order of hashing: the same version, the same package."""
    versements = lived / 'output' / 'versements'
    orders = [['seda', f'--version={norme}', f'--output={norme}'] for norme in ('2.1', '2.2', '2.3')]
    orders += [['bagit', '--output=bagit'], ['gpu', '--output=gpu']]
    elsewhere = os.environ | {'TZ': 'Pacific/Auckland', 'LC_ALL': 'C', 'PYTHONHASHSEED': '7', 'SOURCE_DATE_EPOCH': '1'}
    for kind, *options in orders:
        command = [sys.executable, '-m', 'pasbuild', 'export', kind, 'v8', *options, '--dossier', str(lived)]
        subprocess.run(command, cwd=tmp_path, env=elsewhere, umask=0o077, check=True, capture_output=True)
    for name in ('2.1', '2.2', '2.3'):
        assert (tmp_path / name).read_bytes() == next(versements.glob(f'*v8-seda-{name}.zip')).read_bytes()
    assert (tmp_path / 'bagit').read_bytes() == next(versements.glob('*v8-bagit.zip')).read_bytes()
    (here,) = (lived / 'output' / 'gpu').glob('*.zip')
    assert (tmp_path / 'gpu' / here.name).read_bytes() == here.read_bytes()


def hand_over(root: Path, state: str, *, approved: bool) -> None:
    """Make and check each package of a version. The portal's carries the date of the approval, once there is one."""
    for norme in ('2.1', '2.2', '2.3'):
        run('export', 'seda', state, '--version', norme, '--dossier', root)
    run('export', 'bagit', state, '--dossier', root)
    shutil.rmtree(root / 'output' / 'gpu', ignore_errors=True)
    run('export', 'gpu', state, '--dossier', root)
    name = '000123456_SCOT_20250213' if approved else '000123456_SCOT_00000000'
    assert {path.stem for path in (root / 'output' / 'gpu').glob('*.zip')} == {name}
    assert 'aucun constat' in run('check', 'gpu', root / 'output' / 'gpu' / name)


def formats_are_confirmed(package: Path, place: Path) -> None:
    """Hold the identifiers a package announces against those opf-fido finds."""
    fido = Path(sys.executable).with_name('fido')
    if not fido.exists():
        pytest.skip("opf-fido is not installed: the identifiers were not confirmed")
    from lxml import etree

    with zipfile.ZipFile(package) as archive:
        archive.extractall(place / 'sip')
    manifest = etree.parse(place / 'sip' / 'manifest.xml')
    for binary in manifest.iterfind('.//{*}BinaryDataObject'):
        path = place / 'sip' / (binary.findtext('{*}Uri') or '')
        if path.suffix in ('.pdf', '.docx', '.zip'):
            order = [str(fido), '-q', '-matchprintf', '%(info.puid)s\n', '-nomatchprintf', '\n', str(path)]
            done = subprocess.run(order, capture_output=True, text=True, check=True)
            assert done.stdout.strip() == binary.findtext('.//{*}FormatId')


def test_what_is_not_filled_in_is_asked_for(root: Path, tmp_path: Path) -> None:
    """No store yet: said in words; a package that is not one: a finding."""
    assert 'magasin' in run('export', 'seda', '--dossier', root, code=2)
    (tmp_path / 'faux.zip').write_bytes(b'PK')
    assert 'seda.paquet' in run('check', 'seda', tmp_path / 'faux.zip', code=1)
    (tmp_path / 'faux').mkdir()
    assert 'DIRECTORY_UNEXPECTED_NAME' in run('check', 'gpu', tmp_path / 'faux', code=1)
