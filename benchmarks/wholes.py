"""Commands of pasbuild measured as whole processes: wall clock, CPU and largest resident memory, of each and of what it starts.

Apart from ``processes.py``, which looks at trees of processes that do not wait for one another: ours do.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

Measure = tuple[float, float, float]
"""Wall clock and CPU in seconds, memory in MB."""


def run(root: Path, *arguments: str) -> Measure:
    """Run one command on a dossier; exit with its words when it fails.

    What it prints is left in ``sortie.txt`` beside the dossier. Bytecode is kept, as where the program is installed.
    """
    start = time.perf_counter()
    with (root.parent / 'sortie.txt').open('wb') as out:
        command = [sys.executable, '-m', 'pasbuild', *arguments, '--dossier', str(root)]
        actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, out.fileno(), 2)]
        kept = {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}
        child = os.posix_spawn(sys.executable, command, kept, file_actions=actions)
        _, status, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit((root.parent / 'sortie.txt').read_text(encoding='utf-8'))
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def table(found: Mapping[str, Sequence[Measure]]) -> str:
    """Return the medians as a Markdown table."""
    rows = ['| command | wall, s (range) | CPU, s (range) | memory, MB |', '| --- | --- | --- | --- |']
    for name, measures in found.items():
        wall, cpu, memory = (sorted(column) for column in zip(*measures, strict=True))
        shown = [f'{statistics.median(side):.2f} ({side[0]:.2f}–{side[-1]:.2f})' for side in (wall, cpu)]
        rows.append(f'| {name} | {shown[0]} | {shown[1]} | {memory[-1]:.0f} |')
    return '\n'.join(rows)
