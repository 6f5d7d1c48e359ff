"""The procedure of a dossier as a timeline: steps done, steps whose date is missing, steps to come, and the present state.

Why apart from ``standing.py``: that module says where a dossier stands; this one puts it in the words of a figure, merged
with the steps an author adds (a first SCoT, a diagnostic…).
"""

from __future__ import annotations

import datetime

from pasbuild.figures import Etape, Frise
from pasbuild.procedure import states
from pasbuild.project import Dossier
from pasbuild.standing import Stage, standing
from pasbuild.typography import french_date

TO_COME = "à venir"


def procedure_figure(dossier: Dossier) -> Frise:
    """Return the timeline of the procedure of a dossier, as a figure of its own."""
    return Frise(
        type='frise',
        titre=f"Procédure du SCoT {dossier.scot}",
        texte_alternatif="Frise des étapes de la procédure, de la première à la dernière, avec leurs dates.",
        depuis='procedure',
        largeur='large',
        hauteur=20,
        etapes=milestones(dossier),
    )


def complete(spec: Frise, dossier: Dossier) -> Frise:
    """Return a timeline with the procedure of the dossier, the steps its author wrote put in by date."""
    merged = list(milestones(dossier))
    for step in spec.etapes:
        later = (rank for rank, other in enumerate(merged) if step.date and (other.date or '') > step.date)
        merged.insert(next(later, len(merged)), step)
    return spec.model_copy(update={'etapes': tuple(merged)})


def milestones(dossier: Dossier) -> tuple[Etape, ...]:
    """Return the steps that are past, the present state, then the steps to come; none of these when the state is the last."""
    found = standing(dossier)
    past = [stage for stage in found.etapes if _past(stage, found.version)]
    ahead = [stage for stage in found.etapes if stage not in past] if found.vers else []
    state = Etape(
        date=found.version.isoformat(),
        texte=f"État du document : {_lower(states()[found.etat].titre)}",
        etat=True,
    )
    coming = (_step(stage, found.version, first=not rank) for rank, stage in enumerate(ahead))
    return (*map(_step, past), state, *coming)


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _past(stage: Stage, today: datetime.date) -> bool:
    """Tell whether a step is behind: on its date, or because a step that must follow it is."""
    behind = stage.date is None and stage.au_plus_tard is not None and stage.au_plus_tard < today
    return behind or stage.statut == 'faite'


def _step(stage: Stage, today: datetime.date | None = None, *, first: bool = False) -> Etape:
    """Return a step of the timeline: past, or to come when ``today`` is given."""
    return Etape(
        date=stage.date.isoformat() if stage.date else None,
        quand=TO_COME if stage.date is None and today else '',
        texte=stage.titre,
        fait=today is None,
        precision='' if stage.date else _bounds(stage, today, first=first),
    )


def _bounds(stage: Stage, today: datetime.date | None, *, first: bool) -> str:
    """Return what the law says of the date of a step that has none: its first lawful day, its last when known.

    A first day that is past is worth saying of the next step only (``first``): the others wait for it.
    """
    early, late = (french_date(day) if day else '' for day in (stage.au_plus_tot, stage.au_plus_tard))
    article = f" ({stage.article})" if stage.article else ''
    if late:
        return f"{f'entre le {early} et le' if early else 'au plus tard le'} {late}{article}"
    if stage.au_plus_tot is None or today is None or (stage.au_plus_tot <= today and not first):
        return ''
    return f"au plus tôt le {early}{article}"
