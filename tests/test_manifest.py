"""The manifest of a build and the document as data: whole, deterministic, read back, and held against the files."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from pasbuild import manifest as module
from pasbuild.diagnostics import Report
from pasbuild.document import Project, read_project
from pasbuild.manifest import LIBRARIES, NAME, Manifest, as_json, make_manifest, read_manifest
from pasbuild.manifestproof import check_manifest, output_gaps, source_gaps
from pasbuild.project import Folder
from pasbuild.record import fingerprint
from pasbuild.structured import Pas, structured
from pasbuild.structured import as_json as pas_json

ROOT = Path(__file__).parents[1]


def project_of(folder: Folder) -> Project:
    project = read_project(folder, Report())
    assert project is not None
    return project


def written(folder: Folder) -> Manifest:
    """Write outputs and their manifest."""
    outputs = {'pas.pdf': b'%PDF-1.7 essai', 'pas.json': b'{}'}
    made = make_manifest(folder.root, project_of(folder).dossier, ['pdf'], outputs)
    (folder.root / 'output').mkdir(exist_ok=True)
    for name, data in {**outputs, NAME: as_json(made)}.items():
        (folder.root / 'output' / name).write_bytes(data)
    return made


def git(folder: Folder, *arguments: str) -> None:
    identity = ['-c', 'user.name=Essai', '-c', 'user.email=essai@example.org']
    subprocess.run(['git', *identity, *arguments], cwd=folder.root, check=True, capture_output=True)


# --- manifest ---------------------------------------------------------------------------------------------------------


def test_a_manifest_is_an_in_toto_statement_of_slsa_provenance(mini: Folder) -> None:
    read = json.loads(as_json(written(mini)))
    assert read['_type'] == 'https://in-toto.io/Statement/v1'
    assert read['predicateType'] == 'https://slsa.dev/provenance/v1'
    assert set(read['predicate']) == {'buildDefinition', 'runDetails'}
    assert [subject['name'] for subject in read['subject']] == ['pas.json', 'pas.pdf']
    assert read['predicate']['buildDefinition']['externalParameters'] == {'etat': 'projet', 'formats': ['pdf']}


def test_every_source_template_and_font_is_told(mini: Folder) -> None:
    made = written(mini)
    files = {path.relative_to(mini.root).as_posix() for path in mini.root.rglob('*') if path.is_file()}
    assert set(made.sources) == {name for name in files if name.startswith(('content/', 'figures/', 'templates/'))}
    kinds = {one.annotations.genre for one in made.predicate.definition.resolved_dependencies}
    assert kinds == {'texte', 'reglage', 'donnees', 'figure', 'modele', 'police'}
    assert made.git is None


def test_the_same_sources_give_the_same_manifest_and_are_read_back(mini: Folder) -> None:
    made = written(mini)
    assert as_json(written(mini)) == as_json(made)
    assert read_manifest(as_json(made)) == made


@pytest.mark.parametrize('data', [b'', b'{}', b'[1]', b'\xff', b'{"_type": 3}'])
def test_what_is_no_manifest_is_not_read(data: bytes) -> None:
    assert read_manifest(data) is None


def test_a_manifest_too_large_is_not_read(mini: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    data = as_json(written(mini))
    monkeypatch.setattr(module, 'MAX_BYTES', 10)
    assert read_manifest(data) is None


def test_the_commit_and_whether_sources_are_exactly_it(mini: Folder) -> None:
    git(mini, 'init', '-q')
    assert written(mini).git is None
    before = fingerprint(mini.root)
    git(mini, 'add', 'content', 'figures')
    git(mini, 'commit', '-qm', 'essai')
    found = written(mini).git
    assert found is not None
    assert re.fullmatch('[0-9a-f]{40}', found[0])
    assert found[1]
    assert fingerprint(mini.root) != before
    (mini.root / 'content' / 'nouveau.md').write_text('x', encoding='utf-8')
    assert written(mini).git == (found[0], False)


def test_without_git_the_commit_is_not_told(mini: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    git(mini, 'init', '-q')
    monkeypatch.setenv('PATH', '')
    assert written(mini).git is None


def test_every_dependency_of_the_program_is_told() -> None:
    project = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['project']
    names = {re.split('[<>=]', line)[0] for line in project['dependencies']}
    elsewhere = {
        'bagit',
        'pyshp',
        'typing-extensions',
        'xlsxwriter',
    }  # what is handed over is made of them, no output is
    assert names - elsewhere <= set(LIBRARIES)
    assert elsewhere <= names


# --- held against the files -------------------------------------------------------------------------------------------


def test_outputs_equal_to_their_manifest(mini: Folder) -> None:
    made = written(mini)
    output = mini.root / 'output'
    assert list(output_gaps(output, made)) == []
    assert list(source_gaps(mini.root, made)) == []
    assert check_manifest(output / 'pas.pdf', mini.root).verdict == 'conforme'


@pytest.mark.parametrize('name', ['pas.pdf', 'pas.json'])
def test_an_output_changed_or_lost_is_refused(mini: Folder, name: str) -> None:
    written(mini)
    path = mini.root / 'output' / name
    path.write_bytes(path.read_bytes()[:-1] + b'?')
    check = check_manifest(mini.root / 'output' / 'pas.pdf', mini.root)
    assert check.verdict == 'non conforme'
    assert f"« {name} »" in check.findings[0].message
    if name == 'pas.json':
        path.unlink()
        assert "manque" in check_manifest(mini.root / 'output' / 'pas.pdf', mini.root).findings[0].message


def test_a_sealed_copy_is_known_by_its_head(mini: Folder) -> None:
    written(mini)
    output = mini.root / 'output'
    (output / 'pas-cachet.pdf').write_bytes((output / 'pas.pdf').read_bytes() + b' cachet')
    assert check_manifest(output / 'pas-cachet.pdf', None).verdict == 'conforme'
    (output / 'pas-cachet.pdf').write_bytes(b'%PDF-1.7 autre document, plus long')
    assert check_manifest(output / 'pas-cachet.pdf', None).verdict == 'non conforme'


def test_sources_changed_since_are_a_warning(mini: Folder) -> None:
    made = written(mini)
    (mini.root / 'content' / 'nouveau.csv').write_text('x', encoding='utf-8')
    (mini.root / 'content' / 'lexique.yaml').unlink()
    (mini.root / 'content' / '10-contexte.md').write_text('x', encoding='utf-8')
    names = {gap.name for gap in source_gaps(mini.root, made)}
    assert names == {'content/nouveau.csv', 'content/lexique.yaml', 'content/10-contexte.md'}
    check = check_manifest(mini.root / 'output' / 'pas.pdf', mini.root)
    assert check.verdict == 'conforme'
    assert "3 source(s) ont changé" in check.warnings[0]


def test_a_file_alone_or_with_a_broken_manifest(mini: Folder) -> None:
    written(mini)
    path = mini.root / 'output' / 'pas.pdf'
    (mini.root / 'output' / NAME).write_bytes(b'{}')
    assert check_manifest(path, None).verdict == 'non conforme'
    (mini.root / 'output' / NAME).unlink()
    assert check_manifest(path, None).verdict == 'non contrôlé'


# --- the document as data ---------------------------------------------------------------------------------------------


def test_the_document_as_data_fits_its_schema_and_names_its_objectives(kept: Folder) -> None:
    data = pas_json(structured(project_of(kept)))
    assert data == pas_json(structured(project_of(kept)))
    pas = TypeAdapter(Pas).validate_json(data)
    assert pas.document.scot == "Pays-des-Modèles"
    blocks = {block.id: block for part in pas.parties for block in part.blocs}
    goal = blocks['obj-poles']
    assert (goal.nature, goal.numero, goal.repond_a) == ('objectif', '1.1.1', ('L141-3/polarites',))
    assert goal.blocs[0].valeurs[0].cle == 'armature.poles-relais.nombre'
    matter = next(one for one in pas.correspondance if one.id == 'L141-3/polarites')
    assert 'obj-poles' in matter.objectifs
    assert pas.trajectoire[0]['tranche']
    assert pas.armature[0]['communes']
    assert {table.id for table in pas.donnees} >= {'communes'}
