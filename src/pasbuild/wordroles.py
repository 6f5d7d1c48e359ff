"""What each style of the Word file is for, in the words of those who restyle it.

One list, for the template that shows the styles and for the findings that name one that is missing.
"""

from __future__ import annotations

import re

from pasbuild.wordml import bookmark
from pasbuild.wordstyles import Role, Weight

_COVER: dict[str, str] = {
    'PASCouvertureSurtitre': "Couverture : ce qui surmonte le titre",
    'Title': "Couverture : titre du document",
    'PASCouvertureSousTitre': "Couverture : sous-titre",
    'PASCouvertureMentions': "Couverture : version, date et mentions",
}
_OPENER: dict[str, str] = {
    'PASDynamiqueEtiquette': "Page d'ouverture : rang de la grande dynamique",
    'PASDynamique': "Page d'ouverture : nom de la grande dynamique",
    'PASDynamiqueAxe': "Page d'ouverture : un axe et son numéro",
}
_TITLES: dict[str, str] = {
    'PASPartie': "Mention au-dessus d'un titre de partie (« Annexe 2 »)",
    'PASTitrePartie': "Titre d'une partie qui porte une mention",
    'PASSurtitre': "Surtitre d'une partie",
    'Subtitle': "Sous-titre d'une partie",
    'PASChapeau': "Chapeau, en tête de partie",
    'Heading1': "Titre d'une partie",
    'Heading2': "Titre de deuxième rang",
    'Heading3': "Titre de troisième rang",
    'Heading4': "Titre de quatrième rang",
    'PASAxe': "Titre d'un axe, numéroté",
    'PASObjectif': "Titre d'un objectif, numéroté",
    'PASEnjeu': "Titre d'un enjeu, numéroté",
    'PASReponse': "Matières et enjeux auxquels répond un objectif",
}
_TEXT: dict[str, str] = {
    'Normal': "Base de tous les autres styles : police, taille, interligne",
    'BodyText': "Texte courant",
    'Quote': "Citation",
    'ListBullet': "Liste à puces, premier niveau",
    'ListBullet2': "Liste à puces, deuxième niveau",
    'ListBullet3': "Liste à puces, troisième niveau",
    'ListNumber': "Liste numérotée, premier niveau",
    'ListNumber2': "Liste numérotée, deuxième niveau",
    'ListNumber3': "Liste numérotée, troisième niveau",
    'ListContinue': "Suite d'un élément de liste, premier niveau",
    'ListContinue2': "Suite d'un élément de liste, deuxième niveau",
    'ListContinue3': "Suite d'un élément de liste, troisième niveau",
    'PASTerme': "Terme défini",
    'PASDefinition': "Définition d'un terme",
    'PASChiffreCle': "Chiffre clé",
    'PASEncadreTitre': "Encadré : titre",
    'PASEncadre': "Encadré : texte",
    'PASEncadrePuce': "Encadré : liste à puces",
    'PASConstatTitre': "Constat du diagnostic : titre",
    'PASConstat': "Constat du diagnostic : texte",
    'PASConstatPuce': "Constat du diagnostic : liste à puces",
    'PASMentions': "Mentions : maître d'ouvrage, crédits",
    'FootnoteText': "Note de bas de page",
}
_FIGURES: dict[str, str] = {
    'Caption': "Titre d'une figure ou d'un tableau",
    'PASFigure': "Paragraphe qui porte une figure",
    'PASLecture': "Exemple de lecture d'une figure",
    'PASEnTete': "Tableau : en-tête de colonne",
    'PASEnTeteNombre': "Tableau : en-tête d'une colonne de nombres",
    'PASCellule': "Tableau : texte",
    'PASCelluleNombre': "Tableau : nombre",
    'PASTotal': "Tableau : ligne de total",
    'PASTotalNombre': "Tableau : nombre de la ligne de total",
    'PASNoteTableau': "Remarque sous un tableau",
    'PASSource': "Source d'une figure ou d'un tableau",
}
_LISTINGS: dict[str, str] = {
    'TOCHeading': "Titre du sommaire et des mentions, hors sommaire",
    'TOC1': "Sommaire : premier rang",
    'TOC2': "Sommaire : deuxième rang",
    'TOC3': "Sommaire : troisième rang",
    'TableofFigures': "Listes des figures et des tableaux",
}
_PAGE: dict[str, str] = {
    'Header': "En-tête de page",
    'Footer': "Pied de page",
    'PASEnTetePaysage': "En-tête d'une page en largeur",
    'PASPiedPaysage': "Pied d'une page en largeur",
}
GROUPS: dict[str, dict[str, str]] = {
    'couverture': _COVER,
    'ouverture': _OPENER,
    'titres': _TITLES,
    'texte': _TEXT,
    'figures': _FIGURES,
    'listes': _LISTINGS,
    'pages': _PAGE,
}
"""Role of each paragraph style, in the order they are shown."""
WORDS: dict[str, str] = {
    'Strong': "passage important",
    'Emphasis': "passage accentué",
    'PASTexteFortAccentue': "passage important et accentué",
    'PASValeur': "nombre pris dans les données",
    'PASValeurChiffre': "nombre d'un chiffre clé",
    'PASExposant': "exposant",
    'Hyperlink': "lien",
    'PASRenvoi': "renvoi",
    'PASARenseigner': "passage à renseigner",
    'PASEtiquette': "numéro d'un titre de figure ou de tableau",
    'FootnoteReference': "appel de note",
}
"""Role of each character style. A combination that is not here (a value in bold…) is made from these."""
SHOWN: frozenset[tuple[Role, Weight]] = frozenset({('texte', 'fort-accentue'), ('valeur', 'chiffre')})
"""Combinations of a role and a weight that the template shows besides the roles themselves."""
_ROLES = {key: said for group in GROUPS.values() for key, said in group.items()}


def role(key: str) -> str:
    """Return what a style is for; a variant of an accent says whose colour it has. Raises KeyError on another style."""
    if key in WORDS:
        return f"Dans le texte : {WORDS[key]}"
    if key in _ROLES:
        return _ROLES[key]
    base, accent = re.fullmatch(r'(.*?)(\d+)', key).groups()  # type: ignore[union-attr]
    return f"{_ROLES[base]} (couleur {accent})"


def role_mark(key: str) -> str:
    """Return the bookmark that the sample of a style carries: it says the role whatever the style is called."""
    return bookmark(role_id(key))


def role_id(key: str) -> str:
    """Return the identifier of a role, in the form of a block's."""
    return f'role-{key.lower()}'


def page_id(layout: str) -> str:
    """Return the identifier of a kind of page, in the form of a block's."""
    return f'page-{layout}'
