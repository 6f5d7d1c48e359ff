"""A table as a workbook for a spreadsheet: one sheet, made to be read, filtered and printed.

The words come from strangers: none is ever a formula or a link. The same table gives the same bytes.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence

import xlsxwriter

_LONGEST = 32_000
"""Characters a cell of a workbook may hold, rounded down (32 767)."""
_A3 = 8
_OPTIONS = {'in_memory': True, 'strings_to_formulas': False, 'strings_to_urls': False, 'strings_to_numbers': False}


def write_workbook(
    columns: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[str]],
    *,
    name: str,
    title: str,
    author: str,
    date: datetime.date,
) -> bytes:
    """Return a workbook of one sheet ``name``; ``columns``: title and width in characters; ``date``: of the document."""
    stream = io.BytesIO()
    workbook = xlsxwriter.Workbook(stream, _OPTIONS)
    created = datetime.datetime.combine(date, datetime.time())
    workbook.set_properties({'title': title, 'author': author, 'created': created})
    sheet = workbook.add_worksheet(name)
    head = workbook.add_format({'bold': True, 'text_wrap': True, 'valign': 'top', 'bottom': 2, 'bg_color': '#E7E9EB'})
    body = workbook.add_format({'text_wrap': True, 'valign': 'top', 'bottom': 4})
    for column, (heading, width) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, head)
    row = 0
    for row, line in enumerate(rows, 1):
        for column, text in enumerate(line):
            sheet.write_string(row, column, text[:_LONGEST], body)
    sheet.freeze_panes(1, 1)
    if row:
        sheet.autofilter(0, 0, row, len(columns) - 1)
    _print_setup(sheet)
    workbook.close()
    return stream.getvalue()


def _print_setup(sheet: xlsxwriter.worksheet.Worksheet) -> None:
    """All columns on the width of an A3 page, the header on each page."""
    sheet.set_landscape()
    sheet.set_paper(_A3)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
