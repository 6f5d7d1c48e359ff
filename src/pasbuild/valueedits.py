"""Corrections of what is made inside a paragraph: values taken from the data, numbers of references.

Why: a paragraph is written by somebody, the number in it is not. When a reviewer changes such a number, accepting must not
write it in the text, where it would no longer follow the data: the words of the paragraph are one request, the number is
another, to be met at its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pasbuild.changes import Change, Words
from pasbuild.edits import Range, fold, folded_equal, raw_differences, tokens
from pasbuild.rendering import readable, shown_tokens, silent_pieces
from pasbuild.reviewbase import Bloc

_VALUE = re.compile(r'\{val\}`([\w-]+)')
_NUMBER = re.compile(r'\[\]\(#([^()\s]*)\)')
_SAYS = re.compile(r'\w')


def told_apart(changes: Iterable[Change], blocks: Mapping[str, Bloc]) -> tuple[Change, ...]:
    """Return the changes, each that also changes something made split in two: the words, and what is made."""
    return tuple(part for change in changes for part in _split(change, blocks))


def _split(change: Change, blocks: Mapping[str, Bloc]) -> Iterator[Change]:
    one = change.state == 'placé' and len(change.before) == len(change.after) == len(change.blocks) == 1
    if not one or change.blocks[0] not in blocks or change.kind not in ('modifié', 'cellule'):
        yield change
        return
    shown = dict(shown_tokens(blocks[change.blocks[0]]))
    old, new = change.before[0].markdown, change.after[0].markdown
    before, after = tokens(old), tokens(new)
    ranges = [_with_unit(found, before, after, shown) for found in raw_differences(old, new)]
    made = [found for found in ranges if _is_made(before[found[0] : found[1]])]
    kept = _restored(before, after, made)
    lost = [token for found in ranges if found not in made for token in before[found[0] : found[1]] if _source(token)]
    told = replace(change, detail=' ; '.join([*filter(None, [change.detail]), *map(_warning, lost)]))
    if not made:
        yield told
    elif not folded_equal(kept, old):
        yield _with_words(told, Words(readable(kept, shown), kept))
    for i, j, k, m in made:
        gone, said = ''.join(before[i:j]), ''.join(after[k:m])
        source = ', '.join(dict.fromkeys(filter(None, map(_source, before[i:j]))))
        asked = replace(
            change, kind='modifié', state='partie générée', source=source, before=(Words(readable(gone, shown), gone),)
        )
        yield _with_words(asked, Words(said, said))


def _with_unit(found: Range, before: Sequence[str], after: Sequence[str], shown: Mapping[str, str]) -> Range:
    """Return a range that takes in the unit a value prints, when it was typed again after a number."""
    i, j, k, m = found
    unit = tokens(shown.get(before[j - 1], ''))[1:] if j > i and m > k else []
    typed = bool(unit) and fold(after[m : m + len(unit)]) == fold(unit)
    return (i, j, k, m + len(unit)) if typed else found


def _with_words(change: Change, words: Words) -> Change:
    pieces = silent_pieces(change.before[0].text, words.text)
    return replace(change, after=(words,) if words.markdown else (), pieces=pieces)


def _is_made(gone: Sequence[str]) -> bool:
    """Tell whether what is replaced says nothing but what is made."""
    return any(map(_source, gone)) and all(_source(token) or not _SAYS.search(token) for token in gone)


def _restored(before: Sequence[str], after: Sequence[str], made: Sequence[Range]) -> str:
    """Return the new words, with what is made as it was."""
    out, last = list[str](), 0
    for i, j, k, m in made:
        out += [*after[last:k], *before[i:j]]
        last = m
    return ''.join([*out, *after[last:]])


def _source(token: str) -> str:
    """Return where something made is to be changed; empty for words."""
    if found := _VALUE.match(token):
        return f"les données « {found[1]} » (content/data)"
    if found := _NUMBER.fullmatch(token):
        return f"le numéro de « {found[1]} », qui se met à jour seul"
    return ''


def _warning(token: str) -> str:
    return f"retire ce qui vient de données ou d'un renvoi : {token}"
