"""Lock what reviewers must not correct: paragraphs, tables and words made from data, counted, or copied from elsewhere.

Word honours the locks. LibreOffice drops them when it saves, so they are a courtesy: what comes back is compared with
what was sent. A control that holds words of a sentence is locked inside only: the sentence can still be struck out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from docx.oxml.ns import qn
from lxml import etree

from pasbuild import wordml
from pasbuild.wordpackage import seat_sections
from pasbuild.wordstyles import COUNTED, run_style

_P, _TBL, _R, _SECT = qn('w:p'), qn('w:tbl'), qn('w:r'), qn('w:sectPr')
_START, _END, _LINK = qn('w:bookmarkStart'), qn('w:bookmarkEnd'), qn('w:hyperlink')
_NAME, _ID, _VAL = qn('w:name'), qn('w:id'), qn('w:val')
_TEXT, _MARKS = qn('w:t'), {qn('w:tab'): '\t', qn('w:br'): '\n'}
_PROPERTIES, _STYLE, _RUN_STYLE = qn('w:pPr'), qn('w:pStyle'), f'{qn("w:rPr")}/{qn("w:rStyle")}'
_COUNTED = tuple(run_style(role) for role in COUNTED)
INSTRUCTIONS = "mode d'emploi"
"""What the first page is made from."""
_MAX_TITLE = 64
"""Longest title Word takes for a control."""


@dataclass(slots=True)
class Locker:
    """Locks the parts of one file. ``made``: what each generated paragraph is made from, by bookmark."""

    made: Mapping[str, str]
    restyled: Collection[str]
    """Paragraph styles that have a marked variant."""
    suffix: str
    """What is added to the name of a style for its marked variant."""
    controls: int = 0
    marks: int = 0
    last: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    """What each paragraph shows, by bookmark."""
    sources: dict[etree._Element, str] = field(default_factory=dict)
    """What each paragraph of the part under way is made from, empty for words of the sources."""

    def body(self, xml: str, last: int) -> tuple[str, list[str]]:
        """Return the body locked, its sections seated, and the bookmarks of the paragraphs this takes.

        ``last``: greatest number given to a bookmark.
        """
        self.last = last
        body = wordml.parse('body', xml)
        seat_sections(body)
        added = [self._mark(found) for found in body.iter(_P) if found.find(_START) is None]
        self._read(body)
        self._mark_styles(body)
        for group in self._groups(body):
            self._wrap(group, 'sdtContentLocked', self._source(group[0]))
        self._lock_words(body)
        return _inside(body), added

    def notes(self, written: list[str]) -> list[str]:
        """Return the footnotes, locked."""
        notes = wordml.parse('footnotes', ''.join(written))
        self._read(notes)
        self._lock_words(notes)
        return [_inside(notes)] if written else []

    # --- what is there ---

    def _read(self, root: etree._Element) -> None:
        self.sources.clear()
        for found in root.iter(_P):
            names = _bookmarks(found)
            self.texts |= dict.fromkeys(names, text_of(found))
            self.sources[found] = next((self.made[name] for name in names if name in self.made), '')

    def _mark(self, found: etree._Element) -> str:
        """Give a bookmark to a paragraph that only holds the end of a section."""
        self.marks, self.last = self.marks + 1, self.last + 1
        name = f'_pasg_s{self.marks}'
        start = etree.SubElement(found, _START)
        start.set(_ID, str(self.last))
        start.set(_NAME, name)
        etree.SubElement(found, _END).set(_ID, str(self.last))
        return name

    def _source(self, element: etree._Element) -> str:
        """Return what an element is made from, empty when one of its paragraphs is not made."""
        found = [self.sources[inner] for inner in element.iter(_P)]
        return found[0] if found and all(found) else ''

    def _groups(self, body: etree._Element) -> list[list[etree._Element]]:
        """Return the runs of neighbours made from the same source.

        A paragraph that ends a section stays out: nobody knows what Word does of a section that ends in a locked control.
        """
        groups: list[list[etree._Element]] = []
        before = ''
        for element in body:
            lockable = element.tag in (_P, _TBL) and element.find(f'{_PROPERTIES}/{_SECT}') is None
            source = self._source(element) if lockable else ''
            if source and source == before:
                groups[-1].append(element)
            elif source:
                groups.append([element])
            before = source
        return groups

    def _mark_styles(self, body: etree._Element) -> None:
        """Show what is made: paragraphs by the variant of their style where it has one, tables by that of theirs."""
        for found in body.iterchildren(_P):
            style, source = found.find(f'{_PROPERTIES}/{_STYLE}'), self._source(found)
            if style is None or not source:
                continue
            if style.get(_VAL) in self.restyled and source != INSTRUCTIONS:
                style.set(_VAL, f'{style.get(_VAL)}{self.suffix}')
            else:  # a page of colour: LibreOffice would number its lines, whatever its section says
                _plain_runs(found)
                number = found.find(f'{_PROPERTIES}/{qn("w:numPr")}')
                (style if number is None else number).addnext(etree.Element(qn('w:suppressLineNumbers')))
        for table in body.iterchildren(_TBL):
            style = table.find(f'{qn("w:tblPr")}/{qn("w:tblStyle")}')
            if style is not None and self._source(table):
                style.set(_VAL, f'{style.get(_VAL)}{self.suffix}')

    # --- locks ---

    def _lock_words(self, root: etree._Element) -> None:
        for found in [*root.iter(_P)]:
            if not self._source(found):
                for group in _counted(found):
                    _shade_links(group)
                    self._wrap(group, 'contentLocked', "Donnée, numéro ou renvoi")

    def _wrap(self, group: list[etree._Element], lock: str, title: str) -> None:
        self.controls += 1
        shown = wordml.escape(title if len(title) <= _MAX_TITLE else f'{title[: _MAX_TITLE - 1]}…')
        control = wordml.parse(
            'sdt',
            f'<w:sdtPr><w:alias w:val="{shown}"/><w:tag w:val="pas-fabrique"/>'
            f'<w:id w:val="{self.controls}"/><w:lock w:val="{lock}"/></w:sdtPr><w:sdtContent/>',
        )
        group[0].addprevious(control)
        control[-1].extend(group)


def _plain_runs(paragraph: etree._Element) -> None:
    """Leave out the shade of what is counted: it would stain the colour of the page."""
    for style in [*paragraph.iter(qn('w:rStyle'))]:
        properties = style.getparent()
        if style.get(_VAL) in _COUNTED and properties is not None:
            properties.remove(style)


def _shade_links(group: list[etree._Element]) -> None:
    """Give the references that are links the look of the others."""
    for style in [style for child in group if child.tag == _LINK for style in child.iter(qn('w:rStyle'))]:
        if style.get(_VAL) == run_style('lien'):
            style.set(_VAL, run_style('renvoi'))


def text_of(paragraph: etree._Element) -> str:
    """Return what a paragraph shows: no field codes, no calls of notes; tabulations and line breaks as such."""
    return ''.join(
        _MARKS.get(str(node.tag)) or node.text or ''
        for node in paragraph.iter(_TEXT, *_MARKS)
        if (parent := node.getparent()) is not None and parent.tag == _R
    )


def _bookmarks(paragraph: etree._Element) -> list[str]:
    """Return the bookmarks that tell which paragraph it is, the outermost first; that of a caption's number is not one."""
    names = [str(mark.get(_NAME)) for mark in paragraph.iter(_START)]
    return [name for name in names if not name.startswith('_pasr_')]


def _counted(paragraph: etree._Element) -> Iterator[list[etree._Element]]:
    """Yield the groups of neighbours that nobody types: values, numbers, references."""
    group: list[etree._Element] = []
    numbers = {mark.get(_ID) for mark in paragraph.iter(_START) if str(mark.get(_NAME)).startswith('_pasr_')}
    for child in [*paragraph]:
        if _is_counted(child) or (child.tag in (_START, _END) and child.get(_ID) in numbers):
            group.append(child)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _is_counted(child: etree._Element) -> bool:
    if child.tag == _LINK:
        return child.get(qn('w:anchor')) is not None
    style = child.find(_RUN_STYLE) if child.tag == _R else None
    return style is not None and str(style.get(_VAL)).startswith(_COUNTED)


def _inside(root: etree._Element) -> str:
    """Return the markup inside an element, without its declarations."""
    return etree.tostring(root, encoding='unicode').partition('>')[2].rpartition('</')[0]
