"""The command that writes the template of the Word file: parse, one call, print, exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pasbuild.options import FORMAT, ROOT, find_folder, print_findings, size

if TYPE_CHECKING:
    from pasbuild.diagnostics import Format


@click.command(
    name='docx-template',
    short_help="Écrire le gabarit du document Word.",
    help="Écrire le gabarit du document Word : chaque style sur une ligne qui dit à quoi il sert. Changez-y les styles dans "
    "Word ou LibreOffice, puis enregistrez-le sous templates/template.docx.",
)
@click.option(
    '--output',
    type=click.Path(dir_okay=False, path_type=Path),
    help="Fichier à écrire (par défaut : output/template.docx).",
)
@FORMAT
@ROOT
def docx_template(output: Path | None, output_format: Format, root: Path) -> None:
    """Write the template, from the theme, or from the template in use, completed."""
    from pasbuild.build import write_files
    from pasbuild.diagnostics import Report, summary
    from pasbuild.project import read_dossier
    from pasbuild.theme import find_theme
    from pasbuild.wordlook import find_look
    from pasbuild.wordtemplate import write_template

    if output is not None and output.suffix.lower() != '.docx':
        raise click.UsageError(f"--output attend un fichier .docx, pas « {output.name} ».")
    folder, report = find_folder(root), Report()
    dossier, theme = read_dossier(folder, report), find_theme(folder, report)
    look = find_look(folder, theme, report) if theme is not None else None
    print_findings(report, output_format)
    if dossier is None or theme is None or report.failed():
        click.echo(f"{summary(report)} : gabarit non produit", err=True)
        sys.exit(1)
    path = output or folder.root / 'output' / 'template.docx'
    (written,) = write_files(path.parent, {path.name: write_template(dossier, theme, look)})
    if output_format == 'text':
        click.echo(f"{written}  ({size(written.stat().st_size)})")
