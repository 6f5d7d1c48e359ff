"""Where each piece of text stands in a Markdown file, to the last line, and as its author wrote it.

Why apart from ``reader``: the document only needs the line a block starts at. The way back from Word must replace exactly
the words that were sent, hence know where they end and what markup they hold. A second pass over the same tokens says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from pasbuild.attributes import parse_attributes, split_trailing
from pasbuild.diagnostics import Report
from pasbuild.model import Span
from pasbuild.reader import parsed

_PIPE = re.compile(r'(?<!\\)\|')


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines from ``first`` to ``last``, counted from 1, and the inline Markdown they hold, as written."""

    first: int
    last: int
    markdown: str


@dataclass(slots=True)
class Passages:
    """The passages of one file. Keys are lines: those where the blocks of the document say they start."""

    texts: dict[int, Passage] = field(default_factory=dict)
    """Paragraphs, titles (without their attributes)."""
    terms: dict[int, list[Passage]] = field(default_factory=dict)
    """Terms of a definition list, one for each definition."""
    rows: dict[int, list[list[Passage]]] = field(default_factory=dict)
    """Cells of a table, by row, the header first."""
    titles: dict[int, Passage] = field(default_factory=dict)
    """Titles of boxes and of tables, on the line that opens their block."""
    remarks: dict[int, Passage] = field(default_factory=dict)
    """Text that goes with a table in its block."""
    notes: dict[int, list[Passage]] = field(default_factory=dict)
    """Footnotes, by the line that calls them, in the order of their calls."""


def read_passages(text: str) -> Passages:
    """Return the passages of a Markdown text."""
    return _Reader(parsed(text), re.split(r'\r\n?|\n', text)).read()


@dataclass(slots=True)
class _Reader:
    tokens: Sequence[Token]
    lines: Sequence[str]
    found: Passages = field(default_factory=Passages)
    calls: list[tuple[int, str]] = field(default_factory=list)
    bodies: dict[str, Passage] = field(default_factory=dict)
    box: int = 0
    """Line that opens the ``:::tableau`` block under way, 0 outside."""
    table: int = 0
    listed: list[int] = field(default_factory=list)
    """Lines of the definition lists under way."""
    term: Passage = field(default_factory=lambda: Passage(0, 0, ''))
    label: str = ''

    def read(self) -> Passages:
        for index, token in enumerate(self.tokens):
            line = token.map[0] + 1 if token.map else 0
            match token.type:
                case 'container_bloc_open':
                    self._open(token, line)
                case 'container_bloc_close':
                    self.box = 0
                case 'table_open':
                    self.table = self.box or line
                    self.found.rows[self.table] = []
                case 'tr_open':
                    self.found.rows[self.table].append([])
                case 'dl_open':
                    self.listed.append(line)
                    self.found.terms[line] = []
                case 'dl_close':
                    self.listed.pop()
                case 'dd_open':
                    self.found.terms[self.listed[-1]].append(self.term)
                case 'footnote_reference_open':
                    self.label = str(token.meta['label'])
                case 'footnote_reference_close':
                    self.label = ''
                case 'inline':
                    self.calls += _calls(token, line)
                    self._keep(token, line, self.tokens[index - 1].type)
                case _:
                    pass
        for line, label in self.calls:
            if label in self.bodies:
                self.found.notes.setdefault(line, []).append(self.bodies[label])
        return self.found

    def _open(self, token: Token, line: int) -> None:
        name, _, rest = token.info.strip().partition(' ')
        title, body = split_trailing(rest)
        if name == 'tableau':
            self.box = line
            title = parse_attributes(f'{title} {body}', Span('', line), Report()).get('titre')
        self.found.titles[line] = Passage(line, line, title.strip())

    def _keep(self, token: Token, line: int, opened: str) -> None:
        """Keep a passage by what holds it: ``opened`` is the token before it."""
        assert token.map is not None
        passage = Passage(line, max(token.map[1], line), token.content)
        match opened:
            case 'th_open' | 'td_open':
                row = self.found.rows[self.table][-1]
                row.append(Passage(line, line, _cell(self.lines[line - 1], len(row))))
            case 'dt_open':
                self.term = passage
            case 'heading_open':
                self.found.texts[line] = Passage(line, passage.last, split_trailing(token.content)[0].strip())
            case _ if self.label:
                self.bodies.setdefault(self.label, passage)
            case _ if self.box:
                known = self.found.remarks.get(self.box)
                joined = f'{known.markdown}\n\n{token.content}' if known else token.content
                self.found.remarks[self.box] = Passage(known.first if known else line, passage.last, joined)
            case _:
                self.found.texts[line] = passage


def _calls(token: Token, line: int) -> Iterator[tuple[int, str]]:
    """Yield the footnotes an inline token calls, with the line of each call."""
    for child in token.children or ():
        if child.type in ('softbreak', 'hardbreak'):
            line += 1
        elif child.type == 'footnote_ref':
            yield line, str(child.meta['label'])


def _cell(line: str, rank: int) -> str:
    """Return a cell of a table row as written, escapes included; empty when the row is short of it."""
    cells = _PIPE.split(line.strip(' >\t'))
    cells = cells[1:] if not cells[0] else cells
    return cells[rank].strip() if rank < len(cells) else ''
