"""A document as text: one line a block, to compare and to read. NBSP prints as ``␣``, the narrow one as ``·``."""

from __future__ import annotations

from collections.abc import Iterator

from pasbuild.model import (
    Acronym,
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
    Missing,
    Note,
    Objectif,
    Part,
    Quote,
    Ref,
    Row,
    Strong,
    Sup,
    Table,
    Text,
    Value,
    child_blocks,
)


def dump(document: Document) -> str:
    """Return a document as text."""
    return '\n'.join(line for part in document.parts for line in dump_part(part)) + '\n'


def dump_part(part: Part) -> Iterator[str]:
    """Yield the lines of a part."""
    yield ' '.join(
        filter(None, [f'part {part.id} {part.kind}', visible(part.label), f'accent={part.accent}' * bool(part.accent)])
    )
    yield from _block(part.heading, 1)
    for block in part.blocks:
        yield from _block(block, 1)


def visible(text: str) -> str:
    """Return a text with its no-break spaces shown."""
    return text.replace('\u00a0', '␣').replace('\u202f', '·')


def inline(children: tuple[Inline, ...]) -> str:
    """Return inlines on one line."""
    return ''.join(map(_inline, children))


def _inline(node: Inline) -> str:
    match node:
        case Text(text):
            return visible(text)
        case Emph(children):
            return f'*{inline(children)}*'
        case Strong(children):
            return f'**{inline(children)}**'
        case Sup(text):
            return f'^{text}^'
        case Link(href, children):
            return f'[{inline(children)}]({href})'
        case Ref(target, text):
            return f'[{visible(text)}](#{target})'
        case Value(key, _, text):
            return f'{{{key}={visible(text)}}}'
        case Missing(text):
            return f'{{manque {visible(text)}}}'
        case Acronym(text):
            return f'<{text}>'
        case Note(identifier, _, children, number):
            return f'[^{number} {identifier}: {inline(children)}]'
        case Break():
            return '⏎'


def _block(block: Block, depth: int) -> Iterator[str]:
    words = f'{type(block).__name__.lower()} {block.id}:{block.span.line} {_own(block)}'.rstrip()
    yield f'{"  " * depth}{words}'
    if isinstance(block, Table):
        rows = ((block.header, 'head'), *((row.cells, 'total' if row.total else 'row') for row in block.rows))
        for cells, word in rows:
            if cells:
                shown = ' | '.join(inline(cell.children) + '#' * cell.numeric for cell in cells)
                yield f'{"  " * (depth + 1)}{word} | {shown} |'
        if block.notes:
            yield f'{"  " * (depth + 1)}note {inline(block.notes)}'
    for child in child_blocks(block):
        yield from _block(child, depth + 1)


def _own(block: Block) -> str:
    match block:
        case Heading():
            return f'h{block.level} {block.kind} {block.number} {inline(block.children)}'.replace('  ', ' ')
        case Objectif():
            refs = ''.join(f' ←{ref.target}' for ref in block.enjeux)
            return f'{block.number} {inline(block.title)} ({" ".join(block.answers)}){refs}'
        case Enjeu():
            refs = ''.join(f' →[{visible(ref.text)}](#{ref.target})' for ref in block.objectifs)
            return f'{block.number} {inline(block.title)} ({" ".join(block.answers)}){refs}'
        case ListBlock():
            return f'{"ordered" if block.ordered else "bullets"} {len(block.items)}' + f' from {block.start}' * (
                block.start != 1
            )
        case DefinitionList():
            return ' / '.join(inline(item.term) for item in block.items)
        case Callout():
            return f'{block.kind} {visible(block.title)}'
        case Table():
            flags = ' paysage' * block.landscape + ' sans-entetes' * (not block.row_headers)
            query = ' '.join(f'{key}={value}' for key, value in block.query)
            return f'{block.label} {block.number}{flags} « {inline(block.caption)} » {query} {visible(block.source)}'.strip()
        case FigureBlock():
            words = f'{block.label} {block.number} {block.width} « {inline(block.caption)} »'
            return f'{words} {inline(block.reading)} {visible(block.source)}' if block.label else ''
        case Listing():
            entries = ''.join(
                f'\n        {e.level} {e.target} {visible(e.label)} {visible(e.text)}' for e in block.entries
            )
            return block.kind + entries
        case Quote():
            return ''
        case _:
            return inline(block.children)


def dump_row(row: Row) -> list[str]:
    """Return the cells of a row."""
    return [inline(cell.children) for cell in row.cells]
