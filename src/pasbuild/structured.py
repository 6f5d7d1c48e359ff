"""The document as data, ``output/pas.json``: what a DOO, a PLU or an observatory reads instead of the PDF.

Why: the PAS is quoted by other documents (objective 2.1.3, tranche 2031-2041). Here each block has its stable id, its number,
its words, the matters of article L141-3 it answers, and each number its key and source. Texts are those that are printed.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from pasbuild.data import Dataset, Scalar
from pasbuild.document import Project
from pasbuild.law import matieres
from pasbuild.model import (
    Block,
    Callout,
    Cell,
    DefinitionList,
    Enjeu,
    FigureBlock,
    Heading,
    ListBlock,
    Listing,
    Missing,
    Note,
    Objectif,
    Paragraph,
    Part,
    Quote,
    Ref,
    Table,
    Value,
    child_blocks,
    inlines,
    own_inlines,
    plain,
    walk,
)

NAME = 'pas.json'
FORM: Literal[1] = 1
Nature = Literal[
    'titre', 'paragraphe', 'liste', 'definitions', 'citation', 'encadre', 'tableau', 'figure', 'objectif', 'enjeu',
    'liste-fabriquee',
]  # fmt: skip
_NATURES: dict[type, Nature] = {
    Heading: 'titre',
    Paragraph: 'paragraphe',
    ListBlock: 'liste',
    DefinitionList: 'definitions',
    Quote: 'citation',
    Callout: 'encadre',
    Table: 'tableau',
    FigureBlock: 'figure',
    Objectif: 'objectif',
    Enjeu: 'enjeu',
    Listing: 'liste-fabriquee',
}


@dataclass(frozen=True, slots=True)
class Valeur:
    """A number of the text."""

    cle: Annotated[str, Field(description="Clé de la donnée : table, ligne, colonne.")]
    texte: Annotated[str, Field(description="Ce qui est imprimé, unité comprise.")]
    source: str


@dataclass(frozen=True, slots=True)
class Contenu:
    """A table: printed cells, line by line."""

    entetes: tuple[str, ...]
    lignes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Bloc:
    """A block. ``titre``: of an objective, an enjeu, a box, a figure or a table; ``texte``: of a title or a paragraph."""

    id: Annotated[str, Field(description="Identifiant stable, celui des liens du PDF.")]
    nature: Nature
    fichier: str
    ligne: int
    niveau: Annotated[int, Field(description="Rang du titre, 0 pour ce qui n'en est pas un.")] = 0
    genre: Annotated[str, Field(description="Niveau de la structure (axe) ou sorte d'encadré.")] = ''
    numero: str = ''
    titre: str = ''
    texte: str = ''
    repond_a: Annotated[tuple[str, ...], Field(description="Matières de l'article L141-3.")] = ()
    objectifs: Annotated[tuple[str, ...], Field(description="Objectifs qui reprennent l'enjeu.")] = ()
    enjeux: Annotated[tuple[str, ...], Field(description="Enjeux que l'objectif reprend.")] = ()
    renvois: tuple[str, ...] = ()
    valeurs: tuple[Valeur, ...] = ()
    a_renseigner: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tableau: Contenu | None = None
    texte_alternatif: str = ''
    lecture: str = ''
    source: str = ''
    donnees: Annotated[tuple[str, ...], Field(description="Tables dont vient le tableau ou la figure.")] = ()
    items: Annotated[
        tuple[tuple[str, ...], ...], Field(description="Liste : identifiants des blocs de chaque élément.")
    ] = ()
    blocs: tuple[Bloc, ...] = ()


@dataclass(frozen=True, slots=True)
class Partie:
    """A part."""

    id: str
    genre: str
    role: Annotated[str, Field(description="Ce que la partie est au regard du code de l'urbanisme.")]
    libelle: str
    titre: str
    fichier: str
    fabriquee: Annotated[bool, Field(description="Fabriquée par le programme, non écrite.")]
    blocs: tuple[Bloc, ...]


@dataclass(frozen=True, slots=True)
class Matiere:
    """A matter of article L141-3, and what answers it."""

    id: str
    titre: str
    degre: str
    objectifs: tuple[str, ...]
    enjeux: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Etape:
    """A step of the procedure."""

    etape: str
    titre: str
    date: datetime.date | None
    piece: str


@dataclass(frozen=True, slots=True)
class Identite:
    """What the document is."""

    titre: str
    sous_titre: str
    scot: str
    maitre_ouvrage: str
    siren: str
    langue: str
    etat: str
    version: str
    date: datetime.date
    droit: datetime.date | None
    regime: str
    debut: int | None
    fin: int | None
    procedure: tuple[Etape, ...]


Cellule = str | int | float | datetime.date | None


@dataclass(frozen=True, slots=True)
class Colonne:
    """A column."""

    id: str
    titre: str
    type: str
    unite: str


@dataclass(frozen=True, slots=True)
class Donnees:
    """A table of numbers the document rests on, not rounded."""

    id: str
    titre: str
    producteur: str
    date: str
    licence: str
    perimetre: str
    statut: str
    cle: str
    colonnes: tuple[Colonne, ...]
    lignes: tuple[dict[str, Cellule], ...]


@dataclass(frozen=True, slots=True)
class Pas:
    """The whole document."""

    forme: Literal[1]
    document: Identite
    parties: tuple[Partie, ...]
    correspondance: tuple[Matiere, ...]
    trajectoire: Annotated[
        tuple[dict[str, Cellule], ...], Field(description="Tranches de la trajectoire foncière, hectares et taux en %.")
    ]
    trajectoire_secteurs: tuple[dict[str, Cellule], ...]
    armature: Annotated[tuple[dict[str, Cellule], ...], Field(description="Niveaux de l'armature et leurs communes.")]
    donnees: tuple[Donnees, ...]


def structured(project: Project) -> Pas:
    """Return the document as data."""
    data = project.data
    return Pas(
        forme=FORM,
        document=_identity(project),
        parties=tuple(_part(part, project) for part in project.document.parts),
        correspondance=tuple(_matters(project)),
        trajectoire=_rows(data.get('trajectoire')),
        trajectoire_secteurs=_rows(data.get('trajectoire_secteurs')),
        armature=_rows(data.get('armature')),
        donnees=tuple(_dataset(dataset) for _, dataset in sorted(data.items()) if not dataset.decided),
    )


def as_json(pas: Pas) -> bytes:
    """Return the document as it is written; what is empty is left out of blocks."""
    return (json.dumps(asdict(pas, dict_factory=_lean), ensure_ascii=False, indent=1, default=str) + '\n').encode()


def _lean(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Leave out of a block what it does not have."""
    names = {name for name, _ in fields}
    if 'nature' not in names:
        return dict(fields)
    return {name: value for name, value in fields if value not in ('', (), None, 0)}


def _identity(project: Project) -> Identite:
    dossier = project.dossier
    steps = tuple(Etape(step.etape, step.titre, step.date, step.piece) for step in dossier.procedure)
    return Identite(
        dossier.titre,
        dossier.sous_titre,
        dossier.scot,
        dossier.maitre_ouvrage.nom,
        dossier.maitre_ouvrage.siren,
        dossier.langue,
        dossier.etat,
        dossier.version,
        dossier.date,
        dossier.droit,
        dossier.regime,
        dossier.horizon.debut,
        dossier.horizon.fin,
        steps,
    )


def _part(part: Part, project: Project) -> Partie:
    made = not part.span.file.startswith('content/')
    blocks = tuple(_block(block, project) for block in (part.heading, *part.blocks))
    return Partie(part.id, part.kind, part.role, part.label, plain(part.heading.children), part.span.file, made, blocks)


def _block(block: Block, project: Project) -> Bloc:
    nodes = tuple(inlines(own_inlines(block)))
    common = {
        'renvois': tuple(dict.fromkeys(node.target for node in nodes if isinstance(node, Ref))),
        'valeurs': tuple(Valeur(node.key, node.text, node.source) for node in nodes if isinstance(node, Value)),
        'a_renseigner': tuple(node.text for node in nodes if isinstance(node, Missing)),
        'notes': tuple(plain(node.children) for node in nodes if isinstance(node, Note)),
        'blocs': tuple(_block(child, project) for child in child_blocks(block)),
    }
    place = (block.id, _NATURES[type(block)], block.span.file, block.span.line)
    return Bloc(*place, **_own(block, project) | common)


def _own(block: Block, project: Project) -> dict[str, Any]:
    """Return what is proper to a kind of block."""
    match block:
        case Heading():
            return {'niveau': block.level, 'genre': block.kind, 'numero': block.number, 'texte': plain(block.children)}
        case Paragraph():
            return {'texte': plain(block.children)}
        case Objectif():
            linked = tuple(reference.target for reference in block.enjeux)
            return {**_titled(block), 'enjeux': linked}
        case Enjeu():
            return {**_titled(block), 'objectifs': tuple(reference.target for reference in block.objectifs)}
        case Callout():
            return {'genre': block.kind, 'titre': block.title}
        case Table():
            query = dict(block.query).get('donnees', '')
            cells = Contenu(_cells(block.header), tuple(_cells(row.cells) for row in block.rows))
            number = f'{block.label} {block.number}' if block.number else ''
            return {'numero': number, 'titre': plain(block.caption), 'tableau': cells, 'source': block.source,
                    'donnees': (query,) if query else ()}  # fmt: skip
        case FigureBlock():
            spec = project.figures[block.id].spec if block.id in project.figures else None
            return {'numero': f'{block.label} {block.number}', 'titre': plain(block.caption), 'source': block.source,
                    'texte_alternatif': block.alt, 'lecture': plain(block.reading),
                    'donnees': tuple(spec.tables()) if spec else ()}  # fmt: skip
        case ListBlock():
            return {'items': tuple(tuple(child.id for child in item.children) for item in block.items)}
        case DefinitionList():
            return {'texte': ' ; '.join(plain(item.term) for item in block.items)}
        case _:
            return {}


def _titled(block: Objectif | Enjeu) -> dict[str, Any]:
    return {'niveau': block.level, 'numero': block.number, 'titre': plain(block.title), 'repond_a': block.answers}


def _cells(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    return tuple(plain(cell.children) for cell in cells)


def _matters(project: Project) -> Iterator[Matiere]:
    blocks = [block for block in walk(project.document) if isinstance(block, Objectif | Enjeu)]
    for matter in matieres().values():
        answers = [block for block in blocks if matter.id in block.answers]
        goals = tuple(block.id for block in answers if isinstance(block, Objectif))
        issues = tuple(block.id for block in answers if isinstance(block, Enjeu))
        yield Matiere(matter.id, matter.titre, matter.degre, goals, issues)


def _rows(dataset: Dataset | None) -> tuple[dict[str, Cellule], ...]:
    return tuple(_row(row) for row in dataset.rows) if dataset is not None else ()


def _row(row: Mapping[str, Scalar]) -> dict[str, Cellule]:
    return dict(row)


def _dataset(dataset: Dataset) -> Donnees:
    source = dataset.source
    columns = tuple(Colonne(name, one.titre, one.type, one.unite) for name, one in source.colonnes.items())
    return Donnees(
        dataset.id,
        source.titre,
        source.producteur,
        source.date,
        source.licence,
        source.perimetre,
        source.statut,
        source.cle,
        columns,
        _rows(dataset),
    )
