"""Editorial checks: what each one reports, and above all what it lets be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pasbuild.diagnostics import Diagnostic, Report
from pasbuild.document import Project, read_project
from pasbuild.editorial import check_editorial, terms
from pasbuild.model import Document, Part, Span
from pasbuild.project import Folder, Lexique, Redaction
from pasbuild.reader import read_part
from pasbuild.resolve import Sources, resolve


@pytest.fixture
def project(mini: Folder) -> Project:
    found = read_project(mini, Report())
    assert found is not None
    return found


def with_part(project: Project, text: str) -> Project:
    """Return the project with the only part « content/essai.md », which holds ``text`` after its title."""
    part = read_part(f'# Essai {{#essai}}\n\n{text}\n', 'content/essai.md', Report())
    assert part is not None
    sources = Sources(project.dossier, project.data, project.figures, project.lexique)
    (project.folder.root / 'content' / 'essai.md').write_text(f'# Essai {{#essai}}\n\n{text}\n', encoding='utf-8')
    return replace(project, document=resolve(Document((part,)), sources, Report()))


def findings(project: Project, text: str, **redaction: object) -> list[Diagnostic]:
    report = Report()
    dossier = project.dossier.model_copy(update={'redaction': Redaction.model_validate(redaction)})
    check_editorial(replace(with_part(project, text), dossier=dossier), report)
    return report.sorted()


def codes(project: Project, text: str, **redaction: object) -> list[str]:
    return [finding.code for finding in findings(project, text, **redaction)]


def test_the_sample_is_free_of_findings(project: Project) -> None:
    report = Report()
    check_editorial(project, report)
    assert not report.diagnostics


def test_generated_parts_are_not_looked_at(project: Project) -> None:
    made = with_part(project, 'Un SRADDET.')
    part: Part = made.document.parts[0]
    report = Report()
    check_editorial(replace(made, document=Document((replace(part, span=Span('templates/essai.md')),))), report)
    assert not report.diagnostics


@pytest.mark.parametrize(
    ('text', 'empty'),
    [
        ('', ['Essai']),
        ('## A {#a}', ['A']),
        ('## A {#a}\n\n## B {#b}\n\nTexte.', ['A']),
        ('## A {#a}\n\n### B {#b}\n\nTexte.', []),
        ('## A {#a}\n\n### B {#b}\n\n## C {#c}\n\nTexte.', ['B']),
        ('## A {#a}\n\n:::encadre\nTexte.\n:::', []),
        ('### O {#o .enjeu objectifs=""}\n\n### P {#p .enjeu objectifs=""}\n\n#### Q\n\n#### R\n\nTexte.', ['O', 'Q']),
    ],
)
def test_titles_that_nothing_follows(project: Project, text: str, empty: list[str]) -> None:
    found = [finding for finding in findings(project, text) if finding.code == 'texte.section-vide']
    assert [finding.message.split('«')[1].strip(' ».') for finding in found] == empty


@pytest.mark.parametrize(
    ('text', 'acronyms'),
    [
        ("Le SRADDET et le SRADDET.", ['SRADDET']),
        ("Le PLUi, l'ENAF et le PAS.", ['ENAF', 'PLUi']),
        ("Le PLUi-H et la ZAC, en R+2.", ['PLUi-H', 'ZAC']),
        ("Au XXI^e^ siècle, Louis XIV, le tome III, les articles L. 141-3 et R. 143-4.", []),
        ("Une surface de 3 KM, la RN17, la RN 17, la RD-917, 12 µg de CO2, BP 56.", []),
        ("## TITRE TOUT EN CAPITALES {#t}\n\nTexte.", []),
        ("Le site SCOT-LLHC.fr, A4, « le CDPENAF », 36 COM.", []),
        ("Une note[^n].\n\n[^n]: BFM TV, 2024.", []),
        (":::encadre Le DOO et le PAS\nTexte.\n:::", ['DOO']),
    ],
)
def test_acronyms(project: Project, text: str, acronyms: list[str]) -> None:
    found = [finding.message.split('«')[1].split('»')[0].strip() for finding in findings(project, text)]
    assert found == acronyms


def test_the_nearest_acronym_is_proposed(project: Project) -> None:
    lexique = Lexique(sigles={'PLU': "plan local d'urbanisme", 'Insee': "institut"})
    hints = [finding.hint for finding in findings(replace(project, lexique=lexique), "Le PLUi de l'INSEE.")]
    assert [hint.split('?')[0] for hint in hints] == ["Est-ce « Insee » ", "Est-ce « PLU » "]


def test_lengths_have_their_limits(project: Project) -> None:
    text = "Un deux trois quatre cinq : six sept huit.\nUn deux trois."
    assert codes(project, text) == []
    assert codes(project, text, phrase=7) == ['texte.phrase-longue']
    assert codes(project, text, phrase=8, paragraphe=10) == ['texte.paragraphe-long']
    assert codes(project, text, phrase=0, paragraphe=0) == []
    assert codes(project, '- un deux trois quatre :\n- cinq six sept huit', phrase=4) == []
    assert codes(project, '| un deux trois | quatre |\n|---|---|\n| un | deux |', phrase=1) == []


def test_a_long_sentence_stands_at_its_own_line(project: Project) -> None:
    (finding,) = findings(project, "Une phrase. Deux.\nUn deux trois\nquatre cinq six.", phrase=5)
    assert finding.span == Span('content/essai.md', 4)


@pytest.mark.parametrize('form', [form for term in terms() for form in term.faux])
def test_each_misspelt_term_is_found_and_its_right_form_is_not(project: Project, form: str) -> None:
    right = next(term.juste for term in terms() if form in term.faux)
    (finding,) = findings(project, f"Texte. Voici {form}, ici.")
    assert finding.code == 'texte.terme'
    assert right in finding.message
    assert not codes(project, f"Texte. Voici {right}, ici ; « {form} » est cité.\n\n> {form}")


def test_a_right_form_is_no_wrong_one() -> None:
    wrong = {form.casefold() for term in terms() for form in term.faux if not term.casse}
    assert not wrong & {term.juste.casefold() for term in terms()}
    assert 20 <= len(terms()) <= 40


@pytest.mark.parametrize(
    ('text', 'count'),
    [
        ("Un  mot.", 1),
        ("Un mot.  Deux.", 1),
        ('Un "mot".', 1),
        ("L'été [^n] fini.\n\n[^n]: Oui.", 0),
        ("**Un**  mot", 1),
    ],
)
def test_spaces_and_quotes(project: Project, text: str, count: int) -> None:
    assert codes(project, text) == ['texte.espaces'] * count


def test_what_the_dossier_admits_is_let_be(project: Project) -> None:
    text = "Le SRADDET, le Code de l'Urbanisme et le DOO."
    assert codes(project, text) == ['texte.sigle', 'texte.sigle', 'texte.terme']
    assert codes(project, text, admis=("SRADDET", "Code de l'Urbanisme")) == ['texte.sigle']


TRAPS = [
    '\n\n', '## A {#a}\n', '« ', ' »', '12 345 habitants', 'le 31 février 2023', 'débattu ', "à l'horizon 2040 ", 'SCoT ', '"',
    '{val}`communes.total.population_2023`', '1er mai 2024', '| a |\n|---|\n', 'art. L. 141-3 ', '  ', "Code de l'Urbanisme",
]  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(st.text(max_size=12), st.sampled_from(TRAPS)), max_size=20).map(''.join))
def test_no_check_raises_on_any_text(project: Project, text: str) -> None:
    part = read_part(f'# Essai {{#essai}}\n\n{text}\n', 'content/essai.md', Report())
    if part is None:
        return
    sources = Sources(project.dossier, project.data, project.figures, project.lexique)
    report = Report()
    check_editorial(replace(project, document=resolve(Document((part,)), sources, Report())), report)
    assert {finding.level for finding in report.diagnostics} <= {'avertissement'}
