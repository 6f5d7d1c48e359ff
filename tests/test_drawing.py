"""Bytes, sizes and cache of drawings."""

from __future__ import annotations

import re
import struct
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pasbuild.drawing import DPI, MM, Drawing, cached, new_figure, render_png, render_svg, styled, width_mm
from pasbuild.theme import Theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWING = Drawing(b'<svg/>', b'\x89PNG\x00\xff', 126.0, 62.0, ("Année", "Habitants"), (("2023", "367\u202f806"),))
THEME = Path(__file__).parents[1] / 'templates' / 'theme.toml'


@pytest.fixture(scope='module')
def theme() -> Theme:
    return Theme.model_validate(tomllib.loads(THEME.read_text(encoding='utf-8')))


@pytest.fixture
def figure(theme: Theme) -> Figure:
    with styled(theme):
        figure = new_figure(theme, 126, 62)
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        axes.plot([2016, 2023], [0.123456789, 2])
        axes.text(2018, 1, "Hénin-Beaumont : −0,8 % < 1 & $2$", weight=600)
    return figure


def test_widths_are_those_of_the_page(theme: Theme) -> None:
    assert [width_mm(width, theme) for width in ('colonne', 'large', 'paysage')] == [126, 166, 253]


def test_svg_has_its_exact_size_and_short_numbers(figure: Figure, theme: Theme) -> None:
    svg = render_svg(figure, theme).decode()
    assert svg.startswith('<svg ')
    assert ' width="126mm" height="62mm"' in svg
    assert not re.search(r'\d\.\d{3}', svg)


def test_svg_text_stays_text_in_lato(figure: Figure, theme: Theme) -> None:
    svg = render_svg(figure, theme).decode()
    assert ">Hénin-Beaumont : −0,8 % &lt; 1 &amp; $2$</text>" in svg
    assert "font-weight: 600" in svg
    assert set(re.findall(r"font-family: '([^']*)'", svg)) == {'Lato'}


def test_svg_says_neither_date_nor_program(figure: Figure, theme: Theme) -> None:
    svg = render_svg(figure, theme).decode()
    assert '<metadata>' not in svg
    assert 'atplotlib v' not in svg
    assert 'DOCTYPE' not in svg


def test_png_has_the_size_of_the_page_at_its_resolution(figure: Figure, theme: Theme) -> None:
    png = render_png(figure, theme)
    size = struct.unpack('>II', png[16:24])
    assert size == (int(126 / MM * DPI), int(62 / MM * DPI))
    assert b'Software' not in png


def test_settings_of_the_user_do_not_count(theme: Theme) -> None:
    import matplotlib as mpl

    def draw() -> bytes:
        with styled(theme):
            figure = new_figure(theme, 60, 40)
            figure.add_subplot().plot([1, 2], [3, 4])
        return render_svg(figure, theme)

    plain = draw()
    with mpl.rc_context({'font.family': ['DejaVu Sans'], 'axes.grid': True, 'lines.linewidth': 9}):
        assert draw() == plain


def test_cache_hit_does_not_draw(tmp_path: Path) -> None:
    assert cached(['spec', b'data'], tmp_path, lambda: DRAWING) == DRAWING
    assert cached(['spec', b'data'], tmp_path, _fail) == DRAWING


def test_cache_key_tells_every_part(tmp_path: Path) -> None:
    cached(['ab', 'c'], tmp_path, lambda: DRAWING)
    for parts in (['a', 'bc'], ['abc'], ['ab', 'c', '']):
        with pytest.raises(AssertionError):
            cached(parts, tmp_path, _fail)


@pytest.mark.parametrize('damage', ['empty', 'cut', 'flipped', 'other'])
def test_corrupt_entry_is_drawn_again(tmp_path: Path, damage: str) -> None:
    cached(['spec'], tmp_path, lambda: DRAWING)
    (entry,) = tmp_path.glob('*.json')
    whole = entry.read_bytes()
    flipped = whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]
    entry.write_bytes({'empty': b'', 'cut': whole[:-20], 'flipped': flipped, 'other': b'{}\n{}'}[damage])
    calls: list[int] = []

    def make() -> Drawing:
        calls.append(1)
        return DRAWING

    assert cached(['spec'], tmp_path, make) == DRAWING
    assert calls == [1]
    assert entry.read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == [entry.name]


def _fail() -> Drawing:
    raise AssertionError
