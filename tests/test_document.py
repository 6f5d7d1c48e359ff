"""The whole dossier, read."""

from __future__ import annotations

import pytest

from pasbuild.diagnostics import Report
from pasbuild.document import read_project
from pasbuild.model import walk
from pasbuild.project import Folder


def change(folder: Folder, old: str, new: str, name: str = 'content/dossier.yaml') -> None:
    path = folder.root / name
    text = path.read_text(encoding='utf-8')
    assert old in text
    path.write_text(text.replace(old, new), encoding='utf-8')


def test_parts_come_in_the_order_of_the_dossier(mini: Folder) -> None:
    project = read_project(mini, Report())
    assert project is not None
    assert [part.id for part in project.document.parts] == [
        'couverture', 'colophon', 'sommaire', 'contexte', 'gd-vallee', 'methode',
        'correspondance', 'donnees-figures', 'sources', 'glossaire', 'listes',
    ]  # fmt: skip
    assert [part.accent for part in project.document.parts[3:6]] == [0, 1, 0]
    assert project.document.parts[4].label == "Grande dynamique n°\u00a01"


def test_the_sample_has_no_finding(mini: Folder) -> None:
    report = Report()
    assert read_project(mini, report) is not None
    assert not report.diagnostics


def test_parts_may_be_left_out_or_moved(mini: Folder) -> None:
    change(mini, '  - sommaire\n', '')
    change(mini, '  - listes\n', '  - listes\n  - sommaire\n')
    report = Report()
    project = read_project(mini, report)
    assert project is not None
    assert project.document.parts[-1].id == 'sommaire'
    assert not report.diagnostics


def test_a_part_listed_twice_is_printed_once(mini: Folder) -> None:
    change(mini, '  - listes\n', '  - listes\n  - 30-methode.md\n')
    project = read_project(mini, Report())
    assert project is not None
    assert [part.id for part in project.document.parts].count('methode') == 1


def test_a_part_that_cannot_be_read_leaves_the_others(mini: Folder) -> None:
    (mini.root / 'content' / '30-methode.md').write_bytes(b'\xff\xfe')
    report = Report()
    project = read_project(mini, report)
    assert project is not None
    assert 'gd-vallee' in {block.id for block in walk(project.document)}
    assert [finding.code for finding in report.diagnostics] == ['lire.encodage']


def test_without_its_settings_nothing_is_read_but_faults_are_still_reported(mini: Folder) -> None:
    change(mini, 'scot:', 'scott:')
    (mini.root / 'content' / 'data' / 'faits.csv').write_text('fait\n', encoding='utf-8')
    report = Report()
    assert read_project(mini, report) is None
    assert {'lire.cle-inconnue', 'lire.champ-manquant', 'donnee.vide'} <= {
        finding.code for finding in report.diagnostics
    }


@pytest.mark.parametrize('name', ['glossaires', '40-absent.md'])
def test_a_faulty_part_is_reported_where_it_is_listed(mini: Folder, name: str) -> None:
    line = len((mini.root / 'content' / 'dossier.yaml').read_text(encoding='utf-8').split('\n'))
    change(mini, '  - listes\n', f'  - listes\n  - {name}\n')
    report = Report()
    read_project(mini, report)
    assert [(finding.span.file, finding.span.line) for finding in report.diagnostics] == [
        ('content/dossier.yaml', line)
    ]
