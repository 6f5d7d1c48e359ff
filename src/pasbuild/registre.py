"""The ledger of the review: what each reviewer asked of each block, what was decided, and why.

It is the « tableau de suivi des avis » a syndicate must show: nothing leaves it. Kept by block of the text, with the words
concerned, so that an entry is understood long after the text has changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from pasbuild.changes import Kind
from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.project import Folder
from pasbuild.retourfile import Dumper, read_retours
from pasbuild.retours import Commentaire, Retour
from pasbuild.yamlfile import read_yaml, validate

REGISTRE = 'content/avis/registre.yaml'
KINDS: dict[Kind, str] = {
    'modifié': "Texte modifié",
    'inséré': "Passage ajouté",
    'supprimé': "Passage supprimé",
    'scindé': "Paragraphe coupé en deux",
    'fusionné': "Paragraphes réunis",
    'déplacé': "Passage déplacé",
    'mise en forme': "Mise en forme",
    'cellule': "Tableau modifié",
}
DECISIONS = {'': "à décider", 'accepter': "acceptée", 'refuser': "refusée"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class Suivi(_Strict):
    """A change that was decided."""

    id: str
    export: str
    retour: Annotated[str, Field(description="Nom du fichier du retour, sans « .yaml ».")]
    relecteur: str
    auteurs: tuple[str, ...] = ()
    date: str = ''
    genre: Kind
    avant: tuple[str, ...] = ()
    apres: tuple[str, ...] = ()
    decision: Literal['accepter', 'refuser']
    motif: str = ''
    resultat: Annotated[tuple[str, ...], Field(description="Texte retenu, un élément par paragraphe.")] = ()


class Remarque(_Strict):
    """A comment, with the answer of the syndicate."""

    id: str
    export: str
    retour: str
    relecteur: str
    auteur: str
    date: str = ''
    texte: str
    citation: str = ''
    repond_a: str = ''
    resolu: bool = False
    reponse: str = ''


class Suivis(_Strict):
    """What was said of one block."""

    modifications: tuple[Suivi, ...] = ()
    commentaires: tuple[Remarque, ...] = ()


class Registre(_Strict):
    """The whole ledger, by block of the text (that of the sending; empty: no block)."""

    version: Literal[1] = 1
    blocs: Annotated[dict[str, Suivis], Field(description="Par bloc du texte envoyé.")] = {}


def read_registre(folder: Folder, report: Report) -> Registre | None:
    """Return the ledger, an empty one when there is none, or None after findings."""
    if not (folder.root / REGISTRE).is_file():
        return Registre()
    text = folder.text(REGISTRE, Span(REGISTRE), report)
    source = read_yaml(text, REGISTRE, report) if text is not None else None
    return validate(Registre, source, report) if source is not None else None


def received(folder: Folder, report: Report) -> dict[str, Retour]:
    """Return the returned files of a dossier by name; those that cannot be read are findings."""
    return {name: known.retour for name, known in read_retours(folder, report).items()}


def as_yaml(registre: Registre) -> bytes:
    """Return the ledger as it is kept."""
    value = registre.model_dump(mode='json', exclude_defaults=True) | {'version': 1}
    text = yaml.dump(value, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)
    return f"# Registre des avis : écrit par « pasbuild review apply ».\n{text}".encode()


def recorded(registre: Registre, suivis: Iterable[tuple[str, Suivi]], retours: Mapping[str, Retour]) -> Registre:
    """Return the ledger with decisions (block, entry) and every comment received. An entry known already is replaced."""
    changes = {key: {one.retour + one.id: one for one in found.modifications} for key, found in registre.blocs.items()}
    comments = {key: {one.retour + one.id: one for one in found.commentaires} for key, found in registre.blocs.items()}
    for block, suivi in suivis:
        changes.setdefault(block, {})[suivi.retour + suivi.id] = suivi
    for name, retour in retours.items():
        for comment in retour.commentaires:
            block = comment.blocs[0] if comment.blocs else ''
            comments.setdefault(block, {})[name + comment.id] = remarque(name, retour, comment)
    known = {(one.retour, one.id) for suivis in registre.blocs.values() for one in suivis.commentaires if one.resolu}
    done = known | settled(retours.values())
    for entries in comments.values():  # what was settled stays so: a file says it once
        for key, one in entries.items():
            if (one.retour, one.id) in done:
                entries[key] = one.model_copy(update={'resolu': True})
    return Registre(
        blocs={
            key: Suivis(
                modifications=tuple(changes.get(key, {}).values()), commentaires=tuple(comments.get(key, {}).values())
            )
            for key in sorted(changes.keys() | comments.keys())
        }
    )


def settled(retours: Iterable[Retour]) -> frozenset[tuple[str, str]]:
    """Return the comments (file, identity) sent again that came back resolved."""
    split = (key.partition('/') for retour in retours for key in retour.regles)
    return frozenset((name, number) for name, _, number in split)


def remarque(name: str, retour: Retour, comment: Commentaire) -> Remarque:
    """Return a comment as the ledger keeps it."""
    said = comment.model_dump(exclude={'blocs'})
    return Remarque(export=retour.export, retour=name, relecteur=reviewer(retour), **said)


def reviewer(retour: Retour) -> str:
    """Return who a returned file is from: the reviewer it was sent to, else its first author, else its name."""
    authors = (author for change in retour.modifications for author in change.auteurs)
    return retour.relecteur or next(authors, '') or retour.fichier


def marked(text: str, suites: Mapping[str, str]) -> str:
    """Return the YAML of a returned file with what became of changes, by identity, written under each."""
    out: list[str] = []
    for line in text.split('\n'):
        found = re.match(r'(\s*-?\s+)id:\s*["\']?([0-9a-f]{8})["\']?\s*$', line)
        known = re.match(r'\s*suite:', line)
        if known and out and out[-1].lstrip().startswith('suite:'):
            continue
        out.append(line)
        if found and found[2] in suites:
            out.append(f'{" " * len(found[1])}suite: {suites[found[2]]}')
    return '\n'.join(out)
