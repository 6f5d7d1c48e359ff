"""The folder for the Géoportail de l'urbanisme: a good one has no finding, and each fault of a long list is found."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import shapefile
import shapely
from portal_sample import CONFIG, dossier_for_the_portal, pdf
from shapely.geometry.base import BaseGeometry

from pasbuild.diagnostics import Report, render
from pasbuild.gpu import FILE, Package, make_package, shapes, union
from pasbuild.gpucheck import check_package
from pasbuild.gpumodel import is_day, model, parse_root
from pasbuild.project import Folder, read_dossier
from pasbuild.tables import read_data

TODAY = datetime.date(2026, 11, 23)
SIREN = '000123456'
APPROVED = '20250213'


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    root = tmp_path / 'dossier'
    dossier_for_the_portal(root)
    return Folder(root)


def package(folder: Folder, report: Report, today: datetime.date = TODAY) -> Package | None:
    dossier = read_dossier(folder, report)
    assert dossier is not None
    return make_package(folder, dossier, read_data(folder, Report()), pdf(), today, report)


def write(package: Package, place: Path) -> Path:
    root = place / package.name
    for name, data in package.files.items():
        path = root / name
        (path if name.endswith('/') else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith('/'):
            path.write_bytes(data)
    return root


@pytest.fixture
def good(folder: Folder, tmp_path: Path) -> Path:
    report = Report()
    made = package(folder, report)
    assert made is not None, render(report, 'text')
    return write(made, tmp_path / 'sorties')


def findings(root: Path) -> str:
    report = Report()
    check_package(root, report)
    return render(report, 'text')


def test_good_package_has_no_finding_and_its_names_are_the_standard_s(good: Path) -> None:
    assert findings(good) == ''
    assert good.name == f'{SIREN}_SCOT_{APPROVED}'
    date = good.name.rpartition('_')[2]
    assert (good / 'Pieces_ecrites' / '1_SCOT' / f'{SIREN}_pas_{date}.pdf').is_file()
    rows = (good / f'{SIREN}_DOC_URBA_COM_{date}.csv').read_text().splitlines()
    assert len(rows) == 1 + 12  # a header, twelve communes


def test_same_dossier_gives_the_same_package(folder: Folder) -> None:
    one, two = package(folder, Report()), package(folder, Report())
    assert one == two


@pytest.mark.parametrize('today', [datetime.date(2024, 1, 1)])
def test_approval_in_the_future_gives_the_unknown_date(folder: Folder, today: datetime.date, tmp_path: Path) -> None:
    report = Report()
    made = package(folder, report, today)
    assert made is not None
    assert [found.code for found in report.diagnostics] == ['gpu.essai']
    assert made.name == f'{SIREN}_SCOT_00000000'
    assert findings(write(made, tmp_path)) == ''


def _table(root: Path, name: str) -> Path:
    return next(root.rglob(f'*_{name}_*.csv'))


def _cell(name: str, old: str, new: str) -> Callable[[Path], object]:
    def mutate(root: Path) -> None:
        path = _table(root, name)
        text = path.read_text(encoding='utf-8')
        assert old in text
        path.write_text(text.replace(old, new), encoding='utf-8')

    return mutate


def _sheet(old: str, new: str) -> Callable[[Path], object]:
    def mutate(root: Path) -> None:
        path = next(root.glob('*.xml'))
        text = path.read_text(encoding='utf-8')
        assert old in text
        path.write_text(text.replace(old, new), encoding='utf-8')

    return mutate


def _piece(root: Path, name: str) -> Path:
    return next(root.rglob(f'{SIREN}_{name}_*.pdf'))


def _column(root: Path) -> None:
    path = _table(root, 'DOC_URBA')
    path.write_text('\n'.join(line.rpartition(',')[0] for line in path.read_text().splitlines()) + '\n')


def _twice(name: str, line: int) -> Callable[[Path], object]:
    def mutate(root: Path) -> None:
        path = _table(root, name)
        lines = path.read_text().splitlines()
        path.write_text('\n'.join([*lines, lines[line]]) + '\n')

    return mutate


def _outline(outline: BaseGeometry) -> Callable[[Path], object]:
    def mutate(root: Path) -> None:
        for kind, data in shapes(outline, root.name, TODAY).items():
            next(root.rglob(f'*PERIMETRE_SCOT*.{kind}')).write_bytes(data)

    return mutate


def _remove(root: Path, pattern: str) -> None:
    for path in list(root.rglob(pattern)):
        path.unlink()


def _two_rows(root: Path) -> None:
    place = next(root.rglob('*PERIMETRE_SCOT*.shp')).with_suffix('')
    with shapefile.Writer(str(place), shapeType=shapefile.POLYGON) as writer:
        writer.field('IDURBA', 'C', 30)
        for left in (600_000, 700_000):
            writer.poly([[[left, 7_000_000], [left, 7_010_000], [left + 10_000, 7_000_000], [left, 7_000_000]]])
            writer.record(root.name)


SQUARE = shapely.box(600_000, 7_000_000, 620_000, 7_020_000)
FAULTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    'no folder of the procedure': ('FILE_MISSING_MANDATORY_DIRECTORY', lambda root: shutil.rmtree(root / 'Pieces_ecrites' / '0_Procedure')),
    'no geography': ('FILE_MISSING_MANDATORY_DIRECTORY', lambda root: shutil.rmtree(root / 'Donnees_geographiques')),
    'no pas': ('FILE_MISSING_MANDATORY', lambda root: _piece(root, 'pas').unlink()),
    'no doo': ('FILE_MISSING_MANDATORY', lambda root: _piece(root, 'doo').unlink()),
    'no daac': ('FILE_MISSING_MANDATORY', lambda root: _piece(root, 'daac').unlink()),
    'no diagnostic': ('FILE_MISSING_MANDATORY', lambda root: _piece(root, 'diagnostic').unlink()),
    'no procedure': ('FILE_MISSING_MANDATORY', lambda root: _piece(root, 'procedure').unlink()),
    'no DOC_URBA': ('FILE_MISSING_MANDATORY', lambda root: _table(root, 'DOC_URBA').unlink()),
    'no perimeter': ('FILE_MISSING_MANDATORY', lambda root: _remove(root, '*PERIMETRE*')),
    'no metadata': ('FILE_MISSING_MANDATORY', lambda root: next(root.glob('*.xml')).unlink()),
    'word file among the pieces': ('CNIG_PIECE_ECRITE_ONLY_PDF', lambda root: (root / 'Pieces_ecrites' / '1_SCOT' / 'pas.docx').write_bytes(b'x')),
    'empty piece': ('FILE_EMPTY', lambda root: _piece(root, 'doo').write_bytes(b'')),
    'broken piece': ('FILE_NOT_OPENED', lambda root: _piece(root, 'doo').write_bytes(b'%PDF-1.7 cut')),
    'scanned piece': ('gpu.numerise', lambda root: _piece(root, 'doo').write_bytes(pdf(text=False))),
    'name with an accent': ('FILE_UNEXPECTED', lambda root: (root / 'Pieces_ecrites' / '2_Annexes' / 'été.pdf').write_bytes(pdf())),
    'wrong siren in a name': ('FILE_MISSING_MANDATORY', lambda root: _piece(root, 'pas').rename(root / 'Pieces_ecrites' / '1_SCOT' / '999999999_pas_20250213.pdf')),
    'wrong date in a name': ('FILE_MISSING_MANDATORY', lambda root: _piece(root, 'pas').rename(root / 'Pieces_ecrites' / '1_SCOT' / f'{SIREN}_pas_20200101.pdf')),
    'pas in two volumes': ('FILE_UNEXPECTED', lambda root: (root / 'Pieces_ecrites' / '1_SCOT' / f'{SIREN}_pas_1_20250213.pdf').write_bytes(pdf())),
    'piece in the wrong folder': ('FILE_MISPLACED', lambda root: _piece(root, 'doo').rename(root / 'Pieces_ecrites' / '0_Procedure' / _piece(root, 'doo').name)),
    'stray file': ('FILE_UNEXPECTED', lambda root: (root / 'Thumbs.db').write_bytes(b'x')),
    'link': ('FILE_UNEXPECTED', lambda root: (root / 'lien.xml').symlink_to('/etc/hostname')),
    'column missing': ('TABLE_MISSING_ATTRIBUTE', _column),
    'two rows of DOC_URBA': ('CNIG_IDURBA_MULTIPLE_FOUND', _twice('DOC_URBA', 1)),
    'commune twice': ('ATTRIBUTE_NOT_UNIQUE', _twice('DOC_URBA_COM', 1)),
    'no commune': ('CNIG_DOC_URBA_COM_UNEXPECTED_SIZE', lambda root: _table(root, 'DOC_URBA_COM').write_text('IDURBA,INSEE,EPCI\n')),
    'state out of the list': ('ATTRIBUTE_UNEXPECTED_VALUE', _cell('DOC_URBA', ',03,', ',01,')),
    'end date wanted': ('ATTRIBUTE_UNEXPECTED_NULL', _cell('DOC_URBA', ',03,', ',05,')),
    'kind of procedure': ('ATTRIBUTE_INVALID_REGEXP', _cell('DOC_URBA', ',R,', ',RX,')),
    'siren of another': ('ATTRIBUTE_UNEXPECTED_VALUE', _cell('DOC_URBA', f',{SIREN},', ',999999999,')),
    'siren cut': ('CNIG_SIREN_INVALID', _cell('DOC_URBA', f',{SIREN},', ',12345,')),
    'idurba of another': ('CNIG_IDURBA_UNEXPECTED', _cell('DOC_URBA_COM', f'{SIREN}_SCOT', '999999999_SCOT')),
    'file named that is not there': ('ATTRIBUTE_FILE_NOT_FOUND', _cell('DOC_URBA', '_doo_', '_doc_')),
    'name too long': ('ATTRIBUTE_SIZE_EXCEEDED', _cell('DOC_URBA', 'SCoT Pays', f'SCoT {"x" * 260} Pays')),
    'insee code': ('CNIG_INSEE_INVALID', _cell('DOC_URBA_COM', ',99101,', ',9910X,')),
    'no siren of the epci': ('ATTRIBUTE_UNEXPECTED_NULL', _cell('DOC_URBA_COM', ',000000001', ',')),
    'encoding': ('TABLE_UNEXPECTED_ENCODING', lambda root: _table(root, 'DOC_URBA').write_bytes(_table(root, 'DOC_URBA').read_text().encode('utf-16'))),
    'no projection': ('ATTRIBUTE_GEOMETRY_INVALID_DATA_EXTENT', lambda root: next(root.rglob('*.prj')).unlink()),
    'degrees': ('ATTRIBUTE_GEOMETRY_INVALID_DATA_EXTENT', _outline(shapely.box(2.5, 50.1, 3, 50.6))),
    'perimeter that crosses itself': ('ATTRIBUTE_GEOMETRY_INVALID', _outline(shapely.Polygon([(600_000, 7_000_000), (620_000, 7_020_000), (620_000, 7_000_000), (600_000, 7_020_000)]))),
    'perimeter with a hole': ('gpu.trou', _outline(SQUARE.difference(SQUARE.buffer(-5_000)))),
    'two perimeters': ('CNIG_PERIMETRE_SCOT_UNEXPECTED_SIZE', _two_rows),
    'shapes cut': ('ATTRIBUTE_GEOMETRY_INVALID_FORMAT', lambda root: next(root.rglob('*.shp')).write_bytes(b'\x00\x00\x27\x0a')),
    'no shapes': ('TABLE_MISSING_GEOMETRY', lambda root: next(root.rglob('*.shp')).unlink()),
    'two sheets': ('METADATA_MULTIPLE_FILES', lambda root: (root / 'autre.xml').write_text('<a/>')),
    'sheet not XML': ('METADATA_INVALID_FILE', _sheet('</gmd:MD_Metadata>', '')),
    'sheet of something else': ('METADATA_INVALID_FILE', lambda root: next(root.glob('*.xml')).write_text('<a/>')),
    'sheet without abstract': ('METADATA_ABSTRACT_NOT_FOUND', _sheet('Schéma inventé pour les essais.', '')),
    'sheet without mail': ('METADATA_CONTACT_MAILINVALID', _sheet('essai@exemple.invalid', 'essai')),
    'language': ('METADATA_LANGUAGE_INVALID', _sheet('codeListValue="fre"', 'codeListValue="eng"')),
    'projection of the sheet': ('CNIG_METADATA_REFERENCESYSTEMIDENTIFIER_URI_UNEXPECTED', _sheet('EPSG/0/2154', 'EPSG/0/4326')),
    'specification': ('CNIG_METADATA_SPECIFICATION_NOT_FOUND', _sheet('CNIG SCoT v2024', 'CNIG PLU v2024')),
    'keyword': ('CNIG_METADATA_KEYWORD_NOT_FOUND', _sheet('>SCOT<', '>PLU<')),
    'revision': ('METADATA_DATEOFLASTREVISION_INVALID', _sheet('<gco:Date>2025-', '<gco:Date>2019-')),
    'theme': ('METADATA_TOPICCATEGORY_INVALID', _sheet('planningCadastre', 'environment')),
}  # fmt: skip


def test_the_list_of_faults_is_long_enough() -> None:
    assert len(FAULTS) >= 30


@pytest.mark.parametrize('fault', FAULTS)
def test_fault_of_a_package_is_found(fault: str, good: Path) -> None:
    error, mutate = FAULTS[fault]
    mutate(good)
    assert error in findings(good)


@pytest.mark.parametrize(
    ('fault', 'code'),
    [
        ('no geography', 'gpu.arborescence'),
        ('stray file', 'gpu.nom'),
        ('no doo', 'gpu.piece'),
        ('insee code', 'gpu.table'),
        ('degrees', 'gpu.geometrie'),
        ('keyword', 'gpu.metadonnees'),
    ],
)
def test_fault_has_its_code(fault: str, code: str, good: Path) -> None:
    FAULTS[fault][1](good)
    assert code in findings(good)


def test_an_approval_in_the_future_is_found_in_any_folder(good: Path) -> None:
    report = Report()
    check_package(good, report, datetime.date(2025, 2, 12))
    assert [(one.code, '20250213' in one.message) for one in report.diagnostics] == [('gpu.nom', True)]
    report = Report()
    check_package(good, report, datetime.date(2025, 2, 13))
    assert not report.diagnostics


@pytest.mark.parametrize('name', ['SCOT', '12345_SCOT_20250403', f'{SIREN}_SCOT_20251340', f'{SIREN}_PLU_20250403'])
def test_folder_whose_name_says_nothing_is_not_read_further(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    assert findings(tmp_path / name).count('DIRECTORY_UNEXPECTED_NAME') == 1


def test_everything_missing_is_asked_for_at_once(folder: Folder) -> None:
    (folder.root / FILE).write_text(
        'communes: {contours: contours}\npieces: {autre: pieces/doo.pdf}\n', encoding='utf-8'
    )
    report = Report()
    assert package(folder, report) is None
    text = render(report, 'text')
    for word in ('contact', 'courriel', 'resume', 'doo', 'daac', 'Rivages', 'Monts', 'autre'):
        assert word in text


@pytest.mark.parametrize(
    ('break_it', 'code'),
    [
        (lambda root: (root / FILE).unlink(), 'gpu.a-remplir'),
        (lambda root: (root / 'pieces' / 'doo.pdf').write_bytes(b'PK'), 'gpu.piece'),
        (lambda root: (root / 'pieces' / 'doo.pdf').unlink(), 'lire.'),
        (lambda root: (root / FILE).write_text(CONFIG.replace('contours: contours', 'contours: ailleurs')), 'donnee.table-inconnue'),
    ],
)  # fmt: skip
def test_bad_input_makes_no_package(break_it: Callable[[Path], object], code: str, folder: Folder) -> None:
    break_it(folder.root)
    report = Report()
    assert package(folder, report) is None
    assert code in render(report, 'text')


def test_commune_without_contour_is_named(folder: Folder) -> None:
    path = folder.root / 'content' / 'data' / 'contours.geojson'
    path.write_text(path.read_text(encoding='utf-8').replace('"99101"', '"99999"'), encoding='utf-8')
    report = Report()
    assert package(folder, report) is None
    assert '99101' in render(report, 'text')


def test_files_too_large_are_not_read(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('pasbuild.gpucheck.MAX_SHEET', 100)
    monkeypatch.setattr('pasbuild.gputables.MAX_TABLE', 100)
    text = findings(good)
    assert 'METADATA_INVALID_FILE' in text
    assert 'CNIG_GEOMETRY_COMPLEXITY_ERROR' in text
    assert 'gpu.non-verifie' in text


def test_table_in_a_format_not_read_is_said_not_to_be_checked(good: Path) -> None:
    path = _table(good, 'DOC_URBA_COM')
    path.rename(path.with_suffix('.gml'))
    assert 'gpu.non-verifie' in findings(good)


def test_union_fills_slivers_and_keeps_enclaves() -> None:
    sliver = shapely.Polygon([(10, 1), (10.2, 5), (10, 9)])
    left, right = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10).difference(sliver)
    assert union([left, right]).equals(shapely.box(0, 0, 20, 10))
    ring = shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    assert union([ring]).area == ring.area


def test_names_and_days() -> None:
    assert is_day('00000000')
    assert is_day('20250403')
    assert not is_day('20250230')
    assert parse_root(f'{SIREN}_SCOT_20250213_B') is not None
    assert model().version == 'v2024-04'
