"""Broken dossiers: each fault is reported at its place, in the words of its golden file, and the shell is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_files import HOSTILE
from overlay import lay_over
from store_faults import STORE

from pasbuild.build import build, check
from pasbuild.catalogue import CATALOGUE
from pasbuild.diagnostics import Report, render
from pasbuild.project import Folder

BROKEN = Path(__file__).parent / 'samples' / 'broken'
CASES = sorted(path.name for path in BROKEN.iterdir())
Golden = Callable[[Path, str], None]


def code_of(case: str) -> str:
    return case.partition('--')[0]


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # WeasyPrint leaves its colour profile open
@pytest.mark.parametrize('case', CASES)
def test_fault_is_reported(case: str, mini: Folder, golden: Golden) -> None:
    overlay, report = BROKEN / case, Report()
    lay_over(overlay, mini.root)
    if (overlay / 'fabriquer.txt').exists():
        build(mini, report, ['pdf'])
    else:
        check(mini, report)
    text = render(report, 'text')
    golden(overlay / 'expected.txt', f'{text}\n')
    found = {finding.code: finding.level for finding in report.diagnostics}
    assert code_of(case) in found
    assert report.failed() or set(found.values()) == {'avertissement'}
    assert report.failed(strict=True)
    assert str(mini.root) not in text


def test_every_code_has_a_broken_dossier_or_a_hostile_file() -> None:
    """Codes ``revue.*`` concern a file named on the command line, ``version.*`` a store: their samples are made when needed."""
    dossiers, files = {code_of(case) for case in CASES}, {code_of(case) for case in HOSTILE}
    assert dossiers | files | set(STORE) == set(CATALOGUE)
    assert files == {code for code in CATALOGUE if code.startswith('revue.')}
    assert set(STORE) == {code for code in CATALOGUE if code.startswith('version.')}


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
