"""Words of a Word paragraph written as inline Markdown, with what the author had written where nothing was touched.

A value, a reference, a note call has no trace in Word but its printed text. So the Markdown of the exported block is laid
over the text that was printed, and gives its tokens (``{val}`communes.nombre` ``) with their place. A token whose printed
text comes back whole is written as it was; touched in the middle, it becomes plain text, and a person will see it.

Places are counted in characters that are not spaces: kinds of spaces change on the way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pasbuild.diagnostics import Report
from pasbuild.hunks import normalised
from pasbuild.model import Acronym, Break, Emph, Inline, Link, Missing, Ref, Span, Strong, Sup, Text, Value, plain
from pasbuild.reader import read_inlines
from pasbuild.typography import typeset, untypeset
from pasbuild.wordreader import Segment

_BLOCK_MARK = re.compile(r'\s*(?:#{1,6}\s+|(?:[-*+]|\d+[.)])\s+|:\s+|\[\^[^\]]+\]:\s*)?')
_ATTRIBUTES = re.compile(r'\s*\{[#.][^{}]*\}\s*$')
_NOTE = re.compile(r'\[\^([^\]\s]+)\]')
_CALL = '\ue000'
"""Stands for a note call while the rest is read; the private use area has no printed character."""
_SPECIAL = re.compile(r'([\\`*_\[\]<{^])')


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of the source: what it prints (None: unknown, taken from data or numbers), how it is written."""

    shown: str | None
    source: str
    bold: bool = False
    italic: bool = False
    literal: bool = True
    inside: tuple[Atom, ...] = ()
    """Of a link that is bold or italic in part: its pieces."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of source that prints the characters ``start`` to ``end`` of its block (spaces not counted)."""

    start: int
    end: int
    source: str
    look: tuple[bool, bool] | None = None
    """Bold and italic around it, when what it prints has several looks."""


@dataclass(frozen=True, slots=True)
class Original:
    """The source of a block laid over what it printed. ``notes``: labels of its notes, in order."""

    tokens: tuple[Token, ...] = ()
    notes: tuple[str, ...] = ()
    markdown: str = ''
    """Its inline Markdown in canonical form; empty when source and print could not be laid over each other."""
    looks: tuple[tuple[bool, bool, int], ...] = ()
    """Bold, italic and number of characters, stretch after stretch."""


def lay_over(markdown: str, text: str) -> Original:
    """Return the tokens of ``markdown`` (the lines of a block) at their places in ``text`` (what it printed)."""
    source = inline_source(markdown)
    notes = tuple(_NOTE.findall(source))
    atoms = _merged(_atoms(_NOTE.sub(_CALL, source)))
    shown = normalised(text)
    pattern = ''.join('(.+?)' if atom.shown is None else f'({re.escape(atom.shown)})' for atom in _spaced(atoms))
    found = re.fullmatch(pattern, shown) if atoms else None
    if found is None:
        return Original()
    tokens = tuple(
        Token(
            _count(shown[: found.start(index)]),
            _count(shown[: found.end(index)]),
            atom.source,
            (atom.bold, atom.italic) if atom.inside else None,
        )
        for index, atom in enumerate(atoms, 1)
        if not atom.literal and _count(found[index])
    )
    looks = stretches(
        (piece.bold, piece.italic, piece.source if atom.inside else found[index])
        for index, atom in enumerate(atoms, 1)
        for piece in atom.inside or (atom,)
    )
    return Original(tokens, notes, _canonical(atoms, notes), looks)


def stretches(pieces: Iterable[tuple[bool, bool, str]]) -> tuple[tuple[bool, bool, int], ...]:
    """Return pieces of text as stretches of one look: bold, italic, number of characters that are not spaces."""
    found: list[tuple[bool, bool, int]] = []
    for bold, italic, text in pieces:
        count = len(''.join(text.split()))
        if found and found[-1][:2] == (bold, italic):
            count += found.pop()[2]
        if count:
            found.append((bold, italic, count))
    return tuple(found)


def inline_source(markdown: str) -> str:
    """Return the inline content of the lines of a block: without list, title, quotation or note mark, on one line."""
    lines = [re.sub(r'^(?:\s*>)+\s?', '', line).strip() for line in markdown.strip().split('\n')]
    if lines and lines[0].startswith(':::'):
        return ''
    lines[0] = _BLOCK_MARK.sub('', lines[0], count=1)
    joined = ''.join(f'{line}\n' if line.endswith('\\') else f'{line} ' for line in lines).strip()
    return _ATTRIBUTES.sub('', joined)


def _atoms(source: str) -> list[Atom]:
    report = Report()
    nodes = read_inlines(source, Span('', 0), report)
    return [] if report.diagnostics else list(_walk(nodes, Atom('', '')))


def _walk(nodes: Iterable[Inline], look: Atom) -> Iterator[Atom]:
    for node in nodes:
        match node:
            case Text() | Acronym():
                for piece in re.split(f'({_CALL})', node.text):
                    if piece:
                        yield replace(look, shown='' if piece == _CALL else piece, source=piece, literal=piece != _CALL)
            case Strong():
                yield from _walk(node.children, replace(look, bold=True))
            case Emph():
                yield from _walk(node.children, replace(look, italic=True))
            case Value():
                yield replace(look, shown=None, source=f'{{val}}`{node.key}`', literal=False)
            case Missing():
                text = f'`{untypeset(node.text)}`' if node.text else ''
                yield replace(look, shown=node.shown, source=f'{{a-renseigner}}{text}', literal=False)
            case Sup():
                yield replace(look, shown=node.text, source=f'^{untypeset(node.text)}^', literal=False)
            case Ref():
                words = write_plain(node.text)
                yield replace(look, shown=node.text or None, source=f'[{words}](#{node.target})', literal=False)
            case Link():
                yield _link(node, look)
            case Break():
                yield replace(look, shown=' ', source='\\\n', literal=False)
            case _:
                pass


def _link(node: Link, look: Atom) -> Atom:
    shown = plain(node.children)
    pieces = tuple(_walk(node.children, replace(look, bold=False, italic=False)))
    words = write_inline([replace(piece, source=write_plain(piece.source)) for piece in pieces])
    if not any(piece.bold or piece.italic for piece in pieces) or not all(piece.literal for piece in pieces):
        words, pieces = write_plain(shown), ()
    inside = tuple(replace(piece, bold=piece.bold or look.bold, italic=piece.italic or look.italic) for piece in pieces)
    return replace(look, shown=shown, source=f'[{words}]({node.href})', literal=False, inside=inside)


def _merged(atoms: Sequence[Atom]) -> list[Atom]:
    """Return the atoms, those of unknown text that only spaces part as one: where one ends cannot be told."""
    found: list[Atom] = []
    for atom in atoms:
        if atom.shown is None and found and found[-1].shown is None:
            found[-1] = replace(found[-1], source=found[-1].source + atom.source)
        elif atom.shown is None and len(found) > 1 and found[-2].shown is None and not (found[-1].shown or '').strip():
            space = found.pop()
            found[-1] = replace(found[-1], source=f'{found[-1].source}{untypeset(space.source)}{atom.source}')
        else:
            found.append(atom)
    return found


def _spaced(atoms: Sequence[Atom]) -> Iterator[Atom]:
    """Yield the atoms with their spaces as ``normalised`` leaves them, over their seams too."""
    last = ' '
    texts: list[str | None] = []
    for atom in atoms:
        if atom.shown is None:
            texts.append(None)
            last = ''
            continue
        single = re.sub(r'[\s\u00a0\u202f]+', ' ', atom.shown)
        single = single[1:] if last == ' ' and single.startswith(' ') else single
        texts.append(single)
        last = single[-1:] or last
    for index in range(len(texts) - 1, -1, -1):
        text = texts[index]
        texts[index] = text and text.rstrip()
        if text is None or text.strip():
            break
    for atom, shown in zip(atoms, texts, strict=True):
        yield replace(atom, shown=shown)


def _canonical(atoms: Sequence[Atom], notes: Sequence[str]) -> str:
    labels = iter(notes)
    pieces = [
        Atom(None, f'[^{next(labels)}]', atom.bold, atom.italic)
        if atom.source == _CALL
        else replace(atom, source=write_plain(atom.source) if atom.literal else atom.source)
        for atom in atoms
    ]
    return write_inline(pieces)


def _count(text: str) -> int:
    return sum(not character.isspace() for character in text)


# --- writing ----------------------------------------------------------------------------------------------------------


def write_plain(text: str) -> str:
    """Return a text as an author types it: escaped, French spaces and apostrophes left to the typesetter."""
    typed = untypeset(text)
    return _SPECIAL.sub(r'\\\1', typed if typeset(typed) == typeset(text) else text)


def segments_markdown(
    segments: Sequence[Segment],
    places: Sequence[int | None],
    original: Original,
    labels: Callable[[str], str],
    target: Callable[[str], str],
) -> str:
    """Return segments as inline Markdown.

    ``places``: for each character that is not a space, its place in the exported block, or None when it is new.
    ``labels``: label of a note by its identifier in Word. ``target``: where a link of Word leads in the sources.
    """
    starts = {token.start: token for token in original.tokens}
    pieces: list[Atom] = []
    at, skip = 0, 0
    for segment in segments:
        if segment.note:
            pieces.append(Atom(None, f'[^{labels(segment.note)}]', segment.bold, segment.italic))
        for character in segment.text:
            space = character.isspace()
            if skip:
                skip -= not space
            elif not space and (token := _whole(starts, places, at)):
                bold, italic = token.look or (segment.bold, segment.italic)
                pieces.append(Atom(None, token.source, bold, italic, literal=False))
                skip = token.end - token.start - 1
            else:
                pieces.append(Atom(segment.link, character, segment.bold, segment.italic))
            at += not space
    return write_inline(list(_linked(pieces, target)))


def _whole(starts: dict[int, Token], places: Sequence[int | None], at: int) -> Token | None:
    """Return the token that starts at a character, if all it printed follows, untouched."""
    place = places[at] if at < len(places) else None
    token = starts.get(place) if place is not None else None
    if token is None or token.end <= token.start:
        return None
    return token if list(places[at : at + token.end - token.start]) == list(range(token.start, token.end)) else None


def _linked(pieces: Sequence[Atom], target: Callable[[str], str]) -> Iterator[Atom]:
    """Yield pieces of text joined by look and link, links written as such."""
    for (link, bold, italic, literal), group in groupby(pieces, lambda p: (p.shown, p.bold, p.italic, p.literal)):
        members = list(group)
        if link is None or not literal:
            yield from members
            continue
        words = write_plain(''.join(member.source for member in members)).replace('\n', '\\\n')
        leads = target(link) if link else ''
        yield Atom(None, f'[{words}]({leads})' if leads and words.strip() else words, bold, italic)


def write_inline(pieces: Sequence[Atom]) -> str:
    """Return pieces of Markdown with their bold and italic marks, spaces outside the marks."""
    out: list[str] = []
    stack: list[str] = []
    merged = [
        (bold, italic, ''.join(piece.source for piece in group))
        for (bold, italic), group in groupby(_unspaced(pieces), lambda piece: (piece.bold, piece.italic))
    ]
    for index, (bold, italic, text) in enumerate(merged):
        wanted = [mark for mark, on in (('**', bold), ('*', italic)) if on]
        while [mark for mark in stack if mark not in wanted]:
            out.append(stack.pop())
        lead = len(text) - len(text.lstrip())
        out.append(text[:lead])
        missing = [mark for mark in wanted if mark not in stack]
        for mark in sorted(missing, key=lambda mark: -_lasts(merged, index, mark)):
            stack.append(mark)
            out.append(mark)
        out.append(text[lead:])
    out.extend(reversed(stack))
    return re.sub(r'[ \t]+', ' ', ''.join(out)).strip()


def _lasts(merged: Sequence[tuple[bool, bool, str]], index: int, mark: str) -> int:
    """Return over how many pieces a mark stays: the longer one opens first."""
    count = 0
    for bold, italic, _ in merged[index:]:
        if not (bold if mark == '**' else italic):
            break
        count += 1
    return count


def _unspaced(pieces: Sequence[Atom]) -> Iterator[Atom]:
    """Yield pieces, spaces at the edges of a bold or italic stretch taken out of it."""
    flat = [
        replace(piece, source=part, bold=piece.bold and bool(part.strip()), italic=piece.italic and bool(part.strip()))
        for piece in pieces
        for part in (re.split(r'(^\s+|\s+$)', piece.source) if piece.bold or piece.italic else [piece.source])
        if part
    ]
    for index, piece in enumerate(flat):
        if piece.source.strip() or not (0 < index < len(flat) - 1):
            yield piece
            continue
        before, after = flat[index - 1], flat[index + 1]
        yield replace(piece, bold=before.bold and after.bold, italic=before.italic and after.italic)
