"""A version made ready to be handed over: which file is the document."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from portal_sample import dossier_for_the_portal, pdf

from pasbuild.cli import main
from pasbuild.depositing import deposit_published
from pasbuild.diagnostics import Report
from pasbuild.handover import opened, pieces
from pasbuild.project import Folder, read_dossier
from pasbuild.versions import find


@pytest.mark.parametrize('name', ['PAS-2023.pdf', 'SCAN.PDF'])
def test_a_published_document_is_handed_over_under_its_own_name(tmp_path: Path, name: str) -> None:
    root = tmp_path / 'dossier'
    dossier_for_the_portal(root)
    dossier = read_dossier(Folder(root), Report())
    assert dossier is not None
    (tmp_path / name).write_bytes(pdf())
    day = datetime.date(2023, 10, 12)
    assert deposit_published(dossier, root / 'versions', Report(), tmp_path / name, 'debattu', day) is not None
    with opened(find(root / 'versions'), Folder(root)) as version:
        (document,) = [piece for piece in pieces(version) if piece.principale]
    assert document.nom == name
    assert document.titre.startswith("Projet d'aménagement stratégique")
    done = CliRunner().invoke(main, ['export', 'gpu', 'debattu', '--dossier', str(root)])
    assert done.exit_code == 0, done.output
    assert (root / 'output/gpu/000123456_SCOT_00000000.zip').is_file()
