"""The Word file: every block there, in order, anchored, numbered as in the PDF, and sound as a package."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import word_sample as sample
from openxml_audit import OpenXmlValidator
from word_sample import W, bookmarks_of, part, sample_bytes, style_of, text_of

from pasbuild.docx import bookmark
from pasbuild.model import (
    Cell,
    Document,
    Heading,
    Link,
    Listing,
    Note,
    Part,
    Row,
    Span,
    Table,
    Text,
    own_inlines,
    plain,
    walk,
)
from pasbuild.wordcolumns import column_widths
from pasbuild.wordstyles import FIRST_ORDERED

WP = '{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}'


def paragraphs() -> list[Any]:
    return [*part(sample_bytes()).iter(f'{W}p')]


def body_paragraphs() -> list[Any]:
    """Paragraphs of the body outside tables."""
    return [*part(sample_bytes()).iterfind(f'{W}body/{W}p')]


def anchored(block_id: str) -> Any:
    """The paragraph that carries the bookmark of a block."""
    return next(found for found in paragraphs() if bookmark(block_id) in bookmarks_of(found))


def texts(style: str) -> list[str]:
    return [text_of(found) for found in paragraphs() if style_of(found) == style]


# --- content ----------------------------------------------------------------------------------------------------------


def test_every_block_has_its_bookmark() -> None:
    names = Counter(bookmarks_of(part(sample_bytes())))
    missing = [block.id for block in walk(sample.sample()) if names[bookmark(block.id)] != 1]
    assert missing == []
    assert all(names[bookmark(found.id)] == 1 for found in sample.sample().parts)


def test_every_paragraph_of_the_body_has_a_bookmark() -> None:
    assert [text_of(found) for found in body_paragraphs() if not bookmarks_of(found)] == []


def test_blocks_come_in_the_order_of_the_document() -> None:
    written = [name for name in bookmarks_of(part(sample_bytes())) if name.startswith('_pas_')]
    cover = {bookmark(block.id) for block in walk(sample.sample().parts[0])}
    expected = [bookmark(block.id) for block in walk(sample.sample())]
    assert [name for name in written if name in expected and name not in cover] == [
        name for name in expected if name not in cover
    ]


def test_the_text_of_every_block_is_there() -> None:
    document = part(sample_bytes())
    everything = re.sub(r'\s', '', text_of(document))
    for block in walk(sample.sample()):
        text = plain(own_inlines(block)) if isinstance(block, Heading) else ''
        assert re.sub(r'\s', '', text) in everything


def test_cover_puts_the_kind_of_document_above_its_title() -> None:
    styles = [style_of(found) for found in body_paragraphs()[:6]]
    assert styles == [
        *['PASCouvertureSurtitre'] * 2, 'Title', 'PASCouvertureSousTitre', *['PASCouvertureMentions'] * 2,
    ]  # fmt: skip


def test_opener_shows_label_title_and_axes() -> None:
    assert texts('PASDynamiqueEtiquette1') == ["Grande dynamique n° 1"]
    assert texts('PASDynamiqueAxe1') == [
        "1.1\tUne armature urbaine multipolaire et équilibrée",
        "1.2\tUn habitat rénové et diversifié",
    ]


def test_objective_says_what_it_answers_and_its_enjeux() -> None:
    after = anchored('obj-poles').getnext()
    assert text_of(after) == "Répond à L.\u00a0141-3\u00a0: complémentarité des polarités\u202f; offre de services"
    assert text_of(after.getnext()) == "Enjeux\u00a0: 1, 2"
    assert style_of(after) == 'PASReponse'


def test_enjeu_names_its_objectives_after_its_text() -> None:
    assert text_of(anchored('enj-sols.p1').getnext()) == "Objectifs\u00a0: 1.1.2, 2.1.1"


def test_what_is_missing_is_said_and_marked() -> None:
    run = anchored('obj-poles.p2').find(f'.//{W}rStyle[@{W}val="PASARenseigner"]').getparent().getparent()
    assert text_of(run) == "à renseigner\u00a0: liste des pôles par niveau"


def test_values_are_recognisable_also_in_bold() -> None:
    styles = {found.get(f'{W}val') for found in part(sample_bytes()).iter(f'{W}rStyle')}
    assert {'PASValeur', 'PASValeurChiffre', 'Emphasis', 'PASTexteFortAccentue', 'PASExposant'} <= styles


def test_callouts_are_paragraphs_in_the_accent_of_their_part() -> None:
    assert style_of(anchored('obj-poles.c1.p1')) == 'PASConstat1'
    assert style_of(anchored('obj-loin.c1.p1')) == 'PASConstat2'
    assert style_of(anchored('territoire.c3.l1.i0')) == 'PASEncadrePuce'


# --- numbers and fields -----------------------------------------------------------------------------------------------


def word_numbers() -> dict[str, str]:
    """Number of each titled block as Word counts it: lists bound to styles, read from styles.xml and numbering.xml."""
    styles = {style.get(f'{W}styleId'): style for style in part(sample_bytes(), 'word/styles.xml').iter(f'{W}style')}
    levels: dict[str, tuple[str, int, str]] = {}
    for abstract in part(sample_bytes(), 'word/numbering.xml').iter(f'{W}abstractNum'):
        for level in abstract.iter(f'{W}lvl'):
            bound = level.find(f'{W}pStyle')
            if bound is not None and level.find(f'{W}numFmt').get(f'{W}val') == 'decimal':
                text = level.find(f'{W}lvlText').get(f'{W}val')
                rank = int(level.get(f'{W}ilvl'))
                levels[bound.get(f'{W}val')] = (abstract.get(f'{W}abstractNumId'), rank, text)
    counts: dict[str, list[int]] = {}
    numbers: dict[str, str] = {}
    for found in body_paragraphs():
        key: str | None = style_of(found)
        while key is not None and key not in levels:
            based = styles[key].find(f'{W}basedOn')
            key = based.get(f'{W}val') if based is not None else None
        if key is not None:
            name, rank, text = levels[key]
            count = counts.setdefault(name, [0, 0, 0])
            count[rank:] = [count[rank] + 1, *[0] * (2 - rank)]
            number = text
            for place, value in enumerate(count, 1):
                number = number.replace(f'%{place}', str(value))
            numbers |= dict.fromkeys(bookmarks_of(found), number)
    return numbers


def test_word_counts_like_resolve() -> None:
    numbers = word_numbers()
    for block in walk(sample.sample()):
        number = getattr(block, 'number', '')
        if isinstance(number, str) and number:
            assert numbers[bookmark(block.id)] == number
    assert bookmark('territoire-population') not in numbers


def test_captions_count_live_in_their_own_sequences() -> None:
    caption = anchored('fig-frise')
    assert text_of(caption) == "Figure\u00a01. La procédure"
    instructions = [found.text.strip() for found in part(sample_bytes()).iter(f'{W}instrText')]
    assert [text for text in instructions if text.startswith('SEQ')] == [
        'SEQ Carte \\* ARABIC', 'SEQ Tableau \\* ARABIC', 'SEQ Figure \\* ARABIC', 'SEQ Tableau \\* ARABIC',
    ]  # fmt: skip


def test_references_repeat_live_numbers() -> None:
    found = anchored('territoire.p1')
    instructions = [field.text.strip() for field in found.iter(f'{W}instrText')]
    assert instructions == [
        'REF _pasr_fig_evolution \\h', 'REF _pasr_tab_communes \\h', 'REF _pas_obj_poles \\n \\h',
    ]  # fmt: skip
    assert text_of(found).startswith("La carte\u00a01 et le tableau\u00a01 montrent des trajectoires très opposées")
    assert found.find(f'{W}bookmarkStart/../{W}hyperlink').get(f'{W}anchor') == '_pas_axe_armature'


def test_fields_lead_to_bookmarks_that_exist() -> None:
    names = set(bookmarks_of(part(sample_bytes())))
    for found in part(sample_bytes()).iter(f'{W}instrText'):
        kind, target, *_ = found.text.split()
        assert kind not in ('REF', 'PAGEREF') or target in names
    for link in part(sample_bytes()).iter(f'{W}hyperlink'):
        assert link.get(f'{W}anchor') is None or link.get(f'{W}anchor') in names


def test_table_of_contents_is_live_and_filled() -> None:
    lines = [
        found for found in body_paragraphs() if style_of(found).startswith('TOC') and style_of(found) != 'TOCHeading'
    ]
    assert [style_of(found) for found in lines] == ['TOC1', 'TOC1', 'TOC1', 'TOC2', 'TOC3']
    assert next(lines[0].iter(f'{W}instrText')).text.strip() == 'TOC \\h \\z \\o "1-3" \\u'
    assert re.fullmatch(r"1\.1\.1\tConforter des pôles complémentaires\t\d+", text_of(lines[-1]))
    assert part(sample_bytes(), 'word/settings.xml').find(f'{W}updateFields') is None


def test_lists_of_figures_and_tables() -> None:
    lines = texts('TableofFigures')
    assert [line.split('\t')[0] for line in lines] == [
        "Carte 1. Évolution de la population par commune", "Figure 1. La procédure",
        "Tableau 1. Les communes les plus peuplées", "Tableau 2. Toutes les communes",
    ]  # fmt: skip


def test_an_empty_listing_prints_nothing() -> None:
    heading = Heading('vide', sample.HERE, 1, (Text("Vide"),))
    listing = Listing('vide.l1', sample.HERE, 'liste-tableaux')
    data = sample.write(Document((Part('vide', sample.HERE, 'annexe', heading, (listing,)),)))
    assert [text_of(found) for found in part(data).iter(f'{W}p')] == ["Vide"]


def test_numbered_lists_start_on_their_own() -> None:
    found = [anchored(key).find(f'{W}pPr/{W}numPr/{W}numId') for key in ('territoire.l2.i1', 'territoire.l3.i0')]
    assert [number.get(f'{W}val') for number in found] == [str(FIRST_ORDERED), str(FIRST_ORDERED + 1)]
    numbering = part(sample_bytes(), 'word/numbering.xml')
    starts = {
        number.get(f'{W}numId'): number.find(f'{W}lvlOverride/{W}startOverride').get(f'{W}val')
        for number in numbering.iter(f'{W}num')
        if number.find(f'{W}lvlOverride') is not None
    }
    assert list(starts.values()) == ['1', '3', '1']


def test_links_lead_to_their_address() -> None:
    relations = {found.get('Id'): found.get('Target') for found in part(sample_bytes(), 'word/_rels/document.xml.rels')}
    identifier = '{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id'
    links = [found.get(identifier) for found in part(sample_bytes()).iter(f'{W}hyperlink') if found.get(identifier)]
    assert [relations[link] for link in links] == ['https://exemple.fr/']
    notes = part(sample_bytes(), 'word/_rels/footnotes.xml.rels')
    assert [found.get('Target') for found in notes] == ['https://www.insee.fr/fr/statistiques?a=1&b=2']


def test_footnotes_are_numbered_in_the_order_of_their_calls() -> None:
    calls = [found.get(f'{W}id') for found in part(sample_bytes()).iter(f'{W}footnoteReference')]
    notes = [found.get(f'{W}id') for found in part(sample_bytes(), 'word/footnotes.xml')]
    assert calls == ['1']
    assert notes == ['-1', '0', '1']
    assert bookmarks_of(part(sample_bytes(), 'word/footnotes.xml')) == ['_pas_n_1']


# --- page and style ---------------------------------------------------------------------------------------------------


def test_named_styles_only() -> None:
    """Nothing is set on a run but its style, on a paragraph but its style, its numbered list and its section."""
    for name in ('word/document.xml', 'word/footnotes.xml', 'word/entete1.xml', 'word/pied2.xml'):
        root = part(sample_bytes(), name)
        assert {child.tag for found in root.iter(f'{W}rPr') for child in found} <= {f'{W}rStyle'}
        allowed = {f'{W}{tag}' for tag in ('pStyle', 'numPr', 'sectPr')}
        assert {child.tag for found in root.iter(f'{W}pPr') for child in found} <= allowed


def test_styles_used_are_defined() -> None:
    defined = {found.get(f'{W}styleId') for found in part(sample_bytes(), 'word/styles.xml').iter(f'{W}style')}
    for name in ('word/document.xml', 'word/footnotes.xml', 'word/entete1.xml', 'word/pied2.xml'):
        root = part(sample_bytes(), name)
        used = {found.get(f'{W}val') for found in root.iter(f'{W}pStyle', f'{W}rStyle', f'{W}tblStyle')}
        assert used <= defined


def test_wide_tables_and_figures_have_their_own_landscape_section() -> None:
    sections = [
        (found.find(f'{W}pgSz').get(f'{W}orient'), found.find(f'{W}titlePg') is not None)
        for found in part(sample_bytes()).iter(f'{W}sectPr')
    ]
    upright, wide, bare = (None, False), ('landscape', False), (None, True)
    assert sections == [bare, upright, wide, wide, upright, bare, upright, bare, upright]


def test_no_section_is_empty() -> None:
    data = part(sample_bytes())
    blocks = list(data.find(f'{W}body'))
    ends = [index for index, block in enumerate(blocks) if block.find(f'{W}pPr/{W}sectPr') is not None]
    assert all(second - first > 1 for first, second in pairwise(ends))


def test_header_and_footer() -> None:
    assert text_of(part(sample_bytes(), 'word/entete1.xml')) == "Projet d’aménagement stratégique\tSCoT Val-de-Bellune"
    foot = text_of(part(sample_bytes(), 'word/pied1.xml'))
    assert foot.startswith(
        "Document de travail, n’engage pas le syndicat · version\u00a00.3 du 23\u00a0novembre\u00a02026\tPage"
    )


def test_tables_have_a_header_row_that_repeats_and_an_alternative_text() -> None:
    tables = list(part(sample_bytes()).iter(f'{W}tbl'))
    assert len(tables) == 3
    for table in tables:
        rows = list(table.iter(f'{W}tr'))
        assert [row.find(f'{W}trPr/{W}tblHeader') is not None for row in rows] == [True, False, False, False]
        assert all(row.find(f'{W}trPr/{W}cantSplit') is not None for row in rows)
        assert table.find(f'{W}tblPr/{W}tblDescription').get(f'{W}val').endswith("Commune, 2016, 2023")
        assert style_of(rows[-1].find(f'.//{W}p')) == 'PASTotal'


def test_pictures_have_an_alternative_text_or_are_decorative() -> None:
    described = list(part(sample_bytes()).iter(f'{WP}docPr'))
    assert [found.get('descr') for found in described if len(found) == 0] == [
        "Carte des cinquante communes colorées selon leur évolution.", "Frise des étapes de la procédure.",
    ]  # fmt: skip
    assert all('decorative' in found[0][0][0].tag for found in described if len(found))


def test_pictures_fit_their_column() -> None:
    widths = [int(found.find(f'{WP}extent').get('cx')) / 36000 for found in part(sample_bytes()).iter(f'{WP}inline')]
    assert widths == [160, 253]


def test_the_language_is_french_everywhere() -> None:
    styles = part(sample_bytes(), 'word/styles.xml')
    assert [found.get(f'{W}val') for found in styles.iter(f'{W}lang')] == ['fr-FR']
    assert [*part(sample_bytes()).iter(f'{W}lang')] == []


# --- hostile content --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize('text', ['\x00\x0b\ud800', '<w:p/>&amp;"\'', ']]>', '\ufffe', ''])
def test_any_text_gives_a_readable_file(text: str) -> None:
    note = Note('a.n1', sample.HERE, (Text(text),), 1)
    blocks = (
        sample.para('a.p1', text, Link(f'https://exemple.fr/{text} ?q={text}', (Text(text),)), note),
        sample.table('a-tab', 1, caption=text or 'x'),
    )
    heading = Heading('a', sample.HERE, 1, (Text(text or 'x'),))
    data = sample.write(Document((Part('a', sample.HERE, 'chapitre', heading, blocks),)))
    assert bookmark('a.p1') in bookmarks_of(part(data))


def test_a_note_inside_a_note_stays_readable() -> None:
    inner = Note('a.n2', sample.HERE, (Text("dedans"),), 2)
    outer = Note('a.n1', sample.HERE, (Text("dehors"), inner), 1)
    heading = Heading('a', sample.HERE, 1, (Text("Titre"), outer))
    data = sample.write(Document((Part('a', sample.HERE, 'chapitre', heading, ()),)))
    assert text_of(part(data, 'word/footnotes.xml')) == " dehors (dedans)"


# --- the whole file ---------------------------------------------------------------------------------------------------


def test_same_bytes_twice() -> None:
    assert sample.write(sample.sample()) == sample_bytes()


def test_openxml_audit_finds_no_error() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'essai.docx'
        path.write_bytes(sample_bytes())
        assert [str(error) for error in OpenXmlValidator().validate(path).errors] == []


def lint(root: Any) -> list[str]:
    """The faults that validators miss: doubled names or numbers, marks not closed, fields out of balance."""
    names = Counter(name.lower() for name in bookmarks_of(root))
    found = [f'bookmark twice: {name}' for name, count in names.items() if count > 1]
    found += [f'bookmark too long: {name}' for name in names if len(name) > 40]
    starts = Counter(mark.get(f'{W}id') for mark in root.iter(f'{W}bookmarkStart'))
    ends = Counter(mark.get(f'{W}id') for mark in root.iter(f'{W}bookmarkEnd'))
    found += [f'bookmark open or doubled: {key}' for key in starts | ends if (starts[key], ends[key]) != (1, 1)]
    drawings = Counter(mark.get('id') for mark in root.iter(f'{WP}docPr'))
    found += [f'drawing twice: {key}' for key, count in drawings.items() if count > 1]
    depth = 0
    for mark in root.iter(f'{W}fldChar'):
        depth += {'begin': 1, 'end': -1}.get(mark.get(f'{W}fldCharType'), 0)
        if depth < 0:
            found.append('field end without begin')
    return found + (['field not closed'] if depth else [])


@pytest.mark.parametrize('name', ['word/document.xml', 'word/footnotes.xml', 'word/pied1.xml'])
def test_no_fault_that_validators_miss(name: str) -> None:
    assert lint(part(sample_bytes(), name)) == []


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which('soffice') is None, reason="LibreOffice manque : paquet Debian « libreoffice-writer »")
def test_libreoffice_opens_it_and_keeps_everything(tmp_path: Path) -> None:
    source = tmp_path / 'essai.docx'
    source.write_bytes(sample_bytes())
    profile = f'-env:UserInstallation=file://{tmp_path}/profil'
    command = [
        'soffice',
        profile,
        '--headless',
        '--convert-to',
        'docx',
        '--outdir',
        str(tmp_path / 'relu'),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    back = part((tmp_path / 'relu' / 'essai.docx').read_bytes())
    before = {name for name in bookmarks_of(part(sample_bytes())) if name.startswith('_pas_')}
    assert before <= set(bookmarks_of(back))
    printed = re.sub(r'\s', '', text_of(back))
    pages = re.compile(r'\s|\d+$')  # LibreOffice counts the pages anew
    assert [text for found in paragraphs() if (text := pages.sub('', text_of(found))) not in printed] == []


def test_a_date_held_together_by_its_spaces_gets_the_room_it_needs() -> None:
    def cells(*words: str) -> tuple[Cell, ...]:
        return tuple(Cell((Text(word),)) for word in words)

    date = "18\N{NO-BREAK SPACE}décembre\N{NO-BREAK SPACE}2025"
    words = "Filtre sur les communes de l'agglomération, avec un nom-très-long-dont-les-traits-coupent la ligne"
    table = Table('t', Span('a.md'), (), cells("Texte", "Date", "Suite"), (Row(cells(words, date, words)),))
    widths = column_widths(table, 126)
    assert widths[1] >= 1.65 * len(date)
    assert sum(widths) == pytest.approx(126)
