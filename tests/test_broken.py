"""Broken dossiers: each fault is reported at its place, in the words of its golden file, and the shell is told."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_files import HOSTILE
from overlay import lay_over
from store_faults import STORE

from pasbuild.applying import apply
from pasbuild.build import build, check
from pasbuild.catalogue import CATALOGUE
from pasbuild.comparison import run
from pasbuild.diagnostics import Report, render
from pasbuild.project import Folder

BROKEN = Path(__file__).parent / 'samples' / 'broken'
MINI = Path(__file__).parent / 'samples' / 'mini'
CASES = sorted(path.name for path in BROKEN.iterdir())
Golden = Callable[[Path, str], None]


def code_of(case: str) -> str:
    return case.partition('--')[0]


def being_edited(overlay: Path, root: Path) -> bool:
    """Make the dossier a checkout with a file being edited, when the case asks for it."""
    if 'git' not in (overlay / 'appliquer.txt').read_text(encoding='utf-8'):
        return False
    for order in (
        ['init', '-q'],
        ['add', '.'],
        ['-c', 'user.name=x', '-c', 'user.email=x@invalid', 'commit', '-qm', 'x'],
    ):
        subprocess.run(['git', '-C', str(root), *order], check=True)
    path = root / 'content/10-contexte.md'
    path.write_text(path.read_text(encoding='utf-8') + '\nEn cours.\n', encoding='utf-8')
    return True


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # WeasyPrint leaves its colour profile open
@pytest.mark.parametrize('case', CASES)
def test_fault_is_reported(case: str, mini: Folder, golden: Golden) -> None:
    overlay, report = BROKEN / case, Report()
    lay_over(overlay, mini.root)
    if (overlay / 'appliquer.txt').exists():
        apply(mini, report, commit=being_edited(overlay, mini.root))
    elif (overlay / 'fabriquer.txt').exists():
        build(mini, report, ['pdf'])
    elif (overlay / 'comparer.txt').exists():
        run((str(MINI), str(mini.root)), mini.root, report, (), reasons=True)
    else:
        check(mini, report)
    text = render(report, 'text')
    golden(overlay / 'expected.txt', f'{text}\n')
    found = {finding.code: finding.level for finding in report.diagnostics}
    assert code_of(case) in found
    assert report.failed() or set(found.values()) == {'avertissement'}
    assert report.failed(strict=True)
    assert str(mini.root) not in text


ELSEWHERE = ('revue', 'seda', 'gpu', 'version')
"""Families of codes about a file or a store named on the command line: a dossier is not their sample."""


def test_every_code_has_its_sample() -> None:
    """A broken dossier, a hostile file, or a test that names the code of another family."""
    dossiers, files = {code_of(case) for case in CASES}, {code_of(case) for case in HOSTILE}
    tests = ''.join(path.read_text(encoding='utf-8') for path in Path(__file__).parent.glob('test_*.py'))
    named = {code for code in CATALOGUE if code.partition('.')[0] in ELSEWHERE and f"'{code}'" in tests}
    assert dossiers | files | named | set(STORE) == set(CATALOGUE)


def test_every_finding_stands_in_a_file_of_the_dossier(mini: Folder) -> None:
    for case in ('lire.html', 'donnee.type', 'ref.introuvable', 'securite.lien'):
        lay_over(BROKEN / case, mini.root)
    report = Report()
    check(mini, report)
    for finding in report.diagnostics:
        path = mini.root / finding.span.file
        assert path.is_file()
        assert 0 <= finding.span.line <= len(path.read_text(encoding='utf-8').split('\n'))


def test_several_faults_are_reported_in_one_run(mini: Folder) -> None:
    cases = (
        'lire.html',
        'lire.role-inconnu',
        'ref.note-absente',
        'donnee.type',
        'figure.type-inconnu',
        'lire.yaml',
        'lire.toml',
    )
    for case in cases:
        lay_over(BROKEN / case, mini.root)
    report = Report()
    check(mini, report)
    assert set(cases) <= {finding.code for finding in report.diagnostics}
