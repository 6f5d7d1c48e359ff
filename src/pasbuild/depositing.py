"""Depositing a version: what is refused, and what is written.

What is deposited is what was built, from the sources that are there, in a state whose gates it passes; or, for a state older
than the tool, the PDF that was published.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pasbuild import __version__
from pasbuild.data import slug
from pasbuild.diagnostics import ExitCode, PasbuildError, Report, nearest, refusal
from pasbuild.manifest import NAME as MANIFEST
from pasbuild.manifest import Decision, Identity, Manifest, as_json
from pasbuild.manifestproof import load, output_gaps, same, sealed, source_gaps
from pasbuild.model import Span
from pasbuild.ocfl import ROOT, Entry, Stored, StoreError, add_version, locked, moment, read_store, repair, write_beside
from pasbuild.ocflproof import add, check_store
from pasbuild.procedure import declared, states
from pasbuild.record import inputs
from pasbuild.versions import OUTPUTS, PIECES, RECORD, SOURCES, STAMPS, Fiche, find, read_fiche

if TYPE_CHECKING:
    from pasbuild.project import Dossier, Folder

README = 'LISEZ-MOI.txt'
_WELCOME = """\
Versions d'un projet d'aménagement stratégique, gardées par pasbuild.

ocfl/        les versions, dans la forme publique OCFL 1.1 (https://ocfl.io/1.1/spec/) : chaque fichier se lit sans logiciel,
             et inventory.json dit où il est et quelle est son empreinte SHA-512
horodatage/  jetons RFC 3161 des inventaires, s'il y en a : ils prouvent que l'inventaire existait à leur date

Ne modifiez, n'ajoutez et ne retirez rien à la main. Contrôler : pasbuild version verify --magasin CE-DOSSIER
"""
Witness = Callable[[bytes], bytes]
"""Returns the time stamp of what it is given."""


@dataclass(frozen=True, slots=True)
class Deposited:
    """What a deposit did."""

    name: str
    fiche: Fiche
    files: int
    octets: int
    stamped: bool


def deposit(
    folder: Folder,
    store: Path,
    report: Report,
    *,
    output: Path | None = None,
    created: str = '',
    pieces: tuple[Path, ...] = (),
    witness: Witness | None = None,
) -> Deposited | None:
    """Deposit the build in ``output``; None when findings forbid it (nothing is then written). Raises what ``witness`` raises."""
    output = output or folder.root / 'output'
    manifest = _current(folder, output, report)
    if manifest is None or not _passes(folder, store, manifest, report):
        return None
    document = manifest.document
    fiche = Fiche(
        **_common(document), date=document.date, decision=_decision(document), procedure=document.procedure, outil=_TOOL
    )
    files = {f'{OUTPUTS}/{subject.name}': (output / subject.name).read_bytes() for subject in manifest.subject}
    files |= {f'{OUTPUTS}/{path.name}': path.read_bytes() for path in _sealed_copies(output, manifest)}
    files[f'{OUTPUTS}/{MANIFEST}'] = (output / MANIFEST).read_bytes()
    files |= {
        f'{SOURCES}/{path.relative_to(folder.root).as_posix()}': path.read_bytes() for path in inputs(folder.root)
    }
    _check_read(files, manifest, report)
    return None if report.failed() else _keep(store, fiche, files, pieces, created, report, witness)


def _check_read(files: Mapping[str, bytes], manifest: Manifest, report: Report) -> None:
    """Report what changed between the checks and the reading: what is kept is what the manifest tells of, and no other."""
    outputs = {name.removeprefix(f'{OUTPUTS}/'): data for name, data in files.items()}
    for subject in manifest.subject:
        if not same(outputs[subject.name], subject):
            report.add('version.sortie', Span(subject.name), "Ce fichier change pendant le dépôt.", "Recommencez.")
    sources = {
        name.removeprefix(f'{SOURCES}/'): hashlib.sha256(data).hexdigest()
        for name, data in files.items()
        if name.startswith(f'{SOURCES}/')
    }
    for name, _ in sources.items() ^ manifest.sources.items():
        report.add('version.source', Span(name), "Ce fichier change pendant le dépôt.", "Recommencez.")


def deposit_published(
    dossier: Dossier,
    store: Path,
    report: Report,
    pdf: Path,
    state: str,
    date: datetime.date,
    *,
    act: str = '',
    pieces: tuple[Path, ...] = (),
    witness: Witness | None = None,
) -> Deposited | None:
    """Deposit a state older than the tool from its published PDF, marked as reconstructed."""
    if state not in states():
        raise PasbuildError(f"L'état « {state} » n'existe pas.\npiste : {nearest(state, states())}", ExitCode.USAGE)
    data = pdf.read_bytes()
    if not data.startswith(b'%PDF-'):
        raise PasbuildError(f"« {pdf.name} » n'est pas un PDF.", ExitCode.USAGE)
    step = states()[state].etapes[-1] if states()[state].etapes else ''
    entry = declared(dossier).get(step)
    reference = act or (entry.piece if entry is not None else '')
    decision = Decision(etape=step, date=date, piece=reference) if step else None
    owner = dossier.maitre_ouvrage
    fiche = Fiche(
        titre=dossier.titre, scot=dossier.scot, siren=owner.siren, maitre_ouvrage=owner.nom, version='', etat=state,
        date=date, decision=decision, reconstruit=True, outil=_TOOL,
    )  # fmt: skip
    return _keep(store, fiche, {f'{OUTPUTS}/{pdf.name}': data}, pieces, '', report, witness)


_TOOL = f'pasbuild {__version__}'


def _common(document: Identity) -> dict[str, str]:
    return {name: getattr(document, name) for name in ('titre', 'scot', 'siren', 'maitre_ouvrage', 'version', 'etat')}


def _decision(document: Identity) -> Decision | None:
    """Return the act that makes the state of a document: the last step the state asks for."""
    steps = states()[document.etat].etapes
    return next((step for step in document.procedure if steps and step.etape == steps[-1]), None)


def _current(folder: Folder, output: Path, report: Report) -> Manifest | None:
    """Return the manifest of what is to be deposited, None after findings: it tells of the files there are."""
    manifest = load(output)
    if manifest is None:
        message = "Il n'y a pas de manifeste, ou il ne se lit pas : on ne sait pas de quoi ces sorties sont faites."
        report.add('version.manifeste', Span(f'{output.name}/{MANIFEST}'), message, "Lancez « pasbuild build ».")
        return None
    if 'pas.pdf' not in manifest.outputs:
        message = "La dernière fabrication n'a pas fait le PDF : c'est lui qui est adopté."
        report.add('version.sortie', Span(f'{output.name}/{MANIFEST}'), message, "Lancez « pasbuild build ».")
    for gap in output_gaps(output, manifest):
        place = Span(f'{output.name}/{gap.name}')
        report.add('version.sortie', place, f"Ce fichier {gap.message}", "Lancez « pasbuild build ».")
    for gap in source_gaps(folder.root, manifest):
        report.add('version.source', Span(gap.name), f"Ce fichier {gap.message}", "Lancez « pasbuild build ».")
    return None if report.failed() else manifest


def _passes(folder: Folder, store: Path, manifest: Manifest, report: Report) -> bool:
    """Tell whether the dossier passes the gates of its state, after findings: they may have been let through to build.

    The reasons of the changes are asked again when the store is not that of the dossier: the build could not know it.
    """
    from pasbuild.approval import STORE, check_reasons
    from pasbuild.build import check

    found = Report()
    checked = check(folder, found, etat=manifest.etat)
    if checked is not None and store.resolve() != (folder.root / STORE).resolve():
        check_reasons(checked[0], found, store)
    for finding in found.diagnostics:
        if finding.level == 'erreur':
            report.add(finding.code, finding.span, finding.message, finding.hint)
    return not report.failed()


def _sealed_copies(output: Path, manifest: Manifest) -> Iterator[Path]:
    """Yield the sealed copies of the outputs that lie beside them."""
    for subject in manifest.subject:
        stem, suffix = Path(subject.name).stem, Path(subject.name).suffix
        for path in sorted(output.glob(f'{stem}-*{suffix}')):
            if path.is_file() and sealed(path.read_bytes(), subject):
                yield path


def _keep(
    store: Path,
    fiche: Fiche,
    files: dict[str, bytes],
    pieces: tuple[Path, ...],
    created: str,
    report: Report,
    witness: Witness | None,
) -> Deposited | None:
    """Write a version; None after findings."""
    files |= {f'{PIECES}/{path.name}': path.read_bytes() for path in pieces}
    files[RECORD] = as_json(fiche)
    tokens: dict[str, bytes] = {}

    def see(name: str, inventory: bytes) -> None:
        if witness is not None:
            tokens[name] = witness(inventory)

    try:
        with locked(store):
            known = _known(store, fiche, report)
            if report.failed():
                return None
            entry = Entry(files, _created(fiche, created, known), _message(fiche), fiche.maitre_ouvrage)
            name = add_version(store, known.id if known else _identify(fiche), entry, see)
            stamped = _accompany(store, name, tokens, report)
    except StoreError as error:
        add(report, error.code, error.place, error.message)
        return None
    except OSError as error:
        message = f"Le dépôt n'a pas pu s'écrire ({refusal(error)}) ; les versions déjà gardées sont intactes."
        report.add('version.ecriture', Span(store.name), message, "Faites de la place, ou rendez le droit d'écrire.")
        return None
    return Deposited(name, fiche, len(files), sum(map(len, files.values())), stamped)


def _accompany(store: Path, name: str, tokens: Mapping[str, bytes], report: Report) -> bool:
    """Write the time stamp of a version that is kept already; tell whether it has one. What cannot be is a warning."""
    try:
        _write_beside(store, {f'{STAMPS}/{one}.tsr': token for one, token in tokens.items()})
    except OSError as error:
        what = "son horodatage n'a pas pu s'écrire" if tokens else f"« {README} » n'a pas pu s'écrire"
        hint = "Faites de la place, puis « pasbuild version stamp »." if tokens else "Faites de la place."
        report.warn('version.ecriture', Span(store.name), f"{name} est gardée, mais {what} ({refusal(error)}).", hint)
        return False
    return bool(tokens)


def _known(store: Path, fiche: Fiche, report: Report) -> Stored | None:
    """Return what the store holds, after findings when it is damaged, of another SCoT, or further in the procedure."""
    if not (store / ROOT).exists():
        if {path.name for path in store.iterdir()} - {'.verrou', '.depot', STAMPS, README, '.gitkeep'}:
            add(report, 'version.magasin', store.name, "Ce dossier contient autre chose qu'un magasin de versions.")
        return None
    check_store(store, report, fixity=False)
    if report.failed():
        return None
    stored = read_store(store)
    if stored is None:
        return None
    last = read_fiche(stored, stored.head)
    alike = (last.siren and last.siren == fiche.siren) or slug(last.scot) == slug(fiche.scot)
    if not alike:
        message = f"Ce magasin garde les versions de « {last.scot} », non de « {fiche.scot} »."
        report.add('version.magasin', Span(store.name), message, "Donnez un autre dossier par --magasin.")
    kept = [one for one in (read_fiche(stored, version) for version in stored.versions) if not one.reconstruit]
    if kept and not fiche.reconstruit and fiche.etat not in _onwards(kept[-1].etat):
        message = f"La dernière version gardée est « {kept[-1].etat} » : « {fiche.etat} » ne peut pas la suivre."
        report.add('version.etat', Span(stored.head.name), message, "Corrigez « etat » dans dossier.yaml.")
    return stored


def _onwards(state: str) -> set[str]:
    """Return a state and those that may come after it."""
    found, ahead = {state}, [state]
    while ahead:
        for following in states()[ahead.pop()].vers:
            if following not in found:
                found.add(following)
                ahead.append(following)
    return found


def _created(fiche: Fiche, asked: str, known: Stored | None) -> str:
    """Return the date of a version: the one asked, or its official day. A reconstructed state comes after what is there."""
    created = asked or f'{fiche.date.isoformat()}T00:00:00Z'
    if fiche.reconstruit and known is not None:
        return max(created, known.head.created, key=moment)
    return created


def _message(fiche: Fiche) -> str:
    state = states()[fiche.etat].titre
    words = [f"{state}, version {fiche.version}" if fiche.version else state]
    if fiche.decision is not None and fiche.decision.piece:
        words.append(fiche.decision.piece)
    return ' ; '.join([*words, *(["reconstruite depuis le PDF publié"] if fiche.reconstruit else [])])


def _identify(fiche: Fiche) -> str:
    return '/'.join(filter(None, ('info:pas', fiche.siren, slug(fiche.scot))))


def _write_beside(store: Path, files: Mapping[str, bytes]) -> None:
    """Write what is kept outside the object, whole."""
    readme = {} if (store / README).exists() else {README: _WELCOME.encode()}
    for name, data in {**files, **readme}.items():
        write_beside(store, name, data)


def stamp(store: Path, wanted: str, witness: Witness) -> str:
    """Time-stamp the inventory of a version already kept; return its name. Raises PasbuildError, StoreError, OSError."""
    kept = find(store, wanted)
    name = kept.version.name
    with locked(store):
        token = witness((kept.stored.folder / name / 'inventory.json').read_bytes())
        _write_beside(store, {f'{STAMPS}/{name}.tsr': token})
    return name


def mend(store: Path) -> tuple[str, ...]:
    """Finish or forget an interrupted deposit; return what was done. Raises StoreError."""
    with locked(store):
        return repair(store)


def created(text: str) -> str:
    """Return a date, or a date and time, as OCFL writes it. Raises PasbuildError."""
    found = re.fullmatch(r'(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)?)?', text)
    try:
        datetime.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None:
        message = f"« {text} » n'est pas une date."
        raise PasbuildError(f"{message}\npiste : AAAA-MM-JJ ou AAAA-MM-JJTHH:MM:SS+02:00", ExitCode.USAGE)
    day, minutes, seconds, zone = found.groups()
    return f'{day}T{minutes or "00:00"}{seconds or ":00"}{zone or "Z"}'
