"""HTML → PDF by WeasyPrint: tagged, with its fonts, the same bytes for the same input, and nothing read from outside.

What is laid out here is a part of the document, or all of it: ``chapters.py`` asks, ``merge.py`` puts together.

WeasyPrint asks for every resource through a fetcher; ours knows only three schemes, all in memory: ``figure:ID`` (the
drawings), ``police:FILE`` (the pinned font packages) and ``filigrane:COLOUR/WORDS``. Files and the network do not exist
for it.
"""

from __future__ import annotations

import atexit
import logging
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pasbuild.diagnostics import ExitCode, Level, PasbuildError, Report
from pasbuild.finish import VARIANT, Attached, write
from pasbuild.fonts import fonts
from pasbuild.generated import environment, fill
from pasbuild.model import Document, Inline, Span, Text, inlines, own_inlines, plain, walk
from pasbuild.project import Folder
from pasbuild.theme import Theme
from pasbuild.watermark import watermark_colour, watermark_svg

if TYPE_CHECKING:
    from pasbuild.drawing import Drawing


def font_faces() -> str:
    """Return the ``@font-face`` rules of the pinned fonts."""
    return '\n'.join(
        f'@font-face{{font-family:{font.family};font-weight:{font.weight};'
        f'font-style:{"italic" if font.italic else "normal"};src:url(police:{name})}}'
        for name, font in fonts().items()
    )


def stylesheet(folder: Folder, theme: Theme, filigrane: str = '', *, folios: bool = False) -> str:
    """Return the style sheet of the PDF: ``templates/pdf.css`` with the theme's values and the words of the watermark.

    With ``folios`` it prints the page numbers, else it leaves their place empty: a part must not be laid out again because
    pages were added before it.
    """
    templates, colour = environment(folder), watermark_colour(theme)
    return fill(
        templates,
        'pdf.css',
        theme=theme,
        accents=theme.accents,
        filigrane=filigrane,
        couleur_filigrane=colour,
        folios=folios,
    )


@dataclass(frozen=True, slots=True)
class Pdf:
    """A laid-out document: its bytes, on which page each id stands (from 1), and the named page (``@page``) of each page."""

    data: bytes
    pages: Mapping[str, int]
    count: int
    sheets: tuple[str, ...] = ()


def write_pdf(
    html: str,
    css: str,
    drawings: Mapping[str, Drawing],
    attached: Sequence[Attached] = (),
    day: date = date.min,
    *,
    notes: int = 0,
) -> Pdf:
    """Lay a document out, or a part of it that ``notes`` footnotes come before; the files inside it are dated ``day``.

    A resource that is neither a figure nor a pinned font is refused, which the engine logs.
    """
    laid_out = _render(html, css, drawings, f'body{{counter-reset:footnote {notes}}}' if notes else '')
    pages: dict[str, int] = {}
    for number, page in enumerate(laid_out.pages, 1):
        for name in page.anchors:  # what runs over several pages is where it begins
            pages.setdefault(name, number)
    sheets = tuple(str(page._page_box.page_type.name or '') for page in laid_out.pages)  # noqa: SLF001
    return Pdf(write(laid_out, attached, day), pages, len(laid_out.pages), sheets)


def write_folios(sheets: Sequence[str], css: str) -> bytes:
    """Return a PDF of empty pages with their numbers, to lay over the others: the same style, in the same named pages."""
    divs = ''.join(f'<div style="page:{name or "auto"}"></div>' for name in sheets)
    only = '@page{background:none!important}html,body{margin:0;background:none}div{break-after:page;height:1px}'
    laid_out = _render(
        f'<html lang="fr"><body>{divs}</body></html>', css, {}, f'{only}div:last-child{{break-after:auto}}'
    )
    data: bytes = laid_out.write_pdf()
    return data


def prepare() -> None:
    """Load what every layout needs (WeasyPrint, the fonts), ahead of time."""
    _configuration()


def _render(html: str, css: str, drawings: Mapping[str, Drawing], more: str) -> Any:
    configuration = _configuration()
    from weasyprint import HTML

    sheets = [_sheet(text) for text in (css, more) if text]
    for record in (record for _, records in sheets for record in records):
        logging.getLogger('weasyprint').handle(record)
    source = HTML(string=html, base_url='pas:', url_fetcher=_fetcher(drawings))
    return source.render(stylesheets=[sheet for sheet, _ in sheets], font_config=configuration, pdf_variant=VARIANT)


@cache
def _configuration() -> Any:
    """Return WeasyPrint's fonts, with the pinned ones: the same for all that this process lays out."""
    try:
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration
    except OSError as error:  # the library is there, but not what it loads: Pango, HarfBuzz, Fontconfig
        message = f"WeasyPrint ne trouve pas une bibliothèque du système ({error}).\npiste : ./setup.sh"
        raise PasbuildError(message, ExitCode.TOOL_MISSING) from error
    configuration = FontConfiguration()
    CSS(string=font_faces(), font_config=configuration, url_fetcher=_fetcher({}), base_url='pas:')
    atexit.register(_configuration.cache_clear)  # it keeps copies of the fonts in a folder of its own
    return configuration


@lru_cache(maxsize=4)
def _sheet(css: str) -> tuple[Any, tuple[logging.LogRecord, ...]]:
    """Return a style sheet as read, and what the engine said of it: every part it serves for must say it again."""
    from weasyprint import CSS

    kept, logger = Kept(logging.WARNING), logging.getLogger('weasyprint')
    logger.addHandler(kept)
    try:
        sheet = CSS(string=css, font_config=_configuration(), url_fetcher=_fetcher({}), base_url='pas:')
    finally:
        logger.removeHandler(kept)
    return sheet, tuple(kept.records)


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


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.records.append(record)


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
def covered() -> frozenset[str]:
    """Return the characters that both text families have in their regular style."""
    from fontTools.ttLib import TTFont

    maps = []
    for font in fonts().values():
        if font.weight == 400 and not font.italic:
            with font.file.open('rb') as stream:
                maps.append(set(TTFont(stream, lazy=True).getBestCmap()))
    return frozenset(map(chr, set.intersection(*maps)))


def check_glyphs(document: Document, report: Report) -> None:
    """Report each character no pinned font can draw: in print it would be an empty box."""
    for block in walk(document):
        for text in _texts(own_inlines(block)):
            for char in sorted(set(text) - covered()):
                # HarfBuzz makes the spaces and marks a font lacks (U+202F) from its ordinary space: they need no glyph.
                if unicodedata.category(char) not in ('Zs', 'Cf', 'Cc'):
                    message = f"Le caractère « {char} » (U+{ord(char):04X}) n'existe dans aucune police du document."
                    report.add('pdf.glyphe', block.span, message, "Remplacez-le, ou retirez-le.")


def _texts(children: tuple[Inline, ...]) -> Iterator[str]:
    for node in inlines(children):
        text = node.text if isinstance(node, Text) else getattr(node, 'text', '')
        if text:
            yield text
    yield plain(children)
