"""What reviewers sent back and what the syndicate decides of it: one file of ``content/avis/retours/`` for each returned Word file.

Why one file for both: the person who decides reads who wanted what, before and after, and writes the decision beside it.
Import never loses a decision: the same change keeps the same identity, and its decision with it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pasbuild.changes import Kind, State

FOLDER = 'content/avis/retours'
VERSION: Literal[1] = 1
Decision = Literal['', 'accepter', 'refuser']
Suite = Literal['', 'appliquée', 'refusée']
"""Empty: open. A change accepted with ``texte`` takes that text instead of the reviewer's."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class Modification(_Strict):
    """One change a reviewer made."""

    id: Annotated[str, Field(description="Identifiant, le même si le fichier est relu.")]
    genre: Kind
    blocs: Annotated[tuple[str, ...], Field(description="Blocs du texte concernés, dans l'ordre.")] = ()
    apres_bloc: Annotated[str, Field(description="Pour un ajout ou un déplacement : le bloc qui précède.")] = ''
    auteurs: Annotated[tuple[str, ...], Field(description="Qui l'a suivie ; vide si personne.")] = ()
    date: Annotated[str, Field(description="Date et heure écrites par le traitement de texte.")] = ''
    suivi: Annotated[bool, Field(description="Faite avec le suivi des modifications.")] = True
    etat: Annotated[State, Field(description="« placé » : peut s'appliquer. Sinon, à une personne de voir.")] = 'placé'
    source: Annotated[str, Field(description="Pour ce qui est fabriqué : ce qu'il faut changer.")] = ''
    detail: str = ''
    avant: Annotated[tuple[str, ...], Field(description="Texte envoyé, en Markdown, un élément par bloc.")] = ()
    apres: Annotated[tuple[str, ...], Field(description="Texte rendu, en Markdown.")] = ()
    decision: Annotated[Decision, Field(description="À remplir : accepter ou refuser.")] = ''
    texte: Annotated[
        tuple[str, ...] | None, Field(description="À remplir, si besoin : le texte retenu au lieu du texte rendu.")
    ] = None
    motif: Annotated[str, Field(description="À remplir : pourquoi. Demandé pour un refus.")] = ''
    suite: Annotated[Suite, Field(description="Écrit par le programme une fois la décision inscrite au registre.")] = ''


class Commentaire(_Strict):
    """One comment, or an answer to one."""

    id: str
    auteur: str
    date: str = ''
    texte: str
    citation: Annotated[str, Field(description="Les mots commentés.")] = ''
    blocs: tuple[str, ...] = ()
    repond_a: Annotated[str, Field(description="Commentaire auquel celui-ci répond.")] = ''
    resolu: bool = False
    reponse: Annotated[str, Field(description="À remplir : la réponse du syndicat.")] = ''


class Retour(_Strict):
    """One returned file."""

    version: Literal[1] = VERSION
    export: Annotated[str, Field(pattern='^[0-9a-f]{12}$', description="Envoi dont ce fichier est le retour.")]
    relecteur: str
    fichier: Annotated[str, Field(description="Nom du fichier reçu.")]
    sha256: Annotated[str, Field(pattern='^[0-9a-f]{64}$', description="Empreinte du fichier reçu.")]
    modifications: tuple[Modification, ...] = ()
    commentaires: tuple[Commentaire, ...] = ()
    regles: Annotated[
        tuple[str, ...], Field(description="Commentaires envoyés que ce fichier donne comme réglés : « retour/id ».")
    ] = ()
    remarques: Annotated[tuple[str, ...], Field(description="Ce qui n'a pas été lu, et pourquoi.")] = ()


def identify(genre: str, blocs: tuple[str, ...], avant: tuple[str, ...], apres: tuple[str, ...], rank: int = 0) -> str:
    """Return the identity of a change; ``rank`` tells equal changes of one file apart."""
    written = json.dumps((genre, blocs, avant, apres, rank), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:8]
