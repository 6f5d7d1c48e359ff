"""Worker processes: same results for any number, a death said in words, no orphan."""

from __future__ import annotations

import gc
import os
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from multiprocessing import current_process
from pathlib import Path

import pytest

from pasbuild.diagnostics import ExitCode, PasbuildError
from pasbuild.workers import Workers, uncollected


def double(number: int) -> int:
    return 2 * number


def die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse(_number: int) -> int:
    raise PasbuildError("Il manque Pango.", ExitCode.TOOL_MISSING)


def nothing() -> None:
    """Do nothing, in another process."""


@pytest.mark.parametrize('jobs', [1, 2])
def test_each_task_comes_back_with_its_result(jobs: int) -> None:
    with Workers(jobs) as workers:
        workers.warm(nothing)
        assert dict(workers.run(double, [3, 1, 2])) == {3: 6, 1: 2, 2: 4}
        assert list(workers.run(double, [])) == []


def test_a_killed_process_is_said_in_words() -> None:
    with Workers(2) as workers, pytest.raises(PasbuildError, match="s'est arrêté d'un coup") as caught:
        list(workers.run(die, [1, 2]))
    assert caught.value.exit_code == ExitCode.USAGE


def test_an_error_keeps_its_code_across_processes() -> None:
    with Workers(2) as workers, pytest.raises(PasbuildError, match="Pango") as caught:
        list(workers.run(refuse, [1]))
    assert caught.value.exit_code == ExitCode.TOOL_MISSING


def test_the_collector_works_again_after_an_error() -> None:
    with suppress(ValueError), uncollected():
        assert not gc.isenabled()
        int('?')
    assert gc.isenabled()


@pytest.mark.skipif(sys.platform != 'linux', reason='reads /proc')
def test_no_worker_outlives_its_parent(tmp_path: Path) -> None:
    script = tmp_path / 'parent.py'
    script.write_text(
        'import os, time\nfrom pathlib import Path\nfrom pasbuild.workers import Workers\n'
        'def sleep(path):\n    Path(path).write_text(str(os.getpid()))\n    time.sleep(600)\n'
        f'if __name__ == "__main__":\n    list(Workers(2).run(sleep, [{str(tmp_path / "pid")!r}]))\n'
    )
    parent = subprocess.Popen([sys.executable, str(script)])
    deadline = time.monotonic() + 60
    while not (tmp_path / 'pid').exists() or not (tmp_path / 'pid').read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    worker = Path('/proc') / (tmp_path / 'pid').read_text()
    parent.kill()
    parent.wait()
    while worker.exists() and 'Z' not in (worker / 'stat').read_text().rpartition(')')[2][:3]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def half_a_result(_: int) -> None:
    """Begin to send a result, as a worker does that is killed meanwhile: its length is told, its bytes never come."""
    results = current_process()._args[1]  # type: ignore[attr-defined]
    os.write(results._writer.fileno(), struct.pack('!i', 1000))
    time.sleep(120)


def test_worker_killed_while_it_sends_its_result_does_not_hang_the_stop() -> None:
    """Seen once: a build stopped by a signal waited for ever."""

    def stop() -> None:
        with Workers(2) as workers:
            assert workers._pool is not None
            workers._pool.submit(half_a_result, 1)
            time.sleep(3)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
