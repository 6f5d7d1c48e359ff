"""Findings and their three forms."""

from __future__ import annotations

import json

import pytest

from pasbuild.diagnostics import ExitCode, PasbuildError, Report, nearest, render, summary
from pasbuild.model import Span


@pytest.fixture
def report() -> Report:
    report = Report()
    report.add('ref.introuvable', Span('content/b.md', 12), "Le renvoi « #a » ne mène nulle part.", "Écrivez\n100 %.")
    report.warn('figure.inutilisee', Span('figures/a,b:c.yaml'), "Placée nulle part.")
    report.add('lire.html', Span('content/a.md', 3), "Pas de HTML.")
    return report


def test_same_finding_twice_is_kept_once(report: Report) -> None:
    report.add('lire.html', Span('content/a.md', 3), "Pas de HTML.")
    assert len(report.diagnostics) == 3


def test_many_findings_stay_quick() -> None:
    report = Report()
    for line in range(20_000):
        report.add('donnee.type', Span('a.csv', line), "Mauvais.")
    assert report.count('erreur') == 20_000


def test_counts_and_failure(report: Report) -> None:
    assert (report.count('erreur'), report.count('avertissement')) == (2, 1)
    assert report.failed()
    assert summary(report) == "2 erreurs, 1 avertissement"
    warned = Report()
    warned.warn('a', Span('f'), 'm')
    assert not warned.failed()
    assert warned.failed(strict=True)
    assert summary(Report()) == ''


def test_text(report: Report) -> None:
    assert render(report, 'text').split('\n')[0] == "content/a.md:3: erreur [lire.html] Pas de HTML."
    assert "\n    piste : Écrivez" in render(report, 'text')
    assert "figures/a,b:c.yaml: avertissement" in render(report, 'text')
    assert render(Report(), 'text') == ''


def test_json(report: Report) -> None:
    found = json.loads(render(report, 'json'))
    assert (found['erreurs'], found['avertissements']) == (2, 1)
    assert found['diagnostics'][0] == {
        'code': 'lire.html',
        'niveau': 'erreur',
        'message': "Pas de HTML.",
        'fichier': 'content/a.md',
        'ligne': 3,
        'piste': '',
    }


def test_github_escapes(report: Report) -> None:
    lines = render(report, 'github').split('\n')
    assert len(lines) == 3
    assert lines[1].endswith("nulle part. Écrivez%0A100 %25.")
    assert lines[2].startswith('::warning file=figures/a%2Cb%3Ac.yaml,line=1,title=figure.inutilisee::')


def test_nearest() -> None:
    assert nearest('comunes', ['communes', 'faits']) == "Nom le plus proche : « communes »."
    assert nearest('zzz', ['b', 'a']) == "Noms possibles : « a », « b »."
    assert nearest('zzz', [f'n{i:02}' for i in range(20)]).endswith('« n11 »…')
    assert nearest('x', []) == ''


def test_the_exit_code_of_an_error_reaches_the_shell() -> None:
    assert PasbuildError("x", ExitCode.TOOL_MISSING).exit_code == 3
    assert PasbuildError("x").exit_code == 1
