"""What a chart reads in the tables: rows kept, series to draw, and the same data as the table of the accessible version.

Why apart from the drawing: the table must equal the picture. Both come from one reading of the rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pasbuild.data import Data, Dataset, Scalar, format_cell, format_number
from pasbuild.drawing import FigureError
from pasbuild.figures import (
    Aires,
    Barres,
    Chiffres,
    Etape,
    Frise,
    Lignes,
    Parts,
    Pentes,
    Pyramide,
    Python,
    Serie,
    Trajectoire,
    TrancheTrace,
)
from pasbuild.typography import french_date, typeset

Plot = Lignes | Aires | Barres | Pyramide | Pentes | Parts
"""Charts of the rows of one table."""
Chart = Plot | Chiffres | Frise | Trajectoire | Python
"""Every figure but the maps."""
Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Header and rows, formatted."""
MISSING = "n.\u00a0d."
"""A cell the source leaves empty: non disponible."""
TO_SUPPLY = "à renseigner"
NATURES = {'observe': "observé", 'prevu': "prévu", 'objectif': "objectif"}


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its printed name, a number or a gap for each row, the same as printed, and the unit."""

    name: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Plotted:
    """The rows a chart draws: raw and printed abscissas (or labels), and the series."""

    xs: tuple[Scalar, ...]
    labels: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def numbers(self) -> tuple[float, ...]:
        """Every number drawn, gaps left out."""
        return tuple(value for series in self.series for value in series.values if value is not None)

    def places(self) -> tuple[float, ...]:
        """Abscissas as numbers: years and dates in proportion, anything else evenly."""
        if all(isinstance(x, int | float) for x in self.xs):
            return tuple(float(x) for x in self.xs if isinstance(x, int | float))
        if all(isinstance(x, dt.date) for x in self.xs):
            return tuple(float(x.toordinal()) for x in self.xs if isinstance(x, dt.date))
        return tuple(map(float, range(len(self.xs))))


def dataset(name: str, data: Data) -> Dataset:
    """Return a table. Raises ``FigureError`` when there is none of that name."""
    if name not in data:
        raise FigureError(f"La table « {name} » n’existe pas.")
    return data[name]


def rows_kept(spec: Plot, data: Data) -> tuple[Mapping[str, Scalar], ...]:
    """Return the rows of a chart, filtered and sorted. Raises ``FigureError`` when none is left."""
    table = dataset(spec.donnees, data)
    try:
        kept = table.select(spec.filtre, spec.tri, spec.lignes)
    except ValueError as error:
        raise FigureError(str(error)) from error
    if not kept:
        raise FigureError(f"Aucune ligne de « {spec.donnees} » ne passe le filtre « {spec.filtre} ».")
    return tuple(table.rows[index] for index in kept)


def read_series(spec: Plot, data: Data) -> Plotted:
    """Return what a chart draws. Raises ``FigureError`` on an absent or non-numeric column, or when nothing is left."""
    table, rows = dataset(spec.donnees, data), rows_kept(spec, data)
    x, wanted = _columns(spec)
    column = table.source.colonnes.get(x)
    if column is None:
        raise FigureError(f"La table « {spec.donnees} » n’a pas de colonne « {x} ».")
    return Plotted(
        xs=tuple(row[x] for row in rows),
        labels=tuple(typeset(format_cell(row[x], column)) for row in rows),
        series=tuple(_series(serie, table, rows) for serie in wanted),
    )


def _columns(spec: Plot) -> tuple[str, tuple[Serie, ...]]:
    match spec:
        case Pyramide():
            return spec.age, (spec.gauche, spec.droite)
        case Pentes():
            return spec.x, (spec.debut, spec.fin)
        case Parts():
            return spec.x, (Serie(colonne=spec.valeur),)
        case _:
            return spec.x, spec.series


def _series(serie: Serie, table: Dataset, rows: tuple[Mapping[str, Scalar], ...]) -> Series:
    column = table.source.colonnes.get(serie.colonne)
    if column is None:
        raise FigureError(f"La table « {table.id} » n’a pas de colonne « {serie.colonne} ».")
    values = []
    for row in rows:
        cell = row[serie.colonne]
        if cell is not None and not isinstance(cell, int | float):
            raise FigureError(f"La colonne « {serie.colonne} » de « {table.id} » ne contient pas que des nombres.")
        values.append(None if cell is None else float(cell))
    if not any(value is not None for value in values):
        raise FigureError(f"La colonne « {serie.colonne} » de « {table.id} » n’a aucune valeur à tracer.")
    texts = tuple(format_cell(row[serie.colonne], column, unit=column.unite == '%') for row in rows)
    name = typeset(serie.nom or column.titre or serie.colonne)
    return Series(name, tuple(values), texts, column.unite)


# --- the accessible table ---------------------------------------------------------------------------------------------


def tabulate(spec: Chart, data: Data, values: Mapping[str, str]) -> Table:
    """Return the data of a chart as a table, the alternative to the picture. Raises ``FigureError`` as the drawing does."""
    match spec:
        case Lignes() | Aires() | Barres() | Pyramide() | Pentes() | Parts():
            return _tabulate_series(spec, data)
        case Chiffres():
            figures = tuple((value_text(entry.valeur, values), typeset(entry.texte)) for entry in spec.chiffres)
            return ("Valeur", "Ce qu’elle mesure"), figures
        case Frise():
            steps = tuple((step_date(step), _step_words(step), step_state(step)) for step in spec.etapes)
            return ("Date", "Étape", "État"), steps
        case Trajectoire():
            header = ("Période", f"Rythme ({spec.unite})", "Nature", "Précision")
            return header, tuple(_tranche_row(tranche) for tranche in spec.tranches)
        case Python():
            return _tabulate_all(dataset(spec.donnees[0], data)) if spec.donnees else ((), ())


def _tabulate_series(spec: Plot, data: Data) -> Table:
    plotted = read_series(spec, data)
    x, _ = _columns(spec)
    column = dataset(spec.donnees, data).source.colonnes[x]
    header = (typeset(column.titre or x), *(_titled(series.name, series.unit) for series in plotted.series))
    texts = zip(plotted.labels, *(series.texts for series in plotted.series), strict=True)
    return header, tuple(texts)


def _titled(title: str, unit: str) -> str:
    return f'{title} ({unit})' if unit and unit not in title else title


def _tabulate_all(table: Dataset) -> Table:
    """Return a whole table: what a figure in Python reads is not known, so all of it is given."""
    columns = table.source.colonnes
    header = tuple(_titled(typeset(column.titre or name), column.unite) for name, column in columns.items())
    return header, tuple(tuple(format_cell(row[name], columns[name]) for name in columns) for row in table.rows)


def value_text(key: str, values: Mapping[str, str]) -> str:
    """Return the printed value of a key. Raises ``FigureError`` when it was not supplied."""
    if key not in values:
        raise FigureError(f"La valeur « {key} » n’a pas été trouvée dans les données.")
    return values[key]


def step_date(step: Etape) -> str:
    """Return the printed date or period of a step, what stands for it, or « à renseigner » when there is none."""
    if step.date is None:
        return step.quand or TO_SUPPLY
    return f'{french_date(step.date)} – {french_date(step.fin)}' if step.fin else french_date(step.date)


def step_state(step: Etape) -> str:
    """Return whether a step has taken place."""
    if step.etat:
        return "état du document"
    if step.date is None and not step.quand:
        return TO_SUPPLY
    return "fait" if step.fait else "à venir"


def _step_words(step: Etape) -> str:
    return typeset(f'{step.texte} : {step.precision}' if step.precision else step.texte)


def tranche_period(tranche: TrancheTrace) -> str:
    """Return the years of a tranche, one when it starts and ends in the same."""
    return f'{tranche.debut}-{tranche.fin}' if tranche.fin > tranche.debut else f'{tranche.debut}'


def _tranche_row(tranche: TrancheTrace) -> tuple[str, ...]:
    value = TO_SUPPLY if tranche.valeur is None else format_number(tranche.valeur)
    return tranche_period(tranche), value, NATURES[tranche.nature], typeset(tranche.texte)
