"""The picture behind the Word cover follows the theme, and is the same bytes each time."""

from __future__ import annotations

import io

from PIL import Image, ImageColor

from pasbuild.cover import CONES, GROUND, SCALE, SLOPE, cover_png
from pasbuild.diagnostics import Report
from pasbuild.generated import DEFAULTS
from pasbuild.theme import Theme, read_theme


def theme() -> Theme:
    read = read_theme(DEFAULTS / 'theme.toml', Report())
    assert read is not None
    return read


def colour_at(image: Image.Image, x: float, y: float) -> object:
    """Colour at a place given in millimetres from the corner of the page."""
    return image.getpixel((int(x * SCALE / 2), int(y * SCALE / 2)))


def test_cones_stand_on_the_horizon_in_the_accents_of_the_theme() -> None:
    look = theme()
    image = Image.open(io.BytesIO(cover_png(look)))
    for rank, middle, width in CONES:
        near_top = GROUND - SLOPE * width + 4
        assert colour_at(image, middle, near_top) == ImageColor.getrgb(look.accents[rank].fort)
        assert colour_at(image, middle, near_top - 12) != ImageColor.getrgb(look.accents[rank].fort)
    assert colour_at(image, 20, 20) == ImageColor.getrgb(look.couleurs.sable)
    assert colour_at(image, 20, GROUND + 10) == ImageColor.getrgb(look.couleurs.encre)


def test_each_cone_has_a_face_in_the_light_and_one_in_the_shade() -> None:
    look = theme()
    image = Image.open(io.BytesIO(cover_png(look)))
    rank, middle, width = CONES[-1]
    assert colour_at(image, middle - 0.2 * width, GROUND - 3) == ImageColor.getrgb(look.accents[rank].fort)
    assert colour_at(image, middle + 0.2 * width, GROUND - 3) == ImageColor.getrgb(look.accents[rank].ombre)


def test_same_theme_gives_the_same_bytes() -> None:
    assert cover_png(theme()) == cover_png(theme())
