"""The complete, invented dossier: it passes every state up to « exécutoire », and each rule of the law can refuse it.

A mutation is an overlay (``overlay.py``) in ``samples/complet-mutations/``, named after the rule it breaks, with
``--something`` behind when a rule has several.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from lxml import etree
from overlay import lay_over

from pasbuild.build import build, check
from pasbuild.diagnostics import Report, render
from pasbuild.document import Project, read_project
from pasbuild.figures import Frise
from pasbuild.law import packs
from pasbuild.model import FigureBlock, Missing, inlines, own_inlines, walk
from pasbuild.procedure import chain, dates_of, delays, earliest, states, steps
from pasbuild.project import Folder
from pasbuild.rules import judge, objectives

SAMPLES = Path(__file__).parent / 'samples'
MUTATIONS = SAMPLES / 'complet-mutations'
RULES = {rule.id: rule for pack in packs() for rule in pack.regles}
CHAIN = [state.id for state in chain('executoire')]

HUMAN = {name for name, rule in RULES.items() if rule.controle['nom'] == 'piece_du_scot'}
"""Rules on other pieces of the SCoT: that they are declared is seen, what they say is judged by a human."""
UNREACHABLE = {'ACC-06', 'ACC-07'}
"""Rules on faults the reader refuses before any rule is judged: their mutations, of the document read, are in test_rules.py."""
NEEDED = set(RULES) - UNREACHABLE


def rule_of(case: str) -> str:
    return case.partition('--')[0]


FOLDERS = sorted(path.name for path in MUTATIONS.iterdir())
CASES = [case for case in FOLDERS if rule_of(case) in NEEDED]


@pytest.fixture
def complet(tmp_path: Path) -> Folder:
    """Return a copy of the complete dossier, to break."""
    return copy_to(tmp_path / 'complet')


def copy_to(root: Path) -> Folder:
    shutil.copytree(SAMPLES / 'complet', root, ignore=shutil.ignore_patterns('.cache', 'output'))
    return Folder(root)


def read(folder: Folder, report: Report | None = None) -> Project:
    project = read_project(folder, report or Report())
    assert project is not None
    return project


def refused(project: Project) -> set[str]:
    """The rules whose verdict has a finding."""
    return {verdict.rule.id for verdict in judge(project) if verdict.findings}


def mutated(folder: Folder, cases: Iterable[str]) -> Project:
    for case in cases:
        lay_over(MUTATIONS / case, folder.root)
    return read(folder)


# --- the dossier as it is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize('etat', CHAIN)
def test_the_dossier_passes_every_gate(etat: str) -> None:
    report = Report()
    checked = check(Folder(SAMPLES / 'complet'), report, etat=etat)
    assert render(report, 'text') == render(Report(), 'text')
    assert not report.failed(strict=True)
    assert checked is not None
    assert checked[0].dossier.etat == etat


def test_every_rule_is_met_or_left_to_a_human() -> None:
    verdicts = {verdict.rule.id: verdict.verdict for verdict in judge(read(Folder(SAMPLES / 'complet')))}
    assert {name for name, verdict in verdicts.items() if verdict != 'conforme'} == HUMAN
    assert {verdicts[name] for name in HUMAN} == {'a_apprecier'}


def test_nothing_is_left_to_be_supplied() -> None:
    parts = [part for part in read(Folder(SAMPLES / 'complet')).document.parts if part.span.file.startswith('content/')]
    blocks = [block for part in parts for block in walk(part)]
    assert len(blocks) > 100
    missing = [inline for block in blocks for inline in inlines(own_inlines(block)) if isinstance(inline, Missing)]
    assert missing == []


def test_the_dossier_shows_what_a_pas_is_made_of() -> None:
    project = read(Folder(SAMPLES / 'complet'))
    figures = [block for block in walk(project.document) if isinstance(block, FigureBlock)]
    assert {figure.label for figure in figures} == {"Carte", "Figure"}
    assert {project.figures[figure.id].spec.type for figure in figures} >= {'carte', 'armature', 'trajectoire', 'frise'}
    answers = [answer for objective in objectives(project) for answer in objective.answers]
    assert len(answers) == len(set(answers)) == len([rule for rule in RULES.values() if rule.matiere])


def test_the_dates_are_those_of_the_procedure_and_lawful() -> None:
    project = read(Folder(SAMPLES / 'complet'))
    dates = dates_of(project.dossier)
    assert {str(row['etape']): row['date'] for row in project.data['procedure'].rows} == dates
    timeline = project.figures['fig-procedure'].spec
    assert isinstance(timeline, Frise)
    drawn = {day for step in timeline.etapes for day in (step.date, step.fin) if day}
    assert drawn < {date.isoformat() for date in dates.values()}
    assert set(dates) == {step for state in chain('executoire') for step in state.etapes} <= set(steps())
    assert {delay.etape for delay in delays().values()} <= set(dates)
    for step, date in dates.items():
        bound = earliest(step, dates)
        assert bound is None or date >= bound.date


# --- each rule can refuse it ------------------------------------------------------------------------------------------


def test_no_rule_is_without_its_mutation() -> None:
    found = {rule_of(case) for case in FOLDERS}
    lacking = sorted(NEEDED - found)
    assert not lacking, f'add tests/samples/complet-mutations/<rule>/ for: {", ".join(lacking)}'
    assert found <= NEEDED, 'a mutation is named after no rule a program judges'


@pytest.mark.parametrize('case', CASES)
def test_a_mutation_fails_its_rule_alone(case: str, complet: Folder) -> None:
    assert refused(mutated(complet, [case])) == {rule_of(case)}


@pytest.mark.parametrize('case', CASES)
def test_a_mutation_is_refused_in_the_executory_state(case: str, complet: Folder) -> None:
    lay_over(MUTATIONS / case, complet.root)
    report = Report()
    check(complet, report)
    levels = {finding.code: finding.level for finding in report.diagnostics}
    assert report.failed()
    if 'figure.texte-alternatif' in levels:  # read as a fault already: the law is not judged
        return
    assert {code.partition('.')[0] for code in levels} <= {
        'loi',
        'acces',
        'texte',
    }  # what is absent prints « à renseigner »
    assert {level for code, level in levels.items() if code.startswith(('loi.', 'acces.'))} == {'erreur'}


def test_without_objectives_the_cause_is_said_once(complet: Folder) -> None:
    report = Report()
    lay_over(MUTATIONS / 'PAS-01', complet.root)
    check(complet, report)
    assert [finding.code for finding in report.diagnostics] == ['loi.objectif-absent']
    verdicts = {verdict.rule.id: verdict for verdict in judge(read(complet))}
    waiting = [verdicts[name] for name, rule in RULES.items() if rule.matiere or name == 'PAS-04']
    assert {verdict.verdict for verdict in waiting} == {'a_completer'}
    assert all('PAS-01' in verdict.evidence[0].text for verdict in waiting)


def test_the_case_of_2021_no_synthesis_and_no_reduction_objective(complet: Folder) -> None:
    assert refused(mutated(complet, ['PAS-03', 'PAS-19'])) == {'PAS-03', 'PAS-19'}


# --- built in each state ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.xdist_group('complet')
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # WeasyPrint leaves its colour profile open
@pytest.mark.parametrize('etat', CHAIN)
def test_the_dossier_is_built_in_each_state(etat: str, kept: Folder) -> None:
    report, output = Report(), kept.root / 'output' / etat
    built = build(kept, report, output=output, etat=etat, strict=True)
    assert render(report, 'text') == render(Report(), 'text')
    assert built is not None
    assert [path.name for path in built.files] == ['pas.pdf', 'pas.docx', 'pas.json', 'manifeste.json']
    assert 20 <= built.pages <= 45
    shown = squeeze(f'État{states()[etat].titre}')
    assert shown in first_pages(output / 'pas.pdf')
    assert shown in words(output / 'pas.docx')


def first_pages(path: Path) -> str:
    """Text of the cover and of the colophon."""
    from pypdf import PdfReader

    return squeeze(''.join(page.extract_text() for page in PdfReader(path).pages[:2]))


def words(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        tree = etree.fromstring(archive.read('word/document.xml'))
    return squeeze(''.join(str(text) for text in tree.itertext()))


def squeeze(text: str) -> str:
    return re.sub(r'[\s\u00ad]+', '', text)
