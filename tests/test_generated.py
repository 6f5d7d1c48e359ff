"""Generated parts: what the dossier says prints as it is, never as markup and never as a template."""

from __future__ import annotations

import pytest
from dump import inline
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.diagnostics import Report
from pasbuild.document import read_project
from pasbuild.generated import Markdown, escape, names
from pasbuild.model import Block, Document, FigureBlock, Heading, ListBlock, Paragraph, Table, plain, walk
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
    assert set(names()) - {'avis'} <= set(project.dossier.parties)  # on demand: see test_registre
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


# --- the correspondence -----------------------------------------------------------------------------------------------


def edit(mini: Folder, name: str, old: str, new: str) -> None:
    path = mini.root / 'content' / name
    text = path.read_text(encoding='utf-8')
    assert old in text
    path.write_text(text.replace(old, new), encoding='utf-8')


def document_of(mini: Folder) -> Document:
    report = Report()
    project = read_project(mini, report)
    assert project is not None
    assert not report.diagnostics, report.diagnostics
    return project.document


def figures_of(document: Document, part: str) -> list[str]:
    [found] = [found for found in document.parts if found.id == part]
    return [block.id for block in walk(found) if isinstance(block, FigureBlock)]


def test_the_correspondence_places_the_matrix(mini: Folder) -> None:
    assert figures_of(document_of(mini), 'correspondance') == ['fig-correspondance']


def test_a_matrix_the_author_placed_is_not_placed_again_nor_its_data_repeated(mini: Folder) -> None:
    edit(mini, '30-methode.md', '# Méthode {#methode}\n', '# Méthode {#methode}\n\n![](figure:fig-correspondance)\n')
    document = document_of(mini)
    assert figures_of(document, 'methode') == ['fig-correspondance']
    assert figures_of(document, 'correspondance') == []
    assert 'donnees-fig-correspondance' not in {block.id for block in walk(document)}


def test_enjeux_and_objectives_without_link_are_listed_only_when_there_are(mini: Folder) -> None:
    assert 'correspondance-sans-lien' not in {block.id for block in walk(document_of(mini))}
    edit(mini, '10-contexte.md', ' objectifs="obj-services"', '')
    listed = next(block for block in walk(document_of(mini)) if block.id == 'correspondance-sans-lien.l1')
    assert isinstance(listed, ListBlock)
    first = [block for item in listed.items for block in item.children if isinstance(block, Paragraph)]
    assert [plain(block.children) for block in first] == [
        "enjeu\u00a02\u00a0: Garder des services proches",
        "objectif\u00a01.1.2\u00a0: Garder les services au bourg",
    ]


def test_a_document_without_enjeu_does_not_list_every_objective(mini: Folder) -> None:
    edit(mini, '10-contexte.md', ' .enjeu objectifs="obj-friches obj-logements" repond_a="L141-3/espace"', '')
    edit(mini, '10-contexte.md', ' .enjeu objectifs="obj-services"', '')
    assert 'correspondance-sans-lien' not in {block.id for block in walk(document_of(mini))}


def test_the_data_of_a_timeline_say_what_the_law_says(mini: Folder) -> None:
    figure = 'type: frise\ntitre: Procédure\ntexte_alternatif: Une frise de la procédure.\ndepuis: procedure\n'
    (mini.root / 'figures' / 'fig-procedure.yaml').write_text(figure, encoding='utf-8')
    edit(mini, '30-methode.md', '# Méthode {#methode}\n', '# Méthode {#methode}\n\n![](figure:fig-procedure)\n')
    table = next(block for block in walk(document_of(mini)) if block.id == 'donnees-fig-procedure')
    assert isinstance(table, Table)
    rows = [[plain(cell.children) for cell in row.cells] for row in table.rows]
    assert rows[0] == ["Prescription", "1er\u00a0mai\u00a02024"]
    assert rows[1] == ["État du document\u00a0: projet", "2\u00a0novembre\u00a02026"]
    assert rows[2][1] == "à venir"
    assert len(rows) == 12
