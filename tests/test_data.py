"""Data in memory: keys, filters, sorting, and numbers in print."""

from __future__ import annotations

import datetime

import pytest
from dump import visible
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.data import Colonne, Dataset, RowMap, Source, cite, format_cell, format_number, slug, source_line


def source(**changes: str) -> Source:
    values = {
        'fichier': 'a.csv',
        'titre': 'Population',
        'producteur': 'Insee',
        'date': '2025-12-18',
        'licence': 'LO',
        'perimetre': 'SCoT',
    }
    colonnes = {
        'nom': Colonne(),
        'n': Colonne(type='entier', facultatif=True),
        'part': Colonne(type='nombre'),
        'jour': Colonne(type='date'),
    }
    return Source(**(values | changes), colonnes=colonnes, cle='nom')


ROWS: tuple[RowMap, ...] = (
    {'nom': 'Lens', 'n': 30, 'part': 1.5, 'jour': datetime.date(2020, 1, 1)},
    {'nom': 'Éleu', 'n': None, 'part': 2.5, 'jour': datetime.date(2021, 1, 1)},
    {'nom': 'Avion', 'n': 20, 'part': -1.0, 'jour': datetime.date(2019, 1, 1)},
)
TABLE = Dataset('t', source(), ROWS)


@pytest.mark.parametrize(
    ('value', 'decimals', 'unit', 'sign', 'grouped', 'expected'),
    [
        (1051.2, None, 'hab/km²', False, True, '1·051,2␣hab/km²'),
        (-0.8, 1, '%', False, True, '−0,8␣%'),
        (7.25, 1, '%', True, True, '+7,3␣%'),
        (0.04, 1, '', True, True, '0,0'),
        (-0.04, 1, '', False, True, '0,0'),
        (2023, 0, '', False, False, '2023'),
        (367806, None, '', False, True, '367·806'),
        (1234567.891, 2, '', False, True, '1·234·567,89'),
        (999.96, 1, '', False, True, '1·000,0'),
        (1 / 3, None, '', False, True, '0,333333'),
        (12.0, None, 'ha', True, True, '+12␣ha'),
        (1e15, None, '', False, True, '1·000·000·000·000·000'),
    ],
)
def test_numbers(value: float, decimals: int | None, unit: str, sign: bool, grouped: bool, expected: str) -> None:
    assert visible(format_number(value, decimals, unit, sign=sign, grouped=grouped)) == expected


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_can_be_read_back(number: int) -> None:
    assert int(format_number(number).replace('\u202f', '').replace('−', '-')) == number


@pytest.mark.parametrize(
    ('value', 'colonne', 'expected'),
    [
        (None, Colonne(type='entier'), 'n.␣d.'),
        ('Lens', Colonne(), 'Lens'),
        (datetime.date(2023, 3, 13), Colonne(type='date'), '13␣mars␣2023'),
        (2023, Colonne(type='entier', sans_separateur=True), '2023'),
        (3.14159, Colonne(type='nombre', decimales=2, signe=True, unite='%'), '+3,14'),
    ],
)
def test_cells(value: str | float | datetime.date | None, colonne: Colonne, expected: str) -> None:
    assert visible(format_cell(value, colonne)) == expected


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ("Hénin-Beaumont", 'henin-beaumont'),
        ("Bully-les-Mines", 'bully-les-mines'),
        ("L'Œuvre d'Été (n° 2)", 'l-oeuvre-d-ete-n-2'),
        (2023, '2023'),
        ("  ", ''),
    ],
)
def test_slug(value: str | int, expected: str) -> None:
    assert slug(value) == expected


@pytest.mark.parametrize(
    ('filtre', 'tri', 'lignes', 'expected'),
    [
        ('', '', None, (0, 1, 2)),
        ('', 'n', None, (1, 2, 0)),
        ('', '-n', None, (0, 2, 1)),
        ('', 'nom', 2, (2, 1)),
        ('n>=20', '', None, (0, 2)),
        ('n!=20', '', None, (0,)),
        ('part>1,5', '', None, (1,)),
        ('part <= -1', '', None, (2,)),
        ('nom=Éleu', '', None, (1,)),
        ('jour<2020-06-01', '-jour', None, (0, 2)),
        ('n>99', '', None, ()),
        ('', '', 0, ()),
    ],
)
def test_select(filtre: str, tri: str, lignes: int | None, expected: tuple[int, ...]) -> None:
    assert TABLE.select(filtre, tri, lignes) == expected


@pytest.mark.parametrize(
    ('filtre', 'tri', 'words'),
    [
        ('n', '', "ne se lit pas"),
        ('n>beaucoup', '', "n'est pas un nombre"),
        ('nn>1', '', "« nn » n'existe pas"),
        ('', '-noms', "« nom »"),
    ],
)
def test_select_refuses(filtre: str, tri: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TABLE.select(filtre, tri)


def test_citation() -> None:
    assert visible(cite(source())) == "Insee, Population, 18␣décembre␣2025"
    assert (
        visible(cite(source(source="Insee, populations de référence")))
        == "Insee, populations de référence, 18␣décembre␣2025"
    )
    assert visible(cite(source(date='2025'))) == "Insee, Population, 2025"


def test_source_line() -> None:
    other = Dataset('u', source(producteur='IGN', titre='Contours', date='2026-10'), ROWS)
    assert source_line([]) == ''
    assert visible(source_line([TABLE, TABLE])) == "Source␣: Insee, Population, 18␣décembre␣2025."
    line = visible(source_line([TABLE, other], "Calcul du syndicat."))
    assert line == "Sources␣: Insee, Population, 18␣décembre␣2025·; IGN, Contours, octobre␣2026·; Calcul du syndicat."


@pytest.mark.parametrize('adresse', ['ftp://x', 'javascript:x', 'https://a b', 'https://a\n\n# Titre'])
def test_addresses_that_are_not_of_the_web_are_refused(adresse: str) -> None:
    with pytest.raises(ValueError, match='adresse'):
        source(adresse=adresse)
