"""Values cited in the text: ``{val}`communes.lens.population_2023 sans-unite` `` → « 32 920 ».

Why: a number in prose is never typed twice; it comes from a table, with its unit and its source.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from pasbuild.data import Colonne, Data, Dataset, RowMap, Scalar, cite, format_cell, format_number, sort_key
from pasbuild.diagnostics import nearest
from pasbuild.formulas import compute_total

_OPTIONS = ('sans-unite', 'unite=', 'decimales=', 'signe', 'filtre=', 'absolu')


class ValueNotFoundError(ValueError):
    """The key names nothing. The message is in French; ``hint`` names the nearest valid name."""

    def __init__(self, message: str, hint: str = '') -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Cited:
    """A value ready to print: text with unit, source, and whether its source still has to be verified.

    ``missing``: what is wanted (a unit, a column) when the project has not set the value yet, else empty.
    """

    text: str
    source: str
    dataset: str
    unverified: bool
    missing: str = ''


@dataclass(frozen=True, slots=True)
class _Options:
    unit: str | None = None
    decimals: int | None = None
    sign: bool = False
    absolute: bool = False
    filtre: str = ''


def cite_value(key: str, data: Data) -> Cited:
    """Return the value ``key`` names: ``table.ligne[.colonne] [options]``. Raises ValueNotFoundError."""
    path, *words = key.split() or ['']
    names = path.split('.')
    if not 2 <= len(names) <= 3 or not all(names):
        raise ValueNotFoundError(
            f"« {path} » ne désigne pas une valeur.", "Écrivez « table.ligne » ou « table.ligne.colonne »."
        )
    dataset = data.get(names[0])
    if dataset is None:
        raise ValueNotFoundError(f"La table « {names[0]} » n'existe pas.", nearest(names[0], data))
    options = _options(words)
    column = names[2] if len(names) == 3 else dataset.source.valeur
    if names[1] == 'nombre':
        count = len(_selected(dataset, options.filtre))
        return Cited(
            format_number(count, 0, options.unit or ''), _source(dataset, None), dataset.id, is_unverified(dataset)
        )
    colonne = dataset.source.colonnes.get(column)
    if colonne is None:
        message = (
            f"La table « {dataset.id} » n'a pas de colonne « {column} »."
            if column
            else f"La table « {dataset.id} » n'a pas de colonne citée par défaut."
        )
        raise ValueNotFoundError(message, nearest(column, dataset.source.colonnes))
    row, value = _find(dataset, names[1], column, options.filtre)
    if value is None and dataset.decided:
        return Cited("à renseigner", '', dataset.id, unverified=False, missing=_wanted(column, dataset))
    if value is None:
        raise ValueNotFoundError(f"La cellule « {path} » est vide.")
    return Cited(
        _print(value, colonne, row, dataset, options), _source(dataset, row), dataset.id, is_unverified(dataset, row)
    )


def _wanted(column: str, dataset: Dataset) -> str:
    """Return what an empty cell of a table the project decides is waiting for: its unit, else the name of its column."""
    colonne = dataset.source.colonnes[column]
    return colonne.unite or (colonne.titre or column).lower()


def _options(words: Sequence[str]) -> _Options:
    options = _Options()
    for word in words:
        name, _, value = word.partition('=')
        match name:
            case 'sans-unite':
                change = _Options(unit='')
            case 'unite':
                change = _Options(unit=value.replace('_', ' '))
            case 'decimales' if value.isdecimal():
                change = _Options(decimals=min(int(value), 6))
            case 'signe':
                change = _Options(sign=True)
            case 'absolu':
                change = _Options(absolute=True)
            case 'filtre':
                change = _Options(filtre=value)
            case _:
                raise ValueNotFoundError(f"L'option « {word} » n'existe pas.", nearest(word, _OPTIONS))
        options = _merge(options, change)
    return options


def _merge(first: _Options, second: _Options) -> _Options:
    return _Options(
        first.unit if second.unit is None else second.unit,
        first.decimals if second.decimals is None else second.decimals,
        first.sign or second.sign,
        first.absolute or second.absolute,
        second.filtre or first.filtre,
    )


def _selected(dataset: Dataset, filtre: str) -> list[RowMap]:
    try:
        return [dataset.rows[index] for index in dataset.select(filtre)]
    except ValueError as error:
        raise ValueNotFoundError(str(error)) from None


def _find(dataset: Dataset, name: str, column: str, filtre: str) -> tuple[RowMap | None, Scalar]:
    rows = _selected(dataset, filtre)
    if name == 'total':
        return None, compute_total(column, rows, dataset.source.colonnes)
    extremes: dict[str, Callable[..., Scalar]] = {'max': max, 'min': min}
    if name in extremes:
        cells = [row[column] for row in rows if row[column] is not None]
        return None, extremes[name](cells, key=sort_key, default=None)
    if not dataset.source.cle:
        raise ValueNotFoundError(f"La table « {dataset.id} » n'a pas de clé : ses lignes ne se citent pas.")
    by_key = {dataset.key(row): row for row in rows}
    if name not in by_key:
        raise ValueNotFoundError(f"La table « {dataset.id} » n'a pas de ligne « {name} ».", nearest(name, by_key))
    return by_key[name], by_key[name][column]


def _print(value: Scalar, colonne: Colonne, row: RowMap | None, dataset: Dataset, options: _Options) -> str:
    if not isinstance(value, int | float):
        return format_cell(value, colonne)
    source = dataset.source
    own_unit, own_decimals = colonne.unite, colonne.decimales
    if row is not None and source.unite_par_ligne:
        own_unit = cast('str', row[source.unite_par_ligne] or '')
    if row is not None and source.decimales_par_ligne and row[source.decimales_par_ligne] is not None:
        own_decimals = int(cast('int', row[source.decimales_par_ligne]))
    return format_number(
        abs(value) if options.absolute else value,
        own_decimals if options.decimals is None else options.decimals,
        own_unit if options.unit is None else options.unit,
        sign=options.sign or (colonne.signe and not options.absolute),
        grouped=not colonne.sans_separateur,
    )


def _source(dataset: Dataset, row: RowMap | None) -> str:
    column = dataset.source.source_par_ligne
    if dataset.decided:
        return ''
    if row is not None and column and row[column]:
        return str(row[column])
    return cite(dataset.source)


def is_unverified(dataset: Dataset, row: RowMap | None = None) -> bool:
    """Tell whether a row, or the table as a whole, still has to be checked at its source."""
    column = dataset.source.statut_par_ligne
    status = row[column] if row is not None and column else dataset.source.statut
    return status == 'a-verifier'
