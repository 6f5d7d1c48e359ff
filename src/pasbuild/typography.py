"""French typography, in one pass, and the way back.

Why: planners type plain text, with ordinary spaces and straight apostrophes; the printed document owes its readers the
rules of the Imprimerie nationale. One pass, where the Markdown is read, serves every output, and ``untypeset`` undoes it
so that a text coming back from Word can be compared with its source.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

NBSP = '\u00a0'
NNBSP = '\u202f'
CONTROL = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]')
"""Characters that print nothing and that XML, hence Word, cannot hold."""

MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)
_UNITS = r"%|ha|km²|km|m²|m³|m|€|M€|Md€|hab|habitants|hectares|logements|communes|ans|minutes|millions?|milliards?"
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"'"), '’'),
    (re.compile(r'\.\.\.'), '…'),
    # before double punctuation: narrow no-break space, but a full one before the colon
    (re.compile(r'(?<=[^\s;!?(\[])[ \u00a0\u202f]?(?=[;!?]+(?:[\s»)\u00a0\u202f]|$))'), NNBSP),
    (re.compile(r'(?<=\S)[ \u00a0\u202f](?=:(?:[\s»)]|$))'), NBSP),
    (re.compile(r'^[ ](?=[:])'), NBSP),
    (re.compile(r'^[ ](?=[;!?])'), NNBSP),
    # inside guillemets
    (re.compile(r'«[ \u00a0\u202f]?'), f'«{NBSP}'),
    (re.compile(r'[ \u00a0\u202f]?»'), f'{NBSP}»'),
    # in numbers and before their unit ("en 2020 350 logements" is two numbers)
    (re.compile(r'(?<![\d,.])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)'), lambda match: re.sub(r'\s', NNBSP, match[0])),
    (re.compile(rf'(?<=\d)[ ](?=(?:{_UNITS})(?![\w]))'), NBSP),
    # abbreviations that must not end a line
    (re.compile(r'\b([LR]\.|[nN]°|[nN]os|art\.|p\.|al\.)[ ](?=\w|\d)'), rf'\1{NBSP}'),
    (re.compile(r'\bn\. d\.'), f'n.{NBSP}d.'),
    (re.compile(r'(?:(?<=\d)|(?<=\b1er))[ ](?=(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)\b)'), NBSP),
)  # fmt: skip


_NEEDED = re.compile(r"['.:;!?«»°]|\d[ \u00a0\u202f]|1er |[nN]os ")
"""What any of the rules needs: most texts, the cells of tables first, have none of it."""


def typeset(text: str) -> str:
    """Return ``text`` with French spaces, apostrophes and ellipses. Applying it twice changes nothing more."""
    if _NEEDED.search(text) is None:
        return text
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def untypeset(text: str) -> str:
    """Return the text as a planner types it: ordinary spaces, straight apostrophes, three dots."""
    return text.replace('’', "'").replace('…', '...').replace(NBSP, ' ').replace(NNBSP, ' ')


def group_thousands(digits: str) -> str:
    """Return whole digits in groups of three, from five digits or four alike: « 1 051 », « 367 806 »."""
    return f'{int(digits):,}'.replace(',', NNBSP)


def french_date(date: datetime.date | str) -> str:
    """Return « 13 mars 2023 », « 1er avril 2019 », « mars 2023 » or « 2023 » from a date or its ISO text."""
    text = date.isoformat() if isinstance(date, datetime.date) else date
    match = re.fullmatch(r'(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?', text)
    if match is None:
        return text
    year, month, day = match.groups()
    if month is None or not 1 <= int(month) <= 12:
        return year if month is None else text
    name = MONTHS[int(month) - 1]
    if day is None:
        return f'{name}{NBSP}{year}'
    return f"{'1er' if day == '01' else int(day)}{NBSP}{name}{NBSP}{year}"
