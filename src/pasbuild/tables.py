"""Reading the tables that ``sources.yaml`` declares: CSV, sheets of XLSX and ODS workbooks, GeoJSON.

Why a module of its own: each format gives raw rows with their line; one checker types them, whatever the format. Every
cell that does not fit is a finding with file, line and column name.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NoReturn

from pasbuild.data import SOURCES, Colonne, Data, Dataset, Scalar, Source
from pasbuild.diagnostics import Level, Report, nearest
from pasbuild.formulas import CircularFormulaError, compute, compute_total, order
from pasbuild.model import Span
from pasbuild.project import MAX_BYTES, Folder, decode
from pasbuild.typography import CONTROL
from pasbuild.yamlfile import Yaml, read_yaml, validate

MAX_INFLATED = 10 * MAX_BYTES
"""Largest workbook read, once unpacked: an archive can hide a thousand times its weight."""
SHOWN = 50
"""Findings told one by one for each file of data; the rest are counted. A judgement."""
SHORT = 20
"""Characters of a faulty number quoted in a finding."""
RESERVED = ('total', 'nombre', 'max', 'min')
"""Keys that mean a calculation on all rows; a row of that name would be counted twice or never found."""


@dataclass(frozen=True, slots=True)
class _Raw:
    """A table before typing: header, rows of cells with the line each stands on, geometries if it is a map."""

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, Sequence[Any]], ...]
    geometries: tuple[dict[str, Any], ...] = ()


def read_data(folder: Folder, report: Report) -> dict[str, Dataset]:
    """Return every table of ``content/data/sources.yaml``, empty when the file does not exist."""
    if not (folder.root / SOURCES).exists():
        return {}
    text = folder.text(SOURCES, Span(SOURCES), report)
    declared = read_yaml(text, SOURCES, report) if text is not None else None
    if declared is None:
        return {}
    if not isinstance(declared.value, dict):
        report.add('lire.type', Span(SOURCES, 1), "Le fichier attend une table par clé.", "Exemple : « communes: … ».")
        return {}
    tables: dict[str, Dataset] = {}
    for name in declared.value:
        source = validate(Source, declared, report, (name,))
        if source is None:
            continue
        found = Report()
        dataset = _read_table(name, source, declared, folder, found)
        _pass_on(found, f'content/data/{source.fichier}', report)
        if dataset is not None:
            tables[name] = dataset
    return tables


def _pass_on(found: Report, file: str, report: Report) -> None:
    """Report what was found on a table; of its ``file``, the first findings and how many follow."""
    inside = [finding for finding in found.sorted() if finding.span.file == file]
    shown, hidden = (inside[:SHOWN], inside[SHOWN:]) if len(inside) > SHOWN + 1 else (inside, [])
    for finding in (*(finding for finding in found.diagnostics if finding.span.file != file), *shown):
        report.add(finding.code, finding.span, finding.message, finding.hint, finding.level)
    if hidden:
        message = f"… et {len(hidden)} autres constats dans ce fichier, à partir de cette ligne."
        level: Level = 'erreur' if any(finding.level == 'erreur' for finding in hidden) else 'avertissement'
        report.add(hidden[0].code, hidden[0].span, message, "Corrigez d'abord les premiers.", level)


def _read_table(name: str, source: Source, declared: Yaml, folder: Folder, report: Report) -> Dataset | None:
    span = declared.span((name,))
    try:
        computed = order(source.colonnes)
    except CircularFormulaError as error:
        message = f"Les calculs tournent en rond : {error}."
        report.add('donnee.calcul-circulaire', span, message, "Une colonne calculée ne peut pas dépendre d'elle-même.")
        return None
    except ValueError as error:
        report.add('donnee.calcul', span, str(error), "Formules : pasbuild explain donnee.calcul.")
        return None
    file = f'content/data/{source.fichier}'
    data = folder.bytes(file, declared.span((name, 'fichier')), report)
    raw = _read_raw(source, file, data, span, report) if data is not None else None
    if raw is None or not _check_names(source, raw, declared, name, report):
        return None
    rows = [_with_computed(row, computed, source.colonnes) for row in _typed(source, raw, report)]
    assert data is not None
    dataset = Dataset(name, source, tuple(rows), raw.geometries, hashlib.sha256(data).hexdigest())
    _check_keys(dataset, raw, report)
    _check_totals(dataset, file, report)
    return dataset


# --- formats ----------------------------------------------------------------------------------------------------------


def _read_raw(source: Source, file: str, data: bytes, span: Span, report: Report) -> _Raw | None:
    suffix = source.fichier.rpartition('.')[2].lower()
    match suffix:
        case 'csv':
            return _read_csv(file, data, report)
        case 'xlsx' | 'ods' | 'xls':
            return _read_workbook(source, file, data, span, report)
        case 'geojson':
            return _read_geojson(file, data, report)
    message = f"Le format « .{suffix} » ne se lit pas."
    report.add('donnee.format', span, message, "Formats lus : CSV, XLSX, ODS, GeoJSON.")
    return None


def _read_csv(file: str, data: bytes, report: Report) -> _Raw | None:
    text = decode(data, file, "Dans le tableur : « Enregistrer sous », CSV UTF-8.", report)
    if text is None:
        return None
    first = text.partition('\n')[0]
    separator = ';' if first.count(';') > first.count(',') else ','
    reader = csv.reader(io.StringIO(text, newline=''), delimiter=separator, strict=True)
    try:
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        message = "Le CSV ne se lit plus à partir d'ici : un guillemet n'est pas fermé, ou n'est pas à sa place."
        hint = "Un guillemet dans un texte se double : \"dit \"\"le bourg\"\"\"."
        report.add('donnee.format', Span(file, reader.line_num), message, hint)
        return None
    return _raw(file, lines, report)


def _inflated(data: bytes) -> int:
    """Return the size of a workbook (a ZIP archive) once unpacked, 0 for what is no archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        return 0


def _read_workbook(source: Source, file: str, data: bytes, span: Span, report: Report) -> _Raw | None:
    from python_calamine import CalamineError, CalamineWorkbook

    size = _inflated(data)
    if size > MAX_INFLATED:
        report.add(
            'securite.taille', Span(file), f"Le classeur pèse {size // 1_000_000} Mo une fois ouvert.", "Allégez-le."
        )
        return None
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = workbook.sheet_names
        if not source.feuille and len(names) == 1:
            sheet = workbook.get_sheet_by_index(0)
        elif source.feuille in names:
            sheet = workbook.get_sheet_by_name(source.feuille)
        else:
            message = f"Le classeur n'a pas de feuille « {source.feuille} »."
            report.add('donnee.feuille', span, message, nearest(source.feuille, names))
            return None
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError):
        hint = "Ouvrez-le dans le tableur et enregistrez-le de nouveau, en XLSX ou en ODS."
        report.add('donnee.format', Span(file), "Le classeur ne se lit pas.", hint)
        return None
    lines = [(number, row) for number, row in enumerate(rows, 1) if any(str(cell).strip() for cell in row)]
    return _raw(file, lines, report)


def _read_geojson(file: str, data: bytes, report: Report) -> _Raw | None:
    try:
        read = json.loads(data, parse_constant=_no_number, parse_float=_finite, parse_int=_integer)
        features = read['features']
        properties = [dict(feature['properties']) for feature in features]
        geometries = tuple(dict(feature['geometry']) for feature in features)
    except _NoNumberError as error:
        hint = "Refaites le fichier depuis sa source : une coordonnée est un nombre fini."
        report.add('donnee.format', Span(file), f"Dans le GeoJSON, « {error} » n'est pas un nombre.", hint)
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        hint = "Attendu : une « FeatureCollection » dont chaque objet a « properties » et « geometry »."
        report.add('donnee.format', Span(file), "Le GeoJSON ne se lit pas.", hint)
        return None
    header = tuple(dict.fromkeys(key for row in properties for key in row))
    rows = tuple((0, [row.get(key, '') for key in header]) for row in properties)
    return _Raw(file, header, rows, geometries)


class _NoNumberError(ValueError):
    """What stands for a number and is none; the text is how it is written."""


def _no_number(word: str) -> NoReturn:
    """Refuse NaN and Infinity, which JSON does not have."""
    raise _NoNumberError(word if len(word) <= SHORT else f'{word[:SHORT]}…')


def _finite(word: str) -> float:
    """Return a number; « 1e999 » is infinite, and no place."""
    number = float(word)
    return number if isfinite(number) else _no_number(word)


def _integer(word: str) -> int:
    """Return an integer that has its place among numbers."""
    _finite(word)
    return int(word)


def _raw(file: str, lines: list[tuple[int, list[Any]]], report: Report) -> _Raw | None:
    if len(lines) < 2:
        report.add('donnee.vide', Span(file), "La table n'a pas de ligne.", "Il faut un en-tête et une ligne au moins.")
        return None
    (top, header), *rows = lines
    names = tuple(str(name).strip() for name in header)
    while names and not names[-1]:  # spreadsheets leave empty columns on the right
        names = names[:-1]
    doubled = {name for name in names if names.count(name) > 1}
    for name in sorted(doubled):
        report.add('donnee.doublon', Span(file, top), f"La colonne « {name} » est deux fois dans l'en-tête.")
    for number, row in rows:
        if len(row) > len(names) and any(str(cell).strip() for cell in row[len(names) :]):
            message = f"La ligne a {len(row)} cellules pour {len(names)} colonnes."
            report.add(
                'donnee.format', Span(file, number), message, "Une virgule de trop ? Mettez le texte entre guillemets."
            )
    return None if doubled else _Raw(file, names, tuple(rows))


# --- checks -----------------------------------------------------------------------------------------------------------


def _check_names(source: Source, raw: _Raw, declared: Yaml, name: str, report: Report) -> bool:
    expected = {column for column, colonne in source.colonnes.items() if not colonne.calcul}
    absent = expected - set(raw.header)
    for column in sorted(absent):
        span = declared.span((name, 'colonnes', column))
        message = f"« {raw.file} » n'a pas de colonne « {column} »."
        report.add('donnee.colonne-absente', span, message, nearest(column, raw.header))
    for column in raw.header:
        if column not in expected:
            message = f"La colonne « {column} » n'est pas déclarée dans sources.yaml."
            hint = f"Ajoutez-la sous « {name}: colonnes: », ou retirez-la du fichier."
            report.add('donnee.colonne-non-declaree', Span(raw.file, 1), message, hint)
    for option in ('cle', 'valeur', 'unite_par_ligne', 'decimales_par_ligne', 'source_par_ligne', 'statut_par_ligne'):
        for column in getattr(source, option).split():
            if column not in source.colonnes:
                message = f"« {option} » cite une colonne « {column} » qui n'existe pas."
                report.add(
                    'donnee.colonne-absente', declared.span((name, option)), message, nearest(column, source.colonnes)
                )
                absent.add(column)
    return not absent


def _typed(source: Source, raw: _Raw, report: Report) -> Iterator[dict[str, Scalar]]:
    positions = {column: raw.header.index(column) for column, c in source.colonnes.items() if not c.calcul}
    for line, cells in raw.rows:
        row: dict[str, Scalar] = {}
        for column, position in positions.items():
            cell = cells[position] if position < len(cells) else ''
            row[column] = _cell(cell, column, source.colonnes[column], Span(raw.file, line), report)
        yield _with_decimals(row, source, Span(raw.file, line), report)


def _with_decimals(row: dict[str, Scalar], source: Source, span: Span, report: Report) -> dict[str, Scalar]:
    """Check the number of decimals a row gives for its value, if it gives one."""
    name = source.decimales_par_ligne
    value = row.get(name)
    if value is None or (isinstance(value, int) and 0 <= value <= 6):
        return row
    report.add('donnee.type', span, f"Colonne « {name} » : « {value} » n'est pas un nombre de décimales.", "De 0 à 6.")
    return {**row, name: None}


def _cell(cell: Any, name: str, colonne: Colonne, span: Span, report: Report) -> Scalar:
    text = '' if cell is None else CONTROL.sub('', str(cell)).strip()
    if not text:
        if not colonne.facultatif:
            hint = "Remplissez-la, ou déclarez la colonne « facultatif: true »."
            report.add('donnee.cellule-vide', span, f"La cellule de la colonne « {name} » est vide.", hint)
        return None
    try:
        return _convert(cell, text, colonne)
    except (ValueError, OverflowError):
        wanted = {'entier': "un entier", 'nombre': "un nombre", 'date': "une date AAAA-MM-JJ"}[colonne.type]
        hint = "Écrivez le nombre seul, sans unité ; point ou virgule décimale." if colonne.type != 'date' else ''
        report.add('donnee.type', span, f"Colonne « {name} » : « {text} » n'est pas {wanted}.", hint)
        return None


def _convert(cell: Any, text: str, colonne: Colonne) -> Scalar:
    match colonne.type:
        case 'texte':
            return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else text
        case 'date':
            if isinstance(cell, datetime.datetime):
                return cell.date()
            return cell if isinstance(cell, datetime.date) else datetime.date.fromisoformat(text)
    number = float(cell) if isinstance(cell, int | float) else float(_plain_number(text))
    if not isfinite(number):
        raise ValueError(text)
    if colonne.type == 'nombre':
        return number
    if not number.is_integer():
        raise ValueError(text)
    return int(number)


def _plain_number(text: str) -> str:
    """Return a number as typed in France in Python's form: no spaces between digits, a point, a plain minus."""
    return text.replace('\u00a0', '').replace('\u202f', '').replace(' ', '').replace('−', '-').replace(',', '.')


def _with_computed(row: dict[str, Scalar], computed: list[str], colonnes: Mapping[str, Colonne]) -> dict[str, Scalar]:
    for name in computed:
        row[name] = compute(name, row, colonnes)
    return {name: row[name] for name in colonnes}


def _check_keys(dataset: Dataset, raw: _Raw, report: Report) -> None:
    if not dataset.source.cle:
        return
    seen: dict[str, int] = {}
    for row, (line, _) in zip(dataset.rows, raw.rows, strict=True):
        key = dataset.key(row)
        if key in seen:
            message = f"La clé « {key} » est deux fois dans la table (déjà à la ligne {seen[key]})."
            report.add('donnee.doublon', Span(raw.file, line), message, f"Colonne clé : « {dataset.source.cle} ».")
        if key in RESERVED:
            hint = "Retirez la ligne de total (elle se calcule), ou donnez-lui un autre nom."
            report.add('donnee.cle-reservee', Span(raw.file, line), f"La clé « {key} » est réservée.", hint)
        seen.setdefault(key, line)


def _check_totals(dataset: Dataset, file: str, report: Report) -> None:
    for name, colonne in dataset.source.colonnes.items():
        if colonne.total is None:
            continue
        total = compute_total(name, dataset.rows, dataset.source.colonnes)
        if not isinstance(total, int | float) or abs(total - colonne.total) > 1e-6 * max(1.0, abs(colonne.total)):
            message = f"Colonne « {name} » : la somme fait {total}, la source annonce {colonne.total:g}."
            report.add('donnee.total', Span(file), message, "Cherchez la ligne en trop, en moins ou mal recopiée.")


def data_fingerprint(names: Sequence[str], data: Data) -> str:
    """Return one digest for the content and the description of some tables: the part of a cache key they stand for."""
    parts = [f'{name}:{data[name].sha256}:{data[name].source.model_dump_json()}' for name in names if name in data]
    return hashlib.sha256('\n'.join(parts).encode()).hexdigest()
