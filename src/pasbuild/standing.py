"""Where a dossier stands in its procedure: steps done, what the next state still requires, first lawful days.

Why: a planner wants to know what may come next and when, without reading the code de l'urbanisme. The same facts serve
the terminal and, as JSON, other programs.
"""

from __future__ import annotations

import datetime
import json
import textwrap
from dataclasses import asdict, dataclass

from pasbuild.procedure import Missing, dates_of, declared, delays, earliest, latest, missing, required, states, steps
from pasbuild.project import Dossier
from pasbuild.typography import french_date, typeset

_WIDTH = 96
_MARKS = {'faite': '✓', 'inconnue': '?', 'a-venir': '·'}
_SURE = {'A': "texte lu dans une copie publique du code", 'B': "source secondaire", 'C': "à vérifier"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One step as it stands. ``statut``: faite, inconnue (a later step is dated), a-venir. Both bounds are lawful days."""

    etape: str
    titre: str
    statut: str
    date: datetime.date | None
    piece: str
    source: str
    au_plus_tot: datetime.date | None
    au_plus_tard: datetime.date | None
    article: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the dossier stands. ``suivant`` is the ordinary next state, empty when there is none."""

    scot: str
    etat: str
    version: datetime.date
    etapes: tuple[Stage, ...]
    suivant: str
    vers: tuple[str, ...]
    manque: tuple[Missing, ...]


def standing(dossier: Dossier) -> Standing:
    """Return where the dossier stands: the steps up to « exécutoire », and any other it lists."""
    known = declared(dossier)
    stages = tuple(_stage(name, dossier) for name in steps() if name in known or name in required('executoire'))
    following = states()[dossier.etat].vers
    ahead = bool(following) and dossier.etat not in ('executoire', 'partiellement_annule')
    after = following[0] if ahead else ''
    lacks = tuple(missing(dossier, after)) if after else ()
    return Standing(dossier.scot, dossier.etat, dossier.date, stages, after, following, lacks)


def _stage(name: str, dossier: Dossier) -> Stage:
    step, entry, dates = steps()[name], declared(dossier).get(name), dates_of(dossier)
    date, bound, limit = dates.get(name), earliest(name, dates), latest(name, dates)
    if date is not None:
        status = 'faite' if date <= dossier.date else 'a-venir'
    else:
        status = 'inconnue' if limit is not None else 'a-venir'
    return Stage(
        name,
        entry.titre if entry else step.titre,
        status,
        date,
        entry.piece if entry else '',
        entry.source if entry else '',
        bound.date if bound else None,
        limit,
        bound.delais[-1].article if bound else step.article,
    )


def as_json(found: Standing) -> str:
    """Return the standing as JSON: keys in a fixed order, dates as AAAA-MM-JJ or null."""
    rules = [asdict(delay) for delay in delays().values()]
    return json.dumps({**asdict(found), 'delais': rules}, ensure_ascii=False, indent=2, default=str)


def as_text(found: Standing) -> str:
    """Return the standing for a terminal: steps, what is missing, rules."""
    title = f"SCoT {found.scot} : état « {states()[found.etat].titre} » au {french_date(found.version)}"
    return typeset('\n'.join([title, '', *_steps(found), '', *_next(found), '', *_rules()]))


def _steps(found: Standing) -> list[str]:
    titles = max(len(stage.titre) for stage in found.etapes)
    dates = max(len(_when(stage)) for stage in found.etapes)
    lines = [
        f"  {_MARKS[stage.statut]} {stage.titre:{titles}}  {_when(stage):{dates}}  {stage.article}".rstrip()
        for stage in found.etapes
    ]
    return ["Étapes (✓ faite, ? date inconnue : dates possibles, · à venir)", *lines]


def _when(stage: Stage) -> str:
    if stage.date is not None:
        return french_date(stage.date)
    first = french_date(stage.au_plus_tot) if stage.au_plus_tot else ''
    if stage.au_plus_tard is None:
        return f"au plus tôt le {first}" if first else "à venir"
    last = french_date(stage.au_plus_tard)
    return f"du {first} au {last}" if first else f"au plus tard le {last}"


def _next(found: Standing) -> list[str]:
    if not found.suivant:
        others = ', '.join(f"« {states()[name].titre} »" for name in found.vers)
        return [f"États possibles ensuite : {others}." if others else "Cet état est le dernier."]
    title = states()[found.suivant].titre
    if not found.manque:
        return [
            f"Rien ne manque pour l'état suivant, « {title} » : écrivez « etat: {found.suivant} » dans dossier.yaml."
        ]
    return [f"Pour l'état suivant, « {title} », il manque :", *(f"  - {lack.texte}" for lack in found.manque)]


def _rules() -> list[str]:
    lines = ["Délais de la loi (Légifrance fait foi)"]
    for text, article, sure in dict.fromkeys((rule.texte, rule.article, rule.certitude) for rule in delays().values()):
        rule = f"{text} {article} ({_SURE[sure]})."
        lines += textwrap.wrap(rule, _WIDTH, initial_indent='  - ', subsequent_indent='    ', break_on_hyphens=False)
    return lines
