"""Outputs held against their manifest, and the manifest against the sources: what changed since the build."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pasbuild.manifest import NAME, Manifest, Subject, read_manifest
from pasbuild.proof import Check, Finding
from pasbuild.record import inputs

_ID, _TITLE = 'manifeste', "Fichiers égaux au manifeste de la fabrication"


@dataclass(frozen=True, slots=True)
class Gap:
    """A file that is not the one the manifest tells of."""

    name: str
    message: str


def load(folder: Path) -> Manifest | None:
    """Return the manifest of a folder of outputs, None when there is none that reads."""
    try:
        return read_manifest((folder / NAME).read_bytes())
    except OSError:
        return None


def check_manifest(path: Path, root: Path | None) -> Check:
    """Check a PDF and the outputs beside it against their manifest; what changed in the sources since is a warning."""
    folder = path.parent
    if not (folder / NAME).exists():
        return Check(_ID, _TITLE, 'non contrôlé', f"Pas de « {NAME} » à côté du fichier.")
    manifest = load(folder)
    if manifest is None:
        finding = Finding(f"« {NAME} » ne se lit pas, ou n'est pas un manifeste.")
        return Check(_ID, _TITLE, 'non conforme', "Le manifeste ne se lit pas.", (finding,))
    gaps = [*output_gaps(folder, manifest), *_named(path, manifest)]
    findings = tuple(Finding(f"« {gap.name} » {gap.message}") for gap in gaps)
    changed = list(source_gaps(root, manifest)) if root is not None else []
    warnings = (f"{len(changed)} source(s) ont changé depuis la fabrication : {changed[0].name}…",) if changed else ()
    evidence = f"{len(manifest.subject)} sorties : taille et empreinte SHA-256 {'égales' if not gaps else 'comparées'}."
    return Check(_ID, _TITLE, 'non conforme' if findings else 'conforme', evidence, findings, warnings=warnings)


def output_gaps(folder: Path, manifest: Manifest) -> Iterator[Gap]:
    """Yield the outputs that are missing, or are not those that were built."""
    for subject in manifest.subject:
        try:
            data = (folder / Path(subject.name).name).read_bytes()
        except OSError:
            yield Gap(subject.name, "manque, ou ne se lit pas.")
            continue
        if not same(data, subject):
            yield Gap(subject.name, "n'est pas le fichier que la fabrication a écrit.")


def source_gaps(root: Path, manifest: Manifest) -> Iterator[Gap]:
    """Yield the sources that changed, came or went since the build."""
    known = dict(manifest.sources)
    for path in inputs(root):
        name = path.relative_to(root).as_posix()
        expected = known.pop(name, None)
        if expected is None:
            yield Gap(name, "est nouveau depuis la fabrication.")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            yield Gap(name, "a changé depuis la fabrication.")
    yield from (Gap(name, "n'existe plus.") for name in known)


def same(data: bytes, subject: Subject) -> bool:
    """Tell whether bytes are those of an output."""
    return len(data) == subject.annotations.taille and hashlib.sha256(data).hexdigest() == subject.digest.sha256


def sealed(data: bytes, subject: Subject) -> bool:
    """Tell whether bytes begin with an output and go on: a seal is added after the last byte of the file it seals."""
    return len(data) > subject.annotations.taille and same(data[: subject.annotations.taille], subject)


def _named(path: Path, manifest: Manifest) -> Iterator[Gap]:
    """Yield a gap when the PDF that is verified is neither an output nor a sealed copy of one."""
    if path.name in manifest.outputs:
        return
    data = path.read_bytes()
    if not any(sealed(data, subject) or same(data, subject) for subject in manifest.subject):
        yield Gap(path.name, "n'est ni une sortie du manifeste, ni sa copie scellée.")
