"""The land trajectory: what is checked, and what the text may cite."""

from __future__ import annotations

import datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.data import Dataset
from pasbuild.diagnostics import Report
from pasbuild.document import read_project
from pasbuild.figurefiles import read_figures
from pasbuild.model import Block, Inline, Missing, Paragraph, Table, walk
from pasbuild.project import Folder, Horizon
from pasbuild.tables import read_data
from pasbuild.trajectory import FILE, Tranche, check_trajectory, law, read_trajectory
from pasbuild.values import cite_value
from pasbuild.yamlfile import Yaml

EMPTY = """\
tranches:
  - {debut: 2021, fin: 2031, metrique: enaf}
  - {debut: 2031, fin: 2041, metrique: artificialisation_nette}
"""
FIGURE = """\
type: trajectoire
titre: Trajectoire
texte_alternatif: Une valeur observée, puis les tranches de dix années du projet.
depuis: trajectoire
tranches:
  - {debut: 2011, fin: 2021, valeur: 8, nature: observe}
"""


def read(folder: Folder, text: str, horizon: Horizon | None = None) -> tuple[dict[str, Dataset], list[tuple[str, int]]]:
    (folder.root / FILE).write_text(text, encoding='utf-8')
    report = Report()
    tables = read_trajectory(folder, horizon or Horizon(), report)
    return tables, [(finding.code, finding.span.line) for finding in report.sorted()]


def runs(block: Block) -> tuple[Inline, ...]:
    assert isinstance(block, Paragraph)
    return block.children


def codes(*tranches: Tranche) -> list[str]:
    report = Report()
    check_trajectory(tranches, Horizon(), Yaml(FILE, {}), report)
    return [finding.code for finding in report.diagnostics]


def tranche(debut: object, fin: object, **values: object) -> Tranche:
    return Tranche.model_validate({'debut': debut, 'fin': fin, 'metrique': 'artificialisation_nette', **values})


def test_a_dossier_without_trajectory_has_no_table(mini: Folder) -> None:
    (mini.root / FILE).unlink()
    assert read_trajectory(mini, Horizon(), Report()) == {}


def test_rows_are_cited_by_their_years(mini: Folder) -> None:
    data = read_trajectory(mini, Horizon(), Report())
    assert cite_value('trajectoire.2021-2031', data).text == '40\u00a0ha'
    assert cite_value('trajectoire.2021-2031.taux', data).text == '50\u00a0%'
    assert cite_value('trajectoire.2031-2041.rythme_ha_an', data).text == '1,2\u00a0ha/an'
    assert cite_value('trajectoire.2021-2031.mesure', data).text == "Consommation d’ENAF"
    assert cite_value('trajectoire_secteurs.2021-2031-nord', data).text == '27,5\u00a0ha'
    assert cite_value('trajectoire.2021-2031', data).source == ''


def test_what_is_absent_is_still_to_be_supplied(mini: Folder) -> None:
    tables, found = read(mini, EMPTY)
    assert not found
    cited = cite_value('trajectoire.2021-2031.objectif_ha', tables)
    assert (cited.text, cited.missing) == ("à renseigner", 'ha')


def test_missing_values_print_as_such_in_sentences_and_tables(mini: Folder) -> None:
    (mini.root / FILE).write_text(EMPTY, encoding='utf-8')
    (mini.root / 'content' / '30-methode.md').write_text(
        '# Méthode {#methode}\n\nOn vise {val}`trajectoire.2021-2031.objectif_ha`.\n\n'
        ':::tableau {#tab-tranches donnees=trajectoire colonnes="tranche objectif_ha taux" titre="Tranches"}\n:::\n',
        encoding='utf-8',
    )
    project = read_project(mini, Report())
    assert project is not None
    part = next(part for part in project.document.parts if part.id == 'methode')
    assert [node.text for node in runs(part.blocks[0]) if isinstance(node, Missing)] == ['ha']
    table = next(block for block in walk(part) if isinstance(block, Table))
    cells = [cell.children[0] for cell in table.rows[0].cells]
    assert [node.text for node in cells if isinstance(node, Missing)] == ['', '']
    assert table.source == ''


def test_a_figure_takes_its_tranches_from_the_file(mini: Folder) -> None:
    path = mini.root / 'figures' / 'fig-terres.yaml'
    path.write_text(FIGURE, encoding='utf-8')
    data = {**read_data(mini, Report()), **read_trajectory(mini, Horizon(), Report())}
    report = Report()
    spec = read_figures(mini, data, report)['fig-terres'].spec
    assert not report.diagnostics
    drawn = [(t.debut, t.valeur, t.nature) for t in spec.tranches]  # type: ignore[union-attr]
    assert drawn == [
        (2011, 8, 'observe'), (2021, 4, 'objectif'), (2031, 1.2, 'objectif'), (2041, 0, 'objectif'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ('text', 'code'),
    [
        (FIGURE, 'figure.donnees'),
        (FIGURE.partition('depuis')[0], 'figure.vide'),
    ],
)
def test_a_figure_without_tranches_is_reported(mini: Folder, text: str, code: str) -> None:
    (mini.root / 'figures' / 'fig-terres.yaml').write_text(text, encoding='utf-8')
    report = Report()
    read_figures(mini, read_data(mini, Report()), report)
    assert [finding.code for finding in report.diagnostics] == [code]


@pytest.mark.parametrize(
    ('horizon', 'expected'),
    [
        (Horizon(), []),
        (Horizon(debut=2021, fin=2041), []),
        (Horizon(debut=2026, fin=2046), [('trajectoire.horizon', 3)]),
        (Horizon(debut=2020), [('trajectoire.horizon', 2)]),
    ],
)
def test_tranches_cover_the_horizon(mini: Folder, horizon: Horizon, expected: list[tuple[str, int]]) -> None:
    assert read(mini, EMPTY, horizon)[1] == expected


@pytest.mark.parametrize(
    ('old', 'new', 'expected'),
    [
        ('debut: 2021', 'debut: 2021-13-01', [('lire.valeur', 2)]),
        ('debut: 2021', 'debut: hier', [('lire.valeur', 2)]),
        ('debut: 2021', 'debut: 2021-08-22', []),
        ('metrique: enaf', 'metrique: ha', [('lire.valeur', 2)]),
        ('fin: 2041', 'fin: 2030', [('trajectoire.duree', 3)]),
        ('enaf}', 'enaf, objectif_ha: -1}', [('lire.valeur', 2)]),
        ('enaf}', 'enaf, reference: {hectares: 0}}', [('lire.valeur', 2)]),
        ('enaf}', 'enaf, objectif_ha: 3, secteurs: {Nord: 1, Sud: null}}', []),
        ('enaf}', 'enaf, objectif_ha: 3, secteurs: {Nord: 4, Sud: null}}', [('trajectoire.secteurs', 2)]),
        ('fin: 2031', 'fin: 2032', [('trajectoire.mesure', 2), ('trajectoire.duree', 2)]),
    ],
)
def test_faults(mini: Folder, old: str, new: str, expected: list[tuple[str, int]]) -> None:
    found = read(mini, EMPTY.replace(old, new, 1))[1]
    assert set(expected) <= set(found)
    assert bool(found) == bool(expected)


@given(st.integers(2041, 2130), st.lists(st.integers(-3, 3), min_size=1, max_size=4))
def test_tranches_meet_or_are_reported(start: int, gaps: list[int]) -> None:
    tranches = [tranche(start, start + 10)]
    for gap in gaps:
        begin = int(tranches[-1].fin) + gap
        tranches.append(tranche(begin, begin + 10))
    found = codes(*tranches)
    assert found.count('trajectoire.chevauchement') == sum(gap < 0 for gap in gaps)
    assert found.count('trajectoire.lacune') == sum(gap > 0 for gap in gaps)


@given(st.dates(datetime.date(2041, 1, 1), datetime.date(2150, 1, 1)), st.integers(-400, 400))
def test_days_meet_the_day_after(start: datetime.date, gap: int) -> None:
    after = start + datetime.timedelta(gap)
    first = tranche(f'{start.year - 10}-01-01', str(start - datetime.timedelta(1)))
    second = tranche(str(after), str(after + datetime.timedelta(3652)))
    found = set(codes(first, second)) & {'trajectoire.chevauchement', 'trajectoire.lacune'}
    assert found == ({'trajectoire.chevauchement'} if gap < 0 else {'trajectoire.lacune'} if gap else set())


@given(
    st.decimals('0.1', '9999', places=1), st.decimals(0, '9999', places=1), st.integers(0, 4), st.sampled_from((-2, 2))
)
def test_a_rate_rounded_as_written_is_right_and_two_steps_off_is_not(
    reference: Decimal, target: Decimal, decimals: int, steps: int
) -> None:
    step = Decimal(1).scaleb(-decimals)
    rate = (100 * (1 - target / reference)).quantize(step)
    values = {'reference': {'hectares': reference}, 'objectif_ha': target}
    assert not codes(tranche(2041, 2051, taux=rate, **values))
    wrong = rate + steps * step
    if wrong <= 100:
        assert codes(tranche(2041, 2051, taux=wrong, **values)) == ['trajectoire.taux']


@given(st.lists(st.decimals(0, 500, places=2), min_size=1, max_size=8), st.decimals('-1', '1', places=2))
def test_sectors_add_up_to_the_hundredth(shares: list[Decimal], error: Decimal) -> None:
    total = sum(shares, Decimal()) + error
    if total < 0:
        return
    found = codes(tranche(2041, 2051, objectif_ha=total, secteurs={f'secteur {i}': s for i, s in enumerate(shares)}))
    assert found == (['trajectoire.secteurs'] if error else [])


def test_the_law_of_measures_is_whole_and_sourced() -> None:
    measures = law().measures
    assert all(before.end == after.start for before, after in pairwise(measures))
    assert all(measure.article and measure.measure in law().titles for measure in measures)
    assert (measures[0].measure, measures[0].reference, measures[-1].end) == ('enaf', '2011-2021', None)
