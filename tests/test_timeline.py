"""The drawing of a timeline: nothing overlaps whatever the dates, and each kind of step has its own shape."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from test_charts import assert_words_apart, texts
from test_milestones import MAIN_STEPS, on

from pasbuild.charts import draw
from pasbuild.drawing import Drawing
from pasbuild.figures import Etape, Frise
from pasbuild.milestones import procedure_figure
from pasbuild.model import Width
from pasbuild.project import Dossier
from pasbuild.theme import Theme

CLOSE = {'prescription': '2015-04-10', 'ouverture_enquete': '2025-03-31', 'cloture_enquete': '2025-04-01'}
CASES = {
    'none': on('2026-01-01', 'projet', {}),
    'one': on('2026-01-01', 'projet', {'prescription': '2026-01-01'}),
    'all': on('2026-01-01', 'executoire', MAIN_STEPS),
    'close, over ten years': on('2026-01-01', 'projet', CLOSE),
    'one day': on('2026-01-01', 'executoire', dict.fromkeys(MAIN_STEPS, '2025-12-31')),
    'abandoned': on('2026-01-01', 'abandonne', {'prescription': '1990-01-15', 'abandon': '2021-01-01'}),
}


@pytest.fixture(scope='module')
def theme() -> Theme:
    path = Path(__file__).parents[1] / 'templates' / 'theme.toml'
    return Theme.model_validate(tomllib.loads(path.read_text(encoding='utf-8')))


def drawn(spec: Frise, theme: Theme) -> Drawing:
    return draw(spec, {}, theme, Path())


@pytest.mark.parametrize('largeur', ['colonne', 'large'])
@pytest.mark.parametrize('case', CASES)
def test_words_never_overlap(case: str, largeur: Width, theme: Theme) -> None:
    spec = procedure_figure(CASES[case]).model_copy(update={'largeur': largeur})
    assert_words_apart(drawn(spec, theme), theme)


def numbers(dossier: Dossier, theme: Theme) -> list[str]:
    return [text for text in texts(drawn(procedure_figure(dossier), theme)) if len(text) < 3]


def test_dated_steps_are_on_the_ruler_and_in_the_list(theme: Theme) -> None:
    assert numbers(CASES['all'], theme) == [*map(str, range(1, 12))] * 2
    assert [*map(int, numbers(CASES['close, over ten years'], theme))] == [1, 6, 7, *range(1, 12)]


def test_without_two_dates_there_is_no_ruler(theme: Theme) -> None:
    assert numbers(CASES['none'], theme) == numbers(CASES['one'], theme) == []


def test_each_kind_of_step_has_its_shape(theme: Theme) -> None:
    steps = {
        'done': Etape(date='2020', texte="x"),
        'missing': Etape(texte="x"),
        'to come': Etape(quand="à venir", texte="x", fait=False),
        'state': Etape(date='2020', texte="x", etat=True),
    }
    spec = Frise(type='frise', titre="Titre", texte_alternatif="Une frise d'essai, deux étapes.", hauteur=20)
    paths = {
        name: drawn(spec.model_copy(update={'etapes': (step, step)}), theme).svg.decode()
        for name, step in steps.items()
    }
    assert {name: 'stroke-dasharray: 2,1.6' in svg for name, svg in paths.items()} == {
        'done': False, 'missing': True, 'to come': False, 'state': False,
    }  # fmt: skip
    assert 'fill: #ffffff' in paths['to come']
    assert 'fill: #ffffff' not in paths['done']


def test_a_date_in_words_is_listed_and_not_placed(theme: Theme) -> None:
    steps = (*procedure_figure(CASES['all']).etapes, Etape(date='vers 2017', texte="Diagnostic"))
    spec = procedure_figure(CASES['all']).model_copy(update={'etapes': steps})
    shown = texts(drawn(spec, theme))
    assert "Diagnostic" in shown
    assert shown.count('12') == 1


def test_so_many_steps_that_the_ruler_has_no_room(theme: Theme) -> None:
    steps = tuple(Etape(date=str(1990 + rank), texte="Étape") for rank in range(40))
    spec = procedure_figure(CASES['none']).model_copy(update={'etapes': steps, 'hauteur': 230})
    assert "40" not in texts(drawn(spec, theme))
