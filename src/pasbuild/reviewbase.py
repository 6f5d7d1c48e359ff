"""What was sent to a reviewer, paragraph by paragraph: the base every returned file is compared with.

Why a file of the dossier, not of the Word file: Word and LibreOffice keep the hidden bookmarks, little else. The base
holds what each bookmark showed and where it came from, as of the day of the sending. Committed with the sources, it lets
a file that comes back months later be read against what was really sent.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.project import Folder

FOLDER = 'content/avis/exports'
VERSION: Literal[1] = 1
MADE = "Parties fabriquées"
"""The part of what is in no file of the text."""

Genre = Literal[
    'paragraphe', 'titre', 'item', 'cellule', 'legende', 'note', 'terme', 'definition', 'citation', 'intitule',
    'remarque', 'figure', 'lecture', 'source', 'lien', 'etiquette', 'sommaire', 'mode-emploi', 'saut',
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """The document that was sent."""

    scot: str
    version: str
    etat: str
    date: datetime.date


@dataclass(frozen=True, slots=True)
class Bloc:
    """One paragraph of the Word file."""

    id: Annotated[str, Field(description="Identifiant du bloc du texte ; celui du signet pour ce qui est fabriqué.")]
    signet: Annotated[str, Field(description="Signet caché du paragraphe, unique sans égard à la casse.")]
    genre: Genre
    fichier: Annotated[str, Field(description="Fichier du texte, relatif au dossier ; vide s'il n'y en a pas.")]
    lignes: Annotated[
        tuple[int, int], Field(description="Première et dernière lignes, depuis 1 ; [0, 0] s'il n'y en a pas.")
    ]
    markdown: Annotated[
        str, Field(description="Le texte tel qu'il est écrit, sans la marque du bloc ni ses attributs.")
    ]
    texte: Annotated[
        str,
        Field(
            description="Ce que montre le paragraphe, sans appels de note ; tabulation et retour à la ligne compris."
        ),
    ]
    sha256: Annotated[str, Field(description="Empreinte de « markdown ».")]
    genere: Annotated[bool, Field(description="Fabriqué par le programme : ne se corrige pas ici.")] = False
    source: Annotated[str, Field(description="Pour ce qui est fabriqué : ce qu'il faut changer.")] = ''


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stood in what was sent: the titles of its part and just above it, and its order among the others."""

    bloc: Bloc
    part: str
    title: str
    order: tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Base:
    """One sending."""

    version: Literal[1]
    id: Annotated[str, Field(pattern='^[0-9a-f]{12}$')]
    relecteur: str
    parties: Annotated[tuple[str, ...], Field(description="Parties envoyées, par leur nom dans dossier.yaml.")]
    dossier: Sent
    outil: str
    sources_sha256: Annotated[str, Field(pattern='^[0-9a-f]{64}$')]
    blocs: Annotated[
        tuple[Bloc, ...], Field(description="Tous les paragraphes, dans l'ordre du document ; puis les notes.")
    ]


def identify(*parts: str) -> str:
    """Return the identifier of a sending: the same sources, reviewer and options give the same one."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:12]


def fingerprint(markdown: str) -> str:
    """Return the digest of a passage."""
    return hashlib.sha256(markdown.encode()).hexdigest()


def as_json(base: Base) -> bytes:
    """Return the base as it is kept, one line a paragraph so that a version control shows what changed."""
    fields = {name: getattr(base, name) for name in Base.__dataclass_fields__ if name != 'blocs'}
    fields['dossier'] = asdict(base.dossier) | {'date': base.dossier.date.isoformat()}
    names = [*Bloc.__dataclass_fields__]  # asdict copies each value: a quarter of a second
    blocs = ',\n'.join(f'  {_line({name: getattr(bloc, name) for name in names})}' for bloc in base.blocs)
    head = ',\n'.join(f' {_line(name)}: {_line(value)}' for name, value in fields.items())
    return f'{{\n{head},\n "blocs": [\n{blocs}\n ]\n}}\n'.encode()


def read_base(text: str, name: str, report: Report) -> Base | None:
    """Return the base written in ``text``, or None after a finding. ``name``: its file, in the finding."""
    found = _read(text)
    if isinstance(found, Base):
        return found
    code, message, hint = found
    report.add(code, Span(name), message, hint)
    return None


@lru_cache(maxsize=8)
def _read(text: str) -> Base | tuple[str, str, str]:
    """Return a base, or a code, a message and a hint. Kept: an import reads the same base three times, for three purposes."""
    try:
        written = json.loads(text)
    except ValueError:
        written = None
    version = written.get('version') if isinstance(written, dict) else None
    if type(version) is int and version > VERSION:
        message = (
            f"L'envoi est décrit sous une forme plus récente ({version}) que celle que lit ce programme ({VERSION})."
        )
        return 'revue.version', message, "Installez la version de pasbuild qui a fait cet envoi."
    try:
        return _adapter().validate_python(written)
    except ValidationError as error:
        place = '.'.join(map(str, error.errors(include_url=False)[0]['loc']))
        message = f"Ce n'est pas la description d'un envoi{f' : voir « {place} »' if place else ''}."
        hint = "Reprenez ce fichier du dépôt du dossier, tel qu'il a été écrit : il ne se modifie pas à la main."
        return 'revue.base', message, hint


@cache
def _adapter() -> TypeAdapter[Base]:
    return TypeAdapter(Base)


def read_places(folder: Folder, sendings: Iterable[str], report: Report) -> dict[str, dict[str, Place]]:
    """Return where each block stood, by sending then by block; a base that is not there or does not read is a finding."""
    return {key: dict(_places(_kept(folder, key, report))) for key in sorted({*sendings})}


def _kept(folder: Folder, key: str, report: Report) -> Base | None:
    name = f'{FOLDER}/{key}.json'
    text = folder.text(name, Span(name), report)
    return read_base(text, name, report) if text is not None else None


def _places(base: Base | None) -> Iterator[tuple[str, Place]]:
    """Yield each block with the title of its part and the title above it."""
    if base is None:
        return
    parts: dict[str, str] = {}
    title, seen = '', set[str]()
    for rank, bloc in enumerate(base.blocs):
        if bloc.genre == 'titre' and not bloc.genere:
            parts.setdefault(bloc.fichier, bloc.texte)
            title = bloc.texte
        part = MADE if bloc.genere and not bloc.fichier else parts.get(bloc.fichier, bloc.fichier)
        if bloc.id not in seen:
            seen.add(bloc.id)
            yield bloc.id, Place(bloc, part, title, (bloc.fichier or '~', bloc.lignes[0], rank))


_line = json.JSONEncoder(ensure_ascii=False).encode
"""One for all: ``json.dumps`` makes one a call, and there is a call a paragraph."""
