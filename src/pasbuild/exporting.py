"""The commands that hand a kept version over: to the Géoportail de l'urbanisme, to public archives, to anyone.

Also the checks of such packages, ours or not. The same rules as ``cli.py``: parse, one call, print, exit code, nothing heavy imported early.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pasbuild.options import FORMAT, ROOT, find_folder, print_findings, size
from pasbuild.versioning import MAGASIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pasbuild.diagnostics import Format, Report

XSD = click.option(
    '--xsd',
    'schemas',
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Dossier des schémas officiels du SEDA (un dossier par version : 2.1, 2.2, 2.3). Sans lui, le schéma n'est pas vérifié.",
)
NORME = click.option(
    '--version',
    'norme',
    type=click.Choice(['2.1', '2.2', '2.3']),
    help="Version du SEDA (par défaut : celle de content/archives.yaml).",
)
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    short_help="Remettre une version : archives, géoportail.",
    help="Remettre une version gardée : aux archives publiques (SEDA), au Géoportail de l'urbanisme, à qui voudra (BagIt).",
)
def export() -> None:
    """Group of the commands that hand a version over."""


@export.command(
    short_help="Faire le paquet pour les archives publiques.",
    help="Faire le paquet de versement (SIP, SEDA 2.1, 2.2 ou 2.3) d'une version gardée : v3, ou le nom d'un état (la dernière par défaut).",
)
@click.argument('nom', required=False, default='')
@NORME
@XSD
@click.option('--output', type=_FILE, help="Paquet à écrire (par défaut : dans output/versements/).")
@MAGASIN
@FORMAT
@ROOT
def seda(
    nom: str,
    norme: str | None,
    schemas: Path | None,
    output: Path | None,
    store: Path | None,
    output_format: Format,
    root: Path,
) -> None:
    """Make a SIP."""
    from pasbuild.archives import read_archives
    from pasbuild.diagnostics import Report
    from pasbuild.handover import opened, transfer
    from pasbuild.seda import write_sip
    from pasbuild.sipcheck import check_sip
    from pasbuild.versions import find

    folder, report = find_folder(root), Report()
    place = store or folder.root / 'versions'
    kept = find(place, nom)
    archives = read_archives(folder, report)
    if archives is None:
        _end(report, output_format)
    archives = archives.model_copy(update={'norme': norme or archives.norme})
    with opened(kept, folder) as version:
        made = transfer(version, place)
    data = write_sip(made, archives)
    path = output or folder.root / 'output' / 'versements' / f'{made.identifiant}-seda-{archives.norme}.zip'
    check_sip(data, path.name, report, schemas)
    if not report.failed():
        _write(path, data, output_format)
        if schemas is None and output_format == 'text':
            click.echo("Le schéma officiel n'a pas été vérifié : donnez-le par --xsd.", err=True)
    _end(report, output_format)


@export.command(
    short_help="Faire une enveloppe BagIt.",
    help="Mettre une version gardée dans une enveloppe BagIt, que tout archiviste sait contrôler (la dernière version par défaut).",
)
@click.argument('nom', required=False, default='')
@click.option('--output', type=_FILE, help="Enveloppe à écrire (par défaut : dans output/versements/).")
@MAGASIN
@ROOT
def bagit(nom: str, output: Path | None, store: Path | None, root: Path) -> None:
    """Make a bag."""
    from pasbuild.bag import write_bag
    from pasbuild.handover import opened, transfer
    from pasbuild.versions import find

    folder = find_folder(root)
    place = store or folder.root / 'versions'
    with opened(find(place, nom), folder) as version:
        made = transfer(version, place)
    path = output or folder.root / 'output' / 'versements' / f'{made.identifiant}-bagit.zip'
    _write(path, write_bag(made), 'text')


@export.command(
    short_help="Faire le dossier du Géoportail de l'urbanisme.",
    help="Faire le dossier et le zip du Géoportail de l'urbanisme (standard CNIG SCoT v2024-04) d'une version gardée (la dernière par défaut).",
)
@click.argument('nom', required=False, default='')
@click.option('--output', type=_FOLDER, help="Dossier où les écrire (par défaut : output/gpu/).")
@MAGASIN
@FORMAT
@ROOT
def gpu(nom: str, output: Path | None, store: Path | None, output_format: Format, root: Path) -> None:
    """Make the package of the portal."""
    from pasbuild.diagnostics import Report
    from pasbuild.gpu import make_package
    from pasbuild.gpucheck import check_package
    from pasbuild.handover import opened, pieces
    from pasbuild.seda import dated_zip
    from pasbuild.versions import find

    folder, report = find_folder(root), Report()
    target = output or folder.root / 'output' / 'gpu'
    with opened(find(store or folder.root / 'versions', nom), folder, data=True) as version:
        document = next((piece.data for piece in pieces(version) if piece.principale), b'')
        made = make_package(folder, version.dossier, version.data, document, version.dossier.date, report)
        date = version.dossier.date
    if made is None:
        _end(report, output_format)
    _write_folder(target / made.name, made.files)
    check_package(target / made.name, report)
    if not report.failed():
        members = [(f'{made.name}/{name}', data) for name, data in made.files.items()]
        _write(target / f'{made.name}.zip', dated_zip(members, date), output_format)
    _end(report, output_format)


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder whole: what an earlier one held goes."""
    import shutil
    import tempfile

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='.pasbuild-', dir=folder.parent) as place:
        fresh = Path(place) / folder.name
        for name, data in files.items():
            path = fresh / name
            (path if name.endswith('/') else path.parent).mkdir(parents=True, exist_ok=True)
            if not name.endswith('/'):
                path.write_bytes(data)
        if folder.exists():
            shutil.move(folder, Path(place) / 'ancien')
        fresh.replace(folder)


# --- checks -----------------------------------------------------------------------------------------------------------


@click.command(
    name='gpu',
    short_help="Contrôler un dossier du Géoportail de l'urbanisme.",
    help="Contrôler un dossier destiné au Géoportail de l'urbanisme, fait par ce programme ou non. Chaque constat porte le nom que lui donne le validateur du portail.",
)
@click.argument('folder', metavar='DOSSIER', type=click.Path(exists=True, file_okay=False, path_type=Path))
@FORMAT
def check_gpu(folder: Path, output_format: Format) -> None:
    """Check a folder of the portal."""
    from datetime import datetime

    from pasbuild.diagnostics import Report
    from pasbuild.gpucheck import check_package

    report = Report()
    check_package(folder, report, datetime.now().astimezone().date())
    _end(report, output_format, total=True)


@click.command(
    name='seda',
    short_help="Contrôler un paquet de versement.",
    help="Contrôler un paquet de versement SEDA, fait par ce programme ou non : fichiers, empreintes, renvois, et le schéma s'il est donné.",
)
@click.argument('package', metavar='PAQUET', type=click.Path(exists=True, dir_okay=False, path_type=Path))
@XSD
@FORMAT
def check_seda(package: Path, schemas: Path | None, output_format: Format) -> None:
    """Check a SIP."""
    from pasbuild.diagnostics import Report
    from pasbuild.sipcheck import check_sip

    report = Report()
    check_sip(package.read_bytes(), package.name, report, schemas)
    if schemas is None and output_format == 'text':
        click.echo("Le schéma officiel n'a pas été vérifié : donnez-le par --xsd.", err=True)
    _end(report, output_format, total=True)


# --- shared -----------------------------------------------------------------------------------------------------------


def _write(path: Path, data: bytes, output_format: Format) -> None:
    from pasbuild.build import write_files

    write_files(path.parent, {path.name: data})
    if output_format == 'text':
        click.echo(f"{path}  ({size(len(data))})")


def _end(report: Report, output_format: Format, *, total: bool = False) -> NoReturn:
    from pasbuild.diagnostics import summary

    print_findings(report, output_format)
    if total and output_format == 'text':
        click.echo(summary(report) or "aucun constat")
    sys.exit(1 if report.failed() else 0)
