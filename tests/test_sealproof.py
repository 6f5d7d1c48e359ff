"""The check of seals: what is sealed conforms like what is not, and no seal passes that was not judged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import MINI

pytest.importorskip('pyhanko', reason="extra [sign] not installed")

from authority import SECRET, Authority
from test_sign import updated

from pasbuild.build import build
from pasbuild.cli import main
from pasbuild.diagnostics import ExitCode, Report
from pasbuild.document import read_project
from pasbuild.project import Folder
from pasbuild.proof import Check
from pasbuild.seals import read_anchors
from pasbuild.sign import Order, p12_signer, seal_file
from pasbuild.verapdf import Engine, validate_all
from pasbuild.verify import Sources, Verification, as_text, own_checks

pytestmark = [pytest.mark.xdist_group('sealproof'), pytest.mark.slow]


class Sealed:
    """The sample with room for a seal, the same sealed twice over, and who vouches for the seals."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(MINI, folder / 'mini', ignore=shutil.ignore_patterns('.cache', 'output'))
        settings = folder / 'mini/content/dossier.yaml'
        roomy = settings.read_text(encoding='utf-8') + "\ncachet: colophon\n"
        authority = Authority()
        self.authorities = [authority.folder(folder / 'ca')]
        self.others = [Authority().folder(folder / 'autre')]
        signer = p12_signer(authority.seal.p12(folder / 'cachet.p12', [authority.inter]), SECRET)
        self.plain = self._build(folder)
        self.bb, self.lta = folder / 'mini/b-b.pdf', folder / 'mini/b-lta.pdf'
        seal_file(self.plain, self.bb, signer, Order('b-b', read_anchors(self.authorities), authority.stamper))
        settings.write_text(roomy, encoding='utf-8')
        room = self._build(folder)
        seal_file(room, self.lta, signer, Order('b-lta', read_anchors(self.authorities), authority.stamper))
        project = read_project(Folder(folder / 'mini'), Report())
        assert project is not None
        self.sources = Sources(project.document, project.dossier)

    def _build(self, folder: Path) -> Path:
        made = build(Folder(folder / 'mini'), Report(), ['pdf'])
        assert made is not None
        return made.files[0]


@pytest.fixture(scope='module')
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return Sealed(tmp_path_factory.mktemp('scelle'))


def seal_check(path: Path, authorities: list[Path]) -> Check:
    (check,) = (check for check in own_checks(path, None, authorities) if check.id == 'cachets')
    return check


@pytest.mark.parametrize('name', ['bb', 'lta'])
def test_a_sealed_file_passes_every_check(name: str, sealed: Sealed) -> None:
    checks = own_checks(getattr(sealed, name), sealed.sources, sealed.authorities)
    assert [(check.id, check.findings) for check in checks if check.verdict != 'conforme'] == []
    details = checks[-1].details[0]
    level = 'B-B' if name == 'bb' else 'B-LTA'
    assert f"Cachet d'essai (Syndicat imaginaire), {level}," in details
    assert "intact, de confiance" in details
    assert details in as_text(Verification('a.pdf', checks))


@pytest.mark.verapdf
def test_a_sealed_file_is_of_both_standards(sealed: Sealed, engine: Engine) -> None:
    outcomes = validate_all((sealed.bb, sealed.lta), engine)
    assert [(one.profile, one.passed, one.rules) for found in outcomes for one in found] == [
        ('3a', True, ()), ('ua1', True, ())
    ] * 2  # fmt: skip


def test_without_authorities_no_seal_passes(sealed: Sealed) -> None:
    check = seal_check(sealed.lta, [])
    assert (check.verdict, check.findings) == ('non contrôlé', ())
    assert "sans confiance : aucune autorité" in check.details[0]


def test_without_the_library_no_seal_passes(sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('importlib.util.find_spec', lambda _name: None)
    check = seal_check(sealed.bb, sealed.authorities)
    assert check.verdict == 'non contrôlé'
    assert "pip install" in check.evidence


def test_a_seal_the_authorities_do_not_vouch_for_is_refused(sealed: Sealed) -> None:
    check = seal_check(sealed.bb, sealed.others)
    assert (check.verdict, check.findings[0].rule) == ('non conforme', 'confiance')


@pytest.mark.parametrize('given', [True, False])
def test_a_broken_seal_is_refused_whoever_vouches(given: bool, sealed: Sealed, tmp_path: Path) -> None:
    data = bytearray(sealed.bb.read_bytes())
    data[data.rindex(b'/Contents <') + 400] ^= 1
    target = tmp_path / 'rompu.pdf'
    target.write_bytes(data)
    assert seal_check(target, sealed.authorities if given else []).verdict == 'non conforme'


def test_a_document_changed_after_its_seal_is_refused(sealed: Sealed, tmp_path: Path) -> None:
    target = tmp_path / 'change.pdf'
    target.write_bytes(updated(sealed.bb.read_bytes(), '/Lang'))
    check = seal_check(target, sealed.authorities)
    assert (check.verdict, check.findings[0].rule) == ('non conforme', 'changé')


def test_a_seal_taken_away_shows_when_one_was_expected(sealed: Sealed) -> None:
    assert seal_check(sealed.plain, sealed.authorities).verdict == 'non contrôlé'
    assert all(check.id != 'cachets' for check in own_checks(sealed.plain, None))


def run(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_command_judges_seals_in_the_process_that_reads_the_file(sealed: Sealed) -> None:
    result = run(
        'verify', sealed.lta, '--sans-verapdf', '--format', 'json', '--autorites', sealed.authorities[0]
    )  # fmt: skip
    found = {check['id']: check for check in json.loads(result.stdout)['controles']}
    assert found['cachets']['verdict'] == 'conforme'
    assert len(found['cachets']['details']) == 1


def test_the_command_refuses_what_is_no_certificate(sealed: Sealed) -> None:
    result = run('verify', sealed.bb, '--sans-verapdf', '--autorites', sealed.plain)
    assert result.exit_code == ExitCode.USAGE, result.output
    assert "ni un certificat ni une liste de révocation" in result.output
