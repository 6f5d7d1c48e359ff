"""The commands on a finished document: prove it, seal it, look at its pages.

Apart from ``cli.py``, which makes the document; the same rules: parse, one call, print, exit code, nothing heavy imported early.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pasbuild.options import AUTORITES, ETAT, EXISTING, ROOT, TEXT_OR_JSON, find_folder, size

if TYPE_CHECKING:
    from pasbuild.diagnostics import Format
    from pasbuild.project import Folder
    from pasbuild.sign import Niveau
    from pasbuild.verify import Sources


@click.command(
    short_help="Prouver que le PDF est ce qu'il doit être.",
    help="Prouver, sur le fichier lui-même, que le PDF dit ce que disent les sources et respecte PDF/A-3a et PDF/UA-1.",
)
@click.argument('fichier', required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@TEXT_OR_JSON
@click.option('--exiger', 'required', is_flag=True, help="Refuser un contrôle veraPDF qui n'a pas pu se faire.")
@click.option('--sans-verapdf', 'without', is_flag=True, help="Ne faire que les contrôles de pasbuild.")
@ETAT
@click.option(
    '--dossier',
    'root',
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Dossier des sources (par défaut : celui du fichier, sinon celui où l'on est).",
)
@AUTORITES
def verify(
    fichier: Path | None,
    output_format: Format,
    required: bool,
    without: bool,
    etat: str,
    root: Path | None,
    autorites: tuple[Path, ...],
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
    _check_authorities(autorites)
    sources = _read_sources(folder, etat)
    if sys.stderr.isatty():
        click.echo("Lecture du fichier et veraPDF : une vingtaine de secondes pour cent pages…", err=True)
    root = folder.root if folder else None
    result = run(path, sources, verapdf=not without, authorities=autorites, root=root)
    click.echo(as_json(result) if output_format == 'json' else as_text(result))
    sys.exit(ending(result, required=required))


@click.command(
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
@AUTORITES
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
    click.echo(f"{output}  ({size(output.stat().st_size)})")
    click.echo(sentence(seal))


@click.command(
    short_help="Montrer toutes les pages côte à côte.",
    help="Montrer toutes les pages de output/pas.pdf côte à côte, numérotées, dans output/pages/ (demande pdftoppm).",
)
@click.option('--output', type=click.Path(file_okay=False, path_type=Path), help="Dossier de sortie.")
@ROOT
def pages(output: Path | None, root: Path) -> None:
    """Draw contact sheets of the PDF."""
    from pasbuild.build import write_files
    from pasbuild.contact import contact_sheets

    outputs = find_folder(root).root / 'output'
    for path in write_files(output or outputs / 'pages', contact_sheets(outputs / 'pas.pdf')):
        click.echo(str(path))


def _sources(file: Path | None, root: Path | None) -> Folder | None:
    """Return the dossier a PDF is compared with: the one named, the one around the file, the one around here, or none."""
    from pasbuild.diagnostics import PasbuildError

    if root is not None or file is None:
        return find_folder(root or Path())
    for start in (file.resolve().parent, Path()):
        try:
            return find_folder(start)
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


def _check_authorities(paths: tuple[Path, ...]) -> None:
    """Say at once what is no certificate; the process that reads the file reads them again, as they do not travel."""
    if paths:
        _need('pyhanko', 'sign')
        from pasbuild.seals import read_anchors

        read_anchors(paths)


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
