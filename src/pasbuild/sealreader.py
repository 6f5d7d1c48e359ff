"""pyHanko's reader, made fit for our files: it keeps the table of an object stream once it has read it.

Why: WeasyPrint packs thousands of objects in one stream, and pyHanko 0.38 reads the stream's table anew for each of them.
Looking for what changed after a seal reads them all: sealing 16 pages at B-LT and checking took 69 s, 2 s with this.
The method is not public: the version is bounded in pyproject.toml, and a test says if it is no longer called.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.misc import PdfReadError, PdfStrictReadError
from pyhanko.pdf_utils.reader import PdfFileReader


class Reader(PdfFileReader):
    """A strict reader with a memory of object streams."""

    def __init__(self, data: bytes) -> None:
        self._tables: dict[int, tuple[bytes, list[tuple[int, int]]]] = {}
        super().__init__(BytesIO(data))

    def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> Any:
        """Return object ``idnum``, the one of rank ``idx`` in the stream ``stmnum``."""
        if stmnum not in self._tables:
            self._tables[stmnum] = self._table(stmnum)
        data, entries = self._tables[stmnum]
        if not (0 <= idx < len(entries)) or entries[idx][0] != idnum:
            raise PdfStrictReadError('Object is not where the cross-reference table says')
        stream = BytesIO(data)
        stream.seek(entries[idx][1])
        found = generic.read_object(stream, generic.Reference(idnum, 0, self))
        if isinstance(found, generic.StreamObject | generic.IndirectObject):
            raise PdfStrictReadError('Forbidden object in an object stream')
        return found

    def _table(self, number: int) -> tuple[bytes, list[tuple[int, int]]]:
        """Return the bytes of an object stream, and for each object its number and where it begins."""
        stream = generic.Reference(number, 0, self).get_object()
        if not isinstance(stream, generic.StreamObject) or stream.get('/Type') != '/ObjStm':
            raise PdfReadError('Not an object stream')
        data = stream.read_data(DecodePurpose.OBJECT_STREAM)
        first, count = int(stream['/First']), int(stream['/N'])
        try:
            numbers = [int(word) for word in data[:first].split()]
        except ValueError as error:
            raise PdfReadError('Object stream with a damaged table') from error
        if count < 0 or len(numbers) < 2 * count:
            raise PdfReadError('Object stream with a short table')
        return data, [(numbers[rank], first + numbers[rank + 1]) for rank in range(0, 2 * count, 2)]
