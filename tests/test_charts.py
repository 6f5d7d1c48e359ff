"""Every type of figure but the maps: what is drawn, what is refused, and the table that says the same."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from pasbuild.charts import draw
from pasbuild.data import Colonne, Data, Dataset, Scalar, Source
from pasbuild.drawing import Drawing, FigureError, styled
from pasbuild.figures import AnyFigure
from pasbuild.sheet import text_width
from pasbuild.theme import Theme

ENTRY: TypeAdapter[Any] = TypeAdapter(AnyFigure)
VALUES = {'communes.nombre': '3', 'faits.friches': '1\u202f793\u00a0ha'}
COLUMNS = {
    'annee': {'type': 'entier', 'titre': "Année", 'sans_separateur': True},
    'nom': {'titre': "Commune"},
    'a': {'type': 'nombre', 'titre': "Aubiers", 'unite': "habitants"},
    'b': {'type': 'nombre', 'titre': "Bruyères", 'unite': "habitants"},
    'part': {'type': 'nombre', 'titre': "Part", 'unite': "%", 'decimales': 1},
}
ROWS: tuple[dict[str, Scalar], ...] = (
    {'annee': 2012, 'nom': "Aubiers", 'a': 1200.0, 'b': 400.0, 'part': 55.5},
    {'annee': 2017, 'nom': "Bruyères-l'Abbé", 'a': None, 'b': 420.0, 'part': 36.5},
    {'annee': 2023, 'nom': "Clairmarais-sous-Bois", 'a': 1350.0, 'b': 380.0, 'part': 1.7},
)
SERIES = [{'colonne': 'a'}, {'colonne': 'b', 'nom': "Bruyères et Clairmarais"}]
STEPS = [
    {'date': '2015-04-10', 'texte': "Délibération prescrivant la révision"},
    {'date': '2019', 'fin': '2022', 'texte': "Diagnostic"},
    {'date': '2027-01', 'texte': "Second débat", 'fait': False},
    {'texte': "Arrêt du projet"},
]
TRANCHES = [
    {'debut': 1998, 'fin': 2009, 'valeur': 102, 'nature': 'observe'},
    {'debut': 2011, 'fin': 2020, 'valeur': 163, 'nature': 'prevu'},
    {'debut': 2021, 'fin': 2030, 'valeur': 33.5},
    {'debut': 2031, 'fin': 2040, 'texte': "deuxième tranche"},
]
SLOPE = {'x': 'nom', 'debut': {'colonne': 'a', 'nom': "2012"}, 'fin': {'colonne': 'b', 'nom': "2023"}}
SPECS: dict[str, dict[str, Any]] = {
    'lignes': {'type': 'lignes', 'x': 'annee', 'series': SERIES, 'reperes': [{'valeur': 900, 'texte': "objectif"}]},
    'lignes-coupees': {'type': 'lignes', 'x': 'annee', 'series': SERIES[:1], 'depuis_zero': False},
    'aires': {'type': 'aires', 'x': 'annee', 'series': SERIES},
    'barres': {'type': 'barres', 'x': 'nom', 'series': SERIES, 'reperes': [{'valeur': 900, 'texte': "objectif"}]},
    'barres-empilees': {'type': 'barres', 'x': 'annee', 'series': SERIES, 'disposition': 'empilees'},
    'barres-accent': {'type': 'barres', 'x': 'nom', 'series': SERIES[:1], 'accentuer': ["Bruyères-l'Abbé"]},
    'barres-couchees': {
        'type': 'barres', 'x': 'nom', 'series': SERIES, 'sens': 'horizontales', 'reperes': [{'valeur': 9, 'texte': "o"}],
    },
    'couchees-empilees': {
        'type': 'barres', 'x': 'nom', 'series': SERIES, 'sens': 'horizontales', 'disposition': 'empilees',
    },
    'pyramide': {'type': 'pyramide', 'age': 'nom', 'gauche': SERIES[0], 'droite': SERIES[1]},
    'pentes': {'type': 'pentes', **SLOPE},
    'halteres': {'type': 'pentes', 'forme': 'halteres', **SLOPE},
    'parts': {'type': 'parts', 'x': 'nom', 'valeur': 'part'},
    'chiffres': {
        'type': 'chiffres',
        'chiffres': [{'valeur': 'communes.nombre', 'texte': "communes"}, {'valeur': 'faits.friches', 'texte': "de friches"}],
    },
    'frise': {'type': 'frise', 'etapes': STEPS},
    'trajectoire': {'type': 'trajectoire', 'tranches': TRANCHES},
}  # fmt: skip


def read_theme() -> Theme:
    path = Path(__file__).parents[1] / 'templates' / 'theme.toml'
    return Theme.model_validate(tomllib.loads(path.read_text(encoding='utf-8')))


@pytest.fixture(scope='module')
def theme() -> Theme:
    return read_theme()


@pytest.fixture(scope='module')
def data() -> Data:
    return {'t': make_table(ROWS)}


@pytest.fixture(scope='module')
def drawings(data: Data, theme: Theme) -> dict[str, Drawing]:
    return {name: draw_one(name, data, theme) for name in SPECS}


def make_table(rows: tuple[dict[str, Scalar], ...]) -> Dataset:
    source = Source(
        fichier='t.csv', titre="Population", producteur="Insee", date='2025', licence="LO 2.0", perimetre="SCoT",
        colonnes={name: Colonne.model_validate(column) for name, column in COLUMNS.items()},
    )  # fmt: skip
    return Dataset('t', source, rows)


def make(name: str, **changes: Any) -> Any:
    fields = {'titre': "Titre", 'texte_alternatif': "Ce que montre cette figure.", **SPECS[name], **changes}
    if 'series' in fields or name in ('pyramide', 'pentes', 'halteres', 'parts'):
        fields.setdefault('donnees', 't')
    return ENTRY.validate_python(fields)


def draw_one(name: str, data: Data, theme: Theme, **changes: Any) -> Drawing:
    return draw(make(name, **changes), data, theme, Path(), VALUES)


def texts(drawing: Drawing) -> list[str]:
    return re.findall(r'<text [^>]*>([^<]*)</text>', drawing.svg.decode())


@pytest.mark.parametrize('name', SPECS)
def test_each_type_draws_inside_its_sheet(name: str, drawings: dict[str, Drawing]) -> None:
    drawing = drawings[name]
    assert (drawing.width_mm, drawing.height_mm) == (126, 62)
    assert drawing.png.startswith(b'\x89PNG')
    svg = drawing.svg.decode()
    assert float(min(re.findall(r'font-size: ([\d.]+)px', svg), key=float)) >= 7
    for x, y in re.findall(r'<text [^>]* x="([^"]+)" y="([^"]+)"', svg):
        assert 0 <= float(x) <= 357.2
        assert 0 < float(y) < 175.8
    assert 'clip-path' not in svg
    assert '<pattern' not in svg


@pytest.mark.parametrize('name', SPECS)
def test_words_do_not_overlap(name: str, drawings: dict[str, Drawing], theme: Theme) -> None:
    assert_words_apart(drawings[name], theme)


def assert_words_apart(drawing: Drawing, theme: Theme) -> None:
    """Check that no two level words of a drawing overlap, and that none leaves the sheet."""
    pattern = re.compile(r'<text style="([^"]*)" x="([^"]+)" y="([^"]+)">([^<]*)</text>')
    boxes = []
    with styled(theme):
        for style, x, y, text in pattern.findall(drawing.svg.decode()):
            size = float(re.findall(r'font-size: ([\d.]+)', style)[0])
            weight = int((re.findall(r'font-weight: (\d+)', style) or ['400'])[0])
            width = text_width(text, size, weight) * 72 / 25.4
            left = float(x) - (width if 'anchor: end' in style else width / 2 if 'anchor: middle' in style else 0)
            boxes.append((left, left + width, float(y) - 0.7 * size, float(y), text))
    assert min(box[0] for box in boxes) > -0.5
    assert max(box[1] for box in boxes) < drawing.width_mm * 72 / 25.4 + 0.5
    assert min(box[2] for box in boxes) > 0
    assert max(box[3] for box in boxes) < drawing.height_mm * 72 / 25.4
    for index, (left, right, top, bottom, text) in enumerate(boxes):
        for other in boxes[index + 1 :]:
            apart = left >= other[1] or other[0] >= right or top >= other[3] or other[2] >= bottom
            assert apart, (text, other[4])


def test_figure_widths(data: Data, theme: Theme) -> None:
    assert draw_one('lignes', data, theme, largeur='paysage', hauteur=100).width_mm == 253


def test_text_stays_text_in_french(data: Data, theme: Theme) -> None:
    shown = texts(draw_one('barres', data, theme))
    assert "1\u202f350" in shown
    assert any("l’Abbé" in text for text in shown)


def test_same_bytes_twice(drawings: dict[str, Drawing], data: Data, theme: Theme) -> None:
    assert draw_one('lignes', data, theme) == drawings['lignes']


def test_same_bytes_elsewhere(drawings: dict[str, Drawing], tmp_path: Path) -> None:
    """Another process, hash seed, time zone and matplotlib folder."""
    script = (
        'import sys, hashlib; sys.path.insert(0, sys.argv[1]); import test_charts as t\n'
        "for name in ('lignes', 'trajectoire'):\n"
        "    d = t.draw_one(name, {'t': t.make_table(t.ROWS)}, t.read_theme())\n"
        '    print(hashlib.sha256(d.svg + d.png).hexdigest())'
    )
    env = os.environ | {'PYTHONHASHSEED': '7', 'TZ': 'Pacific/Auckland', 'MPLCONFIGDIR': str(tmp_path)}
    command = [sys.executable, '-c', script, str(Path(__file__).parent)]
    found = subprocess.run(command, env=env, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.split()
    here = [drawings[name] for name in ('lignes', 'trajectoire')]
    assert found == [hashlib.sha256(one.svg + one.png).hexdigest() for one in here]


# --- the table --------------------------------------------------------------------------------------------------------


def test_table_equals_the_data(data: Data, theme: Theme) -> None:
    drawing = draw_one('lignes', data, theme)
    assert drawing.header == ("Année", "Aubiers (habitants)", "Bruyères et Clairmarais (habitants)")
    assert drawing.rows == (
        ("2012", "1\u202f200", "400"),
        ("2017", "n.\u00a0d.", "420"),
        ("2023", "1\u202f350", "380"),
    )


def test_table_follows_filter_sort_and_limit(data: Data, theme: Theme) -> None:
    drawing = draw_one('barres-empilees', data, theme, filtre='annee>=2017', tri='-annee', lignes=1)
    assert [row[0] for row in drawing.rows] == ["2023"]


def test_table_of_key_figures(data: Data, theme: Theme) -> None:
    assert draw_one('chiffres', data, theme).rows == (("3", "communes"), ("1\u202f793\u00a0ha", "de friches"))


def test_table_of_a_timeline(data: Data, theme: Theme) -> None:
    assert draw_one('frise', data, theme).rows == (
        ("10\u00a0avril\u00a02015", "Délibération prescrivant la révision", "fait"),
        ("2019 – 2022", "Diagnostic", "fait"),
        ("janvier\u00a02027", "Second débat", "à venir"),
        ("à renseigner", "Arrêt du projet", "à renseigner"),
    )


def test_table_of_a_trajectory(data: Data, theme: Theme) -> None:
    drawing = draw_one('trajectoire', data, theme)
    assert drawing.header[1] == "Rythme (ha/an)"
    assert drawing.rows[2:] == (
        ("2021-2030", "33,5", "objectif", ""),
        ("2031-2040", "à renseigner", "objectif", "deuxième tranche"),
    )


# --- what is missing --------------------------------------------------------------------------------------------------


def curves(drawing: Drawing) -> int:
    """Count the strokes of the first series' colour."""
    return len(re.findall(r'<path d="[^"]*" style="fill: none; stroke: #b5481f', drawing.svg.decode()))


def test_missing_value_leaves_a_gap(data: Data, theme: Theme) -> None:
    whole = {'t': make_table(tuple({**row, 'a': row['a'] or 1250.0} for row in ROWS))}
    assert curves(draw_one('lignes', data, theme)) == curves(draw_one('lignes', whole, theme)) + 1
    assert "n.\u00a0d." in texts(draw_one('barres', data, theme))


def test_empty_tranche_says_so(data: Data, theme: Theme) -> None:
    assert texts(draw_one('trajectoire', data, theme)).count("à renseigner") == 1


def test_undated_step_says_so_and_comes_last(data: Data, theme: Theme) -> None:
    shown = texts(draw_one('frise', data, theme, etapes=[STEPS[3], *STEPS[:3]]))
    assert shown[-2:] == ["à renseigner", "Arrêt du projet"]


def test_shares_show_what_percentages_leave_out(data: Data, theme: Theme) -> None:
    shown = texts(draw_one('parts', data, theme))
    assert {"55,5\u00a0%", "1,7\u00a0%", "6,3\u00a0%", "non détaillé"} <= set(shown)


def test_axis_that_does_not_start_at_zero_is_told(data: Data, theme: Theme) -> None:
    assert "habitants · l’axe ne part pas de zéro" in texts(draw_one('lignes-coupees', data, theme))


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('name', 'changes', 'words'),
    [
        ('lignes', {'donnees': 'absente'}, "La table « absente » n’existe pas"),
        ('lignes', {'x': 'mois'}, "pas de colonne « mois »"),
        ('lignes', {'series': [{'colonne': 'nom'}]}, "ne contient pas que des nombres"),
        ('lignes', {'filtre': 'annee>2030'}, "Aucune ligne"),
        ('lignes', {'filtre': 'mois>2'}, "La colonne « mois » n'existe pas"),
        ('lignes', {'filtre': 'annee=2017', 'series': [{'colonne': 'a'}]}, "n’a aucune valeur"),
        ('lignes', {'series': [{'colonne': 'a'}] * 7}, "6 au plus"),
        ('lignes', {'series': [{'colonne': 'b'}] * 6, 'hauteur': 45}, "Hauteur insuffisante"),
        ('barres-couchees', {'reperes': [{'valeur': 9, 'texte': "repère assez long"}] * 5}, "Trop de repères"),
        ('barres', {'accentuer': ["Lens"]}, "« accentuer » nomme « Lens »"),
        ('barres-couchees', {'hauteur': 20}, "Hauteur insuffisante"),
        ('frise', {'hauteur': 16}, "Hauteur insuffisante"),
        ('pentes', {'filtre': 'annee=2017', 'fin': {'colonne': 'a'}}, "n’a aucune valeur"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_french(
    name: str, changes: dict[str, Any], words: str, data: Data, theme: Theme
) -> None:
    with pytest.raises(FigureError, match=words):
        draw_one(name, data, theme, **changes)


def test_absent_value_is_refused(data: Data, theme: Theme) -> None:
    with pytest.raises(FigureError, match=re.escape("La valeur « communes.nombre »")):
        draw(make('chiffres'), data, theme, Path())


# --- figures in Python ------------------------------------------------------------------------------------------------


def draw_python(code: str, data: Data, theme: Theme, folder: Path) -> Drawing:
    (folder / 'coupe.py').write_text(code, encoding='utf-8')
    fields = {'type': 'python', 'titre': "Coupe", 'texte_alternatif': "Ce que montre cette figure.", 'donnees': ['t']}
    return draw(ENTRY.validate_python({**fields, 'fichier': 'coupe.py'}), data, theme, folder)


def test_python_figure_draws_with_its_tables(data: Data, theme: Theme, tmp_path: Path) -> None:
    code = (
        'def dessiner(figure, donnees, theme):\n'
        '    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))\n'
        "    axes.text(0.5, 0.5, donnees['t'].rows[0]['nom'], color=theme.couleurs.encre)\n"
    )
    drawing = draw_python(code, data, theme, tmp_path)
    assert "Aubiers" in texts(drawing)
    assert drawing.rows[0] == ("2012", "Aubiers", "1\u202f200", "400", "55,5")
    assert [path.name for path in tmp_path.iterdir()] == ['coupe.py']


@pytest.mark.parametrize(
    ('code', 'words'),
    [
        ('x = 1', "ne définit pas de fonction"),
        ('def dessiner(:', "ne s’exécute pas : SyntaxError"),
        (
            'def dessiner(figure, donnees, theme):\n    donnees["x"]',
            r"s’arrête sur une erreur : KeyError, 'x' \(ligne 2\)",
        ),
        ('def dessiner(figure, donnees, theme):\n    figure.set_size_inches(1, 1)', "change la taille"),
    ],
)
def test_python_figure_at_fault(code: str, words: str, data: Data, theme: Theme, tmp_path: Path) -> None:
    with pytest.raises(FigureError, match=words):
        draw_python(code, data, theme, tmp_path)


def test_python_figure_stays_in_its_folder(data: Data, theme: Theme, tmp_path: Path) -> None:
    inside, outside = tmp_path / 'figures', tmp_path / 'ailleurs.py'
    inside.mkdir()
    outside.write_text('def dessiner(figure, donnees, theme): pass', encoding='utf-8')
    (inside / 'coupe.py').symlink_to(outside)
    fields = {'type': 'python', 'titre': "Coupe", 'texte_alternatif': "Ce que montre cette figure."}
    with pytest.raises(FigureError, match="n’est pas dans le dossier"):
        draw(ENTRY.validate_python({**fields, 'fichier': 'coupe.py'}), data, theme, inside)
