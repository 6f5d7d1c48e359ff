"""What the commands share: their common options, the dossier they work on, sizes as French readers write them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pasbuild.diagnostics import Format, Report
    from pasbuild.project import Folder

FORMAT = click.option(
    '--format',
    'output_format',
    type=click.Choice(['text', 'json', 'github']),
    default='text',
    show_default=True,
    help="Forme des diagnostics : texte, JSON, ou annotations d'un hébergeur de code.",
)
TEXT_OR_JSON = click.option(
    '--format',
    'output_format',
    type=click.Choice(['text', 'json']),
    default='text',
    show_default=True,
    help="Texte pour être lu, JSON pour un programme ou une archive.",
)
STRICT = click.option('--strict', is_flag=True, help="Traiter les avertissements comme des erreurs.")
ROOT = click.option(
    '--dossier',
    'root',
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Dossier à traiter (par défaut : celui où l'on est, ou un dossier au-dessus).",
)
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
ETAT = click.option(
    '--etat', default='', help="Fabriquer ou contrôler comme si le document était dans cet état (par défaut : le sien)."
)

AUTORITES = click.option(
    '--autorites',
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Certificats des autorités et listes de révocation : fichiers ou dossiers. Répétable.",
)


def find_folder(root: Path) -> Folder:
    """Return the dossier around ``root``. Raises PasbuildError when there is none."""
    from pasbuild.project import find_root

    return find_root(root.resolve())


def print_findings(report: Report, output_format: Format) -> None:
    """Print the findings of a command: on standard error for people, on standard output for a program."""
    from pasbuild.diagnostics import render

    text = render(report, output_format)
    if text:
        click.echo(text, err=output_format == 'text')


def size(octets: int) -> str:
    """Return a number of bytes in Mo or ko."""
    return f"{decimal(octets / 1e6)} Mo" if octets >= 1e6 else f"{octets // 1000} ko"


def decimal(number: float) -> str:
    """Return a number with one decimal and a comma."""
    return f'{number:.1f}'.replace('.', ',')
