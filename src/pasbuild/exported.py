"""What was sent for review: the blocks of an exported Word file, as recorded when it was written.

The record is the base of every comparison: the sources may have moved on since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ExportedBlock:
    """A block of the export. ``text``: what its Word paragraph showed; ``markdown``: the lines it comes from."""

    id: str
    bookmark: str
    kind: str
    file: str
    lines: tuple[int, int]
    markdown: str
    text: str
    generated: bool = False
    source: str = ''
    """For a generated block: what to change to change it."""


@dataclass(frozen=True, slots=True)
class Export:
    """One copy sent to one reviewer."""

    id: str
    blocks: tuple[ExportedBlock, ...]


def read_export(text: str) -> Export:
    """Return the record of an export. Raises ValueError when it is not one (or of an unknown version)."""
    try:
        record: Mapping[str, Any] = json.loads(text)
        if record['version'] != 1:
            raise ValueError(f'unknown version {record["version"]!r}')
        return Export(str(record['id']), tuple(map(_block, record['blocs'])))
    except (KeyError, TypeError) as error:
        raise ValueError(f'not the record of an export: {error!r}') from error


def _block(record: Mapping[str, Any]) -> ExportedBlock:
    first, last = record['lignes'] or (0, 0)
    return ExportedBlock(
        record['id'],
        record['signet'],
        record['genre'],
        record['fichier'],
        (first, last),
        record['markdown'],
        record['texte'],
        bool(record['genere']),
        record.get('source') or '',
    )
