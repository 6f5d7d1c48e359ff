"""What the Géoportail de l'urbanisme expects of a SCoT: the standard of the CNIG as dated data, and the names it forms."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

UNKNOWN_DATE = '00000000'
"""DATAPPRO of a document not yet approved, or approved in the future (standard, § 4.3)."""
PROCEDURE = 'Pieces_ecrites/0_Procedure'
GEOGRAPHY = 'Donnees_geographiques'
TABLE_FORMATS = ('dbf', 'csv', 'gml', 'gpkg', 'tab')
_D8 = '[0-9]{8}'


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class ModelPiece(_Strict):
    """A written piece: its folder, and whether a package without it is refused."""

    dossier: str
    obligatoire: bool
    titre: str


class Column(_Strict):
    """A column of a table."""

    longueur: int
    valeur: bool
    forme: str = ''
    parmi: tuple[str, ...] = ()


class Metadata(_Strict):
    """Values the metadata sheet must hold."""

    langue: str
    type: str
    theme: str
    representation: str
    jeu_de_caracteres: str
    projection: str
    mots_cles: dict[str, str]


class Model(_Strict):
    """A version of the standard."""

    version: str
    date: datetime.date
    source: str
    specification: str
    dossiers: tuple[str, ...]
    pieces: dict[str, ModelPiece]
    tables: dict[str, dict[str, Column]]
    etats_finis: tuple[str, ...]
    metadonnees: Metadata


@cache
def model() -> Model:
    """Return the standard in force."""
    text = (files('pasbuild') / 'legal' / 'gpu.yaml').read_text(encoding='utf-8')
    return Model.model_validate(yaml.load(text, yaml.CSafeLoader))


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one package: they all carry the same SIREN, date and suffix."""

    siren: str
    date: str
    suffix: str = ''

    @property
    def root(self) -> str:
        """The folder, and IDURBA."""
        return f'{self.siren}_SCOT_{self.date}{self.suffix}'

    @property
    def metadata(self) -> str:
        """The metadata sheet."""
        return f'fr-{self.siren}-scot{self.date}.xml'

    def table(self, name: str) -> str:
        """A table, without its extension."""
        return f'{self.siren}_{name}_{self.date}{self.suffix}'

    def piece(self, designation: str) -> str:
        """A written piece."""
        return f'{self.siren}_{designation}_{self.date}{self.suffix}.pdf'

    def act(self, day: str, designation: str, procedure: str) -> str:
        """An act of the procedure, of a given day."""
        return f'{self.siren}_{day}_{designation}_{procedure}_{self.date}{self.suffix}.pdf'


def parse_root(name: str) -> Names | None:
    """Return the names a folder stands for, None when its name is not one of the standard."""
    match = re.fullmatch(rf'([0-9]{{9}})_SCOT_({_D8})(_[A-Z])?', name, re.IGNORECASE)
    return Names(match[1], match[2], (match[3] or '').upper()) if match and is_day(match[2]) else None


def is_day(text: str) -> bool:
    """Tell whether eight digits are a day of the calendar, or the unknown date."""
    if text == UNKNOWN_DATE:
        return True
    try:
        datetime.datetime.strptime(text, '%Y%m%d').replace(tzinfo=datetime.UTC)
    except ValueError:
        return False
    return len(text) == len(UNKNOWN_DATE)


def approval(day: datetime.date | None, today: datetime.date) -> str:
    """Return DATAPPRO: the day of the approval, or the unknown date when there is none or it is in the future."""
    return day.strftime('%Y%m%d') if day and day <= today else UNKNOWN_DATE


def act_pattern(names: Names) -> re.Pattern[str]:
    """Return the form of the name of an act of the procedure."""
    end = f'{names.date}{names.suffix}'
    procedure = r'(?:E|R|(?:RS|MEC|MS|M)[0-9]+)'
    return re.compile(rf'{names.siren}_({_D8})_([a-z_]+)_{procedure}_{end}\.pdf', re.IGNORECASE)


def annex_pattern(names: Names) -> re.Pattern[str]:
    """Return the form of the name of a free annex."""
    return re.compile(rf'{names.siren}_[a-z0-9_]+_{names.date}{names.suffix}\.pdf', re.IGNORECASE)
