"""Inlines of the document as runs of Word, with what they need elsewhere: bookmarks, notes, links.

Why: one paragraph of the document is one paragraph of Word, whatever it holds; each run says by its style what it is (a
value taken from the data, something still to be supplied…), so that the way back finds the Markdown again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, assert_never

from pasbuild import wordml
from pasbuild.model import (
    Acronym,
    Break,
    Document,
    Emph,
    Enjeu,
    FigureBlock,
    Heading,
    Inline,
    Link,
    Missing,
    Note,
    Objectif,
    Ref,
    Strong,
    Sup,
    Table,
    Text,
    Value,
    walk,
)
from pasbuild.wordstyles import Role, Weight, run_style


@dataclass(frozen=True, slots=True)
class Target:
    """What a live reference repeats: the number of a title (``titre``), or of a caption (``legende``)."""

    kind: Literal['titre', 'legende']
    number: str

    def instruction(self, block_id: str) -> str:
        r"""Return the field that gives the number. ``\n``: as printed at the title; ``\h``: leads there."""
        if self.kind == 'titre':
            return f'REF {wordml.bookmark(block_id)} \\n \\h'
        return f'REF {wordml.number_bookmark(block_id)} \\h'


def find_targets(document: Document) -> dict[str, Target]:
    """Return the numbered titles and captions by block id."""
    found: dict[str, Target] = {}
    for block in walk(document):
        match block:
            case Heading() | Objectif() | Enjeu() if block.number:
                found[block.id] = Target('titre', block.number)
            case Table() | FigureBlock() if block.number:
                found[block.id] = Target('legende', str(block.number))
            case _:
                pass
    for part in document.parts:
        if part.heading.id in found:
            found.setdefault(part.id, found[part.heading.id])
    return found


@dataclass(slots=True)
class Marks:
    """Bookmarks and other numbers that must be unique in the file."""

    last: int = 0
    generated: int = 0
    pending: list[str] = field(default_factory=list)
    """Blocks without a paragraph of their own (a list, a box): the next paragraph carries their bookmark too."""
    taken: set[str] = field(default_factory=set)

    def next(self) -> int:
        """Return a number not used yet in the file."""
        self.last += 1
        return self.last

    def around(self, content: str, block_id: str = '') -> str:
        """Return a paragraph's content inside the bookmarks of its blocks, or a generated one when it has none."""
        wanted = [wordml.bookmark(known) for known in (*self.pending, block_id) if known]
        self.pending.clear()
        names = [name for name in dict.fromkeys(wanted) if name not in self.taken]
        if not names:
            self.generated += 1
            names = [f'_pasg_{self.generated}']
        self.taken.update(names)
        for name in reversed(names):
            content = wordml.marked(self.next(), name, content)
        return content


@dataclass(slots=True)
class Prose:
    """Writes inlines; keeps the notes, the links of the body and of the notes, and the character styles met."""

    targets: Mapping[str, Target]
    marks: Marks
    notes: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    note_links: dict[str, str] = field(default_factory=dict)
    used: set[tuple[Role, Weight]] = field(default_factory=set)
    in_note: bool = False

    def runs(self, children: tuple[Inline, ...], role: Role = 'texte', weight: Weight = 'normal') -> str:
        """Return inlines as runs."""
        return ''.join(self._inline(child, role, weight) for child in children)

    def text(self, text: str, role: Role = 'texte', weight: Weight = 'normal') -> str:
        """Return a text as one run in the style of its role."""
        self.used.add((role, weight))
        return wordml.run(text, run_style(role, weight))

    def field(self, instruction: str, result: str, role: Role, weight: Weight = 'normal') -> str:
        """Return a field with its result, in the style of its role."""
        self.used.add((role, weight))
        return wordml.field(instruction, result, run_style(role, weight))

    def _inline(self, node: Inline, role: Role, weight: Weight) -> str:
        match node:
            case Text() | Acronym():
                return self.text(node.text, role, weight)
            case Emph():
                return self.runs(node.children, role, _heavier(weight, 'accentue'))
            case Strong():
                return self.runs(node.children, role, _heavier(weight, 'fort'))
            case Sup():
                return self.text(node.text, 'exposant', weight)
            case Value():
                return self.text(node.text, 'valeur', weight)
            case Missing():
                return self.text(node.shown, 'a-renseigner', weight)
            case Link():
                return self._link(node, weight)
            case Ref():
                return self._reference(node, weight)
            case Note():
                return self._note(node)
            case Break():
                return wordml.line_break()
            case _:
                assert_never(node)

    def _link(self, node: Link, weight: Weight) -> str:
        links = self.note_links if self.in_note else self.links
        relation = links.setdefault(node.href, f'lien{len(links) + 1}')
        return wordml.external_link(relation, self.runs(node.children, 'lien', weight))

    def _reference(self, node: Ref, weight: Weight) -> str:
        """Return a link to the target; when the text ends with its number ("carte 3"), the number is a live field.

        The field leads there by itself, no link around it: LibreOffice gives links a look of its own.
        """
        target = self.targets.get(node.target)
        name = wordml.bookmark(node.target)
        if target is None or not re.search(rf'(?<![\w.]){re.escape(target.number)}$', node.text):
            return wordml.internal_link(name, self.text(node.text, 'lien', weight))
        before = self.text(node.text.removesuffix(target.number), 'renvoi', weight)
        return before + self.field(target.instruction(node.target), target.number, 'renvoi', weight)

    def _note(self, node: Note) -> str:
        if self.in_note:  # Word has no note to a note
            return self.text(' (') + self.runs(node.children) + self.text(')')
        self.in_note, pending, self.marks.pending = True, self.marks.pending, []
        content = self.marks.around(self.runs(node.children), node.id)
        self.in_note, self.marks.pending = False, pending
        self.notes.append(wordml.note(len(self.notes) + 1, content))
        return wordml.note_call(len(self.notes))


def _heavier(weight: Weight, added: Literal['fort', 'accentue']) -> Weight:
    match weight:
        case 'normal':
            return added
        case 'chiffre':
            return weight
        case _:
            return weight if weight == added else 'fort-accentue'
