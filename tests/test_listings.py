"""Tables drawn from the data, and the lists a document makes of itself."""

from __future__ import annotations

import pytest
from conftest import MINI
from dump import dump_row, inline, visible

from pasbuild.diagnostics import Report
from pasbuild.listings import fill_tables, source_of
from pasbuild.model import Span, Table
from pasbuild.project import Folder
from pasbuild.tables import read_data

DATA = read_data(Folder(MINI), Report())


def fill(**query: str) -> tuple[Table, Report]:
    report = Report()
    table = Table('tab', Span('f.md', 3), (), (), (), query=tuple(query.items()))
    return fill_tables(table, DATA, report), report


def test_columns_rows_total_and_source() -> None:
    table, report = fill(
        donnees='communes', colonnes='nom population_2023 evolution', tri='-population_2023', lignes='2', total='oui'
    )
    assert [inline(cell.children) for cell in table.header] == [
        "Commune",
        "Population 2023 (habitants)",
        "Évolution 2013-2023",
    ]
    assert [cell.numeric for cell in table.header] == [False, True, True]
    assert [dump_row(row) for row in table.rows] == [
        ["Bourg-Exemple", "4·950", "+3,1␣%"],
        ["Dormevent", "2·120", "+3,4␣%"],
        ["Total", "7·070", "+3,2␣%"],
    ]
    assert [row.total for row in table.rows] == [False, False, True]
    assert visible(table.source) == "Source␣: Bureau imaginaire, Recensement inventé, 15␣janvier␣2026."
    assert not report.diagnostics


def test_all_columns_by_default_commas_allowed() -> None:
    assert len(fill(donnees='usages')[0].header) == 2
    assert len(fill(donnees='communes', colonnes='nom, code')[0].header) == 2


def test_each_row_has_its_own_unit_and_decimals() -> None:
    table, _ = fill(donnees='faits', colonnes='intitule valeur')
    assert [dump_row(row)[1] for row in table.rows] == ["12,5␣ha", "24␣minutes"]


def test_dates_empty_cells_and_totals_that_make_no_sense() -> None:
    table, _ = fill(donnees='logements', colonnes='commune releve part_vacants', total='oui')
    assert dump_row(table.rows[2]) == ["Clairvallon", "n.␣d.", "3,6␣%"]
    assert dump_row(table.rows[-1]) == ["Total", "", "4,3␣%"]


@pytest.mark.parametrize(
    ('query', 'code'),
    [
        ({'donnees': 'commune'}, 'donnee.table-inconnue'),
        ({'donnees': 'communes', 'colonnes': 'noms'}, 'donnee.colonne-absente'),
        ({'donnees': 'communes', 'filtre': 'nom'}, 'donnee.filtre'),
        ({'donnees': 'communes', 'tri': 'noms'}, 'donnee.filtre'),
        ({'donnees': 'communes', 'filtre': 'menages>9999'}, 'donnee.vide'),
        ({'donnees': 'communes', 'lignes': 'dix'}, 'lire.type'),
        ({'donnees': 'communes', 'lignes': '²'}, 'lire.type'),
    ],
)
def test_faulty_queries(query: dict[str, str], code: str) -> None:
    _, report = fill(**query)
    assert [(finding.code, finding.span.line) for finding in report.diagnostics] == [(code, 3)]


def test_a_table_written_by_hand_is_left_alone() -> None:
    table, _ = fill()
    assert table.header == ()


def test_sources_of_unknown_tables_are_left_out() -> None:
    assert source_of(['absente'], DATA) == ''
    assert visible(source_of(['absente', 'usages'], DATA, "l'essai")).endswith("30␣juin␣2025·; l’essai.")
