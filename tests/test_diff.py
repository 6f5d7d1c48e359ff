"""What changed between two versions of the smallest dossier, by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from comparison_sample import change
from conftest import MINI

from pasbuild.diagnostics import Report
from pasbuild.diff import Change, compare
from pasbuild.document import Project, read_project
from pasbuild.orientations import judge
from pasbuild.project import Folder


def read(root: Path) -> Project:
    project = read_project(Folder(root), Report())
    assert project is not None
    return project


def changed(root: Path, *edits: tuple[str, str, str]) -> tuple[Change, ...]:
    """What changes from mini when these words are replaced."""
    for name, old, new in edits:
        text = (root / name).read_text(encoding='utf-8')
        assert old in text
        (root / name).write_text(text.replace(old, new, 1), encoding='utf-8')
    return compare(read(MINI), read(root)).changes


@pytest.fixture
def everything(mini: Folder) -> tuple[Change, ...]:
    change(mini.root)
    return compare(read(MINI), read(mini.root)).changes


def kinds(changes: tuple[Change, ...]) -> set[tuple[str, str]]:
    return {(change.kind, change.id) for change in changes}


def test_same_version_has_no_change() -> None:
    assert compare(read(MINI), read(MINI)).changes == ()


def test_each_change_has_its_name(everything: tuple[Change, ...]) -> None:
    assert kinds(everything) >= {
        ('reformule', 'contexte.p1'), ('reformule', 'obj-logements'), ('ajoute', 'obj-neuf'), ('donnees', 'tab-etapes'),
        ('correspondance', 'obj-services'), ('reformule', 'obj-services.p1'),
    }  # fmt: skip


def test_a_moved_objective_is_moved_and_renumbered_not_rewritten(mini: Folder) -> None:
    path = mini.root / 'content/20-vallee.md'
    text = path.read_text(encoding='utf-8')
    start, end = text.index('### Garder les services'), text.index('## Ménager')
    block, rest = text[start:end], text[:start] + text[end:]
    place = rest.index('### Accueillir')
    path.write_text(rest[:place] + block + rest[place:], encoding='utf-8')
    found = compare(read(MINI), read(mini.root)).shown()
    objectives = [change for change in found if change.nature == 'objectif']
    assert sorted(change.kind for change in objectives) == ['deplace', 'renumerote', 'renumerote']
    assert not [change for change in found if change.kind in ('ajoute', 'supprime', 'reformule')]


def test_typography_is_its_own_class_and_hidden(mini: Folder) -> None:
    changes = changed(mini.root, ('content/20-vallee.md', 'Voir le', 'Voir\u00a0le'))
    assert kinds(changes) == {('typographie', 'obj-services.p1')}
    assert compare(read(MINI), read(mini.root)).shown() == ()


def test_bold_is_form_only(mini: Folder) -> None:
    assert kinds(changed(mini.root, ('content/20-vallee.md', 'logements neufs', '**logements** neufs'))) == {
        ('forme', 'obj-logements.p1')
    }


def test_a_paragraph_added_first_is_the_only_change(mini: Folder) -> None:
    added = ('content/20-vallee.md', 'Le territoire produira', 'Un paragraphe neuf.\n\nLe territoire produira')
    assert kinds(changed(mini.root, added)) == {('ajoute', 'obj-logements.p1')}


def test_a_changed_datum_shows_in_text_figure_and_table(mini: Folder) -> None:
    path = mini.root / 'content/data/communes.csv'
    lines = path.read_text(encoding='utf-8').splitlines()
    before = read(MINI).data['communes'].rows[0]['population_2023']
    path.write_text('\n'.join(line.replace(str(before), '999999') for line in lines) + '\n', encoding='utf-8')
    found = compare(read(MINI), read(mini.root)).changes
    assert {'valeur', 'donnees'} <= {change.kind for change in found}
    assert 'reformule' not in {change.kind for change in found}
    cells = [cell for change in found if change.nature == 'figure' for cell in change.cells]
    assert cells


def test_tranches_are_compared_by_their_years(mini: Folder) -> None:
    path = mini.root / 'content/trajectoire.yaml'
    text = path.read_text(encoding='utf-8')
    path.write_text(re.sub(r'objectif_ha: \S+', 'objectif_ha: 1', text, count=1), encoding='utf-8')
    found = [change for change in compare(read(MINI), read(mini.root)).changes if change.kind == 'trajectoire']
    assert found
    assert judge(found, 'executoire').answer == 'oui'


@pytest.mark.parametrize(
    ('edit', 'answer'),
    [
        (('content/20-vallee.md', 'Accueillir dans', 'Loger dans'), 'oui'),
        (('content/20-vallee.md', 'des logements neufs en plus', 'des logements neufs'), 'a_apprecier'),
        (('content/30-methode.md', 'non disponible', 'non donné'), 'non'),
    ],
)
def test_orientations_are_judged_with_care(mini: Folder, edit: tuple[str, str, str], answer: str) -> None:
    found = judge(changed(mini.root, edit), 'executoire')
    assert found.answer == answer
    assert 'L. 143-29' in found.law
    assert bool(found.evidence) == (answer != 'non')


def test_a_version_before_approval_is_told_apart() -> None:
    assert 'L. 143-18' in judge((), 'arrete').law
    assert 'L. 143-18' not in judge((), 'executoire').law
