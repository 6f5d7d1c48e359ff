"""A SEDA package judged: against the official schemas when they are given, and against what no schema can see.

The schema requires only 19 of the 77 elements a transfer uses, and knows nothing of the files: digests, sizes, files that
are missing, that nothing describes, references that lead nowhere, names given twice. The package is not trusted.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from pasbuild.diagnostics import Report
from pasbuild.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TOTAL = 2 << 30
"""Bytes a package may declare once unfolded."""
MAX_MANIFEST = 50 << 20
_PREFIX = 'fr:gouv:culture:archivesdefrance:seda:v'
_NORMES = ('2.1', '2.2', '2.3')
_REFERENCES = ('DataObjectGroupReferenceId', 'DataObjectReferenceId', 'ArchiveUnitRefId')
_WANTED = (
    'ArchivalAgreement',
    'DataObjectPackage/ManagementMetadata/OriginatingAgencyIdentifier',
    'ArchivalAgency/Identifier',
    'TransferringAgency/Identifier',
)
_SEEN = "Voyez avec le service d'archives s'il prend ce format."
_HINT = "Refaites le paquet avec « pasbuild export seda »."


def check_sip(data: bytes, name: str, report: Report, schemas: Path | None = None) -> None:
    """Report everything wrong in a SIP. ``schemas``: folder of the official schemas, one folder for each version."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _Checker(archive, name, report).check(schemas)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        report.add('seda.paquet', Span(name), f"Le paquet n'est pas un zip lisible ({error}).", _HINT)


class _Checker:
    def __init__(self, archive: zipfile.ZipFile, name: str, report: Report) -> None:
        self.archive, self.name, self.report = archive, name, report
        self.files = {info.filename: info for info in archive.infolist() if not info.is_dir()}

    def add(self, code: str, message: str, line: int = 1) -> None:
        self.report.add(code, Span(self.name, line), message, _HINT)

    def check(self, schemas: Path | None) -> None:
        if not self.is_safe():
            return
        manifest = self.manifest()
        if manifest is None:
            return
        norme = str(etree.QName(manifest).namespace or '').removeprefix(_PREFIX)
        if norme not in _NORMES:
            self.add('seda.schema', f"manifest.xml n'est pas d'une version connue du SEDA ({', '.join(_NORMES)}).")
            return
        if schemas is not None:
            self.against_schema(manifest, schemas / norme / f'seda-{norme}-main.xsd')
        self.objects(manifest)
        self.references(manifest)
        self.units(manifest)

    # --- the envelope ---

    def is_safe(self) -> bool:
        """Judge names and sizes before anything is unfolded."""
        infos = self.archive.infolist()
        doubled = [name for name, count in Counter(info.filename.casefold() for info in infos).items() if count > 1]
        for name in doubled:
            self.add('seda.nom', f"« {name} » est deux fois dans le paquet.")
        unsafe = [info.filename for info in infos if not _is_safe(info.filename)]
        for name in unsafe:
            self.add('seda.nom', f"« {name} » n'est pas un nom admis : chemin relatif, sans « .. », en ASCII.")
        total = sum(info.file_size for info in infos)
        if total > MAX_TOTAL:
            self.add('seda.paquet', f"Le paquet contient {total >> 20} Mio, plus que {MAX_TOTAL >> 20} Mio.")
        return not (doubled or unsafe or total > MAX_TOTAL)

    def manifest(self) -> etree._Element | None:
        info = self.files.get('manifest.xml')
        if info is None or info.file_size > MAX_MANIFEST:
            self.add('seda.paquet', "manifest.xml manque à la racine du paquet, ou est trop grand.")
            return None
        data = self.archive.read(info)
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            self.add('seda.schema', f"manifest.xml n'est pas du XML : {error}", error.lineno or 1)
            return None
        if b'<!DOCTYPE' in data:
            self.add('seda.schema', "manifest.xml porte une déclaration DOCTYPE.")
            return None
        return root

    # --- the manifest ---

    def against_schema(self, manifest: etree._Element, path: Path) -> None:
        schema = load_schema(path)
        if not schema.validate(manifest):
            for error in list(cast('Iterable[Any]', schema.error_log))[:20]:
                self.add('seda.schema', f"Schéma : {error.message[:300]}", error.line)

    def objects(self, manifest: etree._Element) -> None:
        """Confront what is described with the files, both ways."""
        described = Counter[str]()
        for binary in manifest.iterfind('.//{*}BinaryDataObject'):
            uri = binary.findtext('{*}Uri') or ''
            described[uri] += 1
            if uri in self.files:
                self.file(binary, uri)
            else:
                self.add('seda.fichier-absent', f"« {uri} » est décrit mais n'est pas dans le paquet.", _line(binary))
            if not binary.findtext('.//{*}FormatId'):
                message = f"« {uri} » n'a pas d'identifiant de format PRONOM."
                self.report.warn('seda.format', Span(self.name, _line(binary)), message, _SEEN)
        for uri, count in described.items():
            if count > 1:
                self.add('seda.doublon', f"« {uri} » est décrit {count} fois.")
        for name in sorted(self.files.keys() - described.keys() - {'manifest.xml'}):
            self.add('seda.fichier-orphelin', f"« {name} » est dans le paquet sans être décrit.")

    def file(self, binary: etree._Element, uri: str) -> None:
        data = self.archive.read(uri)
        digest = binary.find('{*}MessageDigest')
        if not data:
            self.add('seda.taille', f"« {uri} » est vide.", _line(binary))
        if digest is None or digest.get('algorithm') != 'SHA-512':
            self.add('seda.empreinte', f"« {uri} » n'a pas d'empreinte SHA-512.", _line(binary))
        elif hashlib.sha512(data).hexdigest() != (digest.text or '').strip().lower():
            self.add('seda.empreinte', f"L'empreinte de « {uri} » n'est pas celle du fichier.", _line(digest))
        if binary.findtext('{*}Size') != str(len(data)):
            message = f"La taille de « {uri} » est de {len(data)} octets, pas {binary.findtext('{*}Size')}."
            self.add('seda.taille', message, _line(binary))

    def references(self, manifest: etree._Element) -> None:
        known = Counter(value for element in manifest.iter() if (value := element.get('id')))
        for value, count in known.items():
            if count > 1:
                self.add('seda.doublon', f"L'identifiant « {value} » est donné {count} fois.")
        used = set()
        for element in manifest.iter(*(f'{{*}}{tag}' for tag in _REFERENCES)):
            used.add(element.text)
            if element.text not in known:
                self.add('seda.reference', f"« {element.text} » ne désigne rien dans le manifeste.", _line(element))
        for group in manifest.iterfind('.//{*}DataObjectGroup'):
            if group.get('id') not in used:
                self.add('seda.reference', f"Aucune unité ne porte l'objet « {group.get('id')} ».", _line(group))

    def units(self, manifest: etree._Element) -> None:
        """Ask for what archives refuse to do without, though the schema lets it be absent."""
        for unit in manifest.iterfind('.//{*}ArchiveUnit'):
            for tag in ('Title', 'DescriptionLevel'):
                if not unit.findtext(f'{{*}}Content/{{*}}{tag}'):
                    self.add('seda.incomplet', f"L'unité « {unit.get('id')} » n'a pas d'élément {tag}.", _line(unit))
        for path in _WANTED:
            if not manifest.findtext('/'.join(f'{{*}}{tag}' for tag in path.split('/'))):
                self.add('seda.incomplet', f"Le manifeste n'a pas d'élément {path}.")


def load_schema(path: Path) -> etree.XMLSchema:
    """Return an official schema. Its two imports from the W3C are read beside it; nothing is fetched."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    parser.resolvers.add(_Beside(path.parent))
    return etree.XMLSchema(etree.parse(path, parser))


class _Beside(etree.Resolver):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        """Return the local copy of ``xml.xsd`` and ``xlink.xsd``, nothing of any other address."""
        del public_id
        for name in ('xml.xsd', 'xlink.xsd'):
            if system_url.endswith(f'/{name}'):
                return self.resolve_filename(str(self.folder / name), context)  # type: ignore[attr-defined]
        if '://' in system_url and not system_url.startswith('file:'):
            raise OSError(f'network refused: {system_url}')
        return None


def _is_safe(name: str) -> bool:
    parts = name.removesuffix('/').split('/')
    return name.isascii() and '\\' not in name and ':' not in name and not {'', '.', '..'} & set(parts)


def _line(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 1
