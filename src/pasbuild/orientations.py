"""Whether the orientations of the PAS changed, with the evidence: what tells a revision from a modification.

The law does not say what an orientation is, sentence by sentence: the program shows what it saw and leaves the judgement to
people. Articles L143-29 (revision) and L143-32 (modification) of the code de l'urbanisme; both changed in 2025 (loi
n° 2025-1129), and their wording must be checked on Légifrance.
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
    'oui': "Des axes, des objectifs ou des tranches du PAS changent : selon toute apparence, des orientations changent.",
    'a_apprecier': "Les axes, les objectifs et les tranches restent, mais leur texte ou ce qu'ils portent change : à vous d'apprécier si une orientation change.",
    'non': "Ni axe, ni objectif, ni tranche, ni texte des grandes dynamiques ne change : rien n'indique qu'une orientation change.",
}
_LAW = "Un changement des orientations du PAS appelle en principe une révision du SCoT (C. urb., art. L. 143-29), les autres changements une modification (art. L. 143-32), sauf exceptions. Ces articles ont changé en 2025 (loi n° 2025-1129) : vérifiez leur rédaction sur Légifrance. Ce constat aide à décider, il ne décide pas."
_BEFORE = "La version de départ n'était pas approuvée : la question n'est pas alors celle de la révision, mais celle de savoir si ce qui a été débattu (art. L. 143-18) ou arrêté reste le même projet ; après l'enquête, les changements ne doivent pas bouleverser l'équilibre du projet (art. L. 143-23, à vérifier)."


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
