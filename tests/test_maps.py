"""Maps of an invented territory: six square communes around a point of the plain, two intercommunalities."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from pyproj import Geod

from pasbuild.data import Dataset, Source
from pasbuild.drawing import FigureError, render_png, render_svg
from pasbuild.figures import Armature, Carte, CarteSymboles
from pasbuild.geography import MapSpec, Sheet, lay_out, read_communes
from pasbuild.labels import Label, Place, beside, place, wrap
from pasbuild.legends import scale_length
from pasbuild.maps import draw_map, hatched, map_table
from pasbuild.pen import Style, lightness
from pasbuild.schemes import link_paths
from pasbuild.theme import Theme

NAMES = ('Aubrecourt', 'Belval-sur-Lys', 'Cormes', 'Doignies-la-Haute', 'Estrelle', 'Fonsommes')
VALUES = (-4.2, -0.5, 0.0, 3.0, None, 12.345)
PEOPLE = (400, 100, 2500, 900, None, 10000)
CLASSES = [{'texte': 'baisse'}, {'de': 0, 'texte': 'de 0 à +3 %'}, {'de': 3, 'texte': '+3 % et plus'}]
ROOT = Path(__file__).parent.parent
BASE = {
    'titre': 'Essai',
    'texte_alternatif': 'Six communes inventées, en carrés.',
    'donnees': 'communes',
    'contours': 'geo',
}
AROUND = {'fonds': [{'donnees': 'autour', 'nom': 'nom'}], 'hauteur': 90}


def theme() -> Theme:
    return Theme.model_validate(tomllib.loads((ROOT / 'templates' / 'theme.toml').read_text(encoding='utf-8')))


def square(column: int, row: int, side: float = 0.04) -> dict[str, Any]:
    x, y = 2.8 + column * side, 50.4 + row * side * 0.64
    ring = [(x, y), (x + side, y), (x + side, y + side * 0.64), (x, y + side * 0.64), (x, y)]
    return {'type': 'Polygon', 'coordinates': [ring]}


def table(name: str, rows: list[dict[str, Any]], columns: dict[str, Any], shapes: tuple[Any, ...] = ()) -> Dataset:
    fields = {
        'fichier': 'x.csv',
        'titre': 'Table',
        'producteur': 'Essai',
        'date': '2024',
        'licence': 'libre',
        'perimetre': 'ici',
    }
    return Dataset(name, Source.model_validate({**fields, 'colonnes': columns}), tuple(rows), shapes)


def dossier(**changes: Any) -> dict[str, Dataset]:
    places = [square(i % 3, i // 3) for i in range(6)]
    rows = [
        {'code': f'9{i}', 'epci': 'ouest' if i % 3 < 2 else 'est', 'evolution': v, 'population': p}
        for i, (v, p) in enumerate(zip(VALUES, PEOPLE, strict=True))
    ]
    columns = {
        'code': {},
        'epci': {'titre': 'Agglomération'},
        'evolution': {'type': 'nombre', 'unite': '%', 'decimales': 1, 'signe': True, 'titre': 'Évolution'},
        'population': {'type': 'entier', 'titre': 'Population', 'unite': 'habitants'},
    }
    geo = [{'code': f'9{i}', 'nom': name} for i, name in enumerate(NAMES)]
    around = table('autour', [{'nom': "Val d'Ailleurs"}], {'nom': {}}, (square(-1, -1, 0.12),))
    return {
        'communes': table('communes', rows, columns),
        'geo': table('geo', geo, {'code': {}, 'nom': {}}, tuple(places)),
        'autour': around,
        **changes,
    }


def carte(**changes: Any) -> Carte:
    fields = {'type': 'carte', 'colonne': 'evolution', 'classes': CLASSES, 'palette': 'divergente', 'etiquettes': ['*']}
    return Carte.model_validate({**BASE, **AROUND, **fields, **changes})


def symbols(**changes: Any) -> CarteSymboles:
    fields = {'type': 'carte-symboles', 'colonne': 'population', 'couleur_par': 'epci', 'etiquettes': ['Fonsommes']}
    return CarteSymboles.model_validate({**BASE, **AROUND, **fields, **changes})


def armature(**changes: Any) -> Armature:
    fields = {
        'type': 'armature',
        'poles': [{'commune': 'Cormes', 'rang': 1}, {'commune': 'Fonsommes', 'rang': 2, 'texte': 'Fonsommes, gare'}],
        'liaisons': [
            {'texte': 'Ligne 1', 'communes': ['Cormes', 'Belval-sur-Lys', 'Aubrecourt']},
            {'texte': 'Ligne 2', 'communes': ['Fonsommes', 'Belval-sur-Lys', 'Aubrecourt'], 'trait': 'tirets'},
        ],
        'rangs': ['Pôle majeur', 'Pôle relais'],
    }
    return Armature.model_validate({**BASE, **AROUND, **fields, **changes})


SPECS: dict[str, Callable[..., MapSpec]] = {'carte': carte, 'symboles': symbols, 'armature': armature}


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def circles(figure: Figure) -> list[Circle]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Circle)]


def digest() -> str:
    drawn = [render_svg(draw_map(make(), dossier(), theme()), theme()) for make in SPECS.values()]
    return hashlib.sha256(b''.join(drawn)).hexdigest()


# --- every type -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize('kind', SPECS)
def test_draws_small_text_svg(kind: str) -> None:
    figure = draw_map(SPECS[kind](), dossier(), theme())
    svg = render_svg(figure, theme()).decode()
    assert '<text' in svg
    assert 'Fonsommes' in svg
    assert len(svg) < 150_000
    assert render_png(figure, theme()).startswith(b'\x89PNG')


@pytest.mark.parametrize(('width', 'expected'), [('colonne', 126), ('large', 166), ('paysage', 253)])
def test_width_and_height(width: str, expected: float) -> None:
    size = draw_map(carte(largeur=width, hauteur=80), dossier(), theme()).get_size_inches() * 25.4
    assert size == pytest.approx((expected, 80))


def test_same_bytes_twice_and_under_another_hash_seed() -> None:
    code = 'import test_maps; print(test_maps.digest())'
    env = {**os.environ, 'PYTHONHASHSEED': '7', 'PYTHONPATH': os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    other = subprocess.run([sys.executable, '-c', code], env=env, capture_output=True, text=True, check=True)
    assert digest() == digest() == other.stdout.strip()


# --- layout and scale -------------------------------------------------------------------------------------------------


def test_scale_is_true_on_the_ground() -> None:
    communes = read_communes(carte(), dossier())
    territory = shapely.union_all([commune.outline for commune in communes])
    sheet, _, _ = lay_out(territory, (357, 255), 0.06, (100, 60), (98, 24))
    left, _, right, _ = sheet.to_page([commune.outline for commune in communes])[0].bounds
    on_ground = Geod(ellps='GRS80').line_length([2.8, 2.84], [50.4, 50.4])
    assert (right - left) / sheet.scale == pytest.approx(on_ground, rel=0.01)


def test_scale_bar_is_drawn_at_its_length() -> None:
    figure = draw_map(carte(), dossier(), theme())
    (text,) = [text for text in figure.axes[0].texts if text.get_text().endswith('\u00a0km')]
    metres = 1000 * float(text.get_text().removesuffix('\u00a0km'))
    outlines = [patch.get_path().get_extents() for patch in figure.axes[0].patches]
    near = [box for box in outlines if abs((box.x0 + box.x1) / 2 - text.get_position()[0]) < 0.01 and box.height == 3]
    communes = [box for box in outlines if box.width > 50]
    territory = max(communes, key=lambda box: box.width if box.width < 350 else 0)
    assert near[0].width / territory.width == pytest.approx(metres / (3 * 2842), rel=0.02)


@pytest.mark.parametrize('scale', [1e-4, 0.004, 0.0123, 0.5, 3.0])
def test_scale_bar_is_round_and_fits(scale: float) -> None:
    metres = scale_length(Sheet(357, 255, scale, 0, 0))
    assert f'{metres:.0f}'.rstrip('0') in ('1', '2', '5')
    assert 28 < metres * scale <= 72


def test_legend_and_scale_stand_off_the_territory() -> None:
    communes = read_communes(carte(), dossier())
    territory = shapely.union_all([commune.outline for commune in communes])
    sheet, legend, bar = lay_out(territory, (357, 255), 0.0, (120, 90), (98, 24))
    page = shapely.union_all(sheet.to_page([commune.outline for commune in communes]))
    assert not any(page.intersects(shapely.box(*box)) for box in (legend, bar))
    assert not shapely.box(*legend).intersects(shapely.box(*bar))


# --- labels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize('kind', SPECS)
def test_labels_do_not_overlap(kind: str) -> None:
    figure = draw_map(SPECS[kind](etiquettes=['*', 'Cormes']), dossier(), theme())
    figure.set_dpi(72)
    boxes = [(text.get_text(), text.get_window_extent()) for text in figure.axes[0].texts]
    for (_, first), (_, second) in itertools.combinations(boxes, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert across <= 0.5 or along <= 2.5, 'lines of one label share their leading, never more'


def test_named_communes_are_kept_and_a_crowd_is_an_error() -> None:
    style = Style(8, '#000000')
    here = (0.0, 0.0, 30.0, 10.0)
    crowd = [Label(name, style, (Place(here, (name,), 0),), required=True) for name in ('Ici', 'Là')]
    with pytest.raises(FigureError, match="« Là » ne trouve pas de place"):
        place(crowd, (-5, -5, 50, 50), shapely.Polygon())
    optional = [Label('Ici', style, crowd[0].places), crowd[1]]
    assert place(optional, (-5, -5, 50, 50), shapely.Polygon())[0] is None


def test_a_label_moves_to_make_room() -> None:
    style = Style(8, '#000000')
    left, right = (0.0, 0.0, 30.0, 10.0), (40.0, 0.0, 70.0, 10.0)
    free = Label('libre', style, (Place(left, ('libre',), 0), Place(right, ('libre',), 1)))
    bound = Label('fixe', style, (Place(left, ('fixe',), 0),))
    chosen = place([free, bound], (-5, -5, 90, 50), shapely.Polygon())
    assert [c.box for c in chosen if c] == [right, left]


def test_labels_stay_off_symbols_and_edges() -> None:
    blocked = shapely.box(0, 0, 60, 60)
    name = Label('Cormes', Style(8, '#000000'), tuple(beside('Cormes', Style(8, '#000000'), (60, 30), 4, blocked)))
    (chosen,) = place([name], (0, 0, 300, 200), blocked)
    assert chosen is not None
    assert chosen.box[0] >= 60


def test_names_break_after_hyphens_and_at_spaces() -> None:
    assert wrap('Belval-sur-Lys', 2) == ('Belval-', 'sur-Lys')
    assert wrap('Métropole du Nord', 2) == ('Métropole', 'du Nord')
    assert wrap('Cormes', 2) == ('Cormes',)


# --- choropleth -------------------------------------------------------------------------------------------------------


def test_missing_value_has_its_own_legend_entry_and_style() -> None:
    assert "Sans donnée" in texts(draw_map(carte(), dossier(), theme()))
    known = carte(filtre='code!=94')
    assert "Sans donnée" in texts(draw_map(known, dossier(), theme())), 'no row is no data'
    full = dossier(
        communes=table(
            'communes',
            [{'code': f'9{i}', 'evolution': i} for i in range(6)],
            {'code': {}, 'evolution': {'type': 'nombre'}},
        )
    )
    assert "Sans donnée" not in texts(draw_map(carte(), full, theme()))


def test_class_table_in_french() -> None:
    header, rows = map_table(carte(), dossier())
    assert header == ("Commune", "Évolution (%)", "Classe")
    assert rows[0] == ('Aubrecourt', '−4,2', 'baisse')
    assert rows[3] == ('Doignies-la-Haute', '+3,0', '+3\u00a0% et plus')
    assert rows[4] == ('Estrelle', "sans donnée", "sans donnée")


def test_categories() -> None:
    classes = [{'egal': 'ouest', 'texte': "À l'ouest"}, {'egal': 'est', 'texte': "À l'est"}]
    spec = carte(colonne='epci', classes=classes, palette='categories')
    assert "À l’ouest" in texts(draw_map(spec, dossier(), theme()))
    assert map_table(spec, dossier())[1][2] == ('Cormes', "À l’est")
    with pytest.raises(FigureError, match=r"« est ».*n'est d'aucune classe"):
        draw_map(carte(colonne='epci', classes=[classes[0], {'egal': 'sud', 'texte': 'x'}]), dossier(), theme())


@pytest.mark.parametrize(
    ('classes', 'message'),
    [
        ([{'de': 5, 'texte': 'a'}, {'de': 2, 'texte': 'b'}], "croissantes"),
        ([{'texte': 'a'}, {'texte': 'b'}], "croissantes"),
        ([{'de': 0, 'texte': 'a'}, {'de': 2, 'texte': 'b'}], "aucune classe"),
    ],
)
def test_classes_that_do_not_hold(classes: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(FigureError, match=message):
        draw_map(carte(classes=classes), dossier(), theme())


def test_grey_print_keeps_classes_apart() -> None:
    for colours in (theme().palettes.divergente, theme().palettes.sequentielle, theme().palettes.categories[:4]):
        plain = [lightness(look.colour) for look in hatched(colours) if not look.hatched]
        assert all(abs(a - b) >= 9 for a, b in itertools.combinations(plain, 2))


# --- symbols ----------------------------------------------------------------------------------------------------------


def test_areas_are_proportional() -> None:
    spec = symbols(couleur_par='', reperes=[1000])
    areas = sorted({round(circle.radius**2, 6) for circle in circles(draw_map(spec, dossier(), theme()))})
    expected = sorted([value for value in PEOPLE if value] + [1000])
    assert [area / areas[-1] for area in areas] == pytest.approx([value / 10000 for value in expected], rel=1e-3)


def test_symbol_table_in_french() -> None:
    header, rows = map_table(symbols(), dossier())
    assert header == ("Commune", "Population (habitants)", "Agglomération")
    assert rows[2] == ('Cormes', '2\u202f500', 'est')


def test_no_circle_for_negative_or_no_values() -> None:
    with pytest.raises(FigureError, match="valeur négative : Aubrecourt"):
        draw_map(symbols(colonne='evolution'), dossier(), theme())
    with pytest.raises(FigureError, match="aucune valeur positive"):
        draw_map(symbols(colonne='epci', couleur_par=''), dossier(), theme())


# --- schematic map ----------------------------------------------------------------------------------------------------


def test_scheme_names_places_links_and_ranks() -> None:
    shown = texts(draw_map(armature(), dossier(), theme()))
    assert {'Ligne 1', 'Ligne 2', 'Pôle majeur', 'Pôle relais', 'Cormes', 'Aubrecourt'} <= set(shown)


def test_links_that_share_a_stretch_run_side_by_side() -> None:
    points = {
        'Cormes': (200.0, 10.0),
        'Belval-sur-Lys': (100.0, 0.0),
        'Aubrecourt': (0.0, 0.0),
        'Fonsommes': (200.0, 90.0),
    }
    first, second = link_paths(armature().liaisons, points)
    assert first.coords[0] == (200, 10)
    assert shapely.distance(shapely.Point(first.coords[-1]), shapely.Point(second.coords[-1])) == pytest.approx(4.4)
    assert not first.intersects(second)


def test_scheme_table() -> None:
    header, rows = map_table(armature(), dossier())
    assert header == ("Commune", "Rang", "Liaisons")
    assert rows[0] == ('Cormes', 'Pôle majeur', 'Ligne 1')
    assert rows[2] == ('Belval-sur-Lys', '', 'Ligne 1\u202f; Ligne 2')
    header, rows = map_table(armature(rangs=[], liaisons=[]), dossier())
    assert (header, rows) == (("Commune",), (('Cormes',), ('Fonsommes',)))


# --- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    'spec',
    [
        carte(etiquettes=['Cormez']),
        armature(poles=[{'commune': 'Cormez'}]),
        armature(liaisons=[{'texte': 'L', 'communes': ['Cormez', 'Fonsommes']}]),
    ],
)
def test_unknown_commune_names_the_nearest(spec: Carte | Armature) -> None:
    with pytest.raises(FigureError, match=r"« Cormez » n'est pas une commune.*« Cormes »"):
        draw_map(spec, dossier(), theme())


def test_unknown_columns() -> None:
    with pytest.raises(FigureError, match=r"colonne « evolutio ».*« evolution »"):
        draw_map(carte(colonne='evolutio'), dossier(), theme())
    with pytest.raises(FigureError, match="colonne « insee »"):
        draw_map(carte(jointure='insee'), dossier(), theme())
    with pytest.raises(FigureError, match="colonne « noms »"):
        draw_map(carte(fonds=[{'donnees': 'autour', 'nom': 'noms'}]), dossier(), theme())


@pytest.mark.parametrize(
    ('geometry', 'message'),
    [
        (
            {'type': 'Polygon', 'coordinates': [[(2.8, 50.4), (2.84, 50.44), (2.84, 50.4), (2.8, 50.44), (2.8, 50.4)]]},
            "se recoupe",
        ),
        ({'type': 'Point', 'coordinates': [2.8, 50.4]}, "n'est pas une surface"),
        ({'type': 'Polygon', 'coordinates': []}, "n'est pas une surface"),
        ({'type': 'Polygon'}, "ne se lit pas"),
        ({'type': 'Polygon', 'coordinates': [[('a', 'b'), (1, 2), (3, 4), (1, 2)]]}, "ne se lit pas"),
        ({'type': 'Inconnu', 'coordinates': []}, "ne se lit pas"),
        (
            {'type': 'Polygon', 'coordinates': [[(685000, 7e6), (686000, 7e6), (686000, 7.1e6), (685000, 7e6)]]},
            "sort de France",
        ),
        (
            {'type': 'Polygon', 'coordinates': [[(2.8, 50.4), (float('nan'), 50.4), (2.9, 50.5), (2.8, 50.4)]]},
            "pas des nombres",
        ),
    ],
)
def test_bad_contour_names_its_commune(geometry: dict[str, Any], message: str) -> None:
    good = dossier()['geo']
    shapes = (geometry, *good.geometries[1:])
    with pytest.raises(FigureError, match=message) as caught:
        draw_map(carte(), dossier(geo=Dataset('geo', good.source, good.rows, shapes)), theme())
    assert "« Aubrecourt »" in str(caught.value)


def test_a_filter_leaves_the_limits_where_they_are() -> None:
    communes = read_communes(carte(filtre='population>1000', tri='-population'), dossier())
    assert [commune.nom for commune in communes if commune.known] == ['Fonsommes', 'Cormes']
    assert {commune.cells['epci'] for commune in communes} == {'ouest', 'est'}


def test_rows_and_contours_must_match() -> None:
    columns = {'code': {}, 'evolution': {'type': 'nombre'}}
    twice = table('communes', [{'code': '90', 'evolution': 1}, {'code': '90', 'evolution': 2}], columns)
    with pytest.raises(FigureError, match="deux lignes pour « 90 »"):
        draw_map(carte(), dossier(communes=twice), theme())
    stray = table('communes', [{'code': '99', 'evolution': 1}], columns)
    with pytest.raises(FigureError, match=r"« 99 ».*n'a pas de contour"):
        draw_map(carte(), dossier(communes=stray), theme())
    plain = Dataset('geo', dossier()['geo'].source, dossier()['geo'].rows)
    with pytest.raises(FigureError, match="n'a pas de contours"):
        draw_map(carte(), dossier(geo=plain), theme())
