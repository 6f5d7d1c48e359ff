"""Broken dossiers: an overlay of a few files on a copy of tests/samples/mini.

In an overlay, ``name.ajout`` is added at the end of ``name``; ``supprimer.txt`` lists files to delete, one a line;
``agrandir.txt`` lists files and the size in bytes to give them; ``remplacer.txt`` lists replacements, each « file | old
text | new text »; ``fabriquer.txt`` says that the fault only shows when
building, not when checking; ``comparer.txt``, when comparing with mini; ``expected.txt`` is what must be printed. Everything else replaces or joins the files of mini.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ORDERS = ('supprimer.txt', 'agrandir.txt', 'remplacer.txt', 'fabriquer.txt', 'comparer.txt', 'expected.txt')


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


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding='utf-8').split('\n')[:-1] if path.exists() else []
