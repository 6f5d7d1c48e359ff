"""Wishes of several reviewers on one text: united where they do not meet, named where they do, whatever their order."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pasbuild.edits import folded, tokens
from pasbuild.merging import (
    SOURCES,
    Change,
    Wish,
    merge_all,
    merge_changes,
    merge_words,
    standings,
)

TEXT = "Le SCoT couvre {val}`communes.nombre` et 1 250 habitants ; voir [la carte](#fig-carte) et le reste."


def wish(key: str, old: str, new: str, text: str = TEXT) -> Wish:
    assert old in text
    return Wish(key, text, text.replace(old, new))


def test_tokens_hold_together_what_the_sources_hold_as_one() -> None:
    found = tokens("**De** {val}`a.b unite=c` à 1 250,5 %[^n] : [le texte](#a)\\\nfin 1^er^ \\*")
    assert ''.join(found) == "**De** {val}`a.b unite=c` à 1 250,5 %[^n] : [le texte](#a)\\\nfin 1^er^ \\*"
    for one in ('{val}`a.b unite=c`', '1 250,5', '[^n]', '[le texte](#a)', '\\\n', '^er^', '\\*', '**'):
        assert one in found


def test_edits_of_different_words_are_united() -> None:
    merged = merge_words(TEXT, [wish('a', 'couvre', 'comprend'), wish('b', 'le reste', 'la suite')])
    assert merged.text == TEXT.replace('couvre', 'comprend').replace('le reste', 'la suite')
    assert merged.clashes == ()


def test_same_edit_twice_is_one() -> None:
    assert merge_words(TEXT, [wish(key, 'couvre', 'comprend') for key in 'ab']).text == TEXT.replace(
        'couvre', 'comprend'
    )


def test_same_words_replaced_differently_are_a_conflict_with_both_texts() -> None:
    merged = merge_words(TEXT, [wish('a', 'couvre', 'comprend'), wish('b', 'couvre', 'compte')])
    assert merged.text == TEXT
    assert [(clash.words, dict(clash.sides)) for clash in merged.clashes] == [
        ('couvre', {'a': 'comprend', 'b': 'compte'})
    ]


def test_the_present_text_is_one_more_side() -> None:
    present = TEXT.replace('le reste', 'tout le reste')
    assert merge_words(present, [wish('a', 'couvre', 'comprend')]).text == present.replace('couvre', 'comprend')
    merged = merge_words(TEXT.replace('couvre', 'englobe'), [wish('a', 'couvre', 'comprend')])
    assert dict(merged.clashes[0].sides) == {SOURCES: 'englobe', 'a': 'comprend'}


def test_what_the_present_text_already_says_is_not_asked_again() -> None:
    present = TEXT.replace('couvre', 'comprend')
    assert merge_words(present, [wish('a', 'couvre', 'comprend')]) == merge_words(present, [])


def test_what_several_did_side_by_side_is_not_asked_again() -> None:
    text = "la grande ville reste. Fin."
    wishes = [wish('a', 'grande ', '', text), wish('b', 'ville', 'cité', text), wish('c', 'reste.', 'reste. Or.', text)]
    done = merge_all(text, wishes).text
    assert done == "la cité reste. Or. Fin."
    assert merge_all(done, wishes) == merge_all(done, [])


def test_way_of_writing_is_no_change_of_the_sources() -> None:
    """The base is in canonical form, with straight apostrophes; the sources are as their author wrote them."""
    present = "L’eau,\nsur  deux lignes, _est_ rare."
    one = Wish('a', "L'eau, sur deux lignes, *est* rare.", "L'eau, sur deux lignes, *est* très rare.", fresh=True)
    assert merge_words(present, [one]).text == "L’eau,\nsur  deux lignes, _est_ très rare."
    other = Wish('a', one.before, "L'eau, sur deux lignes, *reste* rare.", fresh=True)
    assert merge_words(present, [other]).text == "L’eau,\nsur  deux lignes, *reste* rare."


def test_edits_side_by_side_are_a_conflict_with_both_texts() -> None:
    text = "Les communes voisines sont consultées. Le reste suit."
    one, other = wish('a', 'Les', 'Toutes les', text), wish('b', 'Les', 'Les seules', text)
    merged = merge_words(text, [one, other])
    assert merged.text == text
    assert [(c.words, dict(c.sides)) for c in merged.clashes] == [('Les', {'a': 'Toutes les', 'b': 'Les seules'})]
    merged = merge_words(text, [wish('a', 'communes', 'villes', text), wish('b', 'voisines', 'proches', text)])
    assert dict(merged.clashes[0].sides) == {'a': 'villes voisines', 'b': 'communes proches'}
    assert merge_words(text, [one, wish('b', 'communes ', 'communes seules ', text)]).clashes == ()
    same = [one, wish('b', 'Les', 'Toutes les', text), wish('c', 'voisines', 'proches', text)]
    assert merge_words(text, same).text == text.replace('Les', 'Toutes les').replace('voisines', 'proches')


def test_side_by_side_with_the_present_text_too() -> None:
    text = "Les communes voisines."
    merged = merge_words("Toutes les communes voisines.", [wish('a', 'Les', 'Les seules', text)])
    assert dict(merged.clashes[0].sides) == {SOURCES: 'Toutes les', 'a': 'Les seules'}


def test_added_beside_struck_is_a_conflict_but_not_struck_beside_replaced() -> None:
    text = "la grande ville"
    struck = wish('a', 'grande ', '', text)
    assert merge_words(text, [struck, wish('b', 'grande', 'très grande', text)]).refused == {'a', 'b'}
    assert merge_words(text, [struck, wish('b', 'ville', 'cité', text)]).text == "la cité"
    assert merge_words(text, [struck, wish('b', 'la', '**la**', text)]).clashes == ()


def test_the_end_of_a_sentence_parts_edits() -> None:
    text = "Un premier reste. Un second reste."
    last, more = (
        wish('a', 'second reste', 'second solde', text),
        wish('b', 'second reste.', 'second reste. Suite.', text),
    )
    assert merge_words(text, [last, more]).text == "Un premier reste. Un second solde. Suite."
    pair = [wish('a', 'premier reste', 'premier solde', text), wish('b', 'Un second', 'Le second', text)]
    assert merge_words(text, pair).text == "Un premier solde. Le second reste."


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(('garder', 'a', 'b', 'ab', 'a+', 'b+')), min_size=1, max_size=10))
def test_neighbours_are_united_only_with_a_kept_word_between(fates: list[str]) -> None:
    """Each word is kept, replaced by one or both alike, or followed by an addition."""
    words = [f'mot{n}' for n in range(len(fates))]

    def text(who: str) -> str:
        done = [
            f'neuf{n}' if who in fate and fate in ('a', 'b', 'ab') else f'{word} plus{n}' if fate == f'{who}+' else word
            for n, (word, fate) in enumerate(zip(words, fates, strict=True))
        ]
        return ' '.join(done)

    base = text('x')
    merged = merge_words(base, [Wish(who, base, text(who)) for who in 'ab'])
    parts = [part for fate in fates for part in (['garder', fate] if '+' in fate else [fate])]
    beside = [{one[0], other[0]} for one, other in pairwise(parts) if 'garder' not in (one, other)]
    alike = any(
        {one, other} & {'ab'} for one, other in pairwise(parts) if one != other and 'garder' not in (one, other)
    )
    if not alike:
        assert bool(merged.clashes) == ({'a', 'b'} in beside)
    said = merged.text + ''.join(side or '' for clash in merged.clashes for _, side in clash.sides)
    assert all((f'plus{n}' if '+' in fate else f'neuf{n}') in said for n, fate in enumerate(fates) if fate != 'garder')


def test_half_of_a_wish_is_not_granted() -> None:
    both = Wish('a', TEXT, TEXT.replace('couvre', 'comprend').replace('le reste', 'la suite'))
    merged = merge_all(TEXT, [both, wish('b', 'couvre', 'compte'), wish('c', 'voir', 'lire')])
    assert merged.text == TEXT.replace('voir', 'lire')
    assert merged.refused == {'a', 'b'}


def test_bold_that_would_not_close_is_a_conflict() -> None:
    text = "un deux trois quatre"
    crossing = [Wish('a', text, "**un deux** trois quatre"), Wish('b', text, "un deux")]
    assert merge_all(text, crossing).clashes == ()
    lost = [Wish('a', '**un deux** trois', '**un deux trois**'), Wish('b', '**un deux** trois', 'un deux trois')]
    assert merge_all('**un deux** trois', lost).refused == {'a', 'b'}


WORDS = st.lists(
    st.sampled_from(
        ["le", "la", "eau", "sol", "bourg", "ville,", "{val}`a.b`", "12", "et", "**fort**", ";", "[x](#y)"]
    ),
    max_size=12,
)
TEXTS = WORDS.map(' '.join)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, st.lists(st.tuples(TEXTS, TEXTS), max_size=4), st.integers(0, 99))
def test_result_does_not_depend_on_the_order(present: str, base: str, pairs: list[tuple[str, str]], seed: int) -> None:
    wishes = [Wish(f'k{n}', base if n % 2 else one, other) for n, (one, other) in enumerate(pairs)]
    mixed = random.Random(seed).sample(wishes, len(wishes))
    assert merge_all(present, wishes) == merge_all(present, mixed)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_one_wish_on_an_unchanged_text_is_granted(base: str, after: str, other: str) -> None:
    merged = merge_all(base, [Wish('a', base, after)])
    assert folded(merged.text) == folded(after) or '*' in base + after
    assert merge_all(base, []).text == base
    assert merge_all(other, [Wish('a', base, base)]).text == other


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_what_everybody_did_is_done_once(base: str, after: str) -> None:
    assert merge_words(base, [Wish('a', base, after)]) == merge_words(base, [Wish(k, base, after) for k in 'abc'])
    assert merge_words(after, [Wish('a', base, after)]).text == after


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(('garder', 'a', 'b', 'c', 'ab', 'a-', 'b+')), min_size=1, max_size=10))
def test_nothing_is_lost(fates: list[str]) -> None:
    """Each word has a fate: kept, changed by one or two, struck by a, followed by an addition of b."""
    words = [f'mot{n}' for n in range(len(fates))]

    def text(who: str) -> str:
        done = []
        for n, (word, fate) in enumerate(zip(words, fates, strict=True)):
            if fate == f'{who}-':
                continue
            done.append(f'{who}{n}neuf' if who in fate and fate.isalpha() and fate != 'garder' else word)
            done += [f'plus{n}'] if fate == f'{who}+' else []
            done.append('pivot')
        return ' '.join(done)

    base = text('x')
    merged = merge_words(base, [Wish(who, base, text(who)) for who in 'abc'])
    said = merged.text + ''.join(side or '' for clash in merged.clashes for _, side in clash.sides)
    for n, fate in enumerate(fates):
        for who in 'abc':
            if fate in (who, 'ab') and who in fate:
                assert f'{who}{n}neuf' in said
        if fate == 'b+':
            assert f'plus{n}' in said
    assert not (merged.clashes and not {'ab'} & set(fates) and 'b+' not in fates and 'a-' not in fates)


# --- blocks -----------------------------------------------------------------------------------------------------------

BLOCKS = {'p1': "Un premier paragraphe.", 'p2': "Un second.", 'p3': "Un dernier paragraphe."}


def change(key: str, blocks: str, *after: str, place: str = '', form: str = '', rank: int = 0) -> Change:
    ids = tuple(blocks.split())
    return Change(key, key[0], ids, tuple(BLOCKS[b] for b in ids), after, place, form, rank)


def test_split_edited_by_another_is_merged() -> None:
    found = merge_changes(
        BLOCKS, [change('a/1', 'p1', "Un", "premier paragraphe."), change('b/1', 'p1', "Un premier alinéa.")]
    )
    assert found.texts == {('p1',): "Un\n\npremier alinéa."}


def test_joined_blocks_edited_by_another_are_merged() -> None:
    joined = change('a/1', 'p1 p2', "Un premier paragraphe. Un second.")
    found = merge_changes(BLOCKS, [joined, change('b/1', 'p2', "Un deuxième.")])
    assert found.texts == {('p1', 'p2'): "Un premier paragraphe. Un deuxième."}


def test_deleted_by_one_and_edited_by_another_is_a_conflict() -> None:
    found = merge_changes(BLOCKS, [change('a/1', 'p2'), change('b/1', 'p2', "Un deuxième."), change('c/1', 'p3')])
    assert found.refused == {'a/1', 'b/1'}
    assert found.deleted == {'p3'}
    assert dict(found.clashes[0].sides) == {'a/1': None, 'b/1': "Un deuxième."}


def test_deleted_but_changed_since_is_a_conflict_with_the_sources() -> None:
    found = merge_changes({**BLOCKS, 'p2': "Un second, revu."}, [change('a/1', 'p2')])
    assert standings(found, [change('a/1', 'p2')]) == {'a/1': {SOURCES}}


def test_additions_at_one_place_are_all_kept_reviewer_after_reviewer() -> None:
    more = [change('b/1', '', "De b.", place='p1'), change('a/9', '', "De a.", place='p1', rank=1),
            change('a/2', '', "Suite de a.", place='p1', rank=2), change('c/1', '', "De b.", place='p1')]  # fmt: skip
    found = merge_changes(BLOCKS, more)
    assert [added.texts for added in found.added['p1']] == [("De a.",), ("Suite de a.",), ("De b.",)]
    assert found.added['p1'][2].keys == ('b/1', 'c/1')
    assert merge_changes(BLOCKS, reversed(more)) == found


def test_moved_and_edited_is_both_but_two_places_are_a_conflict() -> None:
    moved = change('a/1', 'p1', BLOCKS['p1'], place='p3')
    found = merge_changes(BLOCKS, [moved, change('b/1', 'p1', "Un premier alinéa.")])
    assert (found.moved, found.texts) == ({'p1': 'p3'}, {('p1',): "Un premier alinéa."})
    assert merge_changes(BLOCKS, [moved, change('b/1', 'p1', BLOCKS['p1'], place='p2')]).refused == {'a/1', 'b/1'}


def test_joined_blocks_that_something_now_parts_are_a_conflict() -> None:
    now = {'p1': BLOCKS['p1'], 'neuf': "Entre deux.", 'p2': BLOCKS['p2']}
    assert merge_changes(now, [change('a/1', 'p1 p2', "Tout.")]).refused == {'a/1'}


@pytest.mark.parametrize('seed', range(20))
def test_blocks_do_not_depend_on_the_order(seed: int) -> None:
    chance = random.Random(seed)
    made = [
        chance.choice((
            lambda key: change(key, chance.choice([*BLOCKS]), f'Texte {chance.randint(1, 2)}.'),
            lambda key: change(key, chance.choice([*BLOCKS])),
            lambda key: change(key, '', f'Neuf {chance.randint(1, 2)}.', place=chance.choice([*BLOCKS])),
            lambda key: change(key, 'p1 p2', 'Les deux.'),
            lambda key: change(key, 'p1', BLOCKS['p1'], place=chance.choice(('p2', 'p3'))),
        ))(f'{who}/{number}')
        for who in 'abc' for number in range(2)
    ]  # fmt: skip
    found = merge_changes(BLOCKS, made)
    assert merge_changes(BLOCKS, chance.sample(made, len(made))) == found
    done = {key for added in found.added.values() for addition in added for key in addition.keys}
    for one in made:
        granted = (
            one.key in done or (one.deletes and one.blocks[0] in found.deleted) or (one.moves and found.moved)
            or (one.rewords and any(one.blocks[0] in run for run in found.texts))
        )  # fmt: skip
        assert (one.key in found.refused) != bool(granted)
