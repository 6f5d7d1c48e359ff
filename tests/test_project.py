"""The folder of a dossier: a closed world, read safely."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from pasbuild.diagnostics import PasbuildError, Report
from pasbuild.model import Span
from pasbuild.project import (
    MAX_BYTES,
    Dossier,
    Folder,
    Horizon,
    MaitreOuvrage,
    Niveau,
    find_root,
    read_dossier,
    read_lexique,
)

HERE = Span('content/dossier.yaml', 4)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    root = tmp_path / 'dossier'
    (root / 'content').mkdir(parents=True)
    (root / 'content' / 'a.md').write_text('# Été {#ete}\n', encoding='utf-8')
    (tmp_path / 'secret.txt').write_text('secret', encoding='utf-8')
    return Folder(root)


def code_of(folder: Folder, name: str) -> str:
    report = Report()
    assert folder.text(name, HERE, report) is None
    [finding] = report.diagnostics
    return finding.code


@pytest.mark.parametrize(
    ('name', 'code'),
    [
        ('../secret.txt', 'securite.chemin'),
        ('content/../../secret.txt', 'securite.chemin'),
        ('/etc/hostname', 'securite.chemin'),
        ('C:/x', 'securite.chemin'),
        ('content\\a.md', 'securite.chemin'),
        ('file:content/a.md', 'securite.chemin'),
        ('http://example.org/x', 'securite.chemin'),
        ('content', 'lire.fichier-absent'),
        ('', 'lire.fichier-absent'),
        ('content/b.md', 'lire.fichier-absent'),
        ('absent/b.md', 'lire.fichier-absent'),
        (f'content/{"a" * 300}.md', 'lire.fichier-absent'),
        ('content/a.md/b.md', 'lire.fichier-absent'),
    ],
)
def test_refused_paths(folder: Folder, name: str, code: str) -> None:
    assert code_of(folder, name) == code


def test_links_are_followed_inside_and_refused_outside(folder: Folder) -> None:
    content = folder.root / 'content'
    (content / 'dehors.md').symlink_to('../../secret.txt')
    (content / 'dossier').symlink_to('../..')
    (content / 'dedans.md').symlink_to('a.md')
    (content / 'boucle.md').symlink_to('boucle.md')
    assert code_of(folder, 'content/dehors.md') == 'securite.chemin'
    assert code_of(folder, 'content/dossier/secret.txt') == 'securite.chemin'
    assert code_of(folder, 'content/boucle.md') in ('lire.fichier-absent', 'securite.chemin')
    assert folder.text('content/dedans.md', HERE, Report()) == '# Été {#ete}\n'


def test_special_files_are_not_read(folder: Folder) -> None:
    os.mkfifo(folder.root / 'content' / 'tuyau.md')
    assert code_of(folder, 'content/tuyau.md') == 'lire.fichier-absent'


def test_absent_file_names_the_nearest_and_where_it_is_cited(folder: Folder) -> None:
    report = Report()
    folder.text('content/A.md', HERE, report)
    assert report.diagnostics[0].span == HERE
    assert "« a.md »" in report.diagnostics[0].hint


@pytest.mark.parametrize(
    ('data', 'code', 'line'),
    [
        (b'', 'lire.fichier-vide', 0),
        (b' \n\t\n', 'lire.fichier-vide', 0),
        ('un\ndeux\nété'.encode('cp1252'), 'lire.encodage', 3),
        ('été'.encode('utf-16'), 'lire.encodage', 1),
    ],
)
def test_unreadable_content(folder: Folder, data: bytes, code: str, line: int) -> None:
    (folder.root / 'b.md').write_bytes(data)
    report = Report()
    assert folder.text('b.md', HERE, report) is None
    assert [(finding.code, finding.span) for finding in report.diagnostics] == [(code, Span('b.md', line))]


def test_too_large_a_file_is_not_read(folder: Folder) -> None:
    path = folder.root / 'gros.csv'
    path.write_bytes(b'a')
    os.truncate(path, MAX_BYTES + 1)
    assert code_of(folder, 'gros.csv') == 'securite.taille'


def test_line_ends_and_byte_order_mark_are_normalised(folder: Folder) -> None:
    (folder.root / 'b.md').write_bytes('\ufeffun\r\ndeux\rtrois\n'.encode())
    assert folder.text('b.md', HERE, Report()) == 'un\ndeux\ntrois\n'


def test_control_characters_are_reported_and_left_out(folder: Folder) -> None:
    (folder.root / 'b.md').write_bytes(b'un\nde\x00ux\x08\n')
    report = Report()
    assert folder.text('b.md', HERE, report) == 'un\ndeux\n'
    assert [(finding.code, finding.span.line) for finding in report.diagnostics] == [('lire.caractere', 2)]


def test_root_is_found_from_below(mini: Folder) -> None:
    assert find_root(mini.root / 'content' / 'data') == mini
    with pytest.raises(PasbuildError, match='pasbuild init'):
        find_root(mini.root.parent)


def test_dossier_of_mini(mini: Folder) -> None:
    report = Report()
    dossier = read_dossier(mini, report)
    assert dossier is not None
    assert (dossier.scot, dossier.date.year, dossier.horizon.debut) == ("Val-d’Exemple", 2026, 2027)
    assert dossier.niveaux.axe.nom == 'axe'
    assert read_lexique(mini, report).sigles['PAS'] == "projet d’aménagement stratégique"
    assert not report.diagnostics


def test_a_dossier_without_glossary_has_an_empty_one(mini: Folder) -> None:
    (mini.root / 'content' / 'lexique.yaml').unlink()
    report = Report()
    assert read_lexique(mini, report).sigles == {}
    assert not report.diagnostics


@pytest.mark.parametrize(
    ('model', 'values'),
    [
        (MaitreOuvrage, {'nom': 'x', 'siren': '12'}),
        (Horizon, {'debut': 1999}),
        (Niveau, {'nom': 'a', 'pluriel': 'b', 'numero': '{4}'}),
        (Niveau, {'nom': 'a', 'pluriel': 'b', 'numero': 'sans'}),
        (Dossier, {}),
    ],
)
def test_models_refuse(model: type, values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        model(**values)
