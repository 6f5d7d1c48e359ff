"""The commands on the versions kept: deposit, list, show, verify, repair, take out, rebuild.

Apart from ``cli.py``, which makes the document; the same rules: parse, one call, print, exit code, nothing heavy imported early.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pasbuild.options import AUTORITES, EXISTING, FORMAT, ROOT, TEXT_OR_JSON, decimal, find_folder, print_findings, size

if TYPE_CHECKING:
    from pasbuild.depositing import Deposited, Witness
    from pasbuild.diagnostics import Format, Report
    from pasbuild.seals import Stamp
    from pasbuild.versions import Kept

MAGASIN = click.option(
    '--magasin',
    'store',
    type=click.Path(file_okay=False, path_type=Path),
    help="Magasin des versions (par défaut : versions/ du dossier). Avec lui, il n'est pas besoin du dossier.",
)
TSA = "Adresse d'une autorité d'horodatage (RFC 3161) : seul accès au réseau."


@click.group(
    subcommand_metavar="COMMANDE [ARGUMENTS]…",
    short_help="Garder, prouver et reprendre les versions du document.",
    help="Garder les versions du document pour toujours, prouver qu'elles n'ont pas changé, les reprendre.",
)
def version() -> None:
    """Group of the commands on versions."""


@version.command(
    short_help="Déposer ce qui vient d'être fabriqué.",
    help="Déposer comme nouvelle version ce que la dernière fabrication a écrit, avec ses sources et son manifeste.",
)
@MAGASIN
@click.option(
    '--output', type=click.Path(file_okay=False, path_type=Path), help="Dossier des sorties (par défaut : output/)."
)
@click.option(
    '--date',
    'day',
    default='',
    help="Date, ou date et heure, de la version (par défaut : celle de dossier.yaml). Exigée par --reconstruit.",
)
@click.option(
    '--piece', 'pieces', multiple=True, type=EXISTING, help="Acte à garder avec la version (délibération…). Répétable."
)
@click.option('--tsa', default='', help=TSA)
@click.option('--reconstruit', type=EXISTING, help="PDF publié d'un état plus ancien que l'outil, déposé sans sources.")
@click.option('--etat', default='', help="État de ce PDF (avec --reconstruit).")
@click.option('--deliberation', default='', help="Référence de l'acte (avec --reconstruit ; par défaut, le dossier).")
@FORMAT
@ROOT
def deposit(
    store: Path | None,
    output: Path | None,
    day: str,
    pieces: tuple[Path, ...],
    tsa: str,
    reconstruit: Path | None,
    etat: str,
    deliberation: str,
    output_format: Format,
    root: Path,
) -> None:
    """Deposit a version."""
    from pasbuild.depositing import created
    from pasbuild.depositing import deposit as run
    from pasbuild.diagnostics import Report

    if bool(reconstruit) != bool(etat) or (reconstruit and not day) or (deliberation and not reconstruit):
        raise click.UsageError("--reconstruit va avec --etat et --date ; --etat et --deliberation, avec lui seul.")
    if len({path.name for path in pieces}) < len(pieces):
        raise click.UsageError("Deux pièces ont le même nom : renommez-en une.")
    folder, report, witness = find_folder(root), Report(), _witness(tsa)
    store = store or folder.root / 'versions'
    when = created(day) if day else ''
    if reconstruit is not None:
        done = _published(folder.root, store, report, reconstruit, etat, when, deliberation, pieces, witness)
    else:
        done = run(folder, store, report, output=output, created=when, pieces=pieces, witness=witness)
    print_findings(report, output_format)
    if done is None:
        click.echo("Rien n'a été déposé.", err=True)
        sys.exit(1)
    if output_format == 'text':
        kind = ", reconstruite" if done.fiche.reconstruit else ''
        stamped = "horodatée" if done.stamped else "non horodatée"
        click.echo(
            f"{done.name}  {done.fiche.etat}{kind}, {done.files} fichiers ({size(done.octets)}), {stamped}  {store}"
        )


def _published(
    root: Path,
    store: Path,
    report: Report,
    pdf: Path,
    etat: str,
    when: str,
    act: str,
    pieces: tuple[Path, ...],
    witness: Witness | None,
) -> Deposited | None:
    from pasbuild.depositing import deposit_published
    from pasbuild.project import Folder, read_dossier

    dossier = read_dossier(Folder(root), report)
    if dossier is None or report.failed():
        return None
    day = datetime.fromisoformat(when).date()
    return deposit_published(dossier, store, report, pdf, etat, day, act=act, pieces=pieces, witness=witness)


@version.command(
    short_help="Horodater une version déjà déposée.",
    help="Horodater l'inventaire d'une version déjà déposée (la dernière par défaut).",
)
@click.argument('nom', required=False, default='')
@click.option('--tsa', required=True, help=TSA)
@MAGASIN
@ROOT
def stamp(nom: str, tsa: str, store: Path | None, root: Path) -> None:
    """Time-stamp a version."""
    from pasbuild.depositing import stamp as run

    witness = _witness(tsa)
    assert witness is not None
    with _in_words():
        click.echo(f"{run(_store(store, root), nom, witness)} est horodatée.")


@version.command(
    name='list', short_help="Lister les versions.", help="Lister les versions, de la première à la dernière."
)
@MAGASIN
@ROOT
def list_versions(store: Path | None, root: Path) -> None:
    """List the versions."""
    from pasbuild.versions import STAMPS, versions

    place = _store(store, root)
    for one in versions(place):
        marks = ["reconstruite"] * one.fiche.reconstruit
        marks += ["horodatée"] * (place / STAMPS / f'{one.version.name}.tsr').is_file()
        words = ', '.join(filter(None, (one.fiche.version and f"version {one.fiche.version}", *marks)))
        act = one.fiche.decision
        acted = f"{act.date or ''} {act.piece}".strip() if act is not None else ''
        click.echo(f"{one.version.name:4} {one.fiche.date}  {one.fiche.etat:16} {words:32} {acted}".rstrip())


@version.command(help="Montrer ce qu'une version contient (la dernière par défaut : v3, ou le nom d'un état).")
@click.argument('nom', required=False, default='')
@TEXT_OR_JSON
@MAGASIN
@ROOT
def show(nom: str, output_format: str, store: Path | None, root: Path) -> None:
    """Show a version."""
    from pasbuild.versions import RECORD, find

    kept = find(_store(store, root), nom)
    if output_format == 'json':
        click.echo(kept.read(RECORD).decode(), nl=False)
        return
    for line in _described(kept):
        click.echo(line)


def _described(kept: Kept) -> Iterator[str]:
    from pasbuild.versions import manifest_of

    fiche, act, manifest = kept.fiche, kept.fiche.decision, manifest_of(kept)
    yield f"{kept.version.name}  {fiche.titre}, {fiche.scot}"
    yield f"état          {fiche.etat}{' (reconstruit depuis le PDF publié)' if fiche.reconstruit else ''}"
    yield f"date          {fiche.date}, gardée au {kept.version.created}"
    if act is not None:
        yield f"décision      {act.etape}, {act.date or 'sans date'}{f' : {act.piece}' if act.piece else ''}"
    yield f"fabriquée par {fiche.outil}"
    if manifest is not None and manifest.git is not None:
        commit, clean = manifest.git
        yield f"Git           {commit}{'' if clean else ', avec des changements non enregistrés'}"
    yield ''
    yield "SHA-256 et taille de chaque fichier :"
    for name, data in kept.files().items():
        yield f"{hashlib.sha256(data).hexdigest()}  {len(data):>11}  {name}"


@version.command(
    help="Prouver que le magasin n'a pas changé : chaque fichier est relu, chaque inventaire et chaque horodatage comparés."
)
@MAGASIN
@AUTORITES
@FORMAT
@ROOT
def verify(store: Path | None, autorites: tuple[Path, ...], output_format: Format, root: Path) -> None:
    """Verify the store."""
    import time

    from pasbuild.diagnostics import ExitCode, Report
    from pasbuild.versionproof import verify as run

    anchors = None
    if autorites:
        from pasbuild.finished import _need

        _need('pyhanko', 'sign')
        from pasbuild.seals import read_anchors

        anchors = read_anchors(autorites)
    place, report, start = _store(store, root), Report(), time.perf_counter()
    proof = run(place, report, anchors)
    print_findings(report, output_format)
    if output_format == 'text':
        for name, mark in proof.stamps.items():
            click.echo(f"{name:4} {_told(mark)}")
        read, seconds = size(proof.examined.octets), decimal(time.perf_counter() - start)
        verdict = "magasin abîmé ou modifié" if report.failed() else "magasin intact"
        click.echo(
            f"{len(proof.stamps)} version{'s' * (len(proof.stamps) > 1)}, {proof.examined.files} fichiers relus ({read}), {seconds} s : {verdict}"
        )
        if any(mark is None for mark in proof.stamps.values()):
            click.echo("Sans horodatage, une réécriture complète du magasin ne se verrait pas.", err=True)
    sys.exit(ExitCode.INVALID_OUTPUT if report.failed() else ExitCode.DONE)


def _told(mark: Stamp | None) -> str:
    if mark is None:
        return "sans horodatage"
    when = mark.when.astimezone(UTC).strftime('%d/%m/%Y à %H:%M:%S UTC') if mark.when else "date inconnue"
    trust = "de confiance" if mark.trusted else f"autorité non vérifiée ({mark.why})"
    return f"horodatée le {when} par {mark.who}, {'intacte' if mark.intact else 'RÉÉCRITE DEPUIS'}, {trust}"


@version.command(help="Terminer, ou oublier, un dépôt interrompu (coupure, arrêt de la machine).")
@MAGASIN
@ROOT
def repair(store: Path | None, root: Path) -> None:
    """Repair the store."""
    from pasbuild.depositing import mend

    with _in_words():
        for line in mend(_store(store, root)) or ("Rien à réparer.",):
            click.echo(line)


@version.command(
    help="Écrire les fichiers d'une version dans un dossier nouveau, chacun contrôlé (la dernière version par défaut)."
)
@click.argument('nom', required=False, default='')
@click.option(
    '--output', required=True, type=click.Path(file_okay=False, path_type=Path), help="Dossier à créer, ou vide."
)
@click.option('--seulement', default='', help="Ne sortir que ce dossier : sources, sorties ou pieces.")
@MAGASIN
@ROOT
def extract(nom: str, output: Path, seulement: str, store: Path | None, root: Path) -> None:
    """Take a version out."""
    from pasbuild.versions import extract as run
    from pasbuild.versions import find

    under = f'{seulement.rstrip("/")}/' if seulement else ''
    written = run(find(_store(store, root), nom), output, under)
    click.echo(f"{output}  ({len(written)} fichiers)")


@version.command(
    help="Refabriquer une version depuis ses propres sources et dire si le même document en sort (la dernière par défaut)."
)
@click.argument('nom', required=False, default='')
@click.option('--jobs', type=click.IntRange(1, 64), help="Processus pour la mise en page (par défaut : les cœurs).")
@MAGASIN
@ROOT
def rebuild(nom: str, jobs: int | None, store: Path | None, root: Path) -> None:
    """Rebuild a version."""
    import os

    from pasbuild.diagnostics import ExitCode
    from pasbuild.rebuild import rebuild as run
    from pasbuild.versions import find

    kept = find(_store(store, root), nom)
    with _in_words():
        found = run(kept, jobs or os.cpu_count() or 1)
    for name in found.same:
        click.echo(f"✓ {name} : mêmes octets")
    for name in found.sealed:
        click.echo(f"✓ {name} : mêmes octets avant le cachet")
    for difference in found.differences:
        click.echo(
            f"✗ {difference.name} : {', '.join(difference.parts) or 'seul le nom de la version de l’outil, ou l’emballage'}"
        )
    for tool in found.tools:
        click.echo(f"! {tool}")
    click.echo(f"{kept.version.name} : {found.verdict}")
    sys.exit(ExitCode.INVALID_OUTPUT if found.verdict == 'différente' else ExitCode.DONE)


# --- shared -----------------------------------------------------------------------------------------------------------


def _store(store: Path | None, root: Path) -> Path:
    from pasbuild.diagnostics import ExitCode, PasbuildError

    place = store or find_folder(root).root / 'versions'
    if not place.is_dir():
        message = f"Il n'y a pas de magasin « {place.name} »."
        raise PasbuildError(f"{message}\npiste : pasbuild version deposit en crée un", ExitCode.USAGE)
    return place


def _witness(tsa: str) -> Witness | None:
    """Return what asks a time-stamp authority, None without address."""
    if not tsa:
        return None
    if not tsa.startswith(('https://', 'http://')):
        raise click.UsageError("--tsa attend une adresse en https:// ou http://.")
    from pasbuild.finished import _need

    _need('pyhanko', 'sign')
    from pasbuild.sign import http_stamper, time_stamp

    stamper = http_stamper(tsa)
    return lambda data: time_stamp(data, stamper)


@contextmanager
def _in_words() -> Iterator[None]:
    """Say what is wrong with a store that a command stumbles on."""
    from pasbuild.diagnostics import PasbuildError
    from pasbuild.ocfl import StoreError

    try:
        yield
    except StoreError as error:
        raise PasbuildError(f"[{error.code}] {error.place} : {error.message}") from error
