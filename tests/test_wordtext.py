"""Inlines as runs of Word."""

from __future__ import annotations

from typing import Any

from lxml import etree
from word_sample import HERE, W, ref, sample, text_of

from pasbuild.model import Emph, Inline, Strong, Text
from pasbuild.wordml import NAMESPACES
from pasbuild.wordtext import Marks, Prose, Target, find_targets


def written(prose: Prose, *children: Inline) -> Any:
    return etree.fromstring(f'<w:p {NAMESPACES}>{prose.runs(children)}</w:p>'.encode())


def test_numbered_titles_and_captions_are_targets() -> None:
    targets = find_targets(sample())
    assert targets['obj-poles'] == Target('titre', '1.1.1')
    assert targets['fig-evolution'] == Target('legende', '1')
    assert 'territoire-population' not in targets


def test_a_number_is_live_only_when_it_is_the_number() -> None:
    prose = Prose({'obj': Target('titre', '1.1')}, Marks())
    for text, live in (("objectif\u00a01.1", True), ("objectif 2.1.1", False), ("tome 11.1", False), ("ici", False)):
        found = written(prose, ref('obj', text))
        assert (found.find(f'.//{W}instrText') is not None) == live
        assert text_of(found).removeprefix('ici') in (text, '')


def test_weights_combine() -> None:
    prose = Prose({}, Marks())
    found = written(prose, Strong((Text('a'), Emph((Text('b'),)))), Emph((Emph((Text('c'),)),)))
    assert [style.get(f'{W}val') for style in found.iter(f'{W}rStyle')] == [
        'Strong',
        'PASTexteFortAccentue',
        'Emphasis',
    ]


def test_a_block_without_paragraph_marks_the_next_one() -> None:
    marks = Marks(pending=['liste'])
    first, second, third = marks.around('', 'liste.p1'), marks.around(''), marks.around('', 'liste.p1')
    assert first.count('bookmarkStart') == 2
    assert first.index('_pas_liste"') < first.index('_pas_liste__p1"')
    assert '_pasg_1' in second
    assert '_pasg_2' in third, 'a name is given once'


def test_notes_keep_the_marks_of_their_paragraph_apart() -> None:
    from pasbuild.model import Note

    prose = Prose({}, Marks(pending=['liste']))
    written(prose, Note('n-1', HERE, (Text('note'),), 1))
    assert '_pas_n_1' in prose.notes[0]
    assert prose.marks.pending == ['liste']
