"""A copy nobody edited gives no change, whatever program saved it again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from review_sample import read_back, sent

TESTS = Path(__file__).parent
CHAINS = {'frais': (), 'docx': ('docx',), 'odt': ('odt', 'docx')}
"""Formats in which LibreOffice saves the copy, one after the other."""
SAMPLES = [
    pytest.param(TESTS / 'samples' / 'mini', (), id='mini'),
    pytest.param(TESTS / 'samples' / 'complet', (), id='complet', marks=pytest.mark.slow),
    pytest.param(
        TESTS / 'samples' / 'complet', ('50-habiter.md', '40-armature.md'), id='parties', marks=pytest.mark.slow
    ),
    pytest.param(TESTS.parent, (), id='dossier', marks=pytest.mark.slow),
    pytest.param(TESTS.parent, ('40-enjeux.md', '60-gd1.md'), id='parties-dossier', marks=pytest.mark.slow),
]


@pytest.mark.libreoffice
@pytest.mark.xdist_group('libreoffice')
@pytest.mark.skipif(shutil.which('soffice') is None, reason="LibreOffice manque : paquet Debian « libreoffice-writer »")
@pytest.mark.parametrize(('sample', 'only'), SAMPLES)
def test_untouched_copy_gives_no_change(sample: Path, only: tuple[str, ...], tmp_path: Path) -> None:
    for name in ('content', 'figures', 'templates'):
        if (sample / name).is_dir():
            shutil.copytree(sample / name, tmp_path / 'dossier' / name, ignore=shutil.ignore_patterns('avis'))
    data, base = sent(tmp_path / 'dossier', only=only)
    for name, formats in CHAINS.items():
        found = read_back(saved(data, tmp_path / name, formats), base)
        assert (name, found.changes, found.unplaced, found.comments) == (name, (), (), ())
        assert found.export_id == base.id


def saved(data: bytes, folder: Path, formats: tuple[str, ...]) -> bytes:
    """Return a Word file as LibreOffice saves it, in each format after the other."""
    folder.mkdir()
    path = folder / 'copie.docx'
    path.write_bytes(data)
    for number, wanted in enumerate(formats):
        target = folder / str(number)
        profile = f'-env:UserInstallation=file://{folder}/profil'
        command = ['soffice', profile, '--headless', '--convert-to', wanted, '--outdir', str(target), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        path = target / f'copie.{wanted}'
    return path.read_bytes()
