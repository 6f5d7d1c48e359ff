"""Draw the pictures of docs/relecture.md by playing a whole round: python tests/review_pictures.py

Needs what the test of the round needs (LibreOffice, UNO), pdftotext and pdftoppm, and Chromium.
"""

from __future__ import annotations

import html
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageOps
from review_scenario import COMMUNE, DECISIONS, REVIEWERS, ROOT, SERVICE, Round, start

TARGET = ROOT / 'docs' / 'images'
WIDTH = 1000
"""Pixels of a picture."""
COLOURS = 64
COPY, REPORT, EDITED, LEDGER = (60, 900), (1330, 2500), (0, 700), (40, 700)
"""First and last lines shown of each picture, in pixels."""
EDITOR = """<!DOCTYPE html><meta charset="utf-8"><style>body { margin: 0; font: 15px/1.5 "DejaVu Sans Mono", monospace }
pre { margin: 0; padding: 14px 18px; white-space: pre-wrap } b { background: #ffe9a8 }</style><pre>"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = start(Path(folder))
        back = [made.edit(one, made.send(one)) for one in REVIEWERS]
        made.run('review', 'import', *map(str, back))
        copy(back[1], 'une seule voiture')
        browse(made.root / 'output/relecture/rapport.html', 'relecture-rapport', REPORT)
        for one in REVIEWERS:
            made.decide(one)
        decisions(made.retour(SERVICE))
        made.commit('Décisions')
        made.run('review', 'apply')
        ledger(made)


def copy(path: Path, words: str) -> None:
    """Show the page of a review copy that holds some words, as LibreOffice prints it, comments in the margin."""
    options = ':writer_pdf_Export:{"ExportNotesInMargin":{"type":"boolean","value":"true"}}'
    profile = f'-env:UserInstallation=file://{path.parent}/profil-pdf'
    run('soffice', profile, '--headless', '--convert-to', f'pdf{options}', '--outdir', str(path.parent), str(path))
    pdf = path.with_suffix('.pdf')
    save(page(pdf, page_of(pdf, words), 110), 'relecture-copie', COPY)


def ledger(made: Round) -> None:
    """Show the table of what was asked and decided, as it is printed with the document."""
    dossier = made.root / 'content/dossier.yaml'
    text = dossier.read_text(encoding='utf-8')
    dossier.write_text(text.replace('  - sources\n', '  - avis\n  - sources\n'), encoding='utf-8')
    made.run('build', '--only', 'pdf')
    pdf = made.root / 'output/pas.pdf'
    save(page(pdf, page_of(pdf, DECISIONS[COMMUNE, 'modifié', 'enj-menages.p2'][1]), 110), 'relecture-suivi', LEDGER)


def page_of(pdf: Path, words: str) -> int:
    """Return the first page that holds some words."""
    text = run('pdftotext', str(pdf), '-')
    return next(number for number, one in enumerate(text.split('\f'), 1) if words[:20] in ' '.join(one.split()))


def decisions(path: Path) -> None:
    """Show the file of the decisions as a text editor does, from the first refusal on, what was filled in marked."""
    lines = html.escape(path.read_text(encoding='utf-8'), quote=False).split('\n')
    first = next(number for number, line in enumerate(lines) if line.strip() == 'decision: refuser')
    start = next(number for number in range(first, 0, -1) if '- id:' in lines[number])
    marked = [f'<b>{line}</b>' if is_filled(line) else line for line in lines[start:]]
    page = path.with_suffix('.html')
    page.write_text(EDITOR + '\n'.join(marked), encoding='utf-8')
    browse(page, 'relecture-decisions', EDITED)
    page.unlink()


def is_filled(line: str) -> bool:
    name, _, value = line.strip().partition(': ')
    return name in ('decision', 'motif', 'reponse') and value not in ("''", '""', '')


def page(pdf: Path, number: int, resolution: int) -> Image.Image:
    target = pdf.with_suffix('')
    run('pdftoppm', '-r', str(resolution), '-f', str(number), '-singlefile', '-png', str(pdf), str(target))
    return Image.open(target.with_suffix('.png'))


def browse(page: Path, name: str, shown: tuple[int, int]) -> None:
    shot = page.with_suffix('.png')
    run(
        'chromium', '--headless', '--no-sandbox', '--hide-scrollbars', f'--screenshot={shot}',
        f'--window-size={WIDTH},{shown[1]}', page.as_uri(),
    )  # fmt: skip
    save(Image.open(shot), name, shown)


def save(picture: Image.Image, name: str, shown: tuple[int, int]) -> None:
    """Write what stands between two heights of a picture, in a thin frame, with few colours."""
    plain = picture.convert('RGB')
    plain = plain.resize((WIDTH, round(plain.height * WIDTH / plain.width)), Image.Resampling.LANCZOS)
    plain = plain.crop((0, shown[0], WIDTH, min(shown[1], plain.height)))
    framed = ImageOps.expand(plain, 1, '#B8BEC4')
    framed.quantize(COLOURS, dither=Image.Dither.NONE).save(TARGET / f'{name}.png', optimize=True)


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout


if __name__ == '__main__':
    main()
