"""What is built is proved on the bytes: veraPDF for both standards and our own checks, in each rendering there is.

The real dossier is in test_outputs.py, the sample in test_verify.py, sealed files in test_sealproof.py. States of the
complete dossier that are drawn like one of these are left out; Java starts once for all files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from dossier import write

from pasbuild.build import build
from pasbuild.diagnostics import Report, render
from pasbuild.document import read_project
from pasbuild.project import Folder
from pasbuild.verapdf import Engine, Outcome, validate_all
from pasbuild.verify import Sources, own_checks

STATES = ('projet', 'debattu', 'arrete', 'executoire')
"""The renderings of the complete dossier; the first has the watermark."""
CASES = (*STATES, 'chapitre')
pytestmark = [
    pytest.mark.xdist_group('complet'),
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # as in test_complet.py
]


@dataclass(frozen=True)
class Built:
    path: Path
    sources: Sources


@pytest.fixture(scope='module')
def built(kept: Folder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    chapter = tmp_path_factory.mktemp('chapitre')
    write(chapter, 1)
    made = {etat: made_in(kept, etat, kept.root / 'output' / etat) for etat in STATES}
    return made | {'chapitre': made_in(Folder(chapter), '', chapter / 'output')}


def made_in(folder: Folder, etat: str, output: Path) -> Built:
    report = Report()
    result = build(folder, report, ['pdf'], output=output, etat=etat)
    assert result is not None, render(report, 'text')
    project = read_project(folder, Report(), etat)
    assert project is not None
    return Built(result.files[0], Sources(project.document, project.dossier))


@pytest.fixture(scope='module')
def outcomes(built: dict[str, Built], engine: Engine) -> dict[str, tuple[Outcome, ...]]:
    found = validate_all([one.path for one in built.values()], engine)
    return dict(zip(built, found, strict=True))


@pytest.mark.parametrize('case', CASES)
def test_own_checks_hold(case: str, built: dict[str, Built]) -> None:
    checks = own_checks(built[case].path, built[case].sources)
    assert len(checks) == 14
    assert [(check.id, check.verdict, check.findings) for check in checks if check.verdict != 'conforme'] == []


@pytest.mark.verapdf
@pytest.mark.parametrize('case', CASES)
def test_both_standards_hold(case: str, outcomes: dict[str, tuple[Outcome, ...]]) -> None:
    assert [(one.profile, one.passed, one.rules) for one in outcomes[case]] == [('3a', True, ()), ('ua1', True, ())]
