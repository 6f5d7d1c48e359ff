"""Measure the versions of a dossier: deposited, verified, compared, handed over.

The dossier is copied first: nothing of it changes. It is built and deposited, a word of each chapter is changed, it is built and
deposited again; a store of random bytes is read back. The portal's package, which asks more than a document, is that of the
invented dossier of the tests.

Usage: ``python benchmarks/versions.py DOSSIER [--runs 5] [--octets 200]`` (``benchmarks/dossier.py`` makes a dossier).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wholes import Measure, run, table

sys.path.insert(0, str(Path(__file__).parents[1] / 'tests'))
from portal_sample import ARCHIVES, dossier_for_the_portal

_LONG = re.compile(r'(?m)^(?=[^#|:\-\n]*\bles\b)((?:\S+ ){14,}?)les\b')
"""The first « les » after fourteen words of a paragraph."""


def edit(root: Path) -> None:
    """Change a word of five paragraphs of each chapter."""
    for path in sorted((root / 'content').glob('*.md')):
        path.write_text(_LONG.sub(r'\1toutes les', path.read_text(encoding='utf-8'), count=5), encoding='utf-8')


def measure(dossier: Path, runs: int, octets: int) -> dict[str, list[Measure]]:
    """Return the measures of each command; ``octets``: millions of random bytes in the store that is verified."""
    found: dict[str, list[Measure]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        root, piece = place / 'dossier', place / 'acte.bin'
        shutil.copytree(dossier, root, ignore=shutil.ignore_patterns('avis', 'output', 'versions'))
        (root / 'content' / 'archives.yaml').write_text(ARCHIVES, encoding='utf-8')
        with piece.open('wb') as out:
            for _ in range(octets):  # not at once: a process counts the memory of the one that starts it
                out.write(os.urandom(1_000_000))
        run(root, 'build')
        for _ in range(runs):
            shutil.rmtree(root / 'versions', ignore_errors=True)
            _note(found, 'build, nothing changed', root, 'build')
            _note(found, 'version deposit', root, 'version', 'deposit')
        edit(root)
        run(root, 'build')
        run(root, 'version', 'deposit')
        for options in ((), ('--html',), ('--docx',)):
            for _ in range(runs):
                _note(found, ' '.join(('diff v1 v2', *options)), root, 'diff', 'v1', 'v2', *options)
        for kind in ('seda', 'bagit'):
            for _ in range(runs):
                _note(found, f'export {kind}', root, 'export', kind, 'v2')
        _portal(place / 'portail', runs, found)
        shutil.rmtree(root / 'versions')
        run(root, 'version', 'deposit', '--piece', str(piece))
        for _ in range(runs):
            _note(found, f'version verify, {octets} MB and the version', root, 'version', 'verify')
        print((place / 'sortie.txt').read_text(encoding='utf-8').splitlines()[0], file=sys.stderr)
    return found


def _note(found: dict[str, list[Measure]], name: str, root: Path, *arguments: str) -> None:
    found.setdefault(name, []).append(run(root, *arguments))


def _portal(root: Path, runs: int, found: dict[str, list[Measure]]) -> None:
    """Measure the package of the portal, on the dossier of the tests."""
    dossier_for_the_portal(root)
    run(root, 'build')
    run(root, 'version', 'deposit')
    for _ in range(runs):
        _note(found, 'export gpu (dossier of the tests)', root, 'export', 'gpu', 'v1')


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('dossier', type=Path)
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--octets', type=int, default=200, help="millions of random bytes")
    asked = parser.parse_args(arguments)
    print(table(measure(asked.dossier, asked.runs, asked.octets)))


if __name__ == '__main__':
    main()
