"""The watermark of a draft: drawn, not written, light enough to read through, and gone once the project is voted."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from pasbuild.diagnostics import Report
from pasbuild.generated import DEFAULTS
from pasbuild.pdf import stylesheet
from pasbuild.procedure import states
from pasbuild.project import Folder
from pasbuild.theme import Theme, read_theme
from pasbuild.watermark import watermark_colour, watermark_shape, watermark_svg


@pytest.fixture
def theme() -> Theme:
    found = read_theme(DEFAULTS / 'theme.toml', Report())
    assert found is not None
    return found


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_it_is_outlines_without_any_text() -> None:
    root = ET.fromstring(watermark_svg("Projet débattu", '#EEEEEE'))
    assert [child.tag.rpartition('}')[2] for child in root] == ['path']
    assert len(root[0].get('d', '')) > 500


def test_the_same_words_give_the_same_bytes() -> None:
    assert watermark_svg("Projet", '#EEEEEE') == watermark_svg("Projet", '#EEEEEE')


def test_text_keeps_its_contrast_above_it(theme: Theme) -> None:
    colour = watermark_colour(theme)
    assert contrast(colour, theme.couleurs.encre) > 7
    assert contrast(colour, theme.couleurs.discret) > 4.5


def test_word_gets_a_shape_with_no_text_of_the_document(theme: Theme) -> None:
    shape = watermark_shape("Projet <1>", '#EEEEEE')
    assert '<w:t' not in shape
    assert 'string="PROJET &lt;1&gt;"' in shape


def test_only_what_is_not_voted_yet_is_marked(mini: Folder, theme: Theme) -> None:
    assert {state.id for state in states().values() if state.filigrane} == {'projet', 'debattu'}
    assert 'filigrane:' in stylesheet(mini, theme, "Projet")
    assert 'filigrane:' not in stylesheet(mini, theme)
