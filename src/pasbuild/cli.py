"""The command line: each command parses, makes one call, prints the report, and returns an exit code.

Nothing heavy is imported at the top: ``pasbuild --help`` must answer at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pasbuild import __version__
from pasbuild.french import speak_french

if TYPE_CHECKING:
    from pasbuild.build import Progress
    from pasbuild.diagnostics import Format, Report
    from pasbuild.project import Folder
    from pasbuild.sign import Niveau
    from pasbuild.verify import Sources

speak_french()

FORMAT = click.option(
    '--format',
    'output_format',
    type=click.Choice(['text', 'json', 'github']),
    default='text',
    show_default=True,
    help="Forme des diagnostics : texte, JSON, ou annotations d'un hébergeur de code.",
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
    '--jobs', type=click.IntRange(1, 64), help="Processus pour dessiner les figures (par défaut : les cœurs)."
)
@ETAT
@STRICT
@FORMAT
@ROOT
def build(
    only: str, output: Path | None, jobs: int | None, etat: str, strict: bool, output_format: Format, root: Path
) -> None:
    """Build the outputs."""
    import os

    from pasbuild.build import FORMATS
    from pasbuild.build import build as run
    from pasbuild.diagnostics import Report

    formats = [name.strip() for name in only.split(',') if name.strip()]
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise click.UsageError(f"--only attend {' ou '.join(FORMATS)}, pas « {', '.join(unknown) or only} ».")
    folder, report, progress = _folder(root), Report(), _progress(output_format)
    jobs = jobs or os.cpu_count() or 1
    result = run(folder, report, formats, output, etat=etat, jobs=jobs, strict=strict, progress=progress)
    progress.done()
    _print(report, output_format)
    if result is None:
        names = ' et '.join(name.upper() for name in formats)
        click.echo(f"{_total(report)} : {names} non produit{'s' if len(formats) > 1 else ''}", err=True)
        sys.exit(1)
    if output_format == 'text':
        for path in result.files:
            click.echo(f"{path}  ({_size(path.stat().st_size)})")
        seconds = _decimal(sum(progress.seconds.values()))
        click.echo(f"{result.pages} pages, {_total(report)}, {seconds} s")


@main.command(help="Tout contrôler sans rien écrire, sauf le rapport demandé.")
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
def check(reports: tuple[Path, ...], etat: str, strict: bool, output_format: Format, root: Path) -> None:
    """Check the sources."""
    import os

    from pasbuild.build import check as run
    from pasbuild.diagnostics import Report

    report = Report()
    if reports:
        _check_names(reports)
    checked = run(_folder(root), report, etat=etat)
    if checked is not None and reports:
        from pasbuild.build import write_files
        from pasbuild.report import form, write_report

        for path in reports:
            base = f'{os.path.relpath(checked[0].folder.root, path.parent.resolve())}/'.replace(os.sep, '/')
            write_files(path.parent, {path.name: write_report(*checked, report, form(path.name), base)})
    _print(report, output_format)
    if output_format == 'text':
        click.echo(_total(report))
    sys.exit(1 if report.failed(strict=strict) else 0)


@main.command(
    short_help="Dire où en est la procédure.",
    help="Dire où en est la procédure : étapes, ce qui manque pour l'état suivant, dates au plus tôt.",
)
@click.option(
    '--format',
    'output_format',
    type=click.Choice(['text', 'json']),
    default='text',
    show_default=True,
    help="Texte pour être lu, JSON pour un programme.",
)
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
    folder, report = _folder(root), Report()
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
    short_help="Prouver que le PDF est ce qu'il doit être.",
    help="Prouver, sur le fichier lui-même, que le PDF dit ce que disent les sources et respecte PDF/A-3a et PDF/UA-1.",
)
@click.argument('fichier', required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    '--format',
    'output_format',
    type=click.Choice(['text', 'json']),
    default='text',
    show_default=True,
    help="Texte pour être lu, JSON pour un programme ou une archive.",
)
@click.option('--exiger', 'required', is_flag=True, help="Refuser un contrôle veraPDF qui n'a pas pu se faire.")
@click.option('--sans-verapdf', 'without', is_flag=True, help="Ne faire que les contrôles de pasbuild.")
@ETAT
@click.option(
    '--dossier',
    'root',
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Dossier des sources (par défaut : celui du fichier, sinon celui où l'on est).",
)
def verify(
    fichier: Path | None, output_format: Format, required: bool, without: bool, etat: str, root: Path | None
) -> None:
    """Verify a PDF."""
    from pasbuild.verify import as_json, as_text, ending
    from pasbuild.verify import verify as run

    if required and without:
        raise click.UsageError("--exiger et --sans-verapdf se contredisent.")
    folder = _sources(fichier, root)
    path = fichier or (folder.root / 'output' / 'pas.pdf' if folder else None)
    if path is None or not path.is_file():
        raise click.UsageError(f"« {path} » n'existe pas : fabriquez-le d'abord (pasbuild build).")
    sources = _read_sources(folder, etat)
    if sys.stderr.isatty():
        click.echo("Lecture du fichier et veraPDF : une vingtaine de secondes pour cent pages…", err=True)
    result = run(path, sources, verapdf=not without)
    click.echo(as_json(result) if output_format == 'json' else as_text(result))
    sys.exit(ending(result, required=required))


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

    folder, report = _folder(root), Report()
    written = write_figures(folder, report, identifiants, output)
    _print(report, output_format)
    if output_format == 'text':
        for path in written:
            click.echo(str(path))
    sys.exit(1 if report.failed() else 0)


@main.command(
    short_help="Apposer un cachet électronique.",
    help="Apposer un cachet électronique (PAdES) sur une copie d'un PDF fabriqué. L'original n'est pas touché.",
    epilog="La phrase secrète ou le code se tape à l'invite, ou se lit dans --secret ou dans la variable PASBUILD_SECRET.",
)
@click.argument('fichier', type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    '--output',
    type=click.Path(dir_okay=False, path_type=Path),
    help="Copie scellée (par défaut : à côté du fichier, « -cachet » ajouté au nom).",
)
@click.option(
    '--niveau',
    type=click.Choice(['b-b', 'b-t', 'b-lt', 'b-lta']),
    default='b-b',
    show_default=True,
    help="Signature seule, avec l'heure d'une autorité, avec les preuves de validité, ou pour l'archivage.",
)
@click.option('--p12', type=EXISTING, help="Fichier PKCS#12 (.p12, .pfx) de la clé et du certificat.")
@click.option('--pkcs11', type=EXISTING, help="Bibliothèque PKCS#11 du jeton.")
@click.option('--jeton', default='', help="Nom du jeton.")
@click.option('--cle', default='', help="Nom de la clé et du certificat dans le jeton.")
@click.option('--secret', type=EXISTING, help="Fichier dont la première ligne est la phrase secrète ou le code.")
@click.option(
    '--tsa', default='', help="Adresse de l'autorité d'horodatage (dès b-t) : seul accès au réseau, avec b-lt et b-lta."
)
@click.option(
    '--autorites',
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Certificats des autorités et listes de révocation : fichiers ou dossiers. Répétable.",
)
def sign(
    fichier: Path,
    output: Path | None,
    niveau: Niveau,
    p12: Path | None,
    pkcs11: Path | None,
    jeton: str,
    cle: str,
    secret: Path | None,
    tsa: str,
    autorites: tuple[Path, ...],
) -> None:
    """Seal a PDF."""
    _need('pyhanko', 'sign')
    from pasbuild.seals import read_anchors
    from pasbuild.sign import Order, http_stamper, p12_signer, seal_file, sentence, token_signer

    output = output or fichier.with_name(f'{fichier.stem}-cachet{fichier.suffix}')
    if output.resolve() == fichier.resolve() or (output.exists() and output.samefile(fichier)):
        raise click.UsageError("--output désigne le fichier à sceller : le cachet se met sur une copie.")
    if bool(p12) == bool(pkcs11) or (pkcs11 and not (jeton and cle)):
        raise click.UsageError("Donnez la clé par --p12, ou par --pkcs11, --jeton et --cle.")
    if (niveau == 'b-b') == bool(tsa):
        raise click.UsageError("--tsa va avec les niveaux b-t, b-lt et b-lta, et avec eux seuls.")
    if tsa and not tsa.startswith(('https://', 'http://')):
        raise click.UsageError("--tsa attend une adresse en https:// ou http://.")
    anchors = read_anchors(autorites)
    if niveau in ('b-lt', 'b-lta') and not anchors.roots:
        raise click.UsageError(f"Le niveau {niveau} demande par --autorites le certificat racine de l'autorité.")
    code = _secret(secret)
    signer = p12_signer(p12, code) if p12 else token_signer(pkcs11 or Path(), jeton, cle, code)
    order = Order(niveau, anchors, http_stamper(tsa) if tsa else None, fetch=bool(tsa))
    seal = seal_file(fichier, output, signer, order)
    click.echo(f"{output}  ({_size(output.stat().st_size)})")
    click.echo(sentence(seal))


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


# --- shared -----------------------------------------------------------------------------------------------------------


def _folder(root: Path) -> Folder:
    from pasbuild.project import find_root

    return find_root(root.resolve())


def _sources(file: Path | None, root: Path | None) -> Folder | None:
    """Return the dossier a PDF is compared with: the one named, the one around the file, the one around here, or none."""
    from pasbuild.diagnostics import PasbuildError

    if root is not None or file is None:
        return _folder(root or Path())
    for start in (file.resolve().parent, Path()):
        try:
            return _folder(start)
        except PasbuildError:
            continue
    return None


def _read_sources(folder: Folder | None, etat: str) -> Sources | None:
    """Read what the PDF must say; sources with errors, or none, are said on standard error and not compared."""
    from pasbuild.diagnostics import Report
    from pasbuild.document import read_project
    from pasbuild.verify import Sources

    if folder is None:
        click.echo("Pas de dossier autour de ce fichier : ce qui demande les sources n'est pas contrôlé.", err=True)
        return None
    report = Report()
    project = read_project(folder, report, etat)
    if project is None or report.failed():
        click.echo("Les sources ont des erreurs (pasbuild check) : le PDF ne leur est pas comparé.", err=True)
        return None
    click.echo(f"Sources : {folder.root}", err=True)
    return Sources(project.document, project.dossier)


def _need(module: str, extra: str) -> None:
    """Say what to install when a library of an optional part is absent."""
    import importlib.util

    from pasbuild.diagnostics import ExitCode, PasbuildError

    if importlib.util.find_spec(module) is None:
        message = f"Cette commande demande une partie facultative qui n'est pas installée ({module})."
        raise PasbuildError(f"{message}\npiste : pip install 'pasbuild[{extra}]'", ExitCode.TOOL_MISSING)


def _secret(file: Path | None) -> str:
    """Return the passphrase or PIN: from a file, the environment, or the keyboard; never from the command line."""
    import os

    if file is not None:
        return (file.read_text(encoding='utf-8', errors='replace').splitlines() or [''])[0]
    if 'PASBUILD_SECRET' in os.environ:
        return os.environ['PASBUILD_SECRET']
    try:
        return str(click.prompt("Phrase secrète ou code", hide_input=True, default='', show_default=False, err=True))
    except click.Abort as error:
        raise click.UsageError("Il manque la phrase secrète : --secret, ou la variable PASBUILD_SECRET.") from error


def _check_names(reports: tuple[Path, ...]) -> None:
    """Refuse a report whose form cannot be told from its name, before anything is done."""
    from pasbuild.report import FORMATS, form

    for path in reports:
        if not form(path.name):
            raise click.UsageError(f"--rapport attend un fichier {', '.join(FORMATS)}, pas « {path.name} ».")


def _print(report: Report, output_format: Format) -> None:
    from pasbuild.diagnostics import render

    text = render(report, output_format)
    if text:
        click.echo(text, err=output_format == 'text')


def _size(octets: int) -> str:
    return f"{_decimal(octets / 1e6)} Mo" if octets >= 1e6 else f"{octets // 1000} ko"


def _decimal(number: float) -> str:
    return f'{number:.1f}'.replace('.', ',')


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
