"""Gates: a draft counts what is missing, a state that forbids it gets each of them, at its place, as an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from overlay import lay_over

from pasbuild.build import check
from pasbuild.diagnostics import Report
from pasbuild.gates import BLANK, UNVERIFIED
from pasbuild.procedure import forbidden, states
from pasbuild.project import Folder

BROKEN = Path(__file__).parent / 'samples' / 'broken'


def findings(folder: Folder, code: str, etat: str = '') -> list[tuple[str, str]]:
    report = Report()
    check(folder, report, etat=etat)
    return [(str(finding.span), finding.level) for finding in report.sorted() if finding.code == code]


def unverify(folder: Folder) -> None:
    path = folder.root / 'content' / 'data' / 'sources.yaml'
    path.write_text(path.read_text(encoding='utf-8').replace('statut: observe', 'statut: a-verifier'), encoding='utf-8')


def test_a_draft_has_one_warning_for_the_blanks_of_a_file(mini: Folder) -> None:
    lay_over(BROKEN / BLANK, mini.root)
    assert findings(mini, BLANK) == [
        ('content/20-vallee.md:17', 'avertissement'),
        ('content/dossier.yaml:5', 'avertissement'),
    ]


def test_a_voted_document_has_one_error_for_each_blank(mini: Folder) -> None:
    lay_over(BROKEN / BLANK, mini.root)
    assert findings(mini, BLANK, 'arrete') == [
        ('content/20-vallee.md:17', 'erreur'),
        ('content/20-vallee.md:37', 'erreur'),
        ('content/dossier.yaml:5', 'erreur'),
    ]


def test_a_draft_has_one_warning_for_a_table_to_verify(mini: Folder) -> None:
    unverify(mini)
    assert findings(mini, UNVERIFIED) == [('content/10-contexte.md:8', 'avertissement')]


def test_a_voted_document_has_one_error_for_each_value_table_and_figure_to_verify(mini: Folder) -> None:
    unverify(mini)
    places = findings(mini, UNVERIFIED, 'arrete')
    assert {level for _, level in places} == {'erreur'}
    assert ('content/10-contexte.md:8', 'erreur') in places  # a value
    assert ('content/10-contexte.md:28', 'erreur') in places  # a table
    assert ('content/10-contexte.md:34', 'erreur') in places  # a figure


@pytest.mark.parametrize(('etat', 'level'), [('projet', 'avertissement'), ('debattu', 'erreur'), ('arrete', 'erreur')])
def test_a_debate_needs_a_synthesis(mini: Folder, etat: str, level: str) -> None:
    lay_over(BROKEN / 'loi.synthese', mini.root)
    assert [found for _, found in findings(mini, 'loi.synthese', etat)] == [level]


@pytest.mark.parametrize(('etat', 'level'), [('debattu', 'avertissement'), ('arrete', 'erreur')])
def test_a_matter_without_answer_forbids_the_vote_and_not_the_debate(mini: Folder, etat: str, level: str) -> None:
    lay_over(BROKEN / 'loi.matiere-sans-reponse', mini.root)
    assert {found for _, found in findings(mini, 'loi.matiere-sans-reponse', etat)} == {level}


def test_a_state_forbids_what_the_states_before_it_forbid() -> None:
    assert forbidden('projet') == ()
    for state in states().values():
        assert not state.suit or set(forbidden(state.suit)) <= set(forbidden(state.id))
    assert BLANK in forbidden('executoire')
