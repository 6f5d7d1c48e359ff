"""Contact sheets of the PDF: every page, in order, and clear words when it cannot be done."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image
from pypdf import PdfWriter

from pasbuild import fonts
from pasbuild.cli import main
from pasbuild.contact import GAP, WIDTH, contact_sheets
from pasbuild.diagnostics import PasbuildError
from pasbuild.project import Folder


def make_pdf(path: Path, pages: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    writer.write(path)
    return path


def needs_pdftoppm() -> None:
    if shutil.which('pdftoppm') is None:
        pytest.skip('pdftoppm is missing (Debian: poppler-utils)')


@pytest.mark.poppler
def test_forty_pages_a_sheet(tmp_path: Path) -> None:
    needs_pdftoppm()
    sheets = contact_sheets(make_pdf(tmp_path / 'pas.pdf', 42))
    assert list(sheets) == ['planche-01.png', 'planche-02.png']
    widths = [Image.open(io.BytesIO(data)).width for data in sheets.values()]
    assert widths == [GAP + count * (WIDTH + GAP) for count in (8, 2)]


@pytest.mark.poppler
def test_pages_are_white_on_the_desk_with_their_number(tmp_path: Path) -> None:
    needs_pdftoppm()
    sheets = contact_sheets(make_pdf(tmp_path / 'pas.pdf', 2))
    image = Image.open(io.BytesIO(sheets['planche-01.png']))
    below = image.crop((GAP + WIDTH + GAP, image.height - 40, image.width - GAP, image.height - GAP))
    assert image.getpixel((GAP + 5, GAP + 5)) == (255, 255, 255)
    assert len(set(below.convert('L').tobytes())) > 2  # a number is written


@pytest.mark.poppler
def test_command_writes_beside_the_pdf(mini: Folder) -> None:
    needs_pdftoppm()
    make_pdf(mini.root / 'output' / 'pas.pdf', 1)
    result = CliRunner().invoke(main, ['pages', '--dossier', str(mini.root)])
    assert (result.exit_code, (mini.root / 'output/pages/planche-01.png').is_file()) == (0, True)


@pytest.mark.poppler
def test_a_file_that_is_no_pdf_is_said_so(tmp_path: Path) -> None:
    needs_pdftoppm()
    (tmp_path / 'pas.pdf').write_bytes(b'not a PDF')
    with pytest.raises(PasbuildError, match='ne sait pas lire') as error:
        contact_sheets(tmp_path / 'pas.pdf')
    assert error.value.exit_code == 4


@pytest.mark.poppler
def test_a_missing_font_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_pdftoppm()
    monkeypatch.setattr(fonts, '_PACKAGES', ('fontpkg_absent',))
    monkeypatch.setattr('pasbuild.contact.fonts', fonts.fonts.__wrapped__)
    with pytest.raises(PasbuildError, match='« fontpkg-absent »'):
        contact_sheets(make_pdf(tmp_path / 'pas.pdf', 1))


def test_without_a_pdf_says_to_build(mini: Folder) -> None:
    result = CliRunner().invoke(main, ['pages', '--dossier', str(mini.root)])
    assert result.exit_code == 2
    assert 'pasbuild build' in result.output


def test_without_pdftoppm_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(PasbuildError, match='poppler-utils') as error:
        contact_sheets(make_pdf(tmp_path / 'pas.pdf', 1))
    assert error.value.exit_code == 3
