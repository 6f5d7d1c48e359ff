"""Inline Markdown: what is refused, and the seams between nodes."""

from __future__ import annotations

import pytest
from dump import inline

from pasbuild.diagnostics import Report
from pasbuild.model import Ref, Span, Text
from pasbuild.reader import read_inlines, read_part

HERE = Span('content/essai.md', 3)


def codes(text: str) -> list[str]:
    report = Report()
    read_inlines(text, HERE, report)
    return [finding.code for finding in report.diagnostics]


@pytest.mark.parametrize(
    'href',
    [
        'file:///etc/passwd',
        'javascript:alert(1)',
        'data:text/html,x',
        'ftp://a.fr',
        '//a.fr/x',
        '/etc',
        'a.html',
        'vbscript:x',
        '',
    ],
)
def test_links_to_anything_but_the_web_are_refused(href: str) -> None:
    assert codes(f'[x](<{href}>)') == ['securite.lien']


@pytest.mark.parametrize('href', ['https://a.fr', 'HTTP://a.fr', 'mailto:a@b.fr'])
def test_links_to_the_web_are_kept(href: str) -> None:
    assert codes(f'[x]({href})') == []


@pytest.mark.parametrize(
    'text', ['<b>x</b>', '<script>alert(1)</script>', '<img src=x>', '<!-- x -->', '<a href="x">y</a>']
)
def test_html_is_refused(text: str) -> None:
    assert set(codes(f'a {text} b')) == {'lire.html'}


def test_signs_of_comparison_are_not_html() -> None:
    report = Report()
    assert inline(read_inlines("5 < 6 et 7 > 2 ; a<1", HERE, report)) == "5 < 6 et 7 > 2·; a<1"
    assert not report.diagnostics


def test_neighbouring_texts_are_one_node() -> None:
    nodes = read_inlines(r"L'eau\_vive & l'air", HERE, Report())
    assert nodes == (Text("L’eau_vive & l’air"),)


def test_a_reference_keeps_the_words_inside_emphasis() -> None:
    nodes = read_inlines("[la *carte* des **pôles**](#fig-poles)", HERE, Report())
    assert nodes == (Ref('fig-poles', "la carte des pôles", HERE),)


def test_lines_are_counted_across_soft_and_hard_breaks() -> None:
    report = Report()
    read_part('# T {#t}\n\nun\ndeux `code`\ntrois\\\nquatre {rien}`x`\n', 'f.md', report)
    assert [(finding.span.line, finding.code) for finding in report.diagnostics] == [
        (4, 'lire.code'),
        (6, 'lire.role-inconnu'),
    ]


def test_lines_go_on_after_a_note() -> None:
    report = Report()
    read_part('# T {#t}\n\nun[^1]\ndeux `code`\n\n[^1]: note\n  suite `code`\n', 'f.md', report)
    assert sorted(finding.span.line for finding in report.diagnostics) == [4, 7]


def test_control_characters_written_as_entities_do_not_pass() -> None:
    assert '\x01' not in inline(read_inlines('a &#1; b &#x0; c', HERE, Report()))
