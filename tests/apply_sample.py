"""Returned files of tests/samples/complet, made by hand: what the tests of the way back decide and apply."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pasbuild.applying import apply
from pasbuild.diagnostics import Report
from pasbuild.edits import folded
from pasbuild.placing import read_source
from pasbuild.project import Folder
from pasbuild.retours import identify
from pasbuild.wordml import bookmark

EXPORT = 'abcdef012345'


def send(folder: Folder) -> dict[str, str]:
    """Keep a base of the dossier as it is, without making the Word file. Return the Markdown of each block."""
    blocs: list[dict[str, Any]] = []
    for path in sorted((folder.root / 'content').glob('*.md')):
        source = read_source(path.read_text(encoding='utf-8'), f'content/{path.name}')
        blocs += [
            {'id': p.id, 'signet': bookmark(p.id), 'genre': 'figure' if p.genre == 'figure' else 'paragraphe',
             'fichier': p.file, 'lignes': [p.first, p.last], 'markdown': p.markdown, 'texte': p.markdown,
             'sha256': '', 'genere': p.genre == 'figure', 'source': ''}
            for p in source.places
        ]  # fmt: skip
    sent = {'scot': 'x', 'version': '1', 'etat': 'projet', 'date': '2026-01-01'}
    base = {'version': 1, 'id': EXPORT, 'relecteur': '', 'parties': [], 'dossier': sent, 'outil': '',
            'sources_sha256': '0' * 64, 'blocs': blocs}  # fmt: skip
    target = folder.root / f'content/avis/exports/{EXPORT}.json'
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(base, ensure_ascii=False), encoding='utf-8')
    return {bloc['id']: bloc['markdown'] for bloc in blocs}


@dataclass
class Returned:
    """One returned file being written."""

    folder: Folder
    who: str
    sent: dict[str, str]
    changes: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    export: str = EXPORT

    def add(self, kind: str, blocks: str, after: Sequence[str] = (), **more: Any) -> str:
        ids = blocks.split()
        before = [folded(self.sent[block]) for block in ids]
        key = identify(kind, tuple(ids), tuple(before), tuple(after), len(self.changes))
        change = {'id': key, 'genre': kind, 'blocs': ids, 'avant': before, 'apres': [*after], 'decision': 'accepter',
                  'auteurs': [self.who], 'date': '2026-11-20T09:30:00Z'}  # fmt: skip
        self.changes.append(change | more)
        return f'{self.name}/{key}'

    def replace(self, block: str, old: str, new: str, **more: Any) -> str:
        text = folded(self.sent[block])
        assert old in text, (block, old, text)
        return self.add('modifié', block, [text.replace(old, new)], **more)

    @property
    def name(self) -> str:
        return self.who.lower().replace(' ', '-')

    def write(self) -> Path:
        path = self.folder.root / f'content/avis/retours/{self.name}.yaml'
        path.parent.mkdir(parents=True, exist_ok=True)
        value = {'version': 1, 'export': self.export, 'relecteur': self.who, 'fichier': f'{self.name}.docx',
                 'sha256': f'{len(self.who):064d}', 'modifications': self.changes, 'commentaires': self.comments}  # fmt: skip
        path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding='utf-8')
        return path


def decide(folder: Folder) -> Folder:
    """Apply decisions of each kind to tests/samples/mini: accepted, refused, left open, a comment answered."""
    one = Returned(folder, 'Claire Martin', send(folder))
    one.replace('enj-services.p1', 'bourg', 'centre', motif="Plus juste.")
    one.replace('carte.p1', 'se lit', 'se regarde', decision='refuser', motif="=1+1")
    one.replace('methode.p1', 'inventées', 'fausses', decision='')
    one.comments.append(
        {'id': '0', 'auteur': 'David Roux', 'texte': "@Pourquoi ?", 'citation': "la vallée", 'reponse': "Parce que."}
    )
    one.write()
    assert apply(folder, Report(), commit=False) is not None
    return folder
