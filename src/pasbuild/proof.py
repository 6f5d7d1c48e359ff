"""What verification says: checks with their verdict, the evidence for it, and the findings that forbid it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import pikepdf

from pasbuild.model import Span

Verdict = Literal['conforme', 'non conforme', 'non contrôlé']
BROKEN = (
    pikepdf.PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    RuntimeError,
    OSError,
    MemoryError,
)
"""What reading a file that is not built as a PDF must be raises."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One failure: what, on which page (0: the file), in which object, and where it is written in the sources."""

    message: str
    page: int = 0
    object: str = ''
    span: Span | None = None
    rule: str = ''
    count: int = 1


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was to be proved. ``by``: who proves it, pasbuild or veraPDF. ``details`` are told even of a pass."""

    id: str
    title: str
    verdict: Verdict
    evidence: str
    findings: tuple[Finding, ...] = ()
    by: str = 'pasbuild'
    warnings: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


Found = tuple[str, Sequence[Finding]]
"""Evidence and findings of a check that could be made."""


def judge(name: str, title: str, make: Callable[[], Found | None], missing: str = '') -> Check:
    """Make a check. ``make`` returns None when it has nothing to compare with (``missing`` says what)."""
    try:
        found = make()
    except BROKEN as error:
        finding = Finding(
            f"Le fichier n'est pas construit comme un PDF doit l'être ({type(error).__name__} : {error})."
        )
        return Check(name, title, 'non conforme', "Le contrôle n'a pas pu se faire jusqu'au bout.", (finding,))
    if found is None:
        return Check(name, title, 'non contrôlé', missing)
    evidence, findings = found
    return Check(name, title, 'non conforme' if findings else 'conforme', evidence, tuple(findings))
