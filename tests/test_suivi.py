"""The table of what was asked and decided, and the chapter that prints it."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from apply_sample import EXPORT, Returned, decide
from click.testing import CliRunner
from review_sample import sent

from pasbuild.build import check
from pasbuild.cli import main
from pasbuild.diagnostics import Report
from pasbuild.model import Table, plain, walk
from pasbuild.project import Folder
from pasbuild.registre import REGISTRE
from pasbuild.reviewbase import FOLDER as EXPORTS
from pasbuild.reviewbase import read_base
from pasbuild.suivi import COLUMNS, as_csv, read_table


@pytest.fixture
def decided(mini: Folder) -> Folder:
    return decide(mini)


def test_table_holds_what_is_decided_and_what_is_open_in_the_order_of_the_document(decided: Folder) -> None:
    table = read_table(decided, Report())
    assert [(row.bloc, row.suite) for row in table] == [
        ('carte.p1', "refusée"), ('enj-services.p1', "acceptée"), ('methode.p1', "à décider"), ('', "répondu"),
    ]  # fmt: skip
    assert [row.bloc for row in read_table(decided, Report(), decided=True)] == ['carte.p1', 'enj-services.p1', '']


def test_passage_is_known_by_its_titles_and_shows_what_was_printed(mini: Folder) -> None:
    sent(mini.root)
    (path,) = (mini.root / EXPORTS).glob('*.json')
    base = read_base(path.read_text(encoding='utf-8'), path.name, Report())
    assert base is not None
    bloc = next(one for one in base.blocs if '{val}' in one.markdown and not one.genere)
    made = Returned(mini, 'Claire Martin', {bloc.id: bloc.markdown}, export=base.id)
    made.add('modifié', bloc.id, [bloc.markdown + ' Enfin.'])
    made.write()
    (row,) = read_table(mini, Report())
    assert '{val}' not in row.envoye + row.voulu
    assert row.envoye.split() == bloc.texte.split()
    assert (row.partie, row.passage) != ('', '')


def test_passage_whose_sending_is_lost_keeps_its_identifier(decided: Folder) -> None:
    (decided.root / EXPORTS / f'{EXPORT}.json').unlink()
    report = Report()
    table = read_table(decided, report, decided=True)
    assert [(row.partie, row.bloc) for row in table] == [('', ''), ('', 'carte.p1'), ('', 'enj-services.p1')]
    assert not report.failed()


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
        assert [cell for cell in cells if "=1+1" in cell]
