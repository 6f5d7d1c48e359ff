"""Measure a review: copies for three reviewers, edited as Word writes it, taken back, counted, decided, applied.

The dossier is copied first: nothing of it changes.

Usage: ``python benchmarks/reviews.py DOSSIER [--runs 5] [--edits 40]`` (``benchmarks/dossier.py`` makes a dossier).
"""

from __future__ import annotations

import argparse
import io
import json
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lxml import etree
from wholes import Measure, run, table

W = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'
WHO = ("Anne Petit", "Bruno Roux", "Claire Martin")
LONG = 12
"""Words from which a paragraph is edited."""


def edit(path: Path, base: Path, who: int, count: int) -> None:
    """Edit a copy: a word replaced with tracking in ``count`` paragraphs, one in four also edited by the next reviewer."""
    blocks = [one['signet'] for one in json.loads(base.read_text(encoding='utf-8'))['blocs']
              if one['genre'] == 'paragraphe' and not one['genere'] and len(one['texte'].split()) >= LONG]  # fmt: skip
    step = max(len(blocks) // (count * 3), 1)
    chosen = {*blocks[who * step :: 3 * step][:count], *blocks[(who + 1) % 3 * step :: 12 * step][: count // 4]}
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    document = etree.fromstring(parts['word/document.xml'])
    for paragraph in document.iter(f'{W}p'):
        if any(mark.get(f'{W}name') in chosen for mark in paragraph.iter(f'{W}bookmarkStart')):
            _replace(paragraph, who)
    parts['word/document.xml'] = etree.tostring(document, xml_declaration=True, encoding='UTF-8', standalone=True)
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    path.write_bytes(out.getvalue())


def _replace(paragraph: etree._Element, who: int) -> None:
    """Replace a word in the longest run of a paragraph, another for each reviewer."""
    runs = [one for one in paragraph.findall(f'{W}r') if one.find(f'{W}t') is not None]
    if not runs:
        return
    chosen = max(runs, key=lambda one: len(one.findtext(f'{W}t') or ''))
    words = [*re.finditer(r'\w{4,}', chosen.findtext(f'{W}t') or '')]
    if not words:
        return
    word = words[(who * len(words)) // 3]
    text = word.string
    for kind, said in (
        ('', text[: word.start()]),
        ('del', word[0]),
        ('ins', f'{word[0]}-{who}'),
        ('', text[word.end() :]),
    ):
        run = etree.fromstring(etree.tostring(chosen))
        shown = next(run.iter(f'{W}t'))
        shown.text, shown.tag = said, f'{W}delText' if kind == 'del' else f'{W}t'
        shown.set('{http://www.w3.org/XML/1998/namespace}space', 'preserve')
        if kind:
            mark = etree.Element(f'{W}{kind}')
            for name, value in (
                ('id', str(900000 + id(run) % 99999)),
                ('author', WHO[who]),
                ('date', '2026-11-20T09:30:00Z'),
            ):
                mark.set(f'{W}{name}', value)
            mark.append(run)
            run = mark
        chosen.addprevious(run)
    paragraph.remove(chosen)


def accept(root: Path) -> None:
    """Accept every change of the returned files."""
    for path in (root / 'content/avis/retours').glob('*.yaml'):
        text = path.read_text(encoding='utf-8')
        path.write_text(re.sub(r"decision: ''", 'decision: accepter', text), encoding='utf-8')


def measure(dossier: Path, runs: int, edits: int) -> dict[str, list[Measure]]:
    """Return the measures of each command."""
    found: dict[str, list[Measure]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / 'dossier'
        shutil.copytree(dossier, root, ignore=shutil.ignore_patterns('avis', 'output'))
        run(root, 'review', 'export', '--output', str(Path(temporary) / 'a.docx'))  # the figures
        for number in range(runs):
            shutil.rmtree(root / 'content/avis')
            copies = [Path(temporary) / f'{number}-{rank}.docx' for rank in range(3)]
            for rank, copy in enumerate(copies):
                found.setdefault('review export', []).append(
                    run(root, 'review', 'export', '--relecteur', WHO[rank], '--output', str(copy))
                )
                base = max((root / 'content/avis/exports').glob('*.json'), key=lambda path: path.stat().st_mtime_ns)
                edit(copy, base, rank, edits)
            found.setdefault('review import, three files', []).append(run(root, 'review', 'import', *map(str, copies)))
            found.setdefault('review status', []).append(run(root, 'review', 'status'))
            accept(root)
            found.setdefault('review apply --essai', []).append(run(root, 'review', 'apply', '--essai'))
        print((Path(temporary) / 'sortie.txt').read_text(encoding='utf-8').splitlines()[-1], file=sys.stderr)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('dossier', type=Path)
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--edits', type=int, default=40)
    asked = parser.parse_args(arguments)
    print(table(measure(asked.dossier, asked.runs, asked.edits)))


if __name__ == '__main__':
    main()
