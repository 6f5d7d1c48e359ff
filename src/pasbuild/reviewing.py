"""The commands of a review: send a copy to a reviewer.

Apart from ``cli.py``, which makes the document; the same rules: parse, one call, print, exit code, nothing heavy imported early.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pasbuild.options import FORMAT, ROOT, find_folder, size

if TYPE_CHECKING:
    from pasbuild.diagnostics import Format


@click.group(
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    short_help="Faire relire le document dans Word.",
    help="Faire relire le document dans Word ou LibreOffice.",
)
def review() -> None:
    """Group of the commands of a review."""


@review.command(
    short_help="Fabriquer une copie à faire relire.",
    help="Fabriquer une copie Word à faire relire : suivi des modifications en marche, parties fabriquées verrouillées. "
    "Ce qui est envoyé est gardé dans content/avis/exports/.",
)
@click.option('--relecteur', default='', help="Nom de la personne ou du service à qui la copie est confiée.")
@click.option(
    '--only',
    'parts',
    multiple=True,
    metavar='PARTIE',
    help="N'envoyer que cette partie, par son nom dans dossier.yaml. Répétable.",
)
@click.option(
    '--output',
    type=click.Path(dir_okay=False, path_type=Path),
    help="Fichier à écrire (par défaut : dans output/relecture/, sous un nom qui dit ce qu'il est).",
)
@FORMAT
@ROOT
def export(relecteur: str, parts: tuple[str, ...], output: Path | None, output_format: Format, root: Path) -> None:
    """Make a review copy."""
    from pasbuild.diagnostics import Report, render, summary
    from pasbuild.reviewexport import export as run

    if output is not None and output.suffix.lower() != '.docx':
        raise click.UsageError(f"--output attend un fichier .docx, pas « {output.name} ».")
    report = Report()
    done = run(find_folder(root), report, relecteur, parts, output)
    text = render(report, output_format)
    if text:
        click.echo(text, err=output_format == 'text')
    if done is None:
        click.echo(f"{summary(report)} : copie de relecture non produite", err=True)
        sys.exit(1)
    if output_format == 'text':
        click.echo(f"{done.copy}  ({size(done.copy.stat().st_size)})")
        click.echo(f"{done.base}  (à garder avec le dossier : {done.paragraphs} paragraphes à relire)")
