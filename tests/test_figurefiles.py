"""Figure files: read and checked without drawing."""

from __future__ import annotations

import pytest

from pasbuild.diagnostics import Report
from pasbuild.figurefiles import FigureFile, query, read_figures
from pasbuild.figures import label
from pasbuild.project import Folder
from pasbuild.tables import read_data

ALT = 'texte_alternatif: Une figure qui ne montre rien de vrai.\n'
BARS = f'type: barres\ntitre: Essai\n{ALT}donnees: communes\nx: nom\nseries:\n  - {{colonne: population_2023}}\n'
MAP = f'type: carte\ntitre: Essai\n{ALT}donnees: communes\ncontours: contours\ncolonne: evolution\nclasses: [{{texte: a}}, {{de: 0, texte: b}}]\n'
PLACES = (
    f'type: armature\ntitre: Essai\n{ALT}donnees: communes\ncontours: contours\npoles:\n  - {{commune: Aubejoie}}\n'
)


def read(mini: Folder, text: str, name: str = 'fig-essai.yaml') -> tuple[dict[str, FigureFile], list[tuple[int, str]]]:
    (mini.root / 'figures' / name).write_text(text, encoding='utf-8')
    report = Report()
    figures = read_figures(mini, read_data(mini, Report()), report)
    return figures, [(finding.span.line, finding.code) for finding in report.sorted()]


def test_figures_of_mini(mini: Folder) -> None:
    report = Report()
    figures = read_figures(mini, read_data(mini, Report()), report)
    assert list(figures) == [
        'fig-chiffres',
        'fig-correspondance',
        'fig-evolution',
        'fig-logements',
        'fig-population',
        'fig-usages',
    ]
    assert {name: label(figure.spec) for name, figure in figures.items()}['fig-evolution'] == "Carte"
    assert label(figures['fig-usages'].spec) == "Figure"
    assert figures['fig-evolution'].spec.tables() == ('communes', 'contours')
    assert not report.diagnostics


def test_query_of_a_figure(mini: Folder) -> None:
    figures = read_figures(mini, read_data(mini, Report()), Report())
    asked = query(figures['fig-logements'].spec)
    assert asked is not None
    assert (asked.donnees, asked.colonnes) == ('logements', ('commune', 'occupes', 'vacants'))
    assert query(figures['fig-chiffres'].spec) is None


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        (BARS, []),
        (BARS.replace('x: nom', 'x: noms'), [(5, 'figure.colonne')]),
        (BARS.replace('population_2023', 'population'), [(7, 'figure.colonne')]),
        (BARS.replace('communes', 'commune'), [(4, 'figure.donnees')]),
        (BARS + 'filtre: nom\n', [(8, 'figure.filtre')]),
        (BARS + 'tri: noms\n', [(8, 'figure.filtre')]),
        (BARS + 'filtre: menages>9999\n', [(8, 'figure.vide')]),
        (BARS + 'lignes: 0\n', [(8, 'lire.valeur')]),
        (BARS + 'hauteur: 5\n', [(8, 'lire.valeur')]),
        (BARS + 'hauteur: nan\n', [(8, 'lire.valeur')]),
        (BARS + 'couleur: rouge\n', [(8, 'lire.cle-inconnue')]),
        (BARS + 'sens: diagonales\n', [(8, 'lire.valeur')]),
        (BARS.replace('barres', 'camembert'), [(1, 'figure.type-inconnu')]),
        (BARS.replace('type: barres\n', ''), [(1, 'lire.champ-manquant')]),
        (BARS.replace(ALT, ''), [(1, 'figure.texte-alternatif')]),
        (BARS.replace(ALT, 'texte_alternatif: Carte\n'), [(3, 'figure.texte-alternatif')]),
        (BARS.replace(ALT, 'texte_alternatif:\n'), [(3, 'figure.texte-alternatif')]),
        (BARS.replace('series:\n  - {colonne: population_2023}\n', 'series: []\n'), [(6, 'lire.valeur')]),
        ('', [(0, 'lire.fichier-vide')]),
        ('bonjour\n', [(1, 'lire.type')]),
        (MAP, []),
        (MAP + 'etiquettes: ["*", Aubejoi]\n', [(8, 'figure.commune')]),
        (MAP.replace('contours: contours', 'contours: communes'), [(5, 'figure.donnees')]),
        (MAP + 'jointure: insee\n', [(8, 'figure.colonne'), (8, 'figure.colonne')]),
        (MAP + 'fonds: [{donnees: voisins}]\n', [(8, 'figure.donnees')]),
        (MAP + 'fonds:\n  - {donnees: contours, nom: court}\n', [(9, 'figure.colonne')]),
        (PLACES, []),
        (PLACES.replace('Aubejoie', 'Aubejoi'), [(7, 'figure.commune')]),
        (PLACES + 'liaisons:\n  - {texte: bus, communes: [Aubejoie, Lens]}\n', [(9, 'figure.commune')]),
        (
            f'type: chiffres\ntitre: Essai\n{ALT}chiffres:\n  - {{valeur: communes.total, texte: a}}\n  - {{valeur: commune.x, texte: b}}\n',
            [(6, 'donnee.valeur-introuvable')],
        ),
        (f'type: python\ntitre: Essai\n{ALT}fichier: absent.py\n', [(4, 'lire.fichier-absent')]),
        (f'type: python\ntitre: Essai\n{ALT}fichier: ../x.py\n', [(4, 'lire.valeur')]),
        (f'type: frise\ntitre: Essai\n{ALT}etapes:\n  - {{texte: a}}\n', [(4, 'figure.vide')]),
        (f'type: frise\ntitre: Essai\n{ALT}depuis: procedure\n', []),
        (f'type: frise\ntitre: Essai\n{ALT}depuis: ailleurs\n', [(4, 'lire.valeur')]),
        (f'type: correspondance\ntitre: Essai\n{ALT}', []),
    ],
)
def test_checks(mini: Folder, text: str, expected: list[tuple[int, str]]) -> None:
    assert read(mini, text)[1] == expected


def test_a_faulty_figure_does_not_hide_the_others(mini: Folder) -> None:
    figures, found = read(mini, BARS.replace('barres', 'camembert'))
    assert len(figures) == 6
    assert len(found) == 1


def test_the_name_of_the_file_is_the_identifier(mini: Folder) -> None:
    _, found = read(mini, BARS, 'Fig_Essai.yaml')
    assert found == [(0, 'lire.identifiant')]


def test_a_figure_linked_from_outside_is_refused(mini: Folder) -> None:
    (mini.root.parent / 'dehors.yaml').write_text(BARS, encoding='utf-8')
    (mini.root / 'figures' / 'fig-lien.yaml').symlink_to('../../dehors.yaml')
    _, found = read(mini, BARS)
    assert [code for _, code in found] == ['securite.chemin']
