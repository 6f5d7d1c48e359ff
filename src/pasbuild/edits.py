"""The edits between two texts, as ranges of tokens: words, numbers, marks, and what the sources hold as one thing."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

PARAGRAPH = '\n\n'
"""Ends a paragraph inside a passage: one that a reviewer splits, or several that one joins."""
MOST_WORDS = 4_000_000
"""Pairs of words compared at most; beyond, a passage is one edit. A judgement: two paragraphs of a thousand words."""
_TOKEN = re.compile(
    r'[ \t]*\n[ \t]*\n\s*|\\\n[ \t]*|[ \t]{2,}\n[ \t]*|\s+'  # ends of paragraphs, forced line breaks, spaces
    r'|\{[\w-]+\}(?:`[^`]*`)?|\[\^[^\]\s]+\]|\[[^\[\]]*\]\([^()\s]*\)'  # values, note calls, links
    r'|(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+)(?:,\d+)?|\\[^\w\s]|\*+|\^[^^\s]+\^|\w+|[^\w\s]'
)
Range = tuple[int, int, int, int]
"""Tokens of the base, and of what they became."""
_WORD = re.compile(r'\w|[`\[]')
_END = ('.', '!', '?', '…', ';', ':')
"""Marks that end a sentence, or a part of one that stands by itself."""
Edit = tuple[int, int, str]
"""Tokens from, to, and what they become."""


def tokens(text: str) -> list[str]:
    """Return a text as words, numbers, marks and spaces; what the sources hold as one thing is one token."""
    return _TOKEN.findall(text)


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Return a text without the differences no reviewer means: ends of lines, kinds of spaces and apostrophes."""
    return ''.join(fold(tokens(text.strip())))


def folded_equal(one: str, other: str) -> bool:
    """Tell whether two texts say the same, edges included."""
    return fold(tokens(one)) == fold(tokens(other))


def raw_differences(old: str, new: str) -> tuple[Range, ...]:
    """Return what differs, as ranges of tokens, each as small as it can be."""
    return _raw(fold(tokens(old)), fold(tokens(new)))


def _raw(before: list[str], after: list[str]) -> tuple[Range, ...]:
    if before == after:
        return ()
    if len(before) * len(after) > MOST_WORDS:
        return ((0, len(before), 0, len(after)),)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return tuple((i, j, k, m) for kind, i, j, k, m in matcher.get_opcodes() if kind != 'equal')


@lru_cache(maxsize=4096)
def differences(old: str, new: str) -> tuple[Range, ...]:
    """Return what differs, as ranges of tokens; ranges that no word parts are one."""
    before, after = fold(tokens(old)), fold(tokens(new))
    found: list[Range] = []
    for place in _raw(before, after):
        slides = place[0] == place[1] or place[2] == place[3]
        floor = found[-1][1] if found else 0
        i, j, k, m = _slid(before, after, place, floor) if slides else place
        if found and not any(_WORD.search(token) for token in before[found[-1][1] : i]):
            found[-1] = (found[-1][0], j, found[-1][2], m)
        else:
            found.append((i, j, k, m))
    return tuple(found)


def _slid(before: list[str], after: list[str], place: Range, floor: int) -> Range:
    """Return an insertion or a deletion as far to the left as it reads the same: one way to say one thing."""
    i, j, k, m = place
    words, last = (before, j) if j > i else (after, m)
    while i > floor and k > 0 and before[i - 1] == words[last - 1]:
        i, j, k, m, last = i - 1, j - 1, k - 1, m - 1, last - 1
    return i, j, k, m


def fold(words: Iterable[str]) -> list[str]:
    """Return tokens without the differences no reviewer means."""
    return [_folded_token(word) for word in words]


@lru_cache(maxsize=65536)
def _folded_token(word: str) -> str:
    if word.isspace():
        return PARAGRAPH if re.search(r'\n[ \t]*\n', word) else '\\\n' if re.match(r'[ \t]{2,}\n', word) else ' '
    if word.startswith('\\\n'):
        return '\\\n'
    return re.sub(r'[ \u00a0\u202f]', ' ', word.replace('’', "'"))


def touch(words: Sequence[str], one: Edit, other: Edit) -> bool:
    """Tell whether two edits of ``words``, in order, write side by side: no kept word, no end of a sentence parts them.

    Each is right alone, together they may read as nobody meant: « Toutes les » and « Les seules » for « Les ». To strike
    a word beside a word that is replaced is no such thing; beside a word that is added it is.
    """
    (start, end, text), (after, last, added) = one, other
    if end > after or any(_parts(word) for word in words[end:after]):
        return False
    if text.rstrip().endswith(_END) or added.lstrip().startswith(_END):
        return False
    writes = bool(_WORD.search(text)), bool(_WORD.search(added))
    adds = start == end or after == last
    return all(writes) or (any(writes) and adds and not (text and added))


def _parts(word: str) -> bool:
    return bool(_WORD.search(word)) or word.startswith(_END) or fold([word]) == [PARAGRAPH]
