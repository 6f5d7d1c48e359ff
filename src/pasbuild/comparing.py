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
    short_help="Comparer des versions du dossier.",
    help="Comparer deux versions du dossier : des dossiers, des versions gardées dans le magasin (v2, ou un état : arrete), des versions enregistrées dans Git (commit, étiquette). B : le dossier où l'on est, si on ne le nomme pas. Trois versions ou plus : un tableau, une colonne par version. Un nom qui désigne deux choses se précise : version:arrete, commit:arrete.",
)
@click.argument('noms', metavar='A [B] [C…]', nargs=-1, required=True)
@click.option(
    '--html',
    'kinds',
    flag_value='.html',
    multiple=True,
    help="Écrire une page à lire : table des changements, mots ajoutés et supprimés.",
)
@click.option('--pdf', 'kinds', flag_value='.pdf', multiple=True, help="Écrire la même page en PDF balisé.")
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
    help="Fichier à écrire : .html, .pdf, .docx, .xlsx ou .json (par défaut : dans output/comparaison/). Répétable.",
)
@click.option(
    '--magasin',
    'store',
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Magasin des versions gardées (par défaut : versions/ du dossier).",
)
@click.option('--tout', is_flag=True, help="Montrer aussi ce qui ne change aucun mot : typographie, forme, renvois.")
@click.option(
    '--exiger-motifs', is_flag=True, help="Échouer si un objectif change sans motif dans content/motifs.yaml."
)
@FORMAT
@ROOT
def diff(
    noms: tuple[str, ...],
    kinds: tuple[str, ...],
    outputs: tuple[Path, ...],
    store: Path | None,
    tout: bool,
    exiger_motifs: bool,
    output_format: Format,
    root: Path,
) -> None:
    """Compare versions."""
    from pasbuild.comparison import FORMATS, run
    from pasbuild.diagnostics import Report, render

    for path in outputs:
        if path.suffix.lower() not in FORMATS:
            raise click.UsageError(f"--output attend un fichier {', '.join(FORMATS)}, pas « {path.name} ».")
    if len(noms) > 2 and '.docx' in (*kinds, *(path.suffix.lower() for path in outputs)):
        raise click.UsageError("Le document Word compare deux versions : nommez-en deux.")
    report, folder = Report(), find_folder(root).root
    names = noms if len(noms) > 1 else (*noms, str(folder))
    result = run(names, folder, report, outputs, store=store, kinds=kinds, everything=tout, reasons=exiger_motifs)
    for note in result.notes:
        click.echo(note, err=True)
    if output_format == 'text':
        click.echo(result.text)
        for path in result.files:
            click.echo(f"{path}  ({size(path.stat().st_size)})")
    if report.diagnostics or output_format == 'json':
        click.echo(render(report, output_format), err=output_format == 'text')
    sys.exit(1 if report.failed() else 0)
