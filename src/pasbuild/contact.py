"""Contact sheets: all pages of the PDF, small, side by side, each with its number.

Why: uneven page ends, half-empty pages and the rhythm of figures are seen at a glance this way, and by no check.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pasbuild.diagnostics import ExitCode, PasbuildError
from pasbuild.fonts import fonts

COLUMNS, ROWS = 8, 5
WIDTH = 240
"""Width of a page on the sheet, in pixels."""
GAP, LABEL = 16, 26
"""Space between pages, and height of the line of the number, in pixels."""
DESK, INK = '#d9dcdf', '#22303a'


def contact_sheets(pdf: Path) -> dict[str, bytes]:
    """Return PNG sheets of forty pages by name, ``planche-01.png`` first.

    Raises PasbuildError when there is no PDF (code 2), without pdftoppm (code 3), or when it cannot read the file (code 4).
    """
    if not pdf.is_file():
        raise PasbuildError(
            f"« {pdf.name} » n'est pas dans « {pdf.parent.name} ». Lancez d'abord : pasbuild build", ExitCode.USAGE
        )
    with tempfile.TemporaryDirectory() as scratch:
        pages = _draw_pages(pdf, Path(scratch))
        groups = [pages[first : first + COLUMNS * ROWS] for first in range(0, len(pages), COLUMNS * ROWS)]
        return {
            f'planche-{rank:02}.png': _sheet(group, 1 + (rank - 1) * COLUMNS * ROWS)
            for rank, group in enumerate(groups, 1)
        }


def _draw_pages(pdf: Path, folder: Path) -> list[Path]:
    """Draw every page in ``folder``; return the pictures in order (pdftoppm pads the numbers in their names)."""
    tool = shutil.which('pdftoppm')
    if tool is None:
        message = "Il manque pdftoppm pour dessiner les pages.\npiste : Debian, Ubuntu : apt-get install poppler-utils ; macOS : brew install poppler"
        raise PasbuildError(message, ExitCode.TOOL_MISSING)
    command = [tool, '-png', '-scale-to-x', str(WIDTH), '-scale-to-y', '-1', str(pdf.resolve()), str(folder / 'page')]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - fixed options, our own file
    pages = sorted(folder.iterdir())
    if done.returncode or not pages:
        raise PasbuildError(f"pdftoppm ne sait pas lire « {pdf.name} ».", ExitCode.INVALID_OUTPUT)
    return pages


def _sheet(pages: Sequence[Path], first: int) -> bytes:
    """Return one sheet, whose first page bears the number ``first``."""
    images = [Image.open(io.BytesIO(page.read_bytes())).convert('RGB') for page in pages]
    height = max(image.height for image in images)
    columns, rows = min(COLUMNS, len(images)), -(-len(images) // COLUMNS)
    sheet = Image.new('RGB', (GAP + columns * (WIDTH + GAP), GAP + rows * (height + LABEL + GAP)), DESK)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(io.BytesIO(fonts()['Lato-Bold.ttf'].file.read_bytes()), 16)
    for rank, image in enumerate(images):
        x, y = GAP + rank % COLUMNS * (WIDTH + GAP), GAP + rank // COLUMNS * (height + LABEL + GAP)
        sheet.paste(image, (x, y))
        pen.text((x + WIDTH / 2, y + height + LABEL / 2 + 2), str(first + rank), fill=INK, font=font, anchor='mm')
    data = io.BytesIO()
    sheet.save(data, 'PNG', optimize=True)
    return data.getvalue()
