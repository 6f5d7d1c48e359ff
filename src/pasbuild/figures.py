"""Figures as planners declare them: one YAML file each, read and checked without drawing anything.

Why: a figure is content. Its title, alternative text, reading and data are checked by ``pasbuild check`` in
milliseconds; ``charts.py`` and ``maps.py`` (matplotlib, shapely) are imported only when something must be drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pasbuild.attributes import check_id
from pasbuild.data import Data
from pasbuild.diagnostics import Report, nearest
from pasbuild.model import Span, Width
from pasbuild.project import Folder, Texte
from pasbuild.values import ValueNotFoundError, cite_value
from pasbuild.yamlfile import Yaml, read_yaml, validate


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


class _Data(Figure):
    donnees: str = Field(description="Table de content/data/sources.yaml.")
    filtre: str = Field('', description="Garde certaines lignes : « epci=CALL », « annee>=2010 ».")
    tri: str = Field('', description="Colonne de tri ; « - » devant pour l'ordre décroissant.")
    lignes: int | None = Field(None, gt=0, description="Nombre de lignes gardées.")

    def tables(self) -> tuple[str, ...]:
        return (self.donnees,)


class Serie(_Spec):
    """One series: a column of the table and the name printed beside it."""

    colonne: str
    nom: Texte = ''


class Repere(_Spec):
    """A labelled reference line or point: "objectif du SCoT de 2008"."""

    valeur: float
    texte: Texte


class Lignes(_Data):
    """Curves over time, labelled at their end (no legend to look up)."""

    type: Literal['lignes']
    x: str
    series: tuple[Serie, ...] = Field(min_length=1)
    depuis_zero: bool = True
    reperes: tuple[Repere, ...] = ()


class Aires(_Data):
    """Stacked areas over time."""

    type: Literal['aires']
    x: str
    series: tuple[Serie, ...] = Field(min_length=1)


class Barres(_Data):
    """Bars: one series, grouped or stacked, vertical or horizontal."""

    type: Literal['barres']
    x: str
    series: tuple[Serie, ...] = Field(min_length=1)
    disposition: Literal['groupees', 'empilees'] = 'groupees'
    sens: Literal['verticales', 'horizontales'] = 'verticales'
    accentuer: tuple[str, ...] = Field((), description="Libellés de x à mettre en couleur, les autres en gris.")
    reperes: tuple[Repere, ...] = ()


class Pyramide(_Data):
    """Population structure: age classes up the middle, two series (two years, or women and men) left and right."""

    type: Literal['pyramide']
    age: str
    gauche: Serie
    droite: Serie


class Pentes(_Data):
    """Slopes (two dates, one line per row) or dumbbells (two values on one axis, one row each)."""

    type: Literal['pentes']
    x: str
    debut: Serie
    fin: Serie
    forme: Literal['pentes', 'halteres'] = 'pentes'


class Parts(_Data):
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
    texte: Texte
    fait: bool = True


class Frise(Figure):
    """Timeline of a procedure; steps without a date stand at the end as "à renseigner"."""

    type: Literal['frise']
    etapes: tuple[Etape, ...] = Field(min_length=2)


class Fond(_Spec):
    """A background layer: neighbours in pale grey, with or without their names (``nom``: column of the label)."""

    donnees: str
    nom: str = ''


class _Map(_Data):
    contours: str = Field(description="Table géographique (GeoJSON) des communes.")
    jointure: str = Field('code', description="Colonne commune aux données et aux contours.")
    fonds: tuple[Fond, ...] = ()
    nom: str = Field('nom', description="Colonne du nom des communes.")
    etiquettes: tuple[str, ...] = Field((), description="Communes nommées sur la carte ; « * » pour toutes.")
    echelle: bool = True
    marge: float = Field(0.06, ge=0, le=3, description="Espace autour du périmètre, en part de sa largeur.")

    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.donnees, self.contours, *(fond.donnees for fond in self.fonds))))


class Classe(_Spec):
    """A class of a choropleth: values from ``de`` (included; none: no lower bound), or the category ``egal``."""

    de: float | None = None
    egal: str | None = None
    texte: Texte
    couleur: str = Field('', description="#RRGGBB, ou vide : la palette du thème.")


class Carte(_Map):
    """Choropleth of the communes: numeric classes in rising order, or categories (``egal``)."""

    type: Literal['carte']
    colonne: str
    classes: tuple[Classe, ...] = Field(min_length=2, max_length=7)
    palette: Literal['divergente', 'sequentielle', 'categories'] = 'sequentielle'
    legende: Texte = ''


class CarteSymboles(_Map):
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


class Armature(_Map):
    """Schematic map: places as dots sized by rank, links between them, communes in the background."""

    type: Literal['armature']
    poles: tuple[Pole, ...] = Field(min_length=1)
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
    tranches: tuple[TrancheTrace, ...] = Field(min_length=1)
    donnees: str = Field('', description="Table citée comme source.")

    def tables(self) -> tuple[str, ...]:
        """Name the table cited as the source, if any."""
        return (self.donnees,) if self.donnees else ()


class Python(Figure):
    """Escape hatch: ``dessiner(figure, donnees, theme)`` of a file beside this one draws on a matplotlib figure."""

    type: Literal['python']
    fichier: str = Field(pattern=r'^[a-z0-9_]+\.py$')
    donnees: tuple[str, ...] = ()
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
    | Python,
    Field(discriminator='type'),
]
"""Any figure file."""


def label(spec: AnyFigure) -> str:
    """Return the word printed before the number: maps and figures are numbered apart."""
    return "Carte" if isinstance(spec, Carte | CarteSymboles | Armature) or getattr(spec, 'carte', False) else "Figure"


# --- reading and checking ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FigureFile:
    """A figure and the file it was read from; its id is the name of the file."""

    id: str
    spec: AnyFigure
    yaml: Yaml

    @property
    def span(self) -> Span:
        """The first line of its file."""
        return Span(self.yaml.file, 1)


def read_figures(folder: Folder, data: Data, report: Report) -> dict[str, FigureFile]:
    """Read every ``figures/*.yaml`` and check it against the data; a faulty figure is reported, the others are kept."""
    figures: dict[str, FigureFile] = {}
    for path in sorted((folder.root / 'figures').glob('*.yaml')):
        name = f'figures/{path.name}'
        identifier = check_id(path.stem, Span(name), report)
        text = folder.text(name, Span(name), report) if identifier else None
        source = read_yaml(text, name, report) if text is not None else None
        spec = validate(AnyFigure, source, report) if source is not None else None
        if spec is not None and source is not None:
            figures[identifier] = FigureFile(identifier, spec, source)
            _check_figure(figures[identifier], data, folder, report)
    return figures


def _check_figure(figure: FigureFile, data: Data, folder: Folder, report: Report) -> None:
    spec = figure.spec
    unknown = [name for name in spec.tables() if name not in data]
    for name in unknown:
        report.add(
            'figure.donnees',
            figure.yaml.span(_place(spec, name)),
            f"La table « {name} » n'existe pas.",
            nearest(name, data),
        )
    if isinstance(spec, Python):
        folder.path(f'figures/{spec.fichier}', figure.yaml.span(('fichier',)), report)
    if unknown:
        return
    for table, path, column in _columns(spec):
        if column not in data[table].source.colonnes:
            message = f"La table « {table} » n'a pas de colonne « {column} »."
            report.add('figure.colonne', figure.yaml.span(path), message, nearest(column, data[table].source.colonnes))
    if isinstance(spec, Chiffres):
        _check_values(figure, spec, data, report)
    if isinstance(spec, _Data):
        _check_rows(figure, spec, data, report)
    if isinstance(spec, _Map):
        _check_map(figure, spec, data, report)


def _place(spec: AnyFigure, table: str) -> tuple[str | int, ...]:
    """Return where a figure names a table."""
    layers = [fond.donnees for fond in spec.fonds] if isinstance(spec, _Map) else []
    if table in layers:
        return 'fonds', layers.index(table)
    return ('contours',) if table == getattr(spec, 'contours', '') else ('donnees',)


def _columns(spec: AnyFigure) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """Yield the columns a figure names: table, place in its file, column."""
    if isinstance(spec, Lignes | Aires | Barres):
        yield spec.donnees, ('x',), spec.x
        for index, series in enumerate(spec.series):
            yield spec.donnees, ('series', index, 'colonne'), series.colonne
    elif isinstance(spec, Pyramide):
        yield spec.donnees, ('age',), spec.age
        yield spec.donnees, ('gauche', 'colonne'), spec.gauche.colonne
        yield spec.donnees, ('droite', 'colonne'), spec.droite.colonne
    elif isinstance(spec, Pentes):
        yield spec.donnees, ('x',), spec.x
        yield spec.donnees, ('debut', 'colonne'), spec.debut.colonne
        yield spec.donnees, ('fin', 'colonne'), spec.fin.colonne
    elif isinstance(spec, Parts):
        yield spec.donnees, ('x',), spec.x
        yield spec.donnees, ('valeur',), spec.valeur
    elif isinstance(spec, _Map):
        yield from _map_columns(spec)


def _map_columns(spec: _Map) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    yield spec.donnees, ('jointure',), spec.jointure
    yield spec.contours, ('jointure',), spec.jointure
    yield spec.contours, ('nom',), spec.nom
    if isinstance(spec, Carte | CarteSymboles):
        yield spec.donnees, ('colonne',), spec.colonne
    if isinstance(spec, CarteSymboles) and spec.couleur_par:
        yield spec.donnees, ('couleur_par',), spec.couleur_par
    for index, fond in enumerate(spec.fonds):
        if fond.nom:
            yield fond.donnees, ('fonds', index, 'nom'), fond.nom


def _check_values(figure: FigureFile, spec: Chiffres, data: Data, report: Report) -> None:
    for index, chiffre in enumerate(spec.chiffres):
        try:
            cite_value(chiffre.valeur, data)
        except ValueNotFoundError as error:
            span = figure.yaml.span(('chiffres', index, 'valeur'))
            report.add('donnee.valeur-introuvable', span, str(error), error.hint)


def _check_rows(figure: FigureFile, spec: _Data, data: Data, report: Report) -> None:
    try:
        kept = data[spec.donnees].select(spec.filtre, spec.tri, spec.lignes)
    except ValueError as error:
        report.add('figure.filtre', figure.yaml.span(('filtre' if spec.filtre else 'tri',)), str(error))
        return
    if not kept:
        hint = "Élargissez le filtre, ou vérifiez la table."
        report.add('figure.vide', figure.yaml.span(('filtre',)), "Aucune ligne ne passe le filtre.", hint)


def _check_map(figure: FigureFile, spec: _Map, data: Data, report: Report) -> None:
    for path, table in ((('contours',), spec.contours), *((('fonds', i), f.donnees) for i, f in enumerate(spec.fonds))):
        if not data[table].geometries:
            hint = "Prenez une table GeoJSON."
            report.add('figure.donnees', figure.yaml.span(path), f"La table « {table} » n'a pas de contours.", hint)
    if spec.nom not in data[spec.contours].source.colonnes:
        return
    names = {str(row[spec.nom]) for row in data[spec.contours].rows}
    for path, name in _communes(spec):
        if name not in names:
            message = f"La commune « {name} » n'est pas dans « {spec.contours} »."
            report.add('figure.commune', figure.yaml.span(path), message, nearest(name, names))


def _communes(spec: _Map) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield from ((('etiquettes', index), name) for index, name in enumerate(spec.etiquettes) if name != '*')
    if isinstance(spec, Armature):
        yield from ((('poles', index, 'commune'), pole.commune) for index, pole in enumerate(spec.poles))
        for index, link in enumerate(spec.liaisons):
            yield from ((('liaisons', index, 'communes', rank), name) for rank, name in enumerate(link.communes))


@dataclass(frozen=True, slots=True)
class Query:
    """The rows and columns a figure draws: its data table, for readers who do not see it."""

    donnees: str
    colonnes: tuple[str, ...]
    filtre: str = ''


def query(spec: AnyFigure) -> Query | None:
    """Return what a figure draws from its main table, or None for a figure that carries its own words."""
    if not isinstance(spec, _Data):
        return None
    columns = [column for table, _, column in _columns(spec) if table == spec.donnees]
    names = ['nom'] if isinstance(spec, _Map) else []
    return Query(spec.donnees, tuple(dict.fromkeys([*names, *columns])), spec.filtre)
