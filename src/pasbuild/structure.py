"""The structure tree of the PDF: one element for each HTML element that means something, whatever pages it falls on.

Why our own: WeasyPrint 70 makes one element for each *box*, so that a table over three pages is three tables, a dot of a
leader is a span, a strong word is an element without meaning, and no header cell says what it heads. Here the boxes only
tell in which order the content comes; the elements are those of the HTML. This module knows neither WeasyPrint nor PDF
objects: ``finish.py`` feeds it content and writes the tree down.

Roles are the standard ones of PDF 1.7 (ISO 32000-1, 14.8.4); rules of use are those of PDF/UA-1 (ISO 14289-1, 7).
Names (``/ID``) come from the identifiers of the HTML: parts built apart can be merged without a clash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

_ROLES = {
    'a': 'Link', 'blockquote': 'BlockQuote', 'caption': 'Caption', 'dl': 'L', 'figcaption': 'Caption', 'figure': 'Div',
    'h1': 'H1', 'h2': 'H2', 'h3': 'H3', 'h4': 'H4', 'h5': 'H5', 'h6': 'H6', 'img': 'Figure', 'li': 'LI', 'ol': 'L',
    'p': 'P', 'section': 'Sect', 'table': 'Table', 'tbody': 'TBody', 'td': 'TD', 'tfoot': 'TFoot', 'th': 'TH',
    'thead': 'THead', 'tr': 'TR', 'ul': 'L',
}  # fmt: skip
_TABLE = ('caption', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td')
_BLOCKS = ('P', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6')
"""Roles a note may not stand in: it follows them, so that it does not cut a sentence in two."""


@dataclass(frozen=True, slots=True)
class Content:
    """A run of marked content: a line of text or a picture."""

    page: int
    mcid: int


@dataclass(frozen=True, slots=True)
class Annotation:
    """A link as the page shows it: ``ref`` is the reference of the annotation."""

    page: int
    ref: bytes


@dataclass(slots=True, eq=False)
class Node:
    """A structure element. ``attributes`` is its ``/A`` without ``/O``, ``name`` its ``/ID``."""

    role: str
    parent: Node | None = None
    kids: list[Node | Content | Annotation] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    name: str = ''
    alt: str = ''
    expansion: str = ''

    def add(self, role: str, at: int | None = None) -> Node:
        """Append a child (or insert it at ``at``)."""
        node = Node(role, self)
        self.kids.insert(len(self.kids) if at is None else at, node)
        return node

    def walk(self) -> Iterator[Node]:
        """Yield the element and those under it, in reading order."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Node):
                yield from kid.walk()


class Structure:
    """The tree being built. ``document`` is its root; content comes through ``place`` in reading order."""

    def __init__(self, html: Element) -> None:
        self.document = Node('Document')
        self._parents: Mapping[Element, Element] = {child: parent for parent in html.iter() for child in parent}
        self._nodes: dict[Element, Node] = {html: self.document}
        self._items: dict[Element, Node] = {}
        self._labels: dict[Element, Node] = {}
        self._calls: dict[Element, Node] = {}
        self._hidden: dict[Element, bool] = {html: False}
        self._pages: dict[Element, int] = {}

    # --- what finish.py calls ---------------------------------------------------------------------------------------

    def place(self, element: Element, pseudo: str, content: Content) -> Node | None:
        """Put content at its place and return its node; None for an artifact: it means nothing to who reads the text.

        ``pseudo`` is the pseudo-element it stands in (``marker``, ``footnote-call``…), or empty.
        """
        if self._is_hidden(element) or self._is_repeated(element, content.page):
            return None
        node = self._call(element) if pseudo == 'footnote-call' else self.node(element)
        if pseudo == 'marker':
            node = self._mark(element)
        elif pseudo == 'footnote-marker':
            node = self._label(element, node)
        node.kids.append(content)
        return node

    def link(self, element: Element, annotation: Annotation) -> tuple[Node, str]:
        """Put a link's annotation at its place; return its node and the text of the link."""
        while element.tag != 'a':
            element = self._parents[element]
        node = self.node(element)
        node.kids.append(annotation)
        return node, ' '.join(''.join(element.itertext()).split())

    def node(self, element: Element) -> Node:
        """Return the node that takes what stands in ``element``, made with those above it when it is the first time."""
        found = self._nodes.get(element)
        if found is None:
            found = self._nodes[element] = self._make(element)
        return found

    # --- what is left out -------------------------------------------------------------------------------------------

    def _is_hidden(self, element: Element) -> bool:
        """Tell whether an element is for the eyes only: ``aria-hidden``, or a picture without words."""
        hidden = self._hidden.get(element)
        if hidden is None:
            own = element.get('aria-hidden') == 'true' or (element.tag == 'img' and not element.get('alt'))
            hidden = self._hidden[element] = own or self._is_hidden(self._parents[element])
        return hidden

    def _is_repeated(self, element: Element, page: int) -> bool:
        """Tell whether content belongs to the head of a table printed again on a later page."""
        above: Element | None = element
        while above is not None and above.tag not in ('thead', 'table'):
            above = self._parents.get(above)
        return above is not None and above.tag == 'thead' and self._pages.setdefault(above, page) != page

    # --- elements ---------------------------------------------------------------------------------------------------

    def _make(self, element: Element) -> Node:
        role = _role(element)
        if element.tag in ('dt', 'dd'):
            return self._definition(element)
        if role == 'Note':
            return self._note(element)
        parent = self.node(self._parents[element])
        if not role:
            return parent
        if element in self._nodes:  # made with its table
            return self._nodes[element]
        if role == 'TOCI':
            return _level(parent, int(element.get('aria-level', '1'))).add(role).add('Reference')
        node = parent.add(role)
        match role:
            case 'LI':
                self._items[element] = node
                return node.add('LBody')
            case 'Figure':
                node.alt = element.get('alt', '')
                node.name = element.get('id', '') or self._parents[element].get('id', '')
            case 'Span':
                node.expansion = element.get('title', '')
            case 'Table':
                self._fill(element, node)
        return node

    def _definition(self, element: Element) -> Node:
        """Return the label (``dt``) or the body (``dd``) of an item: a term and all that defines it are one item."""
        siblings = list(self._parents[element])
        place = siblings.index(element)
        term = next((e for e in reversed(siblings[: place + 1]) if e.tag == 'dt'), element)
        item = self._items.get(term)
        if item is None:
            item = self._items[term] = self.node(self._parents[element]).add('LI')
        if element.tag == 'dt':
            return item.add('Lbl')
        last = item.kids[-1] if item.kids else None
        return last if isinstance(last, Node) and last.role == 'LBody' else item.add('LBody')

    def _mark(self, element: Element) -> Node:
        """Return the label of a list item, and say in the list how its items are numbered."""
        item = self._items[element]
        if item.parent is not None:
            ordered = self._parents[element].tag == 'ol'
            item.parent.attributes['ListNumbering'] = '/Decimal' if ordered else '/Disc'
        return self._label(element, item)

    def _label(self, element: Element, item: Node) -> Node:
        """Return the label of a list item or note: it comes first."""
        if element not in self._labels:
            self._labels[element] = item.add('Lbl', 0)
        return self._labels[element]

    def _call(self, element: Element) -> Node:
        """Return the reference to a note; the note itself takes its place at the same time."""
        if element not in self._calls:
            self._calls[element] = self.node(self._parents[element]).add('Reference')
            self.node(element)
        return self._calls[element]

    def _note(self, element: Element) -> Node:
        place = self.node(self._parents[element])
        within = place
        while within.role in (*_BLOCKS, 'Link', 'Span') and within.parent is not None:
            within = within.parent
        node = within.add('Note')
        node.name = element.get('id', '')
        return node

    # --- tables -----------------------------------------------------------------------------------------------------

    def _fill(self, table: Element, node: Node) -> None:
        """Make the rows and cells of a table at once: an empty cell has no content to bring it about."""
        for child in table:
            if child.tag in _TABLE:
                self._nodes[child] = made = node.add(_role(child))
                if child.tag != 'caption':
                    self._fill(child, made)
        if node.role == 'Table':
            Grid(self._name(table), self._nodes).fill(list(table.iter('tr')))

    def _name(self, table: Element) -> str:
        """Return a name for the table, from the nearest identifier and its rank under it."""
        above: Element = table
        while not above.get('id') and above in self._parents:
            above = self._parents[above]
        rank = list(above.iter('table')).index(table)
        return (above.get('id') or 'document') + (f'.t{rank + 1}' if rank else '')


def _role(element: Element) -> str:
    """Return the role of an element, '' when its content belongs to the one above."""
    chosen = element.get('data-pdf')
    if chosen:
        return chosen
    if element.tag == 'div':
        return 'Div' if element.get('id') else ''
    if element.tag == 'abbr':
        return 'Span' if element.get('title') else ''
    if element.tag == 'a':
        return 'Link' if element.get('href') else ''
    return _ROLES.get(element.tag, '')


def _level(contents: Node, level: int) -> Node:
    """Return the table of contents of a level inside ``contents``, under the last item above it."""
    for _ in range(level - 1):
        last = contents.kids[-1] if contents.kids else None
        contents = last if isinstance(last, Node) and last.role == 'TOC' else contents.add('TOC')
    return contents


class Grid:
    """Which header cells of a table speak for which cells, spans included (ISO 14289-1, 7.5)."""

    def __init__(self, name: str, nodes: Mapping[Element, Node]) -> None:
        self.name = name
        self.nodes = nodes
        self.taken: set[tuple[int, int]] = set()
        self.columns: dict[int, list[str]] = {}
        self.rows: dict[int, list[str]] = {}
        self.groups: list[Node | None] = []

    def fill(self, rows: list[Element]) -> None:
        """Write the attributes of all cells: headers get a name and a scope, the others name their headers."""
        self.groups = [self.nodes[row].parent for row in rows]
        cells = [cell for number, row in enumerate(rows) for cell in self._cells(number, row)]
        for cell, lines, columns in cells:
            if cell.tag == 'th':
                self._head(cell, lines, columns)
        for cell, lines, columns in cells:
            names = [name for line in lines for name in self.rows.get(line, ())]
            names += [name for column in columns for name in self.columns.get(column, ())]
            if cell.tag == 'td' and names:
                self.nodes[cell].attributes['Headers'] = list(dict.fromkeys(names))

    def _cells(self, number: int, row: Element) -> Iterator[tuple[Element, range, range]]:
        """Yield the cells of a row, with the lines and the columns each covers."""
        column = 0
        for cell in row:
            while (number, column) in self.taken:
                column += 1
            spans = {'RowSpan': int(cell.get('rowspan', '1')), 'ColSpan': int(cell.get('colspan', '1'))}
            self.nodes[cell].attributes |= {key: value for key, value in spans.items() if value > 1}
            lines, columns = range(number, number + spans['RowSpan']), range(column, column + spans['ColSpan'])
            self.taken.update((line, place) for line in lines for place in columns)
            yield cell, lines, columns

    def _head(self, cell: Element, lines: range, columns: range) -> None:
        node = self.nodes[cell]
        node.name = f'{self.name}.{lines[0]}.{columns[0]}'
        across = cell.get('scope') in ('row', 'rowgroup')
        node.attributes['Scope'] = '/Row' if across else '/Column'
        heads, places = (self.rows, [*lines]) if across else (self.columns, [*columns])
        if cell.get('scope') == 'rowgroup':
            group = self.groups[lines[0]]
            places = [number for number in range(lines[0] + 1, len(self.groups)) if self.groups[number] is group]
        for place in places:
            heads.setdefault(place, []).append(node.name)
