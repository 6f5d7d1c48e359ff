"""What is written about pasbuild stays true: commands, options, generated files, links, the two first commands."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from pasbuild.cli import main
from pasbuild.figures import AnyFigure
from pasbuild.jsonschemas import schemas

ROOT = Path(__file__).parents[1]
GUIDES = sorted([ROOT / 'README.md', *(ROOT / 'docs').glob('*.md')])


def test_every_command_and_option_is_documented() -> None:
    guide = (ROOT / 'docs/commandes.md').read_text(encoding='utf-8')
    for name, command in main.commands.items():
        assert f'## `pasbuild {name}' in guide
        for option in (parameter for parameter in command.params if isinstance(parameter, click.Option)):
            assert any(f'{flag}' in guide for flag in option.opts), (name, option.opts)
            assert option.help, (name, option.name)


def test_every_figure_type_is_documented() -> None:
    guide = (ROOT / 'docs/figures.md').read_text(encoding='utf-8')
    models = AnyFigure.__origin__.__args__  # type: ignore[attr-defined]
    for model in models:
        kind = model.model_fields['type'].annotation.__args__[0]
        assert f'`{kind}`' in guide


@pytest.mark.parametrize('name', sorted(schemas()))
def test_committed_schemas_are_current(name: str) -> None:
    assert (ROOT / 'docs/schemas' / name).read_bytes() == schemas()[name], 'run: pasbuild schema'


@pytest.mark.parametrize('guide', GUIDES, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(guide: Path) -> None:
    for target in re.findall(r'\]\((?!https?:|#|figure:)([^)#\s]+)', guide.read_text(encoding='utf-8')):
        assert (guide.parent / target).exists(), target


def test_readme_opens_with_the_two_commands_that_matter() -> None:
    readme = (ROOT / 'README.md').read_text(encoding='utf-8')
    makefile = (ROOT / 'Makefile').read_text(encoding='utf-8')
    commands = re.findall(r'^make (\w+)', readme, re.MULTILINE)
    assert commands[:2] == ['dossier', 'test']
    assert all(re.search(rf'^{command}:', makefile, re.MULTILINE) for command in commands)


def test_licence_is_named_by_its_spdx_id() -> None:
    assert 'license = "EUPL-1.2"' in (ROOT / 'pyproject.toml').read_text(encoding='utf-8')
    assert 'SPDX-License-Identifier: EUPL-1.2' in (ROOT / 'LICENSE').read_text(encoding='utf-8')


def test_lock_files_carry_hashes_and_no_address() -> None:
    for name in ('requirements.lock', 'requirements-dev.lock'):
        text = (ROOT / name).read_text(encoding='utf-8')
        assert '--hash=sha256:' in text
        assert '://' not in text
