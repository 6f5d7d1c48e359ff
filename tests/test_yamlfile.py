"""YAML with positions: every fault at its line, in French."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from pasbuild.diagnostics import Report
from pasbuild.figures import AnyFigure
from pasbuild.model import Span
from pasbuild.project import Dossier, Lexique
from pasbuild.yamlfile import read_yaml, validate


class Inner(BaseModel):
    model_config = ConfigDict(extra='forbid')
    nom: str = Field('x', min_length=2, pattern='^[a-z]+$')
    ans: int = Field(3, ge=1, le=9)
    oui: bool = False
    part: float = 0.5


class Model(BaseModel):
    model_config = ConfigDict(extra='forbid')
    liste: tuple[Inner, ...] = Field((), max_length=3)
    paire: tuple[str, ...] = Field(('a', 'b'), min_length=2)


def value(text: str) -> object:
    report = Report()
    source = read_yaml(text, 'f.yaml', report)
    assert source is not None
    assert not report.diagnostics
    return source.value


def faults(text: str, model: object = Model) -> list[tuple[int, str, str]]:
    report = Report()
    source = read_yaml(text, 'f.yaml', report)
    if source is not None:
        validate(model, source, report)
    return [(finding.span.line, finding.code, finding.message) for finding in report.sorted()]


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('a: 12', 12),
        ('a: -3', -3),
        ('a: 1.5', 1.5),
        ('a: 1e3', '1e3'),
        ('a: 010', '010'),
        ('a: 0x1F', '0x1F'),
        ('a: 1_000', '1_000'),
        ('a: 14:30', '14:30'),
        ('a: 2023-03-13', '2023-03-13'),
        ('a: .nan', '.nan'),
        ('a: true', True),
        ('a: no', False),
        ('a: oui', 'oui'),
        ('a: ~', None),
        ('a:', None),
        ('a: "12"', '12'),
        ('a: !!python/object:os.system x', 'x'),
        ('a: [1, {b: c}]', [1, {'b': 'c'}]),
    ],
)
def test_values_are_plain(text: str, expected: object) -> None:
    assert value(text) == {'a': expected}


def test_empty_file_is_an_empty_mapping() -> None:
    assert value('# rien\n') == {}


def test_numbers_as_keys_are_words() -> None:
    assert value('2023: a\n') == {'2023': 'a'}


def test_lines_of_keys_and_items() -> None:
    source = read_yaml('a:\n  b: 1\n  c:\n    - x\n    - y\n', 'f.yaml', Report(), offset=10)
    assert source is not None
    places = {path: source.span(path).line for path in [('a',), ('a', 'b'), ('a', 'c', 1), ('a', 'absent', 'z')]}
    assert places == {('a',): 11, ('a', 'b'): 12, ('a', 'c', 1): 15, ('a', 'absent', 'z'): 11}


@pytest.mark.parametrize(
    ('text', 'line', 'words'),
    [
        ('a: b: c\n', 1, "un « : » de trop"),
        ('a: 1\nb\nc: 2\n', 3, "« : »"),
        ('a:\n  b: 1\n c: 2\n', 3, "retrait"),
        ('a: "b\nc: d\n', 1, "guillemet ouvert"),
        ('a: [1, 2\nb: 3\n', 2, "crochet"),
        ('a: *x\n', 1, "« * »"),
        ('a: & b\n', 1, "« & »"),
        ('a: %x\n', 1, "« % »"),
        ('a: @x\n', 1, "« @ »"),
        ('a: >x\n', 1, "« > »"),
        ('a: "\\q"\n', 1, "barre inverse"),
        ('a: - b\n', 1, "tiret"),
        ('a: 1\n---\nb: 2\n', 2, "second document"),
        ('a:\n- b\nc\n', 3, "« : »"),
    ],
)
def test_syntax_faults_are_said_in_french(text: str, line: int, words: str) -> None:
    [(where, code, message)] = faults(text)
    assert (where, code) == (line, 'lire.yaml')
    assert words in message


@pytest.mark.parametrize(
    ('text', 'line', 'code', 'words'),
    [
        ('liste: texte\n', 1, 'lire.type', "« liste » attend une liste, pas « texte »."),
        ('liste:\n  a: b\n', 1, 'lire.type', "« liste » attend une liste, pas des clés et des valeurs."),
        ('liste:\n  - x\n', 2, 'lire.type', "attend des clés et des valeurs, pas « x »."),
        ('liste:\n  -\n', 2, 'lire.type', "pas rien."),
        ('liste:\n  - nom: 3\n', 2, 'lire.type', "« nom » attend du texte (entre guillemets), pas « 3 »."),
        ('liste:\n  - nom: true\n', 2, 'lire.type', "pas « true »."),
        ('liste:\n  - nom:\n', 2, 'lire.type', "pas rien."),
        ('liste:\n  - ans: beaucoup\n', 2, 'lire.type', "« ans » attend un nombre entier, pas « beaucoup »."),
        ('liste:\n  - ans: 1.5\n', 2, 'lire.type', "un nombre entier"),
        ('liste:\n  - oui: oui\n', 2, 'lire.type', "true (oui) ou false (non)"),
        ('liste:\n  - part: moitié\n', 2, 'lire.type', "un nombre"),
        ('liste:\n  - nom: ab\n    ans: 12\n', 3, 'lire.valeur', "« 12 »"),
        ('liste:\n  - nom: A1\n', 2, 'lire.valeur', "« A1 »"),
        ('liste: [{}, {}, {}, {}]\n', 1, 'lire.valeur', "« liste »"),
        ('paire: [a]\n', 1, 'lire.valeur', "« paire »"),
        ('paire: [a, 1]\n', 1, 'lire.type', "« paire »"),
        ('autre: 1\n', 1, 'lire.cle-inconnue', "« autre »"),
        ('- a\n', 1, 'lire.type', "Le fichier attend des clés et des valeurs, pas une liste."),
        ('bonjour\n', 1, 'lire.type', "Le fichier attend des clés et des valeurs, pas « bonjour »."),
        ('? [a, b]\n: c\n', 1, 'lire.yaml', "Une clé n'est pas un mot."),
    ],
)
def test_faults_of_a_model(text: str, line: int, code: str, words: str) -> None:
    [(where, found, message)] = faults(text)
    assert (where, found) == (line, code)
    assert words in message


@pytest.mark.parametrize('bound', ['nom: a', 'ans: 0', 'ans: 10', 'nom: A1'])
def test_limits_are_given_in_french(bound: str) -> None:
    report = Report()
    source = read_yaml(f'liste: [{{{bound}}}]', 'f.yaml', report)
    assert source is not None
    validate(Model, source, report)
    assert report.diagnostics[0].hint.split(' ')[0] in ("Au", "Longueur", "Forme")


def test_every_fault_of_a_file_is_found_at_once() -> None:
    text = 'liste:\n  - nom: 3\n    anns: 2\n  - ans: x\npaire: a\nz: 1\n'
    assert [line for line, _, _ in faults(text)] == [2, 3, 4, 5, 6]


def test_a_faulty_item_does_not_make_the_list_too_short() -> None:
    assert [code for _, code, _ in faults('paire: [a, {b: c}]\n')] == ['lire.type']


def test_keys_named_like_a_type_of_figure_keep_their_line() -> None:
    text = 'type: chiffres\nchiffres:\n  - {valeur: a.b, texte: x}\n  - {valeur: a.b, texte: 3}\ntitre: ""\n'
    found = faults(text, AnyFigure)
    assert (4, 'lire.type') in [(line, code) for line, code, _ in found]
    assert (5, 'lire.valeur') in [(line, code) for line, code, _ in found]


def test_date_of_the_dossier() -> None:
    found = faults(
        'titre: Essai\nscot: Essai\nmaitre_ouvrage: {nom: x}\nversion: "1"\ndate: 13/03/2023\nparties: [a.md]\n',
        Dossier,
    )
    assert found == [(5, 'lire.type', "« date » attend une date AAAA-MM-JJ, pas « 13/03/2023 ».")]


def test_long_values_are_cut() -> None:
    [(_, _, message)] = faults(f'liste: {"x" * 5000}\n')
    assert len(message) < 200


@given(st.text(max_size=60))
def test_never_raises_on_any_text(text: str) -> None:
    faults(text, Lexique)


@given(st.text(alphabet='ab:- \n[]{}&*!|>\'"%@#?,\t1.', max_size=60))
@example('---')
def test_never_raises_on_any_yaml_like_text(text: str) -> None:
    for line, _, _ in faults(text, AnyFigure):
        assert 1 <= line <= text.count('\n') + 1


def test_span_of_an_unknown_path_is_the_file() -> None:
    source = read_yaml('a: 1\n', 'f.yaml', Report())
    assert source is not None
    assert source.span(('b',)) == Span('f.yaml', 1)
