"""Hostile dossiers: nothing outside is read, nothing blows up, nothing takes long, everything is said."""

from __future__ import annotations

import os
import socket
import time
import urllib.request
from pathlib import Path

import pytest

from pasbuild.build import check
from pasbuild.diagnostics import Report
from pasbuild.model import Paragraph, plain, walk
from pasbuild.project import Folder
from pasbuild.reader import read_part
from pasbuild.yamlfile import read_yaml

SECRET = 'le-secret-du-dehors'


def found(folder: Folder) -> set[str]:
    report = Report()
    check(folder, report)
    assert SECRET not in ''.join(finding.message + finding.hint for finding in report.diagnostics)
    return {finding.code for finding in report.diagnostics}


@pytest.mark.parametrize(
    'name',
    [
        'content/30-methode.md',
        'content/dossier.yaml',
        'content/lexique.yaml',
        'content/data/communes.csv',
        'figures/fig-usages.yaml',
    ],
)
def test_links_out_of_the_dossier_are_not_followed(mini: Folder, tmp_path: Path, name: str) -> None:
    (tmp_path / 'dehors').write_text(f'# {SECRET} {{#secret}}\n', encoding='utf-8')
    (mini.root / name).unlink()
    (mini.root / name).symlink_to(os.path.relpath(tmp_path / 'dehors', (mini.root / name).parent))
    assert 'securite.chemin' in found(mini)


def test_a_folder_linked_out_of_the_dossier_is_not_followed(mini: Folder, tmp_path: Path) -> None:
    (mini.root / 'content' / 'data').rename(tmp_path / 'data')
    (mini.root / 'content' / 'data').symlink_to(tmp_path / 'data')
    assert 'securite.chemin' in found(mini)


def test_a_folder_where_a_file_is_expected(mini: Folder) -> None:
    (mini.root / 'content' / '30-methode.md').unlink()
    (mini.root / 'content' / '30-methode.md').mkdir()
    (mini.root / 'figures' / 'fig-dossier.yaml').mkdir()
    assert 'lire.fichier-absent' in found(mini)


def test_null_bytes_everywhere(mini: Folder) -> None:
    for path in sorted(mini.root.rglob('*')):
        if path.suffix in ('.md', '.csv', '.yaml', '.geojson'):
            path.write_bytes(path.read_bytes() + b'\n# \0 \x1b[31m\n')
    assert 'lire.caractere' in found(mini)


def test_control_characters_written_as_escapes_do_not_reach_the_document(mini: Folder) -> None:
    path = mini.root / 'content' / 'dossier.yaml'
    path.write_text(
        path.read_text(encoding='utf-8').replace("scot: Val-d'Exemple", 'scot: "Val\\0\\x1b"'), encoding='utf-8'
    )
    geo = mini.root / 'content' / 'data' / 'contours.geojson'
    geo.write_text(geo.read_text(encoding='utf-8').replace('"Nord"', '"No\\u0000rd"'), encoding='utf-8')
    report = Report()
    checked = check(mini, report)
    assert checked is not None
    assert [finding.code for finding in report.diagnostics] == ['lire.caractere']
    assert checked[0].dossier.scot == 'Val'
    assert checked[0].data['contours'].rows[0]['epci'] == 'Nord'


@pytest.mark.parametrize(
    'text', ['[' * 100_000, '{a: ' * 50_000, '- ' * 100_000, '? ' * 50_000, '"' * 99_999, '&a ' * 10_000]
)
def test_deep_yaml_does_not_exhaust_the_reader(text: str) -> None:
    report = Report()
    assert read_yaml(text, 'f.yaml', report) is None
    assert report.failed()


LONG = 4_000


@pytest.mark.parametrize(
    'text',
    [
        '\n'.join('  ' * depth + '- x' for depth in range(500)),
        '>' * LONG + 'x',
        ':::encadre\n' * LONG,
        '[' * LONG,
        '![](' * LONG,
        '*a ' * LONG,
        '**a _b ' * LONG,
        '{val}`' * LONG,
        '`a' * LONG,
        '<a ' * LONG,
        '^a' * LONG,
        '[^a]' * LONG,
        '| a ' * LONG + '\n' + '|---' * LONG,
        '#' * LONG,
        '{' * LONG + '\n' + '# ' + '{' * LONG,
        '# ' + '{#a ' * LONG,
        '# ' + ' ' * LONG + '{',
        ':::tableau {' + 'a=b ' * LONG + '}',
        'a ' * 50_000,
        '&amp;' * LONG,
        '- ' * LONG,
        '1. ' * LONG,
        '\n: x' * LONG,
        '«' * LONG + ' ' * LONG + '1 000 ' * LONG,
    ],
    ids=lambda text: text[:12].replace('\n', '/'),
)
def test_any_markdown_is_read_in_reasonable_time(text: str) -> None:
    start = time.process_time()
    read_part(f'# T {{#t}}\n\n{text}\n', 'f.md', Report())
    assert time.process_time() - start < 5


def test_deep_lists_are_reported_since_what_is_too_deep_is_lost() -> None:
    text = '\n'.join('  ' * depth + f'- niveau {depth}' for depth in range(14))
    report = Report()
    part = read_part(f'# T {{#t}}\n\n{text}\n', 'f.md', report)
    assert part is not None
    assert "niveau 9" in ' '.join(plain(block.children) for block in walk(part) if isinstance(block, Paragraph))
    assert [(finding.code, finding.span.line) for finding in report.diagnostics] == [('lire.syntaxe', 12)]


def test_the_network_is_closed_in_tests() -> None:
    with pytest.raises(AssertionError, match='look up'):
        socket.create_connection(('127.0.0.1', 9))
    with socket.socket() as closed, pytest.raises(AssertionError, match='reach'):
        closed.connect(('127.0.0.1', 9))
    with pytest.raises(AssertionError):
        urllib.request.urlopen('http://example.org')
    left, right = socket.socketpair()
    left.sendall(b'x')
    assert right.recv(1) == b'x'
    left.close()
    right.close()
