"""Numbers, dates and horizon: what contradicts the dossier is seen, what merely resembles it is not."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from test_editorial import codes, findings, with_part

from pasbuild.diagnostics import Report
from pasbuild.document import Project, read_project
from pasbuild.model import Span
from pasbuild.project import Etape, Folder, Horizon
from pasbuild.prose import Prose
from pasbuild.statements import normal_unit, quantities
from pasbuild.typography import typeset


@pytest.fixture
def project(mini: Folder) -> Project:
    found = read_project(mini, Report())
    assert found is not None
    return found


CITED = "Elle compte {val}`communes.total.population_2023`."


@pytest.mark.parametrize(
    ('text', 'count'),
    [
        ("Elle en compte 9 310 habitants.", 1),
        ("Elle compte 9 250 habitants.", 0),  # the datum itself
        ("Elle compte 9 300 habitants.", 0),  # two digits are a rounding
        ("Elle compte 9 000 habitants.", 0),
        ("Elle compte 9 310 logements.", 0),  # another unit
        ("Elle compte 9 700 habitants.", 0),  # too far to be the same
        ("Elle compte 9 310 habitants par km.", 0),
        ("« Elle compte 9 310 habitants. »", 0),  # someone else's words
        ("En 2023 habitants et communes.", 0),
        ("Bourg-Exemple compte 5 020 habitants.", 1),  # 4 950 in the table of the communes
        ("Dormevent compte 5 020 habitants.", 0),
    ],
)
def test_numbers_typed_by_hand(project: Project, text: str, count: int) -> None:
    assert codes(project, f'{CITED} {text}') == ['texte.nombre'] * count


def test_the_datum_to_cite_is_named(project: Project) -> None:
    (finding,) = findings(project, f'{CITED} Elle compte 9 310 habitants.')
    assert '{val}`communes.total.population_2023`' in finding.hint
    assert finding.span.line == 3


def test_percentages_are_compared_with_the_rows_the_sentence_names_only(project: Project) -> None:
    cited = "Aubejoie : {val}`communes.aubejoie.evolution`, soit {val}`population.2023`."
    value = project.data['communes'].rows[0]['evolution']
    assert isinstance(value, float)
    typed = f'{value * 1.02:.2f}'.replace('.', ',')
    assert codes(project, f"{cited} Ailleurs, {typed} %.") == []
    assert codes(project, f"{cited} À Aubejoie, {typed} %.") == ['texte.nombre']


@pytest.mark.parametrize(
    ('text', 'unit', 'value', 'step'),
    [
        ("12 500 hectares", 'ha', 12500.0, 100.0),
        ("1,50 ha", 'ha', 1.5, 0.01),
        ("27 hectares par an", 'ha/an', 27.0, 1.0),
        ("27 ha/an", 'ha/an', 27.0, 1.0),
        ("12,5 %", '%', 12.5, 0.1),
        ("30 M€", 'm€', 30.0, 10.0),
        ("0 habitants", 'habitant', 0.0, 1.0),
        ("13 millions de m³", 'millions de m³', 13.0, 1.0),
    ],
)
def test_quantities(text: str, unit: str, value: float, step: float) -> None:
    text = typeset(text)
    (found,) = quantities(Prose(Span('content/a.md', 1), 'texte', text, text), typed=True)
    assert (found.value, found.step) == (value, step)
    assert found.unit == unit == normal_unit(unit)


@pytest.mark.parametrize('text', ['1' + '0' * 400 + ' habitants', '1,' + '0' * 400 + '1 habitants'])
def test_what_is_no_quantity_is_let_be(text: str) -> None:
    assert not list(quantities(Prose(Span('content/a.md', 1), 'texte', text, text), typed=True))


def dated(project: Project, **dates: str) -> Project:
    procedure = tuple(Etape(etape=step, date=datetime.date.fromisoformat(day)) for step, day in dates.items())
    return replace(project, dossier=project.dossier.model_copy(update={'procedure': procedure}))


@pytest.mark.parametrize(
    ('text', 'count'),
    [
        ("La révision a été prescrite le 2 mai 2024.", 1),
        ("La révision a été prescrite le 1^er^ mai 2024.", 0),
        ("Le comité a débattu du projet le 4 juin 2025.", 1),
        ("Le comité a débattu du projet le 3 juin 2025, après une réunion du 4 mai 2025.", 0),
        ("Le projet a été débattu le 9 décembre 2026.", 1),
        ("Le projet débattu a été approuvé le 9 décembre 2026.", 1),
        ("Le plan local d'urbanisme a été approuvé le 4 juin 2025.", 0),
        ("Le SCoT, approuvé le 11 février 2008, est révisé.", 0),  # before the prescription: an earlier one
        ("La loi du 22 août 2025 a été débattue.", 0),
        ("« Débattu le 4 juin 2025 »", 0),
        ("Le 4 juin 2025, il a plu.", 0),
        ("Le 4 juin 2025, le comité syndical a débattu du projet.", 1),
        ("La délibération du 5 juin 2026 a approuvé le SCoT.", 1),
        ("L'avis sur le projet débattu a été rendu le 12 mai 2026.", 0),
        ("La synthèse du débat sur le projet a été publiée le 4 août 2025.", 0),
        ("Une réunion sur le projet a précédé le débat, le 4 juin 2025.", 0),
        ("Le SCoT de Douai a été approuvé le 17 décembre 2025.", 0),
        ("La convention a été approuvée le 5 mai 2026.", 0),
        ("Débattu le 31 février 2025.", 0),
        ("L'enquête publique s'est tenue du 2 mars au 3 avril 2026.", 1),
        ("L'enquête publique s'est tenue du 2 mars au 2 avril 2026.", 0),
    ],
)
def test_dates_of_the_procedure(project: Project, text: str, count: int) -> None:
    known = dated(project, prescription='2024-05-01', debat='2025-06-03', cloture_enquete='2026-04-02',
                  approbation='2026-12-08')  # fmt: skip
    assert codes(known, text) == ['texte.date'] * count


def test_a_step_without_a_date_contradicts_nothing(project: Project) -> None:
    assert codes(dated(project), "Le projet a été approuvé le 9 décembre 2026.") == []


@pytest.mark.parametrize(
    ('text', 'count'),
    [
        ("Le SCoT porte à l'horizon 2045.", 1),
        ("Le projet d'aménagement stratégique a pour horizon de 2045.", 1),
        ("Le SCoT porte à l'horizon 2047.", 0),
        ("Une ligne ferroviaire est prévue à l'horizon 2040.", 0),
        ("Le SCoT vise la neutralité à l'horizon 2050.", 0),
        ("Le SCoT réduit sa consommation à l'horizon 2031.", 0),  # end of a tranche
        ("Le SCoT cite « l'horizon 2045 ».", 0),
        ("Le scénario à l'horizon 2035 de la Région s'impose au SCoT.", 0),
        ("Le diagnostic du SCoT va à l'horizon 2070.", 0),
    ],
)
def test_horizon(project: Project, text: str, count: int) -> None:
    assert codes(project, text) == ['texte.horizon'] * count
    unknown = replace(project, dossier=project.dossier.model_copy(update={'horizon': Horizon()}))
    assert codes(unknown, text) == []
    assert with_part(project, text).dossier.horizon.fin == 2047
