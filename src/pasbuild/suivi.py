"""The « tableau de suivi des avis », as a workbook or as CSV.

The words come from strangers: none is ever a formula. The same ledger gives the same bytes.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from pasbuild.build import write_files
from pasbuild.diagnostics import Report
from pasbuild.project import Folder, read_dossier
from pasbuild.registre import COLUMNS, read_registre, received, rows
from pasbuild.wordpackage import canonical_zip, unzipped

_WIDTHS = (22, 22, 11, 14, 48, 48, 12, 36, 48)
_FORMULA = ('=', '+', '-', '@', '\t', '\r')
_CELL = 32_000
"""Characters a cell of a workbook holds, or nearly (32 767)."""


def write_table(folder: Folder, path: Path, report: Report) -> int:
    """Write the table at ``path`` (``.xlsx`` or ``.csv``) and return its number of rows; nothing after a finding."""
    dossier, registre = read_dossier(folder, report), read_registre(folder, report)
    retours = received(folder, report)
    if dossier is None or registre is None or report.failed():
        return 0
    table = [*rows(registre, retours)]
    title = f"Tableau de suivi des avis : {dossier.titre} du SCoT {dossier.scot}"
    data = as_csv(table) if path.suffix.lower() == '.csv' else as_xlsx(table, title, dossier.date)
    write_files(path.parent, {path.name: data})
    return len(table)


def as_csv(table: Sequence[Sequence[str]]) -> bytes:
    """Return the table as spreadsheets read CSV in France: semicolons, byte order mark. No cell starts a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=';', lineterminator='\r\n')
    writer.writerow(COLUMNS)
    writer.writerows([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in table)
    return out.getvalue().encode('utf-8-sig')


def as_xlsx(table: Sequence[Sequence[str]], title: str, date: datetime.date) -> bytes:
    """Return the table as a workbook: header repeated on each page, filters, all cells text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {'in_memory': True, 'strings_to_formulas': False, 'strings_to_urls': False})
    book.set_properties({'title': title, 'created': datetime.datetime.combine(date, datetime.time())})
    sheet = book.add_worksheet("Suivi des avis")
    head = book.add_format({'bold': True, 'text_wrap': True, 'valign': 'top', 'bottom': 1, 'bg_color': '#E7E9EB'})
    body = book.add_format({'text_wrap': True, 'valign': 'top'})
    for column, (name, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, head)
    for number, row in enumerate(table, 1):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell[:_CELL], body)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(table), 1), len(COLUMNS) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    book.close()
    return canonical_zip(unzipped(out.getvalue()))
