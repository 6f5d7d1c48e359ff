"""Run a command as a whole process and tell what it cost: wall and CPU seconds, memory of it and of its children.

Why not only ``wait4``: a browser does not wait for its own children, so that their time and memory are missing from it.
The tree under the process is therefore looked at five times a second in /proc (Linux); elsewhere ``wait4`` alone answers.
"""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TICK = 0.2
"""Seconds between two looks at the tree."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run cost. ``largest``: peak of the largest process; ``tree``: peak of the sum, shared pages counted each time.

    Both in MB (10^6 bytes). ``tree`` is never below ``largest``.
    """

    wall: float
    cpu: float
    largest: float
    tree: float


class RunError(Exception):
    """The command returned another code than 0, or took too long; the text is the end of what it said."""


@dataclass(slots=True)
class _Watch:
    """What was seen of a tree of processes."""

    root: int
    stop: threading.Event = field(default_factory=threading.Event)
    cpu: dict[int, float] = field(default_factory=dict)
    largest: float = 0
    tree: float = 0

    def look(self) -> None:
        """Look until told to stop."""
        while not self.stop.wait(TICK):
            seen = _table()
            sizes = [self._count(process, seen[process]) for process in _family(self.root, seen)]
            self.largest = max([self.largest, *sizes])
            self.tree = max(self.tree, sum(sizes))

    def _count(self, process: int, fields: list[str]) -> float:
        self.cpu[process] = (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
        return int(fields[21]) * os.sysconf('SC_PAGE_SIZE') / 1e6


def _table() -> dict[int, list[str]]:
    """Return what /proc says of every process, after its name: state, parent… (man proc_pid_stat, from field 3 on)."""
    table = {}
    for folder in Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):  # it has ended since
            table[int(folder.name)] = (folder / 'stat').read_text(encoding='utf-8').rpartition(')')[2].split()
    return table


def _family(root: int, table: Mapping[int, list[str]]) -> Iterator[int]:
    """Yield a process and all below it."""
    if root in table:
        yield root
    for process, fields in table.items():
        if int(fields[1]) == root:
            yield from _family(process, table)


def run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, limit: float = 900
) -> Usage:
    """Run ``command`` in ``folder`` and return what it cost. Raises RunError; ``limit`` in seconds."""
    with (folder / '.said').open('wb') as said:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **(environment or {})}, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        watch = _Watch(child.pid)
        threads = [threading.Thread(target=watch.look), timer := threading.Timer(limit, child.kill)]
        for thread in threads:
            thread.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        timer.cancel()
        watch.stop.set()
        for thread in threads:
            thread.join()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RunError(
            (folder / '.said').read_text(encoding='utf-8', errors='replace').strip()[-300:] or str(child.returncode)
        )
    own = usage.ru_maxrss / (1e6 if platform.system() == 'Darwin' else 1e6 / 1024)
    cpu = max(usage.ru_utime + usage.ru_stime, sum(watch.cpu.values()))
    largest = max(own, watch.largest)
    return Usage(wall, cpu, largest, max(largest, watch.tree))
