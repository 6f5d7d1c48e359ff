"""veraPDF: what it says is passed on in its words, and a verdict it did not give is never invented."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pasbuild import verapdf
from pasbuild.verapdf import Engine, Outcome, find_engine, read_report, validate

REPORT = """<?xml version="1.0" encoding="utf-8"?>
<report>
  <buildInformation><releaseDetails id="core" version="1.28.1" buildDate="2025-01-01T00:00:00Z"/></buildInformation>
  <jobs><job>
    <item size="10230"><name>pas.pdf</name></item>
    <validationReport jobEndStatus="normal" profileName="{profile} validation profile" statement="" isCompliant="{good}">
      <details passedRules="101" failedRules="1" passedChecks="358" failedChecks="3">{rules}</details>
    </validationReport>
  </job></jobs>
</report>
"""
RULE = """<rule specification="ISO 14289-1:2014" clause="7.18.5" testNumber="1" status="failed" failedChecks="3">
  <description>Links shall be tagged
     according to the standard</description>
  <object>PDLinkAnnot</object><test>structParentStandardType == 'Link'</test>
  <check status="failed"><context>root/document[0]/pages[2](11 0 obj PDPage)/annots[4](16 0 obj PDLinkAnnot)</context></check>
  <check status="failed"><context>root/document[0]/StructTreeRoot[0]</context></check>
</rule>"""
PASSES = {'3a': REPORT.format(profile='PDF/A-3A', good='true', rules='')}
PASSES['ua1'] = REPORT.format(profile='PDF/UA-1', good='true', rules='')
FAILS = REPORT.format(profile='PDF/UA-1', good='false', rules=RULE)

Fake = Callable[[str], Engine]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """Return an engine whose command is the given Python program, told its arguments."""

    def make(program: str) -> Engine:
        path = tmp_path / 'verapdf'
        path.write_text(f'#!{sys.executable}\nimport sys, time\n{program}\n', encoding='utf-8')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return Engine(str(path))

    return make


def until(condition: Callable[[], bool]) -> None:
    """Wait for what comes in a moment, unless it never does."""
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail('it never came')


def running(process: int) -> bool:
    """Tell whether a process runs; one that nobody waited for yet does not."""
    try:
        return Path(f'/proc/{process}/stat').read_text().split()[2] != 'Z'
    except OSError:
        return False


def verdicts(outcomes: tuple[Outcome, ...]) -> list[bool | None]:
    return [outcome.passed for outcome in outcomes]


def test_a_failed_rule_keeps_its_words_its_place_and_its_count() -> None:
    outcome = read_report(FAILS.encode(), 'ua1')
    assert outcome.passed is False
    (rule,) = outcome.rules
    assert (rule.clause, rule.test, rule.count) == ('7.18.5', 1, 3)
    assert rule.description == "Links shall be tagged according to the standard"
    assert [failure.page for failure in rule.failures] == [3, 0]
    assert rule.failures[0].context.endswith('(16 0 obj PDLinkAnnot)')


def test_a_report_may_follow_log_lines() -> None:
    assert read_report(b'WARNING: log\n' + PASSES['3a'].encode(), '3a').passed is True


@pytest.mark.parametrize(
    'report',
    [
        PASSES['ua1'],
        PASSES['3a'].replace('normal', 'timeout'),
        '<report><jobs><job><taskException><exceptionMessage>broken</exceptionMessage></taskException></job></jobs></report>',
        REPORT.format(profile='PDF/A-3A', good='true', rules=RULE),
        REPORT.format(profile='PDF/A-3A', good='peut-être', rules=''),
    ],
    ids=['other profile', 'cut short', 'exception', 'contradiction', 'no verdict'],
)
def test_a_report_that_does_not_judge_the_profile_is_refused(report: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        read_report(report.encode(), '3a')


@pytest.mark.skipif(os.name != 'posix', reason='the fake command is a script')
class TestCommand:
    def test_is_asked_for_each_profile_in_the_machine_readable_form(self, fake: Fake, tmp_path: Path) -> None:
        engine = fake(f"open({str(tmp_path / 'log')!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')")
        validate(tmp_path / 'é.pdf', engine)
        lines = (tmp_path / 'log').read_text().splitlines()
        assert [line.split()[:4] for line in lines] == [
            ['--flavour', '3a', '--format', 'mrr'],
            ['--flavour', 'ua1', '--format', 'mrr'],
        ]
        assert all(line.endswith('/é.pdf') for line in lines)

    def test_its_verdicts_are_read(self, fake: Fake, tmp_path: Path) -> None:
        engine = fake(f"print({PASSES['3a']!r} if '3a' in sys.argv else {FAILS!r}); sys.exit('ua1' in sys.argv)")
        assert verdicts(validate(tmp_path / 'a.pdf', engine)) == [True, False]

    @pytest.mark.parametrize(
        ('program', 'words'),
        [
            ("sys.exit(7)", "code 7"),
            ("sys.exit('Error: no Java')", "no Java"),
            ("print('PASS')", "rapport lisible"),
            ("print('')", "rapport lisible"),
            (f"print({PASSES['3a'][:300]!r})", "rapport lisible"),
            (REPORT.join(('print("""', '""")')), "rapport lisible"),
        ],
    )
    def test_anything_else_is_no_verdict(self, fake: Fake, tmp_path: Path, program: str, words: str) -> None:
        outcomes = validate(tmp_path / 'a.pdf', fake(program))
        assert verdicts(outcomes) == [None, None]
        assert all(words in outcome.reason for outcome in outcomes)

    def test_that_hangs_is_stopped_with_its_children(
        self, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        child = tmp_path / 'child'
        program = (
            f"import subprocess\np = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
            f"print(p.pid, file=open({str(child)!r}, 'w'), flush=True); time.sleep(600)"
        )

        class Started(subprocess.Popen[bytes]):
            """Time is counted once the child is there, however long a loaded machine takes to start it."""

            def wait(self, timeout: float | None = None) -> int:
                if timeout is not None:
                    until(lambda: child.exists() and child.read_text().endswith('\n'))
                return super().wait(timeout)

        monkeypatch.setattr('pasbuild.verapdf.subprocess.Popen', Started)
        outcome = verapdf._run_command(tmp_path / 'a.pdf', fake(program).command, 'ua1', 0.01)
        assert outcome.passed is None
        assert "n'a pas fini" in outcome.reason
        until(lambda: not running(int(child.read_text())))

    def test_that_cannot_start(self, tmp_path: Path) -> None:
        outcomes = validate(tmp_path / 'a.pdf', Engine(str(tmp_path / 'absent')))
        assert "ne se lance pas" in outcomes[0].reason


def test_the_command_on_the_path_comes_first(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = fake('')
    monkeypatch.setenv('PATH', str(Path(engine.command).parent))
    assert find_engine() == engine


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('PATH', '')
    monkeypatch.delenv('JAVA_HOME', raising=False)
    monkeypatch.setenv('JAXB_JAR_DIR', str(tmp_path))
    engine = find_engine()
    assert "Java, libjaxb-java" in engine.missing
    outcomes = validate(tmp_path / 'a.pdf', engine)
    assert verdicts(outcomes) == [None, None]
    assert outcomes[0].reason == engine.missing


def test_a_jvm_that_dies_is_no_verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, 'executable', '/bin/false')
    outcomes = validate(tmp_path / 'a.pdf', Engine(bundled=True))
    assert verdicts(outcomes) == [None, None]
    assert "code 1" in outcomes[0].reason


@pytest.mark.verapdf
def test_the_engine_fails_a_file_that_is_not_a_pdf(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / 'a.pdf').write_text('bonjour')
    outcomes = validate(tmp_path / 'a.pdf', engine)
    assert verdicts(outcomes) == [None, None]
    assert all(outcome.reason for outcome in outcomes)
