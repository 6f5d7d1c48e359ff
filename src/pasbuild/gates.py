"""Gates: what is still to be supplied or verified in a document, and the findings that its state forbids.

Why: a draft may have blanks and numbers read in the press; what the comité syndical votes may not. A draft gets one
warning a file or a table, a state that forbids blanks gets each of them at its place. Which state forbids what is data
(``exige`` in ``legal/procedure.yaml``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import groupby

from pasbuild.diagnostics import Diagnostic, Report
from pasbuild.document import Project
from pasbuild.model import Block, FigureBlock, Missing, Table, Value, inlines, own_inlines
from pasbuild.procedure import forbidden
from pasbuild.rules import DOSSIER, place, written
from pasbuild.values import ValueNotFoundError, cite_value, is_unverified

BLANK, UNVERIFIED = 'texte.a-renseigner', 'donnee.a-verifier'
_SUPPLY = "Écrivez-le à la place de « {a-renseigner} », ou dans les données quand elles le donnent."
_VERIFY = "Vérifiez à la source, puis changez « statut » dans les données."


def check_gates(project: Project, report: Report) -> None:
    """Report blanks and unverified data, then make errors of every finding the state of the dossier forbids."""
    patterns = forbidden(project.dossier.etat)
    for code, found in ((BLANK, tuple(_blanks(project))), (UNVERIFIED, tuple(_unverified(project)))):
        detailed = _forbids(patterns, code)
        for finding in (lack for _, lack in found) if detailed else _grouped(found):
            report.warn(code, finding.span, finding.message, finding.hint)
    report.diagnostics[:] = [
        replace(finding, level='erreur') if _forbids(patterns, finding.code) else finding
        for finding in report.diagnostics
    ]


def _forbids(patterns: tuple[str, ...], code: str) -> bool:
    return any(fnmatchcase(code, pattern) for pattern in patterns)


Lack = tuple[str, Diagnostic]
"""What is missing, under the file or the table it is counted with."""


def _blanks(project: Project) -> Iterator[Lack]:
    """Yield what is still to be supplied. Generated parts repeat what dossier.yaml lacks: reported there."""
    if not project.dossier.maitre_ouvrage.siren:
        span = place(project, 'maitre_ouvrage')
        message = "Le numéro SIREN du maître d'ouvrage reste à renseigner."
        yield DOSSIER, Diagnostic(span, BLANK, message, "Écrivez « siren: » dans « maitre_ouvrage ».")
    for block in written(project):
        for inline in inlines(own_inlines(block)):
            if isinstance(inline, Missing):
                message = f"Reste à renseigner : {inline.text or f'une case de « {block.id} »'}."
                yield inline.span.file, Diagnostic(inline.span, BLANK, message, _SUPPLY)


def _unverified(project: Project) -> Iterator[Lack]:
    """Yield what rests on a source to verify: values in the text, tables, figures."""
    for block in written(project):
        for inline in inlines(own_inlines(block)):
            if isinstance(inline, Value) and (table := _rests_on(inline.key, project)):
                words = f"« {inline.text} » ({inline.key}) repose sur une source à vérifier."
                yield table, Diagnostic(inline.span, UNVERIFIED, words, _VERIFY)
        for table in _drawn_from(block, project):
            words = f"« {block.id} » est fait de la table « {table} », dont la source est à vérifier."
            yield table, Diagnostic(block.span, UNVERIFIED, words, _VERIFY)


def _rests_on(key: str, project: Project) -> str:
    """Return the table of a value that is still to be verified, '' when it is verified (or reported as not found)."""
    try:
        cited = cite_value(key, project.data)
    except ValueNotFoundError:
        return ''
    return cited.dataset if cited.unverified else ''


def _drawn_from(block: Block, project: Project) -> Iterator[str]:
    """Yield the tables to verify that a table or a figure is made of."""
    match block:
        case Table() if block.query:
            names: tuple[str, ...] = (dict(block.query).get('donnees', ''),)
        case FigureBlock() if block.id in project.figures:
            names = tuple(project.figures[block.id].spec.tables())
        case _:
            names = ()
    yield from (name for name in names if name in project.data and is_unverified(project.data[name]))


def _grouped(found: tuple[Lack, ...]) -> Iterator[Diagnostic]:
    """Yield one finding a file or a table, at the first place, that counts the others."""
    for name, group in groupby(sorted(found, key=lambda lack: (lack[0], lack[1].span)), key=lambda lack: lack[0]):
        lacks = [lack for _, lack in group]
        first = lacks[0]
        if len(lacks) == 1:
            yield first
        elif first.code == UNVERIFIED:
            message = f"{len(lacks)} nombres, tableaux ou figures tirés de la table « {name} » sont à vérifier."
            yield replace(first, message=message)
        else:
            message = f"{len(lacks)} éléments restent à renseigner dans ce fichier ({_lines(lacks)})."
            yield replace(first, message=message)


def _lines(lacks: list[Diagnostic]) -> str:
    """Return « lignes 12, 15, 31 », each once, a few of them."""
    lines = list(dict.fromkeys(str(lack.span.line) for lack in lacks))
    shown = ', '.join(lines[:8])
    return f"ligne{'s' if len(lines) > 1 else ''} {shown}{'…' if len(lines) > 8 else ''}"
