"""What corresponds to what: words that give back both texts, passages paired once and in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.alignment import Item, Words, accepted, align, compare_words, fold, in_order, rejected

TEXTS = st.text(alphabet="ab é’' .1%\n,50 »«–", max_size=60)
ITEMS = st.lists(
    st.builds(Item, st.sampled_from(['texte', 'titre']), st.text('ab ', max_size=8), st.sampled_from(['', '', 'x', 'y'])),
    max_size=8,
)  # fmt: skip


@given(TEXTS, TEXTS)
def test_accepting_all_gives_the_new_text_and_rejecting_all_the_old_one(old: str, new: str) -> None:
    words = compare_words(old, new)
    assert accepted(words) == new
    assert rejected(words) == old


@given(ITEMS, ITEMS)
def test_every_passage_comes_once_and_in_order(old: list[Item], new: list[Item]) -> None:
    links = align(old, new)
    assert [i for i, _ in links if i is not None] == [*range(len(old))]
    assert [j for _, j in links if j is not None] == [*range(len(new))]
    assert all(old[i].kind == new[j].kind for i, j in links if i is not None and j is not None)


@given(st.lists(st.integers(0, 20), unique=True))
def test_what_did_not_move_is_in_order_and_as_long_as_can_be(ranks: list[int]) -> None:
    kept = [ranks[place] for place in in_order(ranks)]
    assert kept == sorted(kept)
    longest = [1] * len(ranks)
    for i, rank in enumerate(ranks):
        longest[i] = 1 + max((longest[j] for j in range(i) if ranks[j] < rank), default=0)
    assert len(kept) == max(longest, default=0)


def test_a_number_is_never_cut_in_two() -> None:
    assert compare_words("50 %", "55 %") == (Words('supprime', "50"), Words('ajoute', "55"), Words('egal', " %"))


def test_thousands_are_one_number() -> None:
    found = compare_words('limitée à 150 ha', 'limitée à 1\u202f150 ha')
    assert [(one.op, one.text) for one in found if one.op != 'egal'] == [('supprime', '150'), ('ajoute', '1\u202f150')]


@pytest.mark.parametrize(('old', 'new'), [('0,5', '0,6'), ('1.1.2', '1.1.3'), ('1\u202f150,5', '1\u202f151')])
def test_decimals_and_numbers_of_objectives_are_one_word(old: str, new: str) -> None:
    assert compare_words(f'de {old} ha.', f'de {new} ha.') == (
        Words('egal', 'de '), Words('supprime', old), Words('ajoute', new), Words('egal', ' ha.')
    )  # fmt: skip


def test_neighbouring_changes_read_as_one() -> None:
    found = compare_words("sans voiture du tout", "à pied du tout")
    assert found[:2] == (Words('supprime', "sans voiture"), Words('ajoute', "à pied"))


def test_typography_alone_is_no_difference() -> None:
    assert fold("L’objectif : « 2 000 – 3 000 »") == fold("L'objectif: \"2 000 - 3 000\"")
    assert fold("L’objectif") != fold("Lobjectif")


def test_a_paragraph_put_first_does_not_shift_the_others() -> None:
    old = [Item('texte', "Un premier paragraphe."), Item('texte', "Le second, plus long, parle de friches.")]
    new = [Item('texte', "Tout autre chose."), old[0], Item('texte', "Le second, plus long, parle des friches.")]
    assert align(old, new) == [(None, 0), (0, 1), (1, 2)]
