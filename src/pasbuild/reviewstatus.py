"""Where a review stands: what was asked and by whom, what is decided, what is still open and where to decide it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from typing import Any, Protocol

from pasbuild.diagnostics import Report
from pasbuild.project import Folder
from pasbuild.registre import settled
from pasbuild.retourfile import Known, read_retours
from pasbuild.retours import Modification

STATES = ("applicable", "sans suivi", "en conflit", "à placer", "partie générée", "non applicable", "déjà faite")
"""What a change may be, in the order in which it is counted."""


class Standing(Protocol):
    """How a change stands against the others and the text of today."""

    @property
    def state(self) -> str:
        """``applicable``, ``en conflit``, ``déjà faite`` or ``non applicable``."""

    @property
    def others(self) -> tuple[str, ...]:
        """Changes it is in conflict with, by « retour/id »."""

    @property
    def reason(self) -> str:
        """Why it cannot be applied."""


Standings = Mapping[str, Standing]
"""By « retour/id »; empty when nothing was merged yet."""


def state_of(name: str, change: Modification, standings: Standings) -> str:
    """Return the state of a change in words, one of ``STATES``."""
    if change.etat != 'placé':
        return change.etat
    found = standings.get(f'{name}/{change.id}')
    if found is not None and found.state != 'applicable':
        return found.state
    return "applicable" if change.suivi else "sans suivi"


def describe(folder: Folder, report: Report, standings: Standings | None = None) -> dict[str, Any]:
    """Return counts by state and by reviewer, and what is open, as plain values."""
    retours = read_retours(folder, report)
    changes = [(name, one) for name, known in retours.items() for one in known.retour.modifications]
    counts = Counter(state_of(name, one, standings or {}) for name, one in changes)
    done = settled(known.retour for known in retours.values())
    opened = [_open(name, known, done) for name, known in retours.items()]
    return {
        'version': 1,
        'modifications': len(changes),
        'etats': {state: counts[state] for state in STATES if counts[state]},
        'decisions': {
            "acceptées": sum(one.decision == 'accepter' for _, one in changes),
            "refusées": sum(one.decision == 'refuser' for _, one in changes),
            "ouvertes": sum(not one.decision for _, one in changes),
        },
        'commentaires': sum(len(known.retour.commentaires) for known in retours.values()),
        'retours': opened,
    }


def _open(name: str, known: Known, done: Container[tuple[str, str]]) -> dict[str, Any]:
    retour = known.retour
    changes = [rank for rank, one in enumerate(retour.modifications) if not one.decision]
    comments = [
        rank
        for rank, one in enumerate(retour.commentaires)
        if not (one.reponse or one.resolu or (name, one.id) in done)
    ]
    paths = [('modifications', rank, 'decision') for rank in changes[:1]]
    paths += [('commentaires', rank, 'reponse') for rank in comments[:1]]
    first = known.source.span(paths[0]) if paths else None
    return {
        'relecteur': retour.relecteur,
        'envoi': retour.export,
        'retour': name,
        'modifications': len(retour.modifications),
        'commentaires': len(retour.commentaires),
        'ouvertes': len(changes),
        'sans_reponse': len(comments),
        'premiere': {'fichier': first.file, 'ligne': first.line} if first else None,
    }


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what ``describe`` found, for a terminal."""
    if not found['retours']:
        yield "Aucun retour : « pasbuild review import FICHIER… » reprend les copies relues."
        return
    yield f"{_count(found['modifications'], 'modification')}, {_count(found['commentaires'], 'commentaire')}"
    yield f"  état : {', '.join(f'{number} {state}' for state, number in found['etats'].items()) or 'aucun'}"
    yield f"  décisions : {', '.join(f'{number} {word}' for word, number in found['decisions'].items())}"
    for one in found['retours']:
        yield f"{one['relecteur'] or one['retour']} (envoi {one['envoi']})"
        yield f"  à décider : {one['ouvertes']} sur {one['modifications']} ; sans réponse : {_count(one['sans_reponse'], 'commentaire')}"
        if one['premiere']:
            yield f"  {one['premiere']['fichier']}:{one['premiere']['ligne']}"


def _count(number: int, word: str) -> str:
    return f'{number} {word}{"s" if number > 1 else ""}'
