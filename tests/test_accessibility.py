"""What a program sees of accessibility: contrast, header cells, links, alternative texts, titles, language."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_editorial import with_part

from pasbuild.accessibility import (
    CONTRAST,
    LOOKS,
    contrast,
    entetes_de_tableau,
    langue,
    ordre_des_titres,
    text_pairs,
    textes_de_lien,
    textes_distincts,
)
from pasbuild.build import check
from pasbuild.diagnostics import Report
from pasbuild.document import Project, read_project
from pasbuild.model import Document, FigureBlock
from pasbuild.project import Folder
from pasbuild.rules import CHECKS
from pasbuild.theme import find_theme

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f'#{number:06x}')


@pytest.fixture
def project(mini: Folder) -> Project:
    found = read_project(mini, Report())
    assert found is not None
    return found


def test_contrast_as_wcag_gives_it() -> None:
    assert contrast('#000000', '#FFFFFF') == pytest.approx(21)
    assert contrast('#777777', '#FFFFFF') == pytest.approx(4.48, abs=0.005)
    assert contrast('#767676', '#FFFFFF') == pytest.approx(4.54, abs=0.005)


@given(COLOURS, COLOURS)
def test_contrast_has_no_direction_and_its_bounds(first: str, second: str) -> None:
    assert contrast(first, second) == contrast(second, first)
    assert 1 <= contrast(first, second) <= 21.001


def test_the_default_theme_is_legible(mini: Folder) -> None:
    theme = find_theme(mini, Report())
    assert theme is not None
    pairs = list(text_pairs(theme))
    assert len(pairs) == 5 + 3 * len(theme.accents)
    assert all(contrast(text, behind) >= CONTRAST for _, text, behind in pairs)


@pytest.mark.parametrize(
    ('text', 'vague'),
    [
        ("[ici](https://example.org/)", 1),
        ("[Cliquez ici](https://example.org/).", 1),
        ("[En savoir plus…](https://example.org/)", 1),
        ("<https://example.org/a/b>", 1),
        ("[www.example.org](https://example.org/)", 1),
        ("[voir](#essai)", 1),
        ("Une note[^n].\n\n[^n]: Voir [ici](https://example.org/).", 1),
        ("[example.org](https://example.org/)", 0),
        ("[le rapport de 2015](https://example.org/) et [](#essai)", 0),
    ],
)
def test_links_that_say_nothing(project: Project, text: str, vague: int) -> None:
    assert len(textes_de_lien(with_part(project, text)).faults) == vague


@pytest.mark.parametrize(
    ('table', 'faults'),
    [
        ('| A | B |\n|---|---|\n| c | d |', 0),
        ('| | B |\n|---|---|\n| c | d |', 1),
        ('| {a-renseigner}`` | {val}`population.2023` |\n|---|---|\n| c | d |', 0),
    ],
)
def test_header_cells(project: Project, table: str, faults: int) -> None:
    assert len(entetes_de_tableau(with_part(project, table)).faults) == faults


@pytest.mark.parametrize(
    ('alt', 'faults'),
    [
        ("Population du Val-d’Exemple, 2013-2023", 1),
        ("Graphique montrant la population du Val-d’Exemple.", 1),
        ("La population du Val-d’Exemple augmente.", 0),
    ],
)
def test_alternative_texts_that_repeat_the_caption(project: Project, alt: str, faults: int) -> None:
    parts = tuple(
        replace(
            part,
            blocks=tuple(
                replace(block, alt=alt) if isinstance(block, FigureBlock) and block.id == 'fig-population' else block
                for block in part.blocks
            ),
        )
        for part in project.document.parts
    )
    assert len(textes_distincts(replace(project, document=Document(parts))).faults) == faults


def test_nothing_to_look_at_is_not_a_fault(project: Project) -> None:
    bare = replace(project, document=Document(()))
    assert [look.__name__ for look in LOOKS if look(bare).applies] == ['contrastes', 'langue']
    assert CHECKS['textes_de_lien'](bare).verdict == 'sans_objet'


def test_titles_and_language(project: Project) -> None:
    assert ordre_des_titres(project).met
    assert not ordre_des_titres(with_part(project, '### Trop bas {#bas}\n\nTexte.')).met
    assert langue(project).met


def test_a_finding_may_be_accepted_with_a_reason(mini: Folder) -> None:
    text, settings = mini.root / 'content' / '30-methode.md', mini.root / 'content' / 'dossier.yaml'
    text.write_text(f"{text.read_text(encoding='utf-8')}\nVoir [ici](https://example.org/).\n", encoding='utf-8')
    bare = settings.read_text(encoding='utf-8')
    for waiver, count in (('', 1), ('accepte: [{code: acces.lien, motif: Accepté pour cet essai}]\n', 0)):
        settings.write_text(bare + waiver, encoding='utf-8')
        report = Report()
        check(mini, report)
        assert [finding.code for finding in report.diagnostics if finding.code == 'acces.lien'] == [
            'acces.lien'
        ] * count
