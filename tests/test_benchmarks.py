"""The benchmark: its dossier is the same each time and valid, its tables say what was measured and no more."""

from __future__ import annotations

import re
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from conformity import verdicts
from dossier import Box, Grid, Picture, Prose, make, write
from measure import MARK, PAGE, Case, Result, edit_text, growth_table, measure, ratios, replace_measures, table
from peers import write_peers
from processes import RunError, Usage, run
from versions import edit
from wholes import table as whole_table

from pasbuild.build import check
from pasbuild.diagnostics import Report, render
from pasbuild.project import Folder

OURS = Result('ours', (Usage(4, 6, 200, 300), Usage(2, 8, 300, 300), Usage(3, 7, 100, 300)), (2_400_000,), 12, {'3a': 'yes', 'ua1': 'no (5-1)'})  # fmt: skip
PEER = Result('peer', (Usage(1.5, 3.5, 100, 100),), (1_000_000,), 10)
ABSENT = Result('gone', note='absent')


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


def test_dossier_and_peers_are_the_same_each_time(tmp_path: Path) -> None:
    for name in ('one', 'two'):
        write(tmp_path / name, 2)
        write_peers(tmp_path / name / 'peers', make(2), [Path('Lato-Bold.ttf')])
    assert files(tmp_path / 'one') == files(tmp_path / 'two')


def test_an_edit_for_a_comparison_changes_words_of_every_chapter(tmp_path: Path) -> None:
    write(tmp_path, 2)
    before = files(tmp_path)
    edit(tmp_path)
    changed = {name for name, data in files(tmp_path).items() if data != before[name]}
    assert {'content/101-chapitre.md', 'content/102-chapitre.md'} <= changed


def test_table_of_whole_commands_gives_medians_ranges_and_largest_memory() -> None:
    shown = whole_table({'diff v1 v2': [(3.0, 2.0, 70.0), (1.0, 1.0, 80.0), (2.0, 3.0, 75.0)]})
    assert shown.splitlines()[-1] == '| diff v1 v2 | 2.00 (1.00–3.00) | 2.00 (1.00–3.00) | 80 |'


def test_dossier_passes_check_without_findings(tmp_path: Path) -> None:
    write(tmp_path, 1)
    report = Report()
    assert check(Folder(tmp_path), report) is not None
    assert not report.diagnostics, render(report, 'text')


def test_an_edit_changes_one_chapter_each_time_and_stays_valid(tmp_path: Path) -> None:
    write(tmp_path, 1)
    states = [files(tmp_path)]
    for rank in (0, 1):
        edit_text(tmp_path, rank)
        states.append(files(tmp_path))
    for before, after in pairwise(states):
        assert [name for name in after if after[name] != before[name]] == ['content/101-chapitre.md']
    report = Report()
    check(Folder(tmp_path), report)
    assert not report.diagnostics, render(report, 'text')


def test_twelve_chapters_hold_what_the_page_says() -> None:
    blocks = [block for chapter in make(12) for block in chapter]
    prose = [block for block in blocks if isinstance(block, Prose)]
    grids = [block for block in blocks if isinstance(block, Grid)]
    pictures = [block.kind for block in blocks if isinstance(block, Picture)]
    assert sum(isinstance(block, Box) for block in blocks) == 60
    assert (len(grids), {len(grid.rows) for grid in grids}) == (40, {16})
    assert (len(pictures), pictures.count('carte')) == (36, 6)
    assert (sum(bool(block.note) for block in prose), sum(bool(block.target) for block in prose)) == (120, 120)


def test_peers_get_every_block(tmp_path: Path) -> None:
    content = make(2)
    write_peers(tmp_path, content, [])
    words = [block.text for chapter in content for block in chapter if isinstance(block, Prose)]
    titles = [block.title for chapter in content for block in chapter if isinstance(block, Box | Grid | Picture)]
    for name in ('doc.md', 'doc.typ', 'doc.html'):
        text = (tmp_path / name).read_text(encoding='utf-8')
        assert not [piece for piece in words + titles if piece not in text], name


def test_references_of_the_peers_lead_somewhere(tmp_path: Path) -> None:
    write_peers(tmp_path, make(3), [])
    text = (tmp_path / 'doc.html').read_text(encoding='utf-8')
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))


def test_table_gives_medians_and_leaves_the_absent_without_numbers() -> None:
    lines = table([OURS, ABSENT]).split('\n')
    assert lines[2] == '| ours | 3.00 (2.00–4.00) | 7.00 | 200 | 300 | 12 | 2.4 MB | yes | no (5-1) |'
    assert lines[3] == '| gone | absent |  |  |  |  |  |  |  |'


def test_ratios_are_ours_to_theirs() -> None:
    lines = ratios([OURS], [PEER, ABSENT]).split('\n')
    assert lines[2:] == [
        '| wall: ours | 2.00 | absent |',
        '| CPU: ours | 2.00 | absent |',
        '| memory: ours | 2.00 | absent |',
    ]


def test_growth_is_by_page() -> None:
    lines = growth_table([(3, OURS), (6, Result('6', note='failed'))]).split('\n')
    assert lines[2:] == ['| 3 | 12 | 3.0 | 250 | 583 | 200 | 300 |', '| 6 | failed |  |  |  |  |  |']


def test_measures_go_between_the_marks_of_the_page() -> None:
    page = PAGE.read_text(encoding='utf-8')
    new = replace_measures(page, 'measured')
    assert f'{MARK}\n\nmeasured\n\n{MARK}' in new
    assert new.split(MARK)[::2] == page.split(MARK)[::2]


def test_absent_and_failing_tools_are_notes(tmp_path: Path) -> None:
    failing = Case('failing', (sys.executable, '-c', 'raise SystemExit(7)'))
    silent = Case('silent', (sys.executable, '-c', ''), ('out.pdf',))
    assert [measure(case, tmp_path, 1).note for case in (Case('gone', None), failing, silent)] == [
        'absent',
        'failed',
        'failed',
    ]


def test_a_run_counts_its_children_and_says_why_it_failed(tmp_path: Path) -> None:
    child = 'import time; x = bytearray(60_000_000); time.sleep(1)'
    parent = f'import subprocess, sys; subprocess.run([sys.executable, "-c", {child!r}], check=True)'
    usage = run((sys.executable, '-c', parent), tmp_path)
    assert usage.tree >= usage.largest > 60
    with pytest.raises(RunError, match='reason'):
        run((sys.executable, '-c', 'raise SystemExit("a reason")'), tmp_path)


def test_without_the_engine_conformity_is_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pdf = tmp_path / 'a.pdf'
    pdf.write_bytes(b'%PDF-1.7')
    monkeypatch.setenv('JAXB_JAR_DIR', str(tmp_path))
    assert verdicts(pdf, ('3a',)) == {'3a': 'absent'}
