"""The real dossier, built for good: PDF and Word file say the same, stay the same, and open elsewhere.

One build serves every test of this file (``xdist_group``: they run in one process).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from pasbuild.diagnostics import Report
from pasbuild.document import read_project
from pasbuild.model import (
    Block,
    Break,
    Document,
    Emph,
    Enjeu,
    FigureBlock,
    Heading,
    Inline,
    Link,
    Listing,
    Missing,
    Note,
    Objectif,
    Paragraph,
    Strong,
    Table,
    walk,
)
from pasbuild.project import Folder
from pasbuild.proof import Check
from pasbuild.verapdf import Engine
from pasbuild.verify import Sources, verify

ROOT = Path(__file__).parents[1]
CHECKS = (
    'integrite', 'innocuite', 'structure', 'texte', 'figures', 'liens', 'signets', 'destinations',
    'pages', 'polices', 'contraste', 'metadonnees', 'identite', 'taille', 'manifeste', '3a', 'ua1',
)  # fmt: skip
W = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'
pytestmark = [pytest.mark.xdist_group('dossier'), pytest.mark.slow]


@dataclass(frozen=True)
class Built:
    folder: Path
    pdf: Path
    docx: Path
    document: Document


def build(
    folder: Path, environment: dict[str, str], *options: str, origin: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Build a copy of the real dossier in its own process, and return what it said."""
    for name in ('content', 'figures', 'templates'):
        shutil.copytree(origin / name, folder / name)
    command = [sys.executable, '-m', 'pasbuild', 'build', *options]
    return subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, encoding='utf-8', check=False
    )


@pytest.fixture(scope='session')
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp('premier')
    result = build(folder, {'PYTHONHASHSEED': '1', 'TZ': 'UTC', 'LC_ALL': 'C.UTF-8'}, '--jobs', '2')
    assert result.returncode == 0, result.stderr
    project = read_project(Folder(folder), Report())
    assert project is not None
    return Built(folder, folder / 'output/pas.pdf', folder / 'output/pas.docx', project.document)


def squeeze(text: str) -> str:
    """Text without spaces, hyphens and soft hyphens: what line breaks may change."""
    return re.sub(r'[\s\u00ad\u2010\u2011\u200b-]+', '', text)


def pdf_text(path: Path) -> str:
    if shutil.which('pdftotext') is None:
        pytest.skip('pdftotext is missing (Debian: poppler-utils)')
    result = subprocess.run(['pdftotext', '-raw', '-enc', 'UTF-8', str(path), '-'], capture_output=True, check=True)
    return squeeze(result.stdout.decode())


def docx_text(path: Path) -> str:
    texts = []
    with zipfile.ZipFile(path) as archive:
        for name in ('word/document.xml', 'word/footnotes.xml'):
            tree = etree.fromstring(archive.read(name))
            texts += [node.text or '' for node in tree.iter(f'{W}t')]
    return squeeze(''.join(texts))


def own_texts(block: Block) -> Iterator[tuple[Inline, ...]]:
    """The runs of text a reader must find, one for each heading, paragraph, caption, reading and cell."""
    match block:
        case Heading() | Paragraph():
            yield block.children
        case Objectif() | Enjeu():
            yield block.title
        case FigureBlock():
            yield block.caption
            yield block.reading
        case Table():
            yield block.caption
            yield block.notes
            for cells in (block.header, *(row.cells for row in block.rows)):
                yield from (cell.children for cell in cells)


def pieces(children: tuple[Inline, ...]) -> Iterator[str]:
    """Text between footnote calls (outputs print a number there), then the text of the notes themselves."""
    current, notes = '', []
    for child in children:
        match child:
            case Note():
                yield current
                current = ''
                notes.append(child)
            case Emph() | Strong() | Link():
                *complete, last = [*pieces(child.children)] or ['']
                for piece in complete:
                    yield current + piece
                    current = ''
                current += last
            case Missing():
                current += child.shown
            case Break():
                current += ' '
            case _:
                current += child.text
    yield current
    for note in notes:
        yield from pieces(note.children)


def absent(text: str, document: Document, breaks: int) -> list[str]:
    """Return the pieces of the document that ``text`` lacks; a page break may cut one in up to ``breaks`` places."""
    wanted = [squeeze(piece) for block in walk(document) for run in own_texts(block) for piece in pieces(run)]
    return [piece for piece in wanted if piece and not found(piece, text, breaks)]


def found(piece: str, text: str, breaks: int) -> bool:
    if piece in text:
        return True
    if not breaks or len(piece) < 12:
        return False
    return any(
        piece[:cut] in text and found(piece[cut:], text, breaks - 1) for cut in range(len(piece) - 4, 4, -1)
    )  # fmt: skip


@pytest.mark.poppler
def test_pdf_holds_every_heading_paragraph_caption_and_cell(built: Built) -> None:
    assert absent(pdf_text(built.pdf), built.document, breaks=1) == []


def test_docx_holds_every_heading_paragraph_caption_and_cell(built: Built) -> None:
    assert absent(docx_text(built.docx), built.document, breaks=0) == []


def test_the_search_for_missing_text_can_fail(built: Built) -> None:
    text = docx_text(built.docx)
    removed = squeeze('Conforter des pôles complémentaires')
    assert any(removed in piece for piece in absent(text.replace(removed, ''), built.document, breaks=0))


@pytest.mark.poppler
def test_document_has_sixty_pages_or_more(built: Built) -> None:
    from pypdf import PdfReader

    assert len(PdfReader(built.pdf).pages) >= 60


def test_document_has_the_figures_maps_and_tables_it_owes(built: Built) -> None:
    figures = [block for block in walk(built.document) if isinstance(block, FigureBlock)]
    tables = [block for block in walk(built.document) if isinstance(block, Table)]
    assert len(figures) >= 15
    assert sum(figure.label == "Carte" for figure in figures) >= 6
    assert len(tables) >= 10
    assert sum(isinstance(block, Objectif) for block in walk(built.document)) >= 40


def test_pdf_is_tagged_named_and_bookmarked(built: Built) -> None:
    from pypdf import PdfReader

    pdf = PdfReader(built.pdf)
    catalog: Any = pdf.root_object
    assert catalog['/Lang'] == 'fr'
    assert catalog['/MarkInfo']['/Marked']
    assert pdf.metadata is not None
    assert 'Lens-Liévin-Hénin-Carvin' in (pdf.metadata.title or '')
    objectifs = {block.id for block in walk(built.document) if isinstance(block, Objectif)}
    assert objectifs <= set(pdf.named_destinations)
    assert len(pdf.outline) >= 10


def test_pdf_uses_only_the_pinned_fonts(built: Built) -> None:
    from pypdf import PdfReader

    names = set()
    for page in PdfReader(built.pdf).pages:
        resources: Any = page['/Resources']
        for font in resources.get('/Font', {}).values():
            names.add(str(font.get_object()['/BaseFont']).rpartition('+')[2].strip('/'))
    assert names
    assert all(name.startswith(('Lato', 'Spectral')) for name in names), names


def test_contents_lines_never_show_page_zero(built: Built) -> None:
    from pypdf import PdfReader

    text = '\n'.join(page.extract_text() for page in PdfReader(built.pdf).pages[2:6])
    numbers = re.findall(r'\.{3,}\s*(\d+)', text.replace(' .', '.').replace('. ', '.'))
    listing = next(block for block in walk(built.document) if isinstance(block, Listing))
    assert len(numbers) >= len(listing.entries) // 2
    assert '0' not in numbers


def test_two_builds_elsewhere_give_the_same_bytes(built: Built, tmp_path: Path) -> None:
    folder = tmp_path / 'un autre dossier'
    folder.mkdir()
    environment = {'PYTHONHASHSEED': '77', 'TZ': 'Pacific/Auckland', 'LC_ALL': 'C'}
    result = build(folder, environment, '--jobs', '1', origin=built.folder)
    assert result.returncode == 0, result.stderr
    for first in (built.pdf, built.docx, built.pdf.with_name('pas.json'), built.pdf.with_name('manifeste.json')):
        second = folder / 'output' / first.name
        assert hashlib.sha256(first.read_bytes()).hexdigest() == hashlib.sha256(second.read_bytes()).hexdigest()


def test_parts_put_together_say_what_the_document_in_one_piece_says(built: Built) -> None:
    from pdfdump import check_ways_back, dump

    from pasbuild.chapters import lay_out
    from pasbuild.drafting import draw_figures
    from pasbuild.theme import find_theme

    report = Report()
    project, theme = read_project(Folder(built.folder), report), find_theme(Folder(built.folder), report)
    assert project is not None
    assert theme is not None
    whole = lay_out(project, theme, draw_figures(project, theme, report), report, whole=True).data
    said, expected = dump(built.pdf.read_bytes()), dump(whole)
    for aspect in expected:
        assert said[aspect] == expected[aspect], aspect
    assert check_ways_back(built.pdf.read_bytes()) == check_ways_back(whole)


def test_openxml_audit_finds_no_error(built: Built) -> None:
    from openxml_audit import OpenXmlValidator

    assert [str(error) for error in OpenXmlValidator().validate(built.docx).errors] == []


@pytest.mark.libreoffice
@pytest.mark.poppler
def test_libreoffice_converts_the_word_file_without_loss(built: Built, tmp_path: Path) -> None:
    if shutil.which('soffice') is None:
        pytest.skip('LibreOffice is missing (Debian: libreoffice-writer-nogui)')
    profile = f'-env:UserInstallation={(tmp_path / "profil").as_uri()}'
    command = ['soffice', profile, '--headless', '--convert-to', 'pdf', '--outdir', str(tmp_path), str(built.docx)]
    subprocess.run(command, capture_output=True, check=True, timeout=240)
    assert absent(pdf_text(tmp_path / 'pas.pdf'), built.document, breaks=1) == []


# --- proof on the bytes -------------------------------------------------------------------------------------------------


@pytest.fixture(scope='session')
def verification(built: Built, engine: Engine) -> dict[str, Check]:
    project = read_project(Folder(built.folder), Report())
    assert project is not None
    result = verify(built.pdf, Sources(project.document, project.dossier))
    return {check.id: check for check in result.checks}


@pytest.mark.verapdf
@pytest.mark.parametrize('name', CHECKS)
def test_the_pdf_is_proved(verification: dict[str, Check], name: str) -> None:
    assert (verification[name].verdict, verification[name].findings) == ('conforme', ())


@pytest.mark.verapdf
def test_every_check_of_the_pdf_is_tested(verification: dict[str, Check]) -> None:
    assert tuple(verification) == CHECKS
