"""What the prose says that the dossier knows otherwise: numbers typed by hand, dates of the procedure, the horizon.

Each check would rather miss a contradiction than invent one.

* Numbers (``texte.nombre``). Looked at: three significant digits or more, followed by a unit (« 1 254 logements »,
  « 12,5 ha »). Reported: when it comes within 3 % of a number of that unit which the text takes from the data, or which
  the tables give for a row the same sentence names (« Lens compte… »), and no number of that unit, in the text or in any
  table, agrees with it to the rounding it is written with. Percentages crowd together: only a row the sentence names
  counts as near. Not seen: numbers in words, rounder numbers, numbers further off, and what no data tell.
* Dates (``texte.date``). Looked at: full dates that their sentence gives to a step of the procedure (« débattu le… »,
  « Le…, le comité a arrêté… »), when it speaks of the SCoT and of no other act (a law, a PLU, an order of the préfet, another
  SCoT…). Reported: when the dossier dates that step
  otherwise, the date belongs to no step of it and is not of the days before it was prescribed (an earlier SCoT's). Not
  seen: months and years alone, the first date of « du 3 au 28 mars 2025 ».
* Horizon (``texte.horizon``). « horizon 2040 » given as the SCoT's, in no forecast, when the dossier ends in another year which is
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
from pasbuild.prose import MASK, NOTE, Prose, Remark, is_quoted, sentence_at, sentences
from pasbuild.typography import MONTHS, NBSP, french_date, typeset

NEAR = 0.03
"""Relative distance under which two numbers are taken to be meant as the same."""
_NUMBER = re.compile(
    r'(?<![\w.,/–-])(\d{1,3}(?:[\u00a0\u202f]\d{3})+|\d+)(?:,(\d+))?[ \u00a0\u202f]?'
    r'(%|[kM]?€|Md€|(?:millions?|milliards?) d(?:e |’)[^\W\d_]+[²³]?|[^\W\d_]+[²³]?)(?:[ \u00a0]par[ \u00a0]([^\W\d_]+[²³]?)|/([^\W\d_]+[²³]?))?'
)
_SAME_UNIT = {'hectare': 'ha', 'kilomètre': 'km', 'mètre': 'm', 'hab': 'habitant', 'an': 'an', 'année': 'an'}
_MONTH = '|'.join(MONTHS)
_DATE = re.compile(rf'(?<![\w.-])(\d{{1,2}}|1er)\s+({_MONTH})\s+((?:19|20)\d\d)(?!\w)')
_GAP = r'(?: (?!(?:a|ont|est|sont|été|était|fut|avait|avant|après|puis|et)\b)\(?[\w’-]+\)?){0,6} (?:le|du|au) $'
"""Between the words of a step and its date: a few words, no verb, no comma."""
_STEPS = {
    step: re.compile(rf'\b(?:{words}){_GAP}', re.IGNORECASE)
    for step, words in {
        'prescription': r'prescrite?|prescription',
        'debat': r'débattue?|débat(?: (?:a eu|ayant eu) lieu| s’est tenu)?',
        'arret': r'projet(?: [\w’-]+){0,5} arrêté|arrêt (?:de|du) projet|a arrêté',
        'ouverture_enquete': r'enquête publique (?:s’est |a été |est )?(?:ouverte|s’ouvre)|ouverture de l’enquête(?: publique)?',
        'cloture_enquete': r'enquête publique (?:s’est |a été |est )?(?:close|clôturée|achevée|terminée|tenue|déroulée)'
        r'|clôture de l’enquête(?: publique)?',
        'approbation': r'(?:SCoT|schéma|projet)(?: [\w’-]+){0,5} approuvé|approbation|a approuvé',
        'executoire': 'exécutoire(?: depuis)?',
    }.items()
}
"""What stands before the date of a step, by its key in ``legal/procedure.yaml``. « Tenue du 3 mars au 4 avril 2025 » ends that day."""
_OPENING = re.compile(r'^\W*(?:Le|Dès le|Depuis le) $|\bdélibération du $')
_ACTS = {
    step: re.compile(rf'^[^.;:]{{0,80}}?\b(?:a|ont)(?: été)? {root}')
    for step, root in (
        ('prescription', 'prescri'),
        ('debat', 'débattu'),
        ('arret', 'arrêté'),
        ('approbation', 'approuvé'),
    )
}
"""What follows a date that opens its sentence: « Le 13 mars 2023, le comité a débattu… »."""
_OF_THE_SCOT = re.compile(
    r'\b(?:SCoT|schéma de cohérence|projet|PAS|comité syndical|syndicat|révision|élaboration|enquête)\b'
)
_SCOT_OF = re.compile(r'\bSCoT (?:voisins? )?(?:de la |de l’|des |du |de |d’)([A-ZÀ-Þ][\w’]+)')
_OTHER_ACT = re.compile(
    r'\b(?:PLU\w*|PLH|PCAET|PPR\w*|SRADDET|SRCAE|SAGE|SDAGE|PDU|DTA|lois?|ordonnances?|décrets?|chartes?|directives?|stratégie|'
    r'premiers? SCoT|SCoT voisins?|contrats?|modifications?|mise en compatibilité|ancien|précédente?s?|initiale?|antérieure?s?|SCoT de \d{4}|plan (?:de|local|climat)|'
    r'programme local|schéma (?:régional|directeur|d’urbanisme)|arrêtés? (?:préfectora|ministérie|municipa)\w+|par arrêté)\b'
)
_HORIZON = re.compile(r'\bhorizon (?:de |de l’année |de l’an |en )?((?:20|21)\d\d)\b', re.IGNORECASE)
_OWN = r'(?:SCoT|PAS|schéma de cohérence territoriale|projet d’aménagement stratégique|présent (?:projet|document))'
_OWN_HORIZON = re.compile(
    rf'\b{_OWN}(?: [\w’-]+){{0,5}} (?:à )?(?:l’)?{_HORIZON.pattern}|{_HORIZON.pattern},? (?:le|du|ce) {_OWN}\b',
    re.IGNORECASE,
)
_FORECAST = re.compile(r'\b(?:scénarios?|projections?|projette\w*|prospective|diagnostic)\b', re.IGNORECASE)
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
        if (run.typed[match.start()] != MASK) is not typed or len(whole) > 12 or len(decimals) > 6:
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
        offset = 0
        for sentence in sentences(run.text) if _DATE.search(run.text) else ():
            for match in _DATE.finditer(sentence):
                start = offset + match.start()
                step = _misdated(match, sentence, known, project.dossier.scot)
                if step and run.typed[start] != MASK and not is_quoted(run.text, start):
                    title, date = steps()[step].titre, french_date(known[step])
                    message = f"« {match[0]} » : le dossier date l'étape « {title} » du {date}."
                    hint = "Corrigez le texte, ou « procedure » dans content/dossier.yaml."
                    yield Remark('texte.date', run.span, match[0], message, hint)
            offset += len(sentence)


def _misdated(match: re.Match[str], sentence: str, known: Mapping[str, datetime.date], scot: str) -> str:
    """Return the step a sentence gives a wrong date to, or ''."""
    day = _day(match)
    others = [name for name in _SCOT_OF.findall(sentence) if name not in typeset(scot)]
    if (
        day is None
        or day in known.values()
        or others
        or _OTHER_ACT.search(sentence)
        or not _OF_THE_SCOT.search(sentence)
    ):
        return ''
    dates = {_day(other) for other in _DATE.finditer(sentence)}
    start = known.get('prescription', day)
    named = (step for step in known if _names(step, sentence[: match.start()], sentence[match.end() :]))
    return next((step for step in named if known[step] not in dates and (day >= start or step == 'prescription')), '')


def _names(step: str, before: str, after: str) -> bool:
    """Tell whether the words around a date give it to a step."""
    if step in _STEPS and _STEPS[step].search(before.replace(NOTE, '').replace(NBSP, ' ')):
        return True
    return step in _ACTS and bool(_OPENING.search(before) and _ACTS[step].search(after))


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
            if int(match[1]) in admitted or is_quoted(run.text, match.start()) or not _is_own(sentence):
                continue
            message = f"« {match[0]} » : le dossier fixe l'horizon à {end}."
            hint = "Corrigez le texte, ou « horizon » dans content/dossier.yaml."
            yield Remark('texte.horizon', run.span, match[0], message, hint)


def _is_own(sentence: str) -> bool:
    """Tell whether the horizon of a sentence is given as the SCoT's."""
    return bool(_OWN_HORIZON.search(sentence)) and not (_OTHER_ACT.search(sentence) or _FORECAST.search(sentence))
