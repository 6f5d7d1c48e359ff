"""Figure files: read every ``figures/*.yaml``, check it against the data, and say which data it draws.

Why apart from ``figures.py``: that module says what a figure is; this one finds what is wrong with those of a dossier,
without drawing anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pasbuild.attributes import check_id
from pasbuild.data import Data
from pasbuild.diagnostics import Report, nearest
from pasbuild.figures import (
    Aires,
    AnyFigure,
    Armature,
    Barres,
    Carte,
    CarteSymboles,
    Chiffres,
    DataFigure,
    Frise,
    Lignes,
    MapFigure,
    Parts,
    Pentes,
    Pole,
    Pyramide,
    Python,
    Trajectoire,
    TrancheTrace,
)
from pasbuild.milestones import complete
from pasbuild.model import Span
from pasbuild.project import Dossier, Folder
from pasbuild.values import ValueNotFoundError, cite_value
from pasbuild.yamlfile import Yaml, read_yaml, validate

FEW_STEPS = 2
"""Below this number of steps there is no timeline."""


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


def read_figures(folder: Folder, data: Data, report: Report, dossier: Dossier | None = None) -> dict[str, FigureFile]:
    """Read every ``figures/*.yaml`` and check it against the data; a faulty figure is reported, the others are kept.

    ``dossier``: whose procedure timelines may show.
    """
    figures: dict[str, FigureFile] = {}
    for path in sorted((folder.root / 'figures').glob('*.yaml')):
        name = f'figures/{path.name}'
        identifier = check_id(path.stem, Span(name), report)
        text = folder.text(name, Span(name), report) if identifier else None
        source = read_yaml(text, name, report) if text is not None else None
        spec = validate(AnyFigure, source, report) if source is not None else None
        if spec is not None and source is not None:
            figures[identifier] = FigureFile(identifier, _complete(spec, data, dossier), source)
            _check_figure(figures[identifier], data, folder, report)
    return figures


def _complete(spec: AnyFigure, data: Data, dossier: Dossier | None) -> AnyFigure:
    """Return a figure with what it takes from the trajectory, the armature or the procedure of the project."""
    if isinstance(spec, Frise) and spec.depuis and dossier is not None:
        return complete(spec, dossier)
    if isinstance(spec, Trajectoire) and spec.depuis in data:
        rows = data[spec.depuis].rows
        known = [{'debut': row['debut'], 'fin': row['fin'], 'valeur': row['rythme_ha_an']} for row in rows]
        added = tuple(map(TrancheTrace.model_validate, known))
        return spec.model_copy(update={'tranches': spec.tranches + added})
    if isinstance(spec, Armature) and spec.depuis in data:
        levels = list(enumerate(data[spec.depuis].rows, 1))
        chosen = [(rank, name) for rank, row in levels if row['nombre'] for name in str(row['communes']).split(', ')]
        poles = tuple(Pole(commune=name, rang=min(rank, 4)) for rank, name in chosen)
        names = spec.rangs or tuple(str(row['nom']) for _, row in levels)
        return spec.model_copy(update={'poles': spec.poles + poles, 'rangs': names})
    return spec


def _check_figure(figure: FigureFile, data: Data, folder: Folder, report: Report) -> None:
    spec = figure.spec
    _check_content(figure, data, report)
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
    if isinstance(spec, DataFigure):
        _check_rows(figure, spec, data, report)
    if isinstance(spec, MapFigure):
        _check_map(figure, spec, data, report)


def _check_content(figure: FigureFile, data: Data, report: Report) -> None:
    """Report a scheme that takes its places or tranches from a file that is not there, or that has none at all."""
    spec = figure.spec
    if isinstance(spec, Frise) and not spec.depuis and len(spec.etapes) < FEW_STEPS:
        hint = "Écrivez-les dans la figure, ou prenez celles du dossier par « depuis: procedure »."
        report.add('figure.vide', figure.yaml.span(('etapes',)), "La frise a moins de deux étapes.", hint)
    if not isinstance(spec, Trajectoire | Armature):
        return
    if spec.depuis and spec.depuis not in data:
        message = f"Le fichier « content/{spec.depuis}.yaml » n'existe pas, ou ne se lit pas."
        report.add('figure.donnees', figure.yaml.span(('depuis',)), message, "Créez-le, ou retirez « depuis ».")
    elif not (spec.tranches if isinstance(spec, Trajectoire) else spec.poles):
        hint = "Écrivez-les dans la figure, ou dans le fichier que nomme « depuis »."
        report.add('figure.vide', figure.span, "La figure n'a ni pôle ni tranche à montrer.", hint)


def _place(spec: AnyFigure, table: str) -> tuple[str | int, ...]:
    """Return where a figure names a table."""
    layers = [fond.donnees for fond in spec.fonds] if isinstance(spec, MapFigure) else []
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
    elif isinstance(spec, MapFigure):
        yield from _map_columns(spec)
    elif isinstance(spec, Python) and spec.donnees:
        yield from ((spec.donnees[0], ('colonnes', index), name) for index, name in enumerate(spec.colonnes))


def _map_columns(spec: MapFigure) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
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


def _check_rows(figure: FigureFile, spec: DataFigure, data: Data, report: Report) -> None:
    try:
        kept = data[spec.donnees].select(spec.filtre, spec.tri, spec.lignes)
    except ValueError as error:
        report.add('figure.filtre', figure.yaml.span(('filtre' if spec.filtre else 'tri',)), str(error))
        return
    if not kept:
        hint = "Élargissez le filtre, ou vérifiez la table."
        report.add('figure.vide', figure.yaml.span(('filtre',)), "Aucune ligne ne passe le filtre.", hint)


def _check_map(figure: FigureFile, spec: MapFigure, data: Data, report: Report) -> None:
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


def _communes(spec: MapFigure) -> Iterator[tuple[tuple[str | int, ...], str]]:
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
    if isinstance(spec, Python):
        return Query(spec.donnees[0], spec.colonnes) if spec.donnees else None
    if not isinstance(spec, DataFigure) or isinstance(spec, Armature):
        return None
    columns = [column for table, _, column in _columns(spec) if table == spec.donnees]
    names = ['nom'] if isinstance(spec, MapFigure) else []
    return Query(spec.donnees, tuple(dict.fromkeys([*names, *columns])), spec.filtre)
