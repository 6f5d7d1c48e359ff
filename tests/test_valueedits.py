"""What a reviewer changes inside a paragraph that nobody wrote is a request of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.changes import Change, State, Words
from pasbuild.reviewbase import Bloc, Genre, fingerprint
from pasbuild.valueedits import told_apart

SENT = "Un ménage compte {val}`menages.taille.2022` en 2022, dit [](#tab-menages) ; {a-renseigner}`nombre` ailleurs."
SHOWN = "Un ménage compte 2,31 personnes en 2022, dit tableau 4 ; à renseigner : nombre ailleurs."


def bloc(markdown: str = SENT, shown: str = SHOWN, genre: Genre = 'paragraphe') -> Bloc:
    return Bloc('a.p1', '_pas_a__p1', genre, 'content/a.md', (1, 1), markdown, shown, fingerprint(markdown))


def asked(new: str, state: State = 'placé') -> Change:
    return Change('modifié', ('a.p1',), True, (), (Words(SHOWN, SENT),), (Words(new, new),), (), state)


def parts(new: str) -> list[tuple[str, str, str, str]]:
    found = told_apart([asked(new)], {'a.p1': bloc()})
    return [(one.state, one.before[0].markdown, ''.join(w.markdown for w in one.after), one.source) for one in found]


VALUE = ('partie générée', '{val}`menages.taille.2022`', '2,4 personnes', "les données « menages » (content/data)")


def test_value_alone_is_a_request_to_its_source() -> None:
    assert parts(SENT.replace('{val}`menages.taille.2022`', '2,4 personnes')) == [VALUE]


def test_words_and_value_are_two_requests() -> None:
    new = SENT.replace('{val}`menages.taille.2022`', '2,4 personnes').replace('ailleurs', 'partout')
    assert parts(new) == [('placé', SENT, SENT.replace('ailleurs', 'partout'), ''), VALUE]
    words, _ = told_apart([asked(new)], {'a.p1': bloc()})
    assert words.after[0].text == SHOWN.replace('ailleurs', 'partout').replace(' ;', '\u202f;').replace(' :', '\u00a0:')


def test_number_of_a_reference_is_made_too() -> None:
    ((state, before, after, source),) = parts(SENT.replace('[](#tab-menages)', 'tableau 5'))
    assert (state, before, after) == ('partie générée', '[](#tab-menages)', 'tableau 5')
    assert 'tab-menages' in source


def test_value_deleted_alone_stays_in_the_text() -> None:
    assert [found[0] for found in parts(SENT.replace('{val}`menages.taille.2022` ', ''))] == ['partie générée']


def test_what_is_to_be_filled_in_is_filled_in() -> None:
    new = SENT.replace('{a-renseigner}`nombre`', '12')
    assert parts(new) == [('placé', SENT, new, '')]


def test_sentence_is_rewritten_around_the_value() -> None:
    new = SENT.replace('compte {val}`menages.taille.2022` en 2022', 'réunit 2,4 personnes aujourd’hui')
    assert parts(new) == [('placé', SENT, new.replace('2,4 personnes', '{val}`menages.taille.2022`'), ''), VALUE]


def test_value_that_goes_with_its_sentence_is_said() -> None:
    (change,) = told_apart([asked("Rien d'autre.")], {'a.p1': bloc()})
    assert (change.state, change.after[0].markdown) == ('placé', "Rien d'autre.")
    assert '{val}`menages.taille.2022`' in change.detail


@pytest.mark.parametrize('state', ['à placer', 'partie générée'])
def test_what_is_not_placed_is_left_whole(state: State) -> None:
    change = asked(SENT.replace('{val}`menages.taille.2022`', '3'), state)
    assert told_apart([change], {'a.p1': bloc()}) == (change,)


@given(st.lists(st.sampled_from(["un", "mot", ",", "{val}`t.a`", "{val}`u.b c=d`", "[](#fig-x)", "2,4"]), max_size=9))
def test_no_value_is_replaced_alone_by_what_a_reviewer_typed(words: list[str]) -> None:
    """Whatever stays applicable keeps each value, or rewrites the words beside it, which is said."""
    for one in told_apart([asked(' '.join(words))], {'a.p1': bloc()}):
        lost = '{val}`menages.taille.2022`' not in ''.join(found.markdown for found in one.after)
        if one.state == 'placé' and lost:
            assert '{val}`menages.taille.2022`' in one.detail
