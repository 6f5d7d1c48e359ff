"""The record of a build: when nothing it read has changed and its outputs are in place, there is nothing to do.

What counts is content, not dates: the files under ``content/``, ``figures/`` and ``templates/``, the program with all that
is installed beside it, and what was asked for. The findings are kept too, to be printed again. Light to import: knowing
that nothing changed must cost less than reading the dossier.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from pasbuild.cache import FOLDER, MADE_OTHERWISE, digest, engine, load, store
from pasbuild.diagnostics import Diagnostic
from pasbuild.model import Span

CACHE = f'{FOLDER}/builds'
FORMATS = ('pdf', 'docx')
"""What can be asked for."""
INPUTS = ('content', 'figures', 'templates')
AVIS = 'content/avis'
"""What was sent to reviewers and what they answered: no part of the document, but for the ledger, which it may print."""
_CITED = re.compile(rb'^ +export: ["\']?([0-9a-f]{12})\b', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Record:
    """What a build gave: its files, the number of pages, the findings."""

    files: tuple[Path, ...]
    pages: int
    findings: tuple[Diagnostic, ...]


def fingerprint(root: Path) -> str:
    """Return the digest of all that a build of the dossier ``root`` reads.

    The Git commit is included: the manifest tells it; and the versions kept: an approved document is compared with them.
    """
    return digest([engine(), sources(root), *_commit(root), *_store(root)])


def sources(root: Path) -> str:
    """Return the digest of the sources of the dossier ``root``, whatever the program. What reviewers sent is no source."""
    return digest([part for path in inputs(root) for part in (path.relative_to(root).as_posix(), _file(path))])


def inputs(root: Path) -> Iterator[Path]:
    """Yield the files of the dossier that a build may read, always in the same order."""
    seen = set()
    for name in INPUTS:
        for folder, folders, files in os.walk(root / name, followlinks=True):
            folders[:] = sorted(name for name in folders if Path(folder, name) != root / AVIS)
            place = os.path.realpath(folder)
            if place in seen:  # links in a circle
                folders.clear()
                continue
            seen.add(place)
            yield from (Path(folder) / file for file in sorted(files))
    yield from _ledger(root / AVIS)


def _ledger(avis: Path) -> Iterator[Path]:
    """Yield the ledger of the review and the sendings it cites, which say where each passage stood."""
    ledger = avis / 'registre.yaml'
    if ledger.is_file():
        yield ledger
        cited = {found.decode() for found in _CITED.findall(ledger.read_bytes())}
        yield from (path for name in sorted(cited) if (path := avis / 'exports' / f'{name}.json').is_file())


def _commit(root: Path) -> Iterator[bytes]:
    """Yield what tells one Git commit from another, read without Git: asking it would cost more than all the rest."""
    for folder in (root, *root.parents):
        try:
            place = folder / '.git'
            if place.is_file():  # a work tree apart from its repository
                place = folder / place.read_text(encoding='utf-8').removeprefix('gitdir:').strip()
            head = (place / 'HEAD').read_bytes()
        except (OSError, ValueError):
            continue
        yield head
        yield from _reference(place, head.decode(errors='replace'))
        return


def _store(root: Path) -> Iterator[bytes]:
    """Yield what tells the versions kept from those that were: the digest of their inventory, where OCFL lays it."""
    yield from (_file(path) for path in sorted((root / 'versions' / 'ocfl').glob('*/*/*/*/inventory.json.sha512')))


def _reference(place: Path, head: str) -> Iterator[bytes]:
    if not head.startswith('ref:'):
        return
    with suppress(OSError, ValueError):  # most repositories are their own
        place = place / (place / 'commondir').read_text(encoding='utf-8').strip()
    for name in (head.removeprefix('ref:').strip(), 'packed-refs'):
        try:
            yield (place / name).read_bytes()
        except (OSError, ValueError):
            continue
        return


def _file(path: Path) -> bytes:
    """Return the digest of a file; one that cannot be read counts as such (reading the dossier will say it)."""
    try:
        with path.open('rb') as stream:
            return hashlib.file_digest(stream, 'sha256').digest()
    except OSError:
        return b'?'


def recall(root: Path, asked: Sequence[str], inputs: str) -> Record | None:
    """Return the record of the last build that was ``asked`` the same, when its inputs and its files are as they were."""
    payload = load(_path(root, asked))
    if payload is None:
        return None
    try:
        fields = json.loads(payload)
        files = {Path(name): known for name, known in fields['files'].items()}
        if fields['inputs'] != inputs or any(_file(path).hex() != known for path, known in files.items()):
            return None
        findings = tuple(Diagnostic(**finding | {'span': Span(**finding['span'])}) for finding in fields['findings'])
        return Record(tuple(files), int(fields['pages']), findings)
    except MADE_OTHERWISE:
        return None


def remember(root: Path, asked: Sequence[str], inputs: str, record: Record) -> None:
    """Keep the record of a build, unless something changed while it went on: it would vouch for what it did not read."""
    if fingerprint(root) != inputs:
        return
    fields = {
        'inputs': inputs,
        'files': {str(path): _file(path).hex() for path in record.files},
        'pages': record.pages,
        'findings': [asdict(finding) for finding in record.findings],
    }
    store(_path(root, asked), json.dumps(fields, ensure_ascii=False).encode())


def _path(root: Path, asked: Sequence[str]) -> Path:
    return root / CACHE / f'{digest(asked)}.json'
