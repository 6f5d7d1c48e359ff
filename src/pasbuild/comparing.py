"""The command that compares two versions; the same rules as ``cli``: parse, one call, print, exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pasbuild.options import FORMAT, ROOT, find_folder, size

if TYPE_CHECKING:
    from pasbuild.diagnostics import Format


@click.command(
    short_help="Comparer deux versions du dossier.",
    help="Comparer deux versions du dossier : deux dossiers, deux versions enregistrées dans Git (commit, étiquette), ou l'un et l'autre. B : le dossier où l'on est, si on ne le nomme pas.",
)
@click.argument('avant', metavar='A')
@click.argument('apres', metavar='[B]', required=False)
@click.option(
    '--html',
    'kinds',
    flag_value='.html',
    multiple=True,
    help="Écrire une page à lire : table des changements, mots ajoutés et supprimés.",
)
@click.option(
    '--docx',
    'kinds',
    flag_value='.docx',
    multiple=True,
    help="Écrire le document Word de B, ses changements en suivi des modifications.",
)
@click.option(
    '--xlsx',
    'kinds',
    flag_value='.xlsx',
    multiple=True,
    help="Écrire la table des changements pour un tableur, avec leurs motifs.",
)
@click.option('--json', 'kinds', flag_value='.json', multiple=True, help="Écrire la comparaison pour un programme.")
@click.option(
    '--output',
    'outputs',
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Fichier à écrire : .html, .docx, .xlsx ou .json (par défaut : dans output/comparaison/). Répétable.",
)
@click.option('--tout', is_flag=True, help="Montrer aussi ce qui ne change aucun mot : typographie, forme, renvois.")
@click.option(
    '--exiger-motifs', is_flag=True, help="Échouer si un objectif change sans motif dans content/motifs.yaml."
)
@FORMAT
@ROOT
def diff(
    avant: str,
    apres: str | None,
    kinds: tuple[str, ...],
    outputs: tuple[Path, ...],
    tout: bool,
    exiger_motifs: bool,
    output_format: Format,
    root: Path,
) -> None:
    """Compare two versions."""
    from pasbuild.comparison import FORMATS, run
    from pasbuild.diagnostics import Report, render
    from pasbuild.diffreport import as_text

    for path in outputs:
        if path.suffix.lower() not in FORMATS:
            raise click.UsageError(f"--output attend un fichier {', '.join(FORMATS)}, pas « {path.name} ».")
    report, folder = Report(), find_folder(root).root
    names = (avant, apres if apres is not None else str(folder))
    result = run(names, folder, report, outputs, kinds=kinds, everything=tout, reasons=exiger_motifs)
    if output_format == 'text':
        click.echo(as_text(result.content, result.changes))
        for path in result.files:
            click.echo(f"{path}  ({size(path.stat().st_size)})")
    if report.diagnostics or output_format == 'json':
        click.echo(render(report, output_format), err=output_format == 'text')
    sys.exit(1 if report.failed() else 0)
