"""The legal catalogue as data: which matters article L141-3 names, and how objectives refer to them.

Why data and not code: the law moves, and a planner or a lawyer must be able to read and correct it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Matiere:
    """One matter of an article. ``id`` is what authors write (``L141-3/habitat``); ``degre``: obligatoire or theme."""

    id: str
    titre: str
    degre: str


@cache
def matieres() -> dict[str, Matiere]:
    """Return the matters of L141-3 by id, in the order of the article (PAS-06 to PAS-19 of the catalogue)."""
    text = (files('pasbuild') / 'legal' / 'l141-3.yaml').read_text(encoding='utf-8')
    entries = yaml.safe_load(text)['matieres']
    return {
        f'L141-3/{key}': Matiere(f'L141-3/{key}', entry['titre'].replace("'", '’'), entry['degre'])
        for key, entry in entries.items()
    }
