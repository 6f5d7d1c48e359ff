"""Measure pasbuild on the real dossier: whole processes, wall clock and peak memory, medians.

Each case runs in a scratch copy of the dossier, so that its cache and outputs are its own. Prints a Markdown table, the
one of docs/benchmarks.md. Usage: ``make bench``, or ``python benchmarks/measure.py --runs 5``.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PASBUILD = [sys.executable, '-m', 'pasbuild']


@dataclass(frozen=True, slots=True)
class Case:
    """A command, what is done to the scratch dossier before each run, and what the project promises."""

    name: str
    command: list[str]
    promise: str
    prepare: Callable[[Path], None] = lambda _folder: None


def clear_cache(folder: Path) -> None:
    """Make the next build draw every figure again."""
    shutil.rmtree(folder / '.cache', ignore_errors=True)


def edit_text(folder: Path) -> None:
    """Change one sentence, as a planner does."""
    chapter = folder / 'content' / '20-territoire.md'
    with chapter.open('a', encoding='utf-8') as stream:
        stream.write('\nUne phrase de plus.\n')


CASES = (
    Case("fabrication complète, cache vide", ['build'], "< 25 s, < 500 Mo", clear_cache),
    Case("fabrication après une modification de texte", ['build'], "figures non redessinées", edit_text),
    Case("pasbuild check", ['check'], "< 1,5 s"),
    Case("pasbuild --help", ['--help'], "< 0,3 s"),
)


def run(command: list[str], folder: Path) -> tuple[float, float]:
    """Return wall seconds and peak memory (MB, largest single process) of one run; its output is thrown away."""
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f'{" ".join(command)} : code {child.returncode}')
    unit = 1e6 if platform.system() == 'Darwin' else 1e3
    return time.perf_counter() - start, usage.ru_maxrss / unit


def measure(case: Case, folder: Path, runs: int) -> str:
    """Return the row of one case: medians over ``runs`` runs, after one that is not counted."""
    results = []
    for index in range(runs + 1):
        case.prepare(folder)
        result = run([*PASBUILD, *case.command], folder)
        if index:
            results.append(result)
    seconds, memory = zip(*results, strict=True)
    spread = f'{min(seconds):.2f} à {max(seconds):.2f}'.replace('.', ',')
    middle = f'{statistics.median(seconds):.2f}'.replace('.', ',')
    return f'| {case.name} | {middle} s | {spread} | {statistics.median(memory):.0f} Mo | {case.promise} |'


def main() -> None:
    """Measure every case and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--runs', type=int, default=5)
    runs = parser.parse_args().runs
    print(f'{platform.platform()}, {os.cpu_count()} cœurs, Python {platform.python_version()}, médianes de {runs}\n')
    print('| cas | durée médiane | étendue (s) | mémoire | engagement |\n|---|---|---|---|---|')
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in ('content', 'figures', 'templates'):
            shutil.copytree(ROOT / name, folder / name)
        for case in CASES:
            print(measure(case, folder, runs), flush=True)


if __name__ == '__main__':
    main()
