"""Proof on the bytes: veraPDF for the standards, our own checks for what no validator asks.

The file is not trusted. Our checks read it in a process of its own, with a limit of time and of memory, so that a PDF
made to hang or to swell a reader ends in a verdict. Nothing is called conforming that was not looked at.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pikepdf

from pasbuild import fidelity, soundness
from pasbuild.diagnostics import ExitCode
from pasbuild.fonts import fonts
from pasbuild.manifestproof import check_manifest
from pasbuild.pdftree import Content, read_content
from pasbuild.proof import BROKEN, Check, Finding, Found, Verdict, judge
from pasbuild.sealproof import check_seals, has_form
from pasbuild.verapdf import INSTALL, PROFILES, Engine, Failure, Outcome, Rule, find_engine, validate

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from pasbuild.model import Document
    from pasbuild.project import Dossier

SECONDS = 120.0
MEMORY = 2 << 30
"""Bytes of address space for reading the file."""
NO_SOURCES = "Sans les sources, il n'y a rien à quoi comparer."
NO_CONTENT = "Le fichier ne se lit pas."


@dataclass(frozen=True, slots=True)
class Sources:
    """What the PDF must say."""

    document: Document
    dossier: Dossier


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of a file, in order, and how long they took in seconds."""

    file: str
    checks: tuple[Check, ...]
    seconds: float = 0
    without_engine: bool = False

    @property
    def failed(self) -> bool:
        """Tell whether something is wrong for sure."""
        return any(check.verdict == 'non conforme' for check in self.checks)

    @property
    def unchecked(self) -> tuple[Check, ...]:
        """What could not be looked at."""
        return tuple(check for check in self.checks if check.verdict == 'non contrôlé')


def verify(
    path: Path,
    sources: Sources | None,
    *,
    verapdf: bool = True,
    seconds: float = SECONDS,
    authorities: Sequence[Path] = (),
    root: Path | None = None,
) -> Verification:
    """Verify a file: own checks and veraPDF at the same time.

    ``authorities``: files of whom to believe for seals. ``root``: the dossier, whose sources the manifest is held against.
    """
    start = time.perf_counter()
    engine = find_engine() if verapdf else Engine(missing="Non demandé (--sans-verapdf).")
    outcomes: list[Outcome] = []
    thread = Thread(target=lambda: outcomes.extend(validate(path, engine)))
    thread.start()
    own = _apart(path, sources, seconds, authorities)
    thread.join()
    checks = (*own, check_manifest(path, root), *(_standard(outcome, engine, path) for outcome in outcomes))
    return Verification(str(path), checks, time.perf_counter() - start, bool(engine.missing))


def ending(result: Verification, *, required: bool) -> ExitCode:
    """Return the exit code. ``required``: veraPDF must have judged."""
    missing = [check for check in result.unchecked if check.by == 'veraPDF']
    if result.failed:
        return ExitCode.INVALID_OUTPUT
    if required and missing:
        return ExitCode.TOOL_MISSING if result.without_engine else ExitCode.INVALID_OUTPUT
    return ExitCode.DONE


# --- own checks ---------------------------------------------------------------------------------------------------------


def _apart(path: Path, sources: Sources | None, seconds: float, authorities: Sequence[Path]) -> tuple[Check, ...]:
    """Make our checks in another process; a verdict even when it dies or does not end."""
    context = multiprocessing.get_context('spawn')
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, path, sources, authorities), daemon=True)
    process.start()
    theirs.close()
    try:
        if ours.poll(seconds):
            checks: tuple[Check, ...] = ours.recv()
            return checks
        reason = f"La lecture n'a pas fini en {seconds:.0f} s : le fichier est construit pour épuiser un lecteur, ou immense."
    except EOFError:
        reason = "La lecture a épuisé la mémoire ou le lecteur s'est arrêté : le fichier est abîmé ou hostile."
    finally:
        process.kill()
        process.join()
        ours.close()
    return (Check('integrite', "Intégrité du fichier", 'non conforme', NO_CONTENT, (Finding(reason),)),)


def _work(channel: Connection, path: Path, sources: Sources | None, authorities: Sequence[Path]) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    channel.send(own_checks(path, sources, authorities))
    channel.close()


def own_checks(path: Path, sources: Sources | None, authorities: Sequence[Path] = ()) -> tuple[Check, ...]:
    """Make every check but veraPDF's, in this process."""
    size, heavy = soundness.check_size(path)
    evidence, findings = size
    weight = Check(
        'taille', "Taille", 'non conforme' if findings else 'conforme', evidence, tuple(findings), warnings=heavy
    )
    if findings:
        return (weight, Check('integrite', "Intégrité du fichier", 'non contrôlé', "Trop gros pour être lu."))
    try:
        with pikepdf.open(path, suppress_warnings=True, attempt_recovery=True) as pdf:
            return (*_checks(pdf, sources), weight, *check_seals(path, authorities, form=has_form(pdf)))
    except pikepdf.PasswordError:
        reason = "Le fichier est chiffré et demande un mot de passe."
    except BROKEN as error:
        reason = (
            f"Ce fichier n'est pas un PDF qui se lise ({re.sub(r'^.*: ', '', str(error)) or type(error).__name__})."
        )
    return (Check('integrite', "Intégrité du fichier", 'non conforme', NO_CONTENT, (Finding(reason),)), weight)


def _checks(pdf: pikepdf.Pdf, sources: Sources | None) -> Iterator[Check]:
    yield judge('integrite', "Intégrité du fichier", lambda: soundness.check_integrity(pdf))
    yield judge('innocuite', "Ni script, ni action, ni fichier extérieur", lambda: soundness.check_safety(pdf))
    content: list[Content] = []
    structure = judge('structure', "Balises, pages et liens qui se suivent", lambda: _structure(pdf, content))
    yield structure
    yield from _compared(content[0] if content else None, sources)
    yield from _alone(pdf, content[0] if content else None, sources)


def _structure(pdf: pikepdf.Pdf, content: list[Content]) -> Found:
    content.append(read_content(pdf))
    tagged = content[0].tagged
    findings = [] if tagged else [Finding("Le PDF n'est pas balisé.")]
    return f"{len(content[0].pages)} pages et {len(content[0].pieces)} morceaux balisés, lus jusqu'au bout.", findings


def _compared(content: Content | None, sources: Sources | None) -> Iterator[Check]:
    """Make the checks that want the document; without it, what remains of them."""
    reading: fidelity.Reading | None = None
    document = sources.document if sources else None
    niveaux = sources.dossier.niveaux if sources else None
    missing = NO_CONTENT if content is None else NO_SOURCES

    def text() -> Found | None:
        nonlocal reading
        if content is None or document is None or niveaux is None:
            return None
        reading = fidelity.compare(document, niveaux, content)
        return fidelity.check_text(reading, content)

    def figures() -> Found | None:
        if content is None:
            return None
        return fidelity.check_figures(document, content) if document else fidelity.check_alternatives(content)

    def bookmarks() -> Found | None:
        if content is None:
            return None
        if document is None or niveaux is None or reading is None:
            return fidelity.check_landing(content)
        return fidelity.check_bookmarks(document, niveaux, content, reading)

    yield judge('texte', "Texte et ordre de lecture égaux aux sources", text, missing)
    yield judge('figures', "Figures et textes alternatifs", figures, missing)
    yield judge('liens', "Liens", lambda: fidelity.check_links(content, reading) if content else None, missing)
    yield judge('signets', "Signets", bookmarks, missing)
    yield judge(
        'destinations',
        "Destinations nommées",
        lambda: fidelity.check_destinations(document, content) if content and document else None,
        missing,
    )


def _alone(pdf: pikepdf.Pdf, content: Content | None, sources: Sources | None) -> Iterator[Check]:
    """Make the checks that read the file alone."""
    families = sorted({font.family for font in fonts().values()}) if sources else []
    made: tuple[tuple[str, str, Callable[[Content], Found]], ...] = (
        ('pages', "Numéros de page", soundness.check_labels),
        ('polices', "Polices", lambda read: soundness.check_fonts(read, families)),
        ('contraste', "Contraste du texte", soundness.check_contrast),
    )
    for name, title, make in made:
        yield judge(name, title, lambda make=make: make(content) if content else None, NO_CONTENT)  # type: ignore[misc]
    yield judge(
        'metadonnees', "Métadonnées et profils déclarés", lambda: soundness.check_metadata(pdf, sealed=has_form(pdf))
    )
    yield judge(
        'identite',
        "Titre, auteur, langue et dates du dossier",
        lambda: soundness.check_identity(pdf, sources.dossier, sealed=has_form(pdf)) if sources else None,
        NO_SOURCES,
    )


# --- veraPDF ------------------------------------------------------------------------------------------------------------


def _standard(outcome: Outcome, engine: Engine, path: Path) -> Check:
    """Turn what veraPDF says of a profile into a check; its failures get the page of the element they name."""
    title = f"{PROFILES[outcome.profile]} (veraPDF)"
    if outcome.passed is None:
        hint = f" {INSTALL}" if engine.missing and 'demandé' not in engine.missing else ''
        return Check(outcome.profile, title, 'non contrôlé', f"{outcome.reason.rstrip('.')}.{hint}", by='veraPDF')
    pages = _pages(path) if outcome.rules else {}
    findings = tuple(finding for rule in outcome.rules for finding in _failures(rule, pages))
    verdict: Verdict = 'conforme' if outcome.passed else 'non conforme'
    evidence = (
        f"{engine.name} : {'aucune règle enfreinte' if outcome.passed else f'{len(outcome.rules)} règles enfreintes'}."
    )
    return Check(outcome.profile, title, verdict, evidence, findings, by='veraPDF')


def _failures(rule: Rule, pages: Mapping[str, int]) -> Iterator[Finding]:
    """Yield the failures of a rule; the first also counts those veraPDF did not detail."""
    name = f"{rule.clause}-{rule.test}"
    rest = rule.count - len(rule.failures)
    for failure in rule.failures or (Failure(0, ''),):
        page = failure.page or _page(failure.context, pages)
        yield Finding(rule.description, page, failure.context, rule=name, count=1 + max(rest, 0))
        rest = 0


def _page(context: str, pages: Mapping[str, int]) -> int:
    """Return the page of the innermost tagged element veraPDF names, 0 when it names none."""
    return next((pages[number] for number in re.findall(r'\((\d+) 0 obj', context)[::-1] if number in pages), 0)


def _pages(path: Path) -> dict[str, int]:
    """Return the page of each tagged element by object number."""
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
            return {
                str(item.objgen[0]): numbers.get(item.Pg.objgen, 0)
                for item in pdf.objects
                if isinstance(item, pikepdf.Dictionary)
                and '/S' in item
                and isinstance(item.get('/Pg'), pikepdf.Dictionary)
            }
    except BROKEN:
        return {}


# --- rendering ----------------------------------------------------------------------------------------------------------

SIGNS = {'conforme': '✓', 'non conforme': '✗', 'non contrôlé': '–'}
SHOWN = 8


def as_text(result: Verification) -> str:
    """Return the table of checks, then the failures grouped by rule."""
    width = max(len(check.title) for check in result.checks)
    lines = [f"{result.file}", '']
    lines += [f"{SIGNS[check.verdict]} {check.title:<{width}}  {check.verdict}" for check in result.checks]
    for check in result.checks:
        if check.findings or check.warnings or check.details:
            lines += ['', f"{check.title} : {check.evidence}", *_told(check)]
    if result.unchecked:
        lines += ['', "Non contrôlé :"]
        lines += [f"  – {check.title} : {check.evidence}" for check in result.unchecked]
    return '\n'.join([*lines, '', summary(result)])


def summary(result: Verification) -> str:
    """Return "12 contrôles conformes, 2 non conformes, 1 non contrôlé, 9,1 s"."""
    counts = {verdict: sum(check.verdict == verdict for check in result.checks) for verdict in SIGNS}
    words = [
        f"{number} {word}{'s' if number > 1 else ''}"
        for number, word in (
            (counts['conforme'], "contrôle conforme"),
            (counts['non conforme'], "non conforme"),
            (counts['non contrôlé'], "non contrôlé"),
        )
        if number
    ]
    text = ', '.join(words).replace("contrôle conformes", "contrôles conformes")
    return f"{text}, {f'{result.seconds:.1f}'.replace('.', ',')} s"


def _told(check: Check) -> Iterator[str]:
    yield from (f"  {detail}" for detail in check.details)
    yield from (f"  ! {warning}" for warning in check.warnings)
    groups: dict[str, dict[str, list[Finding]]] = {}
    for finding in check.findings:
        groups.setdefault(finding.rule, {}).setdefault(finding.message, []).append(finding)
    for rule, messages in groups.items():
        total = sum(finding.count for findings in messages.values() for finding in findings)
        indent = '  '
        if rule:
            yield f"  {rule} ({total})"
            indent = '    '
        yield from (f"{indent}✗ {_line(findings)}" for findings in list(messages.values())[:SHOWN])
        if len(messages) > SHOWN:
            rest = [finding for findings in list(messages.values())[SHOWN:] for finding in findings]
            yield f"{indent}… et {len(messages) - SHOWN} autres : {_pages_of(rest)}"


def _line(findings: Sequence[Finding]) -> str:
    """Return one line for failures that say the same."""
    first = findings[0]
    source = [str(first.span)] if first.span else []
    pages = [_pages_of(findings)] if any(finding.page for finding in findings) else []
    where = ', '.join([*source, *pages])
    return f"{where} : {first.message}" if where else first.message


def _pages_of(findings: Sequence[Finding]) -> str:
    pages = sorted({finding.page for finding in findings if finding.page})
    if not pages:
        return "page non connue"
    return f"page{'s' if len(pages) > 1 else ''} {', '.join(map(str, pages[:15]))}{'…' if len(pages) > 15 else ''}"


def as_json(result: Verification) -> str:
    """Return everything, for a program or an archive."""
    checks = [
        {
            'id': check.id,
            'titre': check.title,
            'verdict': check.verdict.replace(' ', '_').replace('ô', 'o').replace('é', 'e'),
            'par': check.by,
            'preuve': check.evidence,
            'details': list(check.details),
            'avertissements': list(check.warnings),
            'constats': [
                {
                    'message': finding.message,
                    'regle': finding.rule,
                    'page': finding.page or None,
                    'objet': finding.object,
                    'nombre': finding.count,
                    'fichier': finding.span.file if finding.span else None,
                    'ligne': finding.span.line if finding.span else None,
                }
                for finding in check.findings
            ],
        }
        for check in result.checks
    ]
    return json.dumps({'fichier': result.file, 'controles': checks}, ensure_ascii=False, indent=2)
