"""The gate of approval: what changed since the adopted version says why."""

from __future__ import annotations

import pytest
from comparison_sample import change
from store_sample import keep

from pasbuild.build import build, check
from pasbuild.diagnostics import Diagnostic, Report
from pasbuild.ocfl import object_folder
from pasbuild.project import Folder
from pasbuild.record import fingerprint

REASON = "Demande inventée de la commission."


def found(folder: Folder, etat: str) -> list[Diagnostic]:
    report = Report()
    check(folder, report, etat=etat)
    return [one for one in report.sorted() if one.code.startswith('version.')]


def owners(folder: Folder, etat: str = 'approuve') -> list[str]:
    return [one.message.split()[1] for one in found(folder, etat)]


@pytest.fixture
def changed(mini: Folder) -> Folder:
    """A dossier changed since its adopted version, the only one kept."""
    keep(mini.root, mini.root / 'versions', 'arrete')
    change(mini.root)
    return mini


@pytest.mark.parametrize('etat', ['approuve', 'transmis_publie', 'executoire', 'suspendu'])
def test_an_objective_changed_without_a_reason_is_found_at_its_line(changed: Folder, etat: str) -> None:
    assert owners(changed, etat) == ['obj-logements', 'obj-services', 'obj-neuf']
    first = found(changed, etat)[0]
    assert (first.code, first.level, first.span.file) == ('version.motif', 'erreur', 'content/20-vallee.md')
    line = (changed.root / first.span.file).read_text(encoding='utf-8').split('\n')[first.span.line - 1]
    assert '{#obj-logements' in line
    assert "depuis la version arrêtée (v1)" in first.message


@pytest.mark.parametrize('etat', ['', 'arrete', 'soumis_enquete'])
def test_nothing_is_asked_before_approval(changed: Folder, etat: str) -> None:
    assert found(changed, etat) == []


def test_reasons_are_enough(changed: Folder) -> None:
    text = ''.join(f'{name}: {REASON}\n' for name in owners(changed))
    (changed.root / 'content/motifs.yaml').write_text(text, encoding='utf-8')
    assert found(changed, 'approuve') == []


def test_the_trajectory_is_found_in_its_file(mini: Folder) -> None:
    keep(mini.root, mini.root / 'versions', 'arrete')
    path = mini.root / 'content/trajectoire.yaml'
    path.write_text(path.read_text(encoding='utf-8').replace('objectif_ha: 0', 'objectif_ha: 1'), encoding='utf-8')
    assert [one.span.file for one in found(mini, 'approuve')] == ['content/trajectoire.yaml']


def test_an_objective_taken_away_needs_its_reason_too(mini: Folder) -> None:
    path = mini.root / 'content/20-vallee.md'
    text = path.read_text(encoding='utf-8')
    path.write_text(f'{text}\n### Un objectif de plus {{#obj-parti .objectif}}\n\nIl part.\n', encoding='utf-8')
    keep(mini.root, mini.root / 'versions', 'arrete')
    path.write_text(text, encoding='utf-8')
    assert [(one.message.split()[1], one.span.file) for one in found(mini, 'approuve')] == [
        ('obj-parti', 'content/motifs.yaml')
    ]


def test_the_last_adopted_version_counts(changed: Folder) -> None:
    keep(changed.root, changed.root / 'versions', 'arrete')
    assert owners(changed) == []


@pytest.mark.parametrize(('etat', 'reconstruit'), [('debattu', False), ('soumis_enquete', False), ('arrete', True)])
def test_without_an_adopted_version_and_its_sources_nothing_changes(mini: Folder, etat: str, reconstruit: bool) -> None:
    keep(mini.root, mini.root / 'versions', etat, reconstruit=reconstruit)
    change(mini.root)
    assert owners(mini) == []


def test_without_a_store_nothing_changes(mini: Folder) -> None:
    change(mini.root)
    assert owners(mini) == []


def test_a_damaged_store_forbids_approval(changed: Folder) -> None:
    folder = object_folder(changed.root / 'versions')
    assert folder is not None
    (folder / 'v1/content/sources/content/20-vallee.md').write_text('autre', encoding='utf-8')
    assert [one.code for one in found(changed, 'approuve')] == ['version.abime']
    assert found(changed, 'arrete') == []


def test_build_says_it_and_writes_nothing(changed: Folder) -> None:
    report = Report()
    assert build(changed, report, etat='approuve') is None
    assert 'version.motif' in {one.code for one in report.diagnostics}
    assert not (changed.root / 'output').exists()


def test_a_build_is_known_again_only_with_the_same_versions(mini: Folder) -> None:
    before = fingerprint(mini.root)
    keep(mini.root, mini.root / 'versions', 'arrete')
    one = fingerprint(mini.root)
    keep(mini.root, mini.root / 'versions', 'soumis_avis')
    assert len({before, one, fingerprint(mini.root)}) == 3


def test_an_adopted_version_that_no_longer_reads_is_said(changed: Folder) -> None:
    """Nothing is asked for, and it does not pass for checked."""
    store = changed.root / 'versions'
    path = changed.root / 'content/dossier.yaml'
    text = path.read_text(encoding='utf-8')
    path.write_text(text + 'champ_d_autrefois: 1\n', encoding='utf-8')
    keep(changed.root, store, 'arrete')
    path.write_text(text, encoding='utf-8')
    assert [one.code for one in found(changed, 'approuve')] == ['version.non-comparee']
