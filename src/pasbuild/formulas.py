"""Computed columns: a closed set of formulas, so that a table stays data and never becomes a program.

``evolution a b``: from a to b, in percent · ``part a b``: a in b, in percent · ``ecart a b``: b − a ·
``somme a b …`` · ``rapport a b``: a ÷ b. An empty cell or a zero divisor gives an empty cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pasbuild.data import Colonne, RowMap, Scalar

FORMULAS: dict[str, tuple[int, Callable[..., float | None]]] = {
    'evolution': (2, lambda a, b: 100 * (b / a - 1) if a else None),
    'part': (2, lambda a, b: 100 * a / b if b else None),
    'ecart': (2, lambda a, b: b - a),
    'somme': (0, lambda *terms: sum(terms)),
    'rapport': (2, lambda a, b: a / b if b else None),
}
"""Name → number of columns it takes (0: any number) and the function."""


def order(colonnes: Mapping[str, Colonne]) -> list[str]:
    """Return the computed columns, each after those it needs.

    Raises ValueError (in French) for a formula that cannot be read, a column that does not exist, or a circle.
    """
    done: list[str] = []
    for name in colonnes:
        _visit(name, colonnes, done, ())
    return done


def _visit(name: str, colonnes: Mapping[str, Colonne], done: list[str], path: tuple[str, ...]) -> None:
    if name in path:
        raise CircularFormulaError(' → '.join((*path, name)))
    if name in done or not colonnes[name].calcul:
        return
    formula, *terms = colonnes[name].calcul.split()
    if formula not in FORMULAS:
        raise ValueError(f"Le calcul « {formula} » n'existe pas : {', '.join(FORMULAS)}.")
    count = FORMULAS[formula][0]
    if (count and len(terms) != count) or not terms:
        raise ValueError(f"Le calcul « {formula} » attend {count or 'au moins 1'} colonnes, pas {len(terms)}.")
    for term in terms:
        if term not in colonnes:
            raise ValueError(f"Le calcul de « {name} » cite une colonne « {term} » qui n'existe pas.")
        _visit(term, colonnes, done, (*path, name))
    done.append(name)


class CircularFormulaError(ValueError):
    """A computed column that needs itself; the message is the circle."""


def compute(name: str, row: Mapping[str, Scalar], colonnes: Mapping[str, Colonne]) -> float | None:
    """Return the value of a computed column in ``row``, whose other columns are there already."""
    formula, *terms = colonnes[name].calcul.split()
    values = [row[term] for term in terms]
    if not all(isinstance(value, int | float) for value in values):
        return None
    return FORMULAS[formula][1](*values)


def compute_total(name: str, rows: Sequence[RowMap], colonnes: Mapping[str, Colonne]) -> Scalar:
    """Return the sum of a column, or the formula of a computed column applied to the sums of its terms."""
    if colonnes[name].calcul and not colonnes[name].calcul.startswith('somme'):
        terms = colonnes[name].calcul.split()[1:]
        totals = {term: compute_total(term, rows, colonnes) for term in terms}
        return compute(name, totals, colonnes)
    cells = [row[name] for row in rows]
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    return sum(numbers) if numbers and len(numbers) == len(cells) else None
