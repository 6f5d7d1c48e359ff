"""The Word file of a comparison: rejecting all gives the old text, accepting all the new one, and nothing else is marked."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import zipfile
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from comparison_sample import change
from conftest import MINI
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from openxml_audit import OpenXmlValidator
from word_sample import MATTERS, W, drawing, theme

from pasbuild.diagnostics import Report
from pasbuild.document import read_project
from pasbuild.docx import write_docx
from pasbuild.model import (
    Block,
    Callout,
    Document,
    Enjeu,
    FigureBlock,
    Objectif,
    Paragraph,
    Quote,
    Table,
    Text,
    walk,
)
from pasbuild.project import Folder
from pasbuild.redline import AUTHOR, Side, write_redline
from pasbuild.tracked import Revisions, Weaver
from pasbuild.wordlint import lint
from pasbuild.wordml import parse

PYTHON = '/usr/bin/python3'
SETTLE = Path(__file__).parent / 'samples' / 'review' / 'libreoffice_settle.py'
LISTINGS = ('TOC1', 'TOC2', 'TOC3', 'TableofFigures')
"""What Word makes itself: never marked, so as in the new version."""


def side(root: Path, colour: str = '#C4DEDA') -> Side:
    project = read_project(Folder(root), Report())
    assert project is not None
    figures = [block.id for block in walk(project.document) if isinstance(block, FigureBlock)]
    return Side(project.document, project.dossier, {name: drawing(120, 60, colour) for name in figures})


def plain(one: Side) -> bytes:
    return write_docx(one.document, one.dossier, theme(), one.drawings, {}, MATTERS)


@pytest.fixture(scope='module')
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Side, Side]:
    root = tmp_path_factory.mktemp('comparaison') / 'mini'
    shutil.copytree(MINI, root, ignore=shutil.ignore_patterns('.cache', 'output'))
    change(root)
    return side(MINI), side(root)


@pytest.fixture(scope='module')
def redline(sides: tuple[Side, Side]) -> bytes:
    return write_redline(*sides, theme(), MATTERS)


def part(data: bytes, name: str = 'document') -> Any:
    with zipfile.ZipFile(BytesIO(data)) as package:
        return etree.fromstring(package.read(f'word/{name}.xml'))


def settle(root: Any, *, accept: bool) -> Any:
    """Accept or reject every change, as Word does."""
    go, stay = ('del', 'ins') if accept else ('ins', 'del')
    for row in [row for row in root.iter(f'{W}tr') if row.find(f'{W}trPr/{W}{go}') is not None]:
        row.getparent().remove(row)
    for table in [table for table in root.iter(f'{W}tbl') if table.find(f'{W}tr') is None]:
        table.getparent().remove(table)
    for mark in [mark for mark in root.iter(f'{W}{go}') if mark.getparent().tag not in (f'{W}rPr', f'{W}trPr')]:
        mark.getparent().remove(mark)
    for paragraph in [p for p in root.iter(f'{W}p') if p.find(f'{W}pPr/{W}rPr/{W}{go}') is not None]:
        assert not [*paragraph.iter(f'{W}t', f'{W}delText', f'{W}drawing')], 'words left in a paragraph that goes'
        paragraph.getparent().remove(paragraph)
    assert stay
    return root


def shown(root: Any, pictures: dict[str, str]) -> list[tuple[str, str]]:
    """Style, text, fields, looks and pictures of every paragraph that shows something."""
    found = []
    for paragraph in root.iter(f'{W}p'):
        style = paragraph.find(f'{W}pPr/{W}pStyle')
        name = '' if style is None else style.get(f'{W}val')
        text = ''.join(said(node, pictures) for node in paragraph.iter())
        if text.strip() and name not in LISTINGS:
            found.append((name, text))
    return found


def said(node: Any, pictures: dict[str, str]) -> str:
    match etree.QName(node).localname:
        case 't' | 'delText' | 'instrText' | 'delInstrText':
            look = node.getparent().find(f'{W}rPr/{W}rStyle')
            mark = '' if look is None else f'<{look.get(f"{W}val")}>'
            return ''.join(f'{mark}{char}' for char in node.text or '')
        case 'tab':
            return '\t'
        case 'br':
            return '\n'
        case 'footnoteReference':
            return '^'
        case 'blip' if any(etree.QName(above).localname == 'anchor' for above in node.iterancestors()):
            return ''  # behind the page: as in the new version
        case 'blip':
            return pictures[next(value for key, value in node.attrib.items() if key.endswith('embed'))]
        case _:
            return ''


def pictures(data: bytes) -> dict[str, str]:
    """Digest of each picture by relationship."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        relations: Any = etree.fromstring(package.read('word/_rels/document.xml.rels'))
        return {
            found.get('Id'): f'[{hash(package.read("word/" + found.get("Target")))}]'
            for found in relations if found.get('Type').endswith('/image')
        }  # fmt: skip


@pytest.mark.parametrize('name', ['document', 'footnotes'])
@pytest.mark.parametrize('accept', [True, False])
def test_settled_redline_is_one_of_the_versions(
    sides: tuple[Side, Side], redline: bytes, name: str, accept: bool
) -> None:
    wanted = plain(sides[accept])
    found = shown(settle(part(redline, name), accept=accept), pictures(redline))
    assert found == shown(part(wanted, name), pictures(wanted))


def test_redline_marks_every_kind_of_thing(redline: bytes) -> None:
    root = part(redline)
    assert root.find(f'.//{W}trPr/{W}ins') is not None
    assert root.find(f'.//{W}rPr/{W}ins') is not None
    assert root.find(f'.//{W}rPr/{W}del') is not None
    assert part(redline, 'footnotes').find(f'.//{W}del') is not None
    assert [*root.iter(f'{W}delInstrText')]


def test_two_other_way_round(sides: tuple[Side, Side]) -> None:
    back = write_redline(sides[1], sides[0], theme(), MATTERS)
    for accept in (True, False):
        wanted = plain(sides[not accept])
        assert shown(settle(part(back), accept=accept), pictures(back)) == shown(part(wanted), pictures(wanted))


def test_a_picture_that_changes_is_replaced(sides: tuple[Side, Side]) -> None:
    redrawn = side(MINI, '#112233')
    made = write_redline(sides[0], redrawn, theme(), MATTERS)
    assert len([*part(made).iter(f'{W}ins')]) == len(redrawn.drawings)
    for accept, version in ((True, redrawn), (False, sides[0])):
        wanted = plain(version)
        assert shown(settle(part(made), accept=accept), pictures(made)) == shown(part(wanted), pictures(wanted))


def shaken(document: Document, seed: int) -> Document:
    """Return the document with blocks lost, swapped and begun anew, tables narrowed and turned, parts in another order."""
    chance = random.Random(seed)

    def inside(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        kept = [changed(block) for block in blocks if chance.random() > 0.1]
        if len(kept) > 1 and chance.random() < 0.3:
            kept[0], kept[1] = kept[1], kept[0]
        return tuple(kept)

    def changed(block: Block) -> Block:
        match block:
            case Paragraph() if chance.random() < 0.3:
                return replace(block, children=(Text(f'Neuf {seed}. '), *block.children[chance.randrange(2) :]))
            case Table() if chance.random() < 0.3 and len(block.header) > 2:
                rows = tuple(replace(row, cells=row.cells[:-1]) for row in block.rows)
                return replace(block, header=block.header[:-1], rows=rows)
            case Table() if block.rows:
                return replace(block, rows=(*block.rows[1:], block.rows[0]))
            case Objectif() | Enjeu() | Callout() | Quote():
                return replace(block, children=inside(block.children))
            case _:
                return block

    parts = [replace(part, blocks=inside(part.blocks)) for part in document.parts if chance.random() > 0.1]
    chance.shuffle(parts)
    return Document(tuple(parts))


@pytest.mark.parametrize('seed', range(3))
def test_any_two_documents_are_given_back(sides: tuple[Side, Side], seed: int, tmp_path: Path) -> None:
    old, new = (replace(one, document=shaken(one.document, 2 * seed + n)) for n, one in enumerate(sides))
    made = write_redline(old, new, theme(), MATTERS)
    for accept, version in ((True, new), (False, old)):
        wanted = plain(version)
        for name in ('document', 'footnotes'):
            found = shown(settle(part(made, name), accept=accept), pictures(made))
            assert found == shown(part(wanted, name), pictures(wanted))
    if seed == 0:  # one is enough: it takes a second
        path = tmp_path / 'comparaison.docx'
        path.write_bytes(made)
        assert [str(error) for error in OpenXmlValidator().validate(str(path)).errors] == []


def test_same_version_has_no_mark(sides: tuple[Side, Side]) -> None:
    made = write_redline(sides[0], sides[0], theme(), MATTERS)
    assert not [*part(made).iter(f'{W}ins', f'{W}del')]
    assert not [*part(made, 'footnotes').iter(f'{W}ins', f'{W}del')]


def test_contents_are_never_marked(redline: bytes) -> None:
    for paragraph in part(redline).iter(f'{W}p'):
        style = paragraph.find(f'{W}pPr/{W}pStyle')
        if style is not None and style.get(f'{W}val') in LISTINGS:
            assert not [*paragraph.iter(f'{W}ins', f'{W}del')]


def test_author_and_date_are_those_of_the_version(sides: tuple[Side, Side], redline: bytes) -> None:
    marks = [*part(redline).iter(f'{W}ins', f'{W}del')]
    assert {mark.get(f'{W}author') for mark in marks} == {AUTHOR}
    assert {mark.get(f'{W}date') for mark in marks} == {f'{sides[1].dossier.date}T00:00:00Z'}
    numbers = [mark.get(f'{W}id') for mark in marks]
    assert len(numbers) == len(set(numbers))


def test_same_versions_give_the_same_bytes(sides: tuple[Side, Side], redline: bytes) -> None:
    assert write_redline(*sides, theme(), MATTERS) == redline


def test_redline_is_sound(redline: bytes, tmp_path: Path) -> None:
    path = tmp_path / 'comparaison.docx'
    path.write_bytes(redline)
    assert lint(redline) == []
    assert [str(error) for error in OpenXmlValidator().validate(str(path)).errors] == []


# --- one paragraph ----------------------------------------------------------------------------------------------------

RUN = st.tuples(st.sampled_from(['', 'Fort', 'Accent']), st.text("ab ’,\u00a01", min_size=1, max_size=12))


def paragraph(runs: list[tuple[str, str]]) -> Any:
    looks = {style: f'<w:rPr><w:rStyle w:val="{style}"/></w:rPr>' if style else '' for style, _ in runs}
    content = ''.join(f'<w:r>{looks[style]}<w:t xml:space="preserve">{text}</w:t></w:r>' for style, text in runs)
    return parse('body', f'<w:p><w:pPr><w:pStyle w:val="BodyText"/></w:pPr>{content}</w:p>')


@given(st.lists(RUN, max_size=5), st.lists(RUN, max_size=5))
def test_woven_paragraph_gives_back_both(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> None:
    before, after = paragraph(old), paragraph(new)
    for accept, wanted in ((True, after), (False, before)):
        weaver = Weaver(Revisions('essai', '2026-01-01T00:00:00Z'), {}, frozenset(), lambda _old, _new: '1')
        root = parse('body', '')
        root.append(weaver.weave(before[0], after[0]))
        assert shown(settle(root, accept=accept), {}) == shown(wanted, {})


# --- a real LibreOffice -----------------------------------------------------------------------------------------------


@cache
def office_missing() -> str:
    if shutil.which('soffice') is None:
        return "LibreOffice manque : paquet Debian « libreoffice-writer »"
    probe = subprocess.run([PYTHON, '-c', 'import uno'], check=False, capture_output=True, env={})
    return "UNO manque : paquet Debian « python3-uno »" if probe.returncode else ''


def in_office(folder: Path, data: bytes, order: str) -> dict[str, list[str]]:
    path = folder / 'essai.docx'
    path.write_bytes(data)
    environment = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
    command = [PYTHON, str(SETTLE), str(folder / 'profil'), str(path), order]
    done = subprocess.run(command, check=True, capture_output=True, timeout=180, env=environment)
    return {name: [text for text in texts if text.strip()] for name, texts in json.loads(done.stdout).items()}


@pytest.mark.slow
@pytest.mark.libreoffice
@pytest.mark.xdist_group('libreoffice')
@pytest.mark.parametrize(('order', 'accept'), [('AcceptAll', True), ('RejectAll', False)])
def test_libreoffice_settles_it_the_same(
    sides: tuple[Side, Side], redline: bytes, order: str, accept: bool, tmp_path: Path
) -> None:
    """Contents apart: they are of the new version in the redline."""
    if office_missing():
        pytest.skip(office_missing())
    wanted, found = in_office(tmp_path, plain(sides[accept]), 'None'), in_office(tmp_path, redline, order)
    contents = {text.rstrip() for one in sides for text in entries(plain(one))}
    for name in ('body', 'notes'):
        kept = [[text for text in texts[name] if text.rstrip() not in contents] for texts in (found, wanted)]
        assert kept[0] == kept[1]


def entries(data: bytes) -> list[str]:
    """Lines of the contents and lists."""
    found = []
    for line in part(data).iter(f'{W}p'):
        style = line.find(f'{W}pPr/{W}pStyle')
        if style is not None and style.get(f'{W}val') in LISTINGS:
            found.append(
                ''.join('\t' if node.tag == f'{W}tab' else node.text or '' for node in line.iter(f'{W}t', f'{W}tab'))
            )
    return found
