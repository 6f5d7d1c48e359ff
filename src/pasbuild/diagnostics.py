"""Findings: what is wrong, where, and what to do, as data.

Why: planners get everything that is wrong in one run, at ``file:line``, in French; code hosts and editors get the same
as JSON. Readers never raise on what a user wrote: they report here and go on. ``PasbuildError`` is for the cases where
the program cannot go on. The texts of the codes live in ``catalogue.py``.
"""

from __future__ import annotations

import difflib
import errno
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

import click

from pasbuild.model import Span

Level = Literal['erreur', 'avertissement']
Format = Literal['text', 'json', 'github']


class ExitCode(IntEnum):
    """What the shell gets: one number per kind of ending."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    TOOL_MISSING = 3
    INVALID_OUTPUT = 4
    BUG = 70


class PasbuildError(click.ClickException):
    """The program cannot go on. Click prints the message; ``exit_code`` tells the shell why."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.FINDINGS) -> None:
        super().__init__(message)
        self.exit_code: int = int(exit_code)  # type: ignore[misc]  # click declares it on the class


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. ``hint`` names the nearest valid name or the next thing to do; it may be empty."""

    span: Span
    code: str
    message: str
    hint: str = ''
    level: Level = 'erreur'


@dataclass(slots=True)
class Report:
    """The findings of one run. The same finding twice is kept once."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    _known: set[Diagnostic] = field(default_factory=set)

    def add(self, code: str, span: Span, message: str, hint: str = '', level: Level = 'erreur') -> None:
        """Record a finding."""
        finding = Diagnostic(span, code, message, hint, level)
        if finding not in self._known:
            self._known.add(finding)
            self.diagnostics.append(finding)

    def warn(self, code: str, span: Span, message: str, hint: str = '') -> None:
        """Record a finding that does not prevent building (unless ``--strict``)."""
        self.add(code, span, message, hint, 'avertissement')

    def count(self, level: Level) -> int:
        """Number of findings of that level."""
        return sum(finding.level == level for finding in self.diagnostics)

    def failed(self, *, strict: bool = False) -> bool:
        """Tell whether outputs must be withheld."""
        return bool(self.count('erreur') or (strict and self.diagnostics))

    def sorted(self) -> list[Diagnostic]:
        """Findings by file and line."""
        return sorted(self.diagnostics, key=lambda d: (d.span.file, d.span.line, d.code, d.message))


def nearest(name: str, names: Iterable[str], wording: str = "Nom le plus proche : « {} ».") -> str:
    """Return a hint naming the valid name closest to ``name``, or the valid names when none is close."""
    candidates = sorted(set(names))
    close = difflib.get_close_matches(name, candidates, n=1, cutoff=0.5)
    if close:
        return wording.format(close[0])
    if not candidates:
        return ''
    shown = ', '.join(f'« {candidate} »' for candidate in candidates[:12])
    return f"Noms possibles : {shown}{'…' if len(candidates) > 12 else '.'}"


def render(report: Report, output_format: Format) -> str:
    """Return the findings as text for a terminal, JSON for programs, or workflow commands for a code host."""
    match output_format:
        case 'json':
            return _json(report)
        case 'github':
            return '\n'.join(map(_github, report.sorted()))
        case 'text':
            return '\n'.join(_text(report))


def summary(report: Report) -> str:
    """Return "2 erreurs, 5 avertissements", or an empty string when there is nothing to say."""
    counts = ((report.count('erreur'), "erreur"), (report.count('avertissement'), "avertissement"))
    return ', '.join(f'{number} {word}{"s" if number > 1 else ""}' for number, word in counts if number)


def _text(report: Report) -> Iterator[str]:
    """Yield the lines of each finding; the same hint is said once a file, under the first finding it serves."""
    said = set()
    for finding in report.sorted():
        yield f'{finding.span}: {finding.level} [{finding.code}] {finding.message}'
        hint = (finding.span.file, finding.hint)
        if finding.hint and hint not in said:
            yield f'    piste : {finding.hint}'
        said.add(hint)


def _github(finding: Diagnostic) -> str:
    command = 'error' if finding.level == 'erreur' else 'warning'
    text = f'{finding.message} {finding.hint}'.strip()
    escaped = text.replace('%', '%25').replace('\r', '%0D').replace('\n', '%0A')
    place = finding.span.file.replace('%', '%25').replace(',', '%2C').replace(':', '%3A')
    return f'::{command} file={place},line={max(finding.span.line, 1)},title={finding.code}::{escaped}'


def _json(report: Report) -> str:
    findings = [
        {
            'code': d.code,
            'niveau': d.level,
            'message': d.message,
            'fichier': d.span.file,
            'ligne': d.span.line,
            'piste': d.hint,
        }
        for d in report.sorted()
    ]
    counts = {'erreurs': report.count('erreur'), 'avertissements': report.count('avertissement')}
    return json.dumps({**counts, 'diagnostics': findings}, ensure_ascii=False, indent=2)


# --- what the system refuses ------------------------------------------------------------------------------------------

_REFUSALS = {
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "la place accordée sur le disque est épuisée",
    errno.EACCES: "l'accès est refusé",
    errno.EPERM: "l'opération n'est pas permise",
    errno.EROFS: "le disque est en lecture seule",
    errno.ENOENT: "le fichier ou le dossier n'existe pas",
    errno.ENOTDIR: "un fichier se trouve à la place d'un dossier",
    errno.EEXIST: "un fichier se trouve à la place d'un dossier",
    errno.EISDIR: "un dossier se trouve à la place d'un fichier",
    errno.ENAMETOOLONG: "le nom est trop long",
    errno.ELOOP: "des liens tournent en rond",
    errno.EMFILE: "trop de fichiers sont ouverts",
}


def refusal(error: OSError) -> str:
    """Return what the system refuses, in French when it is one of the usual reasons."""
    place = f" « {error.filename} »" if error.filename else ''
    return f"le système refuse{place} : {_REFUSALS.get(error.errno or 0, error.strerror or str(error))}"
