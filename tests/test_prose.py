"""Prose: what is typed and what is not, sentences that lose no word, places found in the sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.diagnostics import Report
from pasbuild.prose import MASK, NOTE, Prose, count_words, is_quoted, locate, prose, sentence_at, sentences
from pasbuild.reader import read_part
from pasbuild.typography import typeset

PIECES = st.lists(
    st.sampled_from(
        ['art. ', 'L. 141-3 ', 'Le ', 'n° 3. ', '1,5 ', '… ', '. ', '! ', '« ', ' »', 'mot', ' ', 'É', '\n']
    )
)


def runs(text: str) -> list[Prose]:
    part = read_part(f'# Titre {{#titre}}\n\n{text}\n', 'content/essai.md', Report())
    assert part is not None
    return list(prose(part))[1:]


@pytest.mark.parametrize(
    ('text', 'count'),
    [
        ("Une phrase. Une autre.", 2),
        ("L'art. L. 141-3 et l'art. R. 143-4 s'appliquent. Ensuite, rien.", 2),
        ("La loi n° 2021-1104 fixe 1,5 ha. Elle vaut pour 10 000 habitants.", 2),
        ("M. Dupont et Mme. Durand, J. Martin et d'autres... Puis plus rien", 2),
        ("Des points de suspension... au milieu", 1),
        ("Trois choses : La première ; La deuxième.", 1),
        ("« Est-ce vrai ? » Oui. « Non ! » dit-il.", 3),
        ("Des écoles, des gares, etc. Le reste suit.", 2),
        ("On lit p. 12 et fig. 3. La suite p. 13.", 2),
        ("Il (voir plus haut.) La suite.", 2),
        ("En 2015. 12 communes.", 2),
        ("Une note.\u2060 Après la note.", 2),
        ("", 0),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(sentences(typeset(text))) == count


@given(st.one_of(st.text(), PIECES.map(''.join)))
def test_sentences_lose_nothing(text: str) -> None:
    found = sentences(text)
    assert ''.join(found) == text
    assert all(found)
    assert sum(map(count_words, found)) == count_words(text)
    assert all(sentence_at(text, offset) in text for offset in range(0, len(text), 3))


@pytest.mark.parametrize(
    ('text', 'count'),
    [("l'article L. 141-3", 3), ("10 000 habitants", 2), ("1,5 % – rien", 2), ("rendez-vous", 1), (" … ", 0)],
)
def test_words(text: str, count: int) -> None:
    assert count_words(typeset(text)) == count


def test_what_the_author_did_not_type_is_masked() -> None:
    run = runs("Il compte {val}`a.b` et {a-renseigner}`le nombre`[^n], voir [](#x).\n\n[^n]: La *note*.")[0]
    assert run.text == f"Il compte  et à renseigner\u00a0: le nombre{NOTE}, voir ."
    assert run.typed == f"Il compte  et {MASK * 24}{NOTE}, voir ."
    assert run.values == ((10, 'a.b'),)


def test_runs_in_order_with_their_kind_and_without_quotations() -> None:
    text = """Un[^n] mot.

> Une citation.

:::encadre Un titre
- un point
:::

Terme
: Sa définition.

| A | B |
|---|---|
| c | d |

[^n]: La note."""
    assert [(run.kind, run.text.replace(NOTE, '')) for run in runs(text)] == [
        ('texte', "Un mot."), ('note', "La note."), ('titre', "Un titre"), ('texte', "un point"), ('titre', "Terme"),
        ('texte', "Sa définition."), ('cellule', "A"), ('cellule', "B"), ('cellule', "c"), ('cellule', "d"),
    ]  # fmt: skip


def test_quoted() -> None:
    text = "a « b » c « d"
    assert [is_quoted(text, text.index(letter)) for letter in 'abcd'] == [False, True, False, True]


def test_words_are_found_in_their_block_first_then_after_it() -> None:
    lines = ['# Titre', '', 'Une phrase qui', "va à l'ouest **fort**", '', '[^n]: Une note du code.', 'va à']
    assert locate(lines, 3, "va à l’ouest") == 4
    assert locate(lines, 3, "qui va à l’ouest") == 3
    assert locate(lines, 3, "note du code") == 6
    assert locate(lines, 3, "Une absente") == 3
    assert locate(lines, 3, '') == 3
