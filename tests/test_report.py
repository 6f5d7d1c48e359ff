"""The conformity report: one content, five forms; the JSON keeps to its committed schema."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pasbuild.build import check
from pasbuild.cli import main
from pasbuild.diagnostics import Report
from pasbuild.law import matieres, packs
from pasbuild.project import Folder
from pasbuild.report import FORMATS, form, write_report

SCHEMA = Path(__file__).parents[1] / 'docs' / 'schemas' / 'rapport.schema.json'
TYPES = {'string': str, 'integer': int, 'object': dict, 'array': list, 'null': type(None)}


def hold(value: Any, schema: dict[str, Any], where: str = '$') -> None:
    """Check the part of JSON Schema the report uses."""
    if 'const' in schema:
        assert value == schema['const'], where
    if 'enum' in schema:
        assert value in schema['enum'], where
    if 'type' in schema:
        wanted = [schema['type']] if isinstance(schema['type'], str) else schema['type']
        assert isinstance(value, tuple(TYPES[name] for name in wanted)), where
    if isinstance(value, dict):
        assert set(value) == set(schema['required']) == set(schema['properties']), where
        for key, child in value.items():
            hold(child, schema['properties'][key], f'{where}.{key}')
    if isinstance(value, list):
        for index, child in enumerate(value):
            hold(child, schema['items'], f'{where}[{index}]')


def written(folder: Folder, extension: str) -> str:
    report = Report()
    checked = check(folder, report)
    assert checked is not None
    return write_report(*checked, report, extension).decode('utf-8-sig')


def test_json_keeps_to_its_schema(mini: Folder) -> None:
    content = json.loads(written(mini, '.json'))
    hold(content, json.loads(SCHEMA.read_text(encoding='utf-8')))
    assert len(content['regles']) == sum(content['bilan'].values()) == sum(len(pack.regles) for pack in packs())


def test_every_form_is_the_same_twice(mini: Folder) -> None:
    for extension in FORMATS:
        assert written(mini, extension) == written(mini, extension)


def test_the_page_stands_alone_and_names_every_rule(mini: Folder) -> None:
    page = written(mini, '.html')
    assert all(f'id="{rule.id}"' in page for pack in packs() for rule in pack.regles)
    assert not any(mark in page for mark in ('src=', '<script', '@import', 'url('))
    assert all(link.startswith('content/') for link in re.findall(r'href="([^"]*)"', page))


def test_the_page_links_to_the_sources_from_where_it_stands(mini: Folder) -> None:
    target = mini.root / 'output' / 'rapports' / 'conformite.html'
    CliRunner().invoke(main, ['check', '--dossier', str(mini.root), '--rapport', str(target)])
    links = set(re.findall(r'href="([^"]*)"', target.read_text(encoding='utf-8')))
    assert links
    assert all((target.parent / link).is_file() for link in links)


def test_what_is_missing_comes_with_what_to_do(mini: Folder) -> None:
    (mini.root / 'content' / 'trajectoire.yaml').unlink()
    content = json.loads(written(mini, '.json'))
    [rule] = [rule for rule in content['regles'] if rule['id'] == 'PAS-20']
    [lack] = rule['manques']
    assert lack['piste']
    assert lack['message'] not in [proof['texte'] for proof in rule['preuves']]


def test_the_page_escapes_what_the_dossier_says(mini: Folder) -> None:
    dossier = mini.root / 'content' / 'dossier.yaml'
    text = dossier.read_text(encoding='utf-8')
    dossier.write_text(text.replace("scot: Val-d'Exemple", 'scot: "<script>x</script>"'), encoding='utf-8')
    page = written(mini, '.html')
    assert '<script' not in page
    assert '&lt;script&gt;' in page


def test_csv_has_every_matter_and_no_formula(mini: Folder) -> None:
    part = mini.root / 'content' / '20-vallee.md'
    text = part.read_text(encoding='utf-8')
    part.write_text(text.replace('### Garder les services', '### =1+1 Garder les services'), encoding='utf-8')
    rows = list(csv.DictReader(io.StringIO(written(mini, '.csv')), delimiter=';'))
    assert {row['matiere'] for row in rows} == set(matieres())
    assert not any(row['intitule'].startswith('=') for row in rows)
    assert {row['nature'] for row in rows} == {'objectif', 'enjeu'}


def test_sarif_places_every_finding(mini: Folder) -> None:
    (mini.root / 'content' / 'trajectoire.yaml').unlink()
    [run] = json.loads(written(mini, '.sarif'))['runs']
    assert {rule['id'] for rule in run['tool']['driver']['rules']} == {result['ruleId'] for result in run['results']}
    assert 'loi.trajectoire' in {result['ruleId'] for result in run['results']}
    assert all(result['locations'][0]['physicalLocation']['region']['startLine'] >= 1 for result in run['results'])


@pytest.mark.parametrize('extension', ['.html', '.md'])
def test_enjeux_and_objectives_without_link_are_listed(mini: Folder, extension: str) -> None:
    assert "sans lien" not in written(mini, extension)
    part = mini.root / 'content' / '10-contexte.md'
    text = part.read_text(encoding='utf-8')
    part.write_text(text.replace(' objectifs="obj-services"', ''), encoding='utf-8')
    listed = written(mini, extension).partition("Enjeux et objectifs sans lien")[2].replace('&nbsp;', ' ')
    listed = listed.partition("Tous les constats")[0]
    assert "Garder des services proches" in listed
    assert "Garder les services au bourg" in listed
    assert "Accueillir dans le bâti existant" not in listed


@pytest.mark.parametrize('extension', FORMATS)
def test_the_command_writes_the_report(mini: Folder, tmp_path: Path, extension: str) -> None:
    path = tmp_path / 'sortie' / f'conformite{extension}'
    result = CliRunner().invoke(main, ['check', '--dossier', str(mini.root), '--rapport', str(path)])
    assert result.exit_code == 0, result.output
    assert str(tmp_path) not in path.read_text(encoding='utf-8')
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_an_unknown_form_is_refused_before_anything_is_done(mini: Folder) -> None:
    result = CliRunner().invoke(main, ['check', '--dossier', str(mini.root), '--rapport', 'rapport.docx'])
    assert result.exit_code == 2
    assert (form('x.HTML'), form('x.docx')) == ('.html', '')
