"""What a PDF says beside its look, as plain values to compare: text, structure, links, bookmarks, destinations, labels."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary
from pypdf import PdfReader

Dump = dict[str, Any]


def dump(data: bytes) -> Dump:
    """Return all of it; two files that dump the same read the same."""
    pdf = pikepdf.open(BytesIO(data))
    root: Any = pdf.Root
    ranks = {page.obj.objgen: rank for rank, page in enumerate(pdf.pages)}
    return {
        'text': [page.extract_text() for page in PdfReader(BytesIO(data)).pages],
        'structure': [element(kid, ranks, {}) for kid in root.StructTreeRoot.K],
        'ids': sorted(str(name) for name, _ in leaves(root.StructTreeRoot.get('/IDTree', {}), '/Names')),
        'links': [link(note) for page in pdf.pages for note in page.obj.get('/Annots', ())],
        'bookmarks': [*bookmarks(root.get('/Outlines', {}), ranks)],
        'visible': int(root.get('/Outlines', {}).get('/Count', 0)),
        'names': {
            (kind, str(name)): destination(value, ranks) if kind == '/Dests' else str(value.get('/UF', ''))
            for kind, tree in dict(root.get('/Names', {})).items()
            for name, value in leaves(tree, '/Names')
        },
        'labels': PdfReader(BytesIO(data)).page_labels,
        'files': [str(file.get('/UF', '')) for file in root.get('/AF', ())],
        'metadata': bytes(root.Metadata.read_bytes()) if '/Metadata' in root else b'',
        'info': {key: str(value) for key, value in pdf.docinfo.items()},
        'catalogue': sorted(root.keys()),
        'sizes': [[float(side) for side in page.mediabox] for page in pdf.pages],
    }


def leaves(tree: Any, kind: str) -> Iterator[tuple[Any, Any]]:
    items = tree.get(kind, ())
    yield from zip(list(items)[::2], list(items)[1::2], strict=True)
    for kid in tree.get('/Kids', ()):
        yield from leaves(kid, kind)


def element(item: Any, ranks: dict[tuple[int, int], int], names: dict[str, int], page: int = -1) -> Any:
    """Return one structure element; identifiers become ranks inside their table, as raw ones differ between two layouts."""
    if not isinstance(item, Dictionary):
        return page, int(item)
    page = ranks[item.Pg.objgen] if '/Pg' in item else page
    if item.get('/Type') == '/OBJR':
        return 'OBJR', page, link(item.Obj)
    if item.get('/Type') == '/MCR':
        return page, int(item.MCID)
    if item.S == '/Table':
        names = {}
    own = [names.setdefault(str(item.ID), len(names))] if '/ID' in item else []
    attributes = {key: value for key, value in item.get('/A', {}).items() if key != '/Headers'}
    table: Any = item.get('/A', {})
    heads = [names.setdefault(str(name), len(names)) for name in table.get('/Headers', ())]
    said = [str(item[key]) for key in ('/Alt', '/E', '/ActualText', '/Lang') if key in item]
    inner = [element(kid, ranks, names, page) for kid in children(item)]
    return str(item.S), own, heads, said, {key: str(value) for key, value in attributes.items()}, inner


def children(item: Any) -> list[Any]:
    kids = item.get('/K')
    return list(kids) if isinstance(kids, Array) else [] if kids is None else [kids]


def link(note: Any) -> tuple[str, ...]:
    keys = ('/Subtype', '/Dest', '/Contents')
    return *(str(note.get(key, '')) for key in keys), str(note.get('/A', {}).get('/URI', ''))


def bookmarks(item: Any, ranks: dict[tuple[int, int], int], depth: int = 0) -> Iterator[Any]:
    child = item.get('/First')
    before = None
    while child is not None:
        assert child.Parent.objgen == item.objgen
        assert (child.Prev.objgen if '/Prev' in child else None) == before
        yield depth, str(child.Title), destination(child.Dest, ranks), int(child.get('/Count', 0))
        yield from bookmarks(child, ranks, depth + 1)
        before, child = child.objgen, child.get('/Next')


def destination(value: Any, ranks: dict[tuple[int, int], int]) -> tuple[Any, ...]:
    target = value.D if isinstance(value, Dictionary) else value
    return ranks[target[0].objgen], *(round(float(number), 1) for number in list(target)[2:])


def check_ways_back(data: bytes) -> int:
    """Check that the parent tree leads from each content and link to the element that holds it; return how many."""
    pdf = pikepdf.open(BytesIO(data))
    root: Any = pdf.Root.StructTreeRoot
    parents = {int(key): value for key, value in leaves(root.ParentTree, '/Nums')}
    assert list(parents) == sorted(parents)
    assert int(root.get('/ParentTreeNextKey', max(parents) + 1)) == max(parents) + 1
    ranks = {page.obj.objgen: page.obj for page in pdf.pages}
    found = 0
    stack: list[tuple[Any, Any]] = [(root, kid) for kid in root.K]
    while stack:
        above, item = stack.pop()
        assert item.P.objgen == above.objgen
        for kid in children(item):
            if isinstance(kid, Dictionary) and kid.get('/Type') == '/OBJR':
                assert parents[int(kid.Obj.StructParent)].objgen == item.objgen
            elif isinstance(kid, Dictionary) and '/S' in kid:
                stack.append((item, kid))
                continue
            else:
                holder: Any = kid if isinstance(kid, Dictionary) else item
                mark = int(kid.MCID if isinstance(kid, Dictionary) else kid)
                page = ranks[(holder if '/Pg' in holder else item).Pg.objgen]
                assert parents[int(page.StructParents)][mark].objgen == item.objgen
            found += 1
    return found
