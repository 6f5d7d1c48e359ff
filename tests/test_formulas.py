"""Computed columns."""

from __future__ import annotations

import pytest

from pasbuild.data import Colonne
from pasbuild.formulas import CircularFormulaError, compute, compute_total, order


def columns(**formulas: str) -> dict[str, Colonne]:
    plain = {name: Colonne(type='nombre') for name in ('a', 'b')}
    return plain | {name: Colonne(type='nombre', calcul=formula) for name, formula in formulas.items()}


@pytest.mark.parametrize(
    ('formula', 'expected'),
    [('evolution a b', 25.0), ('part a b', 80.0), ('ecart a b', 20), ('somme a b a', 260), ('rapport a b', 0.8)],
)
def test_formulas(formula: str, expected: float) -> None:
    assert compute('c', {'a': 80, 'b': 100}, columns(c=formula)) == pytest.approx(expected)


@pytest.mark.parametrize('formula', ['evolution a b', 'part b a', 'rapport b a'])
def test_zero_divisor_gives_an_empty_cell(formula: str) -> None:
    assert compute('c', {'a': 0, 'b': 100}, columns(c=formula)) is None


def test_empty_or_text_cell_gives_an_empty_cell() -> None:
    assert compute('c', {'a': None, 'b': 1}, columns(c='ecart a b')) is None
    assert compute('c', {'a': 'x', 'b': 1}, columns(c='somme a b')) is None


def test_columns_are_computed_after_those_they_need() -> None:
    assert order(columns(d='part c b', c='somme a b', e='rapport d c')) == ['c', 'd', 'e']


@pytest.mark.parametrize(
    ('formulas', 'words'),
    [
        ({'c': 'moyenne a b'}, "« moyenne »"),
        ({'c': 'part a'}, "attend 2 colonnes, pas 1"),
        ({'c': 'somme'}, "attend au moins 1"),
        ({'c': 'ecart a z'}, "« z »"),
    ],
)
def test_faults(formulas: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        order(columns(**formulas))


@pytest.mark.parametrize('formulas', [{'c': 'somme a c'}, {'c': 'somme a d', 'd': 'somme b e', 'e': 'somme c a'}])
def test_circles(formulas: dict[str, str]) -> None:
    with pytest.raises(CircularFormulaError, match='→'):
        order(columns(**formulas))


def test_totals() -> None:
    colonnes = columns(c='evolution a b', s='somme a b', d='rapport s a')
    rows = [{'a': 100, 'b': 110, 'c': 10.0, 's': 210, 'd': 2.1}, {'a': 300, 'b': 290, 'c': -3.3, 's': 590, 'd': 1.97}]
    assert compute_total('a', rows, colonnes) == 400
    assert compute_total('c', rows, colonnes) == pytest.approx(0)
    assert compute_total('s', rows, colonnes) == 800
    assert compute_total('d', rows, colonnes) == pytest.approx(2)
    assert compute_total('a', [{'a': 1}, {'a': None}], colonnes) is None
    assert compute_total('a', [], colonnes) is None
