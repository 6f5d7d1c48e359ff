"""The legal catalogue as data: rule packs, dated and sourced, and the matters of article L141-3 they name.

Why data and not code: the law moves, and a planner or a lawyer must be able to read and correct it. Python holds only
the named checks the rules call (``rules.py``).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pasbuild.typography import typeset

PACKS = ('code-urbanisme-pas', 'accessibilite')
"""Files of ``legal/`` whose rules ``rules.py`` judges, in the order of the report."""

Texte = Annotated[str, AfterValidator(typeset)]
Regime = Literal['avant_huwart', 'apres_huwart', 'tous']


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class EnVigueur(_Strict):
    """When a rule binds: from ``du`` (included) to ``au`` (excluded; None: still in force)."""

    du: datetime.date
    au: datetime.date | None = None

    def includes(self, day: datetime.date) -> bool:
        """Tell whether the law of ``day`` has the rule."""
        return self.du <= day and (self.au is None or day < self.au)


class Regle(_Strict):
    """One rule: a paraphrase with its article, how sure its source is, and the check it calls."""

    id: str
    titre: Texte
    enonce: Texte
    article: Texte
    degre: Literal['obligatoire', 'theme', 'facultatif']
    certitude: Literal['A', 'B', 'C']
    source: Texte
    en_vigueur: EnVigueur
    regime: Regime
    controle: Mapping[str, Any]
    matiere: str = ''
    court: Texte = ''

    def applies(self, day: datetime.date, regime: str) -> bool:
        """Tell whether the rule binds on ``day``; an undeclared regime ('') keeps the rules of both."""
        return self.en_vigueur.includes(day) and (not regime or self.regime in ('tous', regime))


class Paquet(_Strict):
    """A rule pack: one file of ``legal/``."""

    id: str
    version: str
    titre: Texte
    source: Texte
    en_vigueur: EnVigueur
    regles: tuple[Regle, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Matiere:
    """One matter of an article. ``id`` is what authors write (``L141-3/habitat``); ``degre``: obligatoire or theme.

    ``court``: its name where there is little room, ``titre`` when the pack gives none.
    """

    id: str
    titre: str
    degre: str
    court: str


@cache
def packs() -> tuple[Paquet, ...]:
    """Return the rule packs; what a rule does not say (source, dates, regime) is what its pack says."""
    return tuple(_read(name) for name in PACKS)


def _read(name: str) -> Paquet:
    text = (files('pasbuild') / 'legal' / f'{name}.yaml').read_text(encoding='utf-8')
    pack = yaml.load(text, yaml.CSafeLoader)
    shared = {'source': pack['source'], 'en_vigueur': pack['en_vigueur'], 'regime': pack.pop('regime')}
    rules = [{**shared, **rule, 'id': key} for key, rule in pack.pop('regles').items()]
    return Paquet(**pack, regles=tuple(Regle(**rule) for rule in rules))


@cache
def matieres() -> dict[str, Matiere]:
    """Return the matters of L141-3 by id, in the order of the article (PAS-06 to PAS-19 of the catalogue)."""
    rules = [rule for pack in packs() for rule in pack.regles if rule.matiere]
    found = [Matiere(f'L141-3/{rule.matiere}', rule.titre, rule.degre, rule.court or rule.titre) for rule in rules]
    return {matter.id: matter for matter in found}
