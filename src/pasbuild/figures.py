"""Figures as planners declare them: one YAML file each, one model for each type.

Why: a figure is content. Its title, alternative text, reading and data are checked by ``pasbuild check`` in
milliseconds; ``charts.py`` and ``maps.py`` (matplotlib, shapely) are imported only when something must be drawn.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pasbuild.model import Width
from pasbuild.project import Texte


class _Spec(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True, allow_inf_nan=False)


class Figure(_Spec):
    """What every figure says of itself, whatever its type."""

    titre: Texte = Field(min_length=1)
    texte_alternatif: Texte = Field(min_length=20, description="Ce que montre la figure, pour qui ne la voit pas.")
    lecture: Texte = Field('', description="Exemple de lecture, en une phrase.")
    complement_source: Texte = Field('', description="Ajout à la ligne de source, qui vient des données.")
    largeur: Width = 'colonne'
    hauteur: float = Field(62, gt=15, le=230, description="Hauteur du dessin, en millimètres.")

    def tables(self) -> tuple[str, ...]:
        """Names of the data tables the figure reads, the main one first."""
        return ()


class DataFigure(Figure):
    """A figure drawn from the rows of one table."""

    donnees: str = Field(description="Table de content/data/sources.yaml.")
    filtre: str = Field('', description="Garde certaines lignes : « epci=CALL », « annee>=2010 ».")
    tri: str = Field('', description="Colonne de tri ; « - » devant pour l'ordre décroissant.")
    lignes: int | None = Field(None, gt=0, description="Nombre de lignes gardées.")

    def tables(self) -> tuple[str, ...]:
        """Name the table it draws."""
        return (self.donnees,)


class Serie(_Spec):
    """One series: a column of the table and the name printed beside it."""

    colonne: str
    nom: Texte = ''


class Repere(_Spec):
    """A labelled reference line or point: "objectif du SCoT de 2008"."""

    valeur: float
    texte: Texte


class Lignes(DataFigure):
    """Curves over time, labelled at their end (no legend to look up)."""

    type: Literal['lignes']
    x: str
    series: tuple[Serie, ...] = Field(min_length=1)
    depuis_zero: bool = True
    reperes: tuple[Repere, ...] = ()


class Aires(DataFigure):
    """Stacked areas over time."""

    type: Literal['aires']
    x: str
    series: tuple[Serie, ...] = Field(min_length=1)


class Barres(DataFigure):
    """Bars: one series, grouped or stacked, vertical or horizontal."""

    type: Literal['barres']
    x: str
    series: tuple[Serie, ...] = Field(min_length=1)
    disposition: Literal['groupees', 'empilees'] = 'groupees'
    sens: Literal['verticales', 'horizontales'] = 'verticales'
    accentuer: tuple[str, ...] = Field((), description="Libellés de x à mettre en couleur, les autres en gris.")
    reperes: tuple[Repere, ...] = ()


class Pyramide(DataFigure):
    """Population structure: age classes up the middle, two series (two years, or women and men) left and right."""

    type: Literal['pyramide']
    age: str
    gauche: Serie
    droite: Serie


class Pentes(DataFigure):
    """Slopes (two dates, one line per row) or dumbbells (two values on one axis, one row each)."""

    type: Literal['pentes']
    x: str
    debut: Serie
    fin: Serie
    forme: Literal['pentes', 'halteres'] = 'pentes'


class Parts(DataFigure):
    """Shares of a whole as one horizontal band, each part labelled: never a pie."""

    type: Literal['parts']
    x: str
    valeur: str


class Chiffre(_Spec):
    """One key figure: a value key as in the text (``faits.friches``) and the words under it."""

    valeur: str
    texte: Texte


class Chiffres(Figure):
    """Strip of key figures."""

    type: Literal['chiffres']
    chiffres: tuple[Chiffre, ...] = Field(min_length=2, max_length=6)


class Etape(_Spec):
    """One step of a timeline. ``date``: "2023-03-13", "2023-03" or "2023"; none when it is still to be supplied."""

    date: str | None = None
    fin: str | None = None
    quand: Texte = Field('', description="Ce qui s'écrit à la place d'une date : « à venir », « printemps 2027 ».")
    texte: Texte
    precision: Texte = Field('', description="Ce qui s'écrit sous l'étape, en plus petit.")
    fait: bool = True
    etat: bool = Field(False, description="Repère : où en est le document à cette date.")


class Frise(Figure):
    """Timeline of a procedure; steps without a date stand at the end as "à renseigner"."""

    type: Literal['frise']
    etapes: tuple[Etape, ...] = ()
    depuis: Literal['', 'procedure'] = Field('', description="Ajoute les étapes de la procédure de dossier.yaml.")


class Fond(_Spec):
    """A background layer: neighbours in pale grey, with or without their names (``nom``: column of the label)."""

    donnees: str
    nom: str = ''


class MapFigure(DataFigure):
    """A map: rows joined to the contours of the communes, over background layers."""

    contours: str = Field(description="Table géographique (GeoJSON) des communes.")
    jointure: str = Field('code', description="Colonne commune aux données et aux contours.")
    fonds: tuple[Fond, ...] = ()
    nom: str = Field('nom', description="Colonne du nom des communes.")
    etiquettes: tuple[str, ...] = Field((), description="Communes nommées sur la carte ; « * » pour toutes.")
    echelle: bool = True
    marge: float = Field(0.06, ge=0, le=3, description="Espace autour du périmètre, en part de sa largeur.")

    def tables(self) -> tuple[str, ...]:
        """Name the table it draws, the contours, then the background layers."""
        return tuple(dict.fromkeys((self.donnees, self.contours, *(fond.donnees for fond in self.fonds))))


class Classe(_Spec):
    """A class of a choropleth: values from ``de`` (included; none: no lower bound), or the category ``egal``."""

    de: float | None = None
    egal: str | None = None
    texte: Texte
    couleur: str = Field('', description="#RRGGBB, ou vide : la palette du thème.")


class Carte(MapFigure):
    """Choropleth of the communes: numeric classes in rising order, or categories (``egal``)."""

    type: Literal['carte']
    colonne: str
    classes: tuple[Classe, ...] = Field(min_length=2, max_length=7)
    palette: Literal['divergente', 'sequentielle', 'categories'] = 'sequentielle'
    legende: Texte = ''


class CarteSymboles(MapFigure):
    """Proportional symbols: circle area follows the value; colour follows ``couleur_par`` (a category) if given."""

    type: Literal['carte-symboles']
    colonne: str
    couleur_par: str = ''
    legende: Texte = ''
    reperes: tuple[float, ...] = Field((), description="Valeurs des cercles de la légende.")


class Pole(_Spec):
    """A place of a schematic map: a commune of the contours, its rank (1 is the largest dot)."""

    commune: str
    rang: int = Field(2, ge=1, le=4)
    texte: Texte = ''


class Liaison(_Spec):
    """A link between places, in order: a line of public transport, a landscape continuity."""

    texte: Texte
    communes: tuple[str, ...] = Field(min_length=2)
    trait: Literal['plein', 'tirets', 'points'] = 'plein'


class Armature(MapFigure):
    """Schematic map: places as dots sized by rank, links between them, communes in the background."""

    type: Literal['armature']
    poles: tuple[Pole, ...] = ()
    depuis: Literal['', 'armature'] = Field('', description="Ajoute les communes de content/armature.yaml.")
    liaisons: tuple[Liaison, ...] = ()
    rangs: tuple[Texte, ...] = Field((), description="Nom de chaque rang dans la légende, du premier au dernier.")


class TrancheTrace(_Spec):
    """One period of the land trajectory: hectares a year, or none when it is still to be supplied."""

    debut: int
    fin: int
    valeur: float | None = None
    texte: Texte = ''
    nature: Literal['observe', 'prevu', 'objectif'] = 'objectif'


class Trajectoire(Figure):
    """Land trajectory by ten-year tranches; a tranche without value is an empty, hatched slot "à renseigner"."""

    type: Literal['trajectoire']
    unite: str = 'ha/an'
    tranches: tuple[TrancheTrace, ...] = ()
    depuis: Literal['', 'trajectoire'] = Field('', description="Ajoute les tranches de content/trajectoire.yaml.")
    donnees: str = Field('', description="Table citée comme source.")

    def tables(self) -> tuple[str, ...]:
        """Name the table cited as the source, if any."""
        return (self.donnees,) if self.donnees else ()


class Correspondance(Figure):
    """Matrix of the objectives and the matters of article L141-3, drawn from the document itself."""

    type: Literal['correspondance']
    largeur: Width = 'large'
    hauteur: float = Field(
        20, gt=15, le=230, description="Hauteur minimale, en millimètres : le dessin prend la sienne."
    )


class Python(Figure):
    """Escape hatch: ``dessiner(figure, donnees, theme)`` of a file beside this one draws on a matplotlib figure."""

    type: Literal['python']
    fichier: str = Field(pattern=r'^[a-z0-9_]+\.py$')
    donnees: tuple[str, ...] = ()
    colonnes: tuple[str, ...] = Field((), description="Colonnes de la première table à imprimer en annexe.")
    carte: bool = False

    def tables(self) -> tuple[str, ...]:
        """Name every table given to the function."""
        return self.donnees


AnyFigure = Annotated[
    Lignes
    | Aires
    | Barres
    | Pyramide
    | Pentes
    | Parts
    | Chiffres
    | Frise
    | Carte
    | CarteSymboles
    | Armature
    | Trajectoire
    | Correspondance
    | Python,
    Field(discriminator='type'),
]
"""Any figure file."""


def label(spec: AnyFigure) -> str:
    """Return the word printed before the number: maps and figures are numbered apart."""
    return "Carte" if isinstance(spec, Carte | CarteSymboles | Armature) or getattr(spec, 'carte', False) else "Figure"
