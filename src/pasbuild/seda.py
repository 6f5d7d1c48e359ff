"""A transfer to public archives: the SIP of the SEDA, a zip with ``manifest.xml`` and ``content/``.

One unit for the state of the document, one item for each file, described, dated, digested (SHA-512) and identified. The
schema of the SEDA (2.1, 2.2, 2.3, Archives de France) asks for little: what archives really want, an agreement, a
producer, a title and a level for each unit, rules, is always there. The only clock is the date of the version.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from pasbuild.archives import Archives
from pasbuild.data import slug
from pasbuild.formats import identify
from pasbuild.procedure import declared, states
from pasbuild.project import Dossier, Etape

NAMESPACE = 'fr:gouv:culture:archivesdefrance:seda:v{}'
_FATE = {'conserver': 'Keep', 'detruire': 'Destroy'}


@dataclass(frozen=True, slots=True)
class Piece:
    """One file handed over. ``principale``: the document itself, which the others go with; ``scellee``: carries a seal."""

    nom: str
    titre: str
    data: bytes
    principale: bool = False
    scellee: bool = False


@dataclass(frozen=True, slots=True)
class Transfer:
    """What is handed over: a state of the document, its files, and the previous one it replaces (an identifier, or none)."""

    dossier: Dossier
    pieces: Sequence[Piece]
    identifiant: str
    remplace: str = ''

    @property
    def date(self) -> datetime.date:
        """The date of the version: the only clock."""
        return self.dossier.date


def write_sip(transfer: Transfer, archives: Archives) -> bytes:
    """Return the SIP. The same transfer and codes give the same bytes."""
    members = [('manifest.xml', manifest(transfer, archives))]
    members += [(uri(number, piece), piece.data) for number, piece in enumerate(transfer.pieces, 1)]
    return dated_zip(members, transfer.date)


def dated_zip(members: Sequence[tuple[str, bytes]], date: datetime.date) -> bytes:
    """Return a zip of the members in their order, all of one date (a zip knows none before 1980)."""
    stream = io.BytesIO()
    moment = (max(date.year, 1980), date.month, date.day, 0, 0, 0)
    with zipfile.ZipFile(stream, 'w') as archive:
        for name, data in members:
            member = zipfile.ZipInfo(name, moment)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, data, compresslevel=6)
    return stream.getvalue()


def uri(number: int, piece: Piece) -> str:
    """Return the place of a file in the package: ASCII whatever its name."""
    suffix = slug(piece.nom.rpartition('.')[2]) if '.' in piece.nom else ''
    return f'content/OBJ{number}{"." + suffix if suffix else ""}'


def manifest(transfer: Transfer, archives: Archives) -> bytes:
    """Return ``manifest.xml``."""
    namespace = NAMESPACE.format(archives.norme)
    root = etree.Element(f'{{{namespace}}}ArchiveTransfer', nsmap={None: namespace})  # type: ignore[dict-item]
    writer = _Manifest(transfer, archives, namespace)
    writer.fill(root)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding='UTF-8') + b'\n'


@dataclass(frozen=True, slots=True)
class _Manifest:
    transfer: Transfer
    archives: Archives
    namespace: str

    def add(self, parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
        element = etree.SubElement(parent, f'{{{self.namespace}}}{tag}', attributes)
        element.text = text
        return element

    def identified(self, parent: etree._Element, tag: str, identifier: str) -> None:
        self.add(self.add(parent, tag), 'Identifier', identifier)

    @property
    def title(self) -> str:
        dossier = self.transfer.dossier
        return f"{dossier.titre} du SCoT {dossier.scot}"

    @property
    def state(self) -> str:
        return states()[self.transfer.dossier.etat].titre

    def fill(self, root: etree._Element) -> None:
        archives, dossier = self.archives, self.transfer.dossier
        self.add(root, 'Comment', f"Versement : {self.title}, {self.state.lower()}, version {dossier.version}")
        self.add(root, 'Date', f'{self.transfer.date.isoformat()}T00:00:00')
        self.add(root, 'MessageIdentifier', self.transfer.identifiant)
        self.add(root, 'ArchivalAgreement', archives.accord)
        lists = self.add(root, 'CodeListVersions')
        for name, value in archives.listes.items():
            self.add(lists, name, value)
        package = self.add(root, 'DataObjectPackage')
        for number, piece in enumerate(self.transfer.pieces, 1):
            self.data_object(package, number, piece)
        self.description(package)
        self.management(package)
        self.identified(root, 'ArchivalAgency', archives.service_archives)
        self.identified(root, 'TransferringAgency', archives.service_versant)

    def data_object(self, package: etree._Element, number: int, piece: Piece) -> None:
        group = self.add(package, 'DataObjectGroup', id=f'GOT{number}')
        binary = self.add(group, 'BinaryDataObject', id=f'OBJ{number}')
        self.add(binary, 'DataObjectVersion', 'BinaryMaster_1')
        self.add(binary, 'Uri', uri(number, piece))
        self.add(binary, 'MessageDigest', hashlib.sha512(piece.data).hexdigest(), algorithm='SHA-512')
        self.add(binary, 'Size', str(len(piece.data)))
        known, found = identify(piece.data, piece.nom), self.add(binary, 'FormatIdentification')
        self.add(found, 'FormatLitteral', known.nom)  # spelt so in the schema
        self.add(found, 'MimeType', known.mime)
        if known.pronom:
            self.add(found, 'FormatId', known.pronom)
        info = self.add(binary, 'FileInfo')
        self.add(info, 'Filename', piece.nom)
        self.add(info, 'LastModified', f'{self.transfer.date.isoformat()}T00:00:00')

    def description(self, package: etree._Element) -> None:
        """Write the unit of the state and its items. The order of the elements is the schema's."""
        unit = self.add(self.add(package, 'DescriptiveMetadata'), 'ArchiveUnit', id='AU0')
        content, dossier = self.add(unit, 'Content'), self.transfer.dossier
        self.add(content, 'DescriptionLevel', 'File')
        self.add(content, 'Title', f"{self.title} : {self.state.lower()}")
        self.add(content, 'OriginatingAgencyArchiveUnitIdentifier', self.transfer.identifiant)
        self.add(content, 'Description', f"Version {dossier.version}. Sources, documents produits et manifeste.")
        self.add(content, 'DocumentType', "Projet d'aménagement stratégique de SCoT")
        self.add(content, 'Language', 'fra')
        self.add(content, 'Version', dossier.version)
        self.add(self.add(content, 'Coverage'), 'Spatial', dossier.scot)
        self.identified(content, 'OriginatingAgency', self.archives.service_producteur)
        if self.transfer.remplace:
            related = self.add(self.add(content, 'RelatedObjectReference'), 'Replaces')
            self.add(related, 'ExternalReference', self.transfer.remplace)
        dates = [step.date for step in declared(dossier).values() if step.date and step.date <= self.transfer.date]
        self.add(content, 'StartDate', min([*dates, self.transfer.date]).isoformat())
        self.add(content, 'EndDate', self.transfer.date.isoformat())
        for step in sorted(declared(dossier).values(), key=lambda step: step.date or datetime.date.max):
            self.event(content, step)
        main = next((number for number, piece in enumerate(self.transfer.pieces, 1) if piece.principale), 0)
        for number, piece in enumerate(self.transfer.pieces, 1):
            self.item(unit, number, piece, main)

    def event(self, content: etree._Element, step: Etape) -> None:
        """Write a step of the procedure that is past on the day of the version."""
        if step.date is None or step.date > self.transfer.date:
            return
        event = self.add(content, 'Event')
        self.add(event, 'EventIdentifier', step.etape)
        self.add(event, 'EventType', step.titre)
        self.add(event, 'EventDateTime', f'{step.date.isoformat()}T00:00:00')
        if step.piece:
            self.add(event, 'EventDetail', step.piece)

    def item(self, unit: etree._Element, number: int, piece: Piece, main: int) -> None:
        item = self.add(unit, 'ArchiveUnit', id=f'AU{number}')
        content = self.add(item, 'Content')
        self.add(content, 'DescriptionLevel', 'Item')
        self.add(content, 'Title', piece.titre)
        self.add(content, 'Version', self.transfer.dossier.version)
        if main and number != main:
            related = self.add(self.add(content, 'RelatedObjectReference'), 'References')
            self.add(related, 'ArchiveUnitRefId', f'AU{main}')
        if piece.scellee and self.archives.norme == '2.3':
            signing = self.add(content, 'SigningInformation')
            for role in ('SignedDocument', 'Signature'):  # the seal is inside the file
                self.add(signing, 'SigningRole', role)
        self.add(self.add(item, 'DataObjectReference'), 'DataObjectGroupReferenceId', f'GOT{number}')

    def management(self, package: etree._Element) -> None:
        archives, start = self.archives, self.transfer.date.isoformat()
        management = self.add(package, 'ManagementMetadata')
        self.add(management, 'AcquisitionInformation', 'Versement')
        self.add(management, 'LegalStatus', 'Public Archive')
        self.add(management, 'OriginatingAgencyIdentifier', archives.service_producteur)
        self.add(management, 'SubmissionAgencyIdentifier', archives.service_versant)
        appraisal = self.add(management, 'AppraisalRule')
        self.add(appraisal, 'Rule', archives.tri.code)
        self.add(appraisal, 'StartDate', start)
        self.add(appraisal, 'FinalAction', _FATE[archives.tri.sort_final])
        access = self.add(management, 'AccessRule')
        self.add(access, 'Rule', archives.communicabilite)
        self.add(access, 'StartDate', start)
