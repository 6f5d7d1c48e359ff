"""Passages of a Markdown file: their lines, first and last, and their text as written."""

from __future__ import annotations

from pasbuild.sourcelines import Passage, read_passages

TEXT = """\
---
role: enjeux
---

# Titre *ici* {#a}

Un paragraphe[^un] avec {val}`t.x`
sur deux lignes[^deux].

> Une citation
> longue.

- un
- deux
  encore

:::encadre Méthode {#m}
Dedans.
:::

Friche
: Un sens.
: Un autre.

:::tableau {#tab titre="Les étapes"}
| Étape \\| phase | Année[^trois] |
|---|---|
| Une | |

Remarque une.

Remarque deux.
:::

[^deux]: Note deux[^quatre].

[^un]: Note *un*,
    suite.

[^trois]: Trois.

[^quatre]: Dans la note.
"""


def test_text_ends_where_it_ends() -> None:
    texts = read_passages(TEXT).texts
    assert texts[5] == Passage(5, 5, "Titre *ici*")
    assert texts[7] == Passage(7, 8, "Un paragraphe[^un] avec {val}`t.x`\nsur deux lignes[^deux].")
    assert texts[10] == Passage(10, 11, "Une citation\nlongue.")
    assert texts[14] == Passage(14, 15, "deux\nencore")
    assert texts[18] == Passage(18, 18, "Dedans.")


def test_titles_of_boxes_and_tables() -> None:
    titles = read_passages(TEXT).titles
    assert titles == {17: Passage(17, 17, "Méthode"), 25: Passage(25, 25, "Les étapes")}


def test_a_term_serves_each_of_its_definitions() -> None:
    assert read_passages(TEXT).terms == {21: [Passage(21, 21, "Friche")] * 2}


def test_cells_keep_their_escapes() -> None:
    assert read_passages(TEXT).rows[25] == [
        [Passage(26, 26, "Étape \\| phase"), Passage(26, 26, "Année[^trois]")],
        [Passage(28, 28, "Une"), Passage(28, 28, "")],
    ]


def test_remarks_of_a_table_are_one_passage() -> None:
    assert read_passages(TEXT).remarks == {25: Passage(30, 32, "Remarque une.\n\nRemarque deux.")}


def test_notes_stand_by_the_line_that_calls_them() -> None:
    notes = read_passages(TEXT).notes
    assert notes[7] == [Passage(37, 38, "Note *un*,\nsuite.")]
    assert [note.markdown for note in notes[8] + notes[26] + notes[35]] == [
        "Note deux[^quatre].", "Trois.", "Dans la note.",
    ]  # fmt: skip
