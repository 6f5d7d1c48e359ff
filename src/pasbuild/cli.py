"""The command line: each command parses, makes one call, prints the report, and returns an exit code.

Nothing heavy is imported at the top: ``pasbuild --help`` must answer at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pasbuild import __version__
from pasbuild.comparing import diff
from pasbuild.exporting import check_gpu, check_seda, export
from pasbuild.finished import pages, sign, verify
from pasbuild.french import speak_french
from pasbuild.options import ETAT, FORMAT, ROOT, STRICT, TEXT_OR_JSON, decimal, find_folder, print_findings, size
from pasbuild.reviewing import review
from pasbuild.templating import docx_template
from pasbuild.versioning import version

if TYPE_CHECKING:
    from pasbuild.build import Progress
    from pasbuild.diagnostics import Format, Report
    from pasbuild.project import Folder
    from pasbuild.record import Record

speak_french()


@click.group(
    context_settings={'help_option_names': ['-h', '--help']},
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    help="Fabrique le projet d'aménagement stratégique (PAS) d'un SCoT : PDF accessible et Word modifiable.",
    epilog="Guides : docs/redaction.md. Codes de sortie : 0 fait, 1 constats, 2 usage, 3 outil manquant, 4 sortie non valide, 70 défaut du programme.",
)
@click.version_option(__version__, message="pasbuild %(version)s", help="Afficher la version.")
def main() -> None:
    """Group of the commands."""


@main.command(help="Fabriquer le PDF et le document Word dans output/.")
@click.option('--only', default='pdf,docx', show_default=True, help="Formats à produire, séparés par des virgules.")
@click.option(
    '--output', type=click.Path(file_okay=False, path_type=Path), help="Dossier de sortie (par défaut : output/)."
)
@click.option(
    '--jobs', type=click.IntRange(1, 64), help="Processus pour dessiner et mettre en page (par défaut : les cœurs)."
)
@ETAT
@STRICT
@FORMAT
@ROOT
def build(
    only: str, output: Path | None, jobs: int | None, etat: str, strict: bool, output_format: Format, root: Path
) -> None:
    """Build the outputs."""
    import time

    from pasbuild.record import FORMATS

    start = time.perf_counter()
    formats = [name.strip() for name in only.split(',') if name.strip()]
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise click.UsageError(f"--only attend {' ou '.join(FORMATS)}, pas « {', '.join(unknown) or only} ».")
    report, done, known = _build(find_folder(root), formats, output, etat, jobs, output_format, strict=strict)
    print_findings(report, output_format)
    if done is None:
        names = ' et '.join(name.upper() for name in formats)
        click.echo(f"{_total(report)} : {names} non produit{'s' if len(formats) > 1 else ''}", err=True)
        sys.exit(1)
    if output_format == 'text':
        for path in done.files:
            click.echo(f"{path}  ({size(path.stat().st_size)})")
        seconds = decimal(time.perf_counter() - start)
        click.echo(f"{done.pages} pages, {_total(report)}, {seconds} s{' (rien n’a changé)' if known else ''}")


def _build(
    folder: Folder,
    formats: list[str],
    output: Path | None,
    etat: str,
    jobs: int | None,
    output_format: Format,
    *,
    strict: bool,
) -> tuple[Report, Record | None, bool]:
    """Build, unless the last build already gave the same; return the findings, what was done, and whether it was known."""
    import os

    from pasbuild.diagnostics import Report
    from pasbuild.record import Record, fingerprint, recall, remember

    options = click.get_current_context().params.items()
    asked = [f'{name}={value}' for name, value in sorted(options) if name not in ('jobs', 'output_format', 'root')]
    asked.append(str((output or folder.root / 'output').resolve()))
    inputs = fingerprint(folder.root)
    known = recall(folder.root, asked, inputs)
    if known is not None:
        from pasbuild.cache import FOLDER, sweep

        for place in (folder.root / FOLDER, output or folder.root / 'output'):
            sweep(place)  # what a killed build left
        return Report(list(known.findings)), known, True
    from pasbuild.build import build as run

    report, progress = Report(), _progress(output_format)
    jobs = jobs or os.cpu_count() or 1
    result = run(folder, report, formats, output, etat=etat, jobs=jobs, strict=strict, progress=progress)
    progress.done()
    if result is None:
        return report, None, False
    done = Record(result.files, result.pages, tuple(report.diagnostics))
    remember(folder.root, asked, inputs, done)
    return report, done, False


@main.group(
    invoke_without_command=True,
    subcommand_metavar="[gpu DOSSIER | seda PAQUET]",
    short_help="Tout contrôler sans rien écrire.",
    help="Tout contrôler sans rien écrire, sauf le rapport demandé. « check gpu » et « check seda » contrôlent un envoi.",
)
@click.option(
    '--rapport',
    'reports',
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Écrire le rapport de conformité : .html, .json, .md, .csv (correspondance) ou .sarif. Répétable.",
)
@ETAT
@STRICT
@FORMAT
@ROOT
@click.pass_context
def check(
    context: click.Context, reports: tuple[Path, ...], etat: str, strict: bool, output_format: Format, root: Path
) -> None:
    """Check the sources; the group of the checks of what is handed over."""
    if context.invoked_subcommand:
        return
    import os

    from pasbuild.build import check as run
    from pasbuild.diagnostics import Report

    report = Report()
    if reports:
        _check_names(reports)
    checked = run(find_folder(root), report, etat=etat)
    if checked is not None and reports:
        from pasbuild.build import write_files
        from pasbuild.report import form, write_report

        for path in reports:
            base = f'{os.path.relpath(checked[0].folder.root, path.parent.resolve())}/'.replace(os.sep, '/')
            write_files(path.parent, {path.name: write_report(*checked, report, form(path.name), base)})
    print_findings(report, output_format)
    if output_format == 'text':
        click.echo(_total(report))
    sys.exit(1 if report.failed(strict=strict) else 0)


@main.command(
    short_help="Dire où en est la procédure.",
    help="Dire où en est la procédure : étapes, ce qui manque pour l'état suivant, dates au plus tôt.",
)
@TEXT_OR_JSON
@click.option(
    '--frise',
    type=click.Path(dir_okay=False, path_type=Path),
    help="Dessiner la procédure dans ce fichier : .svg ou .png. S'il y a une erreur, rien n'est écrit.",
)
@ROOT
def procedure(output_format: Format, frise: Path | None, root: Path) -> None:
    """Show where the procedure stands."""
    from pasbuild.diagnostics import Report, render
    from pasbuild.procedure import check_procedure
    from pasbuild.project import dossier_lines, read_dossier
    from pasbuild.standing import as_json, as_text, standing

    if frise is not None and frise.suffix.lower() not in ('.svg', '.png'):
        raise click.UsageError(f"--frise attend un fichier .svg ou .png, pas « {frise.name} ».")
    folder, report = find_folder(root), Report()
    dossier = read_dossier(folder, report)
    if dossier is not None:
        check_procedure(dossier, dossier_lines(folder), dossier.etat, report)
        found = standing(dossier)
        click.echo(as_json(found) if output_format == 'json' else as_text(found))
        if frise is not None:
            from pasbuild.build import write_timeline

            write_timeline(folder, dossier, frise, report)
    if report.diagnostics:
        click.echo(f"\n{render(report, 'text')}", err=True)
    sys.exit(1 if report.failed() else 0)


@main.command(
    short_help="Dessiner les figures.",
    help="Dessiner les figures (toutes, ou celles nommées) en SVG et PNG dans output/figures/.",
)
@click.argument('identifiants', nargs=-1)
@click.option('--output', type=click.Path(file_okay=False, path_type=Path), help="Dossier de sortie.")
@FORMAT
@ROOT
def figures(identifiants: tuple[str, ...], output: Path | None, output_format: Format, root: Path) -> None:
    """Draw figures alone."""
    from pasbuild.build import write_figures
    from pasbuild.diagnostics import Report

    folder, report = find_folder(root), Report()
    written = write_figures(folder, report, identifiants, output)
    print_findings(report, output_format)
    if output_format == 'text':
        for path in written:
            click.echo(str(path))
    sys.exit(1 if report.failed() else 0)


@main.group(
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    short_help="Gérer ce qui est gardé d'une fabrication à l'autre.",
    help="Gérer ce qui est gardé d'une fabrication à l'autre dans .cache/ : figures, parties mises en page.",
)
def cache() -> None:
    """Group of the commands on the cache."""


@cache.command(
    name='clear',
    short_help="Vider le cache.",
    help="Vider le cache. Les sorties restent ; la fabrication suivante redessine et remet tout en page.",
)
@ROOT
def clear_cache(root: Path) -> None:
    """Empty the cache."""
    from pasbuild.cache import FOLDER, clear

    files, octets = clear(find_folder(root).root / FOLDER)
    plural = 's' if files > 1 else ''
    click.echo(f"{files} fichier{plural} effacé{plural}, {size(octets)} libérés" if files else "Le cache est vide.")


@main.command(
    short_help="Écrire les schémas JSON des fichiers YAML.",
    help="Écrire les schémas JSON des fichiers YAML, pour l'aide à la saisie des éditeurs.",
)
@click.option(
    '--output',
    type=click.Path(file_okay=False, path_type=Path),
    default=Path('docs/schemas'),
    show_default=True,
    help="Dossier où écrire les schémas.",
)
def schema(output: Path) -> None:
    """Write the JSON Schemas."""
    from pasbuild.build import write_files
    from pasbuild.jsonschemas import schemas

    for path in write_files(output, schemas()):
        click.echo(str(path))


@main.command(
    short_help="Créer un nouveau dossier.",
    help="Créer un nouveau dossier, pour un autre SCoT, qui se fabrique tel quel.",
)
@click.argument('destination', type=click.Path(path_type=Path))
@click.option('--scot', default="à nommer", show_default=True, help="Nom du SCoT.")
def init(destination: Path, scot: str) -> None:
    """Create a new dossier."""
    from pasbuild.starter import create

    for path in create(destination, scot):
        click.echo(str(path))
    click.echo(f"\nPuis : cd {destination} ; pasbuild build")


@main.command(help="Expliquer un code de diagnostic (ou les lister tous).")
@click.argument('code', required=False)
def explain(code: str | None) -> None:
    """Explain a diagnostic code."""
    from pasbuild.catalogue import CATALOGUE, explanation
    from pasbuild.diagnostics import ExitCode, PasbuildError, nearest

    if code is None:
        for name, entry in CATALOGUE.items():
            click.echo(f"{name:32} {entry.titre}")
    elif code in CATALOGUE:
        click.echo(explanation(code))
    else:
        raise PasbuildError(f"Le code « {code} » n'existe pas. {nearest(code, CATALOGUE)}", ExitCode.USAGE)


for _command in (verify, sign, pages, review, docx_template, diff, version, export):
    main.add_command(_command)
for _command in (check_gpu, check_seda):
    check.add_command(_command)


# --- shared -----------------------------------------------------------------------------------------------------------


def _check_names(reports: tuple[Path, ...]) -> None:
    """Refuse a report whose form cannot be told from its name, before anything is done."""
    from pasbuild.report import FORMATS, form

    for path in reports:
        if not form(path.name):
            raise click.UsageError(f"--rapport attend un fichier {', '.join(FORMATS)}, pas « {path.name} ».")


def _total(report: Report) -> str:
    from pasbuild.diagnostics import summary

    return summary(report) or "aucun constat"


def _progress(output_format: Format) -> Progress:
    """Named steps on standard error: a bar on a terminal, plain lines when piped, nothing in JSON."""
    from pasbuild.build import Progress

    if output_format != 'text':
        return Progress()
    if not sys.stderr.isatty():
        return Progress(lambda name, rank, count: click.echo(f"[{rank}/{count}] {name}", err=True))

    def draw(name: str, rank: int, count: int) -> None:
        bar = '━' * (4 * rank) + '╌' * (4 * (count - rank))
        click.echo(f"\r\033[2K{bar}  {rank}/{count}  {name}", nl=False, err=True)

    return Progress(draw, lambda: click.echo("\r\033[2K", nl=False, err=True))
