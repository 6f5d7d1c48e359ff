"""Worker processes: figures and parts are made side by side, and a process that dies is said in words.

Why ``spawn`` and not ``fork``: the same on every system, and a child that starts clean gives the same bytes.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import active_children, get_context, parent_process
from typing import TypeVar

from pasbuild.diagnostics import ExitCode, PasbuildError

T = TypeVar('T')
R = TypeVar('R')


class Workers(AbstractContextManager['Workers']):
    """Up to ``jobs`` processes; none at all for one job, which is then done here."""

    def __init__(self, jobs: int) -> None:
        self._pool, self._scratch = None, ''
        if jobs > 1:
            self._scratch = tempfile.mkdtemp(prefix='pasbuild-')
            self._pool = ProcessPoolExecutor(jobs, get_context('spawn'), initializer=begin, initargs=(self._scratch,))

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

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the processes once what they are at is done (a second or two), at once when the user stops the program.

        What was only asked for is dropped, and so are their temporary files.
        """
        if self._pool is None:
            return
        try:
            if kind is not None and not issubclass(kind, Exception):
                _kill(self._pool)
            self._pool.shutdown(cancel_futures=True)
        except BaseException:  # stopped while waiting
            _kill(self._pool)
            self._pool.shutdown(cancel_futures=True)
            raise
        finally:
            shutil.rmtree(self._scratch, ignore_errors=True)


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave the garbage collector alone meanwhile.

    A layout makes hundreds of thousands of objects that live to its end: looking for cycles among them again and again
    takes a fifth of its time.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _kill(pool: ProcessPoolExecutor) -> None:
    """Kill the processes, and close our own end of the pipe of results.

    One killed while it sends its result leaves half of it: the thread of the pool would wait for the other half for ever.
    """
    for child in active_children():
        child.kill()
        child.join()
    results = pool._result_queue  # noqa: SLF001
    if results is not None:  # a pool that has ended has none
        results._writer.close()  # type: ignore[attr-defined]  # noqa: SLF001


def begin(scratch: str) -> None:
    """Prepare a worker: the parent deals with Ctrl-C and ends it; it never outlives the parent, nor do its files in ``scratch``."""
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group: the parent ends its workers
        signal.signal(number, signal.SIG_IGN)
    tempfile.tempdir = scratch
    parent = parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            shutil.rmtree(scratch, ignore_errors=True)
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()
