"""Widths of the columns of a Word table: Word is given them, so that every program lays it out alike."""

from __future__ import annotations

import re

from pasbuild.model import Table, plain

_CHARACTER = 1.65
"""Average width of a character in a table, in millimetres, to share its width between its columns."""


def column_widths(block: Table, total: float) -> list[float]:
    """Share ``total`` millimetres between the columns: first so that no word, no date held together, is cut, then by their longest cell."""
    columns = [
        [plain(row[index].children) for row in (block.header, *(row.cells for row in block.rows))]
        for index in range(len(block.header))
    ]
    needed = [3 + max(len(word) for text in texts for word in re.split('[ /-]', text)) for texts in columns]
    wished = [max(min(max(map(len, texts)), 100) - least, 1) for texts, least in zip(columns, needed, strict=True)]
    spare = max(total / _CHARACTER - sum(needed), 0)
    shares = [least + spare * wish / sum(wished) for least, wish in zip(needed, wished, strict=True)]
    return [total * share / sum(shares) for share in shares]
