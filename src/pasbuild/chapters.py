"""The document laid out part by part: each in a process, kept in the cache, then put together (``merge.py``).

Why: laying out is what costs (a sixth of a second a page), and an edit touches one part. A part is laid out from what it
prints and nothing else: page numbers of the contents and lists come from a map of the last build, and what they turn out to
be is laid out again until nothing moves; the numbers at the foot of pages are printed over the merged pages, so that adding
a page does not touch the parts that follow; links to other parts are found when they are all there.
"""

from __future__ import annotations

import gc
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pasbuild.cache import FOLDER, MADE_OTHERWISE, digest, engine, load, store
from pasbuild.diagnostics import Level, Report
from pasbuild.document import Project
from pasbuild.drawing import Drawing
from pasbuild.finish import Attached, figure_data
from pasbuild.html import RESUMES, write_html
from pasbuild.model import Document, Span
from pasbuild.pdf import EngineLog, Pdf, prepare, stylesheet, write_folios, write_pdf
from pasbuild.procedure import states
from pasbuild.theme import Theme
from pasbuild.workers import Workers, uncollected

CACHE = f'{FOLDER}/parts'
PLACES = 'places.json'
ROUNDS = 6
"""Page numbers settle in two or three rounds; more means that they never will."""
_WHOLE = re.compile(
    r'counters?\(\s*pages?\b|target-(counter|text)|@page[^{;]*:(left|right|first|blank|nth)|break-[a-z]+\s*:\s*(left|right|recto|verso)'
)
"""What a style sheet can say that only has a meaning over the whole document: it is then laid out in one piece."""
_ID = re.compile(r' id="([^"]*)"')
_LINK = re.compile(r' href="#([^"]*)"')
_PAGE_OF = re.compile(r' data-h="#([^"]*)"')
_SECTION = re.compile(r'<section class="partie [^>]*>')
_NOTE = '<span class="note" '


@dataclass(frozen=True, slots=True)
class Chapter:
    """What a layout depends on, and nothing else: it crosses to another process, and names its entry in the cache.

    ``notes`` is the number of footnotes before it; it ``resumes`` the part whose opening page is the chapter before. Drawings come without their PNG, which the PDF does not print.
    """

    html: str
    css: str
    drawings: Mapping[str, Drawing]
    notes: int
    resumes: bool = False
    attached: tuple[Attached, ...] = ()
    day: date = date.min

    def with_pages(self, places: Mapping[str, int]) -> Chapter:
        """Return the chapter with the page of each place its lists name (``data-page``)."""
        html = _PAGE_OF.sub(lambda found: f'{found[0]} data-page="{places.get(found[1], 0)}"', self.html)
        return replace(self, html=html)

    def key(self) -> str:
        """Return the name of its entry."""
        svgs = (part for name, drawing in self.drawings.items() for part in (name, drawing.svg))
        files = (part for file in self.attached for part in (file.name, file.data, file.description))
        said = (self.html, self.css, str(self.notes), str(self.day), str(len(self.attached)))
        return digest([engine(), 'part', *said, *files, *svgs])


@dataclass(frozen=True, slots=True)
class LaidOut:
    """One chapter laid out, and what the engine had to say of it."""

    pdf: Pdf
    findings: tuple[tuple[Level, str], ...] = ()

    def payload(self) -> bytes:
        """Return it as bytes: a line of JSON, then the PDF."""
        head = {'pages': dict(self.pdf.pages), 'sheets': self.pdf.sheets, 'findings': self.findings}
        return json.dumps(head, ensure_ascii=False).encode() + b'\n' + self.pdf.data


def read_payload(payload: bytes) -> LaidOut:
    """Return what ``payload`` wrote."""
    head, data = payload.split(b'\n', 1)
    fields = json.loads(head)
    sheets = tuple(fields['sheets'])
    findings = tuple((level, message) for level, message in fields['findings'])
    return LaidOut(Pdf(data, _page_numbers(fields['pages']), len(sheets), sheets), findings)


def _page_numbers(found: Mapping[str, object]) -> dict[str, int]:
    """Return pages by id as read from the cache: whole numbers, since they go into the HTML."""
    return {name: int(str(page)) for name, page in found.items()}


def lay_out(
    project: Project,
    theme: Theme,
    drawings: Mapping[str, Drawing],
    report: Report,
    workers: Workers | None = None,
    *,
    whole: bool = False,
) -> Pdf:
    """Return the PDF of the document; what the engine complains of becomes findings.

    ``whole`` lays it out in one piece: slower, the same pages.
    """
    from pasbuild.merge import merge

    filigrane = states()[project.dossier.etat].filigrane
    css, numbered = (stylesheet(project.folder, theme, filigrane, folios=folios) for folios in (False, True))
    whole = whole or _WHOLE.search(css) is not None
    chapters = _chapters(project, theme, css, drawings, whole=whole)
    cache = project.folder.root / CACHE
    laid_out, places = _settle(chapters, cache, workers or Workers(1), report)
    sheets = tuple(sheet for done in laid_out for sheet in done.pdf.sheets)
    folios = _folios(sheets, numbered, cache) if numbered != css else b''
    files = [(done.pdf.data, chapter.resumes) for done, chapter in zip(laid_out, chapters, strict=True)]
    data, lost = merge(files, folios)
    for level, message in (finding for done in laid_out for finding in done.findings):
        report.add('pdf.moteur', Span('templates/pdf.css'), message, level=level)
    for name in lost:
        report.add('pdf.moteur', Span('templates/pdf.css'), f"Le renvoi « #{name} » ne mène à aucune page.")
    return Pdf(data, places, len(sheets), sheets)


# --- chapters ---------------------------------------------------------------------------------------------------------


def _chapters(
    project: Project, theme: Theme, css: str, drawings: Mapping[str, Drawing], *, whole: bool
) -> list[Chapter]:
    parts = project.document.parts
    pieces = [(parts, False)] if whole else [((part,), True) for part in parts]
    pages = [
        (piece, page, rank > 0)
        for piece, apart in pieces
        for rank, page in enumerate(
            _cut(write_html(Document(piece), project.dossier, theme, project.folder), apart=apart)
        )
    ]
    known = [set(_ID.findall(page)) for _, page, _ in pages]
    everywhere = set().union(*known)
    chapters, notes = [], 0
    for (piece, page, resumes), own in zip(pages, known, strict=True):
        used = {name: replace(drawing, png=b'') for name, drawing in drawings.items() if f'src="figure:{name}"' in page}
        html, attached = _outward(page, everywhere - own), figure_data(Document(piece), used)
        chapters.append(Chapter(html, css, used, notes, resumes, attached, project.dossier.date))
        notes += page.count(_NOTE)
    return chapters


def _cut(html: str, *, apart: bool) -> list[str]:
    """Return a part in one piece, or the opening page of a dynamique apart: it prints page numbers, what follows does not."""
    opening, mark, rest = html.partition(str(RESUMES))
    section = _SECTION.search(opening)
    if not (apart and mark and section):
        return [html]
    return [f'{opening}</section></body></html>', opening[: section.end()] + mark + rest]


def _outward(html: str, elsewhere: set[str]) -> str:
    """Mark the links to what other parts hold: WeasyPrint drops a link to an id it does not see."""
    from pasbuild.merge import LINK

    return _LINK.sub(lambda found: f' href="{LINK}{found[1]}"' if found[1] in elsewhere else found[0], html)


# --- layout -----------------------------------------------------------------------------------------------------------


def _settle(
    chapters: Sequence[Chapter], cache: Path, workers: Workers, report: Report
) -> tuple[list[LaidOut], dict[str, int]]:
    """Lay out until the page numbers printed are those of the pages; return the parts and where each id stands."""
    places = _last_places(cache)
    done: dict[str, LaidOut] = {}
    for _ in range(ROUNDS):
        wanted = [chapter.with_pages(places) for chapter in chapters]
        laid_out = _lay_out_all(wanted, done, cache, workers)
        found = _places(laid_out)
        if [chapter.with_pages(found) for chapter in chapters] == wanted:
            break
        places = found
    else:
        message = "Les numéros de page du sommaire et des listes ne se stabilisent pas."
        report.warn('pdf.moteur', Span('templates/pdf.css'), message)
    store(cache / PLACES, json.dumps(found, ensure_ascii=False).encode())
    return laid_out, found


def _lay_out_all(chapters: Sequence[Chapter], done: dict[str, LaidOut], cache: Path, workers: Workers) -> list[LaidOut]:
    keys = [chapter.key() for chapter in chapters]
    for key in keys:
        payload = load(cache / key) if key not in done else None
        if payload is not None:
            with suppress(*MADE_OTHERWISE):
                done[key] = read_payload(payload)
    missing = {key: chapter for key, chapter in zip(keys, chapters, strict=True) if key not in done}
    longest_first = sorted(missing.items(), key=lambda item: -_weight(item[1]))
    for (key, _), result in workers.run(lay_out_chapter, longest_first):
        done[key] = result
        store(cache / key, result.payload())
    return [done[key] for key in keys]


def _weight(chapter: Chapter) -> int:
    """Guess how long a layout takes, by what there is to read."""
    return len(chapter.html) + sum(len(drawing.svg) for drawing in chapter.drawings.values()) // 10


def lay_out_chapter(task: tuple[str, Chapter]) -> LaidOut:
    """Lay one chapter out; what the engine logs is kept with it."""
    chapter, report = task[1], Report()
    with listening(report), uncollected():
        pdf = write_pdf(chapter.html, chapter.css, chapter.drawings, chapter.attached, chapter.day, notes=chapter.notes)
    gc.collect()  # boxes point to one another: without this, memory grows part after part
    return LaidOut(pdf, tuple((finding.level, finding.message) for finding in report.diagnostics))


def warm_up() -> None:
    """Load all that a layout needs."""
    prepare()


@contextmanager
def listening(report: Report) -> Iterator[None]:
    """Turn what the engine logs meanwhile into findings."""
    handler, logger = EngineLog(report), logging.getLogger('weasyprint')
    logger.addHandler(handler)
    logger.propagate, propagated = False, logger.propagate
    try:
        yield
    finally:
        logger.propagate = propagated
        logger.removeHandler(handler)


def _folios(sheets: Sequence[str], css: str, cache: Path) -> bytes:
    key = digest([engine(), 'folios', css, *sheets])
    data = load(cache / key)
    if data is None:
        data = write_folios(sheets, css)
        store(cache / key, data)
    return data


# --- page numbers -----------------------------------------------------------------------------------------------------


def _places(laid_out: Sequence[LaidOut]) -> dict[str, int]:
    """Return the page of each id in the whole document."""
    places: dict[str, int] = {}
    before = 0
    for done in laid_out:
        for name, page in done.pdf.pages.items():
            places.setdefault(name, before + page)
        before += done.pdf.count
    return places


def _last_places(cache: Path) -> dict[str, int]:
    """Return the pages of the last build, as a first guess; empty when there is none."""
    with suppress(*MADE_OTHERWISE):
        return _page_numbers(json.loads(load(cache / PLACES) or b'{}'))
    return {}
