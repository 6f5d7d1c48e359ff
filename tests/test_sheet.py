"""Measures, scales, colours and the placing of labels."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.drawing import FigureError, new_figure, styled
from pasbuild.sheet import Scale, contrast, lay_sheet, readable, spread, text_width, ticks, wrap
from pasbuild.theme import Theme

THEME = Theme.model_validate(
    tomllib.loads((Path(__file__).parents[1] / 'templates' / 'theme.toml').read_text(encoding='utf-8'))
)


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    with styled(THEME):
        yield


def test_lines_are_broken_at_spaces_then_hyphens() -> None:
    assert wrap("un deux", 100, 8) == ("un deux",)
    assert wrap("Boulogne-sur-Mer et Calais", 16, 8) == ("Boulogne-", "sur-Mer et", "Calais")
    assert wrap("1\u202f051\u00a0hab", 2, 8) == ("1\u202f051\u00a0hab",)


def test_lines_hold_in_their_width() -> None:
    assert all(text_width(line, 8, 600) <= 30 for line in wrap("Communauté d’agglomération de Lens-Liévin", 30, 8, 600))


def test_bold_is_measured_as_bold() -> None:
    assert text_width("Lens", 8, 700) > text_width("Lens", 8)


@given(st.lists(st.tuples(st.floats(-20, 120), st.floats(0.5, 9)), min_size=1, max_size=10))
def test_spread_labels_neither_overlap_nor_leave(labels: list[tuple[float, float]]) -> None:
    wanted, sizes = [place for place, _ in labels], [size for _, size in labels]
    found = sorted(zip(spread(wanted, sizes, 0, 100), sizes, strict=True))
    assert found[0][0] - found[0][1] / 2 >= -1e-6
    assert found[-1][0] + found[-1][1] / 2 <= 100 + 1e-6
    assert all(one + size / 2 <= other - width / 2 + 1e-6 for (one, size), (other, width) in pairwise(found))


def test_spread_leaves_alone_what_does_not_touch() -> None:
    assert spread((10, 50, 30), (5, 5, 5), 0, 100) == (10, 50, 30)


@given(st.floats(-1e6, 1e6), st.floats(0.001, 1e6), st.integers(2, 6))
def test_ticks_cover_the_values(low: float, span: float, wanted: int) -> None:
    found = ticks(low, low + span, wanted)
    tolerance = 1e-6 * max(1.0, abs(low), span)
    assert found[0] <= low + tolerance
    assert found[-1] >= low + span - tolerance
    assert 1 <= len(found) <= wanted + 3


def test_ticks_are_round() -> None:
    assert ticks(0, 369427) == (0, 100000, 200000, 300000, 400000)


def test_scale_of_one_value_does_not_divide_by_zero() -> None:
    assert Scale(5, 5, 10, 20)(5) == 10


def test_words_are_darkened_until_readable() -> None:
    assert contrast('#FFFFFF', '#000000') == pytest.approx(21)
    for colour in THEME.palettes.categories:
        assert contrast(readable(colour, '#FFFFFF'), '#FFFFFF') >= 4.5


def test_too_small_a_sheet_is_refused() -> None:
    sheet = lay_sheet(new_figure(THEME, 126, 40), THEME)
    with pytest.raises(FigureError, match=r"40.mm donnés, 52.mm nécessaires"):
        sheet.require(51.2)
