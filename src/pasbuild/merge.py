"""One PDF out of the PDFs of the parts, with all they carry: tags, bookmarks, destinations, links, labels, attachments.

Nothing is assumed of the trees beyond the standard (ISO 32000-1, 12.3, 12.4, 14.7): what stands under the top element of
each part follows under that of the first, parent trees are numbered anew, name trees are united. Catalogue, metadata and
output intent are those of the first part. What is the same byte for byte (colour profiles, fonts) is kept once. The same
parts give the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, String

LINK = 'renvoi:'
"""Scheme of a link to a place of another part, until that part is there."""
_TAG = re.compile(r'^/[A-Z]{6}\+')


def merge(files: Sequence[tuple[bytes, bool]], folios: bytes = b'') -> tuple[bytes, tuple[str, ...]]:
    """Return the merged PDF, and the ids that links look for in vain.

    Each file comes with whether it resumes the one before: its first element and its bookmarks then go on with the last
    element and under the last bookmark of that one. ``folios`` is a PDF of as many pages, laid over the others as artifacts (the page numbers). Raises ValueError when two
    parts give the same identifier to two elements.
    """
    target = pikepdf.open(BytesIO(files[0][0]))
    merged = _Merged(target)
    for data, resumes in files[1:]:  # one at a time: an open part weighs ten times its bytes
        merged.append(pikepdf.open(BytesIO(data)), resumes=resumes)
    merged.write()
    lost = _link(target, set(merged.names.get('/Dests', ())))
    if folios:
        _stamp(target, pikepdf.open(BytesIO(folios)))
    _name_subsets(target)
    _share(target)
    stream = BytesIO()
    target.save(stream, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return stream.getvalue(), lost


class _Merged:
    """The file being put together (that of the first part), and what is gathered on the way."""

    def __init__(self, target: pikepdf.Pdf) -> None:
        self.target = target
        self.tags: Any = None
        self.pages: list[tuple[Any, Object]] = []
        self.notes: list[tuple[Any, Object]] = []
        self.ids: dict[bytes, Object] = {}
        self.names: dict[str, dict[bytes, Object]] = {}
        self.outlines: list[Any] = []
        self.visible = 0
        self.files: list[Any] = []
        self.labels: list[tuple[int, dict[str, Any]]] = []
        self._gather(target.Root, 0)

    def append(self, source: pikepdf.Pdf, *, resumes: bool = False) -> None:
        """Append one part: its pages, then what its catalogue holds, whose references to pages then are to the copies."""
        first = len(self.target.pages)
        for page in source.pages:
            self.target.pages.append(page)
        kept = {key: value for key, value in source.Root.items() if key != '/Pages'}
        root = self.target.copy_foreign(source.make_indirect(Dictionary(kept)))
        for key, value in root.items():
            if key not in self.target.Root and key != '/StructTreeRoot':
                self.target.Root[key] = value
        self._gather(root, first, resumes=resumes)

    def _gather(self, root: Any, first: int, *, resumes: bool = False) -> None:
        """Note what the catalogue of one part holds; its pages begin at index ``first``."""
        if '/StructTreeRoot' in root:
            self._gather_parents(root.StructTreeRoot, first)
            self._gather_tags(root.StructTreeRoot, resumes=resumes)
        for kind, tree in root.get('/Names', {}).items():
            known = self.names.setdefault(kind, {})
            for key, value in _leaves(tree, '/Names'):
                known.setdefault(bytes(key), value)
        attached = {_file_name(file) for file in self.files}
        self.files += [file for file in root.get('/AF', ()) if _file_name(file) not in attached]
        if '/Outlines' in root and '/First' in root.Outlines:
            marks, count = [*_chain(root.Outlines.First)], int(root.Outlines.get('/Count', 0))
            if resumes and self.outlines:
                last = self.outlines[-1]
                _hang([*_chain(last.First), *marks] if '/First' in last else marks, last)
                last.Count = int(last.get('/Count', 0)) + count
            else:
                self.outlines += marks
            self.visible += count
        self.labels += _labels(root.get('/PageLabels'), first)

    def _gather_parents(self, tree: Any, first: int) -> None:
        """Note what each page and annotation of the part belongs to, by the keys it has in the part."""
        known = {int(key): value for key, value in _leaves(tree.get('/ParentTree', {}), '/Nums')}
        for page in list(self.target.pages)[first:]:
            if '/StructParents' in page.obj:
                self.pages.append((page.obj, known.pop(int(page.obj.StructParents))))
            for note in _annotations(page):
                if '/StructParent' in note:
                    self.notes.append((note, known.pop(int(note.StructParent))))
        if known:
            raise ValueError(f'the parent tree knows what is neither a page nor an annotation: {sorted(known)}')

    def _gather_tags(self, tree: Any, *, resumes: bool) -> None:
        for key, value in _leaves(tree.get('/IDTree', {}), '/Names'):
            if bytes(key) in self.ids:
                raise ValueError(f'{bytes(key)!r} identifies two elements')
            self.ids[bytes(key)] = value
        if self.tags is None:
            self.tags = tree
            return
        for name in ('/RoleMap', '/ClassMap'):
            for key, value in tree.get(name, {}).items():
                if name not in self.tags:
                    self.tags[name] = Dictionary()
                if key not in self.tags[name]:
                    self.tags[name][key] = value
        ours, kids = _top(self.tags), [*_kids(_top(tree))]
        if resumes and all('/S' in kid for kid in _kids(kids[0])):
            _adopt(_kids(ours)[-1], _kids(kids.pop(0)))
        _adopt(ours, kids)

    def write(self) -> None:
        """Write the trees into the catalogue."""
        root = self.target.Root
        if self.tags is not None:
            root.StructTreeRoot = self.tags
            self._write_parents()
            if self.ids:
                self.tags.IDTree = self._name_tree(self.ids)
        if self.names:
            root.Names = Dictionary({kind: self._name_tree(known) for kind, known in sorted(self.names.items())})
        if self.files:
            root.AF = Array(sorted(self.files, key=_file_name))
        if self.outlines:
            self._write_outlines()
        if self.labels:
            self._write_labels()

    def _write_parents(self) -> None:
        """Number pages first, then annotations, each in reading order."""
        numbers: list[Any] = []
        for key, (holder, value) in enumerate([*self.pages, *self.notes]):
            holder['/StructParents' if key < len(self.pages) else '/StructParent'] = key
            numbers += [key, value]
        self.tags.ParentTree = self.target.make_indirect(Dictionary(Nums=Array(numbers)))
        self.tags.ParentTreeNextKey = len(numbers) // 2

    def _name_tree(self, known: dict[bytes, Object]) -> Object:
        pairs = [item for key in sorted(known) for item in (String(key), known[key])]
        return self.target.make_indirect(Dictionary(Names=Array(pairs)))

    def _write_outlines(self) -> None:
        top = self.target.make_indirect(Dictionary(Type=Name.Outlines, Count=self.visible))
        _hang(self.outlines, top)
        self.target.Root.Outlines = top

    def _write_labels(self) -> None:
        """Write the page labels; one that only goes on with the numbers before it is left out."""
        numbers: list[Any] = []
        for index, (page, label) in enumerate(self.labels):
            before, known = self.labels[index - 1] if index else (0, {})
            if not index or label != known | {'/St': known.get('/St', 1) + page - before}:
                numbers += [page, Dictionary(label)]
        self.target.Root.PageLabels = self.target.make_indirect(Dictionary(Nums=Array(numbers)))


# --- trees ------------------------------------------------------------------------------------------------------------


def _leaves(tree: Any, kind: str) -> Iterator[tuple[Any, Any]]:
    """Yield the pairs of a name tree (``/Names``) or of a number tree (``/Nums``), in order."""
    items = tree.get(kind, ())
    for index in range(0, len(items), 2):
        yield items[index], items[index + 1]
    for kid in tree.get('/Kids', ()):
        yield from _leaves(kid, kind)


def _top(tree: Any) -> Any:
    """Return the element all others stand under: the only one of the root (Document), else the root itself."""
    kids = _kids(tree)
    return kids[0] if len(kids) == 1 else tree


def _kids(element: Any) -> Any:
    """Return the children of a structure element as an array of it."""
    kids = element.get('/K')
    if not isinstance(kids, Array):
        element.K = Array([] if kids is None else [kids])
    return element.K


def _adopt(element: Any, kids: Iterable[Any]) -> None:
    """Append structure elements to the children of another."""
    own = _kids(element)
    for kid in kids:
        if '/S' in kid:
            kid.P = element
        own.append(kid)


def _hang(marks: Sequence[Any], above: Any) -> None:
    """Make bookmarks the ones under another, in order."""
    above.First, above.Last = marks[0], marks[-1]
    for before, after in zip([None, *marks], [*marks, None], strict=True):
        if before is not None:
            before.Parent = above
            _set(before, '/Next', after)
        if after is not None:
            _set(after, '/Prev', before)


def _chain(item: Any) -> Iterator[Any]:
    while True:
        following = item.get('/Next')
        yield item
        if following is None:
            return
        item = following


def _labels(tree: Any, first: int) -> list[tuple[int, dict[str, Any]]]:
    """Return the page labels of a part whose pages begin at index ``first``; without any, its pages have their number.

    A part does not know what stands before it: labels that count its pages from 1 go on from the part before.
    """
    found = [(int(key), {name: label[name] for name in label.keys()}) for key, label in _leaves(tree or {}, '/Nums')]  # noqa: SIM118
    result = []
    for key, label in found:
        if '/S' in label and int(label.get('/St', 1)) == key + 1:
            label['/St'] = first + key + 1
        result.append((first + key, label))
    return result


def _file_name(file: Any) -> str:
    return str(file.get('/UF', file.get('/F', '')))


def _set(item: Any, key: str, value: Any) -> None:
    if value is not None:
        item[key] = value
    elif key in item:
        del item[key]


# --- links and page numbers -------------------------------------------------------------------------------------------


def _annotations(page: pikepdf.Page) -> Iterator[Any]:
    yield from page.obj.get('/Annots', ())


def _link(target: pikepdf.Pdf, known: set[bytes]) -> tuple[str, ...]:
    """Make links to other parts what links inside a part are; return the ids that are nowhere."""
    lost = []
    for page in target.pages:
        for note in _annotations(page):
            address = str(note.get('/A', {}).get('/URI', ''))
            if not address.startswith(LINK):
                continue
            name = unquote(address.removeprefix(LINK))
            if name.encode() not in known:
                lost.append(name)
            del note.A
            note.Dest = String(name)
            if str(note.get('/Contents', '')) == address:
                note.Contents = String(name)
    return tuple(dict.fromkeys(lost))


def _stamp(target: pikepdf.Pdf, folios: pikepdf.Pdf) -> None:
    """Lay the page numbers over the pages: an artifact, which screen readers pass over."""
    begin = target.make_stream(b'q')
    for number, (page, folio) in enumerate(zip(target.pages, folios.pages, strict=True), 1):
        if b'BT' not in folio.Contents.read_bytes():  # a page without a number: cover, openings
            continue
        form = target.copy_foreign(folio.as_form_xobject())
        name = page.add_resource(form, Name.XObject, Name(f'/Folio{number}'))
        end = target.make_stream(f'Q /Artifact <</Type /Pagination /Subtype /Footer>> BDC {name} Do EMC'.encode())
        contents = page.obj.Contents
        streams = list(contents) if isinstance(contents, Array) else [contents]
        page.obj.Contents = Array([begin, *streams, end])


# --- resources --------------------------------------------------------------------------------------------------------


def _name_subsets(target: pikepdf.Pdf) -> None:
    """Name each font subset after its bytes: two subsets of a font may not have the same name in one file (9.6.4)."""
    for font in target.objects:
        if not isinstance(font, Dictionary) or font.get('/Type') != Name.Font or '/BaseFont' not in font:
            continue
        holders = [font, *font.get('/DescendantFonts', ())]
        descriptor = next((holder.FontDescriptor for holder in holders if '/FontDescriptor' in holder), Dictionary())
        file = next((descriptor[key] for key in ('/FontFile', '/FontFile2', '/FontFile3') if key in descriptor), None)
        if file is None or not _TAG.match(str(font.BaseFont)):
            continue
        tag = ''.join(chr(ord('A') + byte % 26) for byte in hashlib.sha256(file.read_raw_bytes()).digest()[:6])
        for holder, key in (*((holder, '/BaseFont') for holder in holders), (descriptor, '/FontName')):
            holder[key] = Name(_TAG.sub(f'/{tag}+', str(holder[key])))


def _share(target: pikepdf.Pdf) -> None:
    """Keep once the resources of pages that are the same byte for byte."""
    kept: dict[bytes, Any] = {}
    done: dict[tuple[int, int], Any] = {}

    def shared(value: Any) -> Any:
        if not isinstance(value, Dictionary | Array | pikepdf.Stream):
            return value
        if value.is_indirect:
            if value.objgen in done:
                return done[value.objgen]
            done[value.objgen] = value  # what comes back to itself ends here
        for key in range(len(value)) if isinstance(value, Array) else value.keys():
            child = value[key]
            other = shared(child)
            if other is not child:
                value[key] = other
        if value.is_indirect:
            done[value.objgen] = kept.setdefault(_bytes(value), value)
            return done[value.objgen]
        return value

    for page in target.pages:
        if '/Resources' in page.obj:
            page.obj.Resources = shared(page.obj.Resources)


def _bytes(value: Any) -> bytes:
    if isinstance(value, pikepdf.Stream):
        raw = hashlib.sha256(value.read_raw_bytes()).digest()
        return b'stream' + raw + Dictionary(dict(value.items())).unparse()
    return bytes(value.unparse(resolved=True))
