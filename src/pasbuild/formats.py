"""What kind of file a file is, from its bytes: MIME type and PRONOM identifier, as archives want them.

Why from the bytes: a PDF announced as PDF/A-3a that is not one misleads the archives for ever. What is not recognised is
given no identifier rather than a likely one. Identifiers: The National Archives, PRONOM; confirmed by ``opf-fido`` in the tests.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass

_PDF_A = {
    ('1', 'A'): 'fmt/95',
    ('1', 'B'): 'fmt/354',
    ('2', 'A'): 'fmt/476',
    ('2', 'B'): 'fmt/477',
    ('2', 'U'): 'fmt/478',
    ('3', 'A'): 'fmt/479',
    ('3', 'B'): 'fmt/480',
    ('3', 'U'): 'fmt/481',
}
_PDF = {f'1.{minor}': f'fmt/{14 + minor}' for minor in range(7)} | {'1.7': 'fmt/276', '2.0': 'fmt/1129'}
_CONTROL = re.compile(r'[\x00-\x08\x0b\x0c\x0e-\x1f]')
_PART = re.compile(rb'pdfaid:part(?:>|=["\'])\s*(\d)')
_LEVEL = re.compile(rb'pdfaid:conformance(?:>|=["\'])\s*([ABU])', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format. ``pronom`` is empty when no identifier can be given for sure."""

    nom: str
    mime: str
    pronom: str


_UNKNOWN = Format("Format non reconnu", 'application/octet-stream', '')


def identify(data: bytes, name: str) -> Format:
    """Return the format of a file from its bytes, its name telling plain texts apart."""
    if data.startswith(b'%PDF-'):
        return _pdf(data)
    if data.startswith(b'PK\x03\x04'):
        return _zip(data)
    return _text(data, name.rpartition('.')[2].lower())


def _pdf(data: bytes) -> Format:
    """Tell a PDF by what its metadata claim, else by its header. The claim is for ``pasbuild verify`` to prove."""
    part, level = _PART.search(data), _LEVEL.search(data)
    if part and level:
        claim = part[1].decode(), level[1].decode().upper()
        return Format(f"PDF/A-{claim[0]}{claim[1].lower()}", 'application/pdf', _PDF_A.get(claim, ''))
    version = data[5:8].decode('ascii', 'replace')
    return Format(f"PDF {version}", 'application/pdf', _PDF.get(version, ''))


def _zip(data: bytes) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return _UNKNOWN
    for main, name, mime, pronom in (
        ('word/document.xml', "Word (OOXML)", 'wordprocessingml.document', 'fmt/412'),
        ('xl/workbook.xml', "Excel (OOXML)", 'spreadsheetml.sheet', 'fmt/214'),
    ):
        if main in names and '[Content_Types].xml' in names:
            return Format(name, f'application/vnd.openxmlformats-officedocument.{mime}', pronom)
    return Format("ZIP", 'application/zip', 'x-fmt/263')


def _text(data: bytes, suffix: str) -> Format:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _UNKNOWN
    if _CONTROL.search(text) or (suffix in ('json', 'xml') and not _is_sound(text, suffix)):
        return _UNKNOWN
    known = {
        'json': Format("JSON", 'application/json', 'fmt/817'),
        'xml': Format("XML", 'application/xml', 'fmt/101'),
        'csv': Format("CSV", 'text/csv', 'x-fmt/18'),
        'md': Format("Markdown", 'text/markdown', 'fmt/1149'),
        'txt': Format("Texte", 'text/plain', 'x-fmt/111'),
    }
    return known.get(suffix, _UNKNOWN)


def _is_sound(text: str, suffix: str) -> bool:
    if suffix == 'xml':
        return text.lstrip('\ufeff').startswith('<?xml')
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
