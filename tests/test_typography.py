"""French typography: the rules, that they can be applied again, and the way back."""

from __future__ import annotations

import datetime

import pytest
from dump import visible
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.typography import _RULES, CONTROL, french_date, group_thousands, typeset, untypeset

RULES = [
    ("L'été : voilà", "L’été␣: voilà"),
    ("à 14:30, ratio 2:1", "à 14:30, ratio 2:1"),
    ("voir https://example.org/page?x=1;y=2 ou ici", "voir https://example.org/page?x=1;y=2 ou ici"),
    ("Quoi ? Quoi! Non ; oui", "Quoi·? Quoi·! Non·; oui"),
    ("Vraiment ?! Oui !!", "Vraiment·?! Oui·!!"),
    ("douteux (?) et (!)", "douteux (?) et (!)"),
    ("Attendez...", "Attendez…"),
    ('« mot »', "«␣mot␣»"),
    ("«mot»", "«␣mot␣»"),
    ("« Pourquoi ? »", "«␣Pourquoi·?␣»"),
    ("10 000 habitants", "10·000␣habitants"),
    ("1 234 567,8 ha", "1·234·567,8␣ha"),
    ("En 2020 350 logements", "En 2020 350␣logements"),
    ("0,123 456", "0,123 456"),
    ("12 % de 3 km² et 4 €", "12␣% de 3␣km² et 4␣€"),
    ("12 hares", "12 hares"),
    ("l'article L. 141-3, n° 5, p. 12", "l’article L.␣141-3, n°␣5, p.␣12"),
    ("le 13 mars 2023 et le 1er avril", "le 13␣mars 2023 et le 1er␣avril"),
    ("n. d.", "n.␣d."),
    ("la fin. des", "la fin. des"),
    # at the seams between nodes: what precedes is in another node
    (" : suite", "␣: suite"),
    (" ; suite", "·; suite"),
    ("« ", "«␣"),
    (" »", "␣»"),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(('typed', 'expected'), RULES)
def test_rule(typed: str, expected: str) -> None:
    assert visible(typeset(typed)) == expected


@given(st.text())
def test_typeset_twice_changes_nothing_more(text: str) -> None:
    assert typeset(typeset(text)) == typeset(text)


@given(st.text(alphabet="a1 ;:!?«»'.,%()\u00a0\u202f"))
def test_typeset_twice_changes_nothing_more_where_the_rules_apply(text: str) -> None:
    assert typeset(typeset(text)) == typeset(text)


WORDS = st.sampled_from(
    [
        "l'eau",
        "PAS",
        "« bien vivre »",
        "10 000 habitants",
        "12,5 %",
        "14:30",
        "art. 5",
        "(?)",
        "L. 141-3",
        "13 mars",
        "été",
    ]
)
MARKS = st.sampled_from([" :", " ;", " !", " ?", " ?!", ",", ".", "...", ""])


@given(st.lists(st.tuples(WORDS, MARKS), max_size=12))
def test_untypeset_gives_back_what_was_typed(pairs: list[tuple[str, str]]) -> None:
    typed = ' '.join(word + mark for word, mark in pairs)
    assert untypeset(typeset(typed)) == typed


@given(st.text(alphabet="abelnosr1° ;:!?«»'.,%()\u00a0\u202f"))
def test_text_left_as_it_is_is_one_that_no_rule_changes(text: str) -> None:
    ruled = text
    for pattern, replacement in _RULES:
        ruled = pattern.sub(replacement, ruled)
    assert typeset(text) == ruled


@given(st.text())
def test_typeset_adds_spaces_but_loses_no_sign(text: str) -> None:
    def signs(value: str) -> str:
        return ''.join(value.replace('’', "'").replace('…', '...').split())

    assert signs(typeset(text)) == signs(text)


def test_thousands() -> None:
    assert [visible(group_thousands(digits)) for digits in ('0', '999', '1051', '367806', '1234567')] == [
        '0',
        '999',
        '1·051',
        '367·806',
        '1·234·567',
    ]


@pytest.mark.parametrize(
    ('date', 'expected'),
    [
        (datetime.date(2023, 3, 13), "13␣mars␣2023"),
        ('2019-04-01', "1er␣avril␣2019"),
        ('2023-03', "mars␣2023"),
        ('2023', "2023"),
        ('2023-13', "2023-13"),
        ("printemps 2023", "printemps 2023"),
    ],
)
def test_date(date: datetime.date | str, expected: str) -> None:
    assert visible(french_date(date)) == expected


def test_control_characters_are_those_xml_refuses() -> None:
    assert all(CONTROL.fullmatch(char) for char in '\x00\x08\x0b\x1f\x7f\x9f\ufffe')
    assert not CONTROL.search("\t\n\ré\u00a0\u202f—")
