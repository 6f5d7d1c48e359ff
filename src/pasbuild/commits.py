"""Commits of a review, one a reviewer, made beside the work tree: nothing that is staged or being edited is touched.

Git's own commands on a temporary index, so that ``git commit`` never sees the other files of the planner; hooks are not
run: what is committed was proved already.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pasbuild.diagnostics import PasbuildError
from pasbuild.project import DOSSIER

_PLAIN: Mapping[str, str] = {}
NOBODY = 'relecteur@invalid'
"""Address of the authors: reviewers gave none (RFC 2606: it leads nowhere)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One commit. ``author``: empty for that of the configuration; ``files``: content by path from the dossier."""

    author: str
    message: str
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Checkout:
    """A Git checkout. ``inside``: path of the dossier in it, with a final slash, or empty."""

    top: Path
    inside: str

    def run(self, *arguments: str, data: bytes | None = None, environment: Mapping[str, str] = _PLAIN) -> str:
        """Run Git. Raises PasbuildError with its own words when it fails."""
        git = shutil.which('git') or 'git'
        done = subprocess.run(  # noqa: S603  # no shell, arguments of ours
            [git, '-C', str(self.top), *arguments],
            input=data, capture_output=True, check=False, env={**os.environ, 'LC_ALL': 'C.UTF-8', **environment},
        )  # fmt: skip
        if done.returncode:
            said = done.stderr.decode(errors='replace').strip()
            raise PasbuildError(
                f"Git refuse « git {arguments[0]} » : {said}\npiste : corrigez, ou ajoutez --sans-commit."
            )
        return done.stdout.decode(errors='replace').strip('\n')

    def dirty(self, names: Sequence[str]) -> list[str]:
        """Return those of the files, given from the dossier, that are not as in the last commit."""
        paths = [f':(top,literal){self.inside}{name}' for name in names]
        found = self.run('-c', 'core.quotePath=false', 'status', '--porcelain', '-z', '--', *paths)
        return [line[3:].removeprefix(self.inside) for line in found.split('\0') if len(line) > 3]

    def prepare(self, steps: Sequence[Step]) -> tuple[str, str]:
        """Write the commits without moving the branch. Return the present and the new last commit."""
        head = parent = self.run('rev-parse', '--verify', 'HEAD^{commit}')
        with tempfile.TemporaryDirectory() as folder:
            index = {'GIT_INDEX_FILE': str(Path(folder) / 'index')}
            self.run('read-tree', parent, environment=index)
            for step in steps:
                self._stage(step.files, index)
                tree = self.run('write-tree', environment=index)
                if tree != self.run('rev-parse', f'{parent}^{{tree}}'):
                    name = ' '.join(step.author.translate(dict.fromkeys(map(ord, '<>\n\r\0'), ' ')).split())
                    author = {'GIT_AUTHOR_NAME': name, 'GIT_AUTHOR_EMAIL': NOBODY} if name else {}
                    parent = self.run('commit-tree', tree, '-p', parent, data=step.message.encode(), environment=author)
        return head, parent

    def _stage(self, files: Mapping[str, bytes], index: Mapping[str, str]) -> None:
        for name, content in files.items():
            path = f'{self.inside}{name}'
            blob = self.run('hash-object', '-w', '--stdin', '--path', path, data=content)
            self.run('update-index', '--add', '--cacheinfo', f'100644,{blob},{path}', environment=index)

    def move(self, old: str, new: str, files: Mapping[str, bytes]) -> None:
        """Move the branch to a prepared commit, and the index of these files with it."""
        if new != old:
            self.run('update-ref', '-m', 'pasbuild review apply', 'HEAD', new, old)
        self._stage(files, {})


def find_checkout(root: Path) -> Checkout | None:
    """Return the Git checkout a dossier is in; None when there is none, when it leaves the dossier out, or no Git."""
    git = shutil.which('git')
    if git is None:
        return None
    asked = [git, '-C', str(root), 'rev-parse', '--show-toplevel', '--show-prefix']
    done = subprocess.run(asked, capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        return None
    ignored = [git, '-C', str(root), 'check-ignore', '-q', DOSSIER]
    if subprocess.run(ignored, capture_output=True, check=False).returncode == 0:  # noqa: S603
        return None
    top, _, inside = done.stdout.decode(errors='replace').partition('\n')
    return Checkout(Path(top), inside.strip('\n'))
