"""The catalogue of diagnostics and the source that reports them, held together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pasbuild.catalogue import CATALOGUE, FAMILIES, explanation, markdown
from pasbuild.typography import NBSP

ROOT = Path(__file__).parents[1]
CODE = re.compile(rf"'((?:{'|'.join(FAMILIES)})\.[a-z]+(?:-[a-z]+)*)'")
FILES = {'pdf.css', 'armature.yaml', 'procedure.yaml', 'trajectoire.yaml', 'gpu.yaml', 'version.json'}


def test_codes_of_the_source_and_of_the_catalogue_are_the_same() -> None:
    sources = [path.read_text(encoding='utf-8') for path in (ROOT / 'src' / 'pasbuild').glob('*.py')]
    used = {code for source in sources for code in CODE.findall(source)} - FILES
    assert used == set(CATALOGUE)


def test_the_page_of_the_documentation_is_current() -> None:
    current = (ROOT / 'docs' / 'diagnostics.md').read_text(encoding='utf-8')
    assert current == markdown(), (
        'python -c "from pasbuild.catalogue import markdown; print(markdown(), end=\'\')" > docs/diagnostics.md'
    )


@pytest.mark.parametrize('code', CATALOGUE)
def test_explanation_fits_a_terminal_and_has_its_three_parts(code: str) -> None:
    lines = explanation(code).split('\n')
    assert lines[0].startswith(f'{code}{NBSP}: ')
    assert max(map(len, lines)) <= 100
    assert any(line.startswith(f'  Que faire{NBSP}: ') for line in lines)
    assert "'" not in re.sub('`[^`]*`', '', explanation(code).replace('\n', ' '))
