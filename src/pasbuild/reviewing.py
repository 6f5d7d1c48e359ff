"""The commands of a review: send a copy to a reviewer, take back what is returned, say where it stands.

Apart from ``cli.py``, which makes the document; the same rules: parse, one call, print, exit code, nothing heavy imported early.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from pasbuild.options import EXISTING, FORMAT, ROOT, TEXT_OR_JSON, find_folder, print_findings, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pasbuild.diagnostics import Format
    from pasbuild.reviewimport import Imported


@click.group(
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    short_help="Faire relire le document dans Word.",
    help="Faire relire le document dans Word ou LibreOffice.",
)
def review() -> None:
    """Group of the commands of a review. What they read lives to their end: looking for garbage took a seventh of their time."""
    from pasbuild.workers import uncollected

    click.get_current_context().with_resource(uncollected())


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
    from pasbuild.diagnostics import Report, summary
    from pasbuild.reviewexport import export as run

    if output is not None and output.suffix.lower() != '.docx':
        raise click.UsageError(f"--output attend un fichier .docx, pas « {output.name} ».")
    report = Report()
    done = run(find_folder(root), report, relecteur, parts, output)
    print_findings(report, output_format)
    if done is None:
        click.echo(f"{summary(report)} : copie de relecture non produite", err=True)
        sys.exit(1)
    if output_format == 'text':
        click.echo(f"{done.copy}  ({size(done.copy.stat().st_size)})")
        click.echo(f"{done.base}  (à garder avec le dossier : {done.paragraphs} paragraphes à relire)")


@review.command(
    'import',
    short_help="Reprendre les copies relues.",
    help="Reprendre des copies revenues de relecture (.docx) : ce qui est demandé va dans content/avis/retours/, où l'on "
    "décide, et dans un rapport. Le texte n'est pas changé.",
)
@click.argument('fichiers', nargs=-1, required=True, metavar='FICHIER…', type=EXISTING)
@click.option('--envoi', default='', metavar='NUMÉRO', help="Envoi auquel répond un fichier qui en a perdu le numéro.")
@FORMAT
@ROOT
def import_(fichiers: tuple[Path, ...], envoi: str, output_format: Format, root: Path) -> None:
    """Take back returned files."""
    from pasbuild.applying import standings_of
    from pasbuild.diagnostics import Report
    from pasbuild.reviewimport import import_files
    from pasbuild.reviewreport import write_reports

    report, folder = Report(), find_folder(root)
    done = import_files(folder, fichiers, report, envoi)
    written = write_reports(folder, report, standings_of(folder)) if done else ()
    print_findings(report, output_format)
    if output_format == 'text':
        for one in done:
            click.echo(f"{one.path}  ({', '.join(_counted(one))})")
            for name in one.others:
                click.echo(f"    autre fichier du même relecteur : {name}.yaml ; s'il est remplacé, supprimez-le")
        for path in written:
            click.echo(path)
    if len(done) < len(fichiers):
        left = len(fichiers) - len(done)
        click.echo(f"{left} fichier{'s' if left > 1 else ''} non repris sur {len(fichiers)}", err=True)
    if report.failed():
        sys.exit(1)


def _counted(one: Imported) -> Iterator[str]:
    numbers = (
        (len(one.retour.modifications), "modification"),
        (len(one.retour.commentaires), "commentaire"),
        (one.kept, "décision gardée"),
    )
    for number, word in numbers:
        if number or word == "modification":
            yield f"{number} {' '.join(f'{part}s' if number > 1 else part for part in word.split())}"


@review.command(
    short_help="Dire où en est la relecture.",
    help="Dire où en est la relecture : ce qui est demandé, par qui, ce qui est décidé et ce qui reste ouvert.",
)
@TEXT_OR_JSON
@ROOT
def status(output_format: Literal['text', 'json'], root: Path) -> None:
    """Say where the review stands."""
    import json

    from pasbuild.applying import standings_of
    from pasbuild.diagnostics import Report
    from pasbuild.reviewstatus import describe, lines

    report, folder = Report(), find_folder(root)
    found = describe(folder, report, standings_of(folder))
    if output_format == 'json':
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        click.echo('\n'.join(lines(found)))
    print_findings(report, 'text')
    if report.failed():
        sys.exit(1)


@review.command(
    'apply',
    short_help="Appliquer les décisions prises.",
    help="Appliquer les décisions écrites dans content/avis/retours/ : les modifications acceptées entrent dans le texte, "
    "toutes les décisions dans le registre (content/avis/registre.yaml). Rien n'est écrit dans un fichier dont le "
    "nouveau texte ne se relit pas comme il a été accepté.",
)
@click.option('--sans-commit', is_flag=True, help="Ne pas enregistrer dans Git (sinon : un commit par relecteur).")
@click.option('--essai', is_flag=True, help="Dire ce qui serait fait, sans rien écrire.")
@FORMAT
@ROOT
def apply_(sans_commit: bool, essai: bool, output_format: Format, root: Path) -> None:
    """Apply the decisions."""
    from pasbuild.applying import apply
    from pasbuild.diagnostics import Report

    report = Report()
    done = apply(find_folder(root), report, commit=not sans_commit, dry=essai)
    print_findings(report, output_format)
    if done is None:
        sys.exit(1)
    if output_format == 'text':
        for name in done.files:
            click.echo(f"{name}{'  (serait modifié)' if essai else ''}")
        click.echo(
            f"appliquées : {len(done.applied)}, refusées : {len(done.refused)}, laissées : {len(done.left)}"
            + (f" ; commits : {done.commits}" if done.commits else '')
        )
    if report.failed():
        sys.exit(1)


@review.command(
    short_help="Écrire le tableau de suivi des avis.",
    help="Écrire le tableau de suivi des avis : ce que chaque relecteur a demandé, ce qui a été décidé, et pourquoi.",
)
@click.option(
    '--output',
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Fichier à écrire : .xlsx ou .csv.",
)
@FORMAT
@ROOT
def registre(output: Path, output_format: Format, root: Path) -> None:
    """Write the table of the ledger."""
    from pasbuild.diagnostics import Report
    from pasbuild.suivi import write_table

    if output.suffix.lower() not in ('.xlsx', '.csv'):
        raise click.UsageError(f"--output attend un fichier .xlsx ou .csv, pas « {output.name} ».")
    report = Report()
    count = write_table(find_folder(root), output, report)
    print_findings(report, output_format)
    if report.failed():
        sys.exit(1)
    if output_format == 'text':
        click.echo(f"{output}  ({count} lignes)")
