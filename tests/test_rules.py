"""Every rule of the packs: met by the sample dossier, and failed by one mutation that fails nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pasbuild.diagnostics import Report
from pasbuild.document import Project, read_project
from pasbuild.generated import DEFAULTS
from pasbuild.law import matieres, packs
from pasbuild.model import (
    Block,
    Document,
    Enjeu,
    FigureBlock,
    Heading,
    Link,
    Objectif,
    Paragraph,
    Part,
    Ref,
    Table,
    Text,
    inlines,
    plain,
)
from pasbuild.project import Acceptation, Folder, Horizon
from pasbuild.rules import ACCEPTABLE, CHECKS, check_rules, judge

Mutation = Callable[[Project], Project]
RULES = {rule.id: rule for pack in packs() for rule in pack.regles}
HUMAN = {name for name, rule in RULES.items() if rule.controle['nom'] == 'piece_du_scot'}
"""Rules on other pieces of the SCoT: that they exist is seen, what they say is judged by a human."""


@pytest.fixture
def project(mini: Folder) -> Project:
    found = read_project(mini, Report())
    assert found is not None
    return found


def settings(**changes: Any) -> Mutation:
    return lambda project: replace(project, dossier=project.dossier.model_copy(update=changes))


def blocks(change: Callable[[Block], Block | None]) -> Mutation:
    """Change (or drop, with None) the blocks that stand directly or deeply in the parts."""

    def inside(children: tuple[Block, ...]) -> tuple[Block, ...]:
        kept = (change(child) for child in children)
        return tuple(
            replace(block, children=inside(block.children)) if isinstance(block, Objectif | Enjeu) else block
            for block in kept
            if block is not None
        )

    def mutate(project: Project) -> Project:
        parts = tuple(replace(part, blocks=inside(part.blocks)) for part in project.document.parts)
        return replace(project, document=Document(parts))

    return mutate


def parts(change: Callable[[Part], Part]) -> Mutation:
    return lambda project: replace(project, document=Document(tuple(map(change, project.document.parts))))


def silent(matter: str) -> Mutation:
    """Take a matter away from every objective."""

    def change(block: Block) -> Block:
        if isinstance(block, Objectif):
            return replace(block, answers=tuple(answer for answer in block.answers if answer != f'L141-3/{matter}'))
        return block

    return blocks(change)


def plain_heading(block: Block) -> Block:
    """Turn objectives into titles."""
    return Heading(block.id, block.span, 3, block.title) if isinstance(block, Objectif) else block


def short_trajectory(project: Project) -> Project:
    table = project.data['trajectoire']
    return replace(project, data={**project.data, 'trajectoire': replace(table, rows=table.rows[:1])})


def pale_theme(project: Project) -> Project:
    """Give the dossier a theme whose second accent is too light for text."""
    text = (DEFAULTS / 'theme.toml').read_text(encoding='utf-8').replace('"#14746F"', '"#4C9992"')
    (project.folder.root / 'templates').mkdir()
    (project.folder.root / 'templates' / 'theme.toml').write_text(text, encoding='utf-8')
    return project


CASES: dict[str, Mutation] = {
    'PAS-02': settings(horizon=Horizon(debut=2027, fin=2040)),
    'PAS-03': parts(lambda part: replace(part, role='')),
    'PAS-04': blocks(lambda block: replace(block, enjeux=()) if isinstance(block, Objectif) else block),
    'PAS-05': blocks(
        lambda block: replace(block, source='') if isinstance(block, FigureBlock) and block.label == 'Carte' else block
    ),
    **{name: silent(rule.matiere) for name, rule in RULES.items() if rule.matiere},
    'PAS-20': short_trajectory,
    'PAS-21': settings(particularites=('aec',)),
    'PAS-22': settings(pieces={'justification_choix': "Annexe inventée"}),
    'PAS-23': settings(pieces={'doo': "Document inventé"}),
    'PAS-24': settings(particularites=('montagne',)),
    'ACC-01': blocks(
        lambda block: replace(block, alt='') if isinstance(block, FigureBlock) and block.label != 'Carte' else block
    ),
    'ACC-02': pale_theme,
    'ACC-03': blocks(lambda block: replace(block, header=()) if isinstance(block, Table) else block),
    'ACC-04': blocks(
        lambda block: (
            replace(block, children=(Link('https://example.org/', (Text('ici'),)),))
            if isinstance(block, Paragraph) and not any(isinstance(node, Ref) for node in inlines(block.children))
            else block
        )
    ),
    'ACC-05': blocks(
        lambda block: replace(block, alt=plain(block.caption)) if isinstance(block, FigureBlock) else block
    ),
    'ACC-06': blocks(lambda block: replace(block, level=4) if isinstance(block, Heading) else block),
    'ACC-07': settings(langue=''),
}


def failed(project: Project) -> set[str]:
    return {verdict.rule.id for verdict in judge(project) if verdict.verdict in ('a_completer', 'non_conforme')}


def test_no_rule_is_without_its_failing_case() -> None:
    assert set(CASES) | {'PAS-01'} == set(RULES)
    assert {rule.controle['nom'] for rule in RULES.values()} == set(CHECKS)


def test_the_sample_dossier_meets_every_rule(project: Project) -> None:
    report = Report()
    assert not failed(project)
    check_rules(project, report)
    assert not report.diagnostics
    assert {verdict.rule.id for verdict in judge(project) if verdict.verdict == 'a_apprecier'} == HUMAN


@pytest.mark.parametrize('rule', CASES)
def test_one_mutation_fails_one_rule(project: Project, rule: str) -> None:
    assert failed(CASES[rule](project)) == {rule}


def test_without_objectives_everything_that_rests_on_them_fails(project: Project) -> None:
    mutated = blocks(plain_heading)(project)
    assert 'PAS-01' in failed(mutated)
    assert {rule.id for rule in RULES.values() if rule.matiere} <= failed(mutated)


def test_the_case_of_2021_no_synthesis_and_no_reduction_objective(project: Project) -> None:
    data = {name: table for name, table in project.data.items() if name != 'trajectoire'}
    mutated = CASES['PAS-03'](replace(project, data=data))
    assert {'PAS-03', 'PAS-19'} <= failed(mutated)


def test_a_waiver_takes_the_finding_away_but_not_the_verdict(project: Project) -> None:
    waiver = Acceptation(code='loi.synthese', regle='PAS-03', motif='Motif écrit pour cet essai')
    mutated = settings(accepte=(waiver,))(CASES['PAS-03'](project))
    report = Report()
    check_rules(mutated, report)
    assert not report.diagnostics
    assert failed(mutated) == {'PAS-03'}
    assert [verdict.accepted for verdict in judge(mutated) if verdict.rule.id == 'PAS-03'] == [(waiver,)]


def test_a_waiver_for_another_rule_takes_nothing_away(project: Project) -> None:
    waiver = Acceptation(code='loi.matiere-sans-reponse', regle='PAS-12', motif='Motif écrit pour cet essai')
    report = Report()
    check_rules(settings(accepte=(waiver,))(silent('paysages')(project)), report)
    assert [finding.code for finding in report.diagnostics] == ['loi.matiere-sans-reponse']


def test_rules_are_dated_sourced_and_of_a_regime(project: Project) -> None:
    assert all(rule.source and rule.article and rule.enonce for rule in RULES.values())
    early = project.dossier.date.replace(year=2021, month=5)
    verdicts = {verdict.rule.id: verdict.verdict for verdict in judge(settings(droit=early)(project))}
    assert (verdicts['PAS-18'], verdicts['PAS-19']) == ('conforme', 'sans_objet')
    rule = RULES['PAS-01'].model_copy(update={'regime': 'apres_huwart'})
    assert [rule.applies(project.dossier.date, regime) for regime in ('', 'avant_huwart', 'apres_huwart')] == [
        True,
        False,
        True,
    ]


def test_every_finding_that_can_be_accepted_is_of_the_law_or_of_accessibility() -> None:
    assert all(code.startswith(('loi.', 'acces.')) for code in ACCEPTABLE)
    assert len(matieres()) == 14
