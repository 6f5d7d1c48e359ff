"""Broken dossiers: an overlay of a few files on a copy of tests/samples/mini.

In an overlay, ``name.ajout`` is added at the end of ``name``; ``supprimer.txt`` lists files to delete, one a line;
``agrandir.txt`` lists files and the size in bytes to give them; ``remplacer.txt`` lists replacements, each « file | old
text | new text »; ``gabarit.txt`` gives the dossier a Word template with such replacements in its parts; ``fabriquer.txt`` says that the fault only shows when
building, not when checking; ``appliquer.txt``, only when applying a review (« git »: in a checkout); ``comparer.txt``, when comparing with mini; ``expected.txt`` is what must be printed. Everything else replaces or joins the files of mini.
"""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from pathlib import Path

from pasbuild.diagnostics import Report
from pasbuild.project import Folder, read_dossier
from pasbuild.theme import find_theme
from pasbuild.wordtemplate import write_template

ORDERS = (
    'supprimer.txt',
    'agrandir.txt',
    'remplacer.txt',
    'gabarit.txt',
    'fabriquer.txt',
    'appliquer.txt',
    'comparer.txt',
    'expected.txt',
)


def lay_over(overlay: Path, root: Path) -> None:
    """Apply an overlay to the dossier at ``root``."""
    for source in sorted(path for path in overlay.rglob('*') if path.is_file()):
        name = source.relative_to(overlay).as_posix()
        if name in ORDERS:
            continue
        target = root / name.removesuffix('.ajout')
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith('.ajout'):
            target.write_bytes(target.read_bytes() + source.read_bytes())
        else:
            shutil.copyfile(source, target)
    for line in _lines(overlay / 'supprimer.txt'):
        (root / line).unlink()
    for line in _lines(overlay / 'agrandir.txt'):
        name, size = line.split()
        os.truncate(root / name, int(size))
    for line in _lines(overlay / 'remplacer.txt'):
        name, old, new = line.split(' | ')
        target = root / name
        text = target.read_text(encoding='utf-8')
        assert old in text, f'{overlay.name}: {name} has no {old!r}'
        target.write_text(text.replace(old, new), encoding='utf-8')
    if (overlay / 'gabarit.txt').exists():
        template = root / 'templates' / 'template.docx'
        template.parent.mkdir(exist_ok=True)
        template.write_bytes(_template(root, [line.split(' | ') for line in _lines(overlay / 'gabarit.txt')]))


def _template(root: Path, changes: list[list[str]]) -> bytes:
    report = Report()
    dossier, theme = read_dossier(Folder(root), report), find_theme(Folder(root), report)
    assert dossier is not None
    assert theme is not None
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(write_template(dossier, theme))) as old, zipfile.ZipFile(out, 'w') as new:
        parts = {name: old.read(name).decode('utf-8', 'surrogateescape') for name in old.namelist()}
        for name, before, after in changes:
            assert before in parts[name], f'{name} has no {before!r}'
            parts[name] = parts[name].replace(before, after)
        for name, text in parts.items():
            new.writestr(name, text.encode('utf-8', 'surrogateescape'))
    return out.getvalue()


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding='utf-8').split('\n')[:-1] if path.exists() else []
