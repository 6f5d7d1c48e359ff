"""A run of ``review apply`` killed at any write: the next one ends as if nothing had happened."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_applying import IGNORED, checkout, complet, git, three

from pasbuild.applying import apply
from pasbuild.commits import Checkout
from pasbuild.diagnostics import Report
from pasbuild.journal import JOURNAL
from pasbuild.project import Folder

__all__ = ['checkout', 'complet']  # fixtures


class Killer:
    """Stops the program at the n-th call, before or after what it does; counts them."""

    def __init__(self, at: int = 0, *, after: bool = False) -> None:
        self.at, self.after, self.count = at, after, 0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **more: Any) -> Any:
            self.count += 1
            if self.count == self.at and not self.after:
                raise KeyboardInterrupt
            done = function(*arguments, **more)
            if self.count == self.at:
                raise KeyboardInterrupt
            return done

        return called


def killed(folder: Folder, monkeypatch: pytest.MonkeyPatch, killer: Killer, *, commit: bool = False) -> None:
    """Apply, stopped by ``killer`` at a file moved into place, a note dropped or the branch moved."""
    plain = Checkout.run

    def run(self: Checkout, *arguments: str, **more: Any) -> str:
        moving = arguments[0] == 'update-ref' or (arguments[0] == 'update-index' and not more.get('environment'))
        return (killer.around(plain) if moving else plain)(self, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, 'replace', killer.around(Path.replace))
        patch.setattr('pasbuild.journal.Path.unlink', unlinking(killer, Path.unlink))
        patch.setattr(Checkout, 'run', run)
        if killer.at:
            with pytest.raises(KeyboardInterrupt):
                apply(folder, Report(), commit=commit)
        else:
            apply(folder, Report(), commit=commit)


def unlinking(killer: Killer, plain: Callable[..., Any]) -> Callable[..., Any]:
    return lambda path, **more: (killer.around(plain) if path.name == Path(JOURNAL).name else plain)(path, **more)


def state(folder: Folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder.root)): path.read_bytes() for path in (folder.root / 'content').rglob('*.*')}


def copied(folder: Folder, where: Path) -> Folder:
    return Folder(shutil.copytree(folder.root, where, ignore=IGNORED))


def codes(folder: Folder, **more: Any) -> list[str]:
    report = Report()
    apply(folder, report, **more)
    return [found.code for found in report.sorted() if found.code != 'revue.conflit']


def test_killed_at_each_write_is_finished_by_the_next_run(
    complet: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in three(complet):
        one.write()
    before, whole, counter = state(complet), copied(complet, tmp_path / 'whole'), Killer()
    killed(whole, monkeypatch, counter)
    assert counter.count == 1 + 1 + 3 + 1 + 1  # the note, the text, three returned files, the ledger, the note dropped
    for at in range(1, counter.count + 1):
        for after in (False, True):
            here = copied(complet, tmp_path / f'{at}{after}')
            killed(here, monkeypatch, Killer(at, after=after))
            noted = (here.root / JOURNAL).exists()
            assert noted == ((at, after) != (1, False) and (at, after) != (counter.count, True))
            assert noted or state(here) in (before, state(whole))
            assert codes(here, commit=False) == ['revue.reprise'] * noted
            assert state(here) == state(whole)


def test_killed_while_committing_too(checkout: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in three(checkout):
        one.write()
    whole, counter = copied(checkout, tmp_path / 'whole'), Killer()
    killed(whole, monkeypatch, counter, commit=True)
    log = git(whole, 'log', '--format=%an %s %T')
    assert counter.count == 7 + 1 + 5
    for at in (1, 2, 4, 7, 8, 9, 10, counter.count):
        here = copied(checkout, tmp_path / f'{at}')
        killed(here, monkeypatch, Killer(at, after=at > 1), commit=True)
        codes(here)
        assert state(here) == state(whole)
        assert git(here, 'log', '--format=%an %s %T') == log
        assert git(here, 'status', '--porcelain') == '?? content/avis/exports/'


def test_files_changed_in_between_are_left_and_what_is_there_is_not_done_again(
    complet: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in three(complet):
        one.write()
    whole = copied(complet, tmp_path / 'whole')
    killed(whole, monkeypatch, Killer())
    killed(complet, monkeypatch, Killer(2, after=True))
    path = complet.root / 'content/20-diagnostic.md'
    path.write_text(path.read_text(encoding='utf-8') + '\nPlus tard.\n', encoding='utf-8')
    assert codes(complet, commit=False) == ['revue.reprise']
    expected = state(whole)
    expected['content/20-diagnostic.md'] += b'\nPlus tard.\n'
    assert state(complet) == expected


def test_a_trial_only_says_it_and_a_branch_that_moved_is_left(
    checkout: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in three(checkout):
        one.write()
    killed(checkout, monkeypatch, Killer(2), commit=True)
    assert codes(checkout, dry=True) == ['revue.reprise']
    assert (checkout.root / JOURNAL).exists()
    git(checkout, 'commit', '-q', '--allow-empty', '-m', 'Autre')
    report = Report()
    apply(checkout, report)
    assert [found.hint for found in report.diagnostics if found.code == 'revue.reprise'] == [
        "Enregistrez ces fichiers dans Git (git commit)."
    ]
    assert git(checkout, 'log', '-1', '--format=%s') == 'Autre'


@pytest.mark.parametrize(
    'name', ['content/../a.md', '/content/a.md', 'content/.a.md', 'figures/a.yaml', 'content/a.py']
)
def test_a_note_writes_nothing_but_texts_of_the_dossier(complet: Folder, name: str) -> None:
    path = complet.root / JOURNAL
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'{{"version": 1, "fichiers": {{"{name}": {{"avant": "", "apres": "x"}}}}}}', encoding='utf-8')
    before = {*complet.root.rglob('*')}
    assert codes(complet, commit=False) == ['revue.reprise']
    assert {*complet.root.rglob('*')} == before - {path}
