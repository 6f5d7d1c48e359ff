"""The data: tables of content/data/, described and checked against ``sources.yaml``.

Why: in an official document each number has a producer, a date and a perimeter. A table that is not declared is not
read; a cell that does not fit its column is a finding with file, line and column name. Reading never stops at the first
fault.
"""

from __future__ import annotations

import datetime
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pasbuild.diagnostics import nearest
from pasbuild.project import Texte
from pasbuild.typography import NBSP, NNBSP, french_date, group_thousands

Scalar = str | int | float | datetime.date | None
RowMap = Mapping[str, Scalar]
SOURCES = 'content/data/sources.yaml'


class Colonne(BaseModel):
    """A column: type, and how its values print."""

    model_config = ConfigDict(extra='forbid', frozen=True)

    type: Literal['texte', 'entier', 'nombre', 'date'] = 'texte'
    titre: Texte = ''
    unite: str = ''
    decimales: int | None = Field(None, ge=0, le=6)
    signe: bool = Field(default=False, description="Afficher le « + » des valeurs positives.")
    sans_separateur: bool = Field(default=False, description="Pas d'espace de milliers (années, codes).")
    facultatif: bool = Field(default=False, description="Accepter une cellule vide.")
    total: float | None = Field(None, description="Somme annoncée par la source : la colonne doit tomber juste.")
    calcul: str = Field(
        '', description="« evolution a b », « part a b », « ecart a b », « somme a b … », « rapport a b »."
    )


class Source(BaseModel):
    """A table of content/data/ and where it comes from."""

    model_config = ConfigDict(extra='forbid', frozen=True)

    fichier: str
    feuille: str = Field('', description="Feuille du classeur (XLSX, ODS).")
    titre: Texte = Field(min_length=3)
    producteur: Texte = Field(min_length=2)
    source: Texte = ''
    adresse: str = Field('', pattern=r'^(https?://\S+)?$')
    date: str = Field(
        description="Date de parution ou de relevé : AAAA, AAAA-MM ou AAAA-MM-JJ.", coerce_numbers_to_str=True
    )
    licence: Texte
    perimetre: Texte
    statut: Literal['observe', 'estime', 'a-verifier'] = 'observe'
    derivation: Texte = Field('', description="Ce qui a été fait à la table d'origine.")
    cle: str = Field('', description="Colonne, ou colonnes séparées par une espace, qui désignent une ligne.")
    valeur: str = Field('', description="Colonne citée par défaut.")
    unite_par_ligne: str = ''
    decimales_par_ligne: str = ''
    source_par_ligne: str = ''
    statut_par_ligne: str = ''
    colonnes: dict[str, Colonne] = Field(min_length=1)


@dataclass(frozen=True)
class Dataset:
    """A table as read: typed rows, computed columns included; for GeoJSON, ``geometries`` runs parallel to ``rows``.

    ``decided``: what the project itself sets (trajectory, armature). It cites no source, and an empty cell is not "not
    available" but still to be supplied.
    """

    id: str
    source: Source
    rows: tuple[RowMap, ...]
    geometries: tuple[dict[str, Any], ...] = ()
    sha256: str = ''
    decided: bool = False

    def key(self, row: RowMap) -> str:
        """Return the key by which the text cites a row (``henin-beaumont``)."""
        return '-'.join(slug(row[name]) for name in self.source.cle.split())

    def select(self, filtre: str = '', tri: str = '', lignes: int | None = None) -> tuple[int, ...]:
        """Return the indexes of the rows kept, in order. Raises ValueError (in French) on a filter that cannot be read."""
        keep = parse_filter(filtre, self.source.colonnes) if filtre else lambda _row: True
        indexes = [index for index, row in enumerate(self.rows) if keep(row)]
        if tri:
            name = tri.removeprefix('-')
            check_column(name, self.source.colonnes)
            indexes.sort(key=lambda index: sort_key(self.rows[index][name]), reverse=tri.startswith('-'))
        return tuple(indexes[:lignes])


Data = Mapping[str, Dataset]


def slug(value: Scalar) -> str:
    """Return a value as a key: lower case, no accents, everything else a hyphen ("Hénin-Beaumont" → henin-beaumont)."""
    text = unicodedata.normalize('NFKD', str(value).replace('œ', 'oe').replace('Œ', 'oe'))
    text = ''.join(char for char in text if not unicodedata.combining(char)).lower()
    return re.sub(r'[^a-z0-9]+', '-', text).strip('-')


def sort_key(value: Scalar) -> tuple[int, float, str]:
    """Order cells: empty ones first, then numbers, then texts without regard to accents."""
    if value is None:
        return (0, 0.0, '')
    if isinstance(value, int | float):
        return (1, float(value), '')
    return (2, 0.0, slug(value))


def check_column(name: str, colonnes: Mapping[str, Colonne]) -> None:
    """Raise ValueError, naming the nearest column, when ``name`` is not one."""
    if name not in colonnes:
        raise ValueError(f"La colonne « {name} » n'existe pas. {nearest(name, colonnes)}")


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    '>=': operator.ge,
    '<=': operator.le,
    '!=': operator.ne,
    '>': operator.gt,
    '<': operator.lt,
    '=': operator.eq,
}


def parse_filter(text: str, colonnes: Mapping[str, Colonne]) -> Callable[[RowMap], bool]:
    """Return the test « colonne>=valeur » stands for. Empty cells never pass. Raises ValueError, in French."""
    match = re.fullmatch(r'\s*([\w-]+)\s*(>=|<=|!=|=|>|<)\s*(.+?)\s*', text)
    if match is None:
        raise ValueError(f"Le filtre « {text} » ne se lit pas : écrivez « colonne>=valeur ».")
    name, symbol, wanted = match.groups()
    check_column(name, colonnes)
    compare = _OPERATORS[symbol]
    if colonnes[name].type in ('entier', 'nombre'):
        try:
            bound = float(wanted.replace(',', '.'))
        except ValueError:
            raise ValueError(f"Dans le filtre « {text} », « {wanted} » n'est pas un nombre.") from None
        return lambda row: (cell := row[name]) is not None and compare(cell, bound)
    return lambda row: (cell := row[name]) is not None and compare(str(cell), wanted)


# --- printing ---------------------------------------------------------------------------------------------------------


def format_number(
    value: float, decimals: int | None = None, unit: str = '', *, sign: bool = False, grouped: bool = True
) -> str:
    """Return a number as French typography wants it: « 1 051,2 hab/km² », « −0,8 % ».

    Thousands take a narrow no-break space, the unit a no-break space, negatives U+2212. ``decimals`` None keeps the
    decimals the number has (at most six).
    """
    digits = _rounded(value, 6).rstrip('0').rstrip('.') if decimals is None else _rounded(value, decimals)
    whole, _, fraction = digits.partition('.')
    text = (group_thousands(whole) if grouped else whole) + (f',{fraction}' if fraction else '')
    is_zero = not any(char in '123456789' for char in digits)
    prefix = '' if is_zero else '−' if value < 0 else '+' if sign else ''
    return f'{prefix}{text}\u00a0{unit}' if unit else f'{prefix}{text}'


def _rounded(value: float, decimals: int) -> str:
    """Return the absolute value with so many decimals, halves away from zero as statisticians print them (0,25 → 0,3)."""
    exact = Decimal(repr(abs(value)))
    return f'{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, Context(prec=400)):f}'


def format_cell(value: Scalar, colonne: Colonne, *, unit: bool = False) -> str:
    """Return a cell as printed in a table; empty cells print as « n. d. » (non disponible)."""
    match value:
        case None:
            return "n.\u00a0d."
        case int() | float():
            shown = colonne.unite if unit else ''
            return format_number(
                value, colonne.decimales, shown, sign=colonne.signe, grouped=not colonne.sans_separateur
            )
        case datetime.date():
            return french_date(value)
        case str():
            return value


def source_line(datasets: Sequence[Dataset], complement: str = '') -> str:
    """Return « Source : Insee, populations de référence, 2025. » for the tables a figure or a table prints."""
    texts = list(dict.fromkeys(cite(dataset.source) for dataset in datasets if not dataset.decided))
    if complement:
        texts.append(complement.rstrip('.'))
    if not texts:
        return ''
    word = "Sources" if len(texts) > 1 else "Source"
    return f"{word}{NBSP}: {f'{NNBSP}; '.join(texts)}."


def cite(source: Source) -> str:
    """Return producer, title of the publication and date of a source."""
    title = source.source or source.titre
    parts = [source.producteur] if source.producteur in title else [source.producteur, title]
    if source.producteur in title:
        parts = [title]
    return ', '.join([*parts, french_date(source.date)])
