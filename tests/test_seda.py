"""The transfer to public archives: valid against the official schemas, complete, always the same bytes, true about its formats."""

from __future__ import annotations

import datetime
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from pasbuild.archives import NORMES, Archives, Norme, read_archives
from pasbuild.bag import write_bag
from pasbuild.build import build
from pasbuild.diagnostics import Report, render
from pasbuild.formats import identify
from pasbuild.project import Folder, read_dossier
from pasbuild.seda import Piece, Transfer, dated_zip, write_sip
from pasbuild.sipcheck import check_sip

SCHEMAS = Path(os.environ.get('SEDA_XSD', Path(__file__).parents[2] / 'shared' / 'seda'))
COMPLET = Path(__file__).parent / 'samples' / 'complet'
PDF_A = b'%PDF-1.7\n<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>\n%%EOF\n'
PIECES = (
    Piece('pas.pdf', "Document de référence", PDF_A, principale=True, scellee=True),
    Piece('pas.json', "Le document en données", b'{"titre": "essai"}'),
    Piece('Délibération n° 1.pdf', "Délibération", b'%PDF-1.4\n%%EOF\n'),
)


def codes(norme: Norme = '2.2') -> Archives:
    return Archives.model_validate(
        {
            'norme': norme,
            'accord': 'ESSAI-ACCORD',
            'service_archives': 'ESSAI-ARCHIVES',
            'service_versant': 'ESSAI-VERSANT',
            'service_producteur': 'ESSAI-PRODUCTEUR',
            'tri': {'code': 'ESSAI-TRI', 'sort_final': 'conserver'},
            'communicabilite': 'ESSAI-COM',
        }
    )


@pytest.fixture
def transfer() -> Transfer:
    dossier = read_dossier(Folder(COMPLET), Report())
    assert dossier is not None
    return Transfer(dossier, PIECES, 'essai-v2', remplace='essai-v1')


def findings(data: bytes, schemas: Path | None = None) -> list[tuple[str, str]]:
    report = Report()
    check_sip(data, 'sip.zip', report, schemas)
    return [(found.code, found.message) for found in report.diagnostics]


def members(sip: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(sip)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the official SEDA schemas are not here (SEDA_XSD names their folder)")
@pytest.mark.parametrize('norme', NORMES)
def test_sip_is_valid_against_the_official_schema(norme: Norme, transfer: Transfer) -> None:
    assert findings(write_sip(transfer, codes(norme)), SCHEMAS) == []
    broken = members(write_sip(transfer, codes(norme)))
    broken['manifest.xml'] = broken['manifest.xml'].replace(b'MessageIdentifier>', b'Identifiant>')
    sip = dated_zip(list(broken.items()), transfer.date)
    assert 'seda.schema' in {code for code, _ in findings(sip, SCHEMAS)}
    assert findings(sip) == []  # the schema alone sees it: without it, no pass of the schema is claimed


def test_same_transfer_gives_the_same_bytes_and_each_member_its_file(transfer: Transfer) -> None:
    sip = write_sip(transfer, codes())
    assert sip == write_sip(transfer, codes())
    found = members(sip)
    assert list(found) == ['manifest.xml', 'content/OBJ1.pdf', 'content/OBJ2.json', 'content/OBJ3.pdf']
    assert found['content/OBJ2.json'] == PIECES[1].data
    assert "Délibération n° 1.pdf" in found['manifest.xml'].decode()


def test_manifest_tells_the_procedure_up_to_the_version_and_what_it_replaces(transfer: Transfer) -> None:
    manifest = etree.fromstring(members(write_sip(transfer, codes()))['manifest.xml'])
    steps = [event.text for event in manifest.iterfind('.//{*}EventIdentifier')]
    dated = {step.etape for step in transfer.dossier.procedure if step.date and step.date <= transfer.date}
    assert steps
    assert set(steps) == dated
    moments = [event.text or '' for event in manifest.iterfind('.//{*}EventDateTime')]
    assert moments == sorted(moments)
    assert manifest.findtext('.//{*}Replaces/{*}ExternalReference') == 'essai-v1'


def test_seal_is_told_in_the_only_version_that_knows_it(transfer: Transfer) -> None:
    told = {
        norme: b'SigningInformation' in members(write_sip(transfer, codes(norme)))['manifest.xml'] for norme in NORMES
    }
    assert told == {'2.1': False, '2.2': False, '2.3': True}


def _edit(name: str, change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], None]:
    def apply(found: dict[str, bytes]) -> None:
        changed = change(found[name])
        assert changed != found[name]
        found[name] = changed

    return apply


def _in_manifest(old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    return _edit('manifest.xml', lambda data: data.replace(old.encode(), new.encode(), 1))


FAULTS: dict[str, tuple[str, Callable[[dict[str, bytes]], object]]] = {
    'a byte of a file': ('seda.empreinte', _edit('content/OBJ2.json', lambda data: data.replace(b'essai', b'essaj'))),
    'no digest algorithm': ('seda.empreinte', _in_manifest('algorithm="SHA-512"', 'algorithm="SHA-1"')),
    'size': ('seda.taille', _in_manifest(f'<Size>{len(PDF_A)}<', '<Size>1<')),
    'empty file': ('seda.taille', lambda found: found.update({'content/OBJ2.json': b''})),
    'missing file': ('seda.fichier-absent', lambda found: found.pop('content/OBJ2.json')),
    'orphan file': ('seda.fichier-orphelin', lambda found: found.update({'content/autre.txt': b'x'})),
    'dangling reference': ('seda.reference', _in_manifest('>GOT2<', '>GOT9<')),
    'described twice': ('seda.doublon', _in_manifest('content/OBJ2.json', 'content/OBJ1.pdf')),
    'identifier twice': ('seda.doublon', _in_manifest('id="AU2"', 'id="AU1"')),
    'no title': ('seda.incomplet', _in_manifest('<Title>Document de référence</Title>', '')),
    'no level': ('seda.incomplet', _in_manifest('<DescriptionLevel>Item</DescriptionLevel>', '')),
    'no agreement': ('seda.incomplet', _in_manifest('ESSAI-ACCORD', '')),
    'no format': ('seda.format', _in_manifest('<FormatId>fmt/817</FormatId>', '')),
    'unknown version': ('seda.schema', _in_manifest('seda:v2.2', 'seda:v1.0')),
    'not XML': ('seda.schema', _edit('manifest.xml', lambda data: data[:-20])),
    'doctype': ('seda.schema', _in_manifest('<ArchiveTransfer', '<!DOCTYPE a [<!ENTITY b "c">]><ArchiveTransfer')),
    'no manifest': ('seda.paquet', lambda found: found.pop('manifest.xml')),
    'name that leaves': ('seda.nom', lambda found: found.update({'../dehors.txt': b'x'})),
    'name with an accent': ('seda.nom', lambda found: found.update({'content/été.txt': b'x'})),
    'same name but for case': ('seda.nom', lambda found: found.update({'CONTENT/obj1.pdf': b'x'})),
}


@pytest.mark.parametrize('fault', FAULTS)
def test_fault_of_a_package_is_found(fault: str, transfer: Transfer) -> None:
    code, mutate = FAULTS[fault]
    found = members(write_sip(transfer, codes()))
    assert findings(dated_zip(list(found.items()), transfer.date)) == []
    mutate(found)
    assert code in {named for named, _ in findings(dated_zip(list(found.items()), transfer.date))}


@pytest.mark.parametrize('data', [b'', b'not a zip', b'PK\x03\x04 cut'])
def test_what_is_no_package_is_said_so(data: bytes) -> None:
    assert [code for code, _ in findings(data)] == ['seda.paquet']


def test_codes_are_asked_for_one_by_one_at_their_place(tmp_path: Path) -> None:
    (tmp_path / 'content').mkdir()
    report = Report()
    assert read_archives(Folder(tmp_path), report) is None
    assert [found.code for found in report.diagnostics] == ['seda.a-remplir']
    (tmp_path / 'content' / 'archives.yaml').write_text('norme: "2.3"\naccord: A-1\ntri:\n  sort_final: conserver\n')
    report = Report()
    assert read_archives(Folder(tmp_path), report) is None
    text = render(report, 'text')
    assert text.count('seda.a-remplir') == 5
    assert 'content/archives.yaml:3' in text


def test_pdf_is_known_by_what_it_claims() -> None:
    assert identify(PDF_A, 'x.pdf').pronom == 'fmt/479'
    assert identify(b'%PDF-1.4\n', 'x.pdf').pronom == 'fmt/18'
    assert identify(b'\x00\x01', 'x.csv').pronom == ''
    assert identify(b'{not json', 'x.json').pronom == ''
    assert identify(b'{}', 'x.json').pronom == 'fmt/817'
    assert identify(dated_zip([('a', b'b')], datetime.date(2026, 1, 1)), 'x.docx').pronom == 'x-fmt/263'


def test_bag_is_valid_for_the_library_and_always_the_same_bytes(transfer: Transfer, tmp_path: Path) -> None:
    import bagit

    data = write_bag(transfer)
    assert data == write_bag(transfer)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    bag = bagit.Bag(str(tmp_path / 'essai-v2'))
    bag.validate()
    assert bag.info['Bagging-Date'] == transfer.date.isoformat()
    path = tmp_path / 'essai-v2' / 'data' / 'pas.json'
    assert hashlib.sha512(path.read_bytes()).digest() == hashlib.sha512(PIECES[1].data).digest()
    path.write_bytes(b'{"titre": "autre"}')
    assert not bag.is_valid()


def test_a_file_that_no_format_tells_has_no_identifier(transfer: Transfer) -> None:
    odd = replace(transfer, pieces=(*PIECES, Piece('plan.dwg', "Plan", b'AC1032\x00\xff')))
    assert [code for code, _ in findings(write_sip(odd, codes()))] == ['seda.format']


@pytest.fixture(scope='module')
def fido() -> Callable[[bytes, Path], str]:
    """Return what opf-fido, which reads the signatures of PRONOM, finds of a file: an identifier."""
    command = Path(sys.executable).with_name('fido')
    if not command.exists():
        pytest.skip("opf-fido is not installed")

    def run(data: bytes, path: Path) -> str:
        path.write_bytes(data)
        arguments = [str(command), '-q', '-matchprintf', '%(info.puid)s\n', '-nomatchprintf', '\n', str(path)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return run


@pytest.mark.slow
def test_independent_identifier_confirms_our_formats(fido: Callable[[bytes, Path], str], mini: Folder) -> None:
    report = Report()
    done = build(mini, report, ['pdf', 'docx'])
    assert done is not None
    for path in done.files:
        data = path.read_bytes()
        if path.suffix in ('.pdf', '.docx'):
            assert fido(data, path) == identify(data, path.name).pronom
    sources = dated_zip([('a.md', b'# A\n')], datetime.date(2026, 1, 1))
    assert fido(sources, mini.root / 'sources.zip') == identify(sources, 'sources.zip').pronom == 'x-fmt/263'
