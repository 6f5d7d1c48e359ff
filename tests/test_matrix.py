"""The drawing of the matrix: it fits, it reads without colour, and what has no answer jumps to the eye."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from test_charts import assert_words_apart, texts

from pasbuild.charts import draw
from pasbuild.correspondence import Group, Line, Matrix, Matter
from pasbuild.drawing import Drawing, FigureError
from pasbuild.figures import Correspondance
from pasbuild.law import matieres
from pasbuild.model import Width
from pasbuild.theme import Theme

MATTERS = tuple(Matter(matter.court, matter.degre == 'obligatoire') for matter in matieres().values())
LONG = (
    "Un titre trop long pour tenir sur une ligne de la matrice, et même sur deux, parce qu’il n’en finit pas de finir"
)


@pytest.fixture(scope='module')
def theme() -> Theme:
    path = Path(__file__).parents[1] / 'templates' / 'theme.toml'
    return Theme.model_validate(tomllib.loads(path.read_text(encoding='utf-8')))


def line(number: str, title: str, answers: Iterable[int]) -> Line:
    wanted = set(answers)
    return Line(number, title, tuple(index in wanted for index in range(len(MATTERS))))


def matrix(*groups: tuple[Line, ...]) -> Matrix:
    titled = (Group(f"Ambition n° {rank} · Titre", rank, lines) for rank, lines in enumerate(groups, 1))
    return Matrix("objectif", "objectifs", MATTERS, tuple(titled))


def drawn(found: Matrix, theme: Theme, largeur: Width = 'large') -> Drawing:
    spec = Correspondance(
        type='correspondance', titre="Titre", texte_alternatif="Une matrice d'essai.", largeur=largeur
    )
    return draw(spec, {}, theme, Path(), {}, found)


def full(count: int, title: str = "Objectif") -> Matrix:
    return matrix(tuple(line(f'1.1.{rank}', title, range(14)) for rank in range(count)))


@pytest.mark.parametrize('largeur', ['colonne', 'large', 'paysage'])
def test_words_fit_and_do_not_overlap(theme: Theme, largeur: Width) -> None:
    found = matrix((line('1.1.1', LONG, [0]), line('1.1.2', "Vide", [])), (line('2.1.1', "Sols", [2, 13]),))
    drawing = drawn(found, theme, largeur)
    assert_words_apart(drawing, theme)
    svg = drawing.svg.decode()
    assert min(map(float, re.findall(r'font-size: ([\d.]+)px', svg))) >= 7
    assert all(matter.name in texts(drawing) for matter in MATTERS)


def test_forty_four_objectives_hold_on_a_page(theme: Theme) -> None:
    drawing = drawn(full(44, LONG), theme)
    assert (drawing.width_mm, drawing.height_mm < 214) == (166, True)
    assert_words_apart(drawing, theme)
    assert sum(text.endswith('…') for text in texts(drawing)) == 44


def test_too_many_objectives_are_refused(theme: Theme) -> None:
    with pytest.raises(FigureError, match="ne tiennent pas sur une page"):
        drawn(full(90), theme)
    with pytest.raises(FigureError, match="aucun titre"):
        drawn(matrix(), theme)


def test_a_matter_and_an_objective_without_answer_are_hatched_and_counted_zero(theme: Theme) -> None:
    whole, gaps = (
        drawn(full(2), theme),
        drawn(matrix((line('1.1.1', "Un", range(13)), line('1.1.2', "Deux", []))), theme),
    )
    assert "aucune réponse" not in texts(whole)
    assert '0' not in texts(whole)
    assert "aucune réponse" in texts(gaps)
    assert texts(gaps).count('0') == 2  # the last matter, the second objective
    assert [drawing.svg.decode().count('stroke-width: 0.5') for drawing in (whole, gaps)] == [0, 3]  # and the legend


def test_totals_are_printed(theme: Theme) -> None:
    shown = texts(drawn(matrix((line('1.1.1', "Un", [0, 1]), line('1.1.2', "Deux", [0]))), theme))
    assert shown.count('2') == 2  # the first matter, the first objective
