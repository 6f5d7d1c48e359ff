"""All the writes of ``review apply`` as one: what is about to be written is noted first, and a run that was killed is finished.

The note holds every file as it was and as it will be, and the commits made beside the work tree. It goes once all is in
place. Found by the next run, each of its files is in one of its two states: writing those that are late, then moving the
branch, gives exactly what the first run would have. A file someone changed in between is in neither: the note is then
dropped, and what the text holds already is recognised by its words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pasbuild.build import write_files
from pasbuild.commits import Checkout, find_checkout
from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.project import Folder

JOURNAL = 'content/avis/application.json'
_MOST = 100 << 20
"""Bytes of a note; the texts of a dossier are a million."""
_Commit = Annotated[str, Field(pattern='^([0-9a-f]{40}|[0-9a-f]{64})?$')]
_Name = Annotated[str, Field(pattern=r'^content/(?:[^/\\\x00.][^/\\\x00]*/)*[^/\\\x00.][^/\\\x00]*\.(?:md|yaml)$')]


class _Write(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)

    avant: Annotated[str, Field(description="Empreinte du fichier d'avant ; vide s'il n'existait pas.")]
    apres: Annotated[str, Field(description="Le fichier tel qu'il sera.")]


class _Note(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)

    version: Literal[1] = 1
    ancien: Annotated[_Commit, Field(description="Dernier commit d'avant ; vide sans Git.")] = ''
    nouveau: Annotated[_Commit, Field(description="Dernier commit d'après.")] = ''
    fichiers: dict[_Name, _Write]

    @property
    def files(self) -> dict[str, bytes]:
        """Each file as it will be."""
        return {name: one.apres.encode() for name, one in self.fichiers.items()}


def carry_out(
    folder: Folder, files: Mapping[str, bytes], checkout: Checkout | None = None, old: str = '', new: str = ''
) -> None:
    """Write files, in order, then move the branch from commit ``old`` to ``new``; whatever happens, all of it or a note."""
    if not files:
        return
    writes = {name: _Write(avant=_digest(folder, name), apres=data.decode()) for name, data in files.items()}
    note = _Note(ancien=old, nouveau=new, fichiers=writes)
    _write(folder, {JOURNAL: note.model_dump_json(indent=1).encode()})
    _do(folder, note, checkout)


def finish(folder: Folder, report: Report, *, commit: bool = True, dry: bool = False) -> None:
    """Finish what a run that was killed had begun, and say so. ``dry``: only say that there is something to finish."""
    path = folder.root / JOURNAL
    if not path.is_file():
        return
    if dry:
        message = "Une application des décisions a été interrompue."
        report.warn(
            'revue.reprise', Span(JOURNAL), message, "Lancez « pasbuild review apply » : il la termine d'abord."
        )
        return
    note = _read(path)
    if note is None or not all(_is_ours(folder, name, one) for name, one in note.fichiers.items()):
        path.unlink()
        message = "Une application des décisions a été interrompue, et des fichiers ont changé depuis."
        hint = "Relisez ce qui suit et le texte : ce qui y est déjà n'est pas refait."
        report.warn('revue.reprise', Span(JOURNAL), message, hint)
        return
    moved = _do(folder, note, find_checkout(folder.root) if commit and note.nouveau else None)
    count = len(note.fichiers)
    message = (
        f"Une application des décisions avait été interrompue : elle est terminée ({count} fichier{'s' * (count > 1)})."
    )
    hint = "Rien à faire." if moved or not note.nouveau else "Enregistrez ces fichiers dans Git (git commit)."
    report.warn('revue.reprise', Span(JOURNAL), message, hint)


def _do(folder: Folder, note: _Note, checkout: Checkout | None) -> bool:
    """Write what is not there yet, move the branch unless someone has since, drop the note. Tell whether it is moved."""
    _write(folder, {name: data for name, data in note.files.items() if _digest(folder, name) != _sha(data)})
    head = checkout.run('rev-parse', '--verify', 'HEAD^{commit}') if checkout is not None else ''
    known = checkout is not None and head in (note.ancien, note.nouveau)
    if checkout is not None and known:
        checkout.move(head, note.nouveau, note.files)
    (folder.root / JOURNAL).unlink()
    return known


def _write(folder: Folder, files: Mapping[str, bytes]) -> None:
    for parent in dict.fromkeys(Path(name).parent for name in files):
        inside = {Path(name).name: data for name, data in files.items() if Path(name).parent == parent}
        write_files(folder.root / parent, inside)


def _read(path: Path) -> _Note | None:
    try:
        return _Note.model_validate_json(path.read_bytes()) if path.stat().st_size <= _MOST else None
    except ValidationError:
        return None


def _is_ours(folder: Folder, name: str, one: _Write) -> bool:
    """Tell whether a file is as it was, or as it will be."""
    return _digest(folder, name) in (one.avant, _sha(one.apres.encode()))


def _digest(folder: Folder, name: str) -> str:
    path = folder.root / name
    return _sha(path.read_bytes()) if path.is_file() else ''


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
