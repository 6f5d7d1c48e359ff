"""The tables and the perimeter of a folder meant for the Géoportail de l'urbanisme, read and judged.

Columns, lengths, codes, what several cells or the package say together, and the geometry. A format that is not read here
is said not to have been.
"""

from __future__ import annotations

import csv
import io
import re
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import shapefile
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from pasbuild.diagnostics import Report
from pasbuild.gpumodel import GEOGRAPHY, TABLE_FORMATS, UNKNOWN_DATE, Names, is_day, model
from pasbuild.model import Span

MAX_TABLE = 50 << 20
MAX_POINTS = 200_000
"""Points of a perimeter above which the portal finds it too complex to draw."""
_SHAPE = ('shp', 'shx', 'dbf')
Rows = list[dict[str, str]]


def check_tables(found: Mapping[str, Path], names: Names, report: Report) -> None:
    """Report everything wrong in the three tables and the perimeter. ``found``: the files by their path in the folder."""
    _Tables(found, names, report).check()


@dataclass(frozen=True, slots=True)
class _Tables:
    found: Mapping[str, Path]
    names: Names
    report: Report

    def add(self, code: str, name: str, error: str, message: str, hint: str, line: int = 1) -> None:
        self.report.add(code, Span(name, line), f"[{error}] {message}", hint)

    def check(self) -> None:
        """Judge the three tables. A format that is not read here is said not to be."""
        for table in model().tables:
            folder = f'{GEOGRAPHY}/' if table == 'PERIMETRE_SCOT' else ''
            stem = f'{folder}{self.names.table(table)}'.lower()
            known = {name.lower(): name for name in self.found}
            kinds = [kind for kind in TABLE_FORMATS if f'{stem}.{kind}' in known]
            if not kinds:
                place = f'{folder}{self.names.table(table)}'
                self.add('gpu.table', place, 'FILE_MISSING_MANDATORY', f"La table {table} manque.", "Ajoutez-la.")
                continue
            name = known[f'{stem}.{kinds[0]}']
            rows = self.rows(name, self.found[name])
            if rows is not None:
                self.rows_of(table, name, rows)
            if table == 'PERIMETRE_SCOT':
                self.perimeter(name.rpartition('.')[0])

    def rows(self, name: str, path: Path) -> Rows | None:
        """Return the rows of a table, None after a finding when it cannot be read."""
        kind = path.suffix.lower() if path.stat().st_size <= MAX_TABLE else ''
        try:
            if kind == '.csv':
                return _csv_rows(path.read_bytes())
            if kind == '.dbf':
                with shapefile.Reader(dbf=io.BytesIO(path.read_bytes()), encoding='utf-8') as table:
                    return [
                        {key: str(value or '') for key, value in record.as_dict().items()}
                        for record in table.iterRecords()
                    ]
        except UnicodeDecodeError:
            self.add(
                'gpu.table',
                name,
                'TABLE_UNEXPECTED_ENCODING',
                f"« {name} » n'est pas en UTF-8.",
                "Enregistrez-la en UTF-8.",
            )
            return None
        except (ValueError, csv.Error, shapefile.ShapefileException, IndexError, struct.error) as fault:
            self.add('gpu.table', name, 'FILE_NOT_OPENED', f"« {name} » ne se lit pas ({fault}).", "Refaites la table.")
            return None
        message = f"« {name} » est trop grande ou dans un format que ce contrôle ne lit pas : son contenu n'a pas été vérifié."
        self.report.warn('gpu.non-verifie', Span(name), message, "Le validateur du portail le lira.")
        return None

    def rows_of(self, table: str, name: str, rows: Rows) -> None:
        columns = model().tables[table]
        missing = [column for column in columns if rows and column not in rows[0]]
        for column in missing:
            message = f"La colonne {column} de {table} manque."
            self.add(
                'gpu.table',
                name,
                'TABLE_MISSING_ATTRIBUTE',
                message,
                "Ajoutez-la, même vide si la valeur est facultative.",
            )
        sizes = {'DOC_URBA': (1, 'CNIG_IDURBA_NOT_FOUND'), 'PERIMETRE_SCOT': (1, 'CNIG_PERIMETRE_SCOT_UNEXPECTED_SIZE')}
        expected, error = sizes.get(table, (0, ''))
        if not rows or (expected and len(rows) != expected):
            error = error or 'CNIG_DOC_URBA_COM_UNEXPECTED_SIZE'
            error = 'CNIG_IDURBA_MULTIPLE_FOUND' if table == 'DOC_URBA' and len(rows) > 1 else error
            message = (
                f"{table} a {len(rows)} ligne{'s' if len(rows) > 1 else ''} : {expected or 'au moins une'} attendue."
            )
            self.add('gpu.table', name, error, message, "Une seule ligne, ou une par commune pour DOC_URBA_COM.")
        for line, row in enumerate(rows, 2):
            for column in columns:
                if column not in missing:
                    self.cell(table, name, line, column, (row.get(column) or '').strip())
            self.row(table, name, line, row)
        if table == 'DOC_URBA_COM':
            for insee, count in Counter(row.get('INSEE', '') for row in rows).items():
                if insee and count > 1:
                    self.add(
                        'gpu.table',
                        name,
                        'ATTRIBUTE_NOT_UNIQUE',
                        f"La commune {insee} est {count} fois.",
                        "Gardez une ligne.",
                    )

    def cell(self, table: str, name: str, line: int, column: str, value: str) -> None:
        rule = model().tables[table][column]
        where = f"{table}.{column}"
        if not value:
            if rule.valeur:
                self.add(
                    'gpu.table', name, 'ATTRIBUTE_UNEXPECTED_NULL', f"{where} est vide.", "Donnez une valeur.", line
                )
        elif len(value) > rule.longueur:
            message = f"{where} a {len(value)} caractères, {rule.longueur} au plus."
            self.add('gpu.table', name, 'ATTRIBUTE_SIZE_EXCEEDED', message, "Raccourcissez-la.", line)
        elif rule.parmi and value not in rule.parmi:
            message = f"{where} vaut « {value} » : {', '.join(rule.parmi)} attendu."
            self.add('gpu.table', name, 'ATTRIBUTE_UNEXPECTED_VALUE', message, "Prenez un code du standard.", line)
        elif rule.forme and not re.fullmatch(rule.forme, value):
            errors = {'INSEE': 'CNIG_INSEE_INVALID', 'SIREN': 'CNIG_SIREN_INVALID'}
            error = errors.get(column, 'ATTRIBUTE_INVALID_REGEXP')
            self.add(
                'gpu.table',
                name,
                error,
                f"{where} vaut « {value} », qui n'a pas la forme attendue.",
                "Corrigez-la.",
                line,
            )

    def row(self, table: str, name: str, line: int, row: Mapping[str, str]) -> None:
        """Judge what several columns, or the package, say together."""
        idurba = (row.get('IDURBA') or '').strip()
        if idurba and idurba.upper() != self.names.root.upper():
            message = f"IDURBA vaut « {idurba} », le dossier s'appelle « {self.names.root} »."
            self.add('gpu.table', name, 'CNIG_IDURBA_UNEXPECTED', message, "IDURBA est le nom du dossier.", line)
        if table != 'DOC_URBA':
            return
        for column, expected in (('DATAPPRO', self.names.date), ('SIREN', self.names.siren)):
            value = (row.get(column) or '').strip()
            if value and value != expected:
                message = f"{column} vaut « {value} », le dossier dit « {expected} »."
                self.add(
                    'gpu.table',
                    name,
                    'ATTRIBUTE_UNEXPECTED_VALUE',
                    message,
                    "Une seule valeur dans tout le dossier.",
                    line,
                )
        if row.get('ETAT') in model().etats_finis and not (row.get('DATEFIN') or '').strip():
            message = f"DATEFIN est vide alors que ETAT vaut {row.get('ETAT')}."
            self.add('gpu.table', name, 'ATTRIBUTE_UNEXPECTED_NULL', message, "Donnez la date de fin.", line)
        if self.names.date == UNKNOWN_DATE and row.get('ETAT') == '03':
            message = "ETAT vaut 03 (opposable) sans date d'approbation."
            self.add(
                'gpu.table',
                name,
                'ATTRIBUTE_UNEXPECTED_VALUE',
                message,
                "Un document opposable a une date d'approbation.",
                line,
            )
        if (end := (row.get('DATEFIN') or '').strip()) and not is_day(end):
            self.add(
                'gpu.table',
                name,
                'ATTRIBUTE_INVALID_FORMAT',
                f"DATEFIN « {end} » n'est pas une date.",
                "AAAAMMJJ.",
                line,
            )
        for column in ('PAS', 'DOO', 'DAAC'):
            value = (row.get(column) or '').strip()
            if value and value.lower() != self.names.piece(column.lower()).lower():
                message = f"{column} nomme « {value} », qui n'est pas dans le dossier sous ce nom."
                hint = f"Nom attendu : {self.names.piece(column.lower())}"
                self.add('gpu.table', name, 'ATTRIBUTE_FILE_NOT_FOUND', message, hint, line)

    # --- geometry ---

    def perimeter(self, stem: str) -> None:
        known = {name.lower(): path for name, path in self.found.items()}
        parts = {kind: known.get(f'{stem}.{kind}'.lower()) for kind in (*_SHAPE, 'prj')}
        if not parts['shp']:
            if parts['dbf']:
                message = "PERIMETRE_SCOT n'a pas de géométrie (.shp)."
                self.add(
                    'gpu.geometrie', stem, 'TABLE_MISSING_GEOMETRY', message, "Ajoutez les fichiers .shp, .shx et .prj."
                )
            return
        if any(path.stat().st_size > MAX_TABLE for path in parts.values() if path):
            message = f"Le périmètre pèse plus de {MAX_TABLE >> 20} Mio : il n'est pas lu."
            self.add(
                'gpu.geometrie', stem, 'CNIG_GEOMETRY_COMPLEXITY_ERROR', message, "Prenez un contour moins détaillé."
            )
            return
        if not parts['prj'] or b'RGF' not in parts['prj'].read_bytes()[:2000].upper():
            message = "La projection du périmètre n'est pas dite, ou n'est pas le Lambert-93."
            self.add(
                'gpu.geometrie',
                stem,
                'ATTRIBUTE_GEOMETRY_INVALID_DATA_EXTENT',
                message,
                "Ajoutez le fichier .prj (EPSG:2154).",
            )
        try:
            data = {kind: io.BytesIO(path.read_bytes()) for kind, path in parts.items() if path and kind in _SHAPE}
            with shapefile.Reader(**data, encoding='utf-8') as reader:
                shapes = [shape(found.__geo_interface__) for found in reader.iterShapes()]
        except (
            ValueError,
            shapefile.ShapefileException,
            shapely.errors.ShapelyError,
            IndexError,
            KeyError,
            struct.error,
        ) as fault:
            message = f"Le périmètre ne se lit pas ({fault})."
            self.add(
                'gpu.geometrie', stem, 'ATTRIBUTE_GEOMETRY_INVALID_FORMAT', message, "Refaites le fichier de formes."
            )
            return
        for outline in shapes:
            self.outline(stem, outline)

    def outline(self, stem: str, outline: BaseGeometry) -> None:
        if outline.is_empty or outline.geom_type not in ('Polygon', 'MultiPolygon'):
            message = "Le périmètre n'est pas une surface."
            self.add('gpu.geometrie', stem, 'ATTRIBUTE_GEOMETRY_INVALID', message, "Un polygone est attendu.")
            return
        if not outline.is_valid:
            message = f"Le périmètre n'est pas valide : {shapely.is_valid_reason(outline)}."
            self.add('gpu.geometrie', stem, 'ATTRIBUTE_GEOMETRY_INVALID', message, "Refaites l'union des communes.")
        left, bottom, right, top = outline.bounds
        if not (0 < left < right < 1_300_000 and 6_000_000 < bottom < top < 7_200_000):
            message = "Le périmètre est hors de France métropolitaine en Lambert-93."
            self.add(
                'gpu.geometrie',
                stem,
                'ATTRIBUTE_GEOMETRY_INVALID_DATA_EXTENT',
                message,
                "Coordonnées en mètres, EPSG:2154.",
            )
        if shapely.get_num_coordinates(outline) > MAX_POINTS:
            message = f"Le périmètre a plus de {MAX_POINTS} points."
            self.add(
                'gpu.geometrie', stem, 'CNIG_GEOMETRY_COMPLEXITY_ERROR', message, "Prenez un contour moins détaillé."
            )
        holes = sum(len(part.interiors) for part in shapely.get_parts(outline))
        if holes:
            message = f"Le périmètre a {holes} trou{'s' if holes > 1 else ''} : une commune manque-t-elle ?"
            self.report.warn(
                'gpu.trou', Span(stem), message, "S'il s'agit d'une enclave, laissez-le ; sinon refaites l'union."
            )


def _csv_rows(data: bytes) -> Rows:
    text = data.decode('utf-8-sig')
    first = text.partition('\n')[0]
    return list(csv.DictReader(io.StringIO(text), delimiter=max(',;|\t', key=first.count), strict=True))
