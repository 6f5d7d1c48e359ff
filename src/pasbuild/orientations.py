"""Whether the orientations of the PAS changed, with the evidence: what tells a revision from a modification.

The law does not say what an orientation is, sentence by sentence: the program shows what it saw and leaves the judgement to
people. Articles L143-29 (revision) and L143-32 (modification) of the code de l'urbanisme; both were changed by loi
n° 2025-1129 (26 November 2025) for procedures begun from 26 May 2026, and their wording must be checked on Légifrance.
Before approval: L143-18 (debate), L143-20 (project adopted), L143-23 (approval after the enquiry, certainty B).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pasbuild.diff import HIDDEN, Change

Answer = Literal['oui', 'a_apprecier', 'non']
_STRUCTURE = ('dynamique', 'axe', 'objectif')
_BEFORE_APPROVAL = ('projet', 'debattu', 'arrete', 'soumis_avis', 'soumis_enquete')
_SAID: dict[Answer, str] = {
    'oui': "Des axes, des objectifs ou des tranches du PAS sont ajoutés, supprimés ou récrits : il est probable que des orientations changent, et c'est à vous de l'apprécier.",
    'a_apprecier': "Les axes, les objectifs et les tranches restent, mais leur texte ou ce qu'ils portent change : à vous d'apprécier si une orientation change.",
    'non': "Ni axe, ni objectif, ni tranche, ni texte des grandes dynamiques ne change : rien n'indique qu'une orientation change.",
}
_LAW = "Un changement des orientations du PAS appelle en principe une révision du SCoT (C. urb., art. L. 143-29), les autres changements une modification (art. L. 143-32), sauf exceptions. La loi n° 2025-1129 du 26 novembre 2025 a changé ces articles pour les procédures engagées à partir du 26 mai 2026 ; les autres s'achèvent sous les règles d'avant. Vérifiez sur Légifrance la rédaction qui vous concerne. Ce constat aide à décider, il ne décide pas."
_BEFORE = "La version de départ n'était pas approuvée : la question n'est alors pas celle de la révision, mais celle de savoir si le projet reste celui qui a été débattu (art. L. 143-18) ou arrêté (art. L. 143-20). Après l'enquête, il peut être modifié pour tenir compte des avis, des observations et du rapport, sans que son équilibre général soit bouleversé (art. L. 143-23 ; lu dans une source secondaire, à vérifier)."


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer, in careful words, with the changes it rests on (all of them when the answer is « non »: none)."""

    answer: Answer
    text: str
    law: str
    evidence: tuple[Change, ...]


def judge(changes: Iterable[Change], etat: str) -> Finding:
    """Return whether an orientation changed. ``etat``: state of the old version."""
    seen = [change for change in changes if change.strategic and change.kind not in HIDDEN]
    strong = tuple(change for change in seen if _is_strong(change))
    weak = tuple(change for change in seen if change.kind not in ('renumerote', 'dessin'))
    answer: Answer = 'oui' if strong else 'a_apprecier' if weak else 'non'
    law = f'{_LAW} {_BEFORE}' if etat in _BEFORE_APPROVAL else _LAW
    return Finding(answer, _SAID[answer], law, strong or weak)


def _is_strong(change: Change) -> bool:
    if change.nature == 'trajectoire':
        return True
    return change.nature in _STRUCTURE and change.kind in ('ajoute', 'supprime', 'reformule')
