"""Attributes in braces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pasbuild.attributes import Attributes, check_id, check_known, parse_attributes, split_trailing
from pasbuild.diagnostics import Report
from pasbuild.model import ID, Span

HERE = Span('content/essai.md', 3)


@pytest.mark.parametrize(
    ('text', 'title', 'body'),
    [
        ("Titre {#id}", "Titre", '#id'),
        ("Titre", "Titre", ''),
        ("Titre {#a} suite", "Titre {#a} suite", ''),
        ('Titre {#a titre="avec {accolades}"}', "Titre", '#a titre="avec {accolades}"'),
        ("Valeur {val}`x.y` {#a}", "Valeur {val}`x.y`", '#a'),
        ("{#a}", "", '#a'),
        ('Titre {#a titre="ouvert}', "Titre", '#a titre="ouvert'),
    ],
)
def test_split(text: str, title: str, body: str) -> None:
    assert split_trailing(text) == (title, body)


def test_parse() -> None:
    report = Report()
    found = parse_attributes('#obj-a .objectif repond_a="L141-3/espace L141-3/habitat" tri=-nom', HERE, report)
    assert found == Attributes('obj-a', ('objectif',), (('repond_a', 'L141-3/espace L141-3/habitat'), ('tri', '-nom')))
    assert found.get('tri') == '-nom'
    assert found.get('absent', 'x') == 'x'
    assert not report.diagnostics


@pytest.mark.parametrize('body', ['#a titre="ouvert', '#a titre=', '#a mot', '= x', '#'])
def test_what_cannot_be_read_is_reported(body: str) -> None:
    report = Report()
    parse_attributes(body, HERE, report)
    assert [finding.code for finding in report.diagnostics] == ['lire.attribut']
    assert report.diagnostics[0].span == HERE


@pytest.mark.parametrize('identifier', ['Majuscule', 'é', '1a', 'a--b', 'a-', 'a_b', 'a.b'])
def test_wrong_identifiers(identifier: str) -> None:
    report = Report()
    assert check_id(identifier, HERE, report) == ''
    assert [finding.code for finding in report.diagnostics] == ['lire.identifiant']


@given(st.from_regex(ID, fullmatch=True))
def test_right_identifiers(identifier: str) -> None:
    report = Report()
    assert parse_attributes(f'#{identifier}', HERE, report).id == identifier
    assert not report.diagnostics


@given(st.text(alphabet='ab#.="{} -', max_size=30))
def test_never_raises(body: str) -> None:
    parse_attributes(body, HERE, Report())
    split_trailing(body)


def test_unknown_class_and_key_name_the_nearest() -> None:
    report = Report()
    check_known(Attributes('', ('axes',), (('trie', 'nom'),)), HERE, report, classes=('axe',), keys=('tri',))
    assert [(finding.code, finding.hint) for finding in report.diagnostics] == [
        ('lire.attribut-inconnu', "Nom le plus proche : « axe »."),
        ('lire.attribut-inconnu', "Nom le plus proche : « tri »."),
    ]
