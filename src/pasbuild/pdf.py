"""HTML → PDF by WeasyPrint: tagged, with its fonts, the same bytes for the same input, and nothing read from outside.

WeasyPrint asks for every resource through a fetcher; ours knows only three schemes, all in memory: ``figure:ID`` (the
drawings), ``police:FILE`` (the pinned font packages) and ``filigrane:COLOUR/WORDS``. Files and the network do not exist
for it.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pasbuild.diagnostics import ExitCode, Level, PasbuildError, Report
from pasbuild.finish import VARIANT, Attached, write
from pasbuild.generated import environment
from pasbuild.model import Document, Inline, Span, Text, inlines, own_inlines, plain, walk
from pasbuild.project import Folder
from pasbuild.theme import Theme
from pasbuild.watermark import watermark_colour, watermark_svg

if TYPE_CHECKING:
    from pasbuild.drawing import Drawing

_PACKAGES = ('fontpkg_lato', 'fontpkg_spectral')
_WEIGHTS = {
    'Thin': 100, 'Hairline': 100, 'ExtraLight': 200, 'Light': 300, 'Regular': 400, 'Medium': 500, 'SemiBold': 600,
    'Semibold': 600, 'Bold': 700, 'ExtraBold': 800, 'Heavy': 800, 'Black': 900,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Font:
    """One static font file of the pinned packages."""

    family: str
    weight: int
    italic: bool
    file: Traversable


@cache
def fonts() -> dict[str, Font]:
    """Return the fonts by file name ("Lato-Bold.ttf")."""
    found = {}
    for package in _PACKAGES:
        for file in sorted((files(package) / 'files').iterdir(), key=lambda entry: entry.name):
            family, _, style = file.name.rpartition('.')[0].partition('-')
            weight = _WEIGHTS[style.replace('Italic', '') or 'Regular']
            found[file.name] = Font(family, weight, 'Italic' in style, file)
    return found


def font_faces() -> str:
    """Return the ``@font-face`` rules of the pinned fonts."""
    return '\n'.join(
        f'@font-face{{font-family:{font.family};font-weight:{font.weight};'
        f'font-style:{"italic" if font.italic else "normal"};src:url(police:{name})}}'
        for name, font in fonts().items()
    )


def stylesheet(folder: Folder, theme: Theme, filigrane: str = '') -> str:
    """Return the style sheet of the PDF: ``templates/pdf.css`` with the theme's values and the words of the watermark."""
    template = environment(folder).get_template('pdf.css')
    colour = watermark_colour(theme)
    rules = template.render(theme=theme, accents=theme.accents, filigrane=filigrane, couleur_filigrane=colour)
    return f'{font_faces()}\n{rules}'


@dataclass(frozen=True, slots=True)
class Pdf:
    """A laid-out document: its bytes, and on which page each id begins (from 1)."""

    data: bytes
    pages: Mapping[str, int]
    count: int


def write_pdf(
    html: str, css: str, drawings: Mapping[str, Drawing], attached: Sequence[Attached] = (), day: date = date.min
) -> Pdf:
    """Lay the document out; the files inside it are dated ``day``. Raises ValueError for a resource that is neither a figure nor a pinned font."""
    try:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
    except OSError as error:  # the library is there, but not what it loads: Pango, HarfBuzz, Fontconfig
        message = f"WeasyPrint ne trouve pas une bibliothèque du système ({error}).\npiste : ./setup.sh"
        raise PasbuildError(message, ExitCode.TOOL_MISSING) from error

    fetcher = _fetcher(drawings)
    configuration = FontConfiguration()
    sheet = CSS(string=css, font_config=configuration, url_fetcher=fetcher, base_url='pas:')
    source = HTML(string=html, base_url='pas:', url_fetcher=fetcher)
    laid_out = source.render(stylesheets=[sheet], font_config=configuration, pdf_variant=VARIANT)
    pages: dict[str, int] = {}
    for number, page in enumerate(laid_out.pages, 1):
        for name in page.anchors:  # what is split over pages has its name on each
            pages.setdefault(name, number)
    return Pdf(write(laid_out, attached, day), pages, len(laid_out.pages))


def _fetcher(drawings: Mapping[str, Drawing]) -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Closed(URLFetcher):  # type: ignore[misc]
        """Serves figures and fonts from memory and refuses everything else."""

        def fetch(self, url: str, _headers: object = None) -> Any:
            scheme, _, name = url.partition(':')
            if scheme == 'figure' and name in drawings:
                return URLFetcherResponse(url, drawings[name].svg, {'Content-Type': 'image/svg+xml'})
            if scheme == 'filigrane':
                colour, _, words = unquote(name).partition('/')
                return URLFetcherResponse(url, watermark_svg(words, colour), {'Content-Type': 'image/svg+xml'})
            if scheme == 'police' and name in fonts():
                return URLFetcherResponse(url, fonts()[name].file.read_bytes(), {'Content-Type': 'font/ttf'})
            raise ValueError(f"ressource refusée : {url}")

    return Closed()


class EngineLog(logging.Handler):
    """Turns what WeasyPrint logs (missing image, refused resource) into findings, so that nothing is lost in silence."""

    def __init__(self, report: Report) -> None:
        super().__init__(logging.WARNING)
        self.report = report

    def emit(self, record: logging.LogRecord) -> None:
        """Add one finding; the engine's own words are kept."""
        level: Level = 'erreur' if record.levelno >= logging.ERROR else 'avertissement'
        self.report.add('pdf.moteur', Span('templates/pdf.css'), f"WeasyPrint : {record.getMessage()}", level=level)


# --- glyphs -----------------------------------------------------------------------------------------------------------


@cache
def covered() -> frozenset[int]:
    """Return the code points that both text families have in their regular style."""
    from fontTools.ttLib import TTFont

    maps = []
    for font in fonts().values():
        if font.weight == 400 and not font.italic:
            with font.file.open('rb') as stream:
                maps.append(set(TTFont(stream, lazy=True).getBestCmap()))
    return frozenset(set.intersection(*maps))


def check_glyphs(document: Document, report: Report) -> None:
    """Report each character no pinned font can draw: in print it would be an empty box."""
    for block in walk(document):
        for text in _texts(own_inlines(block)):
            for char in sorted(set(text)):
                # HarfBuzz makes the spaces and marks a font lacks (U+202F) from its ordinary space: they need no glyph.
                if ord(char) not in covered() and unicodedata.category(char) not in ('Zs', 'Cf', 'Cc'):
                    message = f"Le caractère « {char} » (U+{ord(char):04X}) n'existe dans aucune police du document."
                    report.add('pdf.glyphe', block.span, message, "Remplacez-le, ou retirez-le.")


def _texts(children: tuple[Inline, ...]) -> Iterator[str]:
    for node in inlines(children):
        text = node.text if isinstance(node, Text) else getattr(node, 'text', '')
        if text:
            yield text
    yield plain(children)
