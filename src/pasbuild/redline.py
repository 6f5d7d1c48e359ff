"""The Word file of a comparison: the new version with real tracked changes; rejecting them all gives the old one.

Why not a comparison program: both versions are written by our own writer, block by block, so what corresponds to what is
known. Nothing is marked that did not change; contents and lists of figures, which Word makes itself, are never marked.
What is outside the text (headers, styles, pages) is that of the new version.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docx.oxml.ns import qn
from lxml import etree

from pasbuild import wordml
from pasbuild.alignment import Item, align
from pasbuild.docx import Writer
from pasbuild.tracked import ID, NAME, PPR, START, VAL, P, Revisions, State, Weaver
from pasbuild.wordml import parse
from pasbuild.wordpackage import Additions, Content, assemble
from pasbuild.wordstyles import FIRST_ORDERED, accented
from pasbuild.wordtext import Marks, Prose, find_targets

if TYPE_CHECKING:
    from pasbuild.drawing import Drawing
    from pasbuild.model import Document
    from pasbuild.project import Dossier
    from pasbuild.theme import Theme

AUTHOR = 'pasbuild'
_TBL, _TR, _TC, _SECT = qn('w:tbl'), qn('w:tr'), qn('w:tc'), qn('w:sectPr')
_TEXTS = (qn('w:t'), qn('wp:docPr'))
_LISTING = re.compile('TOC[1-9]|TableofFigures')
_NUMBERED = (qn('w:bookmarkStart'), qn('w:bookmarkEnd'), qn('wp:docPr'), qn('pic:cNvPr'))


@dataclass(frozen=True, slots=True)
class Side:
    """A version to write: its resolved document, its dossier, its drawings by figure."""

    document: Document
    dossier: Dossier
    drawings: Mapping[str, Drawing]


def write_redline(old: Side, new: Side, theme: Theme, matters: Mapping[str, str]) -> bytes:
    """Return the Word file of ``new`` with what changed since ``old`` as tracked changes."""
    before, after = _content(old, theme, matters), _content(new, theme, matters)
    revisions = Revisions(AUTHOR, f'{new.dossier.date.isoformat()}T00:00:00Z')
    merged = _Merger(before, after, accented(theme), revisions).merge()
    compared = f'{old.dossier.version} ({old.dossier.date.isoformat()})'
    return assemble(merged, new.dossier, theme, Additions(properties={'pas-compare-a': compared}))


def _content(side: Side, theme: Theme, matters: Mapping[str, str]) -> Content:
    prose = Prose(find_targets(side.document), Marks())
    writer = Writer(side.dossier, theme, side.drawings, {}, matters, prose, accented(theme))
    for part in side.document.parts:
        writer.write_part(part)
    return writer.content()


@dataclass(slots=True)
class _Merger:
    """Merges two contents: ``before`` is put under the numbers and relationships of ``after``."""

    before: Content
    after: Content
    accented: frozenset[str]
    revisions: Revisions
    written: list[str] = field(default_factory=list)
    old_notes: dict[str, etree._Element] = field(default_factory=dict)
    new_notes: dict[str, etree._Element] = field(default_factory=dict)
    notes_weaver: Weaver = field(init=False)

    def merge(self) -> Content:
        old, new = parse('body', self.before.body), parse('body', self.after.body)
        notes = parse('footnotes', ''.join(self.before.notes)), parse('footnotes', ''.join(self.after.notes))
        self.old_notes, self.new_notes = ({str(note.get(ID)): note for note in root} for root in notes)
        pictures, moved_pictures = _joined(self.after.pictures, self.before.pictures, 'image')
        links, moved_links = _addresses(self.after.links, self.before.links)
        note_links, moved_note_links = _addresses(self.after.note_links, self.before.note_links)
        _rename(old, moved_pictures | moved_links)
        _rename(notes[0], moved_note_links)
        _renumber((old, notes[0]), _highest((new, notes[1])), len(self.after.lists))
        names = frozenset(str(mark.get(NAME)) for root in (new, notes[1]) for mark in root.iter(START))
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in pictures.items()}
        said = {relation: address for address, relation in links.items()}
        weaver = Weaver(self.revisions, digests, names, self._note, said)
        self.notes_weaver = Weaver(
            self.revisions, digests, names, self._note, {relation: address for address, relation in note_links.items()}
        )
        body = parse('body', '')
        body.extend(_Body(weaver, self.accented).merge(old, new))
        return Content(
            body=_inside(body), notes=self.written, pictures=pictures, links=links, note_links=note_links,
            used=self.before.used | self.after.used, lists=[*self.after.lists, *self.before.lists],
            last_page=self.after.last_page,
        )  # fmt: skip

    def _note(self, old: str, new: str) -> str:
        """Write the note that was ``old`` and is ``new``; return its number."""
        before, after = self.old_notes.get(old), self.new_notes.get(new)
        number = str(len(self.written) + 1)
        self.written.append('')
        woven = self.notes_weaver.weave(
            before.find(P) if before is not None else None, after.find(P) if after is not None else None
        )
        _settle(woven)
        note = parse('footnote', '')
        note.set(ID, number)
        note.append(woven)
        self.written[int(number) - 1] = _declared_above(note)
        return number


@dataclass(slots=True)
class _Body:
    """Merges the bodies, paragraph by paragraph and table by table."""

    weaver: Weaver
    accented: frozenset[str]

    def merge(self, old: etree._Element, new: etree._Element) -> Iterator[etree._Element]:
        before = [child for child in old if child.tag != _SECT and not _is_listing(child)]
        after, sections = _without_sections(new)
        state: State | None = None
        last: etree._Element | None = None
        for i, j in align(self._items(before), self._items(after)):
            if j is not None and j in sections:
                yield from _section(sections[j], last, state)
            one = before[i] if i is not None else None
            other = after[j] if j is not None else None
            state = 'removed' if other is None else 'added' if one is None else 'kept'
            for made in self._element(one, other):
                if last is not None and last.tag == made.tag == _TBL:
                    yield self._nothing()
                yield made
                last = made
        yield from _section(sections[len(after)], last, state)

    def _nothing(self) -> etree._Element:
        """Return a paragraph added and removed: Word would make one table of two neighbours."""
        made = parse('body', wordml.paragraph('PASSaut', ''))[0]
        self.weaver.revisions.mark_paragraph(made[0], 'added')
        self.weaver.revisions.mark_paragraph(made[0], 'removed')
        return made

    def _items(self, children: Sequence[etree._Element]) -> list[Item]:
        """Return what to align: titles and captions by their bookmark, a table by that of its caption."""
        items: list[Item] = []
        for child in children:
            key = _explicit(child)
            if child.tag == _TBL and not key and items and items[-1].kind == 'Caption':
                key = items[-1].key
            items.append(Item(self._kind(child), _text(child), key))
        return items

    def _kind(self, child: etree._Element) -> str:
        if child.tag == _TBL:
            return 'table'
        style = _style(child)
        return style[:-1] if style[-1:].isdigit() and style[:-1] in self.accented else style

    def _element(self, old: etree._Element | None, new: etree._Element | None) -> Iterator[etree._Element]:
        model = new if new is not None else old
        assert model is not None
        if new is not None and _is_listing(new):
            yield new
        elif model.tag == P:
            yield self.weaver.weave(old, new)
        elif old is not None and new is not None and _columns(old) == _columns(new):
            yield self._table(old, new)
        else:
            yield from (self._table(one, None) for one in (old,) if one is not None)
            yield from (self._table(None, other) for other in (new,) if other is not None)

    # --- tables ---

    def _table(self, old: etree._Element | None, new: etree._Element | None) -> etree._Element:
        model = new if new is not None else old
        assert model is not None
        made = parse('tbl', '')
        made.extend(deepcopy(child) for child in model if child.tag != _TR)
        before = [*old.iterchildren(_TR)] if old is not None else []
        after = [*new.iterchildren(_TR)] if new is not None else []
        for i, j in align(*_row_items(before, after)):
            one, other = before[i] if i is not None else None, after[j] if j is not None else None
            made.append(self._row(one, other))
        return made

    def _row(self, old: etree._Element | None, new: etree._Element | None) -> etree._Element:
        model = new if new is not None else old
        assert model is not None
        made = parse('tr', '')
        properties = deepcopy(model[0])
        made.append(properties)
        if old is None or new is None:
            properties.append(self.weaver.revisions.make('w:ins' if old is None else 'w:del'))
        cells = [*model.iterchildren(_TC)]
        left = [*old.iterchildren(_TC)] if old is not None else [None] * len(cells)
        right = [*new.iterchildren(_TC)] if new is not None else [None] * len(cells)
        for one, other, cell in zip(left, right, cells, strict=True):
            copy = etree.SubElement(made, _TC)
            copy.append(deepcopy(cell[0]))
            paragraphs = (one.find(P) if one is not None else None, other.find(P) if other is not None else None)
            woven = self.weaver.weave(*paragraphs)
            _settle(woven)
            copy.append(woven)
        return made


def _settle(paragraph: etree._Element) -> None:
    """Take the mark off the end of a paragraph that cannot go: the only one of a cell or of a note."""
    look = paragraph[0].find(qn('w:rPr'))
    if look is not None:
        paragraph[0].remove(look)


def _row_items(before: Sequence[etree._Element], after: Sequence[etree._Element]) -> tuple[list[Item], list[Item]]:
    """Return rows to align: by their first cell when it names one row on both sides, else by likeness."""
    heads = [[_text(next(row.iterchildren(_TC))) for row in rows] for rows in (before, after)]
    unique = {head for head in heads[0] if heads[0].count(head) == heads[1].count(head) == 1}
    return tuple(  # type: ignore[return-value]  # two of them
        [
            Item(_row_kind(row), _text(row), head if head in unique else '')
            for row, head in zip(rows, names, strict=True)
        ]
        for rows, names in zip((before, after), heads, strict=True)
    )


def _row_kind(row: etree._Element) -> str:
    return 'header' if row.find(f'{qn("w:trPr")}/{qn("w:tblHeader")}') is not None else 'row'


def _columns(table: etree._Element) -> int:
    return len(table.findall(f'{qn("w:tblGrid")}/{qn("w:gridCol")}'))


# --- reading the markup -----------------------------------------------------------------------------------------------


def _style(paragraph: etree._Element) -> str:
    style = paragraph.find(f'{PPR}/{qn("w:pStyle")}')
    return '' if style is None else str(style.get(VAL))


def _is_listing(child: etree._Element) -> bool:
    return child.tag == P and _LISTING.fullmatch(_style(child)) is not None


def _text(element: etree._Element) -> str:
    return ''.join(node.text or node.get('descr') or '' for node in element.iter(*_TEXTS))


def _explicit(child: etree._Element) -> str:
    """Return the bookmark of an explicit identifier: one that is not derived (``__``)."""
    names = (str(mark.get(NAME)) for mark in child.iter(START))
    return next((name for name in names if name.startswith('_pas_') and '__' not in name), '')


def _without_sections(body: etree._Element) -> tuple[list[etree._Element], dict[int, etree._Element]]:
    """Return the blocks, and each section's end by the place of the block it stands before."""
    blocks: list[etree._Element] = []
    sections = {}
    for child in body:
        if child.tag == _SECT:
            sections[len(blocks)] = child
        else:
            blocks.append(child)
    return blocks, sections


def _section(section: etree._Element, last: etree._Element | None, state: State | None) -> Iterator[etree._Element]:
    """Yield the end of a section; a paragraph that may go away cannot hold it."""
    if last is not None and last.tag == P and state != 'kept':
        yield parse('body', wordml.paragraph('PASSaut', ''))[0]
    yield section


# --- one numbering, one set of relationships ----------------------------------------------------------------------------


def _joined(
    kept: Mapping[str, bytes], added: Mapping[str, bytes], prefix: str
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return all pictures by relationship, and the new relationship of each of ``added``."""
    all_of, known = dict(kept), {data: name for name, data in kept.items()}
    moved = {}
    for name, data in added.items():
        if data not in known:
            known[data] = f'{prefix}{len(all_of) + 1}'
            all_of[known[data]] = data
        moved[name] = known[data]
    return all_of, moved


def _addresses(kept: Mapping[str, str], added: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the relationship of every address, and the new relationship of each of ``added``."""
    all_of = dict(kept)
    moved = {relation: all_of.setdefault(address, f'lien{len(all_of) + 1}') for address, relation in added.items()}
    return all_of, moved


def _rename(root: etree._Element, moved: Mapping[str, str]) -> None:
    for node in root.iter(qn('a:blip'), qn('w:hyperlink')):
        for name in (qn('r:embed'), qn('r:id')):
            if node.get(name) in moved:
                node.set(name, moved[str(node.get(name))])


def _highest(roots: Sequence[etree._Element]) -> int:
    return max((int(_number(node)[1]) for root in roots for node in root.iter(*_NUMBERED)), default=0)


def _number(node: etree._Element) -> tuple[str, str]:
    name = ID if node.tag in _NUMBERED[:2] else 'id'
    return name, str(node.get(name))


def _renumber(roots: Sequence[etree._Element], shift: int, lists: int) -> None:
    """Give the old version numbers of its own: bookmarks, pictures, numbered lists."""
    for root in roots:
        for node in root.iter(*_NUMBERED):
            name, number = _number(node)
            node.set(name, str(int(number) + shift))
        for node in root.iter(qn('w:numId')):
            if int(str(node.get(VAL))) >= FIRST_ORDERED:
                node.set(VAL, str(int(str(node.get(VAL))) + lists))


def _inside(root: etree._Element) -> str:
    text = etree.tostring(root, encoding='unicode')
    return re.sub(r'^<[^>]*>|</[^>]*>$', '', text)


def _declared_above(element: etree._Element) -> str:
    """Return the markup of an element without the declarations its part makes."""
    return re.sub(r' xmlns:\w+="[^"]*"', '', etree.tostring(element, encoding='unicode'))
