"""Passages as words, for display."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.rendering import silent_pieces

TEXTS = st.lists(st.sampled_from(["un", "deux", "trois", ",", "."]), max_size=8).map(' '.join)


@pytest.mark.parametrize(
    ('old', 'new', 'shown'),
    [
        ("vivre sans deux voitures.", "vivre avec une seule voiture.",
         ["= vivre ", "- sans deux voitures", "+ avec une seule voiture", "= ."]),
        ("cesse de se creuser", "se réduise", ["- cesse de ", "= se ", "- creuser", "+ réduise"]),
        ("2,68 en 1999", "2,7 en 1999", ["- 2,68", "+ 2,7", "=  en 1999"]),
        ("un mot", "un mot", ["= un mot"]),
        ("", "un mot", ["+ un mot"]),
    ],
)  # fmt: skip
def test_words_changed_one_after_the_other_are_shown_together(old: str, new: str, shown: list[str]) -> None:
    assert [f'{piece.kind} {piece.text}' for piece in silent_pieces(old, new)] == shown


@given(TEXTS, TEXTS)
def test_pieces_give_both_texts(old: str, new: str) -> None:
    pieces = silent_pieces(old, new)
    assert ''.join(piece.text for piece in pieces if piece.kind != '+') == old
    assert ''.join(piece.text for piece in pieces if piece.kind != '-') == new
