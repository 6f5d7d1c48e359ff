"""The benchmark's dossier: invented content of any length, the same at each run, in pasbuild's own format.

Why invented: the real dossier grows as it is written, so that its times cannot be compared from one month to the next;
and a peer must be given the same content. ``make(n)`` returns it as values; ``write`` puts it down as a dossier,
``peers.py`` as Markdown, Typst and HTML. For 12 chapters (about 130 pages): 60 boxes, 40 tables of 15 rows, 30 charts,
6 maps of 5,000 points, 120 notes, 120 references, table of contents and lists.

Usage: ``python benchmarks/dossier.py FOLDER --chapters 12``, then ``pasbuild build --dossier FOLDER``.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECTIONS = 5
YEARS = range(2010, 2026)
STARTS = ("Aube", "Bel", "Clair", "Douce", "Fond", "Mont", "Val")
ENDINGS = ("fontaine", "joie", "lieu", "mont", "pré", "roche", "vallon")
COMMUNES = (*(f'{start}{ending}' for start in STARTS for ending in ENDINGS), "Bourg-Exemple")
SUBJECTS = (
    "les communes du plateau", "les bourgs de la vallée", "les élus du syndicat", "les quartiers de gare",
    "les exploitations agricoles", "les zones d’activités", "les documents d’urbanisme", "les projets de logements",
    "les équipements publics", "les villages des coteaux", "les acteurs de l’habitat", "les services de proximité",
    "les lisières urbaines", "les opérations de renouvellement", "les itinéraires cyclables", "les commerces du centre",
)  # fmt: skip
VERBS = (
    "préservent", "confortent", "mettent en valeur", "organisent", "accompagnent", "limitent", "réduisent", "favorisent",
    "relient", "adaptent", "partagent", "anticipent", "ménagent", "requalifient", "complètent", "protègent",
)  # fmt: skip
OBJECTS = (
    "les continuités écologiques", "la ressource en eau", "les terres cultivées", "les paysages ouverts",
    "les besoins des ménages", "les déplacements quotidiens", "le patrimoine bâti", "les centres anciens",
    "la consommation d’espace", "les risques naturels", "la production d’énergie", "les lieux de travail",
    "l’offre de soins", "les logements vacants", "les espaces boisés", "les liaisons entre les pôles",
)  # fmt: skip
PLACES = (
    "le long des cours d’eau", "autour des gares", "dans les pôles de l’armature", "à l’échelle du bassin de vie",
    "au plus près des habitants", "sur les friches anciennes", "dans les secteurs déjà équipés", "en limite des hameaux",
    "au cœur des bourgs", "près des arrêts de car", "sur les versants exposés", "dans les parcs existants",
)  # fmt: skip
ENDS = (
    "sans étendre l’enveloppe urbaine", "avec les territoires voisins", "à l’horizon de vingt ans",
    "selon un calendrier partagé", "en tenant compte du climat à venir", "dans le respect des sols vivants",
    "avec l’appui des intercommunalités", "pour toutes les générations", "dès la prochaine programmation",
    "sous réserve des études en cours", "en priorité dans les secteurs fragiles", "par des conventions pluriannuelles",
)  # fmt: skip
MATTERS = (
    'politiques-publiques', 'polarites', 'espace', 'transition-ecologique', 'transition-energetique',
    'transition-climatique', 'habitat', 'services', 'mobilites', 'agriculture', 'espaces-urbains', 'espaces-naturels',
    'paysages', 'trajectoire',
)  # fmt: skip
"""Subjects of article L. 141-3 the objectives answer, in turn (docs/redaction.md)."""


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; it may end on a note, and on a reference to ``target``: a title, a table, a chart or a map."""

    text: str
    note: str = ''
    target: str = ''


@dataclass(frozen=True, slots=True)
class Box:
    """A framed text: a title, a sentence, a list."""

    title: str
    text: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: ``id``, title, and rows of which the first is the header."""

    id: str
    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart or a map: the name of its figure, its title, its alternative text, the columns it draws."""

    id: str
    title: str
    alt: str
    columns: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Title:
    """A title of level 1 (chapter), 2 (axe) or 3 (objectif)."""

    level: int
    id: str
    text: str


Block = Title | Prose | Box | Items | Grid | Picture
Chapter = tuple[Block, ...]


# --- content ----------------------------------------------------------------------------------------------------------


def make(chapters: int) -> tuple[Chapter, ...]:
    """Return the content of ``chapters`` chapters, about eleven pages each; the same for the same number."""
    return tuple(_chapter(random.Random(f'chapter {index}'), index, chapters) for index in range(chapters))


def _chapter(r: random.Random, index: int, chapters: int) -> Chapter:
    blocks: list[Block] = [Title(1, f'gd-{index + 1}', _phrase(r)), Prose(_text(r, 3))]
    for rank in range(SECTIONS):
        blocks += _section(r, index, rank, chapters)
    return tuple(blocks)


def _section(r: random.Random, index: int, rank: int, chapters: int) -> Iterator[Block]:
    name = f'{index + 1}-{rank + 1}'
    grid, chart, plan = rank < _share(index, 40), rank < _share(index, 30), rank == 4 and index % 2 == 0
    other = f'{1 + r.randrange(chapters)}-{1 + r.randrange(SECTIONS)}'
    yield Title(2, f'axe-{name}', _phrase(r))
    yield Prose(_text(r, 3), _sentence(r), f'tab-{name}' if grid else f'axe-{other}')
    cited = f'fig-{name}' if chart else f'carte-{name}' if plan else f'obj-{other}'
    yield Prose(_text(r, 2), _sentence(r), cited)
    yield Title(3, f'obj-{name}', _phrase(r))
    yield Box(_phrase(r), _sentence(r), tuple(_item(r) for _ in range(4)))
    yield Items(tuple(_item(r) for _ in range(5)))
    if grid:
        yield Grid(f'tab-{name}', _phrase(r), _rows(r))
    if chart:
        yield _chart(r, name)
    yield Prose(_text(r, 2))
    if rank == 3:
        yield from (Prose(_text(r, 2)) for _ in range(3))
    if plan:
        alt = f"Carte de {len(COMMUNES)} communes inventées, dont les valeurs vont de 0 à 100 sans ordre dans l’espace."
        yield Picture(f'carte-{name}', _phrase(r), alt, (f'v{index + 1}',), 'carte')


def _share(index: int, of_twelve: int) -> int:
    """Return how many of ``of_twelve`` things (for 12 chapters) the chapter ``index`` holds."""
    return round((index + 1) * of_twelve / 12) - round(index * of_twelve / 12)


def _rows(r: random.Random) -> tuple[tuple[str, ...], ...]:
    header = ("Commune", "Population", "Logements", "Hectares", "Évolution (%)")
    return header, *(
        (
            name,
            f'{r.randint(200, 9000)}',
            f'{r.randint(10, 4000)}',
            f'{r.uniform(0, 90):.1f}'.replace('.', ','),
            f'{r.uniform(-3, 5):+.1f}'.replace('.', ',').replace('-', '−'),
        )
        for name in r.sample(COMMUNES, 15)
    )


def _chart(r: random.Random, name: str) -> Picture:
    kind = r.choice(('barres', 'lignes'))
    columns = tuple(f's{name}-{rank}'.replace('-', '_') for rank in range(1, 2 if kind == 'barres' else 5))
    what = f"{len(YEARS)} barres" if kind == 'barres' else "Quatre courbes"
    alt = f"{what}, une valeur inventée par année de {YEARS[0]} à {YEARS[-1]}, entre 10 et 90 hectares."
    return Picture(f'fig-{name}', _phrase(r), alt, columns, kind)


def _phrase(r: random.Random) -> str:
    return _capital(f'{r.choice(SUBJECTS)} {r.choice(VERBS)} {r.choice(OBJECTS)}')


def _sentence(r: random.Random) -> str:
    return f'{_phrase(r)} {r.choice(PLACES)}, {r.choice(ENDS)}.'


def _item(r: random.Random) -> str:
    return f'{_capital(r.choice(OBJECTS))} {r.choice(PLACES)}, {r.choice(ENDS)}'


def _text(r: random.Random, sentences: int) -> str:
    return ' '.join(_sentence(r) for _ in range(sentences))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


# --- as a dossier -----------------------------------------------------------------------------------------------------


def write(folder: Path, chapters: int) -> None:
    """Write the dossier of ``chapters`` chapters in ``folder``."""
    content = make(chapters)
    files = {f'content/1{rank:02}-chapitre.md': _markdown(chapter) for rank, chapter in enumerate(content, 1)}
    objectives = (block.id for chapter in content for block in chapter if isinstance(block, Title) and block.level == 3)
    files['content/010-diagnostic.md'] = DIAGNOSTIC.replace('__OBJECTIVES__', ' '.join(objectives))
    files['content/dossier.yaml'] = SETTINGS + ''.join(
        f'  - {part}\n'
        for part in (
            *('couverture', 'colophon', 'sommaire'),
            *sorted(Path(name).name for name in files),
            *('correspondance', 'sources', 'listes'),
        )
    )
    pictures = [block for chapter in content for block in chapter if isinstance(block, Picture)]
    files |= {f'figures/{picture.id}.yaml': _figure(picture) for picture in pictures}
    files |= _data(pictures)
    files['content/trajectoire.yaml'] = TRAJECTORY
    files['content/armature.yaml'] = _armature()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding='utf-8')


def _markdown(chapter: Chapter) -> str:
    notes: list[str] = []
    blocks = [_block(block, notes) for block in chapter]
    return '\n\n'.join(['---\ngenre: dynamique\n---', *blocks, *notes]) + '\n'


def _block(block: Block, notes: list[str]) -> str:
    match block:
        case Title():
            return f'{"#" * block.level} {block.text} {{#{block.id}{_attributes(block)}}}'
        case Prose():
            mark = ''
            if block.note:
                mark = f'[^{len(notes) + 1}]'
                notes.append(f'{mark}: {block.note}')
            return block.text[:-1] + mark + '.' + (f' Voir [](#{block.target}).' if block.target else '')
        case Box():
            return f':::constat {block.title}\n{block.text}\n\n{_listed(block.items)}\n:::'
        case Items():
            return _listed(block.items)
        case Grid():
            return f':::tableau {{#{block.id} titre="{block.title}"}}\n{piped(block.rows)}\n:::'
        case Picture():
            return f'![](figure:{block.id})'


def _attributes(title: Title) -> str:
    if title.level == 1:
        return ''
    if title.level == 2:
        return ' .axe'
    matters = ' '.join(f'L141-3/{name}' for name in _matters(title.id))
    return f' .objectif repond_a="{matters}"'


def _matters(objective: str) -> tuple[str, ...]:
    """Return three matters for an objective, so that the five of any chapter answer all fourteen."""
    rank = int(objective.rsplit('-', 1)[1]) - 1
    return MATTERS[rank * 3 : rank * 3 + 3]


def _listed(items: tuple[str, ...]) -> str:
    return '\n'.join(f'- {item}' for item in items)


def piped(rows: tuple[tuple[str, ...], ...]) -> str:
    """Return rows as a Markdown table whose first row is the header."""
    lines = ['| ' + ' | '.join(row) + ' |' for row in rows]
    return '\n'.join([lines[0], '|---' * len(rows[0]) + '|', *lines[1:]])


def _figure(picture: Picture) -> str:
    own = {
        'carte': lambda: _map(picture.columns[0]),
        'barres': lambda: (
            f'donnees: annees\nx: annee\nhauteur: 50\nseries:\n  - {{colonne: {picture.columns[0]}, nom: Hectares}}\n'
        ),
        'lignes': lambda: (
            'donnees: annees\nx: annee\nhauteur: 50\nseries:\n'
            + ''.join(f'  - {{colonne: {name}, nom: Série {rank}}}\n' for rank, name in enumerate(picture.columns, 1))
        ),
    }[picture.kind]()
    return f'type: {picture.kind}\ntitre: "{picture.title}"\ntexte_alternatif: "{picture.alt}"\nlecture: "Nombres inventés pour la mesure."\n{own}'


def _map(column: str) -> str:
    classes = ''.join(f'  - {{de: {bound}, texte: "{bound} et plus"}}\n' for bound in (25, 50, 75))
    return (
        f'donnees: communes\ncontours: contours\ncolonne: {column}\nlegende: Hectares inventés\n'
        f'complement_source: Contours inventés\netiquettes: ["*"]\nlargeur: large\nhauteur: 150\n'
        f'classes:\n  - {{texte: Moins de 25}}\n{classes}'
    )


def _data(pictures: list[Picture]) -> dict[str, str]:
    charts = [name for picture in pictures if picture.kind != 'carte' for name in picture.columns]
    maps = [name for picture in pictures if picture.kind == 'carte' for name in picture.columns]
    years = {year: [_level(name, year) for name in charts] for year in YEARS}
    codes = {f'Z{rank:04}': name for rank, name in enumerate(COMMUNES, 1)}
    areas = [
        [code, name, *(f'{random.Random(code + column).randint(0, 100)}' for column in maps)]
        for code, name in codes.items()
    ]
    return {
        'content/data/annees.csv': _csv(['annee', *charts], [[f'{year}', *values] for year, values in years.items()]),
        'content/data/communes.csv': _csv(['code', 'nom', *maps], areas),
        'content/data/contours.geojson': _contours(),
        'content/data/sources.yaml': SOURCES.replace('__CHARTS__', _columns(charts)).replace(
            '__MAPS__', _columns(maps)
        ),
    }


def _level(name: str, year: int) -> str:
    r = random.Random(f'{name} {year}')
    return f'{50 + 25 * math.sin(sum(map(ord, name)) + year / 3) + r.uniform(-12, 12):.1f}'


def _csv(header: list[str], rows: list[list[str]]) -> str:
    return ''.join(','.join(row) + '\n' for row in [header, *rows])


def _columns(names: list[str]) -> str:
    kind = 'type: nombre, unite: hectares, decimales: 1'
    return ''.join(f'    {name}: {{{kind}, titre: "Surface, {name}"}}\n' for name in names)


def _contours() -> str:
    """Return 50 contours of 100 points each: 5,000 points a map."""
    features = [
        {
            'type': 'Feature',
            'properties': {'code': f'Z{rank + 1:04}', 'nom': name},
            'geometry': {'type': 'Polygon', 'coordinates': [_ring(rank)]},
        }
        for rank, name in enumerate(COMMUNES)
    ]
    return json.dumps({'type': 'FeatureCollection', 'features': features}, ensure_ascii=False) + '\n'


def _ring(rank: int) -> list[list[float]]:
    """Return a star of 100 points around the place ``rank`` of a grid at sea, closed, anticlockwise."""
    column, row = rank % 7, rank // 7
    ring = []
    for step in range(100):
        angle = 2 * math.pi * step / 100
        radius = 0.42 + 0.05 * math.sin(5 * angle + rank) + 0.01 * random.Random(f'{rank} {step}').uniform(-1, 1)
        across, up = column + radius * math.cos(angle), row + radius * math.sin(angle)
        ring.append([round(4 + across * 0.055, 5), round(42.2 + up * 0.04, 5)])
    return [*ring, ring[0]]


def _armature() -> str:
    rest = ', '.join(COMMUNES[:-1])
    return (
        'niveaux:\n  - {cle: poles, nom: Pôles, fonctions: "Collège, marché, soins", communes: [Bourg-Exemple]}\n'
        f'  - {{cle: villages, nom: Villages, fonctions: École, communes: [{rest}]}}\n'
    )


SETTINGS = """\
# Contenu inventé, produit par benchmarks/dossier.py pour mesurer la fabrication : ni ces communes, ni leurs nombres n'existent.
titre: Projet d'aménagement stratégique
sous_titre: Contenu inventé, pour mesurer la fabrication
scot: Val-d'Exemple
maitre_ouvrage: {nom: Syndicat mixte imaginaire du Val-d'Exemple, adresse: "1 place du Modèle, Bourg-Exemple", siren: "000000000"}
pieces: {doo: Document inventé, justification_choix: Annexe inventée}
etat: projet
version: "1.0"
date: 2026-11-02
mention: Document d'essai, territoire inventé
horizon: {debut: 2027, fin: 2047}
procedure:
  - {etape: prescription, date: 2024-05-01, source: Délibération inventée}
  - {etape: debat}
  - {etape: approbation}
parties:
"""
DIAGNOSTIC = """\
---
role: synthese_diagnostic
---

# Le territoire, en bref {#diagnostic}

Ce territoire est inventé : cinquante communes imaginaires, pour mesurer le temps de fabrication d'un document.

## Un enjeu {#enjeux}

### Ménager les sols {#enj-sols .enjeu objectifs="__OBJECTIVES__" repond_a="L141-3/espace"}

Les sols portent les récoltes, l'eau et les villages.
"""
TRAJECTORY = """\
# Nombres inventés.
tranches:
  - {debut: 2021, fin: 2031, metrique: enaf, reference: {periode: 2011-2021, hectares: 80}, objectif_ha: 40, taux: 50}
  - {debut: 2031, fin: 2041, metrique: artificialisation_nette, reference: {periode: 2021-2031, hectares: 36}, objectif_ha: 12}
  - {debut: 2041, fin: 2050, metrique: artificialisation_nette, objectif_ha: 0}
"""
SOURCES = """\
annees:
  fichier: annees.csv
  titre: Surfaces inventées, par année
  producteur: Bureau imaginaire
  date: 2026-01-15
  licence: Licence Ouverte 2.0
  perimetre: Val-d'Exemple
  statut: observe
  cle: annee
  colonnes:
    annee: {type: entier, titre: Année, sans_separateur: true}
__CHARTS__
communes:
  fichier: communes.csv
  titre: Surfaces inventées, par commune
  producteur: Bureau imaginaire
  date: 2026-01-15
  licence: Licence Ouverte 2.0
  perimetre: Val-d'Exemple, 50 communes
  statut: observe
  cle: nom
  colonnes:
    code: {type: texte, titre: Code}
    nom: {type: texte, titre: Commune}
__MAPS__
contours:
  fichier: contours.geojson
  titre: Contours inventés des communes
  producteur: Atelier imaginaire
  date: 2026-01-15
  licence: Licence Ouverte 2.0
  perimetre: Val-d'Exemple, 50 communes
  statut: observe
  cle: code
  colonnes:
    code: {type: texte, titre: Code}
    nom: {type: texte, titre: Commune}
"""


def main() -> None:
    """Write a dossier where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--chapters', type=int, default=12)
    asked = parser.parse_args()
    write(asked.folder, asked.chapters)


if __name__ == '__main__':
    main()
