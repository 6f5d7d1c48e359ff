"""The watermark of a draft: the words of its state across each page, behind the text, in the PDF and in the Word file.

Why outlines and not text: what is drawn here says nothing the cover does not say, and must be neither read aloud nor
found among the words of the document. Word has a convention of its own for watermarks, a shape in the header.
"""

from __future__ import annotations

import math
from functools import cache
from html import escape

from pasbuild.theme import Theme

SIDE = 1000
"""Side of the square the words cross, in units of the drawing."""
TURN = 52
"""Angle of the words with the foot of the page, in degrees: the diagonal of an A4 page, nearly."""
STRENGTH = 0.06
"""Share of ink in the colour of the words: text above them keeps its contrast."""
_FONT = 'Lato-Bold.ttf'


def watermark_svg(words: str, colour: str) -> bytes:
    """Return a square SVG with ``words`` as outlines along its diagonal."""
    path, width, height = _outline(words)
    scale = min(SIDE * 0.98 / math.cos(math.radians(TURN)) * 0.62 / width, SIDE * 0.2 / height)
    transform = f'translate({SIDE / 2} {SIDE / 2}) rotate(-{TURN}) scale({scale:.4f} -{scale:.4f})'
    place = f'translate({-width / 2:.0f} {-height / 2:.0f})'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}">'
        f'<path fill="{escape(colour)}" transform="{transform} {place}" d="{path}"/></svg>'
    ).encode()


def watermark_colour(theme: Theme) -> str:
    """Return the colour of the words on the page: paper with a little ink, as #RRGGBB."""
    paper, ink = (_channels(colour) for colour in (theme.couleurs.papier, theme.couleurs.encre))
    return '#' + ''.join(f'{round(p + (i - p) * STRENGTH):02X}' for p, i in zip(paper, ink, strict=True))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@cache
def _outline(words: str) -> tuple[str, float, float]:
    """Return the outline of ``words`` (SVG path, y upwards), its width and the height of a capital, in font units."""
    from fontTools.pens.svgPathPen import SVGPathPen
    from fontTools.pens.transformPen import TransformPen
    from fontTools.ttLib import TTFont

    from pasbuild.fonts import fonts

    with fonts()[_FONT].file.open('rb') as stream:
        font = TTFont(stream)
        glyphs, names, metrics = font.getGlyphSet(), font.getBestCmap(), font['hmtx']
        pen, x = SVGPathPen(glyphs, lambda number: f'{number:.0f}'), 0.0
        for char in words.upper():
            name = names.get(ord(char), '.notdef')
            glyphs[name].draw(TransformPen(pen, (1, 0, 0, 1, x, 0)))
            x += metrics[name][0]
        return pen.getCommands(), x, float(font['OS/2'].sCapHeight)


def watermark_shape(words: str, colour: str) -> str:
    """Return the run that Word puts in a header for a watermark (VML, which LibreOffice draws as well)."""
    style = (
        'position:absolute;margin-left:0;margin-top:0;width:480pt;height:96pt;rotation:308;z-index:-251658752;'
        'mso-position-horizontal:center;mso-position-horizontal-relative:page;'
        'mso-position-vertical:center;mso-position-vertical-relative:page'
    )
    return (
        '<w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:o="urn:schemas-microsoft-com:office:office">'
        '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
        'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>'
        '<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>'
        '<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>'
        '<v:path textpathok="t" o:connecttype="rect"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
        f'<v:shape id="PowerPlusWaterMarkObject1" type="#_x0000_t136" alt="" style="{style}" '
        f'fillcolor="{escape(colour)}" stroked="f">'
        f'<v:textpath style="font-family:Lato;font-weight:bold" string="{escape(words.upper())}"/>'
        '</v:shape></w:pict></w:r>'
    )
