"""Tables read from CSV, XLSX, ODS and GeoJSON, and checked against their description."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from pasbuild.data import Dataset
from pasbuild.diagnostics import Report
from pasbuild.project import Folder
from pasbuild.tables import data_fingerprint, read_data

COLUMNS = """
    nom: {type: texte}
    n: {type: entier}
    part: {type: nombre, facultatif: true}
    jour: {type: date, facultatif: true}
"""
ROWS = [
    {'nom': 'Lens, centre', 'n': 1234, 'part': 1.5, 'jour': datetime.date(2023, 3, 13)},
    {'nom': '062', 'n': -5, 'part': None, 'jour': None},
]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / 'content' / 'data').mkdir(parents=True)
    return Folder(tmp_path)


def declare(folder: Folder, name: str, data: bytes, columns: str = COLUMNS, extra: str = '') -> None:
    """Declare and write one table, ``essai``."""
    text = (
        f'essai:\n  fichier: {name}\n  titre: Essai\n  producteur: Atelier\n  date: 2026\n  licence: LO\n  perimetre: Essai\n{extra}'
        f'  colonnes:{columns}'
    )
    (folder.root / 'content' / 'data' / 'sources.yaml').write_text(text, encoding='utf-8')
    (folder.root / 'content' / 'data' / name).write_bytes(data)


def read(
    folder: Folder, name: str, data: bytes, columns: str = COLUMNS, extra: str = ''
) -> tuple[Dataset | None, Report]:
    declare(folder, name, data, columns, extra)
    report = Report()
    return read_data(folder, report).get('essai'), report


def codes(report: Report) -> list[tuple[int, str]]:
    return [(finding.span.line, finding.code) for finding in report.sorted()]


CSV = {
    'commas': 'nom,n,part,jour\n"Lens, centre",1234,1.5,2023-03-13\n062,-5,,\n',
    'semicolons and decimal comma': 'nom;n;part;jour\nLens, centre;1 234;1,5;2023-03-13\n062;−5;;\n',
    'thin spaces': 'nom;n;part;jour\nLens, centre;1\u202f234;1,5;2023-03-13\n062;-5;;\n',
    'Windows line ends and byte order mark': '\ufeffnom;n;part;jour\r\nLens, centre;1234;1,5;2023-03-13\r\n062;-5;;\r\n',
    'old Mac line ends': 'nom;n;part;jour\rLens, centre;1234;1,5;2023-03-13\r062;-5;;\r',
    'empty lines and columns': 'nom;n;part;jour;;\n\nLens, centre;1234;1,5;2023-03-13;;\n;;;;;\n062;-5;;;;\n',
    'other order': 'jour;n;part;nom\n2023-03-13;1234;1,5;Lens, centre\n;-5;;062\n',
    'short lines': 'nom;n;part;jour\nLens, centre;1234;1,5;2023-03-13\n062;-5\n',
}


@pytest.mark.parametrize('name', CSV)
def test_csv(folder: Folder, name: str) -> None:
    table, report = read(folder, 'essai.csv', CSV[name].encode())
    assert table is not None
    assert list(table.rows) == ROWS
    assert not report.diagnostics


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.title = 'Feuille'
    for row in rows:
        sheet.append(row)
    book.create_sheet('Notes')
    book.save(stream)
    return stream.getvalue()


def test_xlsx(folder: Folder) -> None:
    rows: list[list[object]] = [
        ['nom', 'n', 'part', 'jour'],
        ['Lens, centre', 1234, 1.5, datetime.date(2023, 3, 13)],
        [],
        ['062', -5, None, None],
    ]
    table, report = read(folder, 'essai.xlsx', workbook(rows), extra='  feuille: Feuille\n')
    assert table is not None
    assert list(table.rows) == ROWS
    assert not report.diagnostics


def test_faults_of_a_sheet_stand_at_its_row(folder: Folder) -> None:
    rows: list[list[object]] = [['nom', 'n', 'part', 'jour'], [], ['a', 'beaucoup', '', ''], ['b', 1.5, '', 'hier']]
    _, report = read(folder, 'essai.xlsx', workbook(rows), extra='  feuille: Feuille\n')
    assert codes(report) == [(3, 'donnee.type'), (4, 'donnee.type'), (4, 'donnee.type')]


def test_several_sheets_want_a_name(folder: Folder) -> None:
    _, report = read(folder, 'essai.xlsx', workbook([["nom"]]))
    assert [finding.code for finding in report.diagnostics] == ['donnee.feuille']
    assert "« Feuille »" in report.diagnostics[0].hint


MANIFEST = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'


def ods(rows: list[list[str | float]]) -> bytes:
    names = ''.join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ('office', 'table', 'text')
    )

    def cell(value: str | float) -> str:
        kind = f'"float" office:value="{value}"' if isinstance(value, float) else '"string"'
        return f'<table:table-cell office:value-type={kind}><text:p>{escape(str(value))}</text:p></table:table-cell>'

    lines = ''.join(f'<table:table-row>{"".join(map(cell, row))}</table:table-row>' for row in rows)
    body = f'<table:table table:name="Feuille">{lines}</table:table>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, 'w') as archive:
        archive.writestr('mimetype', 'application/vnd.oasis.opendocument.spreadsheet')
        archive.writestr('META-INF/manifest.xml', f'<manifest:manifest {MANIFEST}/>')
        content = f'<office:document-content{names} office:version="1.2"><office:body><office:spreadsheet>{body}'
        archive.writestr('content.xml', f'{content}</office:spreadsheet></office:body></office:document-content>')
    return stream.getvalue()


def test_ods(folder: Folder) -> None:
    columns = '\n    nom: {}\n    n: {type: entier}\n'
    table, report = read(folder, 'essai.ods', ods([['nom', 'n'], ["l'eau & l'air", 12.0]]), columns)
    assert table is not None
    assert list(table.rows) == [{'nom': "l'eau & l'air", 'n': 12}]
    assert not report.diagnostics


SQUARE = {'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 0]]]}


def geojson(*features: object) -> bytes:
    return json.dumps({'type': 'FeatureCollection', 'features': features}).encode()


def test_geojson(folder: Folder) -> None:
    feature = {'type': 'Feature', 'properties': {'nom': 'Lens', 'n': 3}, 'geometry': SQUARE}
    table, report = read(folder, 'essai.geojson', geojson(feature), '\n    nom: {}\n    n: {type: entier}\n')
    assert table is not None
    assert list(table.rows) == [{'nom': 'Lens', 'n': 3}]
    assert table.geometries == (SQUARE,)
    assert not report.diagnostics


@pytest.mark.parametrize(
    'data',
    [
        b'{', b'[]', b'null', b'"texte"', b'{"features": 3}', b'{"features": [1]}', b'{"features": [{}]}',
        geojson({'properties': None, 'geometry': SQUARE}), geojson({'properties': {}, 'geometry': None}),
        geojson({'properties': {'nom': 'x'}, 'geometry': 'Polygon'}), b'\xff\xfe', b'[' * 100_000,
        b'{"features": [' + b'[' * 50_000 + b']' * 50_000 + b']}',
    ],
)  # fmt: skip
def test_geojson_garbage(folder: Folder, data: bytes) -> None:
    _, report = read(folder, 'essai.geojson', data, '\n    nom: {}\n')
    assert [finding.code for finding in report.diagnostics] == ['donnee.format']


@pytest.mark.parametrize('word', ['1e999', '-1e999', '9' * 400, 'NaN', '-Infinity'])
def test_a_coordinate_that_is_no_number_is_quoted(folder: Folder, word: str) -> None:
    data = geojson({'properties': {'nom': 'Lens', 'n': 1}, 'geometry': {'type': 'Point', 'coordinates': ['?', 50]}})
    dataset, report = read(folder, 'essai.geojson', data.replace(b'"?"', word.encode()))
    assert dataset is None
    assert codes(report) == [(0, 'donnee.format')]
    assert f'« {word[:20]}' in report.diagnostics[0].message


@pytest.mark.parametrize('name', ['essai.xlsx', 'essai.ods', 'essai.xls'])
@pytest.mark.parametrize('data', [b'PK garbage', b'\x00' * 64, b'<html>', workbook([['a']])[:500]])
def test_workbooks_that_are_none(folder: Folder, name: str, data: bytes) -> None:
    _, report = read(folder, name, data)
    assert [finding.code for finding in report.diagnostics] == ['donnee.format']


@settings(max_examples=25)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_reported(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = Folder(tmp_path_factory.mktemp('octets'))
    (folder.root / 'content' / 'data').mkdir(parents=True)
    for name in ('essai.csv', 'essai.geojson', 'essai.xlsx'):
        table, report = read(folder, name, data)
        assert table is not None or report.diagnostics


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(folder: Folder) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('xl/worksheets/sheet1.xml', bytes(201_000_000))
    _, report = read(folder, 'essai.xlsx', stream.getvalue())
    assert [finding.code for finding in report.diagnostics] == ['securite.taille']


def test_cells_that_look_like_formulas_are_text(folder: Folder) -> None:
    cells = ["=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+33 3 21", "-x", '=HYPERLINK("http://x")']
    lines = ''.join(f'"{cell.replace(chr(34), chr(34) * 2)}"\n' for cell in cells)
    table, report = read(folder, 'essai.csv', f'nom\n{lines}'.encode(), '\n    nom: {}\n')
    assert table is not None
    assert [row['nom'] for row in table.rows] == cells
    assert not report.diagnostics


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('nom,n\na,1\nb,\n', [(3, 'donnee.cellule-vide')]),
        ('nom,n\na,1\nb,nan\nc,inf\n', [(3, 'donnee.type'), (4, 'donnee.type')]),
        ('nom,n\na,1e400\n', [(2, 'donnee.type')]),
        ('nom,n\na,1.5\n', [(2, 'donnee.type')]),
        ('nom,n\na,12 hab\n', [(2, 'donnee.type')]),
        ('nom,n\na,1,2\n', [(2, 'donnee.format')]),
        ('nom,n\n"a,1\n', [(2, 'donnee.format')]),
        ('nom,n\n"a"b,1\n', [(2, 'donnee.format')]),
        ('nom,n,n\na,1,2\n', [(1, 'donnee.doublon')]),
        ('nom\na\n', [(0, 'donnee.colonne-absente')]),
        ('nom,n,x\na,1,2\n', [(1, 'donnee.colonne-non-declaree')]),
        ('nom,n\n', [(0, 'donnee.vide')]),
        ('nom,n\na,1\nÀ,2\n', [(3, 'donnee.doublon')]),
        ('nom,n\na,1\nMax,2\n', [(3, 'donnee.cle-reservee')]),
        ('nom,n\n"a\nb",1\nc,x\n', [(4, 'donnee.type')]),
    ],
)
def test_faults_of_a_csv(folder: Folder, text: str, expected: list[tuple[int, str]]) -> None:
    _, report = read(folder, 'essai.csv', text.encode(), '\n    nom: {}\n    n: {type: entier}\n', '  cle: nom\n')
    found = [(line if finding != 'donnee.colonne-absente' else 0, finding) for line, finding in codes(report)]
    assert found == expected


@pytest.mark.parametrize(('bad', 'told'), [(50, 50), (51, 51), (52, 51), (1000, 51)])
def test_faults_of_a_file_are_told_up_to_a_point_then_counted(folder: Folder, bad: int, told: int) -> None:
    text = 'nom,n,part,jour\n' + ''.join(f'Lieu {n},douze,,\n' for n in range(bad))
    _, report = read(folder, 'essai.csv', text.encode())
    inside = [finding for finding in report.sorted() if finding.span.file.endswith('.csv')]
    assert len(inside) == told
    assert {finding.code for finding in inside} == {'donnee.type'}
    counted = f"… et {bad - 50} autres constats dans ce fichier, à partir de cette ligne."
    assert (inside[-1].message == counted, inside[-1].span.line) == (bad > 51, told + 1)


def test_totals_and_computed_columns(folder: Folder) -> None:
    columns = '\n    nom: {}\n    a: {type: nombre, total: 0.3}\n    b: {type: entier, total: 7}\n    c: {type: nombre, calcul: rapport b a}\n'
    table, report = read(folder, 'essai.csv', b'nom,a,b\nx,0.1,3\ny,0.2,3\n', columns)
    assert table is not None
    assert table.rows[1]['c'] == pytest.approx(15)
    assert list(table.rows[0]) == ['nom', 'a', 'b', 'c']
    assert [finding.code for finding in report.diagnostics] == ['donnee.total']
    assert "la somme fait 6, la source annonce 7" in report.diagnostics[0].message


@pytest.mark.parametrize('decimals', ['-1', '7', '400'])
def test_decimals_of_a_row_are_bounded(folder: Folder, decimals: str) -> None:
    columns = '\n    nom: {}\n    d: {type: entier}\n'
    table, report = read(folder, 'essai.csv', f'nom,d\nx,{decimals}\n'.encode(), columns, '  decimales_par_ligne: d\n')
    assert table is not None
    assert table.rows[0]['d'] is None
    assert codes(report) == [(2, 'donnee.type')]


@pytest.mark.parametrize(
    ('text', 'code'),
    [('- a\n', 'lire.type'), ('a: b: c\n', 'lire.yaml'), ('', 'lire.fichier-vide'), ('essai: texte\n', 'lire.type')],
)
def test_faulty_descriptions(folder: Folder, text: str, code: str) -> None:
    (folder.root / 'content' / 'data' / 'sources.yaml').write_text(text, encoding='utf-8')
    report = Report()
    assert read_data(folder, report) == {}
    assert [finding.code for finding in report.diagnostics] == [code]


def test_a_dossier_may_have_no_data(tmp_path: Path) -> None:
    report = Report()
    assert read_data(Folder(tmp_path), report) == {}
    assert not report.diagnostics


def test_a_year_alone_is_a_date(mini: Folder) -> None:
    assert read_data(mini, Report())['faits'].source.date == '2025'


def test_mini_reads_every_format(mini: Folder) -> None:
    data = read_data(mini, Report())
    assert data['logements'].rows[0]['releve'] == datetime.date(2026, 2, 1)
    assert data['usages'].rows[1]['surface'] == 35.5
    assert len(data['contours'].geometries) == 4


def test_fingerprint_follows_content_and_description(mini: Folder) -> None:
    names = ('communes', 'population')
    first = data_fingerprint(names, read_data(mini, Report()))
    assert first == data_fingerprint(names, read_data(mini, Report()))
    path = mini.root / 'content' / 'data' / 'communes.csv'
    path.write_text(path.read_text(encoding='utf-8').replace('560', '561'), encoding='utf-8')
    assert data_fingerprint(names, read_data(mini, Report())) != first
    assert data_fingerprint(('population',), read_data(mini, Report())) != first
