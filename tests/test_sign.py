"""Seals: every level, what a reader makes of them, what breaks them, and what happens when sealing cannot be done."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from click.testing import CliRunner, Result

pytest.importorskip('pyhanko', reason="extra [sign] not installed")

from asn1crypto import tsp
from authority import DAY, SECRET, Authority, key_usage
from pyhanko.pdf_utils.generic import NameObject, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from pasbuild.build import build, check
from pasbuild.cli import main
from pasbuild.diagnostics import ExitCode, PasbuildError, Report
from pasbuild.html import SEAL, write_html
from pasbuild.pdf import write_pdf
from pasbuild.project import Folder
from pasbuild.sealbox import Box, find_box
from pasbuild.sealreader import Reader
from pasbuild.seals import NOBODY, Anchors, Seal, read_anchors, read_seals, signatures
from pasbuild.sign import NIVEAUX, Niveau, Order, p12_signer, seal, seal_file, sentence

HTML = '<html lang="fr"><title>Essai</title><body><h1>Essai</h1><p>Un paragraphe.</p>{}</body></html>'
CSS = '.cachet { position: absolute; left: 0; top: 100mm; width: 36mm; height: 20mm } .cachet > div { position: absolute; right: 0; bottom: 0 }'


@pytest.fixture(scope='module')
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope='module')
def anchors(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Anchors:
    return read_anchors([authority.folder(tmp_path_factory.mktemp('autorites') / 'ca')])


@pytest.fixture(scope='module')
def p12(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority.seal.p12(tmp_path_factory.mktemp('cle') / 'cachet.p12', [authority.inter])


@pytest.fixture(scope='module')
def plain() -> bytes:
    """A document that keeps no room for a seal."""
    return write_pdf(HTML.format(''), CSS, {}).data


@pytest.fixture(scope='module')
def roomy() -> bytes:
    """A document that keeps room for a seal."""
    return write_pdf(HTML.format(SEAL), CSS, {}).data


@pytest.fixture(scope='module')
def sealed(plain: bytes, p12: Path, authority: Authority, anchors: Anchors) -> dict[str, bytes]:
    """The same document at every level."""
    signer = p12_signer(p12, SECRET)
    return {level: seal(plain, signer, Order(level, anchors, authority.stamper))[0] for level in NIVEAUX}


def only(data: bytes, anchors: Anchors, at: Any = None) -> Seal:
    (found,) = read_seals(data, anchors, at)
    return found


# --- levels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize('level', NIVEAUX)
def test_each_level_is_what_it_says(level: Niveau, sealed: dict[str, bytes], plain: bytes, anchors: Anchors) -> None:
    found = only(sealed[level], anchors)
    assert sealed[level].startswith(plain)
    assert found.level.lower() == level
    assert found.sound
    assert found.why == ''
    assert found.who == "Cachet d'essai (Syndicat imaginaire)"
    assert found.time_proven == (level != 'b-b')
    assert found.changes == ('archivage' if level in ('b-lt', 'b-lta') else 'aucun')
    assert found.covers_file == (level in ('b-b', 'b-t'))
    assert found.when is not None


def test_signatures_reads_a_file(tmp_path: Path, sealed: dict[str, bytes], anchors: Anchors, plain: bytes) -> None:
    path = tmp_path / 'scelle.pdf'
    path.write_bytes(sealed['b-t'])
    assert signatures(path, anchors) == read_seals(sealed['b-t'], anchors, signatures(path, anchors)[0].when)
    path.write_bytes(plain)
    assert signatures(path, anchors) == ()


def test_the_sentence_says_whose_clock_and_whether_the_chain_holds(sealed: dict[str, bytes], anchors: Anchors) -> None:
    assert "heure de cette machine), chaîne vérifiée" in sentence(only(sealed['b-b'], anchors))
    text = sentence(only(sealed['b-t'], NOBODY))
    assert "Cachet B-T de «" in text
    assert "chaîne non vérifiée\u00a0: aucune autorité n’a été donnée" in text


# --- trust ------------------------------------------------------------------------------------------------------------


def test_nobody_is_trusted_by_default(sealed: dict[str, bytes]) -> None:
    found = only(sealed['b-lta'], NOBODY)
    assert (found.intact, found.trusted, found.why) == (True, False, "aucune autorité n'a été donnée")


def test_another_root_does_not_vouch(sealed: dict[str, bytes], authority: Authority) -> None:
    other = authority.holder("Autre racine", None)
    found = only(sealed['b-b'], Anchors(roots=(other.asn1,)))
    assert (found.intact, found.trusted) == (True, False)
    assert found.why == "le certificat ne remonte à aucune des autorités données"


@pytest.mark.parametrize(('level', 'trusted'), [('b-b', False), ('b-lta', True)])
def test_once_the_certificate_has_ended_only_archived_proofs_hold(
    level: str, trusted: bool, sealed: dict[str, bytes], anchors: Anchors, authority: Authority
) -> None:
    later = only(sealed[level], anchors, authority.now + timedelta(days=500))
    assert later.intact
    assert later.trusted == trusted, later.why
    assert ("expiré" in later.why) != trusted


def test_a_revoked_certificate_is_not_trusted(sealed: dict[str, bytes], authority: Authority, tmp_path: Path) -> None:
    revoked = read_anchors([authority.folder(tmp_path / 'ca', revoked=[authority.seal])])
    found = only(sealed['b-b'], revoked)
    assert not found.trusted
    assert "révoqué" in found.why


def test_a_revoked_certificate_does_not_seal_for_the_long_term(
    plain: bytes, p12: Path, authority: Authority, tmp_path: Path
) -> None:
    revoked = read_anchors([authority.folder(tmp_path / 'ca', revoked=[authority.seal])])
    with pytest.raises(PasbuildError, match="révoqué"):
        seal(plain, p12_signer(p12, SECRET), Order('b-lt', revoked, authority.stamper))


def test_without_revocation_lists_there_is_no_long_term(
    plain: bytes, p12: Path, authority: Authority, tmp_path: Path
) -> None:
    bare = read_anchors([authority.folder(tmp_path / 'ca', crls=False)])
    with pytest.raises(PasbuildError, match="révocation ne peut pas être contrôlée"):
        seal(plain, p12_signer(p12, SECRET), Order('b-lt', bare, authority.stamper))


def test_a_time_stamp_of_unknown_origin_is_refused_when_authorities_are_given(
    plain: bytes, p12: Path, anchors: Anchors
) -> None:
    stranger = Authority()
    with pytest.raises(PasbuildError, match="Certificat de l'autorité d'horodatage"):
        seal(plain, p12_signer(p12, SECRET), Order('b-t', anchors, stranger.stamper))


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    for name, content in (
        ('a.pem', b'-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
        ('b.der', b'x'),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PasbuildError, match="ni un certificat ni une liste"):
            read_anchors([tmp_path / name])


# --- what breaks a seal -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize('level', ['b-b', 'b-lta'])
def test_one_byte_changed_is_seen(level: str, sealed: dict[str, bytes], plain: bytes, anchors: Anchors) -> None:
    data = bytearray(sealed[level])
    place = plain.index(b'stream') + 20
    data[place] ^= 1
    found = only(bytes(data), anchors)
    assert (found.intact, found.sound) == (False, False)
    assert found.why == "les octets scellés ont changé"


def test_a_damaged_signature_is_seen(sealed: dict[str, bytes], anchors: Anchors) -> None:
    data = sealed['b-b']
    start = data.rindex(b'/Contents <') + 400
    found = only(data[:start] + b'00' * 30 + data[start + 60 :], anchors)
    assert not found.sound


def test_bytes_after_the_end_are_seen(sealed: dict[str, bytes], anchors: Anchors) -> None:
    found = only(sealed['b-b'] + b'more', anchors)
    assert (found.covers_file, found.changes, found.sound) == (False, 'autre', False)


def test_an_update_of_the_document_is_seen(sealed: dict[str, bytes], anchors: Anchors) -> None:
    for level in ('b-b', 'b-lta'):
        found = only(updated(sealed[level], '/Lang'), anchors)
        assert (found.intact, found.changes, found.sound) == (True, 'autre', False)


def test_an_update_of_a_page_is_seen(sealed: dict[str, bytes], anchors: Anchors) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(sealed['b-b']))
    page = writer.find_page_for_modification(0)[0]
    page.get_object()['/Rotate'] = pdf_string('90')
    writer.mark_update(page)
    assert only(written(writer), anchors).changes == 'autre'


def updated(data: bytes, key: str) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(data))
    writer.root[NameObject(key)] = pdf_string('en')
    writer.update_root()
    return written(writer)


def written(writer: IncrementalPdfFileWriter) -> bytes:
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


# --- a second seal, room for the first --------------------------------------------------------------------------------


@pytest.mark.parametrize('level', NIVEAUX)
def test_a_second_seal_leaves_the_first_sound(
    level: Niveau, sealed: dict[str, bytes], p12: Path, authority: Authority, anchors: Anchors
) -> None:
    data, mine = seal(sealed['b-lta'], p12_signer(p12, SECRET), Order(level, anchors, authority.stamper))
    first, second = read_seals(data, anchors)
    assert data.startswith(sealed['b-lta'])
    assert first.sound
    assert first.changes == 'formulaire'
    assert second.sound
    assert second.field == mine.field != first.field


def test_a_document_without_room_gets_an_invisible_field(sealed: dict[str, bytes]) -> None:
    field = PdfFileReader(BytesIO(sealed['b-b'])).root['/AcroForm']['/Fields'][0]
    assert list(field['/Rect']) == [0, 0, 0, 0]
    assert field['/TU'].startswith("Cachet électronique de Cachet d'essai (Syndicat imaginaire), apposé le")


def test_a_document_with_room_gets_a_tagged_visible_field(
    roomy: bytes, p12: Path, authority: Authority, anchors: Anchors
) -> None:
    box = find_box(IncrementalPdfFileWriter(BytesIO(roomy)))
    assert box is not None
    assert box.size in ((102, 56), (102, 57))  # 36 mm by 20 mm
    data, mine = seal(roomy, p12_signer(p12, SECRET), Order('b-lta', anchors, authority.stamper))
    assert mine.sound
    assert data.startswith(roomy)
    reader = PdfFileReader(BytesIO(data))
    field = reader.root['/AcroForm']['/Fields'][0]
    tree = reader.root['/StructTreeRoot']
    form = tree['/K'][0]['/K'][-1]
    assert list(field['/Rect']) == [box.left, box.bottom, box.right, box.top]
    assert form['/S'] == '/Form'
    assert form['/Alt'] == field['/TU']
    assert form['/K']['/Obj']['/T'] == 'Cachet'
    numbers = tree['/ParentTree']['/Nums']
    assert numbers[-2] == field['/StructParent'] == tree['/ParentTreeNextKey'] - 1
    assert numbers[-1]['/S'] == '/Form'
    assert reader.root['/Pages']['/Kids'][0]['/Tabs'] == '/S'
    check_drawing(field)


def check_drawing(field: Any) -> None:
    """The drawing brings its fonts, and no tags of its own."""
    (page,) = (one.get_object() for one in field['/AP']['/N']['/Resources']['/XObject'].values())
    fonts = [font.get_object() for font in page['/Resources']['/Font'].values()]
    assert len(fonts) == 2
    assert all('/FontFile2' in font['/DescendantFonts'][0]['/FontDescriptor'] for font in fonts)
    assert b'BDC' not in page.data


def test_the_room_is_where_the_dossier_says(roomy: bytes, plain: bytes) -> None:
    assert isinstance(find_box(IncrementalPdfFileWriter(BytesIO(roomy))), Box)
    assert find_box(IncrementalPdfFileWriter(BytesIO(plain))) is None


@pytest.mark.parametrize('part', ['', 'couverture', 'colophon'])
def test_the_dossier_says_which_part_keeps_room(part: str, mini: Folder) -> None:
    settings = mini.root / 'content' / 'dossier.yaml'
    settings.write_text(f"{settings.read_text(encoding='utf-8')}\ncachet: '{part}'\n", encoding='utf-8')
    report = Report()
    checked = check(mini, report)
    assert checked is not None
    project, theme = checked
    html = write_html(project.document, project.dossier, theme, mini)
    assert report.diagnostics == []
    assert html.count(SEAL) == bool(part)
    if part:
        assert html[: html.index(SEAL)].rpartition('<section class="')[2].startswith(f'partie {part} ')


@pytest.mark.slow
def test_the_sample_is_built_sealed_and_read_back(
    mini: Folder, p12: Path, authority: Authority, anchors: Anchors
) -> None:
    settings = mini.root / 'content' / 'dossier.yaml'
    settings.write_text(f"{settings.read_text(encoding='utf-8')}\ncachet: colophon\n", encoding='utf-8')
    built = build(mini, Report(), ['pdf'])
    assert built is not None
    source = built.files[0]
    box = find_box(IncrementalPdfFileWriter(BytesIO(source.read_bytes())))
    assert box is not None
    assert box.page == 1
    target = source.with_name('scelle.pdf')
    mine = seal_file(source, target, p12_signer(p12, SECRET), Order('b-lta', anchors, authority.stamper))
    assert mine.sound
    assert target.read_bytes().startswith(source.read_bytes())


def test_the_reader_keeps_object_streams_and_reads_the_same(plain: bytes) -> None:
    ours, theirs = Reader(plain), PdfFileReader(BytesIO(plain))
    assert str(ours.root['/StructTreeRoot']) == str(theirs.root['/StructTreeRoot'])
    assert ours._tables, 'pyHanko no longer calls _get_object_from_stream: verification is slow again'


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def document(tmp_path: Path, plain: bytes) -> Iterator[Path]:
    """A file to seal; whatever happens it must stay as it is, with nothing left beside it."""
    path = tmp_path / 'pas.pdf'
    path.write_bytes(plain)
    yield path
    assert path.read_bytes() == plain
    assert {one.name for one in tmp_path.iterdir()} <= {'pas.pdf', 'pas-cachet.pdf', 'ca', 'secret', 'faux'}


def sign(*arguments: str | Path, secret: str | None = SECRET, typed: str = '') -> Result:
    variables = {'PASBUILD_SECRET': secret}
    return CliRunner(env=variables).invoke(main, ['sign', *map(str, arguments)], input=typed)


def test_sign_writes_a_copy(document: Path, p12: Path) -> None:
    result = sign(document, '--p12', p12)
    assert result.exit_code == 0, result.output
    assert "Cachet B-B de" in result.stdout
    assert len(signatures(document.with_name('pas-cachet.pdf'), NOBODY)) == 1


def test_sign_at_every_stamped_level(
    document: Path, p12: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('pasbuild.sign.http_stamper', lambda _address: authority.stamper)
    folder = authority.folder(document.with_name('ca'))
    for level in ('b-t', 'b-lt', 'b-lta'):
        arguments = ('--niveau', level, '--tsa', 'https://horodatage.invalid', '--autorites', folder)
        result = sign(document, '--p12', p12, *arguments)
        assert result.exit_code == 0, result.output
        assert f"Cachet {level.upper()} de" in result.stdout
        assert "chaîne vérifiée" in result.stdout


def test_secret_from_a_file_or_the_keyboard(document: Path, p12: Path) -> None:
    file = document.with_name('secret')
    file.write_text(f'{SECRET}\n', encoding='utf-8')
    assert sign(document, '--p12', p12, '--secret', file, secret=None).exit_code == 0
    typed = sign(document, '--p12', p12, secret=None, typed=f'{SECRET}\n')
    assert typed.exit_code == 0
    assert SECRET not in typed.output
    missing = sign(document, '--p12', p12, secret=None)
    assert missing.exit_code == ExitCode.USAGE


def refused(result: Result, document: Path, code: ExitCode, message: str) -> None:
    assert result.exit_code == code, result.output
    assert message in result.output
    assert 'Traceback' not in result.output
    assert not document.with_name('pas-cachet.pdf').exists()


def test_wrong_secret(document: Path, p12: Path) -> None:
    refused(sign(document, '--p12', p12, secret='faux'), document, ExitCode.USAGE, "la phrase secrète est fausse")


def test_key_file_of_another_kind(document: Path) -> None:
    refused(sign(document, '--p12', document), document, ExitCode.USAGE, "ce n'est pas un fichier PKCS#12")


@pytest.mark.parametrize(
    ('start', 'until', 'message'),
    [(-20 * DAY, -10 * DAY, "a expiré le"), (10 * DAY, 20 * DAY, "n'est valable qu'à partir du")],
)
def test_certificate_out_of_its_dates(
    start: timedelta, until: timedelta, message: str, document: Path, authority: Authority
) -> None:
    holder = authority.holder("Cachet ancien", authority.inter, [key_usage('digital_signature')], start, until)
    result = sign(document, '--p12', holder.p12(document.with_name('secret')))
    refused(result, document, ExitCode.USAGE, message)


def test_certificate_for_another_use(document: Path, authority: Authority) -> None:
    holder = authority.holder("Chiffrement", authority.inter, [key_usage('key_encipherment')])
    result = sign(document, '--p12', holder.p12(document.with_name('secret')))
    refused(result, document, ExitCode.USAGE, "n'est pas fait pour signer")


@pytest.mark.parametrize('content', [b'', b'Bonjour', b'%PDF-1.7\nrien', b'\x00' * 2000])
def test_not_a_pdf(content: bytes, document: Path, p12: Path) -> None:
    other = document.with_name('faux')
    other.write_bytes(content)
    result = sign(other, '--p12', p12, '--output', document.with_name('pas-cachet.pdf'))
    refused(result, document, ExitCode.USAGE, "n'est pas un PDF lisible")


def test_encrypted_pdf(document: Path, p12: Path) -> None:
    writer = pypdf.PdfWriter(clone_from=document)
    writer.encrypt('essai', algorithm='AES-256')
    other = document.with_name('faux')
    writer.write(other)
    result = sign(other, '--p12', p12, '--output', document.with_name('pas-cachet.pdf'))
    refused(result, document, ExitCode.USAGE, "est chiffré")


def test_output_that_cannot_be_written(document: Path, p12: Path) -> None:
    document.with_name('faux').write_bytes(b'a file, not a folder')
    result = sign(document, '--p12', p12, '--output', document.with_name('faux') / 'scelle.pdf')
    assert isinstance(result.exception, OSError)  # __main__ says it in French and ends with 2
    assert document.with_name('faux').read_bytes() == b'a file, not a folder'


def test_a_failed_seal_leaves_the_previous_one(document: Path, p12: Path) -> None:
    assert sign(document, '--p12', p12).exit_code == 0
    before = document.with_name('pas-cachet.pdf').read_bytes()
    assert sign(document, '--p12', p12, secret='faux').exit_code == ExitCode.USAGE
    assert document.with_name('pas-cachet.pdf').read_bytes() == before


def test_the_original_is_never_the_output(document: Path, p12: Path) -> None:
    refused(sign(document, '--p12', p12, '--output', document), document, ExitCode.USAGE, "sur une copie")


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ([], "Donnez la clé"),
        (['--pkcs11', 'LIB', '--jeton', 'J'], "Donnez la clé"),
        (['--p12', 'LIB', '--niveau', 'b-t'], "--tsa va avec"),
        (['--p12', 'LIB', '--tsa', 'https://horodatage.invalid'], "--tsa va avec"),
        (['--p12', 'LIB', '--niveau', 'b-t', '--tsa', 'ftp://horodatage.invalid'], "https://"),
        (['--p12', 'LIB', '--niveau', 'b-lt', '--tsa', 'https://horodatage.invalid'], "--autorites"),
    ],
)
def test_options_that_do_not_go_together(arguments: list[str], message: str, document: Path) -> None:
    arguments = [str(document) if one == 'LIB' else one for one in arguments]
    refused(sign(document, *arguments), document, ExitCode.USAGE, message)


def test_token_library_that_is_none(document: Path) -> None:
    result = sign(document, '--pkcs11', document, '--jeton', 'Jeton', '--cle', 'Cachet')
    assert result.exit_code in (ExitCode.USAGE, ExitCode.TOOL_MISSING)
    assert "jeton" in result.output.lower()


def test_missing_extra(document: Path, p12: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('importlib.util.find_spec', lambda _name: None)
    refused(sign(document, '--p12', p12), document, ExitCode.TOOL_MISSING, "pip install 'pasbuild[sign]'")


class Silent(TimeStamper):
    """An authority that does not answer."""

    async def async_request_tsa_response(self, req: object) -> Any:
        raise TimestampRequestError('silence')


def test_time_stamp_authority_that_does_not_answer(document: Path, p12: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('pasbuild.sign.http_stamper', lambda _address: Silent())  # type: ignore[no-untyped-call]
    result = sign(document, '--p12', p12, '--niveau', 'b-t', '--tsa', 'https://horodatage.invalid')
    refused(result, document, ExitCode.TOOL_MISSING, "L'autorité d'horodatage ne répond pas")


@pytest.mark.parametrize('answer', [b'nonsense', b'0\x03\x02\x01\x00'])
def test_time_stamp_authority_that_answers_something_else(
    answer: bytes, document: Path, p12: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reply(_stamper: object, _request: object) -> Any:
        return tsp.TimeStampResp.load(answer)

    monkeypatch.setattr('pyhanko.sign.timestamps.HTTPTimeStamper.async_request_tsa_response', reply)
    result = sign(document, '--p12', p12, '--niveau', 'b-t', '--tsa', 'https://horodatage.invalid')
    refused(result, document, ExitCode.TOOL_MISSING, "réponse illisible")


def test_sealing_without_a_time_stamp_asks_nothing_from_the_network(
    document: Path, p12: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket, 'getaddrinfo', lambda *arguments, **_options: asked.append(arguments))
    assert sign(document, '--p12', p12).exit_code == 0
    assert asked == []
