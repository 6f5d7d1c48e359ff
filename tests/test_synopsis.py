"""Versions side by side: every passage on its line, what changed marked in words, what did not said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from comparison_sample import change
from conftest import MINI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from pasbuild.alignment import Item
from pasbuild.cli import main
from pasbuild.synopsis import Synopsis, _threads

LETTERS = st.lists(st.sampled_from(['un objectif', 'deux objectifs', 'trois', 'quatre', 'cinq mots de plus']))


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ['diff', *arguments, '--dossier', str(root)], catch_exceptions=False)


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """Three versions: the second changes a little of everything, the third takes an objective of it away again."""
    roots = [tmp_path / name for name in ('debattu', 'arrete', 'approuve')]
    for root in roots:
        shutil.copytree(MINI, root, ignore=shutil.ignore_patterns('.cache', 'output'))
    change(roots[1])
    change(roots[2])
    path = roots[2] / 'content/20-vallee.md'
    text = path.read_text(encoding='utf-8')
    start, end = text.index('### Un objectif neuf'), text.index('## Ménager')
    path.write_text(text[:start] + text[end:], encoding='utf-8')
    (roots[2] / 'content/motifs.yaml').write_text("obj-logements: =Réserve inventée.\n", encoding='utf-8')
    return roots


@pytest.fixture
def content(three: list[Path], tmp_path: Path) -> Synopsis:
    path = tmp_path / 'tableau.json'
    assert run(three[2], *map(str, three), '--output', str(path)).exit_code == 0
    return TypeAdapter(Synopsis).validate_python(json.loads(path.read_bytes()), strict=True)


def sorts(content: Synopsis, name: str) -> list[tuple[str, list[str]]]:
    (found,) = [one for one in content['rubriques'] if one['id'] == name]
    return [(passage['nature'], [case['sort'] for case in passage['cases']]) for passage in found['passages']]


def test_each_version_says_what_changes_from_the_one_before(content: Synopsis) -> None:
    assert sorts(content, 'obj-logements')[0] == ('titre', ['texte', 'change', 'identique'])
    assert {tuple(cases) for _, cases in sorts(content, 'obj-neuf')} == {('absent', 'ajoute', 'supprime')}


def test_what_never_changes_is_there_by_its_title_alone(content: Synopsis) -> None:
    unchanged = [one for one in content['rubriques'] if not one['change'] and one['nature'] != 'trajectoire']
    assert unchanged
    for one in unchanged:
        (passage,) = one['passages']
        assert [case['sort'] for case in passage['cases']] == ['texte', 'identique', 'identique']
    assert {one['nature'] for one in unchanged} <= {'dynamique', 'axe', 'objectif'}


def test_what_is_only_renumbered_and_referred_to_is_not_told_again(tmp_path: Path) -> None:
    """An objective put before moves numbers and references: its neighbours have their number and title, the rest nothing."""
    roots = [tmp_path / name for name in ('un', 'deux', 'trois')]
    for root in roots:
        shutil.copytree(MINI, root, ignore=shutil.ignore_patterns('.cache', 'output'))
    for root in roots[1:]:
        path = root / 'content/20-vallee.md'
        text = path.read_text(encoding='utf-8')
        start = text.index('### ')
        text = f"{text[:start]}### Un objectif neuf {{#obj-neuf .objectif}}\n\nIl est neuf.\n\n{text[start:]}"
        path.write_text(text, encoding='utf-8')
    path = tmp_path / 'tableau.json'
    assert run(roots[2], *map(str, roots), '--output', str(path)).exit_code == 0
    content = TypeAdapter(Synopsis).validate_python(json.loads(path.read_bytes()), strict=True)
    changed = {one['id'] for one in content['rubriques'] if one['change']}
    assert changed == {'obj-neuf', 'obj-logements', 'obj-services'}
    assert [nature for nature, _ in sorts(content, 'obj-logements')] == ['numéro', 'titre']


def test_tranches_are_there_even_when_they_stay(content: Synopsis) -> None:
    assert {tuple(cases) for _, cases in sorts(content, 'trajectoire')} == {('texte', 'identique', 'identique')}


def test_the_rest_is_there_when_it_changes(content: Synopsis) -> None:
    assert ('texte', ['texte', 'change', 'identique']) in sorts(content, 'contexte')
    rows = sorts(content, 'tab-etapes')
    assert ('ligne de tableau', ['absent', 'ajoute', 'identique']) in rows
    assert len([row for row in rows if row[1] == ['texte', 'identique', 'identique']]) < len(rows)


def test_orientations_are_judged_from_each_version_to_the_next(content: Synopsis) -> None:
    assert [one['reponse'] for one in content['transitions']] == ['oui', 'oui']


def test_page_says_it_in_words(three: list[Path], tmp_path: Path) -> None:
    path = tmp_path / 'tableau.html'
    assert run(three[2], *map(str, three), '--output', str(path)).exit_code == 0
    page = path.read_text(encoding='utf-8')
    assert page.count('<th scope="col">') == 4
    assert page.count('<ins><span class="mot">[ajouté :') == page.count('<ins>') > 0
    assert page.count('<del><span class="mot">[supprimé :') == page.count('<del>') > 0
    assert "sans changement" in page


def test_workbook_has_a_column_a_version_and_no_formula(three: list[Path], tmp_path: Path) -> None:
    path = tmp_path / 'tableau.xlsx'
    assert run(three[2], *map(str, three), '--output', str(path)).exit_code == 0
    first = path.read_bytes()
    rows = [*openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
    assert [len(row) for row in rows] == [7] * len(rows)
    title = next(row for row in rows if row[0] == 'obj-logements')
    assert title[3:6] == (
        "Accueillir dans le bâti existant", "Accueillir [ajouté : d’abord] dans le bâti existant", "sans changement"
    )  # fmt: skip
    assert title[6] == "=Réserve inventée."
    run(three[2], *map(str, three), '--output', str(path))
    assert path.read_bytes() == first


def test_terminal_says_where_each_thing_changes(three: list[Path]) -> None:
    result = run(three[2], *map(str, three))
    assert result.exit_code == 0
    assert f"[obj-neuf] : apparaît dans « {three[1]} », disparaît dans « {three[2]} »" in result.output


def test_three_times_the_same_says_so(tmp_path: Path) -> None:
    result = run(MINI, *[str(MINI)] * 3, '--output', str(tmp_path / 'rien.html'))
    assert "Aucune différence" in result.output
    assert "Aucune différence" in (tmp_path / 'rien.html').read_text(encoding='utf-8')


def test_word_compares_two_versions_only(three: list[Path]) -> None:
    assert CliRunner().invoke(main, ['diff', *map(str, three), '--docx', '--dossier', str(MINI)]).exit_code == 2


def test_reasons_are_asked_of_each_change(three: list[Path]) -> None:
    assert run(three[2], *map(str, three), '--exiger-motifs').exit_code == 1


@given(st.lists(LETTERS, min_size=2, max_size=4))
def test_threads_hold_every_passage_of_every_version(versions: list[list[str]]) -> None:
    threads = _threads([[Item('texte', text) for text in version] for version in versions])
    for rank, version in enumerate(versions):
        held = [text for thread in threads if (text := thread.texts[rank]) is not None]
        assert sorted(held) == sorted(version)
    assert all(len(thread.texts) == len(versions) for thread in threads)
