"""What is built is proved on the bytes: veraPDF for both standards and our own checks.

Here: both samples in each state they can reach, and the whole document of the benchmark. States share one cache of figures
and of parts laid out, and Java starts once for all files. The real dossier is in test_outputs.py, sealed files are in
test_sealproof.py.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import MINI
from dossier import write

from pasbuild.build import build, check
from pasbuild.diagnostics import PasbuildError, Report, render
from pasbuild.document import read_project
from pasbuild.procedure import chain, states
from pasbuild.project import Folder
from pasbuild.verapdf import Engine, Outcome, validate_all
from pasbuild.verify import Sources, own_checks

REACHED = {'mini': ('projet',), 'complet': tuple(state.id for state in chain('executoire'))}
"""The states each sample can reach; those before « arrêté » have the watermark."""
BENCHMARK = 'mesure'
CASES = (*(f'{sample}-{etat}' for sample, reached in REACHED.items() for etat in reached), BENCHMARK)
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
    mini, benchmark = tmp_path_factory.mktemp('mini'), tmp_path_factory.mktemp(BENCHMARK)
    shutil.copytree(MINI, mini, dirs_exist_ok=True, ignore=shutil.ignore_patterns('.cache', 'output'))
    write(benchmark, 12)
    samples = {'mini': Folder(mini), 'complet': kept}
    made = {
        f'{sample}-{etat}': made_in(folder, etat, folder.root / 'output' / etat)
        for sample, folder in samples.items()
        for etat in REACHED[sample]
    }
    return made | {BENCHMARK: made_in(Folder(benchmark), '', benchmark / 'output')}


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


@pytest.mark.parametrize('sample', REACHED)
def test_no_other_state_can_be_reached(sample: str) -> None:
    assert tuple(etat for etat in states() if reaches(Folder(MINI.parent / sample), etat)) == REACHED[sample]


def reaches(folder: Folder, etat: str) -> bool:
    report = Report()
    try:
        check(folder, report, etat=etat)
    except PasbuildError:  # no way leads there from the state of the sample
        return False
    return not report.failed()


@pytest.mark.parametrize('case', CASES)
def test_own_checks_hold(case: str, built: dict[str, Built]) -> None:
    checks = own_checks(built[case].path, built[case].sources)
    assert len(checks) == 14
    assert [(check.id, check.verdict, check.findings) for check in checks if check.verdict != 'conforme'] == []


@pytest.mark.verapdf
@pytest.mark.parametrize('case', CASES)
def test_both_standards_hold(case: str, outcomes: dict[str, tuple[Outcome, ...]]) -> None:
    assert [(one.profile, one.passed, one.rules) for one in outcomes[case]] == [('3a', True, ()), ('ua1', True, ())]
