"""The program as a process: ``pasbuild``, or ``python -m pasbuild``. Turns what escapes into the right exit code."""

from __future__ import annotations

import sys
import traceback

import click

from pasbuild.cli import main
from pasbuild.diagnostics import ExitCode


def run() -> None:
    """Run the command line. A bug keeps its traceback and ends with 70; a disk that refuses says which file."""
    try:
        main()
    except OSError as error:
        place = f" « {error.filename} »" if error.filename else ''
        click.echo(f"erreur : le système refuse{place} : {error.strerror or error}", err=True)
        sys.exit(ExitCode.USAGE)
    except Exception:  # noqa: BLE001  # the last door: nothing is swallowed, the traceback is printed
        traceback.print_exc()
        click.echo("erreur : défaut de pasbuild. Les sorties précédentes sont intactes.", err=True)
        sys.exit(ExitCode.BUG)


if __name__ == '__main__':
    run()
