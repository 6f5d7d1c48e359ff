"""Rebuilding a deposited version from its own sources, and saying whether the same document comes out.

Why: a version that can be made again, byte for byte, proves that its PDF says what its sources say, and nothing else. When
it cannot, the reader is told which output differs, and where: an older tool may simply print its own version.
A sealed copy is compared through the unsigned file it begins with.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pikepdf

from pasbuild.diagnostics import ExitCode, PasbuildError, Report, render
from pasbuild.manifest import NAME as MANIFEST
from pasbuild.manifest import Manifest, read_manifest
from pasbuild.manifestproof import sealed
from pasbuild.proof import BROKEN
from pasbuild.versions import OUTPUTS, SOURCES, Kept, manifest_of

Verdict = Literal['identique', "identique, à la version de l'outil près", 'différente']
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Difference:
    """An output that is not the one kept, and the parts of it that differ."""

    name: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came out. ``tools``: « weasyprint 70.0 → 71.0 »; ``sealed``: sealed copies of which the head is what came out."""

    verdict: Verdict
    same: tuple[str, ...]
    sealed: tuple[str, ...]
    differences: tuple[Difference, ...]
    tools: tuple[str, ...]


def rebuild(kept: Kept, jobs: int = 1) -> Rebuilt:
    """Build a version again in a folder of its own. Raises PasbuildError when it has no sources, or no longer builds."""
    manifest = manifest_of(kept)
    if manifest is None or kept.fiche.reconstruit:
        message = f"{kept.version.name} a été déposée depuis son PDF publié : elle n'a pas de sources à fabriquer."
        raise PasbuildError(message, ExitCode.USAGE)
    made = _build(kept, manifest, jobs)
    again = read_manifest(made[MANIFEST])
    assert again is not None
    tools = tuple(_tools(manifest.tools, again.tools))
    outputs = {subject.name: kept.read(f'{OUTPUTS}/{subject.name}') for subject in manifest.subject}
    same = tuple(name for name, data in outputs.items() if made.get(name) == data)
    words = _renamed(manifest, again)
    differences = tuple(
        Difference(name, tuple(_parts(name, data, made.get(name, b''), words)))
        for name, data in outputs.items()
        if name not in same
    )
    differences += tuple(_foreign(kept, manifest))
    copies = tuple(_sealed(kept, again, made))
    verdict: Verdict = 'identique'
    if tools and not any(difference.parts for difference in differences):
        verdict = "identique, à la version de l'outil près"
    elif differences:
        verdict = 'différente'
    return Rebuilt(verdict, same, copies, differences, tools)


def _build(kept: Kept, manifest: Manifest, jobs: int) -> dict[str, bytes]:
    from pasbuild.build import build, write_files
    from pasbuild.project import Folder

    with tempfile.TemporaryDirectory(prefix='pasbuild-') as place:
        root, output = Path(place) / 'dossier', Path(place) / 'sorties'
        for name, data in kept.files(f'{SOURCES}/').items():
            write_files((root / name).parent, {Path(name).name: data})
        report = Report()
        asked = manifest.predicate.definition.external_parameters
        built = build(Folder(root), report, asked.formats, output, etat=asked.etat, jobs=jobs)
        if built is None:
            found = render(Report([one for one in report.sorted() if one.level == 'erreur']), 'text')
            raise PasbuildError(f"{kept.version.name} ne se fabrique plus avec cet outil.\n{found}")
        return {path.name: path.read_bytes() for path in built.files}


def _tools(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            if name.endswith('@'):
                yield f"programme de {name[:-1]} modifié"
            else:
                yield f"{name} {before.get(name, 'absent')} → {after.get(name, 'absent')}"


def _sealed(kept: Kept, again: Manifest, made: dict[str, bytes]) -> Iterator[str]:
    """Yield the sealed copies that begin with what was built again."""
    for short, data in kept.files(f'{OUTPUTS}/').items():
        if short not in made and any(sealed(data, subject) for subject in again.subject):
            yield short


def _foreign(kept: Kept, manifest: Manifest) -> Iterator[Difference]:
    """Yield what is kept with the outputs and is none of them, nor the sealed copy of one: nothing proves it."""
    for short, data in kept.files(f'{OUTPUTS}/').items():
        known = short == MANIFEST or short in manifest.outputs
        if not known and not any(sealed(data, subject) for subject in manifest.subject):
            yield Difference(short, ("ni une sortie du manifeste, ni sa copie scellée",))


# --- what differs -----------------------------------------------------------------------------------------------------

Words = tuple[bytes, bytes]
"""How the tool names itself in the version kept, and now."""


def _renamed(before: Manifest, after: Manifest) -> Words:
    old, new = (manifest.tools.get('pasbuild', '') for manifest in (before, after))
    return f'pasbuild {old}'.encode(), f'pasbuild {new}'.encode()


def _parts(name: str, old: bytes, new: bytes, words: Words) -> Iterator[str]:
    """Yield the parts of an output that differ besides the name of the tool; nothing when only that does."""
    if not new:
        yield "n'est plus produit"
        return
    readers = {'.pdf': _pdf_parts, '.docx': _zip_parts, '.json': _json_parts}
    try:
        before, after = (readers[Path(name).suffix](data) for data in (old, new))
    except (*BROKEN, KeyError, zipfile.BadZipFile):
        yield "ne se lit pas"
        return
    found = [
        part
        for part in sorted(before.keys() | after.keys(), key=lambda part: (len(part), part))
        if before.get(part, b'').replace(*words) != after.get(part, b'')
    ]
    yield from found[:SHOWN]
    if len(found) > SHOWN:
        yield f"… et {len(found) - SHOWN} autres"


def _pdf_parts(data: bytes) -> dict[str, bytes]:
    """Return what each page shows, as text where it is told, and the identity of the file."""
    from pasbuild.pdftree import read_content

    parts: dict[str, bytes] = {}
    with pikepdf.open(io.BytesIO(data)) as pdf:
        content = read_content(pdf)
        for piece in content.pieces:
            page = f"page {piece.page}"
            parts[page] = parts.get(page, b'') + f'{piece.text}\n{piece.alt}\n'.encode()
        for number, sheet in enumerate(pdf.pages, 1):
            if b'pasbuild ' not in parts.get(f"page {number}", b''):  # the page that names the tool is drawn otherwise
                parts[f"page {number}, dessin"] = _drawn(sheet)
        parts["identité"] = repr(sorted((str(key), str(value)) for key, value in pdf.docinfo.items())).encode()
    return parts


def _drawn(page: pikepdf.Page) -> bytes:
    """Return what draws a page: its instructions, then its pictures."""
    page.contents_coalesce()
    known = page.resources.get('/XObject', pikepdf.Dictionary())
    pictures = [known[name].read_raw_bytes() for name in sorted(known.keys())]
    return b'\n'.join([page.Contents.read_bytes(), *pictures])


def _zip_parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _json_parts(data: bytes) -> dict[str, bytes]:
    """Return the top fields, and for the parts of the document each block by its id."""
    fields: dict[str, Any] = json.loads(data)
    parts = {name: json.dumps(value).encode() for name, value in fields.items() if name != 'parties'}
    for part in fields.get('parties', ()):
        for block in part['blocs']:
            parts[str(block['id'])] = json.dumps(block, ensure_ascii=False).encode()
    return parts
