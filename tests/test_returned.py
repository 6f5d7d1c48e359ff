"""What reviewers did, found again: as Word writes it (by hand after ECMA-376) and as a real LibreOffice does."""

from __future__ import annotations

import copy
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import word_sample as sample
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from review_sample import NAMESPACES, Edited, W, base_of, listing, mini_base, mini_bytes, read_back

from pasbuild.addressing import out_of_order
from pasbuild.diagnostics import Report
from pasbuild.docx import write_docx
from pasbuild.model import Document, Emph, Inline, Paragraph, Part, Strong, Text, Value
from pasbuild.returned import read_returned
from pasbuild.wordml import bookmark

CORPUS = Path(__file__).parent / 'samples' / 'review'
Golden = Callable[[Path, str], None]
MARTIN, ROUX = 'Claire Martin', 'David Roux'


# --- as Word writes it ------------------------------------------------------------------------------------------------


def replaced(file: Edited) -> None:
    run = file.run('contexte.p1', 'couvre ')
    run.addnext(file.insert('comprend '))
    file.wrap(run, 'del')


def nested(file: Edited) -> None:
    """What one inserts, another deletes."""
    inserted = file.insert('Selon l’Insee, ')
    file.run('population.p1', 'De 2013').addprevious(inserted)
    struck = file.insert('dit-on ').find(f'{W}r')
    inserted.append(struck)
    file.wrap(struck, 'del', ROUX)


def deleted(file: Edited) -> None:
    file.delete(file.paragraph('methode.p1'))


def inserted(file: Edited) -> None:
    new = file.made('<w:p><w:pPr><w:pStyle w:val="BodyText"/></w:pPr></w:p>')
    file.mark(new, 'ins')
    new.extend([file.insert('Ajouté dans Word, avec '), file.insert('du gras', look='<w:b/>')])
    file.paragraph('enj-services.p1').addprevious(new)


def split(file: Edited) -> None:
    paragraph, run = file.paragraph('obj-logements.p1'), file.run('obj-logements.p1', 'Cet objectif')
    second = file.made('<w:p/>')
    second.append(copy.deepcopy(paragraph.find(f'{W}pPr')))
    for element in [run, *run.itersiblings()]:
        if element.tag != f'{W}bookmarkEnd':
            second.append(element)
    file.mark(paragraph, 'ins')
    paragraph.addnext(second)


def merged(file: Edited) -> None:
    file.mark(file.paragraph('enj-friches.c1.l1.i2.l1.i1.p1'), 'del')


def moved(file: Edited) -> None:
    source = file.paragraph('enj-friches.q1.p2')
    target = copy.deepcopy(source)
    for mark in [*target.iter(f'{W}bookmarkStart', f'{W}bookmarkEnd')]:
        mark.getparent().remove(mark)
    for run in [*target.iterfind(f'{W}r')]:
        file.wrap(run, 'moveTo')
    file.mark(target, 'moveTo')
    file.delete(source, tag='moveFrom')
    file.paragraph('carte.p1').addprevious(target)


def reformatted(file: Edited) -> None:
    look = f'<w:rPr><w:b/><w:rPrChange {file.revision()}><w:rPr/></w:rPrChange></w:rPr>'
    file.run('enj-friches.c1.l1.i3.p1', 'forêts').insert(0, file.made(look))
    properties = file.paragraph('enj-services.p1').find(f'{W}pPr')
    properties.find(f'{W}pStyle').set(f'{W}val', 'PASEncadre')
    old = '<w:pPr><w:pStyle w:val="BodyText"/></w:pPr>'
    properties.append(file.made(f'<w:pPrChange {file.revision()}>{old}</w:pPrChange>'))


def table(file: Edited) -> None:
    """A cell edited, a row inserted, a row deleted."""
    rows = next(t for t in file.document.iter(f'{W}tbl') if 'Inventaire' in ''.join(t.itertext())).findall(f'{W}tr')
    new = copy.deepcopy(rows[2])
    rows[2].addnext(new)
    new.find(f'{W}trPr').append(file.made(f'<w:ins {file.revision()}/>'))
    rows[2].find(f'{W}trPr').append(file.made(f'<w:del {file.revision()}/>'))
    run = next(r for r in rows[1].iter(f'{W}r') if '2027' in ''.join(r.itertext()))
    run.addnext(file.insert('2028'))
    file.wrap(run, 'del')


def in_note(file: Edited) -> None:
    file.run('population.n1', 'Population municipale').addnext(file.insert(' légale'))


def in_caption(file: Edited) -> None:
    """The title of a table is written by people, its number is not."""
    file.run('tab-communes', 'Population des communes').addnext(file.insert(' du SCoT'))


def in_made_part(file: Edited) -> None:
    file.run('fig-population', 'Population du Val').addprevious(file.insert('Évolution de la '))


def untracked(file: Edited) -> None:
    """A word replaced, a paragraph gone, another new, two swapped, a value retyped, a word made bold."""
    file.run('gd-vallee.c1.p1', 'trois').find(f'{W}t').text = 'quatre'
    gone = file.paragraph('methode.p1')
    gone.getparent().remove(gone)
    new = '<w:p><w:r><w:t>Tout à fait neuf, sans repère ni suivi.</w:t></w:r></w:p>'
    file.paragraph('carte.p1').addnext(file.made(new))
    first = file.paragraph('enj-friches.c1.l1.i1.p1')
    file.paragraph('enj-friches.c1.l1.i3.p1').addnext(first)
    file.run('obj-logements.l1.i1.p1', '190').find(f'{W}t').text = '200'
    file.run('enj-services.p1', 'bourg').insert(0, file.made('<w:rPr><w:b/></w:rPr>'))


def commented(file: Edited) -> None:
    """A range over two paragraphs, and a reply that closes the thread."""
    first, last = file.paragraph('enj-friches.q1.p1'), file.paragraph('enj-friches.q1.p2')
    for key in (0, 1):
        first.insert(1, file.made(f'<w:commentRangeStart w:id="{key}"/>'))
        last.append(file.made(f'<w:commentRangeEnd w:id="{key}"/>'))
        last.append(file.made(f'<w:r><w:commentReference w:id="{key}"/></w:r>'))
    said = ((0, MARTIN, 'À reformuler.'), (1, ROUX, 'D’accord.'))
    comments = ''.join(
        f'<w:comment w:id="{key}" w:author="{author}" w:date="2026-11-20T09:30:00Z">'
        f'<w:p w14:paraId="1000000{key}"><w:r><w:t>{text}</w:t></w:r></w:p></w:comment>'
        for key, author, text in said
    )
    threads = (
        '<w15:commentEx w15:paraId="10000000" w15:done="1"/>'
        '<w15:commentEx w15:paraId="10000001" w15:paraIdParent="10000000" w15:done="1"/>'
    )
    kind, office = 'application/vnd.openxmlformats-officedocument.wordprocessingml', 'http://x/relationships'
    file.add_part(
        'comments.xml',
        f'<w:comments {NAMESPACES}>{comments}</w:comments>',
        f'{kind}.comments+xml',
        f'{office}/comments',
    )
    file.add_part(
        'commentsExtended.xml', f'<w15:commentsEx {NAMESPACES}>{threads}</w15:commentsEx>',
        f'{kind}.commentsExtended+xml', f'{office}/commentsExtended',
    )  # fmt: skip


def relevelled(file: Edited) -> None:
    """An item sent one level down, tracked."""
    properties = file.paragraph('enj-friches.c1.l1.i3.p1').find(f'{W}pPr')
    style = etree.tostring(properties.find(f'{W}pStyle')).decode()
    properties.find(f'{W}pStyle').addnext(file.made('<w:numPr><w:ilvl w:val="1"/><w:numId w:val="5"/></w:numPr>'))
    properties.append(file.made(f'<w:pPrChange {file.revision()}><w:pPr>{style}</w:pPr></w:pPrChange>'))


def inside_a_link(file: Edited) -> None:
    """Words changed inside a hyperlink to the outside."""
    run = file.run('contexte.p1', 'adresse')
    run.addnext(file.insert('page'))
    file.wrap(run, 'del')


def moved_with_ranges(file: Edited) -> None:
    """A move as Word marks it, ranges around both places."""
    source = file.paragraph('enj-friches.q1.p2')
    moved(file)
    target = next(p for p in file.document.iter(f'{W}p') if p is not source and p.find(f'{W}moveTo') is not None)
    for paragraph, tag, key in ((source, 'moveFrom', 7001), (target, 'moveTo', 7002)):
        start = f'<w:{tag}RangeStart w:id="{key}" w:author="{MARTIN}" w:date="2026-11-20T09:30:00Z" w:name="move1"/>'
        paragraph.addprevious(file.made(start))
        paragraph.addnext(file.made(f'<w:{tag}RangeEnd w:id="{key}"/>'))


def merged_into_what_is_made(file: Edited) -> None:
    """The mark of a paragraph deleted before a paragraph that the program makes."""
    file.mark(file.paragraph('enj-services.p1'), 'del')


def split_beside_what_is_made(file: Edited) -> None:
    """A paragraph cut in two, the second half before one that the program makes."""
    paragraph = file.paragraph('enj-services.p1')
    second = file.made('<w:p/>')
    second.append(copy.deepcopy(paragraph.find(f'{W}pPr')))
    second.append(file.insert(' Suite.'))
    file.mark(paragraph, 'ins')
    paragraph.addnext(second)


def renamed_styles(file: Edited) -> None:
    """Identifiers of styles changed, as LibreOffice does; one word replaced."""
    replaced(file)
    styles = file.parts['word/styles.xml'].decode()
    for old, new in (('BodyText', 'TextBody'), ('PASEncadre', 'PASEncadr')):
        styles = styles.replace(f'"{old}"', f'"{new}"')
        for mark in file.document.iter(f'{W}pStyle'):
            mark.set(f'{W}val', new if mark.get(f'{W}val') == old else mark.get(f'{W}val'))
    file.parts['word/styles.xml'] = styles.encode()


EDITS = (relevelled, inside_a_link, moved_with_ranges,
         merged_into_what_is_made, split_beside_what_is_made, renamed_styles, replaced, nested, deleted, inserted, split, merged, moved, reformatted, table, in_note, in_caption, in_made_part,
         untracked, commented)  # fmt: skip


@pytest.mark.parametrize('edit', EDITS, ids=lambda edit: edit.__name__)
def test_edit_made_in_word(edit: Callable[[Edited], None], golden: Golden) -> None:
    file = Edited(mini_bytes())
    edit(file)
    golden(CORPUS / 'word' / f'{edit.__name__}.txt', listing(read_back(file.data())))


def test_untouched_file_has_no_change() -> None:
    found = read_back(mini_bytes())
    assert (found.changes, found.unplaced, found.comments, found.notes) == ((), (), (), ())


def test_text_finds_the_blocks_when_all_bookmarks_are_gone() -> None:
    file = Edited(mini_bytes())
    for root in (file.document, file.notes):
        for mark in [*root.iter(f'{W}bookmarkStart', f'{W}bookmarkEnd')]:
            mark.getparent().remove(mark)
    assert read_back(file.data()).changes == ()


def test_likeness_only_proposes() -> None:
    file = Edited(mini_bytes())
    file.run('contexte.p1', 'couvre').find(f'{W}t').text = 'comprend'
    for mark in [*file.paragraph('contexte.p1').iter(f'{W}bookmarkStart')]:
        mark.getparent().remove(mark)
    found = read_back(file.data())
    assert found.changes == ()
    assert [(change.blocks, change.state) for change in found.unplaced] == [(('contexte.p1',), 'à placer')]


def test_display_pieces_add_up_to_both_texts() -> None:
    file = Edited(mini_bytes())
    for edit in (replaced, untracked):
        edit(file)
    for change in read_back(file.data()).changes:
        if change.kind == 'modifié':
            for sides, sign in ((change.before, '-'), (change.after, '+')):
                text = ''.join(piece.text for piece in change.pieces if piece.kind in ('=', sign))
                assert text.split() == sides[0].text.split()


def test_the_year_zero_of_libreoffice_is_no_date() -> None:
    file = Edited(mini_bytes())
    replaced(file)
    for revision in file.document.iter(f'{W}ins', f'{W}del'):
        revision.set(f'{W}date', '0-00-00T00:00:00Z')
    marks = [mark for change in read_back(file.data()).changes for mark in change.marks]
    assert marks
    assert {mark.date for mark in marks} == {''}


def test_text_boxes_are_said_not_read() -> None:
    file = Edited(mini_bytes())
    box = '<w:r><w:pict><w:txbxContent><w:p/></w:txbxContent></w:pict></w:r>'
    file.paragraph('contexte.p1').append(file.made(box))
    assert read_back(file.data()).notes == ("Une zone de texte n'est pas lue (près de « contexte.p1 »).",)


@pytest.mark.parametrize(
    ('order', 'moved'), [([], set()), ([0, 1, 2], set()), ([2, 0, 1], {0}), ([0, 2, 3, 1, 4], {3}), ([1, 0], {0})]
)
def test_fewest_blocks_are_said_to_have_moved(order: list[int], moved: set[int]) -> None:
    assert len(out_of_order(order)) == len(moved)
    assert [n for i, n in enumerate(order) if i not in out_of_order(order)] == sorted(
        n for i, n in enumerate(order) if i not in out_of_order(order)
    )


# --- generated documents ----------------------------------------------------------------------------------------------


WORD = st.text('abcdeéà*_[`<\\#', min_size=1, max_size=6).map(lambda word: f'm{word}m')
PLAIN = st.lists(WORD, min_size=1, max_size=4).map(' '.join)
INLINE: st.SearchStrategy[Inline] = st.one_of(
    PLAIN.map(Text),
    PLAIN.map(lambda text: Strong((Text(text),))),
    PLAIN.map(lambda text: Emph((Text(text),))),
    PLAIN.map(lambda text: Strong((Text('un '), Emph((Text(text),))))),
    st.integers(1, 9999).map(lambda number: Value('t.c', sample.HERE, f'{number}\u00a0ha')),
)
PARAGRAPHS = st.lists(st.lists(INLINE, min_size=1, max_size=5), min_size=1, max_size=6)


def spaced(nodes: list[Inline]) -> tuple[Inline, ...]:
    return tuple(part for node in nodes for part in (node, Text(' ')))[:-1]


def source(node: Inline) -> str:
    """Markdown of the generated nodes, as an author writes it."""
    match node:
        case Text():
            return re.sub(r'([\\`*_\[<])', r'\\\1', node.text)
        case Strong():
            return f'**{"".join(map(source, node.children))}**'
        case Emph():
            return f'*{"".join(map(source, node.children))}*'
        case Value():
            return f'{{val}}`{node.key}`'
        case _:
            raise AssertionError(node)


def document_of(paragraphs: list[list[Inline]]) -> Document:
    blocks = tuple(Paragraph(f'a.p{n}', sample.HERE, spaced(nodes)) for n, nodes in enumerate(paragraphs))
    return Document((Part('a', sample.HERE, 'chapitre', sample.heading('a', 1, 'Titre'), blocks),))


def markdown_of(block: Any) -> str:
    return ''.join(map(source, block.children))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PARAGRAPHS)
def test_what_is_written_is_read_the_same(paragraphs: list[list[Inline]]) -> None:
    document = document_of(paragraphs)
    data = write_docx(document, sample.dossier(), sample.theme(), {}, {}, {})
    base = base_of(data, document, markdown_of)
    assert read_back(data, base).changes == ()
    changed = replace(base, blocs=tuple(replace(bloc, texte=f'{bloc.texte} fin') for bloc in base.blocs))
    sources = {bloc.id: bloc.markdown for bloc in base.blocs}
    for change in read_back(data, changed).changes:
        if '{val}' not in sources[change.blocks[0]] and '.p' in change.blocks[0]:
            assert [words.text for words in change.before] == [f'{words.text} fin' for words in change.after]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10_000))
def test_rewriting_never_leads_to_a_wrong_block(seed: int) -> None:
    """Thirty words in a hundred replaced, blocks deleted and moved, all untracked: bookmarks hold."""
    chance = random.Random(seed)
    file = Edited(mini_bytes())
    wanted = [bloc for bloc in mini_base().blocs if bloc.genre == 'paragraphe' and not bloc.genere]
    rewritten = {}
    for block in wanted:
        paragraph = file.paragraph(block.id)
        fate = chance.random()
        if fate < 0.1:
            paragraph.getparent().remove(paragraph)
            continue
        if fate < 0.2:
            file.paragraph('methode').addnext(paragraph)
        for text in paragraph.iter(f'{W}t'):
            if next(text.iterancestors(f'{W}sdt'), None) is not None:  # a value stays a value
                continue
            text.text = re.sub(r'\w+', lambda word: 'autre' if chance.random() < 0.3 else word[0], text.text or '')
        rewritten[block.id] = ''.join(''.join(text.itertext()) for text in paragraph.iter(f'{W}t')).split()
    found = read_back(file.data())
    for change in (*found.changes, *found.unplaced):
        if change.kind == 'modifié' and len(change.blocks) == 1 and change.blocks[0] in rewritten:
            assert ''.join(change.after[0].text.split()) == ''.join(rewritten[change.blocks[0]])
    assert not {block for change in found.changes if change.kind == 'supprimé' for block in change.blocks} & {
        key for key, words in rewritten.items() if words
    }


# --- a real LibreOffice -----------------------------------------------------------------------------------------------


PYTHON = '/usr/bin/python3'
"""UNO bindings come with the Python of the system."""


def office_missing() -> str:
    if shutil.which('soffice') is None:
        return "LibreOffice manque : paquet Debian « libreoffice-writer »"
    probe = subprocess.run([PYTHON, '-c', 'import uno'], check=False, capture_output=True, env={})
    return "UNO manque : paquet Debian « python3-uno »" if probe.returncode else ''


DOCX, ODT = 'MS Word 2007 XML', 'writer8'
WORK: list[list[Any]] = [
    ['replace', 'gd-vallee.c1.p1', 'trois', 'quatre'],
    ['append', 'enj-services.p1', ' Et ailleurs.'],
    ['split', 'obj-logements.p1', 'Cet objectif'],
    ['merge', 'enj-friches.c1.l1.i2.l1.i1.p1'],
    ['delete', 'enj-friches.q1.p2'],
    ['new', 'carte.p1', 'Un paragraphe neuf.'],
    ['bold', 'enj-friches.c1.l1.i3.p1', 'forêts'],
    ['comment', 'methode.p1', 'tables inventées', 'Lesquelles ?'],
    ['cell', 1, 'B2', '9'],
]
MOVE: list[list[Any]] = [['move', 'enj-friches.q1.p2', 'methode.p1']]
LOCKED: list[list[Any]] = [
    ['replace', 'fig-population', 'Population', 'Habitants'],
    ['replace', 'obj-logements.l1.i1.p1', '190', '200'],
    ['replace', 'obj-logements.l1.i1.p1', 'logements vacants', 'maisons vides'],
    ['replace', 'gd-vallee.c1.p1', 'trois', 'quatre'],
]
CHAINS: dict[str, tuple[list[list[Any]], bool, list[str]]] = {
    'intact': ([], False, [DOCX]),
    'intact-odt': ([], False, [ODT, DOCX]),
    'suivi': (WORK, True, [DOCX]),
    'suivi-odt': (WORK, True, [DOCX, ODT, DOCX]),
    'non-suivi': (WORK, False, [DOCX]),
    'deplace-suivi': (MOVE, True, [DOCX]),
    'deplace-non-suivi': (MOVE, False, [DOCX]),
    'verrous': (LOCKED, True, [DOCX]),
}


def reviewed(folder: Path, actions: list[list[Any]], formats: list[str], *, tracking: bool) -> bytes:
    named = [[name, *(bookmark(a) if n < (2 if name == 'move' else 1) and isinstance(a, str) else a
                      for n, a in enumerate(rest))] for name, *rest in actions]  # fmt: skip
    return run_office(folder, mini_bytes(), [['tracking', tracking], *named], formats)


def run_office(folder: Path, data: bytes, actions: list[list[Any]], formats: list[str]) -> bytes:
    """Have LibreOffice open a file, act on it, and save it in each format in turn."""
    current = folder / 'envoi.docx'
    current.write_bytes(data)
    todo = json.dumps(actions)
    for number, wanted in enumerate(formats):
        target = folder / f'retour{number}.{"odt" if wanted == ODT else "docx"}'
        command = [PYTHON, str(CORPUS / 'libreoffice_edits.py'), str(folder / 'profil'), str(current), str(target)]
        environment = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
        subprocess.run([*command, wanted, todo], check=True, capture_output=True, timeout=120, env=environment)
        current, todo = target, '[]'
    return current.read_bytes()


@pytest.mark.slow
@pytest.mark.libreoffice
@pytest.mark.xdist_group('libreoffice')
@pytest.mark.parametrize('case', CHAINS)
def test_edit_made_in_libreoffice(case: str, tmp_path: Path, golden: Golden) -> None:
    if missing := office_missing():
        pytest.skip(missing)
    actions, tracking, formats = CHAINS[case]
    found = read_back(reviewed(tmp_path, actions, formats, tracking=tracking))
    golden(CORPUS / 'libreoffice' / f'{case}.txt', listing(found))


def test_refused_file_gives_nothing() -> None:
    report = Report()
    assert read_returned(b'', 'retour.docx', mini_base(), report) is None
    assert [finding.code for finding in report.diagnostics] == ['revue.archive']
