"""The program as a process: ``pasbuild``, or ``python -m pasbuild``. Turns what escapes into the right exit code."""

from __future__ import annotations

import signal
import sys
import traceback
from typing import NoReturn

import click

from pasbuild.cli import main
from pasbuild.diagnostics import ExitCode, refusal

INTACT = "Les sorties précédentes sont intactes."


def run() -> None:
    """Run the command line. A bug keeps its traceback and ends with 70; a disk that refuses says which file.

    Ctrl-C and a request to end (SIGTERM) say so in one line; the shell gets 128 and the number of the signal, as usual.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # as in a job put in the background
            signal.signal(number, stop)
    try:
        main()
    except OSError as error:
        click.echo(f"erreur : {refusal(error)}. {INTACT}", err=True)
        sys.exit(ExitCode.USAGE)
    except MemoryError:
        click.echo(f"erreur : la mémoire ne suffit pas. {INTACT}\npiste : relancez avec « --jobs 1 ».", err=True)
        sys.exit(ExitCode.USAGE)
    except Exception:  # noqa: BLE001  # the last door: nothing is swallowed, the traceback is printed
        traceback.print_exc()
        click.echo(f"erreur : défaut de pasbuild. {INTACT}", err=True)
        sys.exit(ExitCode.BUG)


def stop(number: int, _frame: object) -> NoReturn:
    """End on a signal: what is under way is dropped, temporary files are removed on the way out."""
    for known in (signal.SIGINT, signal.SIGTERM):  # one is enough: a second one would stop the tidying up
        signal.signal(known, signal.SIG_IGN)
    click.echo(f"\nInterrompu. {INTACT}", err=True)
    sys.exit(128 + number)


if __name__ == '__main__':
    run()
