"""The straight line, with drawing and layout replaced: what is written, when, and what a failure leaves behind."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from overlay import lay_over

from pasbuild.build import STEPS, Progress, build, check, write_figures, write_files
from pasbuild.diagnostics import Report
from pasbuild.pdf import Pdf
from pasbuild.project import Folder

BROKEN = Path(__file__).parent / 'samples' / 'broken'
BESIDE = ['pas.json', 'manifeste.json']
OLD = {'pas.pdf': b'old pdf', 'pas.docx': b'old docx'}


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace what takes seconds: drawing, layout, Word."""
    monkeypatch.setattr('pasbuild.drafting.draw_figures', lambda *_args, **_options: {})
    monkeypatch.setattr('pasbuild.chapters.lay_out', lambda *_args: Pdf(b'new pdf', {'contexte': 4}, 17))
    monkeypatch.setattr('os.cpu_count', lambda: 1)
    monkeypatch.setattr('pasbuild.docx.write_docx', lambda *_args: b'new docx')


@pytest.fixture
def built(mini: Folder) -> Folder:
    """Return a dossier that was built before."""
    output = mini.root / 'output'
    output.mkdir()
    for name, data in OLD.items():
        (output / name).write_bytes(data)
    return mini


def outputs(folder: Folder) -> dict[str, bytes]:
    """The files in output/, but what is written besides, whatever is asked."""
    found = {path.name: path.read_bytes() for path in (folder.root / 'output').iterdir()}
    return {name: data for name, data in found.items() if name not in BESIDE}


def tree(folder: Folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder.root)): path.read_bytes() for path in folder.root.rglob('*') if path.is_file()}


@pytest.mark.usefixtures('fast')
def test_build_replaces_both_outputs(built: Folder) -> None:
    shown: list[tuple[str, int, int]] = []
    report, progress = Report(), Progress(lambda name, rank, count: shown.append((name, rank, count)))
    result = build(built, report, progress=progress)
    assert result is not None
    assert ([path.name for path in result.files], result.pages) == (['pas.pdf', 'pas.docx', *BESIDE], 17)
    assert outputs(built) == {'pas.pdf': b'new pdf', 'pas.docx': b'new docx'}
    assert shown == [(name, rank, len(STEPS)) for rank, name in enumerate(STEPS, 1)]
    assert set(progress.seconds) == set(STEPS)
    assert not report.diagnostics


@pytest.mark.usefixtures('fast')
def test_build_of_one_format_leaves_the_other(built: Folder) -> None:
    assert build(built, Report(), ['docx']) is not None
    assert outputs(built) == {'pas.pdf': b'old pdf', 'pas.docx': b'new docx'}


@pytest.mark.usefixtures('fast')
def test_build_elsewhere(mini: Folder, tmp_path: Path) -> None:
    assert build(mini, Report(), ['pdf'], tmp_path / 'a' / 'b') is not None
    assert (tmp_path / 'a' / 'b' / 'pas.pdf').read_bytes() == b'new pdf'
    assert not (mini.root / 'output').exists()


@pytest.mark.usefixtures('fast')
@pytest.mark.parametrize('case', ['lire.html', 'lire.cle-inconnue', 'donnee.total', 'lire.toml', 'pdf.glyphe'])
def test_a_faulty_dossier_leaves_the_outputs_untouched(built: Folder, case: str) -> None:
    lay_over(BROKEN / case, built.root)
    report = Report()
    assert build(built, report) is None
    assert report.failed()
    assert outputs(built) == OLD


@pytest.mark.usefixtures('fast')
def test_warnings_forbid_building_only_when_strict(built: Folder) -> None:
    lay_over(BROKEN / 'donnee.a-verifier', built.root)
    assert build(built, Report(), strict=True) is None
    assert outputs(built) == OLD
    assert build(built, Report()) is not None
    assert outputs(built) != OLD


def fail(error: BaseException) -> Callable[..., None]:
    def failing(*_args: object, **_options: object) -> None:
        raise error

    return failing


@pytest.mark.usefixtures('fast')
@pytest.mark.parametrize('error', [RuntimeError('defect'), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize('step', ['pasbuild.chapters.lay_out', 'pasbuild.docx.write_docx', 'os.fsync'])
def test_a_build_stopped_half_way_leaves_the_outputs_untouched(
    built: Folder, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    monkeypatch.setattr(step, fail(error))
    with pytest.raises(type(error)):
        build(built, Report())
    assert outputs(built) == OLD


def test_a_move_that_fails_leaves_whole_files_and_no_temporary_one(
    built: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, done = os.replace, list[str]()

    def second_fails(source: str, target: Path) -> None:
        if done:
            raise PermissionError(target)
        done.append(source)
        replace(source, target)

    monkeypatch.setattr(os, 'replace', second_fails)
    with pytest.raises(PermissionError):
        write_files(built.root / 'output', {'pas.pdf': b'new pdf', 'pas.docx': b'new docx'})
    assert outputs(built) == {'pas.pdf': b'new pdf', 'pas.docx': b'old docx'}


def test_what_a_killed_build_left_is_swept_by_the_next(built: Folder) -> None:
    with subprocess.Popen([sys.executable, '-c', '']) as process:
        process.wait()
    for number in (process.pid, os.getpid()):
        (built.root / 'output' / f'.pas.pdf-abc.{number}.tmp').touch()
    write_files(built.root / 'output', {'pas.pdf': b'new pdf'})
    assert sorted(outputs(built)) == [f'.pas.pdf-abc.{os.getpid()}.tmp', 'pas.docx', 'pas.pdf']


def test_written_files_can_be_read_by_all(tmp_path: Path) -> None:
    [path] = write_files(tmp_path / 'sortie', {'a.txt': b'x'})
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [entry.name for entry in (tmp_path / 'sortie').iterdir()] == ['a.txt']


def test_check_writes_nothing(mini: Folder) -> None:
    before = tree(mini)
    assert check(mini, Report()) is not None
    assert tree(mini) == before


def test_check_goes_on_when_the_theme_is_faulty(mini: Folder) -> None:
    lay_over(BROKEN / 'lire.toml', mini.root)
    lay_over(BROKEN / 'lire.html', mini.root)
    report = Report()
    assert check(mini, report) is None
    assert {finding.code for finding in report.diagnostics} == {'lire.toml', 'lire.html'}


def test_figures_alone_name_the_nearest(mini: Folder) -> None:
    report = Report()
    assert write_figures(mini, report, ['fig-usage']) == ()
    assert "« fig-usages »" in report.diagnostics[0].hint
    assert not (mini.root / 'output').exists()


def test_figures_alone_are_drawn(mini: Folder) -> None:
    report = Report()
    files = write_figures(mini, report, ['fig-usages'])
    assert [path.name for path in files] == ['fig-usages.png', 'fig-usages.svg']
    assert not report.diagnostics


@pytest.mark.parametrize('case', ['figure.donnees', 'python'])
def test_faulty_figures_alone_are_reported(mini: Folder, case: str) -> None:
    if case == 'python':
        text = 'type: python\ntitre: Essai\ntexte_alternatif: Une figure qui ne montre rien.\nfichier: absent.py\n'
        (mini.root / 'figures' / 'fig-essai.yaml').write_text(text, encoding='utf-8')
    else:
        lay_over(BROKEN / case, mini.root)
    report = Report()
    assert write_figures(mini, report) == ()
    assert report.failed()
