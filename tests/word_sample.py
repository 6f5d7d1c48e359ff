"""A small document that holds every node the Word writer knows, and what tests need to look at the file."""

from __future__ import annotations

import datetime
import io
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from pasbuild.diagnostics import Report
from pasbuild.docx import write_docx
from pasbuild.drawing import Drawing
from pasbuild.model import (
    Acronym,
    Block,
    Break,
    Callout,
    Cell,
    Definition,
    DefinitionList,
    Document,
    Emph,
    Enjeu,
    FigureBlock,
    Heading,
    Inline,
    Link,
    ListBlock,
    Listing,
    ListingEntry,
    ListItem,
    Missing,
    Note,
    Objectif,
    Paragraph,
    Part,
    Quote,
    Ref,
    Row,
    Span,
    Strong,
    Sup,
    Table,
    Text,
    Value,
    walk,
)
from pasbuild.project import Dossier, MaitreOuvrage
from pasbuild.theme import Theme, read_theme
from pasbuild.wordml import solid_png

HERE = Span('content/essai.md', 1)
SOURCE = "Source : Insee, Populations de référence, 18 décembre 2025."
MATTERS = {'L141-3/polarites': "complémentarité des polarités", 'L141-3/services': "offre de services"}
W = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'


# --- the document -----------------------------------------------------------------------------------------------------


def words(text: str) -> tuple[Inline, ...]:
    return (Text(text),)


def para(key: str, *children: Inline | str) -> Paragraph:
    return Paragraph(key, HERE, tuple(Text(child) if isinstance(child, str) else child for child in children))


def heading(key: str, level: int, text: str, kind: str = '', number: str = '') -> Heading:
    return Heading(key, HERE, level, words(text), kind, number)


def ref(target: str, text: str) -> Ref:
    return Ref(target, text, HERE)


def value(text: str) -> Value:
    return Value('table.cle', HERE, text, SOURCE)


def bullets(key: str, *items: str, ordered: bool = False, start: int = 1) -> ListBlock:
    return ListBlock(
        key, HERE, ordered, tuple(ListItem((para(f'{key}.i{n}', item),)) for n, item in enumerate(items)), start
    )


def cells(*texts: str, numeric: int = 1) -> tuple[Cell, ...]:
    return tuple(Cell(words(text), index >= numeric) for index, text in enumerate(texts))


def table(key: str, number: int, *, landscape: bool = False, caption: str = "Les communes les plus peuplées") -> Table:
    rows = (Row(cells('Lens', '30 689', '32 920')), Row(cells('Liévin', '30 936', '30 063')))
    total = Row(cells('Ensemble', '61 625', '62 983'), total=True)
    notes = words("Population municipale.")
    return Table(key, HERE, words(caption) if caption else (), cells('Commune', '2016', '2023'), (*rows, total), True,
                 landscape, notes, SOURCE, 'Tableau' if caption else '', number)  # fmt: skip


def objectif(key: str, number: str, title: str, *children: Block) -> Objectif:
    enjeux = (ref('enj-centres', "enjeu\u00a01"), ref('enj-sols', "enjeu\u00a02"))
    return Objectif(key, HERE, words(title), ('L141-3/polarites', 'L141-3/services'), children, number, enjeux)


def front() -> tuple[Part, ...]:
    cover = (
        Callout(
            'couverture.c1',
            HERE,
            'surtitre',
            '',
            (para('couverture.c1.p1', "Schéma"), para('couverture.c1.p2', "Val-de-Bellune")),
        ),
        Callout('couverture.c2', HERE, 'sous-titre', '', (para('couverture.c2.p1', "Un modèle d’urbanisme raisonné"),)),
        Callout(
            'couverture.c3',
            HERE,
            'mentions',
            '',
            (
                para('couverture.c3.p1', Strong(words("Document de travail"))),
                para('couverture.c3.p2', "Version 0.3 du 23 novembre 2026."),
            ),
        ),
    )
    entries = (
        ListingEntry('territoire', '', "Le territoire en chiffres", 1),
        ListingEntry('enjeux', '', "Les enjeux", 1),
        ListingEntry('gd-bien-vivre', '1', "Bien vivre dans les villes et villages", 1),
        ListingEntry('axe-armature', '1.1', "Une armature urbaine multipolaire et équilibrée", 2),
        ListingEntry('obj-poles', '1.1.1', "Conforter des pôles complémentaires", 3),
    )
    contents = Listing('sommaire.l1', HERE, 'sommaire', entries)
    mentions = Callout(
        'colophon.c1', HERE, 'mentions', '', (para('colophon.c1.p1', "Maître d’ouvrage : syndicat mixte."),)
    )
    return (
        Part(
            'couverture', HERE, 'couverture', heading('couverture-titre', 1, "Projet d’aménagement stratégique"), cover
        ),
        Part('colophon', HERE, 'colophon', heading('colophon-titre', 1, "À propos de ce document"), (mentions,)),
        Part('sommaire', HERE, 'sommaire', heading('sommaire-titre', 1, "Sommaire"), (contents,)),
    )


def territory() -> Part:
    figures = (
        para('territoire.k1', Strong((value("367 806"),)), " habitants en 2023"),
        para('territoire.k2', Strong(words("22")), " communes gagnent des habitants"),
    )
    blocks: tuple[Block, ...] = (
        Callout(
            'territoire.c1',
            HERE,
            'chapeau',
            '',
            (
                para(
                    'territoire.c1.p1',
                    "Le territoire compte ",
                    value("367 806 habitants"),
                    " en 2023, autant qu’en 2016.",
                ),
            ),
        ),
        Callout('territoire.c2', HERE, 'chiffre-cle', '', figures),
        heading('territoire-population', 2, "Une population stable"),
        para(
            'territoire.p1',
            "La ",
            ref('fig-evolution', "carte\u00a01"),
            " et le ",
            ref('tab-communes', "tableau\u00a01"),
            " montrent ",
            Emph(words("des trajectoires ")),
            Strong((Emph(words("très opposées")),)),
            " ; voir ",
            ref('axe-armature', "l’axe de l’armature"),
            " et l’",
            ref('obj-poles', "objectif\u00a01.1.1"),
            Note(
                'n-1',
                HERE,
                (
                    Text("Insee, "),
                    Link('https://www.insee.fr/fr/statistiques?a=1&b=2', words("populations de référence")),
                    Text("."),
                ),
                1,
            ),
            ".",
        ),
        FigureBlock(
            'fig-evolution',
            HERE,
            words("Évolution de la population par commune"),
            "Carte des cinquante communes colorées selon leur évolution.",
            words("Lens gagne 7,3 % d’habitants entre 2016 et 2023."),
            SOURCE,
            'Carte',
            1,
            'large',
        ),
        heading('territoire-details', 3, "Dans le détail"),
        para(
            'territoire.p2',
            "L’",
            Acronym('EPCI', "établissement public"),
            " suit les prix au m",
            Sup('2'),
            Break(),
            "sur ",
            Link('https://exemple.fr/', words("son site")),
            ".",
        ),
        table('tab-communes', 1),
        bullets('territoire.l1', "Une première chose.", "Une deuxième."),
        ListBlock(
            'territoire.l2',
            HERE,
            True,
            (
                ListItem(
                    (
                        para('territoire.l2.i1', "Prescrire."),
                        para('territoire.l2.i1.p2', "Avec les communes."),
                        bullets('territoire.l2.i1.l1', "En conseil.", "En réunion."),
                    )
                ),
                ListItem((para('territoire.l2.i2', "Arrêter."),)),
            ),
        ),
        bullets('territoire.l3', "Reprise à trois.", ordered=True, start=3),
        DefinitionList(
            'territoire.d1', HERE, (Definition(words("Friche"), (para('territoire.d1.p1', "Bien inutilisé."),)),)
        ),
        Quote('territoire.q1', HERE, (para('territoire.q1.p1', "Le territoire est le bien commun de la nation."),)),
        Callout(
            'territoire.c3',
            HERE,
            'encadre',
            "Méthode",
            (
                para('territoire.c3.p1', "Les données sont celles de l’Insee."),
                bullets('territoire.c3.l1', "Recensement.", "État civil."),
                para('territoire.c3.p2', "Rien d’autre."),
            ),
        ),
        FigureBlock(
            'fig-frise',
            HERE,
            words("La procédure"),
            "Frise des étapes de la procédure.",
            (),
            SOURCE,
            'Figure',
            1,
            'paysage',
        ),
        table('tab-large', 2, landscape=True, caption="Toutes les communes"),
        heading('territoire-fin', 4, "Enfin"),
        table('tab-sans-titre', 0, caption=''),
    )
    return Part('territoire', HERE, 'chapitre', heading('territoire-titre', 1, "Le territoire en chiffres"), blocks)


def issues() -> Part:
    first = Enjeu(
        'enj-centres',
        HERE,
        words("Redonner vie aux centres"),
        (ref('obj-poles', "objectif\u00a01.1.1"),),
        (para('enj-centres.p1', "Les centres perdent des commerces."),),
        ('L141-3/services',),
        '1',
    )
    second = Enjeu(
        'enj-sols',
        HERE,
        words("Ménager les sols"),
        (ref('obj-friches', "objectif\u00a01.1.2"), ref('obj-loin', "objectif\u00a02.1.1")),
        (para('enj-sols.p1', "Le sol est fini."),),
        (),
        '2',
    )
    return Part(
        'enjeux',
        HERE,
        'chapitre',
        heading('enjeux-titre', 1, "Les enjeux"),
        (heading('enjeux-habiter', 2, "Habiter"), first, second),
    )


def dynamics() -> tuple[Part, ...]:
    finding = (
        para('obj-poles.c1.p1', "Le SCoT de 2008 prévoyait 163 hectares par an."),
        bullets('obj-poles.c1.l1', "102 consommés entre 1998 et 2009.", "33 depuis.", ordered=True),
    )
    poles = objectif(
        'obj-poles', '1.1.1', "Conforter des pôles complémentaires plutôt qu’un centre unique",
        para('obj-poles.p1', "Dix communes dépassent 10 000 habitants."),
        para('obj-poles.p2', "Les communes de chaque niveau : ", Missing("liste des pôles par niveau", HERE), "."),
        Callout('obj-poles.c1', HERE, 'constat', "Ce que dit le diagnostic", finding),
    )  # fmt: skip
    friches = objectif(
        'obj-friches',
        '1.1.2',
        "Construire d’abord dans les enveloppes urbaines",
        para('obj-friches.p1', "Le territoire compte 793 hectares de friches."),
    )
    blocks: tuple[Block, ...] = (
        Callout('gd-bien-vivre.c1', HERE, 'chapeau', '', (para('gd-bien-vivre.c1.p1', "Habiter."),)),
        heading('axe-armature', 2, "Une armature urbaine multipolaire et équilibrée", 'axe', '1.1'), poles, friches,
        heading('axe-habitat', 2, "Un habitat rénové et diversifié", 'axe', '1.2'),
        objectif('obj-habitat', '1.2.1', "Rénover le parc minier", para('obj-habitat.p1', "Les cités.")),
    )  # fmt: skip
    second: tuple[Block, ...] = (
        heading('axe-sante', 2, "Un urbanisme favorable à la santé", 'axe', '2.1'),
        objectif(
            'obj-loin',
            '2.1.1',
            "Protéger",
            para('obj-loin.p1', "Texte."),
            Callout('obj-loin.c1', HERE, 'constat', "Constat", (para('obj-loin.c1.p1', "Un constat."),)),
        ),
    )
    return (
        Part(
            'gd-bien-vivre',
            HERE,
            'dynamique',
            Heading('gd-bien-vivre', HERE, 1, words("Bien vivre dans les villes et villages du Scot"), 'gd', '1'),
            blocks,
            1,
            "Grande dynamique n° 1",
        ),
        Part(
            'gd-sante',
            HERE,
            'dynamique',
            Heading('gd-sante', HERE, 1, words("Améliorer la santé et la qualité de l’environnement"), 'gd', '2'),
            second,
            2,
            "Grande dynamique n° 2",
        ),
    )


def back() -> Part:
    figures = Listing(
        'annexe-figures',
        HERE,
        'liste-figures',
        (
            ListingEntry('fig-evolution', "Carte 1", "Évolution de la population par commune", 1),
            ListingEntry('fig-frise', "Figure 1", "La procédure", 1),
        ),
    )
    tables = Listing(
        'annexe-tableaux',
        HERE,
        'liste-tableaux',
        (
            ListingEntry('tab-communes', "Tableau 1", "Les communes les plus peuplées", 1),
            ListingEntry('tab-large', "Tableau 2", "Toutes les communes", 1),
        ),
    )
    return Part(
        'annexe-listes',
        HERE,
        'annexe',
        heading('annexe-listes-titre', 1, "Liste des figures et des tableaux"),
        (heading('annexe-l1', 2, "Figures"), figures, heading('annexe-l2', 2, "Tableaux"), tables),
        0,
        "Annexe 1",
    )


def sample() -> Document:
    return Document((*front(), territory(), issues(), *dynamics(), back()))


# --- the file ---------------------------------------------------------------------------------------------------------


@cache
def theme() -> Theme:
    found = read_theme(Path(__file__).parent.parent / 'templates' / 'theme.toml', Report())
    assert found is not None
    return found


def dossier() -> Dossier:
    return Dossier(
        titre="Projet d'aménagement stratégique",
        scot="Val-de-Bellune",
        maitre_ouvrage=MaitreOuvrage(nom="Syndicat mixte du Val-de-Bellune"),
        version='0.3',
        date=datetime.date(2026, 11, 23),
        mention="Document de travail, n'engage pas le syndicat",
        parties=('essai.md',),
    )


def drawing(width: float, height: float, colour: str) -> Drawing:
    return Drawing(b'<svg/>', solid_png(colour), width, height, (), ())


def write(document: Document) -> bytes:
    drawings = {'fig-evolution': drawing(166, 90, '#C4DEDA'), 'fig-frise': drawing(253, 110, '#F4EFE7')}
    pages = {block.id: 1 + index // 8 for index, block in enumerate(walk(document))}
    return write_docx(document, dossier(), theme(), drawings, pages, MATTERS)


@cache
def sample_bytes() -> bytes:
    return write(sample())


def part(data: bytes, name: str = 'word/document.xml') -> Any:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return etree.fromstring(package.read(name))


def style_of(paragraph: Any) -> str:
    return str(paragraph.find(f'{W}pPr/{W}pStyle').get(f'{W}val'))


def text_of(element: Any) -> str:
    """What is printed: field instructions left out, tabs and line breaks as such."""
    marks = {f'{W}tab': '\t', f'{W}br': '\n'}
    return ''.join(
        marks.get(node.tag) or node.text or ''
        for node in element.iter(f'{W}t', *marks)
        if node.getparent().tag == f'{W}r'
    )


def bookmarks_of(element: Any) -> list[str]:
    return [mark.get(f'{W}name') for mark in element.iter(f'{W}bookmarkStart')]
