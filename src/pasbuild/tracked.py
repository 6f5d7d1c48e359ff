"""One paragraph of Word from two: words kept, words struck out, words added, as tracked changes.

The two paragraphs come from our own writer, whose markup is known: runs with a style and one content, fields, links,
footnote calls, pictures, bookmarks around all or around a number. So rejecting all gives back the old one exactly, and
accepting all the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from docx.oxml.ns import qn
from lxml import etree

from pasbuild.alignment import TOKEN, opcodes
from pasbuild.wordml import parse

P, R, T, PPR, RPR = qn('w:p'), qn('w:r'), qn('w:t'), qn('w:pPr'), qn('w:rPr')
START, END, LINK = qn('w:bookmarkStart'), qn('w:bookmarkEnd'), qn('w:hyperlink')
NAME, ID, VAL, TEXT_SPACE = qn('w:name'), qn('w:id'), qn('w:val'), '{http://www.w3.org/XML/1998/namespace}space'
_FIELD, _FIELD_TYPE, _INSTRUCTION = qn('w:fldChar'), qn('w:fldCharType'), qn('w:instrText')
_NOTE, _DRAWING, _ANCHOR = qn('w:footnoteReference'), qn('w:drawing'), qn('wp:anchor')
_TOP = 20_000_000
"""First number of a revision: far above those of bookmarks and pictures."""

State = Literal['kept', 'removed', 'added']


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept or struck out as one: a word, a field, a note call, a picture. ``key`` tells whether two are the same."""

    key: tuple[str, ...]
    nodes: tuple[etree._Element, ...]
    link: etree._Element | None = None
    text: str = ''
    """Of a word: words with the same look are written as one run."""
    note: str = ''
    """Number of the note called."""
    still: bool = False
    """A decoration: never marked."""


@dataclass(slots=True)
class Revisions:
    """Marks: author and date the same for all, numbers one after the other."""

    author: str
    date: str
    count: int = 0

    def make(self, name: Literal['w:ins', 'w:del']) -> etree._Element:
        """Return an empty mark."""
        self.count += 1
        made = etree.Element(qn(name))
        made.set(ID, str(_TOP + self.count))
        made.set(qn('w:author'), self.author)
        made.set(qn('w:date'), self.date)
        return made

    def wrap(self, state: State, nodes: Sequence[etree._Element]) -> list[etree._Element]:
        """Return runs as kept, removed or added; a removed text becomes what Word calls deleted text."""
        if state == 'kept' or not nodes:
            return [*nodes]
        mark = self.make('w:ins' if state == 'added' else 'w:del')
        mark.extend(nodes)
        if state == 'removed':
            for node in mark.iter(T, _INSTRUCTION):
                node.tag = qn('w:delText') if node.tag == T else qn('w:delInstrText')
        return [mark]

    def mark_paragraph(self, properties: etree._Element, state: State) -> None:
        """Say in the properties of a paragraph (or of its end mark) that it was added or removed."""
        if state != 'kept':
            look = properties.find(RPR)
            if look is None:
                look = etree.SubElement(properties, RPR)
            look.append(self.make('w:ins' if state == 'added' else 'w:del'))


NoteMerge = Callable[[str, str], str]
"""Numbers of the old and of the new note ('': none) → number of the note in the merged file."""


@dataclass(slots=True)
class Weaver:
    """Weaves paragraphs. ``digests``: what a picture shows, by relationship; ``names``: bookmarks of the new version."""

    revisions: Revisions
    digests: Mapping[str, str]
    names: frozenset[str]
    note: NoteMerge
    addresses: Mapping[str, str] = field(default_factory=dict)

    def weave(self, old: etree._Element | None, new: etree._Element | None) -> etree._Element:
        """Return the paragraph that is ``old`` when all is rejected and ``new`` when all is accepted."""
        model = new if new is not None else old
        assert model is not None
        made = parse('p', '')
        properties = deepcopy(model[0])
        made.append(properties)
        self.revisions.mark_paragraph(properties, 'removed' if new is None else 'added' if old is None else 'kept')
        content = self._content(old, new)
        around = [mark for mark in _marks(model) if new is not None or mark.get(NAME) not in self.names]
        opened = {mark.get(ID) for mark in around}
        made.extend(deepcopy(mark) for mark in around)
        made.extend(content)
        made.extend(deepcopy(end) for end in model.iterchildren(END) if end.get(ID) in opened)
        return made

    def _content(self, old: etree._Element | None, new: etree._Element | None) -> list[etree._Element]:
        words = _words(new)
        if words is not None and words == _words(old):  # most cells, most paragraphs
            return [deepcopy(child) for child in new.iterchildren(R)] if new is not None else []
        before, after = self.tokens(old), self.tokens(new)
        return [node for state, group in _runs_of(_steps(before, after)) for node in self._write(state, group)]

    # --- reading ---

    def tokens(self, paragraph: etree._Element | None) -> list[Token]:
        """Return the content of a paragraph."""
        if paragraph is None:
            return []
        outer = {start.get(ID) for start in _marks(paragraph)}
        children = [
            child for child in paragraph
            if child.tag != PPR and not (child.tag in (START, END) and child.get(ID) in outer)
        ]  # fmt: skip
        return [*self._tokens(children, None)]

    def _tokens(self, children: Sequence[etree._Element], link: etree._Element | None) -> Iterator[Token]:
        group: list[etree._Element] = []
        depth = 0
        for child in children:
            if child.tag == LINK:
                yield from self._tokens([*child], child)
                continue
            depth += _depth(child)
            group.append(child)
            if depth == 0:
                yield from self._read(tuple(group), link)
                group = []
        if group:
            yield self._atom(tuple(group), link)

    def _read(self, group: tuple[etree._Element, ...], link: etree._Element | None) -> Iterator[Token]:
        run = group[0]
        content = [child for child in run if child.tag != RPR] if len(group) == 1 and run.tag == R else []
        if len(content) != 1:
            yield self._atom(group, link)
            return
        (only,) = content
        if only.tag == T:
            look = _look(run)
            for word in TOKEN.findall(only.text or ''):
                yield Token(('text', look, word, self._goal(link)), (run,), link, word)
        elif only.tag == _NOTE:
            yield Token(('note',), group, link, note=str(only.get(ID)))
        elif only.tag == _DRAWING:
            yield self._picture(group, only, link)
        else:
            yield self._atom(group, link)

    def _picture(
        self, group: tuple[etree._Element, ...], drawing: etree._Element, link: etree._Element | None
    ) -> Token:
        if drawing[0].tag == _ANCHOR:
            return Token(('backdrop',), group, link, still=True)
        relation = next(str(blip.get(qn('r:embed'))) for blip in drawing.iter(qn('a:blip')))
        described = next(str(found.get('descr')) for found in drawing.iter(qn('wp:docPr')))
        extent = next(drawing.iter(qn('wp:extent')))
        size = f'{extent.get("cx")}x{extent.get("cy")}'
        return Token(('picture', self.digests[relation], described, size), group, link)

    def _atom(self, group: tuple[etree._Element, ...], link: etree._Element | None) -> Token:
        said = ''.join(
            f'{etree.QName(node).localname}:{node.text or ""}{node.get(_FIELD_TYPE) or ""};'
            for child in group for node in child.iter()
            if node.tag not in (START, END, RPR)
        )  # fmt: skip
        looks = ''.join(_look(child) for child in group if child.tag == R)
        return Token(('atom', said, looks, self._goal(link)), group, link)

    def _goal(self, link: etree._Element | None) -> str:
        if link is None:
            return ''
        relation = link.get(qn('r:id'))
        return f'#{link.get(qn("w:anchor"))}' if relation is None else self.addresses.get(relation, relation)

    # --- writing ---

    def _write(self, state: State, group: Sequence[tuple[Token | None, Token | None]]) -> Iterator[etree._Element]:
        chosen = [(old, new, new if new is not None else old) for old, new in group]
        for _, shared in groupby(chosen, key=lambda step: id(step[2].link) if step[2] else 0):
            steps = [*shared]
            nodes = self._nodes(state, steps)
            link = steps[0][2].link if steps[0][2] else None
            still = all(step[2] is not None and step[2].still for step in steps)
            written = self.revisions.wrap('kept' if still else state, nodes)
            if link is None:
                yield from written
            else:
                made = deepcopy(link)
                for child in [*made]:
                    made.remove(child)
                made.extend(written)
                yield made

    def _nodes(
        self, state: State, steps: Sequence[tuple[Token | None, Token | None, Token | None]]
    ) -> list[etree._Element]:
        nodes: list[etree._Element] = []
        for look, shared in groupby(steps, key=lambda step: step[2].key[:2] if step[2] and step[2].text else id(step)):
            same = [*shared]
            token = same[0][2]
            assert token is not None
            if isinstance(look, tuple):
                run = deepcopy(token.nodes[0])
                text = run.find(T)
                assert text is not None
                text.text = ''.join(step[2].text for step in same if step[2])
                nodes.append(run)
                continue
            made = [deepcopy(node) for node in token.nodes]
            if token.note:
                number = self.note(same[0][0].note if same[0][0] else '', same[0][1].note if same[0][1] else '')
                next(made[0].iter(_NOTE)).set(ID, number)
            nodes += self._without_taken(made) if state == 'removed' else made
        return nodes

    def _without_taken(self, nodes: list[etree._Element]) -> list[etree._Element]:
        """Return struck-out nodes without the bookmarks the new version has."""
        taken = {node.get(ID) for node in nodes if node.tag == START and node.get(NAME) in self.names}
        return [node for node in nodes if not (node.tag in (START, END) and node.get(ID) in taken)]


def _marks(paragraph: etree._Element) -> list[etree._Element]:
    """Return the bookmarks around a whole paragraph, the outermost first; not the one around a number."""
    return [mark for mark in paragraph.iterchildren(START) if not str(mark.get(NAME)).startswith('_pasr_')]


def _words(paragraph: etree._Element | None) -> tuple[str, str] | None:
    """Return the look and the text of a paragraph that is one run of words, None of any other."""
    children = [child for child in paragraph if child.tag != PPR] if paragraph is not None else []
    runs = [child for child in children if child.tag not in (START, END)]
    content = [child for child in runs[0] if child.tag != RPR] if len(runs) == 1 and runs[0].tag == R else []
    if paragraph is None or len(content) != 1 or content[0].tag != T or not content[0].text:
        return None
    numbered = len(_marks(paragraph)) * 2 != len(children) - 1
    return None if numbered else (_look(runs[0]), content[0].text)


def _depth(child: etree._Element) -> int:
    if child.tag in (START, END):
        return 1 if child.tag == START else -1
    kinds = [mark.get(_FIELD_TYPE) for mark in child.iter(_FIELD)]
    return kinds.count('begin') - kinds.count('end')


def _look(run: etree._Element) -> str:
    look = run.find(RPR)
    return '' if look is None else ' '.join(f'{node.tag}={node.get(VAL)}' for node in look)


Step = tuple[State, Token | None, Token | None]


def _steps(before: Sequence[Token], after: Sequence[Token]) -> Iterator[Step]:
    """Yield what becomes of each token; decorations of the old version are left out."""
    before = [token for token in before if not token.still]
    operations = [*opcodes([token.key for token in before], [token.key for token in after])]
    for index, (op, i1, i2, j1, j2) in enumerate(operations):
        inside = 0 < index < len(operations) - 1
        if op == 'equal' and not (inside and all(token.text.isspace() for token in after[j1:j2])):
            yield from (('kept', before[i], after[j]) for i, j in zip(range(i1, i2), range(j1, j2), strict=True))
            continue
        yield from (('removed', token, None) for token in before[i1:i2])
        yield from (('added', None, token) for token in after[j1:j2])


def _runs_of(steps: Iterator[Step]) -> Iterator[tuple[State, list[tuple[Token | None, Token | None]]]]:
    """Yield neighbours with the same fate; between two kept ones, what is removed comes before what is added."""
    for kept, group in groupby(steps, key=lambda step: step[0] == 'kept'):
        shared = [*group]
        states: tuple[State, ...] = ('kept',) if kept else ('removed', 'added')
        for state in states:
            chosen = [(old, new) for one, old, new in shared if one == state]
            if chosen:
                yield state, chosen
