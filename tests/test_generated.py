"""Generated parts: what the dossier says prints as it is, never as markup and never as a template."""

from __future__ import annotations

import pytest
from dump import inline
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.diagnostics import Report
from pasbuild.document import read_project
from pasbuild.generated import Markdown, escape, names
from pasbuild.model import Block, Heading, Paragraph, Table, plain, walk
from pasbuild.project import Folder
from pasbuild.reader import read_part
from pasbuild.typography import typeset

NASTY = [
    "{{ 7 * 7 }}", "{% include 'x' %}", "{# rien #}", "{##}", "*gras* _x_ `code`", "[lien](https://x) ![](figure:x)",
    "<b>x</b>", "# Titre", "1. Liste", "- liste", "+ liste", "> citation", "::: fin", ": définition", "=== titre", "---",
    "a | b", "\\", "fin \\", "{#id}", "{val}`a.b`", "[^1]", "&amp; &#1;", "100 % ~~x~~", "1) un", "| a |", "x^2^", "#",
    'guillemets "droits"', "***", "  espaces  ", "https://example.org", "<https://example.org>", "a\n\n# Titre {#t}",
]  # fmt: skip


def read_escaped(form: str, value: str) -> list[Block]:
    report = Report()
    part = read_part('# T {#t}\n\n' + form.format(escape(value)), 'f.md', report)
    assert part is not None
    assert not report.diagnostics, report.diagnostics
    return list(walk(part))[1:]


@pytest.mark.parametrize('value', NASTY)
def test_a_value_prints_as_itself(value: str) -> None:
    wanted = typeset(' '.join(value.split()))
    [paragraph] = read_escaped('{}\n', value)
    assert isinstance(paragraph, Paragraph)
    assert plain(paragraph.children) == wanted
    [table] = read_escaped('| a | b |\n|---|---|\n| {} | x |\n', value)
    assert isinstance(table, Table)
    assert plain(table.rows[0].cells[0].children) == wanted
    assert plain(table.rows[0].cells[1].children) == 'x'
    [heading] = read_escaped('## {} {{#h}}\n', value)
    assert isinstance(heading, Heading)
    assert (heading.id, plain(heading.children)) == ('h', wanted)


@given(st.text(alphabet='ab1 .-+=:#*_`[](){}<>|\\^~!&"\'$%/', min_size=1, max_size=20).filter(str.strip))
def test_any_value_prints_as_itself(value: str) -> None:
    wanted = typeset(' '.join(value.split()))
    [paragraph] = read_escaped('{}\n', value)
    assert isinstance(paragraph, Paragraph)
    assert ' '.join(plain(paragraph.children).split(' ')) == wanted


def test_markdown_is_not_escaped() -> None:
    assert escape(Markdown('**x**')) == '**x**'
    assert escape(12) == '12'


def test_every_part_is_read_without_a_finding(mini: Folder) -> None:
    report = Report()
    project = read_project(mini, report)
    assert project is not None
    assert set(names()) <= set(project.dossier.parties)
    assert not report.diagnostics


def test_titles_of_the_dossier_are_never_templates(mini: Folder) -> None:
    path = mini.root / 'content' / 'dossier.yaml'
    text = path.read_text(encoding='utf-8')
    text = text.replace("titre: Projet d'aménagement stratégique", 'titre: "{{ 7 * 7 }} *a* | {#b} [x](https://y)"', 1)
    path.write_text(text, encoding='utf-8')
    report = Report()
    project = read_project(mini, report)
    assert project is not None
    assert not report.diagnostics
    assert inline(project.document.parts[0].heading.children) == "{{ 7 * 7 }} *a* | {#b} [x](https://y)"
    colophon = next(block for block in walk(project.document) if block.id == 'tab-colophon')
    assert isinstance(colophon, Table)
    assert plain(colophon.rows[0].cells[1].children).startswith("{{ 7 * 7 }} *a* | {#b}")


def test_names_of_data_are_never_markup(mini: Folder) -> None:
    path = mini.root / 'content' / 'data' / 'sources.yaml'
    text = path.read_text(encoding='utf-8')
    text = text.replace('titre: Population des communes', "titre: 'Population \"2023\" {#x} | <b>'", 1)
    text = text.replace('https://example.org/communes', 'https://example.org/a(b)c"d', 1)
    path.write_text(text, encoding='utf-8')
    report = Report()
    project = read_project(mini, report)
    assert project is not None
    assert not report.diagnostics
    captions = [inline(block.caption) for block in walk(project.document) if isinstance(block, Table)]
    assert any('{#x} | <b>' in caption for caption in captions)


def test_a_dossier_may_replace_a_part(mini: Folder) -> None:
    own = mini.root / 'templates' / 'parts' / 'sommaire.md.j2'
    own.parent.mkdir(parents=True)
    own.write_text('# Plan {#plan}\n\n{{ dossier.scot }}\n', encoding='utf-8')
    project = read_project(mini, Report())
    assert project is not None
    assert project.document.parts[2].id == 'plan'
