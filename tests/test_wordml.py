"""Builders of WordprocessingML."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from pasbuild import wordml
from pasbuild.wordml import MAX_BOOKMARK, bookmark, number_bookmark

WORDS = st.text('abz09', min_size=1, max_size=12)
SEGMENTS = st.lists(WORDS, min_size=1, max_size=4).map('-'.join)
IDENTIFIERS = st.lists(SEGMENTS, min_size=1, max_size=3).map('.'.join)


@pytest.mark.parametrize(
    ('block_id', 'name'),
    [
        ('obj-poles', '_pas_obj_poles'),
        ('obj-poles.p2', '_pas_obj_poles__p2'),
        ('a' * 35, '_pas_' + 'a' * 35),
        ('a' * 36, '_pas_aaaaaaaaaaaaaaaaaaa___ela5es6napu24'),
    ],
)
def test_bookmark_names(block_id: str, name: str) -> None:
    assert bookmark(block_id) == name


@given(st.lists(st.one_of(IDENTIFIERS, st.text(max_size=60)), unique=True, max_size=20))
def test_no_two_blocks_share_a_bookmark_even_without_case(ids: list[str]) -> None:
    names = [wordml_name.lower() for block_id in ids for wordml_name in (bookmark(block_id), number_bookmark(block_id))]
    assert len(set(names)) == len(names)


@given(st.one_of(IDENTIFIERS, st.text(max_size=80)))
def test_bookmark_names_are_allowed_by_word(block_id: str) -> None:
    assert re.fullmatch(rf'_[a-z0-9_]{{1,{MAX_BOOKMARK - 1}}}', bookmark(block_id))


@given(IDENTIFIERS.filter(lambda block_id: '___' not in bookmark(block_id)))
def test_short_bookmarks_lead_back_to_their_block(block_id: str) -> None:
    assert bookmark(block_id).removeprefix('_pas_').replace('__', '.').replace('_', '-') == block_id


@given(st.text())
@example('\r\n')
def test_any_text_can_be_written(text: str) -> None:
    element = etree.fromstring(f'<w:p {wordml.NAMESPACES}>{wordml.run(text)}</w:p>'.encode())
    assert len(''.join(map(str, element.itertext()))) == len(text)


def test_a_flat_colour_is_a_png_of_that_colour() -> None:
    from io import BytesIO

    from matplotlib.image import imread

    pixels = imread(BytesIO(wordml.solid_png('#FF8000')))
    assert pixels.shape == (8, 8, 3)
    assert (pixels * 255).round().astype(int).reshape(-1, 3).tolist() == [[255, 128, 0]] * 64


def test_links_to_what_is_not_there_leave_their_words() -> None:
    run = wordml.run("l'objectif 3")
    kept, dead = wordml.internal_link('_pas_ici', run), wordml.internal_link('_pas_ailleurs', run)
    outside = wordml.external_link('lien1', run)
    xml = f'{kept}{dead}{outside}{dead}{kept}'
    assert wordml.without_dead_links(xml, {'_pas_ici'}) == f'{kept}{run}{outside}{run}{kept}'
