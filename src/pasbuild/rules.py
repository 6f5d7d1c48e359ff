"""The named checks the legal packs call, and the verdict on each rule, with its evidence.

Why apart from the packs: a pack says what the law asks, its article and its source; a check says what a program can see
of it in the document. What needs a human eye is « à apprécier », never « conforme ».
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, get_args

from pasbuild.accessibility import LOOKS, Sight
from pasbuild.data import Dataset, Scalar
from pasbuild.diagnostics import Diagnostic, Report, nearest
from pasbuild.document import Project
from pasbuild.law import Regle, packs
from pasbuild.model import (
    Block,
    Enjeu,
    FigureBlock,
    Objectif,
    Paragraph,
    Part,
    Ref,
    Span,
    Text,
    inlines,
    own_inlines,
    plain,
    walk,
)
from pasbuild.project import Acceptation, Piece
from pasbuild.typography import french_date

State = Literal['conforme', 'a_completer', 'non_conforme', 'sans_objet', 'a_apprecier']
STATES: tuple[State, ...] = get_args(State)
ACCEPTABLE = (
    'acces.contraste', 'acces.lien', 'acces.tableau', 'acces.texte-alternatif', 'acces.texte-repete',
    'loi.armature', 'loi.carte', 'loi.enjeu-absent', 'loi.enjeu-orphelin', 'loi.horizon', 'loi.matiere-sans-reponse',
    'loi.objectif-absent', 'loi.objectif-orphelin', 'loi.partie-absente', 'loi.piece-absente', 'loi.synthese',
    'loi.trajectoire', 'loi.tranches',
)  # fmt: skip
"""Findings a dossier may accept, with a written reason."""
DOSSIER = 'content/dossier.yaml'


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on: words, the block it concerns ('' for none), and the place to look at."""

    text: str
    id: str
    span: Span


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found, before anything is accepted."""

    verdict: State
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one rule. ``accepted``: the waivers that take findings of it away (the verdict itself stays)."""

    rule: Regle
    verdict: State
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    accepted: tuple[Acceptation, ...] = ()


def check_rules(project: Project, report: Report) -> tuple[Verdict, ...]:
    """Judge every rule; what is not met and not accepted becomes a warning, a bad waiver an error."""
    verdicts = judge(project)
    _check_waivers(project, report)
    for verdict in verdicts:
        for finding in verdict.findings:
            if not any(_covers(waiver, verdict.rule, finding) for waiver in verdict.accepted):
                report.warn(finding.code, finding.span, finding.message, finding.hint)
    return verdicts


def judge(project: Project) -> tuple[Verdict, ...]:
    """Return the verdict on every rule of every pack, in their order."""
    return tuple(_judge(project, rule) for pack in packs() for rule in pack.regles)


def applied_law(project: Project) -> datetime.date:
    """Return the date of the law applied: declared, or that of the version."""
    return project.dossier.droit or project.dossier.date


def _judge(project: Project, rule: Regle) -> Verdict:
    day = applied_law(project)
    if not rule.applies(day, project.dossier.regime):
        text = f"Règle hors vigueur au {french_date(day)}, ou d'un autre régime que celui du dossier."
        return Verdict(rule, 'sans_objet', (Evidence(text, '', place(project, 'droit')),))
    parameters = dict(rule.controle)
    outcome = CHECKS[parameters.pop('nom')](project, **parameters)
    accepted = tuple(
        waiver
        for waiver in project.dossier.accepte
        if any(_covers(waiver, rule, finding) for finding in outcome.findings)
    )
    return Verdict(rule, outcome.verdict, outcome.evidence, outcome.findings, accepted)


def _covers(waiver: Acceptation, rule: Regle, finding: Diagnostic) -> bool:
    return waiver.code == finding.code and waiver.regle in ('', rule.id)


def _check_waivers(project: Project, report: Report) -> None:
    span, day = place(project, 'accepte'), applied_law(project)
    rules = [rule for pack in packs() for rule in pack.regles]
    for waiver in project.dossier.accepte:
        if waiver.code not in ACCEPTABLE:
            message = f"« {waiver.code} » n'est pas un constat qui s'accepte."
            report.add('loi.acceptation', span, message, nearest(waiver.code, ACCEPTABLE))
        if waiver.regle and waiver.regle not in [rule.id for rule in rules]:
            message = f"La règle « {waiver.regle} » n'existe pas."
            report.add('loi.acceptation', span, message, nearest(waiver.regle, [rule.id for rule in rules]))
    if not any(rule.en_vigueur.includes(day) for rule in packs()[0].regles):
        message = (
            f"Aucune règle de « {packs()[0].titre} » n'est en vigueur à la date du droit appliqué ({french_date(day)})."
        )
        report.add('loi.droit', place(project, 'droit'), message, "Corrigez « droit », ou retirez-le.")


def place(project: Project, key: str) -> Span:
    """Return the line of dossier.yaml that opens ``key``, or its first line."""
    lines = (project.folder.text(DOSSIER, Span(DOSSIER), Report()) or '').split('\n')
    return Span(DOSSIER, next((number for number, line in enumerate(lines, 1) if line.startswith(f'{key}:')), 1))


# --- what the checks look at ------------------------------------------------------------------------------------------


def objectives(project: Project) -> tuple[Objectif, ...]:
    """Return the objectives, in reading order."""
    return tuple(block for block in walk(project.document) if isinstance(block, Objectif))


def issues(project: Project) -> tuple[Enjeu, ...]:
    """Return the enjeux, in reading order."""
    return tuple(block for block in walk(project.document) if isinstance(block, Enjeu))


def named(block: Objectif | Enjeu | Part | FigureBlock, noun: str) -> Evidence:
    """Return a block as evidence: « Objectif 1.2.3 : Remettre les friches en service »."""
    match block:
        case Part():
            number, title = '', block.heading.children
        case FigureBlock():
            number, title = f' {block.number}', block.caption
        case _:
            number, title = f' {block.number}' if block.number else '', block.title
    return Evidence(f'{noun.capitalize()}{number}\u00a0: {plain(title)}', block.id, block.span)


def _fault(code: str, span: Span, message: str, hint: str) -> Diagnostic:
    return Diagnostic(span, code, message, hint, 'avertissement')


def _unmet(verdict: State, evidence: tuple[Evidence, ...], *findings: Diagnostic) -> Outcome:
    """Return an outcome whose evidence begins with what is wrong."""
    wrong = tuple(Evidence(finding.message, '', finding.span) for finding in findings)
    return Outcome(verdict, (*wrong, *evidence), findings)


def _waits(project: Project) -> Outcome:
    """Return the outcome of a check that rests on objectives when there are none: one cause, one finding, that of PAS-01."""
    text = "Le document n'a aucun objectif : voir PAS-01."
    return Outcome('a_completer', (Evidence(text, '', place(project, 'parties')),))


def written(project: Project) -> Iterator[Block]:
    """Yield the blocks of the parts authors wrote: what is generated cites everything."""
    for part in project.document.parts:
        if part.span.file.startswith('content/'):
            yield from walk(part)


def _has_words(part: Part) -> bool:
    """Tell whether a part says something besides what is still to be supplied."""
    texts = (inline for block in walk(part) if isinstance(block, Paragraph) for inline in inlines(block.children))
    return any(isinstance(inline, Text) and inline.text.strip(' .\u00a0') for inline in texts)


def _year(value: Scalar) -> int | None:
    if isinstance(value, datetime.date):
        return value.year
    return int(value) if isinstance(value, int | float) else None


# --- checks -----------------------------------------------------------------------------------------------------------


def objectif_present(project: Project) -> Outcome:
    """At least one objective is written."""
    found = objectives(project)
    if found:
        return Outcome('conforme', (Evidence(f"{len(found)} objectifs.", found[0].id, found[0].span),))
    message, hint = "Le document n'a aucun objectif.", "Écrivez un titre « ### … {#obj-… .objectif repond_a=\"…\"} »."
    return _unmet('non_conforme', (), _fault('loi.objectif-absent', place(project, 'parties'), message, hint))


def horizon(project: Project, annees: int) -> Outcome:
    """The years of the plan are known, and far enough apart."""
    span, years = place(project, 'horizon'), project.dossier.horizon
    if years.debut is None or years.fin is None:
        message, hint = "L'horizon du projet n'est pas renseigné.", "Écrivez « horizon: {debut: AAAA, fin: AAAA} »."
        return _unmet('a_completer', (), _fault('loi.horizon', span, message, hint))
    if years.fin - years.debut < annees:
        message = f"L'horizon {years.debut}-{years.fin} compte {years.fin - years.debut} ans, au lieu de {annees}."
        return _unmet('non_conforme', (), _fault('loi.horizon', span, message, "Revoyez les années de « horizon »."))
    return Outcome('conforme', (Evidence(f"Horizon {years.debut}-{years.fin}.", '', span),))


def partie(project: Project, role: str) -> Outcome:
    """A part has the role, and says something."""
    parts = [part for part in project.document.parts if part.role == role]
    if not parts:
        message = f"Aucune partie n'a le rôle « {role} »."
        finding = _fault(
            'loi.synthese', place(project, 'parties'), message, f"Ajoutez « role: {role} » en tête de la partie."
        )
        return _unmet('non_conforme', (), finding)
    evidence = tuple(named(part, "partie") for part in parts)
    if not any(_has_words(part) for part in parts):
        finding = _fault(
            'loi.synthese', parts[0].span, f"La partie de rôle « {role} » ne dit encore rien.", "Rédigez-la."
        )
        return _unmet('a_completer', evidence, finding)
    return Outcome('conforme', evidence)


def partie_si(project: Project, cas: dict[str, str]) -> Outcome:
    """For each particularity the dossier declares, a part has the matching role."""
    span, declared = place(project, 'particularites'), project.dossier.particularites
    needed = {flag: role for flag, role in cas.items() if flag in declared}
    if not needed:
        text = f"Le dossier ne déclare pas de particularité {' ou '.join(f'« {flag} »' for flag in cas)}."
        return Outcome('sans_objet', (Evidence(text, '', span),))
    parts = {part.role: part for part in project.document.parts if part.role}
    evidence = tuple(named(parts[role], "partie") for role in needed.values() if role in parts)
    findings = tuple(
        _fault('loi.partie-absente', span, f"Particularité « {flag} » : aucune partie n'a le rôle « {role} ».",
               f"Ajoutez « role: {role} » en tête de la partie.")
        for flag, role in needed.items() if role not in parts
    )  # fmt: skip
    return _unmet('non_conforme', evidence, *findings) if findings else Outcome('conforme', evidence)


def enjeux_lies(project: Project) -> Outcome:
    """Every enjeu names an objective, and every objective is named by one."""
    found = issues(project)
    if not found:
        message, hint = (
            "Le document n'a aucun enjeu.",
            "Écrivez un titre « ### … {#enj-… .enjeu objectifs=\"obj-…\"} ».",
        )
        return _unmet('non_conforme', (), _fault('loi.enjeu-absent', place(project, 'parties'), message, hint))
    if not objectives(project):
        return _waits(project)
    findings = tuple(_orphans(project))
    evidence = (Evidence(f"{len(found)} enjeux, {len(objectives(project))} objectifs.", found[0].id, found[0].span),)
    return _unmet('a_completer', evidence, *findings) if findings else Outcome('conforme', evidence)


def _orphans(project: Project) -> Iterator[Diagnostic]:
    for issue in issues(project):
        if not issue.objectifs:
            message = f"L'enjeu « {plain(issue.title)} » ne mène à aucun objectif."
            yield _fault('loi.enjeu-orphelin', issue.span, message, "Ajoutez objectifs=\"obj-…\" à son titre.")
    for objective in objectives(project):
        if not objective.enjeux:
            message = f"Aucun enjeu ne nomme l'objectif « {plain(objective.title)} »."
            hint = f"Ajoutez « {objective.id} » aux objectifs d'un enjeu."
            yield _fault('loi.objectif-orphelin', objective.span, message, hint)


def cartes_completes(project: Project) -> Outcome:
    """If there are maps: each has a title, a text that replaces it, a source, and the text refers to it."""
    blocks = tuple(written(project))
    maps = [block for block in blocks if isinstance(block, FigureBlock) and block.label == "Carte"]
    if not maps:
        return Outcome('sans_objet', (Evidence("Le document n'a pas de carte.", '', place(project, 'parties')),))
    cited = {inline.target for block in blocks for inline in inlines(own_inlines(block)) if isinstance(inline, Ref)}
    faults = [block for block in maps if not (block.caption and block.alt and block.source and block.id in cited)]
    evidence = tuple(named(block, "carte") for block in maps)
    hint = "Renvoyez-y dans le texte par [](#identifiant), et vérifiez titre, source et texte de remplacement."
    findings = [
        _fault('loi.carte', block.span, f"La carte « {block.id} » est incomplète ou n'est citée nulle part.", hint)
        for block in faults
    ]
    return _unmet('a_completer', evidence, *findings) if findings else Outcome('conforme', evidence)


def matiere(project: Project, sujet: str) -> Outcome:
    """An objective answers a matter of the article; enjeux are given as evidence besides."""
    if not objectives(project):
        return _waits(project)
    key = f'L141-3/{sujet}'
    noun = project.dossier.niveaux.objectif.nom
    answers = tuple(named(block, noun) for block in objectives(project) if key in block.answers)
    besides = tuple(named(block, "enjeu") for block in issues(project) if key in block.answers)
    if answers:
        return Outcome('conforme', answers + besides)
    message = f"Aucun objectif ne répond à la matière « {sujet} » de l'article L. 141-3."
    hint = f"Ajoutez « {key} » à « repond_a » d'un objectif qui en traite."
    finding = _fault('loi.matiere-sans-reponse', place(project, 'parties'), message, hint)
    return _unmet('a_completer', besides, finding)


def armature_complete(project: Project, sujet: str, table: str) -> Outcome:
    """The matter is answered, and the armature is decided (``armature.py`` sees that each commune has one level)."""
    answered, known = matiere(project, sujet), project.data.get(table)
    if answered.verdict != 'conforme':
        return answered
    span = next((part.span for part in project.document.parts if part.role == 'armature'), place(project, 'parties'))
    if known is None or all(row.get('nombre') is None for row in known.rows):
        message, hint = "L'armature (niveau de chaque commune) n'est pas décidée.", f"Remplissez content/{table}.yaml."
        return _unmet('a_completer', answered.evidence, _fault('loi.armature', span, message, hint))
    return answered


def objectif_de_reduction(project: Project, sujet: str, table: str) -> Outcome:
    """The matter is answered, and the trajectory has a target."""
    answered = matiere(project, sujet)
    if answered.findings:
        return replace(answered, verdict='non_conforme')
    if answered.verdict != 'conforme':
        return answered
    if any(_target(row) is not None for row in _rows(project.data.get(table))):
        return answered
    message, hint = (
        "La trajectoire n'a encore aucun objectif chiffré de réduction.",
        f"Remplissez content/{table}.yaml.",
    )
    return _unmet('a_completer', answered.evidence, _fault('loi.trajectoire', _land(project), message, hint))


def tranches(project: Project, table: str) -> Outcome:
    """The tranches follow one another, cover the horizon, and each has its target."""
    rows, years, span = _rows(project.data.get(table)), project.dossier.horizon, _land(project)
    bounds = [(_year(row.get('debut')), _year(row.get('fin'))) for row in rows]
    known = sorted((start, end) for start, end in bounds if start is not None and end is not None)
    if not known or years.debut is None or years.fin is None or any(_target(row) is None for row in rows):
        message = "Les tranches de dix années, leurs objectifs ou l'horizon ne sont pas renseignés."
        return _unmet(
            'a_completer', (), _fault('loi.tranches', span, message, "Renseignez « horizon » et les tranches.")
        )
    evidence = tuple(Evidence(f"Tranche {start}-{end}.", '', span) for start, end in known)
    joined = all(following[0] - first[1] in (0, 1) for first, following in pairwise(known))
    if not joined or known[0][0] > years.debut or known[-1][1] < years.fin:
        message = f"Les tranches ne couvrent pas sans trou l'horizon {years.debut}-{years.fin}."
        return _unmet('non_conforme', evidence, _fault('loi.tranches', span, message, "Complétez les tranches."))
    return Outcome('conforme', evidence)


def _rows(table: Dataset | None) -> tuple[Any, ...]:
    return () if table is None else tuple(table.rows)


def _target(row: Any) -> Scalar:
    """Return the target of a tranche: hectares, or else a rate."""
    return next((row[key] for key in ('objectif_ha', 'taux') if row.get(key) is not None), None)


def _land(project: Project) -> Span:
    found = (part.span for part in project.document.parts if part.role == 'trajectoire')
    return next(found, place(project, 'parties'))


def piece_du_scot(project: Project, piece: Piece, titre: str, objet: str) -> Outcome:
    """Another piece of the SCoT is declared; whether what it says is consistent, a human judges."""
    reference = project.dossier.pieces.get(piece)
    if reference is None:
        message = f"La pièce « {titre} » du SCoT n'est pas déclarée."
        hint = f"Écrivez « pieces: {{{piece}: \"titre, version, date\"}} » dans dossier.yaml."
        return _unmet('a_completer', (), _fault('loi.piece-absente', place(project, 'pieces'), message, hint))
    span = place(project, 'pieces')
    return Outcome(
        'a_apprecier', (Evidence(f'{titre.capitalize()} : {reference}', '', span), Evidence(objet, '', span))
    )


def _seen(look: Callable[[Project], Sight]) -> Callable[[Project], Outcome]:
    """Return the check that judges what a function of ``accessibility.py`` sees."""

    def check(project: Project) -> Outcome:
        sight = look(project)
        evidence = (Evidence(sight.text, '', sight.span),)
        if sight.faults:
            return _unmet('non_conforme', evidence, *(_fault(*fault) for fault in sight.faults))
        return Outcome('conforme' if sight.met else 'non_conforme' if sight.applies else 'sans_objet', evidence)

    return check


CHECKS: dict[str, Callable[..., Outcome]] = {
    check.__name__: check
    for check in (
        objectif_present, horizon, partie, partie_si, enjeux_lies, cartes_completes, matiere, armature_complete,
        objectif_de_reduction, tranches, piece_du_scot,
    )
} | {look.__name__: _seen(look) for look in LOOKS}  # fmt: skip
"""Checks by the name the packs give them."""
