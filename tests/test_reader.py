"""Markdown parts → blocks: cases written as text (tests/cases/), and what must hold for any text at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from dump import dump_part, inline
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.diagnostics import Report
from pasbuild.model import Note, Objectif, Part, Span, Table, inlines, own_inlines, walk
from pasbuild.reader import read_inlines, read_part

CASES = Path(__file__).parent / 'cases'
TITLE = '# T {#t}\n\n'
CASE = re.compile(
    r'^=== (?P<title>.+)\n(?P<text>(?s:.*?))^--- attendu\n(?P<expected>(?s:.*?))(?=^=== |\Z)', re.MULTILINE
)


def read(text: str) -> tuple[Part | None, Report]:
    report = Report()
    return read_part(text, 'content/essai.md', report), report


def outcome(text: str) -> str:
    """Return what a text gives: its blocks, then its findings."""
    part, report = read(text)
    lines = list(dump_part(part)) if part else ['no part']
    lines += [f'! {finding.span.line} {finding.code} {finding.message}' for finding in report.sorted()]
    return '\n'.join(lines) + '\n'


@pytest.mark.parametrize('name', sorted(path.name for path in CASES.glob('*.md')))
def test_cases(name: str, golden: Callable[[Path, str], None]) -> None:
    path = CASES / name
    cases = CASE.findall(path.read_text(encoding='utf-8'))
    assert cases
    golden(path, '\n'.join(f'=== {title}\n{text}--- attendu\n{outcome(text)}' for title, text, _ in cases))


def test_windows_line_ends_are_read_alike() -> None:
    text = '---\ngenre: annexe\n---\n\n# T {#t}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n:::encadre\nx\n:::\n'
    assert outcome(text.replace('\n', '\r\n')) == outcome(text)


def test_findings_in_front_matter_stand_at_their_line() -> None:
    _, report = read('---\n\ngenre: dynamique\ncouleur: bleu\n---\n\n# T {#t}\n')
    assert [(finding.span.line, finding.code) for finding in report.diagnostics] == [(4, 'lire.cle-inconnue')]


@pytest.mark.parametrize(
    ('cells', 'numeric'),
    [
        (['1', '2 500', '−3,5 %', '+4 ha'], True),
        (['1', 'n. d.', '–', ''], True),
        (['{val}`a.b`', '{a-renseigner}`c`'], True),
        (['n. d.', '–'], False),
        (['', ''], False),
        (['2023', 'mars 2023'], False),
        (['12 logements'], False),
        ([], False),
    ],
)
def test_numeric_columns(cells: list[str], numeric: bool) -> None:
    rows = ''.join(f'| x | {cell} |\n' for cell in cells)
    part, report = read(f'{TITLE}| a | b |\n|---|---|\n{rows}')
    assert part is not None
    table = part.blocks[0]
    assert isinstance(table, Table)
    assert [cell.numeric for cell in table.header] == [False, numeric]
    assert all(row.cells[1].numeric == numeric for row in table.rows)
    assert not report.diagnostics


def test_one_line_texts() -> None:
    report = Report()
    assert inline(read_inlines("L'*eau* : {val}`a.b`", Span('f', 1), report)) == "L’*eau*␣: {a.b=}"
    assert read_inlines('', Span('f', 1), report) == ()
    assert not report.diagnostics


def test_an_objective_holds_what_follows_up_to_the_next_title_of_its_rank() -> None:
    part, _ = read(
        '---\ngenre: dynamique\n---\n# T {#t}\n## A {#a .axe}\n### O {#o .objectif}\nx\n#### D\ny\n### P {#p}\nz\n'
    )
    assert part is not None
    objective = part.blocks[1]
    assert isinstance(objective, Objectif)
    assert [child.id for child in objective.children] == ['o.p1', 'o.h1', 'o.p2']
    assert part.blocks[2].id == 'p'


# --- any text ---------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from([
    '# T {#t}', '## A {#a .axe}', '### O {#o .objectif repond_a="L141-3/espace"}', '### E {#e .enjeu objectifs="o"}',
    '#### B', '', '', ':::encadre Titre', ':::tableau {#tab titre="x"}', ':::tableau {#d donnees=communes titre="y"}',
    ':::', ':::sommaire', '| a | b |', '|---|---|', '| 1 | 2 |', '| 1 |', '- x', '  - y', '1. z', '> q', 'Terme',
    ': définition', '![](figure:fig-a)', '![](x.png)', 'texte[^1] {val}`a.b`', '[^1]: note', '---', '```', '<b>', '    ',
    '\t- tab', '[](#o)', '*a **b', '{a-renseigner}`x`', '\\', 'a  ', '+', '&#1;', '"', '{#x', 'a|b', '=== ', '\u2028', '\0',
])  # fmt: skip


def check_part(text: str) -> None:
    part, report = read(text)
    lines = len(text.split('\n'))
    assert all(0 <= finding.span.line <= lines for finding in report.diagnostics)
    if part is None:
        return
    blocks = list(walk(part))
    assert all(block.id and 1 <= block.span.line <= lines for block in blocks)
    derived = [block.id for block in blocks if '.' in block.id]
    doubled = len({block.id for block in blocks}) < len(blocks)
    explicit = [block.id for block in blocks if '.' not in block.id]
    assert len(set(derived)) == len(derived) or len(set(explicit)) < len(explicit) or not doubled
    notes = [node.id for block in blocks for node in inlines(own_inlines(block)) if isinstance(node, Note)]
    assert len(set(notes)) == len(notes) or len(set(explicit)) < len(explicit)


@given(st.text())
def test_reader_never_raises_on_any_text(text: str) -> None:
    check_part(text)


@given(st.lists(PIECES, max_size=25))
def test_reader_never_raises_on_any_mix_of_its_syntax(pieces: list[str]) -> None:
    check_part('# T {#t}\n\n' + '\n'.join(pieces))


@given(st.lists(PIECES, max_size=12))
def test_reader_gives_the_same_twice(pieces: list[str]) -> None:
    text = '\n'.join(pieces)
    assert read(text) == read(text)
