"""The ledger of the review, its table, and its chapter."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
import yaml
from apply_sample import EXPORT, Returned, send
from click.testing import CliRunner

from pasbuild.applying import apply
from pasbuild.build import check
from pasbuild.cli import main
from pasbuild.diagnostics import Report
from pasbuild.model import Table, plain, walk
from pasbuild.project import Folder
from pasbuild.registre import COLUMNS, REGISTRE, as_yaml, marked, read_registre, received, rows
from pasbuild.suivi import as_csv


@pytest.fixture
def decided(mini: Folder) -> Folder:
    one = Returned(mini, 'Claire Martin', send(mini))
    one.replace('enj-services.p1', 'bourg', 'centre', motif="Plus juste.")
    one.replace('carte.p1', 'se lit', 'se regarde', decision='refuser', motif="=1+1")
    one.replace('methode.p1', 'inventées', 'fausses', decision='')
    one.comments.append(
        {'id': '0', 'auteur': 'David Roux', 'texte': "@Pourquoi ?", 'citation': "la vallée", 'reponse': "Parce que."}
    )
    one.write()
    assert apply(mini, Report(), commit=False) is not None
    return mini


def test_ledger_says_who_what_when_and_why(decided: Folder) -> None:
    found = yaml.safe_load((decided.root / REGISTRE).read_text(encoding='utf-8'))['blocs']
    (entry,) = found['enj-services.p1']['modifications']
    assert entry == {
        'id': entry['id'], 'export': EXPORT, 'retour': 'claire-martin', 'relecteur': 'Claire Martin',
        'auteurs': ['Claire Martin'], 'date': '2026-11-20T09:30:00Z', 'genre': 'modifié',
        'avant': ["Les services se tiennent au bourg."], 'apres': ["Les services se tiennent au centre."],
        'decision': 'accepter', 'motif': "Plus juste.", 'resultat': ["Les services se tiennent au centre."],
    }  # fmt: skip
    assert found['carte.p1']['modifications'][0]['decision'] == 'refuser'
    assert found['']['commentaires'][0]['reponse'] == "Parce que."
    assert 'methode.p1' not in found


def test_ledger_reads_back_as_it_was_written(decided: Folder) -> None:
    report = Report()
    registre = read_registre(decided, report)
    assert registre is not None
    assert as_yaml(registre) == (decided.root / REGISTRE).read_bytes()
    assert read_registre(Folder(decided.root / 'content'), report) is not None
    assert not report.diagnostics


def test_decided_changes_are_marked_where_they_were_decided(decided: Folder) -> None:
    (retour,) = received(decided, Report()).values()
    assert [one.suite for one in retour.modifications] == ['appliquée', 'refusée', '']


def test_marks_are_written_once_and_elsewhere_nothing_moves() -> None:
    text = "modifications:\n- id: 0123abcd  \n  genre: modifié\n- genre: inséré\n  id: '89abcdef'\n# remarque\n"
    once = marked(text, {'0123abcd': 'appliquée', '89abcdef': 'refusée'})
    assert once == (
        "modifications:\n- id: 0123abcd  \n  suite: appliquée\n  genre: modifié\n"
        "- genre: inséré\n  id: '89abcdef'\n  suite: refusée\n# remarque\n"
    )
    assert marked(once, {'0123abcd': 'appliquée', '89abcdef': 'refusée'}) == once


def test_table_holds_what_is_decided_and_what_is_open(decided: Folder) -> None:
    registre = read_registre(decided, Report())
    assert registre is not None
    table = [*rows(registre, received(decided, Report()))]
    assert [row[6] for row in table] == ["répondu", "refusée", "acceptée", "à décider"]
    assert {len(row) for row in table} == {len(COLUMNS)}


def test_nothing_in_the_table_is_a_formula(decided: Folder) -> None:
    for name in ('suivi.csv', 'suivi.xlsx'):
        path = decided.root / name
        asked = ['review', 'registre', '--dossier', str(decided.root), '--output', str(path)]
        done = CliRunner().invoke(main, asked)
        assert (done.exit_code, done.output) == (0, f'{path}  (4 lignes)\n')
        first = path.read_bytes()
        CliRunner().invoke(main, asked)
        assert path.read_bytes() == first
    text = (decided.root / 'suivi.csv').read_text(encoding='utf-8-sig')
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=';') for cell in row]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if cell.startswith(('=', '+', '-', '@'))]
    sheet = openpyxl.load_workbook(decided.root / 'suivi.xlsx').active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {'s'}
    assert "=1+1" in [cell.value for row in sheet.iter_rows() for cell in row]


def test_csv_of_nothing_is_its_header() -> None:
    assert as_csv([]).decode('utf-8-sig') == ';'.join(COLUMNS) + '\r\n'


def test_command_wants_a_table(mini: Folder) -> None:
    done = CliRunner().invoke(main, ['review', 'registre', '--dossier', str(mini.root), '--output', 'a.pdf'])
    assert done.exit_code == 2


@pytest.mark.parametrize('full', [True, False])
def test_chapter_on_demand(decided: Folder, full: bool) -> None:
    if not full:
        (decided.root / REGISTRE).unlink()
    path = decided.root / 'content/dossier.yaml'
    path.write_text(path.read_text(encoding='utf-8').replace('  - listes', '  - listes\n  - avis'), encoding='utf-8')
    report = Report()
    checked = check(decided, report)
    assert checked is not None
    assert not report.failed(), report.sorted()
    tables = {block.id: block for block in walk(checked[0].document) if isinstance(block, Table)}
    assert ('tab-suivi-avis' in tables) == full
    if full:
        cells = [plain(cell.children) for row in tables['tab-suivi-avis'].rows for cell in row.cells]
        assert "Les services se tiennent au centre." in cells
        assert "=1+1" in cells
