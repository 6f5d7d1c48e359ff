"""The electronic seals of a PDF as one check of verification.

Only what ``seals.py`` judges is said, and no seal passes unless authorities given by whoever verifies vouch for it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf

from pasbuild.diagnostics import PasbuildError
from pasbuild.proof import Check, Finding, Found, Verdict, judge

if TYPE_CHECKING:
    from pasbuild.seals import Seal

_TITLE = "Cachets électroniques"
_MISSING = "Le fichier porte un formulaire, peut-être un cachet. Pour le juger : pip install 'pasbuild[sign]'."
_NONE = "Le fichier ne porte aucun cachet."
_CHANGES = {
    'aucun': "rien n'a changé depuis",
    'archivage': "depuis, seulement des preuves et des horodatages d'archivage",
    'formulaire': "depuis, seulement d'autres cachets",
    'autre': "le document a changé depuis",
}


def has_form(pdf: pikepdf.Pdf) -> bool:
    """Tell whether a file may be sealed: a seal is a field of a form, and what is built here has no form."""
    return '/AcroForm' in pdf.Root


def check_seals(path: Path, authorities: Sequence[Path], *, form: bool) -> tuple[Check, ...]:
    """Judge the seals of a file; no check for one that has none, unless authorities were given for it.

    A broken seal, or one the given authorities do not vouch for, is refused. Without authorities none passes.
    """
    if not form:
        return (_unchecked(_NONE),) if authorities else ()
    if importlib.util.find_spec('pyhanko') is None:
        return (_unchecked(_MISSING),)
    from pasbuild.seals import read_anchors, signatures

    anchors = read_anchors(authorities)
    seals: list[Seal] = []

    def read() -> Found:
        seals.extend(signatures(path, anchors))
        return '', ()

    try:
        found = judge('cachets', _TITLE, read)
    except PasbuildError as error:
        return (Check('cachets', _TITLE, 'non conforme', "Les cachets ne se lisent pas.", (Finding(str(error)),)),)
    if found.findings:
        return (found,)
    return (_judged(seals, trusting=bool(anchors.roots)) if seals else _unchecked(_NONE),)


def _unchecked(why: str) -> Check:
    return Check('cachets', _TITLE, 'non contrôlé', why)


def _judged(seals: Sequence[Seal], *, trusting: bool) -> Check:
    """Return the verdict on all seals; ``trusting``: authorities were given."""
    findings = tuple(finding for seal in seals for finding in _faults(seal, trusting=trusting))
    sound = all(seal.sound for seal in seals)
    verdict: Verdict = 'non conforme' if findings else 'conforme' if sound else 'non contrôlé'
    evidence = (
        f"{len(seals)} cachet{'s' if len(seals) > 1 else ''}, jugé{'s' if len(seals) > 1 else ''} "
        f"{'selon les autorités données' if trusting else 'sans autorités (--autorites) : intégrité seulement'}."
    )
    return Check('cachets', _TITLE, verdict, evidence, findings, details=tuple(map(describe, seals)))


def _faults(seal: Seal, *, trusting: bool) -> tuple[Finding, ...]:
    """Return what is wrong for sure with a seal. One whose authority is only unknown is not wrong but unchecked."""
    if not seal.intact:
        return (Finding(f"Cachet « {seal.field} » rompu : {seal.why or 'la signature ne vaut pas'}.", rule='rompu'),)
    if seal.changes == 'autre':
        return (Finding(f"Le document a changé depuis le cachet « {seal.field} ».", rule='changé'),)
    if trusting and not seal.trusted:
        return (Finding(f"Cachet « {seal.field} » sans confiance : {seal.why}.", rule='confiance'),)
    return ()


def describe(seal: Seal) -> str:
    """Return who, level, when, intact or not, believed or not and why, what it covers and what came after."""
    when = seal.when.astimezone(UTC).strftime('%d/%m/%Y à %H:%M:%S UTC') if seal.when else "date inconnue"
    clock = "heure attestée" if seal.time_proven else "heure non attestée"
    return ', '.join(
        (
            f"« {seal.field} » : {seal.who or 'titulaire inconnu'}",
            seal.level or "d'un autre format que PAdES",
            f"{when} ({clock})" if seal.when else when,
            "intact" if seal.intact else "rompu",
            "de confiance" if seal.trusted else f"sans confiance : {seal.why}",
            "couvre tout le fichier" if seal.covers_file else "ne couvre pas la fin du fichier",
            _CHANGES[seal.changes],
        )
    )
