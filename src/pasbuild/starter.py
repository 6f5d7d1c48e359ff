"""``pasbuild init``: a new dossier for another SCoT, which builds at once and shows what to replace."""

from __future__ import annotations

import shutil
from pathlib import Path

from pasbuild.diagnostics import ExitCode, PasbuildError
from pasbuild.generated import DEFAULTS

STARTER = DEFAULTS / 'depart'


def create(destination: Path, scot: str) -> list[Path]:
    """Copy the starter dossier to ``destination`` under the name ``scot``; return the files written.

    Raises PasbuildError when ``destination`` exists and is not an empty folder: nothing is ever overwritten.
    """
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise PasbuildError(f"« {destination} » existe déjà et n'est pas vide : rien n'a été écrit.", ExitCode.USAGE)
    shutil.copytree(STARTER, destination, dirs_exist_ok=True)
    settings = destination / 'content' / 'dossier.yaml'
    quoted = scot.replace('\\', '\\\\').replace('"', '\\"')
    settings.write_text(settings.read_text(encoding='utf-8').replace('__SCOT__', quoted), encoding='utf-8')
    return sorted(path for path in destination.rglob('*') if path.is_file())
