"""Versions: what is refused, what is kept, what is proved, what comes out again."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from authority import Authority
from click.testing import CliRunner, Result
from comparison_sample import change
from overlay import lay_over
from store_faults import interrupt, rewrite
from store_sample import keep
from test_ocfl import valid

from pasbuild import build as module
from pasbuild.approval import check_reasons
from pasbuild.build import build
from pasbuild.cli import main
from pasbuild.depositing import _passes, created, deposit, deposit_published
from pasbuild.diagnostics import PasbuildError, Report
from pasbuild.manifest import make_manifest
from pasbuild.ocfl import Entry, add_version, locked, object_folder
from pasbuild.pdf import Pdf
from pasbuild.project import Dossier, Folder, read_dossier
from pasbuild.rebuild import rebuild
from pasbuild.seals import read_anchors
from pasbuild.sign import time_stamp
from pasbuild.versionproof import verify
from pasbuild.versions import STAMPS, Fiche, extract, find, versions

BROKEN = Path(__file__).parent / 'samples' / 'broken'


@pytest.fixture(autouse=True)
def fast(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace what takes seconds: drawing, layout, Word."""
    if request.node.get_closest_marker('slow'):
        return
    monkeypatch.setattr('pasbuild.drafting.draw_figures', lambda *_args, **_options: {})
    monkeypatch.setattr('pasbuild.chapters.lay_out', lambda *_args: Pdf(b'%PDF-1.7 essai', {'contexte': 4}, 17))
    monkeypatch.setattr('os.cpu_count', lambda: 1)
    monkeypatch.setattr('pasbuild.docx.write_docx', lambda *_args: b'docx')


@pytest.fixture
def built(mini: Folder) -> Folder:
    assert build(mini, Report()) is not None
    return mini


@pytest.fixture
def store(built: Folder) -> Path:
    """Return a store of one version."""
    report = Report()
    done = deposit(built, built.root / 'versions', report)
    assert done is not None, report.diagnostics
    return built.root / 'versions'


@pytest.fixture(scope='session')
def authority() -> Authority:
    return Authority()


def refused(folder: Folder, store: Path) -> set[str]:
    """The codes of a deposit that is refused."""
    report = Report()
    assert deposit(folder, store, report) is None
    assert report.failed()
    return {finding.code for finding in report.diagnostics}


def again(folder: Folder, text: str = "Une phrase de plus.") -> None:
    """Change a source and build."""
    path = folder.root / 'content' / '10-contexte.md'
    path.write_text(f'{path.read_text(encoding="utf-8")}\n{text}\n', encoding='utf-8')
    assert build(folder, Report()) is not None


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ['version', *map(str, arguments)])


# --- deposits ---------------------------------------------------------------------------------------------------------


def test_a_version_holds_sources_outputs_manifest_and_what_it_is(built: Folder, store: Path) -> None:
    kept = find(store)
    names = set(kept.names)
    assert {
        'version.json',
        'sorties/pas.pdf',
        'sorties/pas.docx',
        'sorties/pas.json',
        'sorties/manifeste.json',
    } <= names
    assert 'sources/content/dossier.yaml' in names
    assert kept.read('sorties/pas.pdf') == b'%PDF-1.7 essai'
    assert kept.fiche.etat == 'projet'
    assert not kept.fiche.reconstruit
    dossier = read_dossier(built, Report())
    assert dossier is not None
    assert kept.version.created == f'{dossier.date}T00:00:00Z'
    assert valid(store)
    assert 'ocfl/' in (store / 'LISEZ-MOI.txt').read_text(encoding='utf-8')


def test_the_same_content_is_not_kept_twice(built: Folder, store: Path) -> None:
    assert refused(built, store) == {'version.identique'}
    assert len(versions(store)) == 1


def test_versions_follow_one_another(built: Folder, store: Path) -> None:
    again(built)
    done = deposit(built, store, Report())
    assert done is not None
    assert done.name == 'v2'
    assert [one.version.name for one in versions(store)] == ['v1', 'v2']
    assert valid(store)


def test_no_manifest_no_deposit(mini: Folder) -> None:
    assert refused(mini, mini.root / 'versions') == {'version.manifeste'}


def test_an_output_that_was_changed_is_not_kept(built: Folder) -> None:
    (built.root / 'output' / 'pas.docx').write_bytes(b'corrected by hand')
    assert refused(built, built.root / 'versions') == {'version.sortie'}
    assert not (built.root / 'versions').exists()


def test_a_build_without_the_pdf_is_not_kept(mini: Folder) -> None:
    assert build(mini, Report(), ['docx']) is not None
    assert refused(mini, mini.root / 'versions') == {'version.sortie'}


@pytest.mark.parametrize(
    ('name', 'code'), [('output/pas.docx', 'version.sortie'), ('content/lexique.yaml', 'version.source')]
)
def test_what_changes_during_the_deposit_is_not_kept(
    built: Folder, monkeypatch: pytest.MonkeyPatch, name: str, code: str
) -> None:
    def change(*_arguments: object) -> bool:
        (built.root / name).write_bytes(b'changed meanwhile')
        return True

    monkeypatch.setattr('pasbuild.depositing._passes', change)
    assert refused(built, built.root / 'versions') == {code}


def test_a_source_changed_since_the_build_is_said_with_its_name(built: Folder) -> None:
    (built.root / 'content' / '10-contexte.md').write_text('x', encoding='utf-8')
    assert refused(built, built.root / 'versions') == {'version.source'}


def test_an_older_date_is_refused(built: Folder, store: Path) -> None:
    again(built)
    report = Report()
    assert deposit(built, store, report, created='1999-01-01T00:00:00Z') is None
    assert {finding.code for finding in report.diagnostics} == {'version.date'}
    assert len(versions(store)) == 1


def test_the_gates_of_the_state_are_asked(built: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program made to let a fault through to the build does not let it through to the store."""

    def find_fault(folder: Folder, report: Report, **_options: object) -> None:
        from pasbuild.model import Span

        report.add('procedure.date-absente', Span('content/dossier.yaml', 3), "Il manque une date.")

    monkeypatch.setattr(module, 'check', find_fault)
    assert refused(built, built.root / 'versions') == {'procedure.date-absente'}


def test_reasons_are_asked_of_a_store_that_is_elsewhere_too(mini: Folder, tmp_path: Path) -> None:
    """The build only knows ``versions/``: an approved document deposited elsewhere is held against what is kept there."""
    store = tmp_path / 'magasin'
    keep(mini.root, store, 'arrete')
    change(mini.root)
    report = Report()
    checked = module.check(mini, Report(), etat='approuve')
    assert checked is not None
    check_reasons(checked[0], report)
    assert not report.diagnostics
    made = make_manifest(mini.root, checked[0].dossier, ('pdf',), {'pas.pdf': b'%PDF-1.7'})
    assert not _passes(mini, store, made, report)
    assert 'version.motif' in {finding.code for finding in report.diagnostics}


def test_a_state_that_cannot_follow_is_refused(built: Folder, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again(built)
    monkeypatch.setattr('pasbuild.depositing._onwards', lambda _state: {'arrete'})
    assert refused(built, store) == {'version.etat'}


def test_dates_are_compared_across_time_zones(built: Folder, store: Path) -> None:
    again(built)
    day = find(store).version.created[:10]
    report = Report()
    assert deposit(built, store, report, created=f'{day}T01:00:00+02:00') is None
    assert {finding.code for finding in report.diagnostics} == {'version.date'}
    assert deposit(built, store, Report(), created=f'{day}T00:30:00-01:00') is not None


@pytest.mark.parametrize('other', ['scot', 'files'])
def test_the_store_of_another_is_not_written(built: Folder, store: Path, tmp_path: Path, other: str) -> None:
    if other == 'files':
        store = tmp_path / 'photos'
        store.mkdir()
        (store / 'vacances.jpg').touch()
    else:
        path = built.root / 'content' / 'dossier.yaml'
        text = path.read_text(encoding='utf-8')
        lines = ['scot: Autre-Pays' if line.startswith('scot:') else line for line in text.split('\n')]
        path.write_text('\n'.join(line for line in lines if 'siren' not in line), encoding='utf-8')
        assert build(built, Report()) is not None
    assert refused(built, store) == {'version.magasin'}


def test_a_damaged_store_takes_no_deposit(built: Folder, store: Path) -> None:
    again(built)
    assert deposit(built, store, Report()) is not None
    interrupt(store)
    again(built, "Encore une.")
    assert refused(built, store) == {'version.inacheve'}
    assert run('repair', '--magasin', store).exit_code == 0
    assert deposit(built, store, Report()) is not None
    assert valid(store)


def test_a_full_disk_is_said(built: Folder, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    again(built)

    def full(*_arguments: object) -> None:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('pasbuild.ocfl._write', full)
    report = Report()
    assert deposit(built, store, report) is None
    assert {finding.code for finding in report.diagnostics} == {'version.ecriture'}
    assert "le disque est plein" in report.diagnostics[0].message
    monkeypatch.undo()
    assert valid(store)


def test_a_time_stamp_that_cannot_be_written_leaves_its_version(
    built: Folder, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The version is published by then: nothing must say that nothing was kept."""

    def full(*_arguments: object) -> None:
        raise OSError(28, 'No space left on device')

    again(built)
    monkeypatch.setattr('pasbuild.depositing.write_beside', full)
    report = Report()
    done = deposit(built, store, report, witness=lambda _data: b'jeton')
    assert done is not None
    assert (done.name, done.stamped) == ('v2', False)
    assert [(one.code, one.level) for one in report.diagnostics] == [('version.ecriture', 'avertissement')]
    assert "v2 est gardée" in report.diagnostics[0].message
    assert valid(store)


def test_two_deposits_at_once(built: Folder, store: Path) -> None:
    again(built)
    with locked(store):
        assert refused(built, store) == {'version.occupe'}


def test_a_sealed_copy_and_the_acts_are_kept(built: Folder, tmp_path: Path) -> None:
    (built.root / 'output' / 'pas-cachet.pdf').write_bytes(b'%PDF-1.7 essai et son cachet')
    (built.root / 'output' / 'pas-notes.pdf').write_bytes(b'%PDF-1.7 autre')
    (tmp_path / 'deliberation.pdf').write_bytes(b'%PDF-1.7 acte')
    assert deposit(built, tmp_path / 'v', Report(), pieces=(tmp_path / 'deliberation.pdf',)) is not None
    kept = find(tmp_path / 'v')
    assert kept.read('sorties/pas-cachet.pdf').endswith(b'cachet')
    assert 'sorties/pas-notes.pdf' not in kept.names
    assert kept.read('pieces/deliberation.pdf') == b'%PDF-1.7 acte'


def dossier_of(folder: Folder) -> Dossier:
    dossier = read_dossier(folder, Report())
    assert dossier is not None
    return dossier


def test_a_state_older_than_the_tool_is_marked(built: Folder, store: Path, tmp_path: Path) -> None:
    pdf, day = tmp_path / 'pas-debattu.pdf', datetime.date(2020, 3, 13)
    pdf.write_bytes(b'%PDF-1.4 scan')
    done = deposit_published(dossier_of(built), store, Report(), pdf, 'debattu', day, act="délibération n° 1")
    assert done is not None
    kept = find(store, 'debattu')
    assert kept.fiche.reconstruit
    assert kept.fiche.date == day
    assert kept.fiche.decision is not None
    assert kept.fiche.decision.piece == "délibération n° 1"
    assert kept.version.created == versions(store)[0].version.created
    assert set(kept.names) == {'version.json', 'sorties/pas-debattu.pdf'}
    assert valid(store)
    with pytest.raises(PasbuildError, match="n'a pas de sources"):
        rebuild(kept)
    again(built)
    assert deposit(built, store, Report()) is not None, "a reconstructed state says nothing of what comes next"
    pdf.write_bytes(b'scan')
    with pytest.raises(PasbuildError, match="n'est pas un PDF"):
        deposit_published(dossier_of(built), store, Report(), pdf, 'debattu', day)
    with pytest.raises(PasbuildError, match="n'existe pas"):
        deposit_published(dossier_of(built), store, Report(), pdf, 'debatu', day)


@pytest.mark.parametrize(
    ('text', 'wanted'),
    [
        ('2023-03-13', '2023-03-13T00:00:00Z'),
        ('2023-03-13T18:30', '2023-03-13T18:30:00Z'),
        ('2023-03-13T18:30:05+01:00', '2023-03-13T18:30:05+01:00'),
    ],
)
def test_dates_as_they_are_kept(text: str, wanted: str) -> None:
    assert created(text) == wanted


@pytest.mark.parametrize('text', ['', 'hier', '2023-02-30', '13/03/2023', '2023-03-13T25:00'])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(PasbuildError, match="n'est pas une date"):
        created(text)


# --- time stamps ------------------------------------------------------------------------------------------------------


@pytest.fixture
def stamped(built: Folder, store: Path, authority: Authority) -> Path:
    """Return a store of two versions, the last one time-stamped at its deposit, the first one later."""
    from pasbuild.depositing import stamp

    again(built)
    witness: Callable[[bytes], bytes] = lambda data: time_stamp(data, authority.stamper)  # noqa: E731
    done = deposit(built, store, Report(), witness=witness)
    assert done is not None
    assert done.stamped
    assert stamp(store, 'v1', witness) == 'v1'
    return store


def test_time_stamps_are_believed_by_their_authority(stamped: Path, authority: Authority, tmp_path: Path) -> None:
    report, anchors = Report(), read_anchors([authority.folder(tmp_path / 'autorites', crls=False)])
    proof = verify(stamped, report, anchors)
    assert not report.diagnostics
    assert all(mark is not None and mark.intact and mark.trusted for mark in proof.stamps.values())
    assert valid(stamped)


def test_a_rewritten_history_is_found_by_its_time_stamp(stamped: Path) -> None:
    folder = object_folder(stamped)
    assert folder is not None
    forge_message(folder)
    report = Report()
    verify(stamped, report)
    assert {finding.code for finding in report.diagnostics} == {'version.horodatage'}
    assert valid(stamped), "OCFL alone finds damage, not forgery"


def forge_message(folder: Path) -> None:
    for place in ('v1', 'v2', ''):
        inventory = json.loads((folder / place / 'inventory.json').read_bytes())
        inventory['versions']['v1']['message'] = 'réécrit'
        rewrite(folder, inventory, (place,))


def test_a_version_taken_away_leaves_its_time_stamp(stamped: Path) -> None:
    (stamped / STAMPS / 'v3.tsr').write_bytes((stamped / STAMPS / 'v2.tsr').read_bytes())
    report = Report()
    verify(stamped, report)
    assert [finding.code for finding in report.diagnostics] == ['version.horodatage']
    assert "retirée" in report.diagnostics[0].message


def test_an_unknown_authority_is_said_only_when_authorities_are_given(stamped: Path, tmp_path: Path) -> None:
    other, report = Authority(), Report()
    verify(stamped, report, read_anchors([other.folder(tmp_path / 'autres', crls=False)]))
    assert {finding.code for finding in report.diagnostics} == {'version.confiance'}
    report = Report()
    verify(stamped, report)
    assert not report.diagnostics


@pytest.mark.parametrize('token', [b'', b'\x30\x03abc', b'jeton'])
def test_a_spoilt_token_is_found(stamped: Path, token: bytes) -> None:
    (stamped / STAMPS / 'v1.tsr').write_bytes(token)
    report = Report()
    verify(stamped, report)
    assert {finding.code for finding in report.diagnostics} == {'version.horodatage'}


def test_an_authority_that_does_not_answer_leaves_the_store(built: Folder, store: Path) -> None:
    def silent(_data: bytes) -> bytes:
        raise PasbuildError("pas de réponse")

    again(built)
    with pytest.raises(PasbuildError, match="pas de réponse"):
        deposit(built, store, Report(), witness=silent)
    assert len(versions(store)) == 1
    assert valid(store)


# --- taking out -------------------------------------------------------------------------------------------------------


def test_what_is_taken_out_is_what_was_put_in(built: Folder, store: Path, tmp_path: Path) -> None:
    extract(find(store), tmp_path / 'sorti')
    for path in (built.root / 'content').rglob('*.md'):
        assert (tmp_path / 'sorti/sources' / path.relative_to(built.root)).read_bytes() == path.read_bytes()
    assert set(find(store).files('sorties/')) == {'pas.pdf', 'pas.docx', 'pas.json', 'manifeste.json'}
    with pytest.raises(PasbuildError, match="existe déjà"):
        extract(find(store), tmp_path / 'sorti')


def test_versions_are_found_by_number_name_or_state(built: Folder, store: Path) -> None:
    assert {find(store, name).version.name for name in ('', '1', 'v1', 'projet')} == {'v1'}
    with pytest.raises(PasbuildError, match="« arrete » n'existe pas"):
        find(store, 'arrete')
    with pytest.raises(PasbuildError, match="n'est pas un magasin"):
        versions(built.root / 'content')


def test_a_version_rebuilt_is_the_same(store: Path) -> None:
    found = rebuild(find(store))
    assert (found.verdict, found.differences, found.tools) == ('identique', (), ())
    assert set(found.same) == {'pas.pdf', 'pas.docx', 'pas.json'}


def test_another_tool_is_named(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('pasbuild.manifest.__version__', '9.9')
    found = rebuild(find(store))
    assert found.verdict == "identique, à la version de l'outil près"
    assert found.tools == ('pasbuild 0.1.0 → 9.9',)


def test_a_sealed_copy_is_compared_through_its_unsigned_beginning(built: Folder, tmp_path: Path) -> None:
    (built.root / 'output' / 'pas-cachet.pdf').write_bytes(b'%PDF-1.7 essai et son cachet')
    assert deposit(built, tmp_path / 'v', Report()) is not None
    found = rebuild(find(tmp_path / 'v'))
    assert (found.verdict, found.sealed, found.differences) == ('identique', ('pas-cachet.pdf',), ())
    assert "pas-cachet.pdf : mêmes octets avant le cachet" in run('rebuild', '--magasin', tmp_path / 'v').stdout


def test_a_sealed_copy_of_something_else_is_a_difference(store: Path) -> None:
    """Added to the store by hand, inventories made anew: the outputs come out the same, and it is none of theirs."""
    kept = find(store)
    files = {**kept.files(), 'sorties/pas-cachet.pdf': b'%PDF-1.7 autre et son cachet'}
    with locked(store):
        add_version(store, kept.stored.id, Entry(files, kept.version.created, 'faux', 'x'))
    found = rebuild(find(store))
    assert found.verdict == 'différente'
    assert [one.name for one in found.differences] == ['pas-cachet.pdf']


def test_a_difference_is_named_with_its_part(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('pasbuild.chapters.lay_out', lambda *_args: Pdf(b'%PDF-1.7 autre', {'contexte': 4}, 17))
    monkeypatch.setattr('pasbuild.structured.FORM', 2)
    found = rebuild(find(store))
    assert found.verdict == 'différente'
    assert {one.name: one.parts for one in found.differences} == {'pas.pdf': ("ne se lit pas",), 'pas.json': ('forme',)}


def test_a_version_that_no_longer_builds_says_why(store: Path, built: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('pasbuild.pdf.check_glyphs', lambda _document, report: lay_fault(report))
    with pytest.raises(PasbuildError, match=r"ne se fabrique plus.*\n.*pdf\.glyphe"):
        rebuild(find(store))


def lay_fault(report: Report) -> None:
    from pasbuild.model import Span

    report.add('pdf.glyphe', Span('content/10-contexte.md', 1), "Un caractère manque.")


# --- commands ---------------------------------------------------------------------------------------------------------


def test_the_commands_tell_the_life_of_a_version(built: Folder, tmp_path: Path) -> None:
    root = built.root
    assert run('verify', '--dossier', root).exit_code == 2
    done = run('deposit', '--dossier', root)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith('v1  projet, ')
    assert run('deposit', '--dossier', root).exit_code == 1
    assert 'v1 ' in run('list', '--dossier', root).stdout
    assert 'sorties/pas.pdf' in run('show', '--dossier', root).stdout
    Fiche.model_validate_json(run('show', 'v1', '--format', 'json', '--dossier', root).stdout)
    checked = run('verify', '--magasin', root / 'versions')
    assert checked.exit_code == 0
    assert "magasin intact" in checked.stdout
    assert "ne se verrait pas" in checked.stderr
    assert "Rien à réparer." in run('repair', '--dossier', root).stdout
    assert run('extract', '--seulement', 'sources', '--output', tmp_path / 'x', '--dossier', root).exit_code == 0
    assert {path.name for path in (tmp_path / 'x').iterdir()} == {'sources'}
    again_built = run('rebuild', 'projet', '--dossier', root)
    assert again_built.exit_code == 0
    assert "v1 : identique" in again_built.stdout
    (root / 'versions/ocfl/intrus').touch()
    assert run('verify', '--dossier', root).exit_code == 4


def test_time_stamps_by_command(
    built: Folder, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr('pasbuild.sign.http_stamper', lambda _address: authority.stamper)
    folder, tsa = authority.folder(tmp_path / 'autorites', crls=False), 'https://horodatage.invalid'
    assert "horodatée" in run('deposit', '--tsa', tsa, '--dossier', built.root).stdout
    assert run('stamp', '--tsa', tsa, '--dossier', built.root).exit_code == 0
    checked = run('verify', '--autorites', folder, '--dossier', built.root)
    assert checked.exit_code == 0, checked.output
    assert "de confiance" in checked.stdout
    assert run('stamp', '--tsa', 'ftp://x', '--dossier', built.root).exit_code == 2


def test_two_acts_of_one_name_are_refused(built: Folder, tmp_path: Path) -> None:
    for name in ('a', 'b'):
        (tmp_path / name).mkdir()
        (tmp_path / name / 'acte.pdf').touch()
    pieces = ('--piece', tmp_path / 'a/acte.pdf', '--piece', tmp_path / 'b/acte.pdf')
    assert run('deposit', *pieces, '--dossier', built.root).exit_code == 2


def test_an_old_state_by_command(built: Folder, tmp_path: Path) -> None:
    (tmp_path / 'a.pdf').write_bytes(b'%PDF-1.4')
    old: list[str | Path] = ['deposit', '--reconstruit', tmp_path / 'a.pdf', '--dossier', built.root]
    assert run(*old).exit_code == 2
    done = run(*old, '--etat', 'debattu', '--date', '2020-01-02')
    assert done.exit_code == 0, done.output
    assert "reconstruite" in run('list', '--dossier', built.root).stdout


def test_a_faulty_dossier_is_said(built: Folder) -> None:
    lay_over(BROKEN / 'lire.cle-inconnue', built.root)
    result = run('deposit', '--dossier', built.root)
    assert result.exit_code == 1
    assert "version.source" in result.stderr
