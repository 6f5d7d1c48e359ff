"""The land trajectory: ``content/trajectoire.yaml``, checked, then given to the text as a table named ``trajectoire``.

Why a file of its own: the objective of reducing artificialisation, by tranches of ten years, is the figure article L141-3
asks for. Written once, it feeds the sentences, the table and the chart. A value left out is still to be supplied, never
guessed. What the law sets (ten years, what is measured when) is dated data: ``legal/artificialisation.yaml``.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from pasbuild.data import Colonne, Dataset, RowMap, Source, format_number
from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.project import Folder, Horizon, Texte
from pasbuild.typography import typeset
from pasbuild.yamlfile import Yaml, read_yaml, validate

FILE = 'content/trajectoire.yaml'


def _bound(value: object) -> str:
    text = str(value)
    try:
        if re.fullmatch(r'(19|20|21)\d\d(-\d\d-\d\d)?', text):
            datetime.date.fromisoformat(text if len(text) > 4 else f'{text}-01-01')
            return text
    except ValueError:
        pass
    raise ValueError("écrivez une année (2021) ou une date (2021-08-22).")


Borne = Annotated[
    str,
    BeforeValidator(_bound),
    WithJsonSchema({'anyOf': [{'type': 'integer'}, {'type': 'string', 'pattern': r'^\d{4}-\d{2}-\d{2}$'}]}),
]
"""Where a tranche begins or ends: a year, or a day (the last one included)."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class Reference(_Strict):
    """What the territory took over the period of comparison."""

    periode: str = Field('', pattern=r'^(\d{4}-\d{4})?$', description="Années de la période : « 2011-2021 ».")
    hectares: Decimal | None = Field(None, gt=0)


class Tranche(_Strict):
    """A tranche. ``taux`` is in %; ``objectif_ha`` is for the whole tranche; what is absent is still to be supplied."""

    debut: Borne
    fin: Borne
    metrique: Literal['enaf', 'artificialisation_nette']
    reference: Reference = Reference()
    objectif_ha: Decimal | None = Field(None, ge=0)
    taux: Decimal | None = Field(None, le=100)
    source: Texte = ''
    secteurs: dict[Texte, Decimal | None] = Field({}, description="Secteur : objectif en hectares.")

    @property
    def start(self) -> Edge:
        """Where it begins."""
        return _edge(self.debut)

    @property
    def end(self) -> Edge:
        """Where the next one must begin."""
        return _edge(self.fin, days=1)

    @property
    def years(self) -> int:
        """How long it lasts."""
        return self.end.year - self.start.year


class Trajectoire(_Strict):
    """``content/trajectoire.yaml``."""

    tranches: tuple[Tranche, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Edge:
    """A limit between tranches: a year, and the day when it is known."""

    year: int
    day: datetime.date | None = None

    def distance(self, other: Edge) -> int:
        """Days (or years, when a day is not known) from here to ``other``: 0 when they meet."""
        if self.day is not None and other.day is not None:
            return (other.day - self.day).days
        return other.year - self.year


def _edge(bound: str, days: int = 0) -> Edge:
    if len(bound) == 4:
        return Edge(int(bound))
    day = datetime.date.fromisoformat(bound) + datetime.timedelta(days)
    return Edge(day.year, day)


def read_trajectory(folder: Folder, horizon: Horizon, report: Report) -> dict[str, Dataset]:
    """Return the tables of ``content/trajectoire.yaml`` (tranches, sectors), none when the file does not exist."""
    if not (folder.root / FILE).exists():
        return {}
    text = folder.text(FILE, Span(FILE), report)
    source = read_yaml(text, FILE, report) if text is not None else None
    trajectory = validate(Trajectoire, source, report) if source is not None else None
    if trajectory is None or source is None:
        return {}
    check_trajectory(trajectory.tranches, horizon, source, report)
    return _tables(trajectory.tranches)


# --- checks -----------------------------------------------------------------------------------------------------------


def check_trajectory(tranches: tuple[Tranche, ...], horizon: Horizon, source: Yaml, report: Report) -> None:
    """Report what does not hold: order, horizon, arithmetic, measure and reference the law sets."""
    for index, (before, after) in enumerate(pairwise(tranches)):
        _check_meeting(before, after, source.span(('tranches', index + 1, 'debut')), report)
    _check_horizon(tranches, horizon, source, report)
    for index, tranche in enumerate(tranches):
        last = index == len(tranches) - 1
        _check_length(tranche, source.span(('tranches', index, 'fin')), report, last=last)
        _check_rate(tranche, source.span(('tranches', index, 'taux')), report)
        _check_sectors(tranche, source.span(('tranches', index, 'secteurs')), report)
        _check_measure(tranche, source, index, report)


def _check_meeting(before: Tranche, after: Tranche, span: Span, report: Report) -> None:
    distance = before.end.distance(after.start)
    known = f"La tranche précédente finit en {before.fin}, celle-ci commence en {after.debut}."
    hint = "Chaque tranche commence où finit la précédente."
    if distance < 0:
        report.add('trajectoire.chevauchement', span, f"Deux tranches se chevauchent. {known}", hint)
    elif distance > 0:
        report.add('trajectoire.lacune', span, f"Il manque une période entre deux tranches. {known}", hint)


def _check_horizon(tranches: tuple[Tranche, ...], horizon: Horizon, source: Yaml, report: Report) -> None:
    first, last = tranches[0].start.year, tranches[-1].end.year
    if horizon.debut is not None and first > horizon.debut:
        message = f"Le projet commence en {horizon.debut}, la première tranche en {first}."
        report.add('trajectoire.horizon', source.span(('tranches', 0, 'debut')), message, "Couvrez tout l'horizon.")
    if horizon.fin is not None and last < horizon.fin:
        message = f"Le projet va jusqu'en {horizon.fin}, la dernière tranche s'arrête en {last}."
        place = source.span(('tranches', len(tranches) - 1, 'fin'))
        report.add('trajectoire.horizon', place, message, "Ajoutez une tranche.")


def _check_length(tranche: Tranche, span: Span, report: Report, *, last: bool) -> None:
    wanted = law().years
    if tranche.years < 1:
        report.add('trajectoire.duree', span, f"La tranche finit ({tranche.fin}) avant d'avoir duré un an.")
    elif tranche.years > wanted or (tranche.years < wanted and not last):
        message = f"La tranche dure {tranche.years} ans ; la loi en demande {wanted} ({law().article})."
        report.add('trajectoire.duree', span, message, "Seule la dernière tranche peut être plus courte.")


def expected_rate(tranche: Tranche) -> Decimal | None:
    """Return the rate of reduction in %, 100 × (1 − objective ÷ reference), None when one of them is not known."""
    if tranche.objectif_ha is None or tranche.reference.hectares is None:
        return None
    return 100 * (1 - tranche.objectif_ha / tranche.reference.hectares)


def _check_rate(tranche: Tranche, span: Span, report: Report) -> None:
    expected = expected_rate(tranche)
    if tranche.taux is None or expected is None:
        return
    decimals = -min(0, int(tranche.taux.as_tuple().exponent))
    if abs(tranche.taux - expected) <= Decimal(1).scaleb(-decimals) / 2:
        return
    written, right = _number(tranche.taux, decimals), _number(expected, max(decimals, 1))
    message = f"Le taux écrit est {written} % ; 1 − objectif ÷ référence donne {right} %."
    report.add('trajectoire.taux', span, message, "Corrigez le taux, l'objectif ou la référence ; ou retirez le taux.")


def _check_sectors(tranche: Tranche, span: Span, report: Report) -> None:
    shares = [share for share in tranche.secteurs.values() if share is not None]
    if tranche.objectif_ha is None or not shares:
        return
    total, complete = sum(shares, Decimal()), len(shares) == len(tranche.secteurs)
    if total == tranche.objectif_ha or (not complete and total < tranche.objectif_ha):
        return
    message = f"Les secteurs font {_number(total)} ha, l'objectif de la tranche {_number(tranche.objectif_ha)} ha."
    report.add('trajectoire.secteurs', span, message, "La somme des secteurs doit redonner le total.")


def _check_measure(tranche: Tranche, source: Yaml, index: int, report: Report) -> None:
    rule = next((rule for rule in law().measures if rule.holds(tranche.start.year)), None)
    if rule is None:
        return
    if tranche.metrique != rule.measure:
        message = f"À partir de {rule.start}, une tranche se compte en « {rule.measure} » ({rule.article})."
        report.add('trajectoire.mesure', source.span(('tranches', index, 'metrique')), message, law().caveat)
    elif rule.end is not None and tranche.end.year > rule.end:
        message = f"La tranche dépasse {rule.end}, où la mesure change ({rule.article})."
        report.add('trajectoire.mesure', source.span(('tranches', index, 'fin')), message, law().caveat)
    period, span = tranche.reference.periode, source.span(('tranches', index, 'reference'))
    if not period:
        return
    if rule.reference and period != rule.reference:
        message = f"La tranche se compare à {rule.reference}, non à {period} ({rule.article})."
        report.add('trajectoire.reference', span, message, "Mesurez la référence sur la période que fixe la loi.")
    elif (years := int(period[5:]) - int(period[:4])) != tranche.years:
        message = f"La référence porte sur {years} ans, la tranche sur {tranche.years}."
        report.warn('trajectoire.reference', span, message, "Comparez des durées égales, ou dites la conversion.")


def _number(value: Decimal, decimals: int | None = None) -> str:
    return format_number(float(value), decimals)


# --- the law ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measure:
    """What a tranche that begins in ``start`` ≤ year < ``end`` is counted in. ``reference``: years it is compared with."""

    measure: str
    start: int
    end: int | None
    reference: str
    article: str

    def holds(self, year: int) -> bool:
        """Tell whether a tranche that begins that year is under this rule."""
        return self.start <= year and (self.end is None or year < self.end)


@dataclass(frozen=True, slots=True)
class Law:
    """What the law sets for the tranches: how many years, by which article, what is measured, how it prints."""

    years: int
    article: str
    caveat: str
    titles: dict[str, str]
    measures: tuple[Measure, ...]


@cache
def law() -> Law:
    """Read ``legal/artificialisation.yaml``."""
    text = (files('pasbuild') / 'legal' / 'artificialisation.yaml').read_text(encoding='utf-8')
    rules = yaml.load(text, yaml.CSafeLoader)
    titles = {name: typeset(title) for name, title in rules['titres'].items()}
    measures = tuple(map(_measure, rules['mesures']))
    return Law(rules['duree_tranche'], rules['article_tranches'], rules['reserve'], titles, measures)


def _measure(entry: dict[str, Any]) -> Measure:
    def after(day: datetime.date) -> int:
        return (day + datetime.timedelta(1)).year

    compared = entry.get('reference')
    period = f'{compared["debut"].year}-{after(compared["fin"])}' if compared else ''
    end = after(entry['fin']) if 'fin' in entry else None
    return Measure(entry['mesure'], entry['debut'].year, end, period, entry['article'])


# --- tables -----------------------------------------------------------------------------------------------------------

_COLUMNS = {
    'tranche': Colonne(titre="Tranche"),
    'debut': Colonne(type='entier', titre="Début", sans_separateur=True),
    'fin': Colonne(type='entier', titre="Fin", sans_separateur=True),
    'mesure': Colonne(titre="Mesure"),
    'reference_periode': Colonne(titre="Période de référence"),
    'reference_ha': Colonne(type='nombre', titre="Référence", unite='ha'),
    'objectif_ha': Colonne(type='nombre', titre="Objectif", unite='ha'),
    'rythme_ha_an': Colonne(type='nombre', titre="Rythme moyen", unite='ha/an', decimales=1),
    'taux': Colonne(type='nombre', titre="Taux de réduction", unite='%'),
    'source': Colonne(titre="Source"),
}
_SECTORS = {
    'tranche': _COLUMNS['tranche'],
    'secteur': Colonne(titre="Secteur"),
    'objectif_ha': _COLUMNS['objectif_ha'],
}


def _tables(tranches: tuple[Tranche, ...]) -> dict[str, Dataset]:
    rows = tuple(map(_row, tranches))
    shares = tuple(_shares(tranches))
    tables = {'trajectoire': _dataset('trajectoire', "Trajectoire foncière", 'tranche', _COLUMNS, rows)}
    if shares:
        title = "Trajectoire foncière par secteur"
        tables['trajectoire_secteurs'] = _dataset('trajectoire_secteurs', title, 'tranche secteur', _SECTORS, shares)
    return tables


def _dataset(name: str, title: str, key: str, columns: dict[str, Colonne], rows: tuple[RowMap, ...]) -> Dataset:
    source = Source(
        fichier=FILE,
        titre=title,
        producteur="Projet",
        date='',
        licence='',
        perimetre="territoire du SCoT",
        cle=key,
        valeur='objectif_ha',
        colonnes=columns,
    )
    return Dataset(name, source, rows, decided=True)


def _name(tranche: Tranche) -> str:
    return f'{tranche.start.year}-{tranche.end.year}'


def _row(tranche: Tranche) -> RowMap:
    rate, target, reference = expected_rate(tranche), tranche.objectif_ha, tranche.reference.hectares
    shown = round(rate, 1) if rate is not None else None
    return {
        'tranche': _name(tranche),
        'debut': tranche.start.year,
        'fin': tranche.end.year,
        'mesure': law().titles[tranche.metrique],
        'reference_periode': tranche.reference.periode or None,
        'reference_ha': _float(reference),
        'objectif_ha': _float(target),
        'rythme_ha_an': _float(target / tranche.years if target is not None and tranche.years > 0 else None),
        'taux': _float(tranche.taux if tranche.taux is not None else shown),
        'source': tranche.source or None,
    }


def _shares(tranches: tuple[Tranche, ...]) -> Iterator[RowMap]:
    for tranche in tranches:
        for sector, share in tranche.secteurs.items():
            yield {'tranche': _name(tranche), 'secteur': sector, 'objectif_ha': _float(share)}


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
