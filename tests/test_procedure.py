"""The procedure: delays at their boundary day, states in order, transitions, and where a dossier stands."""

from __future__ import annotations

import datetime
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.cli import main
from pasbuild.diagnostics import PasbuildError, Report
from pasbuild.document import read_project
from pasbuild.generated import Context, generate
from pasbuild.procedure import (
    Delay,
    add_months,
    allowed,
    chain,
    check_procedure,
    constraints,
    delays,
    earliest,
    in_state,
    latest,
    limits,
    missing,
    reachable,
    required,
    states,
    steps,
)
from pasbuild.project import Dossier, Etat, Folder
from pasbuild.standing import as_text, standing
from pasbuild.yamlfile import Yaml

GUIDE = Path(__file__).parents[1] / 'docs' / 'redaction.md'
DAY = datetime.timedelta(1)
MAIN = (
    'projet',
    'debattu',
    'arrete',
    'soumis_avis',
    'soumis_enquete',
    'approuve',
    'transmis_publie',
    'executoire',
)
TRANSITIONS = {
    'projet': {'debattu', 'abandonne'},
    'debattu': {'debattu', 'arrete', 'abandonne'},
    'arrete': {'arrete', 'soumis_avis', 'abandonne'},
    'soumis_avis': {'soumis_enquete', 'abandonne'},
    'soumis_enquete': {'approuve', 'abandonne'},
    'approuve': {'transmis_publie'},
    'transmis_publie': {'executoire', 'suspendu'},
    'executoire': {'remplace', 'partiellement_annule', 'annule', 'abroge', 'caduc'},
    'suspendu': {'approuve'},
    'partiellement_annule': {'remplace', 'annule', 'abroge', 'caduc'},
}
COMPLETE = {
    'prescription': '2020-01-15',
    'debat': '2022-10-31',
    'arret': '2023-02-28',
    'transmission_avis': '2023-03-01',
    'fin_avis': '2023-06-01',
    'ouverture_enquete': '2023-09-01',
    'cloture_enquete': '2023-09-30',
    'approbation': '2023-12-20',
    'publication': '2023-12-30',
    'transmission': '2023-12-31',
    'executoire': '2024-02-29',
    'suspension': '2024-01-15',
    'annulation': '2025-01-01',
    'annulation_partielle': '2025-01-01',
    'remplacement': '2025-01-01',
    'abrogation': '2025-01-01',
    'caducite': '2025-01-01',
    'abandon': '2021-01-01',
}
"""An invented procedure in which every delay is met on its first day."""
DAYS = st.dates(datetime.date(1967, 1, 1), datetime.date(2150, 1, 1))


def dossier(etat: str = 'projet', entries: dict[str, str] | None = None, **changes: object) -> Dossier:
    listed = [{'etape': key, 'date': date, 'piece': 'acte'} for key, date in (entries or {}).items()]
    identity = {
        'titre': 'PAS',
        'scot': 'Essai',
        'maitre_ouvrage': {'nom': 'Syndicat'},
        'version': '1',
        'parties': ['a'],
    }
    return Dossier.model_validate({**identity, 'date': '2026-01-01', 'etat': etat, 'procedure': listed, **changes})


def codes(tested: Dossier, etat: str = '') -> list[str]:
    report = Report()
    check_procedure(tested, Yaml('content/dossier.yaml', {}), etat or tested.etat, report)
    return [finding.code for finding in report.diagnostics]


# --- the legal data -----------------------------------------------------------------------------------------------------


def test_states_of_the_model_are_those_of_the_law() -> None:
    assert get_args(Etat) == tuple(states())


def test_data_holds_together() -> None:
    assert list(COMPLETE) == list(steps())
    assert {before for step in steps().values() for before in step.apres} <= set(steps())
    assert {name for delay in delays().values() for name in (delay.etape, delay.depuis)} <= set(steps())
    assert {name for state in states() for name in required(state)} == set(steps())
    known = {(step.source, step.certitude) for step in steps().values()} | {
        (d.source, d.certitude) for d in delays().values()
    }
    assert all(source and certitude in {'A', 'B', 'C'} for source, certitude in known)
    assert all(delay.article and delay.texte for delay in delays().values())


def test_the_guide_names_every_step_and_state() -> None:
    guide = GUIDE.read_text(encoding='utf-8')
    assert all(f'`{name}`' in guide for name in (*steps(), *states()))


# --- dates --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('date', 'months', 'expected'),
    [
        ('2022-10-31', 4, '2023-02-28'),
        ('2023-10-31', 4, '2024-02-29'),
        ('2023-03-13', 4, '2023-07-13'),
        ('2023-12-31', 2, '2024-02-29'),
        ('2024-02-29', 12, '2025-02-28'),
        ('2024-01-31', -2, '2023-11-30'),
    ],
)
def test_months_of_the_calendar(date: str, months: int, expected: str) -> None:
    assert add_months(datetime.date.fromisoformat(date), months) == datetime.date.fromisoformat(expected)


@given(DAYS, st.integers(0, 48))
def test_months_keep_the_day_or_end_the_month(date: datetime.date, months: int) -> None:
    later = add_months(date, months)
    assert (later.year - date.year) * 12 + later.month - date.month == months
    assert later.day == date.day or (later.day < date.day and (later + DAY).day == 1)
    assert add_months(date + DAY, months) >= later


@given(DAYS, st.integers(0, 24), st.integers(0, 60))
def test_last_day_before_is_the_last(date: datetime.date, months: int, days: int) -> None:
    delay = Delay('d', 'b', 'a', '', '', 'A', months, days)
    assert delay.after(delay.before(date)) <= date < delay.after(delay.before(date) + DAY)


@pytest.mark.parametrize('delay', constraints(), ids=lambda delay: f'{delay.id}-{delay.depuis}')
def test_each_guard_passes_on_its_day_and_not_the_day_before(delay: Delay) -> None:
    first = datetime.date(2023, 10, 31)
    day = delay.after(first)
    # a delay of the law lies behind the mere order of the same two steps: only the longest shows
    longest = max(
        other.after(first) for other in constraints() if (other.etape, other.depuis) == (delay.etape, delay.depuis)
    )
    on_time = {delay.depuis: str(first), delay.etape: str(longest)}
    assert codes(dossier(entries=on_time)) == []
    too_early = {delay.depuis: str(first), delay.etape: str(day - DAY)}
    expected = 'procedure.delai' if day - DAY > first else 'procedure.ordre'
    assert codes(dossier(entries=too_early)) == [expected]


@pytest.mark.parametrize('limit', limits(), ids=lambda limit: limit.id)
def test_each_limit_passes_on_its_day_and_not_the_day_after(limit: Delay) -> None:
    first = datetime.date(2023, 12, 31)
    last = limit.after(first)
    assert codes(dossier(entries={limit.depuis: str(first), limit.etape: str(last)})) == []
    late = {limit.depuis: str(first), limit.etape: str(last + DAY)}
    assert codes(dossier(entries=late)) == ['procedure.limite']


@pytest.mark.parametrize(
    ('regime', 'expected'), [('', []), ('avant_huwart', []), ('apres_huwart', ['procedure.regime'])]
)
def test_a_step_belongs_to_its_regime(regime: str, expected: list[str]) -> None:
    assert codes(dossier(entries={'caducite': '2025-01-01'}, regime=regime)) == expected


def test_delays_add_up_over_steps_without_a_date() -> None:
    bound = earliest('ouverture_enquete', {'debat': datetime.date(2023, 3, 13)})
    assert bound is not None
    assert (bound.date, bound.depuis) == (datetime.date(2023, 10, 14), 'debat')
    assert bound.articles.replace('\N{NO-BREAK SPACE}', ' ') == 'L. 143-18, R. 143-4, R. 104-25'
    assert earliest('debat', {}) is None
    assert latest('executoire', {}) is None
    assert latest('arret', {'ouverture_enquete': datetime.date(2025, 3, 31)}) == datetime.date(2024, 12, 30)


# --- states -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize('state', states())
def test_a_complete_dossier_meets_every_state(state: str) -> None:
    needed = {key: date for key, date in COMPLETE.items() if key in required(state)}
    assert codes(dossier(state, needed)) == []
    for name in needed:
        without = {key: date for key, date in needed.items() if key != name}
        assert 'procedure.date-absente' in codes(dossier(state, without))


def test_states_follow_one_another_in_order() -> None:
    assert tuple(found.id for found in chain('executoire')) == MAIN
    for before, after in pairwise(MAIN):
        assert allowed(before, after)
        assert set(required(before)) < set(required(after))


@pytest.mark.parametrize('state', states())
def test_only_lawful_transitions(state: str) -> None:
    assert {other for other in states() if allowed(state, other)} == TRANSITIONS.get(state, set())
    for other in states():
        if other in reachable(state):
            assert in_state(dossier(state), other).etat == other
        else:
            with pytest.raises(PasbuildError, match="ne peut pas devenir"):
                in_state(dossier(state), other)


def test_a_state_passed_does_not_know_the_steps_after_it() -> None:
    executoire = dossier('executoire', {key: COMPLETE[key] for key in required('executoire')})
    for name in MAIN:
        assert tuple(entry.etape for entry in in_state(executoire, name).procedure) == required(name)
        assert codes(in_state(executoire, name)) == []
    ahead = in_state(dossier(entries={'debat': '2023-03-13'}), 'arrete')
    assert [entry.etape for entry in ahead.procedure] == ['debat']


def test_ends_are_ends() -> None:
    assert reachable('abandonne') == {'projet', 'abandonne'}
    assert 'abandonne' not in reachable('approuve')
    assert 'suspendu' not in reachable('caduc')
    with pytest.raises(PasbuildError, match="« arrete »"):
        in_state(dossier(), 'arret')


def test_a_draft_requires_nothing_but_order() -> None:
    assert codes(dossier()) == []
    assert codes(dossier(entries={'ouverture_enquete': '2025-03-31', 'debat': '2025-04-01'})) == ['procedure.ordre']


def test_a_step_to_come_does_not_count() -> None:
    entries = {'prescription': '2020-01-15', 'debat': '2026-01-02'}
    assert codes(dossier('debattu', entries)) == ['procedure.a-venir']
    assert codes(dossier('projet', entries)) == []
    assert [lack.objet for lack in missing(dossier('projet', {}), 'debattu')] == ['date', 'piece', 'date', 'piece']


# --- where a dossier stands ---------------------------------------------------------------------------------------------


def test_standing_of_a_dossier_with_gaps() -> None:
    found = standing(dossier(entries={'debat': '2023-03-13', 'ouverture_enquete': '2025-03-31'}))
    stages = {stage.etape: stage for stage in found.etapes}
    assert list(stages) == list(required('executoire'))
    assert (stages['debat'].statut, stages['arret'].statut, stages['approbation'].statut) == (
        'faite',
        'inconnue',
        'a-venir',
    )
    assert stages['arret'].au_plus_tot == datetime.date(2023, 7, 13)
    assert stages['arret'].au_plus_tard == datetime.date(2024, 12, 30)
    assert (found.suivant, [lack.etape for lack in found.manque]) == ('debattu', ['prescription', 'prescription'])
    assert "du 13\N{NO-BREAK SPACE}juillet" in as_text(found)


def test_standing_when_nothing_is_missing_and_at_the_end() -> None:
    ready = as_text(standing(dossier('transmis_publie', COMPLETE)))
    assert "etat: executoire" in ready
    assert "États possibles ensuite" in as_text(standing(dossier('executoire', COMPLETE)))
    assert "Cet état est le dernier." in as_text(standing(dossier('caduc', COMPLETE)))


def test_command_as_text_and_json(mini: Folder) -> None:
    result = CliRunner().invoke(main, ['procedure', '--dossier', str(mini.root)])
    assert result.exit_code == 0
    assert "Pour l’état suivant" in result.stdout
    found = json.loads(CliRunner().invoke(main, ['procedure', '--format', 'json', '--dossier', str(mini.root)]).stdout)
    assert list(found) == ['scot', 'etat', 'version', 'etapes', 'suivant', 'vers', 'manque', 'delais']
    assert [stage['date'] for stage in found['etapes'][:2]] == ['2024-05-01', None]


def test_command_reports_faults(mini: Folder) -> None:
    path = mini.root / 'content' / 'dossier.yaml'
    text = path.read_text(encoding='utf-8')
    path.write_text(text.replace('{etape: debat}', '{etape: debat, date: 2024-04-30}'), encoding='utf-8')
    result = CliRunner().invoke(main, ['procedure', '--dossier', str(mini.root)])
    assert result.exit_code == 1
    assert 'procedure.ordre' in result.stderr


@pytest.mark.parametrize(('name', 'start'), [('p.svg', b'<svg'), ('p.PNG', b'\x89PNG')])
def test_command_draws_the_procedure(mini: Folder, tmp_path: Path, name: str, start: bytes) -> None:
    path = tmp_path / 'sortie' / name
    result = CliRunner().invoke(main, ['procedure', '--frise', str(path), '--dossier', str(mini.root)])
    assert result.exit_code == 0, result.output
    assert path.read_bytes().startswith(start)
    assert [entry.name for entry in path.parent.iterdir()] == [name]
    assert "Étapes" in result.stdout


def test_command_refuses_another_kind_of_drawing(mini: Folder, tmp_path: Path) -> None:
    path = tmp_path / 'p.pdf'
    result = CliRunner().invoke(main, ['procedure', '--frise', str(path), '--dossier', str(mini.root)])
    assert (result.exit_code, path.exists()) == (2, False)
    assert "--frise attend un fichier .svg ou .png" in result.stderr


def test_command_draws_nothing_after_a_fault(mini: Folder, tmp_path: Path) -> None:
    dossier_file = mini.root / 'content' / 'dossier.yaml'
    text = dossier_file.read_text(encoding='utf-8')
    dossier_file.write_text(text.replace('{etape: debat}', '{etape: debat, date: 2024-04-30}'), encoding='utf-8')
    path = tmp_path / 'p.svg'
    result = CliRunner().invoke(main, ['procedure', '--frise', str(path), '--dossier', str(mini.root)])
    assert (result.exit_code, path.exists()) == (1, False)


def test_check_for_another_state(mini: Folder) -> None:
    result = CliRunner().invoke(main, ['check', '--etat', 'arrete', '--dossier', str(mini.root)])
    assert result.exit_code == 1
    assert 'procedure.date-absente' in result.stderr
    assert CliRunner().invoke(main, ['check', '--etat', 'arret', '--dossier', str(mini.root)]).exit_code == 2


def test_the_cover_keeps_its_last_lines_however_long_the_procedure(mini: Folder) -> None:
    path = mini.root / 'content' / 'dossier.yaml'
    listed = ''.join(f'  - {{etape: {name}, date: {date}, piece: acte}}\n' for name, date in COMPLETE.items())
    text = re.sub(r'(?m)^procedure:\n(  - .*\n)+', f'procedure:\n{listed}', path.read_text(encoding='utf-8'))
    path.write_text(text, encoding='utf-8')
    project = read_project(mini, Report())
    assert project is not None
    context = Context(project.dossier, project.data, project.lexique, project.figures, project.document)
    cover, colophon = (generate(name, mini, context) for name in ('couverture', 'colophon'))
    assert len(re.findall(' : |\N{NO-BREAK SPACE}: ', cover)) == 5
    assert "Caducité" in cover
    assert all(f'| {step.titre} |' in colophon for step in steps().values())
