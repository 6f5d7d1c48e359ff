"""The picture of the Word cover: the three slag heaps of the PDF's cover, one for each accent, over a strip of ink.

Why a picture: Word has no shapes that LibreOffice keeps in place. ``pdf.css`` draws the same figure with the same
measures (``cone``); text stands above it in both.
"""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageDraw

from pasbuild.theme import Theme

GROUND = 222
"""Height of the horizon from the top of the page, in millimetres."""
CONES = ((2, 156, 240), (1, 48, 176), (0, 104, 104))
"""From back to front: rank of the accent, middle and width of the base in millimetres."""
SLOPE = 0.37
"""Height of a cone over the width of its base."""
RIDGE = 0.089
"""From the middle of the base to the foot of the ridge that parts light from shade, over the width of the base."""
SCALE = 6
"""Pixels to the millimetre, twice what is kept: edges are smoothed by halving."""


@cache
def cover_png(theme: Theme) -> bytes:
    """Return the background of the cover, a full page, as PNG; the same theme gives the same bytes."""
    page, colours = theme.page, theme.couleurs
    size = round(page.largeur * SCALE), round(page.hauteur * SCALE)
    image = Image.new('RGB', size, colours.sable)
    draw = ImageDraw.Draw(image)
    for rank, middle, width in CONES:
        top = (middle, GROUND - SLOPE * width)
        left, ridge, right = (middle + share * width for share in (-0.5, RIDGE, 0.5))
        accent = theme.accents[rank % len(theme.accents)]
        for colour, start, end in ((accent.ombre, left, right), (accent.fort, left, ridge)):
            corners = [(start, GROUND), top, (end, GROUND)]
            draw.polygon([(x * SCALE, y * SCALE) for x, y in corners], fill=colour)
    draw.rectangle((0, GROUND * SCALE, *size), fill=colours.encre)
    stream = io.BytesIO()
    image.resize((size[0] // 2, size[1] // 2), Image.Resampling.LANCZOS).save(stream, 'PNG', optimize=True)
    return stream.getvalue()
