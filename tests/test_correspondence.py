"""The matrix read from a document: its rows, its totals, its table, and what the cache of drawings knows of it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pasbuild.correspondence import MARK, Matrix, read_matrix
from pasbuild.diagnostics import Report
from pasbuild.document import Project, read_project
from pasbuild.drafting import draw_figures
from pasbuild.law import matieres
from pasbuild.project import Folder, Niveau
from pasbuild.theme import Theme

ROOT = Path(__file__).parents[1]


def project_of(mini: Folder) -> Project:
    project = read_project(mini, Report())
    assert project is not None
    return project


def matrix_of(mini: Folder) -> Matrix:
    project = project_of(mini)
    return read_matrix(project.document, project.dossier.niveaux.objectif)


def test_rows_are_the_objectives_in_order_under_their_dynamique(mini: Folder) -> None:
    matrix = matrix_of(mini)
    [group] = matrix.groups
    assert (group.title, group.accent) == ("Grande dynamique n°\u00a01 · Une vallée vivante", 1)
    assert [line.number for line in matrix.lines] == ['1.1.1', '1.1.2', '1.2.1']


def test_columns_are_the_matters_with_names_that_fit(mini: Folder) -> None:
    matrix = matrix_of(mini)
    assert len(matrix.matters) == len(matieres()) == 14
    assert max(len(matter.name) for matter in matrix.matters) <= 28
    assert [matter.name for matter in matrix.matters if matter.required] == ["Trajectoire foncière"]


def test_the_table_is_the_matrix_with_its_totals(mini: Folder) -> None:
    matrix = read_matrix(project_of(mini).document, Niveau(nom="défi", pluriel="défis", numero='{3}'))
    header, rows = matrix.table()
    assert (header[0], header[-1], len(header)) == ("Défi", "Total", 16)
    assert rows[0][0] == "1.1.1 Accueillir dans le bâti existant"
    assert [row[1:-1].count(MARK) for row in rows[:-1]] == [int(row[-1]) for row in rows[:-1]] == [4, 3, 7]
    assert rows[-1] == ("Total", *('1',) * 14, "14")


def test_an_answer_added_is_drawn_again(mini: Folder) -> None:
    """The drawing depends on the document: the cache must see it change."""
    theme = Theme.model_validate(tomllib.loads((ROOT / 'templates' / 'theme.toml').read_text(encoding='utf-8')))

    def total() -> str:
        return draw_figures(project_of(mini), theme, Report(), only=['fig-correspondance'])['fig-correspondance'].rows[
            -1
        ][-1]

    assert total() == '14'
    path = mini.root / 'content' / '20-vallee.md'
    text = path.read_text(encoding='utf-8')
    path.write_text(
        text.replace('repond_a="L141-3/services', 'repond_a="L141-3/espace L141-3/services'), encoding='utf-8'
    )
    assert total() == '15'
