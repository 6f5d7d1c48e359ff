"""The finished PDF of the sample dossier: its structure, what it claims, the files inside it."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from conftest import MINI

from pasbuild.chapters import lay_out
from pasbuild.diagnostics import Report
from pasbuild.document import Project, read_project
from pasbuild.drawing import Drawing
from pasbuild.finish import cell
from pasbuild.html import write_html
from pasbuild.model import (
    Document,
    Enjeu,
    FigureBlock,
    Heading,
    Listing,
    Note,
    Objectif,
    Table,
    inlines,
    own_inlines,
    walk,
)
from pasbuild.pdf import Pdf, stylesheet, write_pdf
from pasbuild.pdftree import read_content
from pasbuild.project import Folder
from pasbuild.theme import Theme, find_theme

pytestmark = pytest.mark.xdist_group('finish')
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="40mm" viewBox="0 0 10 4"><rect width="9" height="3"/></svg>'
ROWS = (("Lens", "32\u202f920", "−2,8"), ("Liévin", "=1+1", "-rien"))


@dataclass(frozen=True)
class Sample:
    project: Project
    theme: Theme
    drawings: dict[str, Drawing]
    pdf: Pdf
    file: pikepdf.Pdf

    def elements(self, role: str) -> list[Any]:
        return [element for element in walk_tree(self.file.Root.StructTreeRoot.K[0]) if str(element.S) == f'/{role}']

    def count(self, kind: type) -> int:
        return sum(isinstance(block, kind) for block in walk(self.project.document))


@pytest.fixture(scope='module')
def sample() -> Sample:
    """Lay the sample dossier out, with grey boxes for figures."""
    report, folder = Report(), Folder(MINI)
    project, theme = read_project(folder, report), find_theme(folder, report)
    assert project is not None
    assert theme is not None
    names = [block.id for block in walk(project.document) if isinstance(block, FigureBlock)]
    drawings = {name: Drawing(SVG, b'', 100, 40, ("Commune", "Habitants", "Évolution"), ROWS) for name in names}
    pdf = lay_out(project, theme, drawings, report)
    assert not report.diagnostics
    return Sample(project, theme, drawings, pdf, pikepdf.open(io.BytesIO(pdf.data)))


def walk_tree(element: Any) -> Iterator[Any]:
    yield element
    for kid in element.get('/K', []):
        if isinstance(kid, pikepdf.Dictionary) and '/S' in kid:
            yield from walk_tree(kid)


def names(tree: Any) -> dict[str, Any]:
    return {str(tree.Names[i]): tree.Names[i + 1] for i in range(0, len(tree.Names), 2)}


def xml(pdf: pikepdf.Pdf) -> str:
    return pdf.Root.Metadata.read_bytes().decode()


def test_file_claims_both_standards_in_one_description_of_itself(sample: Sample) -> None:
    packet = xml(sample.file)
    assert packet.count('<rdf:RDF') == 1
    with sample.file.open_metadata() as metadata:
        assert (metadata['pdfaid:part'], metadata['pdfaid:conformance'], metadata['pdfuaid:part']) == ('3', 'A', '1')
        assert metadata['dc:language'] == {'fr'}
    assert sample.file.Root.Lang == 'fr'
    assert sample.file.Root.ViewerPreferences.DisplayDocTitle
    assert sample.file.Root.MarkInfo.Marked


def test_part_to_merge_claims_nothing() -> None:
    from weasyprint import HTML

    from pasbuild.finish import write

    laid_out = HTML(string='<html lang="fr"><title>T</title><p id="p">Texte</p></html>').render(pdf_variant='pdf/a-3a')
    with pikepdf.open(io.BytesIO(write(laid_out, whole=False))) as part:
        assert 'pdfuaid' not in xml(part)
        assert '/PageLabels' not in part.Root
        assert part.Root.StructTreeRoot.K[0].K[0].S == '/P'


def test_each_block_is_one_element(sample: Sample) -> None:
    roles = Counter(str(element.S) for element in walk_tree(sample.file.Root.StructTreeRoot.K[0]))
    document = sample.project.document
    blocks = list(walk(document))
    notes = [node for block in blocks for node in inlines(own_inlines(block)) if isinstance(node, Note)]
    assert roles['/Part'] == len(document.parts)
    assert roles['/Table'] == sample.count(Table)
    assert roles['/Figure'] == sample.count(FigureBlock)
    assert roles['/Note'] == len(notes)
    assert roles['/TOCI'] == sum(len(block.entries) for block in blocks if isinstance(block, Listing))
    titles = [block.level for block in blocks if isinstance(block, Heading | Objectif | Enjeu)]
    assert [roles[f'/H{level}'] for level in range(1, 5)] == [titles.count(level) for level in range(1, 5)]
    assert not {'/NonStruct', '/Art', '/Form'} & set(roles)


def test_titles_never_skip_a_level(sample: Sample) -> None:
    found = [str(element.S) for element in walk_tree(sample.file.Root.StructTreeRoot.K[0])]
    levels = [int(role[2]) for role in found if re.fullmatch('/H[1-6]', role)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_only_cells_may_be_empty(sample: Sample) -> None:
    empty = {str(element.S) for element in walk_tree(sample.file.Root.StructTreeRoot.K[0]) if not element.get('/K')}
    assert empty <= {'/TD', '/TH'}


def test_header_cells_have_scope_and_name_and_cells_name_them(sample: Sample) -> None:
    known = names(sample.file.Root.StructTreeRoot.IDTree)
    assert list(known) == sorted(known)
    for head in sample.elements('TH'):
        assert head.A.Scope in ('/Column', '/Row')
        assert known[str(head.ID)] == head
    tables = {block.id: block for block in walk(sample.project.document) if isinstance(block, Table)}
    for value in sample.elements('TD'):
        heads = [known[str(name)] for name in value.A.Headers]
        table, line, column = str(heads[-1].ID).rsplit('.', 2)
        assert {str(head.S) for head in heads} == {'/TH'}
        assert (line, len(heads)) == ('0', 2 if tables[table].row_headers else 1)
        assert value in list(value.P.K)
        assert list(value.P.K).index(value) == int(column)


def test_names_are_unique_and_come_from_the_sources(sample: Sample) -> None:
    given = [str(element.ID) for element in walk_tree(sample.file.Root.StructTreeRoot.K[0]) if '/ID' in element]
    assert len(given) == len(set(given))
    blocks = list(walk(sample.project.document))
    known = {block.id for block in blocks}
    known |= {node.id for block in blocks for node in inlines(own_inlines(block)) if isinstance(node, Note)}
    assert {re.sub(r'\.\d+\.\d+$', '', name) for name in given} <= known


def test_every_link_says_where_it_leads_and_is_in_the_tree(sample: Sample) -> None:
    links = [note for page in sample.file.pages for note in page.obj.get('/Annots', [])]
    assert links
    tagged = {kid.Obj.objgen: element for element in sample.elements('Link') for kid in element.K if kid_is_object(kid)}
    parents = list(sample.file.Root.StructTreeRoot.ParentTree.Nums)
    by_key = dict(zip(map(int, parents[::2]), parents[1::2], strict=True))
    for link in links:
        assert str(link.Contents).strip()
        assert str(link.Contents) != str(link.get('/Dest', ''))
        assert by_key[int(link.StructParent)] == tagged[link.objgen]
    listed = [str(link.Contents) for link in links if link.get('/Dest') == 'obj-logements']
    assert any("Accueillir dans le bâti existant" in text for text in listed)


def kid_is_object(kid: Any) -> bool:
    return isinstance(kid, pikepdf.Dictionary) and kid.get('/Type') == '/OBJR'


def marks(page: pikepdf.Page) -> Iterator[tuple[str, Any]]:
    for instruction in pikepdf.parse_content_stream(page):
        if str(instruction.operator) == 'BDC':
            tag, entries = instruction.operands
            yield str(tag), entries


def test_running_headers_footers_and_leaders_are_artifacts(sample: Sample) -> None:
    contents = sample.file.pages[sample.pdf.pages['sommaire'] - 1]
    kinds = Counter(
        str(entry.get('/Subtype', entry.get('/Type', ''))) for tag, entry in marks(contents) if tag == '/Artifact'
    )
    assert kinds['/Header'] == 1
    assert kinds['/Footer'] == 2
    assert kinds['/Layout'] >= 20  # leaders
    cover = Counter(str(entry.get('/Subtype', '')) for tag, entry in marks(sample.file.pages[0]) if tag == '/Artifact')
    assert cover['/Header'] == cover['/Footer'] == 0


def test_content_and_tree_agree(sample: Sample) -> None:
    numbers = list(sample.file.Root.StructTreeRoot.ParentTree.Nums)
    for index, page in enumerate(sample.file.pages):
        assert (int(numbers[2 * index]), int(page.obj.StructParents)) == (index, index)
        owners = list(numbers[2 * index + 1])
        tagged = {int(entry.MCID) for _, entry in marks(page) if '/MCID' in entry}
        assert tagged == {mark for mark, owner in enumerate(owners) if owner is not None}
        for mark in tagged:
            kids = list(owners[mark].K)
            assert mark in kids or any(mark == kid.get('/MCID') for kid in kids if isinstance(kid, pikepdf.Dictionary))


def test_figures_have_their_words_their_frame_and_their_data(sample: Sample) -> None:
    blocks = {block.id: block for block in walk(sample.project.document) if isinstance(block, FigureBlock)}
    for figure in sample.elements('Figure'):
        block = blocks.pop(str(figure.ID))
        assert str(figure.Alt) == block.alt
        left, bottom, right, top = map(float, figure.A.BBox)
        width, height = map(float, list(figure.Pg.MediaBox)[2:])
        assert 0 <= left < right <= width
        assert 0 <= bottom < top <= height
        assert abs((top - bottom) / (right - left) - 0.4) < 0.01
        assert [str(file.UF) for file in figure.AF] == [f'{block.id}.csv']
        siblings = [str(kid.S) for kid in figure.P.K]
        assert siblings[:2] == ['/Caption', '/Figure']
    assert not blocks


def test_attached_data_is_what_the_figure_draws(sample: Sample) -> None:
    assert sorted(sample.file.attachments) == sorted(f'{name}.csv' for name in sample.drawings)
    assert len(sample.file.Root.AF) == len(sample.drawings)
    moment = f'D:{sample.project.dossier.date:%Y%m%d}000000Z'
    for file in sample.file.Root.AF:
        stream = file.EF.F
        assert (str(file.AFRelationship), str(stream.Subtype)) == ('/Data', '/text/csv')
        assert str(stream.Params.CreationDate) == str(stream.Params.ModDate) == moment
        read = list(csv.reader(io.StringIO(stream.read_bytes().decode('utf-8-sig')), delimiter=';'))
        assert read == [["Commune", "Habitants", "Évolution"], ["Lens", "32920", "-2,8"], ["Liévin", "'=1+1", "'-rien"]]
    described = [str(file.Desc) for file in sample.file.Root.AF]
    assert "Figure 1. Population du Val-d’Exemple, 2013-2023" in described


def test_cells_are_numbers_for_a_spreadsheet_and_texts_never_formulas() -> None:
    assert [cell(text) for text in ("−1\u202f234,5", "+7,3", "4,0\u00a0%", "1968", "2013-2023", "")] == [
        "-1234,5", "+7,3", "4,0\u00a0%", "1968", "2013-2023", "",
    ]  # fmt: skip
    assert [cell(text) for text in ("=A1", "+6\u00a0% et plus", "-x", "@x")] == [
        "'=A1",
        "'+6\u00a0% et plus",
        "'-x",
        "'@x",
    ]


def test_page_labels_are_the_printed_numbers(sample: Sample) -> None:
    assert [page.label for page in sample.file.pages] == [str(number) for number in range(1, sample.pdf.count + 1)]


def test_every_block_with_a_name_is_a_destination(sample: Sample) -> None:
    known = names(sample.file.Root.Names.Dests)
    wanted = {
        block.id
        for block in walk(sample.project.document)
        if isinstance(block, Heading | Objectif | Enjeu | FigureBlock | Table)
    }
    assert wanted <= set(known)
    for name in wanted:
        assert known[name][0].objgen == sample.file.pages[sample.pdf.pages[name] - 1].objgen


def test_bookmarks_are_the_titles(sample: Sample) -> None:
    from pasbuild.model import plain

    titles = [
        (block.level, plain(block.title if isinstance(block, Objectif | Enjeu) else block.children))
        for block in walk(sample.project.document)
        if isinstance(block, Heading | Objectif | Enjeu)
    ]
    with sample.file.open_outline() as outline:
        found = list(bookmarks(outline.root))
    assert len(found) == len(titles)
    for (level, title), (depth, bookmark) in zip(titles, found, strict=True):
        assert depth == level
        assert bookmark.endswith(title)


def bookmarks(items: Any, depth: int = 1) -> Iterator[tuple[int, str]]:
    for item in items:
        yield depth, item.title
        yield from bookmarks(item.children, depth + 1)


def test_no_image_is_smoothed(sample: Sample) -> None:
    images = [
        item for item in sample.file.objects if isinstance(item, pikepdf.Stream) and item.get('/Subtype') == '/Image'
    ]
    assert not any(image.get('/Interpolate', False) for image in images)


def test_same_document_gives_the_same_bytes(sample: Sample) -> None:
    assert lay_out(sample.project, sample.theme, sample.drawings, Report()).data == sample.pdf.data


def lay(sample: Sample, body: str) -> pikepdf.Pdf:
    html = f'<!doctype html><html lang="fr"><head><title>Essai</title></head><body>{body}</body></html>'
    css = stylesheet(sample.project.folder, sample.theme)
    return pikepdf.open(io.BytesIO(write_pdf(html, css, {}, (), date(2026, 1, 1)).data))


def test_a_table_over_three_pages_is_one_table(sample: Sample) -> None:
    rows = ''.join(f'<tr><th scope="row">{n}</th><td>{n}</td></tr>' for n in range(110))
    head = '<thead><tr><th scope="col">Rang</th><th scope="col">Valeur</th></tr></thead>'
    pdf = lay(sample, f'<h1>T</h1><div id="tab-long"><table>{head}<tbody>{rows}</tbody></table></div>')
    roles = Counter(str(element.S) for element in walk_tree(pdf.Root.StructTreeRoot.K[0]))
    assert len(pdf.pages) >= 3
    assert (roles['/Table'], roles['/THead'], roles['/TBody'], roles['/TR']) == (1, 1, 1, 111)
    assert len(names(pdf.Root.StructTreeRoot.IDTree)) == 112


NOTED = """# Notes {#notes}

Un paragraphe[^a] de deux notes[^b], puis *une[^c] troisième*.

- Un point[^d] ;
- un autre :
  1. plus bas[^e].

:::constat
Un constat[^f] encadré.

- Sa liste[^g].
:::

:::tableau {#tab-notes titre="Un tableau noté"}
| Étape[^h] | Année |
|---|---|
| Inventaire[^i] | 2027[^j] |
:::

## Un objectif {#obj-note .objectif repond_a="L141-3/habitat"}

Son texte[^k], et **sa fin[^l]**.

""" + ''.join(f'[^{name}]: Note {name}.\n\n' for name in 'abcdefghijkl')


def test_notes_stand_in_the_order_of_their_calls(sample: Sample, mini: Folder) -> None:
    (mini.root / 'content/30-methode.md').write_text(NOTED, encoding='utf-8')
    report = Report()
    project = read_project(mini, report)
    assert project is not None
    part = next(part for part in project.document.parts if part.id == 'notes')
    html = write_html(Document((part,)), project.dossier, sample.theme, mini)
    css = stylesheet(mini, sample.theme)
    file = pikepdf.open(io.BytesIO(write_pdf(html, css, {}).data))
    pieces = [(piece.note, ' '.join(piece.text.split())) for piece in read_content(file).pieces]
    notes = [text for note, text in pieces if note]
    assert notes == [text for rank, name in enumerate('abcdefghijkl', 1) for text in (str(rank), f'Note {name}.')]
    for rank, name in enumerate('abcdefghijkl', 1):  # and each right after what calls it
        before = pieces[: pieces.index((True, f'Note {name}.'))]
        called = next(text for note, text in reversed(before) if not note)
        assert re.search(rf'[^\d .]{rank}(?!\d)|2027{rank}$', called), (rank, called)


@pytest.mark.parametrize('style', ['', 'text-align: justify'])
def test_hyphen_of_a_cut_word_is_soft_and_typed_ones_stay(sample: Sample, style: str) -> None:
    from pypdf import PdfReader

    words = 'Anticonstitutionnellement, le Val-Exemple réaménagerait extraordinairement. ' * 12
    pdf = lay(sample, f'<h1>T</h1><p style="{style}">{words}</p>')
    text = PdfReader(io.BytesIO(saved(pdf))).pages[0].extract_text()
    [page] = pdf.pages
    soft = [entry for tag, entry in marks(page) if 'ActualText' in str(entry)]
    ends = [line for line in text.splitlines() if re.search(r'(?<!Val)[\u00ad-]$', line)]
    assert len(soft) == len(ends) >= 3
    assert all(str(entry.ActualText) == '\u00ad' for entry in soft)
    assert 'Val-Exemple' in text
    assert '\u2010' not in text


@pytest.mark.parametrize('family', ['Lato', 'Spectral'])
def test_a_glyph_of_two_characters_reads_as_the_one_people_search(sample: Sample, family: str) -> None:
    text = 'Objectif\u00a0: aux Porte\u2011Modèles et deux mots, vice-versa'
    pdf = lay(sample, f'<p style="font-family: {family}">{text}</p>')  # laid out in one piece: nothing is merged
    [piece] = [piece for piece in read_content(pdf).pieces if not piece.note]
    assert piece.text.strip() == 'Objectif : aux Porte-Modèles et deux mots, vice-versa'


def saved(pdf: pikepdf.Pdf) -> bytes:
    stream = io.BytesIO()
    pdf.save(stream)
    return stream.getvalue()


def test_transparent_text_is_a_finding_not_a_silence(sample: Sample, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, 'weasyprint'):
        lay(sample, '<p style="opacity: .5">Texte</p>')
    assert "opacity" in caplog.text


def test_html_says_what_the_structure_needs(sample: Sample) -> None:
    html = write_html(sample.project.document, sample.project.dossier, sample.theme, Folder(Path(MINI)))
    assert 'data-pdf="Part"' in html
    assert 'data-pdf="TOCI" aria-level="2"' in html
