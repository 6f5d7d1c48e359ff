"""The prose of a document: runs of words with their place, cut into sentences.

Why apart from the checks: they all need the same three things. What the author typed and what came from the data must be
told apart (a number taken from a table cannot contradict it); a finding must stand at a line, which the tree no longer
knows inside a paragraph; and a sentence is not what stands between two full stops (« art. L. 141-3 », « 1,5 »).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pasbuild.diagnostics import Report
from pasbuild.model import (
    Block,
    Break,
    Callout,
    DefinitionList,
    Document,
    Emph,
    Enjeu,
    Heading,
    Inline,
    Link,
    Missing,
    Note,
    Objectif,
    Paragraph,
    Part,
    Quote,
    Span,
    Strong,
    Sup,
    Table,
    Text,
    Value,
    child_blocks,
    inlines,
)
from pasbuild.project import Folder
from pasbuild.typography import untypeset

MASK = '\ufffc'
"""Stands, in ``Prose.typed``, for each character the author did not type."""
NOTE = '\u2060'
"""Stands where a footnote is called: nothing to see, but the words on either side do not touch."""
Kind = Literal['texte', 'titre', 'cellule', 'note']

_WORD = re.compile(r"\w+(?:[’'\u202f.,-]\w+)*")
_END = re.compile(r'(?<![.!?…])[.!?…]+(?:[ \u00a0\u202f]*[»”)\]]|\u2060)*\s+(?=[«“(\[–—]*\s*[A-ZÀ-ÖØ-ÞŒ\d])')
_LAST_WORD = re.compile(r'[^\W_]+$')
_ABBREVIATIONS = frozenset(
    'art al p pp cf éd vol chap fig tab av bd St Ste MM Mme Mmes Mlle Dr Me Pr n nos réf coll dir'.split()  # noqa: SIM905
)
"""Words whose full stop ends no sentence; « etc. » is not among them: a capital after it opens a sentence."""


@dataclass(frozen=True, slots=True)
class Prose:
    """A run of words authors wrote. ``typed`` is ``text`` with what came from elsewhere masked, character for character.

    ``values``: for each value taken from the data, where it stands in ``text`` and its key.
    """

    span: Span
    kind: Kind
    text: str
    typed: str
    values: tuple[tuple[int, str], ...] = ()


def written(document: Document) -> tuple[Part, ...]:
    """Return the parts authors wrote: what the program makes is not theirs to correct."""
    return tuple(part for part in document.parts if part.span.file.startswith('content/'))


def prose(part: Part) -> Iterator[Prose]:
    """Yield the prose of a part in reading order, each note after the run that calls it.

    Quotations set apart are left out, being others' words, and so are cells and captions taken from data and figures.
    """
    for block in (part.heading, *part.blocks):
        yield from _block(block)


def _block(block: Block) -> Iterator[Prose]:
    match block:
        case Quote():
            return
        case Heading():
            yield from _run(block.children, block.span, 'titre')
        case Objectif() | Enjeu():
            yield from _run(block.title, block.span, 'titre')
        case Callout() if block.title:
            yield Prose(block.span, 'titre', block.title, block.title)
        case Paragraph():
            yield from _run(block.children, block.span, 'texte')
        case DefinitionList():
            for item in block.items:
                yield from _run(item.term, block.span, 'titre')
        case Table():
            yield from _table(block)
        case _:
            pass
    for child in child_blocks(block):
        yield from _block(child)


def _table(table: Table) -> Iterator[Prose]:
    yield from _run(table.caption, table.span, 'titre')
    for cells in () if table.query else (table.header, *(row.cells for row in table.rows)):
        for cell in cells:
            yield from _run(cell.children, table.span, 'cellule')
    yield from _run(table.notes, table.span, 'texte')


def _run(children: tuple[Inline, ...], span: Span, kind: Kind) -> Iterator[Prose]:
    text: list[str] = []
    typed: list[str] = []
    values: list[tuple[int, str]] = []
    length = 0
    for words, own, key in _pieces(children):
        if key:
            values.append((length, key))
        text.append(words)
        typed.append(words if own else MASK * len(words))
        length += len(words)
    if length:
        yield Prose(span, kind, ''.join(text), ''.join(typed), tuple(values))
    for node in inlines(children):
        if isinstance(node, Note):
            yield from _run(node.children, node.span, 'note')


def _pieces(children: tuple[Inline, ...]) -> Iterator[tuple[str, bool, str]]:
    """Yield words, whether the author typed them, and the key of a value."""
    for node in children:
        match node:
            case Text() | Sup():
                yield node.text, True, ''
            case Break():
                yield ' ', True, ''
            case Emph() | Strong() | Link():
                yield from _pieces(node.children)
            case Value():
                yield node.text, False, node.key
            case Missing():
                yield node.shown, False, ''
            case Note():
                yield NOTE, True, ''
            case _:
                yield node.text, False, ''


# --- words and sentences ----------------------------------------------------------------------------------------------


def count_words(text: str) -> int:
    """Return the number of words: « l'article », « L. », « 141-3 » and « 10 000 » count for one each."""
    return len(_WORD.findall(text))


def sentences(text: str) -> list[str]:
    """Return the sentences of a run, spaces included: put end to end, they are the text again."""
    cuts = [match.end() for match in _END.finditer(text) if not _abbreviated(text, match)]
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True) if start < end]


def _abbreviated(text: str, match: re.Match[str]) -> bool:
    """Tell whether a full stop belongs to an abbreviation or an initial, and not to a sentence."""
    if not re.fullmatch(r'\.\s+', match[0]):
        return False
    word = _LAST_WORD.search(text, max(0, match.start() - 12), match.start())
    return word is not None and (word[0] in _ABBREVIATIONS or (len(word[0]) == 1 and word[0].isupper()))


def sentence_at(text: str, offset: int) -> str:
    """Return the sentence that holds the character at ``offset``."""
    end = 0
    for sentence in sentences(text):
        end += len(sentence)
        if offset < end:
            return sentence
    return text


def is_quoted(text: str, offset: int) -> bool:
    """Tell whether a character stands between « and »: the words are then someone else's."""
    return text.rfind('«', 0, offset) > text.rfind('»', 0, offset)


# --- remarks and their places -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding before its line is known: ``words`` are those at fault, from ``span`` on; empty when it is ``span``."""

    code: str
    span: Span
    words: str
    message: str
    hint: str


@dataclass(slots=True)
class Places:
    """Finds the line of a remark in the sources, which are read again only when there is something to say."""

    folder: Folder
    lines: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, remark: Remark) -> Span:
        """Return the place of the words, or of the block that holds them when they cannot be found as typed."""
        file = remark.span.file
        if not remark.words:
            return remark.span
        if file not in self.lines:
            text = self.folder.text(file, Span(file), Report()) or ''
            self.lines[file] = [untypeset(line) for line in text.split('\n')]
        return Span(file, locate(self.lines[file], remark.span.line, remark.words))


def locate(lines: Sequence[str], start: int, words: str) -> int:
    """Return the line (from 1) that holds ``words`` or their beginning: in the block at ``start``, else after it."""
    end = next((number for number in range(start, len(lines) + 1) if not lines[number - 1].strip()), len(lines) + 1)
    wanted = untypeset(words).replace(NOTE, '').split()
    counts = dict.fromkeys(count for count in (len(wanted), 4, 2) if 2 <= count <= len(wanted))
    tries = [(scope, count) for scope in (range(start, end), range(end, len(lines) + 1)) for count in (*counts, 1)]
    for scope, count in sorted(tries, key=lambda attempt: attempt[1] == 1):  # a single word tells least
        head = ' '.join(wanted[:count])
        for number in scope:
            if head and head in lines[number - 1]:
                return number
    return start
