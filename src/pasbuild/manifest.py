"""The manifest of a build: what was made, from what, with which tools, as an in-toto Statement with SLSA provenance.

Why: an archivist, or a judge, must be able to tell years later that a file is the one that was built, and from which sources.
The form is public (in-toto Statement v1, predicate SLSA provenance v1), so that other programs read it. No clock: the same
sources, Git commit and tools give the same bytes. The fields with French names are ours; the others are theirs.
"""

from __future__ import annotations

import datetime
import hashlib
import platform
import subprocess
import zlib
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pasbuild import __version__
from pasbuild.cache import LIBRARIES as SYSTEM
from pasbuild.cache import digest, library_version
from pasbuild.record import inputs

if TYPE_CHECKING:
    from pasbuild.project import Dossier

NAME = 'manifeste.json'
MAX_BYTES = 20_000_000
BUILD_TYPE = 'urn:pasbuild:fabrication:v1'
LIBRARIES = (
    'click', 'fontpkg-lato', 'fontpkg-spectral', 'fonttools', 'jinja2', 'lxml', 'markdown-it-py', 'matplotlib',
    'mdit-py-plugins', 'numpy', 'pikepdf', 'pillow', 'pydantic', 'pydyf', 'pyproj', 'python-calamine', 'python-dateutil',
    'python-docx',
    'pyyaml', 'shapely', 'tinycss2', 'weasyprint',
)  # fmt: skip
"""Packages that shape the outputs."""
Genre = Literal['texte', 'reglage', 'donnees', 'figure', 'modele', 'police', 'git']
Sha256 = Annotated[str, Field(pattern='^[0-9a-f]{64}$')]


class _Strict(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True, populate_by_name=True)


class Digest(_Strict):
    """SHA-256 of a file."""

    sha256: Sha256


class GitDigest(_Strict):
    """Name of a Git commit."""

    git_commit: Annotated[str, Field(alias='gitCommit', pattern='^[0-9a-f]{40,64}$')]


class SubjectNotes(_Strict):
    """What is said besides of an output."""

    taille: int = Field(ge=0, description="Taille en octets.")


class Subject(_Strict):
    """An output."""

    name: str = Field(description="Nom du fichier, à côté du manifeste.")
    digest: Digest
    annotations: SubjectNotes


class DependencyNotes(_Strict):
    """What is said besides of an input."""

    genre: Genre
    taille: int | None = Field(None, ge=0, description="Taille en octets.")
    propre: bool | None = Field(
        None, description="Pour git : les fichiers lus sont ceux de l'enregistrement, sans rien de plus."
    )


class Dependency(_Strict):
    """What the build read: a file, relative to the dossier or to the program, or the Git commit around the dossier."""

    name: str
    digest: Digest | GitDigest
    annotations: DependencyNotes


class Parameters(_Strict):
    """What was asked."""

    etat: str
    formats: tuple[str, ...]


class Decision(_Strict):
    """A step of the procedure, as the dossier declares it."""

    etape: str
    date: datetime.date | None = None
    piece: str = ''


class Identity(_Strict):
    """What the document says it is."""

    titre: str
    scot: str
    siren: str
    maitre_ouvrage: str
    version: str
    etat: str
    date: datetime.date
    droit: datetime.date | None = None
    procedure: tuple[Decision, ...] = ()


class Definition(_Strict):
    """What was built and from what."""

    build_type: Literal['urn:pasbuild:fabrication:v1'] = Field(alias='buildType')
    external_parameters: Parameters = Field(alias='externalParameters')
    internal_parameters: Identity = Field(alias='internalParameters')
    resolved_dependencies: tuple[Dependency, ...] = Field(alias='resolvedDependencies')


class Program(_Strict):
    """The program itself, by the digest of its sources."""

    name: Literal['pasbuild']
    digest: Digest


class Builder(_Strict):
    """Who built: the program, and the versions of what it draws and lays out with."""

    id: Literal['urn:pasbuild:poste-local']
    version: dict[str, str]
    builder_dependencies: tuple[Program, ...] = Field(alias='builderDependencies')


class Run(_Strict):
    """How it was built."""

    builder: Builder


class Provenance(_Strict):
    """SLSA provenance."""

    definition: Definition = Field(alias='buildDefinition')
    run: Run = Field(alias='runDetails')


class Manifest(_Strict):
    """``output/manifeste.json``."""

    type: Literal['https://in-toto.io/Statement/v1'] = Field(alias='_type')
    subject: tuple[Subject, ...] = Field(min_length=1)
    predicate_type: Literal['https://slsa.dev/provenance/v1'] = Field(alias='predicateType')
    predicate: Provenance

    @property
    def document(self) -> Identity:
        """What the document says it is."""
        return self.predicate.definition.internal_parameters

    @property
    def etat(self) -> str:
        """The state it was built in."""
        return self.predicate.definition.external_parameters.etat

    @property
    def outputs(self) -> dict[str, Subject]:
        """Outputs by name."""
        return {subject.name: subject for subject in self.subject}

    @property
    def tools(self) -> dict[str, str]:
        """Versions of the tools, and the digest of the program."""
        builder = self.predicate.run.builder
        return builder.version | {one.name + '@': one.digest.sha256 for one in builder.builder_dependencies}

    @property
    def sources(self) -> dict[str, str]:
        """Digests of the files of the dossier that were read, by name."""
        found = {}
        for one in self.predicate.definition.resolved_dependencies:
            if isinstance(one.digest, Digest) and not one.name.startswith('pasbuild/'):
                found[one.name] = one.digest.sha256
        return found

    @property
    def git(self) -> tuple[str, bool] | None:
        """The Git commit, and whether the sources are exactly those of it; None outside a repository."""
        for one in self.predicate.definition.resolved_dependencies:
            if isinstance(one.digest, GitDigest):
                return one.digest.git_commit, bool(one.annotations.propre)
        return None


def as_json(manifest: BaseModel) -> bytes:
    """Return a manifest as it is written."""
    return (manifest.model_dump_json(by_alias=True, exclude_none=True, indent=1) + '\n').encode()


def read_manifest(data: bytes) -> Manifest | None:
    """Return a manifest, None when it is none."""
    try:
        return Manifest.model_validate_json(data) if len(data) <= MAX_BYTES else None
    except ValidationError:
        return None


def make_manifest(root: Path, dossier: Dossier, formats: Sequence[str], outputs: Mapping[str, bytes]) -> Manifest:
    """Return the manifest of outputs built from the dossier ``root``, in the state ``dossier`` declares."""
    subjects = [
        {'name': name, 'digest': {'sha256': _sha256(data)}, 'annotations': {'taille': len(data)}}
        for name, data in sorted(outputs.items())
    ]
    builder = {
        'id': 'urn:pasbuild:poste-local',
        'version': versions(),
        'builderDependencies': [{'name': 'pasbuild', 'digest': {'sha256': program()}}],
    }
    definition = {
        'buildType': BUILD_TYPE,
        'externalParameters': {'etat': dossier.etat, 'formats': list(formats)},
        'internalParameters': _identity(dossier),
        'resolvedDependencies': [*_dependencies(root), *_git(root)],
    }
    statement = {
        '_type': 'https://in-toto.io/Statement/v1',
        'subject': subjects,
        'predicateType': 'https://slsa.dev/provenance/v1',
        'predicate': {'buildDefinition': definition, 'runDetails': {'builder': builder}},
    }
    return Manifest.model_validate(statement)


def _identity(dossier: Dossier) -> dict[str, Any]:
    steps = [{'etape': step.etape, 'date': step.date, 'piece': step.piece} for step in dossier.procedure]
    return {
        'titre': dossier.titre,
        'scot': dossier.scot,
        'siren': dossier.maitre_ouvrage.siren,
        'maitre_ouvrage': dossier.maitre_ouvrage.nom,
        'version': dossier.version,
        'etat': dossier.etat,
        'date': dossier.date,
        'droit': dossier.droit,
        'procedure': steps,
    }


# --- inputs -----------------------------------------------------------------------------------------------------------


def _dependencies(root: Path) -> Iterator[dict[str, Any]]:
    """Yield every file that was read: those of the dossier, the default templates it does not replace, the fonts."""
    from pasbuild.fonts import fonts
    from pasbuild.generated import DEFAULTS

    for path in inputs(root):
        name = path.relative_to(root).as_posix()
        yield _described(name, _genre(name), path.read_bytes())
    for path in sorted(DEFAULTS.rglob('*')):
        name = path.relative_to(DEFAULTS).as_posix()
        if path.is_file() and not name.startswith('depart/') and not (root / 'templates' / name).is_file():
            yield _described(f'pasbuild/templates/{name}', 'modele', path.read_bytes())
    for name, font in sorted(fonts().items()):
        yield _described(f'pasbuild/polices/{name}', 'police', font.file.read_bytes())


def _described(name: str, genre: Genre, data: bytes) -> dict[str, Any]:
    notes = {'genre': genre, 'taille': len(data)}
    return {'name': name, 'digest': {'sha256': _sha256(data)}, 'annotations': notes}


def _genre(name: str) -> Genre:
    if name.startswith('figures/'):
        return 'figure'
    if name.startswith('templates/'):
        return 'modele'
    if name.startswith('content/data/'):
        return 'donnees'
    return 'texte' if name.endswith('.md') else 'reglage'


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _git(root: Path) -> Iterator[dict[str, Any]]:
    """Yield the commit around the dossier, and whether what is read is exactly what it holds; nothing without Git.

    A repository may come from elsewhere: none of its hooks or helpers is run.
    """
    safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-optional-locks']
    asked = ['status', '--porcelain=v2', '--branch', '--untracked-files=all', '--', 'content', 'figures', 'templates']
    try:
        found = subprocess.run(  # noqa: S603  # fixed words, no shell
            ['git', *safe, *asked],  # noqa: S607  # wherever the user has it
            cwd=root,
            capture_output=True,
            text=True,
            encoding='utf-8',
            errors='replace',
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return
    lines = found.stdout.splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith('# branch.oid ')), '')
    if found.returncode or commit in ('', '(initial)'):
        return
    clean = not any(line and not line.startswith('#') and ' content/avis/' not in line for line in lines)
    yield {'name': 'git', 'digest': {'gitCommit': commit}, 'annotations': {'genre': 'git', 'propre': clean}}


# --- tools ------------------------------------------------------------------------------------------------------------


def versions() -> dict[str, str]:
    """Return the versions of the program, of Python, and of the libraries that shape the outputs.

    zlib too: another one packs the same words in other bytes.
    """
    found = {'pasbuild': __version__, 'python': platform.python_version(), 'zlib': zlib.ZLIB_RUNTIME_VERSION}
    found |= {name: library_version(name, function) for name, function in SYSTEM.items()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {name: version for name, version in sorted(found.items()) if version}


def program() -> str:
    """Return the digest of the sources and data of the package."""
    package = Path(__file__).parent
    files = [path for path in sorted(package.rglob('*')) if path.is_file() and '__pycache__' not in path.parts]
    return digest(part for path in files for part in (path.relative_to(package).as_posix(), path.read_bytes()))
