"""What a reader must be handed, piece by piece, in order: the document as text, with the labels that outputs print.

Why beside the writers: verification compares the bytes with the model, not with the HTML, so that a writer that drops
or swaps a block is found too. ``canonical`` takes away what a line break may change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from pasbuild.law import matieres
from pasbuild.model import (
    Block,
    Break,
    Callout,
    DefinitionList,
    Document,
    Emph,
    Enjeu,
    FigureBlock,
    Heading,
    Inline,
    Link,
    ListBlock,
    Listing,
    ListingEntry,
    Missing,
    Note,
    Objectif,
    Paragraph,
    Part,
    Quote,
    Ref,
    Row,
    Span,
    Strong,
    Table,
    inlines,
    own_inlines,
    plain,
    walk,
)
from pasbuild.project import Niveaux

FIGURE = '\ufffc'
"""Stands for a drawing in the sequence of pieces."""
_LIGATURES = str.maketrans({'ﬀ': 'ff', 'ﬁ': 'fi', 'ﬂ': 'fl', 'ﬃ': 'ffi', 'ﬄ': 'ffl', 'ﬅ': 'st', 'ﬆ': 'st'})
_HYPHENS = '\u200b\u00ad\u2010\u2011-'


@dataclass(frozen=True, slots=True)
class Wording:
    """A piece of text: the block it comes from, its words, and where its links must lead (``#id`` or an address)."""

    text: str
    span: Span
    block: str = ''
    """Id of the block, on its first piece only."""
    links: tuple[str, ...] = ()
    optional: bool = False
    """An ornament that may be left out of the tag tree."""


def canonical(text: str, *, hyphens: bool = False) -> str:
    """Return ``text`` as a sequence of words: no hyphens (a line end may add one), one space, no dot leaders.

    With ``hyphens``, for quoting, the ones inside lines stay.
    """
    text = re.sub(r'(?:\.\s*){3,}', ' ', text.translate(_LIGATURES))
    text = re.sub(f'[{_HYPHENS}]\n', '', text)
    if not hyphens:
        text = re.sub(f'[{_HYPHENS}]', '', text)
    text = re.sub(r'\s*([–—/])\s*', r'\1', text)
    return re.sub(r'\s+', ' ', text).strip()


def headings(document: Document, niveaux: Niveaux) -> Iterator[tuple[int, str, str, str, Span]]:
    """Yield level, bare title, title as printed, id and place of every heading, in order."""
    for part in document.parts:
        bare = plain(part.heading.children)
        yield 1, bare, f'{part.label} {bare}', part.heading.id, part.heading.span
        for block in part.blocks:
            for child in walk(block):
                if isinstance(child, Heading):
                    bare = plain(child.children)
                    yield child.level, bare, f'{_axis(child, niveaux)} {bare}', child.id, child.span
                elif isinstance(child, Objectif | Enjeu):
                    bare = plain(child.title)
                    yield child.level, bare, f'{child.number} {bare}', child.id, child.span


def notes(document: Document) -> Iterator[Wording]:
    """Yield every footnote, in order: its number and its words."""
    for block in walk(document):
        for node in inlines(own_inlines(block)):
            if isinstance(node, Note):
                yield Wording(f'{node.number} {_text(node.children)}', node.span, links=_links(node.children))


def pieces(document: Document, niveaux: Niveaux, pages: Mapping[str, str]) -> Iterator[Wording]:
    """Yield every piece, in the order of reading. ``pages``: the number printed on the page of each id."""
    for part in document.parts:
        above = [block for block in part.blocks if isinstance(block, Callout) and block.kind == 'surtitre']
        yield from _blocks(above, niveaux, pages)
        title = f'{part.label} {_text(part.heading.children)}'
        if part.kind == 'dynamique':
            yield Wording(part.heading.number, part.span, optional=True)
        yield Wording(title, part.heading.span, part.heading.id, _links(part.heading.children))
        if part.kind == 'dynamique':
            yield from _axes(part, pages)
        yield from _blocks([block for block in part.blocks if block not in above], niveaux, pages)


def _axes(part: Part, pages: Mapping[str, str]) -> Iterator[Wording]:
    for block in part.blocks:
        if isinstance(block, Heading) and block.kind == 'axe':
            text = f'{block.number} {plain(block.children)} {pages.get(block.id, "")}'
            yield Wording(text, block.span, links=(f'#{block.id}',))


def _blocks(blocks: Iterable[Block], niveaux: Niveaux, pages: Mapping[str, str]) -> Iterator[Wording]:
    for block in blocks:
        first = True
        for piece in _block(block, niveaux, pages):
            yield replace(piece, block=block.id) if first else piece
            first = False


def _block(block: Block, niveaux: Niveaux, pages: Mapping[str, str]) -> Iterator[Wording]:
    match block:
        case Heading():
            yield _run(block.children, block.span, before=_axis(block, niveaux))
        case Paragraph():
            yield _run(block.children, block.span)
        case ListBlock():
            for item in block.items:
                yield from _blocks(item.children, niveaux, pages)
        case DefinitionList():
            for definition in block.items:
                yield _run(definition.term, block.span)
                yield from _blocks(definition.children, niveaux, pages)
        case Quote():
            yield from _blocks(block.children, niveaux, pages)
        case Callout():
            if block.title:
                yield Wording(block.title, block.span)
            yield from _blocks(block.children, niveaux, pages)
        case Table():
            yield from _table(block)
        case FigureBlock():
            yield _run(block.caption, block.span, before=f'{block.label} {block.number}.')
            yield Wording(FIGURE, block.span)
            if block.reading:
                yield _run(block.reading, block.span, before="Lecture :")
            if block.source:
                yield Wording(block.source, block.span)
        case Objectif():
            yield _run(block.title, block.span, before=block.number)
            titles = [matieres()[answer].titre for answer in block.answers if answer in matieres()]
            if titles:
                yield Wording(f"Répond à L. 141-3 {' '.join(titles)}", block.span)
            yield from _refs("Enjeu", "Enjeux", block.enjeux, block.span)
            yield from _blocks(block.children, niveaux, pages)
        case Enjeu():
            yield _run(block.title, block.span, before=block.number)
            yield from _blocks(block.children, niveaux, pages)
            names = niveaux.objectif.nom.capitalize(), niveaux.objectif.pluriel.capitalize()
            yield from _refs(*names, block.objectifs, block.span)
        case Listing():
            for entry in block.entries:
                yield _entry(entry, block.span, pages)
        case _:
            assert_never(block)


def _table(block: Table) -> Iterator[Wording]:
    if block.caption:
        yield _run(block.caption, block.span, before=f'{block.label} {block.number}.')
    for row in (Row(block.header), *block.rows):
        for cell in row.cells:
            yield _run(cell.children, block.span)
    if block.notes:
        yield _run(block.notes, block.span)
    if block.source:
        yield Wording(block.source, block.span)


def _entry(entry: ListingEntry, span: Span, pages: Mapping[str, str]) -> Wording:
    return Wording(
        f'{entry.label} {entry.text} {pages.get(entry.target, "")}', span, links=(f'#{entry.target}',)
    )  # fmt: skip


def _refs(one: str, several: str, refs: tuple[Ref, ...], span: Span) -> Iterator[Wording]:
    if refs:
        numbers = ', '.join(ref.number for ref in refs)
        links = tuple(f'#{ref.target}' for ref in refs)
        yield Wording(f'{several if len(refs) > 1 else one} {numbers}', span, links=links)


def _axis(block: Heading, niveaux: Niveaux) -> str:
    return f'{niveaux.axe.nom.capitalize()} {block.number}' if block.kind == 'axe' else ''


def _run(children: tuple[Inline, ...], span: Span, before: str = '') -> Wording:
    return Wording(f'{before} {_text(children)}', span, links=_links(children))


def _text(children: tuple[Inline, ...]) -> str:
    """Return the words with the numbers of the note calls, which outputs print."""
    parts = []
    for node in children:
        match node:
            case Emph() | Strong() | Link():
                parts.append(_text(node.children))
            case Note():
                parts.append(str(node.number))
            case Missing():
                parts.append(node.shown)
            case Break():
                parts.append(' ')
            case _:
                parts.append(plain((node,)))
    return ''.join(parts)


def _links(children: tuple[Inline, ...]) -> tuple[str, ...]:
    """Where the links of a run lead, in order; those of its notes apart."""
    found: list[str] = []
    for node in children:
        match node:
            case Ref():
                found.append(f'#{node.target}')
            case Link():
                found += [node.href, *_links(node.children)]
            case Emph() | Strong():
                found += _links(node.children)
            case _:
                pass
    return tuple(found)
