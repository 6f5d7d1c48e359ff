"""Resolve: numbers, references, notes, links between enjeux and objectives, values, tables and lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dump import dump, inline, visible

from pasbuild.diagnostics import Report
from pasbuild.document import Project, read_project
from pasbuild.model import (
    Acronym,
    Document,
    Enjeu,
    FigureBlock,
    Listing,
    Note,
    Objectif,
    Ref,
    Table,
    Value,
    inlines,
    own_inlines,
    walk,
)
from pasbuild.project import Folder

EXPECTED = Path(__file__).parent / 'cases' / 'mini.txt'


def project(folder: Folder, report: Report | None = None) -> Project:
    found = read_project(folder, report or Report())
    assert found is not None
    return found


def add(folder: Folder, name: str, text: str) -> Report:
    """Add text to a part; return the findings."""
    path, report = folder.root / 'content' / name, Report()
    path.write_text(f'{path.read_text(encoding="utf-8")}\n{text}\n', encoding='utf-8')
    project(folder, report)
    return report


@pytest.fixture
def document(mini: Folder) -> Document:
    return project(mini).document


def test_the_parts_of_the_sample_read_as_expected(document: Document, golden: Callable[[Path, str], None]) -> None:
    written = [part for part in document.parts if part.span.file.startswith('content/')]
    golden(EXPECTED, dump(Document(tuple(written))))


def test_reading_twice_gives_the_same_document(mini: Folder, document: Document) -> None:
    assert project(mini).document == document


def test_identifiers_are_unique(document: Document) -> None:
    names = [block.id for block in walk(document)]
    assert len(set(names)) == len(names)


def test_notes_are_numbered_in_reading_order(document: Document) -> None:
    notes = [node for block in walk(document) for node in inlines(own_inlines(block)) if isinstance(node, Note)]
    assert sorted(note.number for note in notes) == list(range(1, len(notes) + 1))
    assert [note.number for note in notes] == sorted(note.number for note in notes)


def test_enjeux_and_objectives_know_each_other(document: Document) -> None:
    blocks = {block.id: block for block in walk(document)}
    enjeu, objectif = blocks['enj-friches'], blocks['obj-friches']
    assert isinstance(enjeu, Enjeu)
    assert isinstance(objectif, Objectif)
    assert [(ref.target, visible(ref.text)) for ref in enjeu.objectifs] == [
        ('obj-friches', 'objectif␣1.2.1'),
        ('obj-logements', 'objectif␣1.1.1'),
    ]
    assert [(ref.target, visible(ref.text)) for ref in objectif.enjeux] == [('enj-friches', 'enjeu␣1')]


def test_maps_figures_and_tables_are_numbered_apart(document: Document) -> None:
    figures = [block for block in walk(document) if isinstance(block, FigureBlock)]
    assert [(block.label, block.number) for block in figures] == [
        ('Figure', 1), ('Carte', 1), ('Figure', 2), ('Figure', 3), ('Figure', 4), ('Figure', 5),
    ]  # fmt: skip
    tables = [block.number for block in walk(document) if isinstance(block, Table) and block.number]
    assert tables == list(range(1, len(tables) + 1))


def test_references_say_what_they_point_at(document: Document) -> None:
    refs = {
        node.target: visible(node.text)
        for block in walk(document)
        for node in inlines(own_inlines(block))
        if isinstance(node, Ref) and block.id.startswith(('population', 'carte', 'obj', 'methode'))
    }
    assert refs['gd-vallee'] == 'grande dynamique␣1'
    assert refs['axe-habiter'] == 'axe␣1.1'
    assert refs['fig-population'] == 'figure␣1'
    assert refs['fig-evolution'] == 'carte des évolutions'
    assert refs['population'] == '«␣Une population qui augmente␣»'
    assert refs['tab-etapes'].startswith('tableau␣')


def test_values_carry_their_text_and_source(document: Document) -> None:
    values = [node for block in walk(document) for node in inlines(own_inlines(block)) if isinstance(node, Value)]
    assert values
    assert all(value.text and value.source for value in values)


def test_acronyms_are_found_whole(mini: Folder) -> None:
    add(mini, '30-methode.md', 'Le PAS, un PASS, le-PAS, SCoT-PAS, (SCoT) et PAS.')
    blocks = {block.id: block for block in walk(project(mini).document)}
    assert inline(own_inlines(blocks['methode.p2'])) == "Le <PAS>, un PASS, le-PAS, <SCoT>-PAS, (<SCoT>) et <PAS>."
    [first, *_] = [node for node in own_inlines(blocks['methode.p2']) if isinstance(node, Acronym)]
    assert first.expansion == "projet d’aménagement stratégique"


def test_lists_are_filled_wherever_they_stand(mini: Folder) -> None:
    report = add(mini, '20-vallee.md', 'Fin.\n\n:::liste-figures\n:::\n\n> :::liste-tableaux\n> :::')
    assert not report.diagnostics
    listings = [block for block in walk(project(mini).document) if isinstance(block, Listing)]
    assert len(listings) == 5
    assert all(block.entries for block in listings)


def test_levels_are_named_by_the_dossier(mini: Folder) -> None:
    path = mini.root / 'content' / 'dossier.yaml'
    text = path.read_text(encoding='utf-8')
    text = text.replace('nom: grande dynamique', 'nom: ambition').replace(
        'numero: "{1}.{2}.{3}"', 'numero: "{3} ({1})"'
    )
    path.write_text(text, encoding='utf-8')
    blocks = {block.id: block for block in walk(project(mini).document)}
    [_, friches, _, dynamique] = [node for node in own_inlines(blocks['obj-logements.p1']) if isinstance(node, Ref)]
    assert visible(friches.text) == 'objectif␣1 (1)'
    assert visible(dynamique.text) == 'ambition␣1'


@pytest.mark.parametrize(
    ('text', 'code', 'words'),
    [
        ('[](#obj-frich)', 'ref.introuvable', "« obj-friches »"),
        ('[](#methode.p1)', 'ref.introuvable', ''),
        ('![](figure:fig-population)', 'ref.double', ''),
        ('## Encore {#population}', 'ref.double', ''),
        ('{val}`communes.lens`', 'donnee.valeur-introuvable', ''),
    ],
)
def test_faults(mini: Folder, text: str, code: str, words: str) -> None:
    [finding] = add(mini, '30-methode.md', text).diagnostics
    assert finding.code == code
    assert words in finding.hint


def test_a_doubled_title_is_reported_once_not_for_each_block_under_it(mini: Folder) -> None:
    report = add(mini, '30-methode.md', '## A {#double}\n\nx\n\ny\n\n## B {#double}\n\nx\n\ny')
    assert [finding.code for finding in report.diagnostics] == ['ref.double']


def test_words_given_by_the_author_may_point_at_any_block(mini: Folder) -> None:
    assert not add(mini, '30-methode.md', '[ce paragraphe](#methode.p1)').diagnostics
