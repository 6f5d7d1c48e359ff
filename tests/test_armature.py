"""The armature: each commune of the perimeter in one level."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.armature import FILE, Armature, check_communes, read_armature
from pasbuild.data import Data
from pasbuild.diagnostics import Report
from pasbuild.figurefiles import read_figures
from pasbuild.project import Folder, Perimetre
from pasbuild.tables import read_data
from pasbuild.values import cite_value
from pasbuild.yamlfile import Yaml

NAMES = ('Aubejoie', 'Bourg-Exemple', 'Clairvallon', 'Dormevent')
FIGURE = """\
type: armature
titre: Armature
texte_alternatif: Schéma des niveaux de l'armature et des communes de chacun.
donnees: communes
contours: contours
depuis: armature
"""


def read(folder: Folder, text: str, perimetre: Perimetre | None = None) -> tuple[Data, list[tuple[str, str, int]]]:
    (folder.root / FILE).write_text(text, encoding='utf-8')
    data, report = read_data(folder, Report()), Report()
    tables = read_armature(folder, perimetre or Perimetre(), data, report)
    found = [(finding.code, finding.span.file, finding.span.line) for finding in report.sorted()]
    return {**data, **tables}, found


def levels(*communes: list[str]) -> str:
    return json.dumps(
        {'niveaux': [{'cle': f'n{i}', 'nom': f'Niveau {i}', 'communes': c} for i, c in enumerate(communes)]}
    )


def test_a_dossier_without_armature_has_no_table(mini: Folder) -> None:
    (mini.root / FILE).unlink()
    assert read_armature(mini, Perimetre(), {}, Report()) == {}


def test_levels_are_cited_by_their_key(mini: Folder) -> None:
    data, found = read(mini, (mini.root / FILE).read_text(encoding='utf-8'))
    assert not found
    assert cite_value('armature.villages', data).text == '3'
    assert cite_value('armature.villages.communes', data).text == 'Aubejoie, Clairvallon, Dormevent'
    assert cite_value('armature.nombre', data).text == '2'


def test_without_any_commune_everything_is_still_to_be_supplied(mini: Folder) -> None:
    data, found = read(mini, levels([], []))
    assert not found
    assert [row['nombre'] for row in data['armature'].rows] == [None, None]
    assert cite_value('armature.n0.communes', data).missing == 'communes'


def test_a_level_left_empty_by_choice_says_so(mini: Folder) -> None:
    data, found = read(mini, levels(list(NAMES), []))
    assert not found
    assert (data['armature'].rows[1]['nombre'], data['armature'].rows[1]['communes']) == (0, "aucune")


@pytest.mark.parametrize(
    ('perimetre', 'code'),
    [
        (Perimetre(donnees='commune'), 'donnee.table-inconnue'),
        (Perimetre(colonne='libelle'), 'donnee.colonne-absente'),
    ],
)
def test_a_perimeter_that_does_not_exist_is_reported_where_it_is_declared(
    mini: Folder, perimetre: Perimetre, code: str
) -> None:
    path = mini.root / 'content' / 'dossier.yaml'
    text = path.read_text(encoding='utf-8')
    path.write_text(text + '\nperimetre:\n  donnees: commune\n  colonne: libelle\n', encoding='utf-8')
    line = text.count('\n') + (3 if code == 'donnee.table-inconnue' else 4)
    assert read(mini, levels(['Aubejoie']), perimetre)[1] == [(code, 'content/dossier.yaml', line)]


def test_a_figure_takes_its_places_from_the_file(mini: Folder) -> None:
    (mini.root / 'figures' / 'fig-poles.yaml').write_text(FIGURE, encoding='utf-8')
    data, _ = read(mini, levels(['Bourg-Exemple'], [], ['Aubejoie', 'Clairvallon', 'Dormevent']))
    report = Report()
    spec = read_figures(mini, data, report)['fig-poles'].spec
    assert not report.diagnostics
    assert [(pole.commune, pole.rang) for pole in spec.poles] == [  # type: ignore[union-attr]
        ('Bourg-Exemple', 1), ('Aubejoie', 3), ('Clairvallon', 3), ('Dormevent', 3),
    ]  # fmt: skip
    assert spec.rangs == ("Niveau 0", "Niveau 1", "Niveau 2")  # type: ignore[union-attr]


def test_a_figure_of_an_empty_armature_is_reported(mini: Folder) -> None:
    (mini.root / 'figures' / 'fig-poles.yaml').write_text(FIGURE, encoding='utf-8')
    report = Report()
    read_figures(mini, read(mini, levels([]))[0], report)
    assert [finding.code for finding in report.diagnostics] == ['figure.vide']


@given(st.lists(st.lists(st.sampled_from((*NAMES, 'Ailleurs')), max_size=5), min_size=1, max_size=4))
def test_each_commune_once_or_a_finding(communes: list[list[str]]) -> None:
    report = Report()
    armature = Armature.model_validate(json.loads(levels(*communes)))
    check_communes(armature, NAMES, Yaml(FILE, {}), report)
    written = [name for level in communes for name in level]
    found = {finding.code for finding in report.diagnostics}
    assert ('armature.commune-double' in found) == (len(written) != len(set(written)))
    assert ('armature.commune-inconnue' in found) == ('Ailleurs' in written)
    assert ('armature.commune-absente' in found) == (not set(NAMES) <= set(written))
