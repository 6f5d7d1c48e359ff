"""The procedure of a SCoT: its steps, the delays the law sets between them, the states of the document.

Why: a document that calls itself « arrêté » too early can be annulled. Steps, delays and states are data
(``legal/procedure.yaml``), each with its article and how sure it is; this module only computes with them: calendar
arithmetic, the lawful interval of a step, and the checks of what ``dossier.yaml`` declares.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from pasbuild.diagnostics import ExitCode, PasbuildError, Report, nearest
from pasbuild.typography import french_date, typeset

if TYPE_CHECKING:
    from pasbuild.model import Span
    from pasbuild.project import Dossier, Etape
    from pasbuild.yamlfile import Yaml

Dates = Mapping[str, datetime.date]
"""Id of a step → its date, for the steps whose date is known."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the procedure. ``piece`` is the act that proves it, empty when there is none; ``certitude``: A, B or C.

    ``couverture``: the cover prints its date; ``regime``: the only regime that knows the step, empty for both.
    """

    id: str
    titre: str
    article: str
    source: str
    certitude: str
    piece: str = ''
    apres: tuple[str, ...] = ()
    meme_jour: bool = False
    couverture: bool = False
    regime: str = ''


@dataclass(frozen=True, slots=True)
class Delay:
    """``etape`` comes at the earliest ``mois`` months and ``jours`` days after ``depuis``. ``texte`` is empty for mere order."""

    id: str
    etape: str
    depuis: str
    article: str
    source: str
    certitude: str
    mois: int = 0
    jours: int = 0
    texte: str = ''

    def after(self, date: datetime.date) -> datetime.date:
        """Return the first lawful day when ``depuis`` is on ``date``."""
        return add_months(date, self.mois) + datetime.timedelta(self.jours)

    def before(self, date: datetime.date) -> datetime.date:
        """Return the last day of ``depuis`` that allows ``etape`` on ``date``: several days may lead to one end of month."""
        day = add_months(date - datetime.timedelta(self.jours), -self.mois)
        while self.after(day + datetime.timedelta(1)) <= date:
            day += datetime.timedelta(1)
        return day


@dataclass(frozen=True, slots=True)
class State:
    """A state of the document: steps it requires besides those of ``suit``, states that may come next.

    ``exige``: findings that forbid it (patterns of codes); ``filigrane``: words printed across each page, or none.
    """

    id: str
    titre: str
    etapes: tuple[str, ...]
    vers: tuple[str, ...]
    suit: str = ''
    exige: tuple[str, ...] = ()
    filigrane: str = ''


@dataclass(frozen=True, slots=True)
class Bound:
    """The first lawful day of a step: the known step it is counted from, and the delays on the way."""

    date: datetime.date
    depuis: str
    delais: tuple[Delay, ...]

    @property
    def articles(self) -> str:
        """Articles of the delays, or of the last step when only the order counts: "L. 143-18, R. 143-4"."""
        counted = [delay.article for delay in self.delais if delay.texte] or [self.delais[-1].article]
        return ', '.join(dict.fromkeys(filter(None, counted)))


@dataclass(frozen=True, slots=True)
class Missing:
    """What a state requires and the dossier does not give. ``objet``: date, piece or a-venir."""

    etape: str
    objet: str
    texte: str


# --- the legal data -----------------------------------------------------------------------------------------------------


@cache
def steps() -> dict[str, Step]:
    """Return the steps by id, in the order of the procedure."""
    return {key: Step(key, **_tidy(entry)) for key, entry in _legal()['etapes'].items()}


@cache
def delays() -> dict[str, Delay]:
    """Return the delays of the law by id."""
    return {key: Delay(key, **_tidy(entry)) for key, entry in _legal()['delais'].items()}


@cache
def limits() -> tuple[Delay, ...]:
    """Return the steps that may not come later than a delay after another."""
    return tuple(Delay(key, **_tidy(entry)) for key, entry in _legal()['limites'].items())


@cache
def states() -> dict[str, State]:
    """Return the states by id, in the order of the procedure."""
    return {key: State(key, **_tidy(entry)) for key, entry in _legal()['etats'].items()}


@cache
def constraints() -> tuple[Delay, ...]:
    """Return every delay of the law, then the mere order of the steps as delays of a day, or none."""
    order = (
        Delay(f'ordre-{step.id}', step.id, before, step.article, step.source, step.certitude, jours=not step.meme_jour)
        for step in steps().values()
        for before in step.apres
    )
    return (*delays().values(), *order)


def chain(state: str) -> tuple[State, ...]:
    """Return the states whose requirements hold in ``state``, from the first to itself."""
    found = states()[state]
    return (*chain(found.suit), found) if found.suit else (found,)


def required(state: str) -> tuple[str, ...]:
    """Return the steps that must be dated and proved in ``state``, in order."""
    return tuple(step for found in chain(state) for step in found.etapes)


def forbidden(state: str) -> tuple[str, ...]:
    """Return the patterns of the findings that forbid ``state``."""
    return tuple(pattern for found in chain(state) for pattern in found.exige)


def allowed(state: str, following: str) -> bool:
    """Tell whether a document may pass from ``state`` straight to ``following``."""
    return following in states()[state].vers


def reachable(state: str) -> set[str]:
    """Return the states a document in ``state`` has passed through, is in, or may still come to."""
    found, ahead = {passed.id for passed in chain(state)}, [state]
    while ahead:
        for following in states()[ahead.pop()].vers:
            if following not in found:
                found.add(following)
                ahead.append(following)
    return found


@cache
def _legal() -> dict[str, Any]:
    text = (files('pasbuild') / 'legal' / 'procedure.yaml').read_text(encoding='utf-8')
    loaded: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return loaded


def _tidy(entry: dict[str, Any]) -> dict[str, Any]:
    """Typeset what is printed, freeze lists."""
    printed = {
        key: typeset(value)
        for key, value in entry.items()
        if key in ('titre', 'piece', 'texte', 'article', 'filigrane')
    }
    lists = {key: tuple(value) for key, value in entry.items() if isinstance(value, list)}
    return {**entry, **printed, **lists}


# --- dates --------------------------------------------------------------------------------------------------------------


def add_months(date: datetime.date, months: int) -> datetime.date:
    """Return the same day ``months`` later, or the last day of that month when it is shorter: 31 October + 4 → 28 February."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))


def earliest(step: str, dates: Dates) -> Bound | None:
    """Return the first lawful day of ``step``, None when no step before it is known. Its own date does not count."""
    bounds = []
    for delay in constraints():
        if delay.etape != step:
            continue
        if delay.depuis in dates:
            bounds.append(Bound(delay.after(dates[delay.depuis]), delay.depuis, (delay,)))
        elif (before := earliest(delay.depuis, dates)) is not None:
            bounds.append(Bound(delay.after(before.date), before.depuis, (*before.delais, delay)))
    return max(bounds, key=lambda bound: bound.date, default=None)


def latest(step: str, dates: Dates) -> datetime.date | None:
    """Return the last day of ``step`` that the known steps after it allow, None when there is none."""
    days = []
    for delay in constraints():
        if delay.depuis == step:
            after = dates.get(delay.etape) or latest(delay.etape, dates)
            if after is not None:
                days.append(delay.before(after))
    return min(days, default=None)


# --- the dossier --------------------------------------------------------------------------------------------------------


def declared(dossier: Dossier) -> dict[str, Etape]:
    """Return the known steps the dossier lists, by id; of two alike, the first."""
    found: dict[str, Etape] = {}
    for entry in dossier.procedure:
        if entry.etape in steps():
            found.setdefault(entry.etape, entry)
    return found


def dates_of(dossier: Dossier) -> dict[str, datetime.date]:
    """Return the dates the dossier knows."""
    return {key: entry.date for key, entry in declared(dossier).items() if entry.date is not None}


def in_state(dossier: Dossier, state: str) -> Dossier:
    """Return the dossier as if it declared ``state``; in a state it has passed, the later steps are not there yet. Raises PasbuildError when its own state does not lead there."""
    if state not in states():
        raise PasbuildError(f"L'état « {state} » n'existe pas.\npiste : {nearest(state, states())}", ExitCode.USAGE)
    if state not in reachable(dossier.etat):
        message = f"Un document « {dossier.etat} » ne peut pas devenir « {state} »."
        following = ', '.join(f'« {name} »' for name in states()[dossier.etat].vers) or "aucun, cet état est le dernier"
        raise PasbuildError(f"{message}\npiste : états suivants : {following}.", ExitCode.USAGE)
    later = set(required(dossier.etat)) - set(required(state))
    passed = tuple(entry for entry in dossier.procedure if entry.etape not in later)
    return dossier.model_copy(update={'etat': state, 'procedure': passed})


def missing(dossier: Dossier, state: str) -> Iterator[Missing]:
    """Yield what ``state`` requires and the dossier does not give, in the order of the procedure."""
    known = declared(dossier)
    for name in required(state):
        step, entry = steps()[name], known.get(name)
        if entry is None or entry.date is None:
            yield Missing(name, 'date', f"la date de l'étape « {step.titre} »")
        elif entry.date > dossier.date:
            yield Missing(name, 'a-venir', f"que l'étape « {step.titre} » soit passée")
        if step.piece and (entry is None or not entry.piece):
            yield Missing(name, 'piece', f"la pièce « {step.piece} »")


def check_procedure(dossier: Dossier, source: Yaml, etat: str, report: Report) -> None:
    """Report unknown and repeated steps, dates the law does not allow, and what ``etat`` requires that is not there.

    ``source`` is dossier.yaml, for its lines. A date that is not known is a fault only when the state requires it.
    """
    lines: dict[str, int] = {}
    for index, entry in enumerate(dossier.procedure):
        span = source.span(('procedure', index, 'etape'))
        if entry.etape not in steps():
            message = f"L'étape « {entry.etape} » n'existe pas."
            report.add('procedure.etape-inconnue', span, message, nearest(entry.etape, steps()))
        elif entry.etape in lines:
            message = f"L'étape « {entry.etape} » est écrite deux fois."
            report.add('procedure.etape-double', span, message, "Gardez la dernière en date : c'est elle qui compte.")
        else:
            lines[entry.etape] = index
            _check_regime(dossier, steps()[entry.etape], span, report)
    _check_dates(dossier, source, lines, report)
    _check_state(dossier, source, etat, lines, report)


def _check_dates(dossier: Dossier, source: Yaml, lines: Mapping[str, int], report: Report) -> None:
    dates = dates_of(dossier)
    _check_limits(dates, source, lines, report)
    for name, date in dates.items():
        bound = earliest(name, dates)
        if bound is None or date >= bound.date:
            continue
        before, span = dates[bound.depuis], source.span(('procedure', lines[name], 'date'))
        titles = (
            f"« {steps()[name].titre} » ({french_date(date)})",
            f"« {steps()[bound.depuis].titre} » ({french_date(before)})",
        )
        if date <= before:
            message = f"{titles[0]} doit venir après {titles[1]}."
            report.add('procedure.ordre', span, message, "Vérifiez les deux dates sur les actes.")
        else:
            message = f"{titles[0]} vient trop tôt après {titles[1]}."
            hint = f"Au plus tôt le {french_date(bound.date)} ({bound.articles})."
            report.add('procedure.delai', span, message, hint)


def _check_regime(dossier: Dossier, step: Step, span: Span, report: Report) -> None:
    if step.regime and dossier.regime not in ('', step.regime):
        message = f"L'étape « {step.titre} » n'existe pas dans le régime « {dossier.regime} »."
        report.add('procedure.regime', span, message, "Corrigez « regime », ou retirez l'étape.")


def _check_limits(dates: Dates, source: Yaml, lines: Mapping[str, int], report: Report) -> None:
    for limit in limits():
        if limit.etape not in dates or limit.depuis not in dates:
            continue
        last = limit.after(dates[limit.depuis])
        if dates[limit.etape] > last:
            title = f"« {steps()[limit.etape].titre} » ({french_date(dates[limit.etape])})"
            message = f"{title} vient trop tard après « {steps()[limit.depuis].titre} »."
            hint = f"Au plus tard le {french_date(last)} ({limit.article})."
            report.add('procedure.limite', source.span(('procedure', lines[limit.etape], 'date')), message, hint)


def _check_state(dossier: Dossier, source: Yaml, etat: str, lines: Mapping[str, int], report: Report) -> None:
    hints = {
        'date': ('procedure.date-absente', "Écrivez « {{etape: {}, date: AAAA-MM-JJ}} » dans « procedure »."),
        'piece': ('procedure.piece-absente', "Ajoutez « piece: … », la référence de l'acte, à l'étape « {} »."),
        'a-venir': ('procedure.a-venir', "L'étape « {} » est postérieure à la date de la version."),
    }
    for lack in missing(dossier, etat):
        code, hint = hints[lack.objet]
        path = ('procedure', lines[lack.etape], 'date') if lack.etape in lines else ('procedure',)
        report.add(code, source.span(path), f"L'état « {etat} » exige {lack.texte}.", hint.format(lack.etape))
