"""Worker processes: figures and parts are made side by side, and a process that dies is said in words.

Why ``spawn`` and not ``fork``: the same on every system, and a child that starts clean gives the same bytes.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from multiprocessing import get_context, parent_process
from typing import TypeVar

from pasbuild.diagnostics import ExitCode, PasbuildError

T = TypeVar('T')
R = TypeVar('R')


class Workers(AbstractContextManager['Workers']):
    """Up to ``jobs`` processes; none at all for one job, which is then done here."""

    def __init__(self, jobs: int) -> None:
        self._pool = ProcessPoolExecutor(jobs, get_context('spawn'), initializer=begin) if jobs > 1 else None

    def warm(self, prepare: Callable[[], None]) -> None:
        """Start a process and let it import what it will need, while this one does something else."""
        if self._pool is not None:
            self._pool.submit(prepare)

    def run(self, make: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Yield each task with what was made of it, as they end. Raises PasbuildError when a process was killed."""
        if self._pool is None:
            for task in tasks:
                yield task, make(task)
            return
        try:
            futures = {self._pool.submit(make, task): task for task in tasks}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            message = "Un processus de fabrication s'est arrêté d'un coup (mémoire pleine ?). Les sorties précédentes sont intactes."
            hint = "piste : relancez avec « --jobs 1 » ; ce qui était prêt est gardé."
            raise PasbuildError(f"{message}\n{hint}", ExitCode.USAGE) from error

    def __exit__(self, *_: object) -> None:
        """End the processes once what they are at is done (a second or two); what was only asked for is dropped."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def begin() -> None:
    """Prepare a worker: Ctrl-C is for the parent to deal with, and a worker never outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()
