"""Faults of a Word file that validators miss and that Word answers by "unreadable content", or by losing text.

Neither Microsoft's SDK nor its ports report them: doubled bookmark, paragraph or control numbers, bookmarks or fields not
closed, text lost inside a deletion, files fetched from outside. Every Word file we write goes through here first: a fault
is one of the program, never of the dossier.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO

from lxml import etree

from pasbuild.diagnostics import ExitCode, PasbuildError

_W = '{http://schemas.openxmlformats.org/wordprocessingml/2006/main}'
_W14 = '{http://schemas.microsoft.com/office/word/2010/wordml}'
_MAX_BOOKMARK = 40


def check_word(data: bytes) -> bytes:
    """Return the file as it is. Raises PasbuildError (invalid output) when it has one of the faults."""
    found = lint(data)
    if found:
        message = "Le document Word n'est pas sain : défaut du programme.\n"
        raise PasbuildError(message + '\n'.join(found[:20]), ExitCode.INVALID_OUTPUT)
    return data


def lint(data: bytes) -> list[str]:
    """Return the faults of a Word file, each with the part it is in."""
    found = []
    with zipfile.ZipFile(BytesIO(data)) as package:
        names = [name for name in package.namelist() if name.endswith(('.xml', '.rels'))]
        for name in names:
            if name.endswith('.rels'):
                found += [f'{name}: {fault}' for fault in _outside(etree.fromstring(package.read(name)))]
            elif name.startswith('word/'):
                found += [f'{name}: {fault}' for fault in lint_part(etree.fromstring(package.read(name)))]
    return found


def lint_part(root: etree._Element) -> list[str]:
    """Return the faults of one part."""
    marks = [*root.iter(f'{_W}bookmarkStart')]
    names = [_attribute(mark, 'name') for mark in marks]
    controls = [_attribute(mark, 'val') for mark in root.iterfind(f'.//{_W}sdtPr/{_W}id')]
    places = [found for item in root.iter(f'{_W}p') if (found := item.get(f'{_W14}paraId'))]
    return [
        *(f'bookmark twice: {name}' for name in _doubled(name.lower() for name in names)),
        *(f'bookmark too long: {name}' for name in names if len(name) > _MAX_BOOKMARK),
        *_bookmarks(marks, [*root.iter(f'{_W}bookmarkEnd')]),
        *(f'paraId twice: {place}' for place in _doubled(places)),
        *(f'control twice: {control}' for control in _doubled(controls)),
        *_fields(root),
        *('text in a deletion' for removed in root.iter(f'{_W}del') if next(removed.iter(f'{_W}t'), None) is not None),
    ]


def _attribute(element: etree._Element, name: str) -> str:
    return str(element.get(f'{_W}{name}') or '')


def _doubled(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _bookmarks(starts: Iterable[etree._Element], ends: Iterable[etree._Element]) -> Iterator[str]:
    opened = Counter(_attribute(mark, 'id') for mark in starts)
    closed = Counter(_attribute(mark, 'id') for mark in ends)
    for key in opened | closed:
        if (opened[key], closed[key]) != (1, 1):
            yield f'bookmark open or doubled: {key}'


def _fields(root: etree._Element) -> Iterator[str]:
    depth = 0
    for mark in root.iter(f'{_W}fldChar'):
        depth += {'begin': 1, 'end': -1}.get(_attribute(mark, 'fldCharType'), 0)
        if depth < 0:
            yield 'field end without begin'
            depth = 0
    if depth:
        yield 'field not closed'


def _outside(root: etree._Element) -> Iterator[str]:
    """Yield what a relationship would fetch from outside; links a reader follows are no fault."""
    for relation in root:
        kind = str(relation.get('Type') or '').rpartition('/')[2]
        if relation.get('TargetMode') == 'External' and kind != 'hyperlink':
            yield f'external {kind}: {relation.get("Target")}'
