"""What the prose says that the dossier knows otherwise: numbers typed by hand, dates of the procedure, the horizon.

Each check would rather miss a contradiction than invent one.

* Numbers (``texte.nombre``). Looked at: three significant digits or more, followed by a unit (« 1 254 logements »,
  « 12,5 ha »). Reported: when it comes within 3 % of a number of that unit which the text takes from the data, or which
  the tables give for a row the same sentence names (« Lens compte… »), and no number of that unit, in the text or in any
  table, agrees with it to the rounding it is written with. Percentages crowd together: only a row the sentence names
  counts as near. Not seen: numbers in words, rounder numbers, numbers further off, and what no data tell.
* Dates (``texte.date``). Looked at: full dates in a sentence that names a step of the procedure and no other act than
  the SCoT's (a law, a PLU, an order of the préfet, an earlier SCoT…). Reported: when the dossier dates that step
  otherwise, the date belongs to no step of it and is not of the days before it was prescribed (an earlier SCoT's). Not
  seen: months and years alone, the first date of « du 3 au 28 mars 2025 ».
* Horizon (``texte.horizon``). « horizon 2040 » in a sentence about the SCoT, when the dossier ends in another year which is
  neither the end of a tranche nor one of the State's own horizons (2030, 2050).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose

from pasbuild.data import Dataset, RowMap, format_number
from pasbuild.document import Project
from pasbuild.formulas import compute_total
from pasbuild.procedure import steps
from pasbuild.prose import MASK, NOTE, Prose, Remark, is_quoted, sentence_at
from pasbuild.typography import MONTHS, french_date

NEAR = 0.03
"""Relative distance under which two numbers are taken to be meant as the same."""
_NUMBER = re.compile(
    r'(?<![\w.,/–-])(\d{1,3}(?:[\u00a0\u202f]\d{3})+|\d+)(?:,(\d+))?[ \u00a0\u202f]?'
    r'(%|[kM]?€|Md€|(?:millions?|milliards?) d(?:e |’)[^\W\d_]+[²³]?|[^\W\d_]+[²³]?)(?:[ \u00a0]par[ \u00a0]([^\W\d_]+[²³]?)|/([^\W\d_]+[²³]?))?'
)
_SAME_UNIT = {'hectare': 'ha', 'kilomètre': 'km', 'mètre': 'm', 'hab': 'habitant', 'an': 'an', 'année': 'an'}
_MONTH = '|'.join(MONTHS)
_DATE = re.compile(rf'(?<![\w.-])(\d{{1,2}}|1er)\s+({_MONTH})\s+((?:19|20)\d\d)(?!\w)')
_STEPS = {
    'prescription': re.compile(r'\bpresc(?:rit|rite|rivait|rivant|ription)\b', re.IGNORECASE),
    'debat': re.compile(r'\bdéb(?:at|attu|attue)\b', re.IGNORECASE),
    'arret': re.compile(
        r"\barrêt (?:de|du) projet\b|\bprojet[^.;]{0,60}?\barrêté\b(?! (?:préfectoral|ministériel|municipal|du|de|n))"
        r'|\ba (?:été )?arrêté(?= le)',
        re.IGNORECASE,
    ),
    'ouverture_enquete': re.compile(
        r"\benquête publique (?:s’est |a |est )?(?:été )?ouv\w+|ouverture de l’enquête", re.IGNORECASE
    ),
    'cloture_enquete': re.compile(
        r"\benquête publique (?:s’est |a |est )?(?:été )?(?:clos\w*|clôtur\w+|achev\w+|termin\w+|déroulée|tenue)|clôture de l’enquête",
        re.IGNORECASE,
    ),
    'approbation': re.compile(r'\bapprouvée?\b|\bapprobation\b', re.IGNORECASE),
    'executoire': re.compile(r'\bexécutoire\b', re.IGNORECASE),
}
"""Words that name a step, by its key in ``legal/procedure.yaml``. An enquête « tenue du 3 mars au 4 avril 2025 » ends that day."""
_OTHER_ACT = re.compile(
    r'\b(?:PLU\w*|PLH|PCAET|PPR\w*|SRADDET|SRCAE|SAGE|SDAGE|PDU|DTA|lois?|ordonnances?|décrets?|chartes?|directives?|stratégie|'
    r'premiers? SCoT|modifications?|mise en compatibilité|ancien|précédente?s?|initiale?|antérieure?s?|SCoT de \d{4}|plan (?:de|local|climat)|'
    r'programme local|schéma (?:régional|directeur|d’urbanisme)|arrêtés? (?:préfectora|ministérie|municipa)\w+|par arrêté)\b'
)
_HORIZON = re.compile(r'\bhorizon (?:de |de l’année |de l’an |en )?((?:20|21)\d\d)\b', re.IGNORECASE)
_SCOT = re.compile(
    r'\bSCoT\b|\bPAS\b|schéma de cohérence|projet d’aménagement stratégique|comité syndical|présent (?:projet|document)',
    re.IGNORECASE,
)
_STATE_HORIZONS = (2030, 2050)


# --- numbers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: ``step`` is the rounding it is written with, ``key`` where it comes from in the data."""

    value: float
    step: float
    unit: str
    text: str
    start: int
    key: str = ''

    def agrees(self, other: float) -> bool:
        """Tell whether ``other``, rounded or cut as this number is, gives this number (its sign does not count)."""
        return abs(self.value - abs(other)) < self.step or isclose(self.value, abs(other), rel_tol=1e-9)

    def is_near(self, other: float) -> bool:
        """Tell whether ``other`` is close enough to be what this number means to say."""
        return abs(self.value - abs(other)) <= NEAR * abs(other)


def quantities(run: Prose, *, typed: bool) -> Iterator[Quantity]:
    """Yield the numbers of a run that have a unit: those the author typed, or those that come from the data."""
    keys = dict(run.values)
    for match in _NUMBER.finditer(run.text):
        whole, decimals = re.sub(r'\D', '', match[1]), match[2] or ''
        if (run.typed[match.start()] != MASK) is not typed:
            continue
        unit = normal_unit(match[3], match[4] or match[5] or '')
        zeros = 0 if decimals else len(whole) - len(whole.rstrip('0') or '0')
        step = 10.0 ** (zeros - len(decimals))
        value = float(f'{whole}.{decimals or 0}')
        yield Quantity(value, step, unit, match[0], match.start(), keys.get(match.start(), ''))


def normal_unit(unit: str, divisor: str = '') -> str:
    """Return a unit in one form: « hectares par an » and « ha/an » are the same."""
    unit, _, after = unit.replace(' par ', '/').partition('/')
    singular = [word if len(word) < 4 else word.rstrip('sx') for word in (unit.lower(), (divisor or after).lower())]
    return '/'.join(_SAME_UNIT.get(word, word) for word in singular if word)


def number_remarks(project: Project, parts: Sequence[Sequence[Prose]]) -> Iterator[Remark]:
    """Yield the numbers typed in prose that the data contradict (see the head of this module)."""
    runs = [run for part in parts for run in part]
    cited = [quantity for run in runs for quantity in quantities(run, typed=False)]
    for run in runs:
        for number in quantities(run, typed=True):
            if _is_precise(number) and not is_quoted(run.text, number.start):
                yield from _contradiction(project, run, number, cited)


def _is_precise(number: Quantity) -> bool:
    """Three significant digits or more, and not a year."""
    digits = round(number.value / number.step)
    is_year = 1800 <= number.value <= 2150 and re.match(r'\d{4}', number.text) is not None
    return digits >= 100 and not is_year


def _contradiction(project: Project, run: Prose, number: Quantity, cited: Iterable[Quantity]) -> Iterator[Remark]:
    same = [other for other in cited if other.unit == number.unit]
    near = [(other.value, other.text, other.key) for other in same if number.is_near(other.value) and other.unit != '%']
    near += list(_named_rows(project.data, number, sentence_at(run.text, number.start)))
    known = [*(other.value for other in same), *_known(project.data, number.unit)] if near else []
    if not near or any(number.agrees(value) for value in known):
        return
    _, words, key = min(near, key=lambda other: abs(abs(other[0]) - number.value))
    message = f"« {number.text} » ne s'accorde pas avec les données : « {words} »."
    hint = (
        f"Si c'est ce nombre-là, citez-le : {{val}}`{key}` ; sinon, ajoutez-le à « redaction: admis » de dossier.yaml."
    )
    yield Remark('texte.nombre', run.span, number.text, message, hint)


def _named_rows(data: Mapping[str, Dataset], number: Quantity, sentence: str) -> Iterator[tuple[float, str, str]]:
    """Yield the near numbers of the rows a sentence names: value, words, and the key to cite each."""
    for table in data.values():
        colonne = table.source.colonnes.get(table.source.cle)
        for row in table.rows if colonne is not None and colonne.type == 'texte' else ():
            name = str(row[table.source.cle])
            if len(name) > 2 and name in sentence and re.search(rf'(?<![\w-]){re.escape(name)}(?![\w-])', sentence):
                for column, unit in _units(table, row):
                    value = row[column]
                    if isinstance(value, int | float) and normal_unit(unit) == number.unit and number.is_near(value):
                        words = format_number(value, table.source.colonnes[column].decimales, unit)
                        yield value, words, f'{table.id}.{table.key(row)}.{column}'


def _known(data: Mapping[str, Dataset], unit: str) -> Iterator[float]:
    """Yield every number of the data in a unit, totals included."""
    for table in data.values():
        for name, colonne in table.source.colonnes.items():
            if colonne.type in ('entier', 'nombre') and normal_unit(colonne.unite) == unit:
                total = compute_total(name, list(table.rows), table.source.colonnes)
                yield from (float(total),) if isinstance(total, int | float) else ()
        for row in table.rows:
            for name, own in _units(table, row):
                value = row[name]
                if normal_unit(own) == unit and isinstance(value, int | float):
                    yield float(value)


def _units(table: Dataset, row: RowMap) -> Iterator[tuple[str, str]]:
    for name, colonne in table.source.colonnes.items():
        by_row = table.source.unite_par_ligne if name == table.source.valeur else ''
        yield name, str(row[by_row] or '') if by_row else colonne.unite


# --- dates and horizon ------------------------------------------------------------------------------------------------


def date_remarks(project: Project, runs: Sequence[Prose]) -> Iterator[Remark]:
    """Yield the dates given to a step of the procedure that are not the dossier's (see the head of this module)."""
    known = {step.etape: step.date for step in project.dossier.procedure if step.date is not None}
    for run in runs if known else ():
        for match in _DATE.finditer(run.text):
            day = _day(match)
            if day is None or run.typed[match.start()] == MASK or is_quoted(run.text, match.start()):
                continue
            step = _misdated(day, sentence_at(run.text, match.start()), known)
            if step:
                title, date = steps()[step].titre, french_date(known[step])
                message = f"« {match[0]} » : le dossier date l'étape « {title} » du {date}."
                hint = "Corrigez le texte, ou « procedure » dans content/dossier.yaml."
                yield Remark('texte.date', run.span, match[0], message, hint)


def _misdated(day: datetime.date, sentence: str, known: Mapping[str, datetime.date]) -> str:
    """Return the step a sentence gives a wrong date to, or ''."""
    if day in known.values() or _OTHER_ACT.search(sentence):
        return ''
    dates = {_day(match) for match in _DATE.finditer(sentence)}
    start = known.get('prescription', day)
    named = (step for step, words in _STEPS.items() if step in known and words.search(sentence))
    return next((step for step in named if known[step] not in dates and (day >= start or step == 'prescription')), '')


def _day(match: re.Match[str]) -> datetime.date | None:
    try:
        return datetime.date(int(match[3]), MONTHS.index(match[2]) + 1, int(match[1].removesuffix('er')))
    except ValueError:
        return None


def horizon_remarks(project: Project, runs: Sequence[Prose]) -> Iterator[Remark]:
    """Yield the horizons given to the SCoT that are not the dossier's (see the head of this module)."""
    end, tranches = project.dossier.horizon.fin, project.data.get('trajectoire')
    if end is None:
        return
    bounds = [row.get('fin') for row in tranches.rows] if tranches is not None else []
    admitted = {end, *_STATE_HORIZONS, *(bound.year if isinstance(bound, datetime.date) else bound for bound in bounds)}
    for run in runs:
        for match in _HORIZON.finditer(run.typed):
            sentence = sentence_at(run.text, match.start())
            if int(match[1]) in admitted or is_quoted(run.text, match.start()) or not _SCOT.search(sentence):
                continue
            message = f"« {match[0]} » : le dossier fixe l'horizon à {end}."
            hint = "Corrigez le texte, ou « horizon » dans content/dossier.yaml."
            yield Remark('texte.horizon', run.span, match[0].replace(NOTE, ''), message, hint)
