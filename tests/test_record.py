"""The record of a build: it vouches for what it read and wrote, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pasbuild.cache import engine
from pasbuild.diagnostics import Diagnostic
from pasbuild.model import Span
from pasbuild.project import Folder
from pasbuild.record import Record, fingerprint, inputs, recall, remember

ASKED = ['formats=pdf', 'strict=False']


@pytest.fixture
def record(mini: Folder) -> Record:
    output = mini.root / 'output' / 'pas.pdf'
    output.parent.mkdir()
    output.write_bytes(b'pdf')
    finding = Diagnostic(Span('content/a.md', 3), 'lire.html', "Un message.", "Une piste.", 'avertissement')
    return Record((output,), 17, (finding,))


def test_what_was_built_is_recalled(mini: Folder, record: Record) -> None:
    inputs = fingerprint(mini.root)
    assert recall(mini.root, ASKED, inputs) is None
    remember(mini.root, ASKED, inputs, record)
    assert recall(mini.root, ASKED, fingerprint(mini.root)) == record
    assert recall(mini.root, ['formats=docx'], inputs) is None


def edit(name: str) -> Callable[[Folder], object]:
    return lambda folder: (folder.root / name).write_bytes(b'other')


@pytest.mark.parametrize(
    'change',
    [
        edit('content/10-contexte.md'),
        edit('content/data/nouveau.csv'),
        edit('figures/fig-usages.yaml'),
        edit('output/pas.pdf'),
        lambda folder: (folder.root / 'output/pas.pdf').unlink(),
        lambda folder: (folder.root / 'content/10-contexte.md').rename(folder.root / 'content/11-contexte.md'),
    ],
)
def test_any_change_is_seen(mini: Folder, record: Record, change: Callable[[Folder], object]) -> None:
    remember(mini.root, ASKED, fingerprint(mini.root), record)
    change(mini)
    assert recall(mini.root, ASKED, fingerprint(mini.root)) is None


def test_templates_and_linked_folders_count(mini: Folder, tmp_path: Path) -> None:
    before = fingerprint(mini.root)
    (mini.root / 'templates').mkdir()
    (mini.root / 'templates' / 'pdf.css').write_text('p{}')
    shared = tmp_path / 'commun'
    shared.mkdir()
    (mini.root / 'content' / 'commun').symlink_to(shared)
    (mini.root / 'content' / 'boucle').symlink_to(mini.root / 'content')
    linked = fingerprint(mini.root)
    (shared / 'a.csv').write_text('a')
    assert len({before, linked, fingerprint(mini.root)}) == 3


def test_another_program_builds_again(mini: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(mini.root)
    monkeypatch.setattr('pasbuild.record.engine', lambda: 'another')
    assert fingerprint(mini.root) != before
    assert engine() != 'another'


def test_a_file_changed_while_building_is_not_vouched_for(mini: Folder, record: Record) -> None:
    inputs = fingerprint(mini.root)
    edit('content/10-contexte.md')(mini)
    remember(mini.root, ASKED, inputs, record)
    assert recall(mini.root, ASKED, inputs) is None
    assert not (mini.root / '.cache').exists()


def test_a_dossier_that_cannot_be_read_has_a_fingerprint(mini: Folder) -> None:
    (mini.root / 'content' / 'perdu.md').symlink_to(mini.root / 'absent')
    assert fingerprint(mini.root)


def test_ledger_of_the_review_and_the_sendings_it_cites_are_sources(mini: Folder) -> None:
    """The part that prints the ledger reads them: a version kept without them could not be made again."""
    before = [*inputs(mini.root)]
    avis = mini.root / 'content/avis'
    for name in ('exports/0123456789ab.json', 'exports/ba9876543210.json', 'retours/martin.yaml'):
        path = avis / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{}', encoding='utf-8')
    assert [*inputs(mini.root)] == before
    ledger = avis / 'registre.yaml'
    ledger.write_text("blocs:\n  a:\n    modifications:\n    - id: x\n      export: '0123456789ab'\n", encoding='utf-8')
    assert {*inputs(mini.root)} - {*before} == {ledger, avis / 'exports/0123456789ab.json'}
