"""The procedure of a dossier as steps of a timeline."""

from __future__ import annotations

import datetime

from test_procedure import COMPLETE, dossier

from pasbuild.figures import Etape, Frise
from pasbuild.milestones import complete, milestones, procedure_figure
from pasbuild.project import Dossier

MAIN_STEPS = dict(list(COMPLETE.items())[:11])


def on(day: str, state: str, dates: dict[str, str]) -> Dossier:
    return dossier(state, dates).model_copy(update={'date': datetime.date.fromisoformat(day)})


def words(steps: tuple[Etape, ...]) -> list[str]:
    return ["état" if step.etat else step.date or step.quand or "?" for step in steps]


def test_without_a_date_everything_is_to_come() -> None:
    steps = milestones(on('2026-01-01', 'projet', {}))
    assert words(steps) == ["état", *["à venir"] * 11]
    assert not any(step.fait for step in steps[1:])
    assert not any(step.precision for step in steps)


def test_a_whole_procedure_ends_on_its_state() -> None:
    steps = milestones(on('2026-01-01', 'executoire', MAIN_STEPS))
    assert words(steps) == [*MAIN_STEPS.values(), "état"]
    assert steps[-1].texte == "État du document\u00a0: exécutoire"


def test_a_step_behind_without_date_is_to_be_supplied_between_lawful_days() -> None:
    steps = milestones(on('2026-01-01', 'projet', {'debat': '2023-03-13', 'ouverture_enquete': '2025-03-31'}))
    assert words(steps)[:7] == ["?", '2023-03-13', "?", "?", "?", '2025-03-31', "état"]
    assert steps[0].precision.startswith("au plus tard le 13\u00a0mars\u00a02023")
    assert steps[2].precision.startswith("entre le 13\u00a0juillet\u00a02023 et le ")


def test_a_step_to_come_has_its_first_lawful_day() -> None:
    steps = milestones(on('2023-04-01', 'debattu', {'prescription': '2020-01-15', 'debat': '2023-03-13'}))
    assert words(steps)[:4] == ['2020-01-15', '2023-03-13', "état", "à venir"]
    assert steps[3].precision == "au plus tôt le 13\u00a0juillet\u00a02023 (L.\u00a0143-18)"


def test_a_lawful_day_that_is_past_is_said_of_the_next_step_only() -> None:
    steps = milestones(on('2030-04-01', 'debattu', {'prescription': '2020-01-15', 'debat': '2023-03-13'}))
    assert [bool(step.precision) for step in steps[3:]] == [True, *[False] * 8]


def test_a_date_in_the_future_is_to_come_and_so_is_what_precedes_it() -> None:
    dates = {'prescription': '2020-01-15', 'debat': '2023-03-13', 'approbation': '2028-01-01'}
    steps = milestones(on('2024-01-01', 'debattu', dates))
    assert words(steps)[2:] == ["état", *["à venir"] * 5, '2028-01-01', *["à venir"] * 3]
    assert steps[3].precision.startswith("entre le ")


def test_nothing_is_to_come_in_a_last_state() -> None:
    steps = milestones(on('2026-01-01', 'abandonne', {'prescription': '2020-01-15', 'abandon': '2021-01-01'}))
    assert words(steps) == ['2020-01-15', '2021-01-01', "état"]


def test_steps_of_the_author_are_put_in_by_date() -> None:
    author = (Etape(date='2017', texte="Diagnostic"), Etape(texte="Sans date"), Etape(date='2002-06', texte="Création"))
    spec = procedure_figure(dossier('projet', {})).model_copy(update={'etapes': author})
    found = on('2026-01-01', 'debattu', {'prescription': '2015-04-10', 'debat': '2023-03-13'})
    steps = complete(spec, found).etapes
    assert [step.texte for step in steps[:3]] == ["Création", "Prescription", "Diagnostic"]
    assert steps[-1].texte == "Sans date"


def test_the_figure_of_the_command_says_what_it_is() -> None:
    spec = procedure_figure(dossier('projet', {}))
    assert isinstance(spec, Frise)
    assert (spec.depuis, spec.largeur) == ('procedure', 'large')
