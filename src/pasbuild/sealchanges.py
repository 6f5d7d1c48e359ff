"""What came after a seal: only proofs, time stamps and further seals, or something else.

Why not pyHanko's own analysis: it lists every path to every object, and a document whose pages share their resources,
as ours do, has too many (140 pages: given up after three minutes; with this, the whole check takes a second). Ours is narrower,
hence simpler: it looks only at the objects an update replaces, and accepts for each what sealing has to change in it.
Whatever is not on that list, a visible field added later included, counts as a change to the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from lxml import etree
from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import DiffPolicy, DiffResult, ModificationLevel, SuspiciousModification

_WRITER_NOTES = ('ModifyDate', 'MetadataDate', 'Producer')
"""Properties a program that updates a file has to change (XMP; ModDate and Producer in the information dictionary)."""


class Additions(DiffPolicy):
    """Accepts updates that add proofs, time stamps and invisible seals, and change nothing else."""

    def apply(self, old: Any, new: Any, field_mdp_spec: Any = None, doc_mdp: Any = None) -> DiffResult:  # noqa: ARG002
        """Compare two revisions that follow each other."""
        return DiffResult(_Step(old, new).level(), set())

    def review_file(
        self,
        reader: PdfFileReader,
        base_revision: int | HistoricalResolver,
        field_mdp_spec: Any = None,  # noqa: ARG002
        doc_mdp: Any = None,  # noqa: ARG002
    ) -> DiffResult | SuspiciousModification:
        """Go through all revisions after the sealed one."""
        first = base_revision if isinstance(base_revision, int) else base_revision.revision
        level = ModificationLevel.NONE
        try:
            for revision in range(first, reader.total_revisions - 1):
                pair = (reader.get_historical_resolver(revision), reader.get_historical_resolver(revision + 1))
                level = max(level, _Step(*pair).level())
        except SuspiciousModification as found:
            return found
        except (
            PdfError,
            KeyError,
            ValueError,
            TypeError,
            IndexError,
            AttributeError,
        ) as error:  # not built as ours are
            return SuspiciousModification(str(error))
        return DiffResult(level, set())


class _Step:
    """One update: the document before and after."""

    def __init__(self, old: HistoricalResolver, new: HistoricalResolver) -> None:
        self.old, self.new = old, new
        self.fields = list(self._new_fields())

    def level(self) -> ModificationLevel:
        """Return what kind of update it is. Raises SuspiciousModification if it touches the document itself."""
        _need(self.old.root_ref.idnum == self.new.root_ref.idnum, 'another catalog')
        _need(not set(self.new.refs_freed_in_revision()), 'objects removed')
        seals = [self._check_field(one) for one in self.fields]
        roles = self._roles()
        for reference in self.new.explicit_refs_in_revision():
            if self.old.is_ref_unassignable(reference):
                continue  # new: it only shows if something replaced leads to it
            _need(reference.idnum in roles, f'object {reference.idnum} replaced')
            roles[reference.idnum](self.old.get_object(reference), self.new.get_object(reference))
        return ModificationLevel.FORM_FILLING if any(seals) else ModificationLevel.LTA_UPDATES

    def _new_fields(self) -> Iterator[IndirectObject]:
        before = {_bytes(one) for one in _raw_items(_at(_form_of(self.old), '/Fields', []))}
        for one in _raw_items(_at(_form_of(self.new), '/Fields', [])):
            if _bytes(one) not in before:
                yield one

    def _check_field(self, field: IndirectObject) -> bool:
        """Check a field that was not there before; return True for a seal, False for a time stamp."""
        _need(self.old.is_ref_unassignable(field.reference), 'object made a field')
        found = field.get_object()
        _need(found['/FT'] == '/Sig' and not {'/Kids', '/Parent', '/A', '/AA'} & set(found), 'not a signature field')
        left, bottom, right, top = found['/Rect']
        _need(left == right or bottom == top, 'visible field added')
        kind = found['/V']['/Type']
        _need(kind in ('/Sig', '/DocTimeStamp'), 'neither a seal nor a time stamp')
        return bool(kind == '/Sig')

    def _roles(self) -> dict[int, Callable[[Any, Any], None]]:
        """Return the objects an update may replace, and the check of each."""
        roles: dict[int, Callable[[Any, Any], None]] = {self.old.root_ref.idnum: self._catalog}
        root, trailer = self.old.root, self.old.trailer_view
        for holder, key, check in (
            (trailer, '/Info', _info),
            (root, '/Metadata', _metadata),
            (root, '/AcroForm', self._form),
        ):
            _enter(roles, holder, key, check)
        _enter(roles, _form_of(self.old), '/Fields', self._longer)
        if '/DSS' in root:
            _enter(roles, root, '/DSS', _anything)
            for key in root['/DSS']:
                _enter(roles, root['/DSS'], key, _anything)
        for field in self.fields:
            page = field.get_object().raw_get('/P')
            roles[page.idnum] = self._page
            _enter(roles, self.old.get_object(page.reference), '/Annots', self._longer)
        return roles

    def _catalog(self, old: Any, new: Any) -> None:
        _same(old, new, '/DSS', '/AcroForm', '/Extensions')
        if not ('/AcroForm' in old and isinstance(old.raw_get('/AcroForm'), IndirectObject)):
            self._form(_at(old, '/AcroForm', {}), _at(new, '/AcroForm', {}))
        else:
            _need(_bytes(old.raw_get('/AcroForm')) == _bytes(new.raw_get('/AcroForm')), 'another form')

    def _form(self, old: Any, new: Any) -> None:
        _same(old, new, '/Fields', '/SigFlags')
        self._longer(_at(old, '/Fields', []), _at(new, '/Fields', []))

    def _page(self, old: Any, new: Any) -> None:
        _same(old, new, '/Annots')
        self._longer(_at(old, '/Annots', []), _at(new, '/Annots', []))

    def _longer(self, old: Any, new: Any) -> None:
        """Check that a list only got new fields, at its end."""
        before, after = [_bytes(one) for one in _raw_items(old)], [_bytes(one) for one in _raw_items(new)]
        _need(after[: len(before)] == before, 'list changed')
        _need(set(after[len(before) :]) <= {_bytes(one) for one in self.fields}, 'something else added to a list')


def _need(condition: bool, otherwise: str) -> None:
    if not condition:
        raise SuspiciousModification(otherwise)


def _enter(
    roles: dict[int, Callable[[Any, Any], None]], holder: Any, key: str, check: Callable[[Any, Any], None]
) -> None:
    """Note the object a key leads to, if it is one of its own."""
    value = holder.raw_get(key) if key in holder else None
    if isinstance(value, IndirectObject):
        roles[value.idnum] = check


def _form_of(revision: HistoricalResolver) -> Any:
    return _at(revision.root, '/AcroForm', {})


def _at(holder: Any, key: str, default: Any) -> Any:
    """Return a value, through a reference if need be (pyHanko's ``get`` does not follow it)."""
    if key in holder:
        return holder[key]
    return default


def _raw_items(items: Any) -> list[Any]:
    """Return the items of an array as written: references stay references."""
    array = items.get_object() if isinstance(items, IndirectObject) else items
    return [array.raw_get(rank) for rank in range(len(array))] if array else []


def _bytes(value: Any) -> bytes:
    stream = BytesIO()
    value.write_to_stream(stream)
    return stream.getvalue()


def _same(old: Any, new: Any, *but: str) -> None:
    """Check that two dictionaries say the same, but for some keys."""
    for key in {*old, *new} - set(but):
        _need(key in old and key in new and _bytes(old.raw_get(key)) == _bytes(new.raw_get(key)), f'{key} changed')


def _info(old: Any, new: Any) -> None:
    _same(old, new, '/ModDate', '/Producer')


def _metadata(old: Any, new: Any) -> None:
    _need(_properties(old) == _properties(new), 'metadata changed')


def _properties(stream: Any) -> list[tuple[str, str]]:
    """Return what an XMP packet says, in any order, but for the notes of the program that wrote it."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    said: list[tuple[str, str]] = []
    for element in etree.fromstring(stream.data, parser).iter(etree.Element):
        said += [(str(element.tag), (element.text or '').strip()), *((str(k), str(v)) for k, v in element.items())]
    return sorted(one for one in said if not one[0].endswith(_WRITER_NOTES))


def _anything(_old: Any, _new: Any) -> None:
    """Proofs may be replaced by others: they are judged where they are used."""
