"""Reading the electronic seals of a PDF: who, when, what they cover, and how far they can be believed.

A seal is checked against authorities the reader names by files: the store of the machine is never used, and neither is
the network. What a later check needs (chain, revocation lists, time stamps) is in the file from level B-LT on.

Validation follows ETSI EN 319 102-1, with the proofs of existence the document time stamps give, so that a seal whose
certificate has ended since can still be believed. Never said here: "qualified" (eIDAS), which needs the lists of the States.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from asn1crypto import cms, crl, ocsp, pem, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.ades.report import AdESPassed, AdESStatus
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import CMSExtractionError, CMSStructuralError, extract_certificate_info
from pyhanko.sign.validation import (
    DocumentSecurityStore,
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    StandardCMSSignatureStatus,
)
from pyhanko.sign.validation.ades import (
    AdESBasicValidationResult,
    ades_basic_validation,
    ades_timestamp_validation,
    ades_with_time_validation,
)
from pyhanko.sign.validation.errors import NoDSSFoundError, SignatureValidationError
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy, RevocationCheckingRule
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from pasbuild.diagnostics import ExitCode, PasbuildError
from pasbuild.sealchanges import Additions
from pasbuild.sealreader import Reader

Level = Literal['', 'B-B', 'B-T', 'B-LT', 'B-LTA']
"""PAdES level (ETSI EN 319 142-1); empty: a signature of another kind."""
Changes = Literal['aucun', 'archivage', 'formulaire', 'autre']
"""What came after the seal: nothing, proofs and time stamps, forms and other seals, or something that undoes it."""

ADDITIONS = Additions()
KEY_USAGES = {'digital_signature', 'non_repudiation'}
"""Either is enough: certificates for seals carry the one or the other."""
SUFFIXES = ('.pem', '.crt', '.cer', '.der', '.crl')

for _name in ('pyhanko', 'pyhanko_certvalidator'):  # what they log is in what they return or raise
    logging.getLogger(_name).addHandler(logging.NullHandler())


# --- authorities ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Anchors:
    """Who is believed: root certificates, certificates that link to them, and revocation lists."""

    roots: tuple[x509.Certificate, ...] = ()
    others: tuple[x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()


NOBODY = Anchors()


def read_anchors(paths: Iterable[Path]) -> Anchors:
    """Read certificates and revocation lists (PEM or DER) from files and folders.

    A self-signed certificate is a root, any other only a link. Raises PasbuildError for a file that is neither.
    """
    found: list[x509.Certificate | crl.CertificateList] = []
    for path in paths:
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
        for file in files:
            found += _objects(file)
    certificates = [one for one in found if isinstance(one, x509.Certificate)]
    return Anchors(
        tuple(one for one in certificates if one.self_signed != 'no'),
        tuple(one for one in certificates if one.self_signed == 'no'),
        tuple(one for one in found if isinstance(one, crl.CertificateList)),
    )


def _objects(file: Path) -> Iterator[x509.Certificate | crl.CertificateList]:
    data = file.read_bytes()
    try:
        ders = [der for _, _, der in pem.unarmor(data, multiple=True)] if pem.detect(data) else [data]
    except ValueError:
        ders = [b'']
    for der in ders:
        yield _object(der, file)


def _object(der: bytes, file: Path) -> x509.Certificate | crl.CertificateList:
    for kind, part in ((x509.Certificate, 'tbs_certificate'), (crl.CertificateList, 'tbs_cert_list')):
        try:
            read = kind.load(der, strict=True)
            read[part].native  # noqa: B018  # asn1crypto decodes when asked
        except (ValueError, TypeError):
            continue
        return read
    message = f"« {file.name} » n'est ni un certificat ni une liste de révocation (PEM ou DER)."
    raise PasbuildError(message, ExitCode.USAGE)


# --- seals ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal, as found.

    ``when`` is the time of the time-stamp authority if ``time_proven``, else what the signer's clock said.
    ``why`` says in French why it is not ``trusted``. ``covers_file``: nothing at all follows what was sealed; from level
    B-LT on proofs follow, and ``changes`` tells that nothing else does.
    """

    field: str
    who: str
    when: datetime | None
    time_proven: bool
    level: Level
    intact: bool
    trusted: bool
    why: str
    covers_file: bool
    changes: Changes

    @property
    def sound(self) -> bool:
        """Tell whether the document is the one sealed, by someone the given authorities vouch for."""
        return self.intact and self.trusted and self.changes != 'autre'


def signatures(path: Path, anchors: Anchors, at: datetime | None = None) -> tuple[Seal, ...]:
    """Return the seals of a PDF, oldest first, as judged at the time ``at`` (default: now).

    Raises PasbuildError when the file is not a readable PDF, OSError when it cannot be read.
    """
    return read_seals(path.read_bytes(), anchors, at, path.name)


def read_seals(data: bytes, anchors: Anchors, at: datetime | None = None, name: str = '') -> tuple[Seal, ...]:
    """Return the seals of a PDF held in memory; see ``signatures``."""
    reader = open_pdf(data, name)
    try:
        embedded = reader.embedded_regular_signatures
    except (PdfError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(name) from error
    return tuple(asyncio.run(_seals(embedded, data, anchors, at)))


def open_pdf(data: bytes, name: str) -> Reader:
    """Return a reader of the PDF. Raises PasbuildError when it is none, is damaged, or is encrypted."""
    try:
        reader = Reader(data)
        encrypted = reader.encrypted
        reader.root['/Pages']  # a damaged table of objects shows here
    except (PdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable(name) from error
    if encrypted:
        raise PasbuildError(f"« {name} » est chiffré : un document public ne l'est pas.", ExitCode.USAGE)
    return reader


def _unreadable(name: str) -> PasbuildError:
    return PasbuildError(f"« {name} » n'est pas un PDF lisible.", ExitCode.USAGE)


async def _seals(
    embedded: Iterable[EmbeddedPdfSignature], data: bytes, anchors: Anchors, at: datetime | None
) -> list[Seal]:
    return [await _seal(one, data, anchors, at or datetime.now(UTC)) for one in embedded]


async def _seal(embedded: EmbeddedPdfSignature, data: bytes, anchors: Anchors, at: datetime) -> Seal:
    stripped = data.rstrip(b'\r\n')
    try:
        embedded.compute_integrity_info(ADDITIONS)
        level = _level(embedded, _held(embedded.reader))
        result = await _judge(embedded, anchors, level, at)
    except (PdfError, SignatureValidationError, CMSExtractionError, CMSStructuralError, ValueError, KeyError):
        return Seal(embedded.field_name, '', None, False, '', False, False, "le cachet est illisible", False, 'autre')
    status = result.api_status
    intact = bool(status and status.intact and status.valid)
    proven = _stamped(result)
    why = '' if result.ades_subindic == AdESPassed.OK else _reason(result, anchors)
    return Seal(
        field=embedded.field_name,
        who=name_of(embedded.signer_cert),
        when=proven or embedded.self_reported_timestamp,
        time_proven=proven is not None,
        level=level,
        intact=intact,
        trusted=intact and not why,
        why=why,
        covers_file=embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE and _end(embedded) >= len(stripped),
        changes=_changes(embedded) if stripped.endswith(b'%%EOF') else 'autre',
    )


def name_of(certificate: x509.Certificate) -> str:
    """Return whom a certificate names: "Cachet du syndicat (Syndicat mixte du SCoT)"."""
    subject = certificate.subject.native
    name, body = subject.get('common_name', ''), subject.get('organization_name', '')
    return (
        f'{name} ({body})' if name and body and body not in name else name or body or certificate.subject.human_friendly
    )


def _end(embedded: EmbeddedPdfSignature) -> int:
    """Return where the sealed bytes end."""
    return int(embedded.byte_range[2]) + int(embedded.byte_range[3])


def _changes(embedded: EmbeddedPdfSignature) -> Changes:
    """Return what the difference analysis found after the seal."""
    if embedded.coverage is None or embedded.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return 'autre'
    found = getattr(embedded.diff_result, 'modification_level', None)
    if embedded.diff_result is None and embedded.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return 'aucun'
    known: dict[ModificationLevel | None, Changes] = {
        ModificationLevel.NONE: 'aucun',
        ModificationLevel.LTA_UPDATES: 'archivage',
        ModificationLevel.FORM_FILLING: 'formulaire',
    }
    return known.get(found, 'autre')


def _level(embedded: EmbeddedPdfSignature, held: LocalKnowledge) -> Level:
    """Return the level by what the file holds; whether that convinces is the matter of ``trusted``."""
    if embedded.sig_object['/SubFilter'] != '/ETSI.CAdES.detached':
        return ''
    if not _is_stamped(embedded):
        return 'B-B'
    if not _says_revocation(held, embedded.signer_cert):
        return 'B-T'
    stamps = embedded.reader.embedded_timestamp_signatures
    return 'B-LTA' if any(stamp.signed_revision > embedded.signed_revision for stamp in stamps) else 'B-LT'


def _is_stamped(embedded: EmbeddedPdfSignature) -> bool:
    attributes = embedded.signer_info['unsigned_attrs']
    return any(attribute['type'].native == 'signature_time_stamp_token' for attribute in attributes)


def _held(document: PdfHandler) -> LocalKnowledge:
    """Return the certificates and revocation data the file holds (its document security store)."""
    try:
        store = DocumentSecurityStore.read_dss(document)
    except NoDSSFoundError:
        return LocalKnowledge()
    lists = [crl.CertificateList.load(reference.get_object().data) for reference in store.crls]
    answers = [ocsp.OCSPResponse.load(reference.get_object().data) for reference in store.ocsps]
    return LocalKnowledge(
        known_certs=list(store.load_certs()),
        known_crls=[CRLContainer(one) for one in lists],
        known_ocsps=[one for answer in answers for one in OCSPContainer.load_multi(answer)],
    )


def _says_revocation(held: LocalKnowledge, certificate: x509.Certificate) -> bool:
    """Tell whether revocation data is about this very certificate."""
    if any(one.crl_data.issuer == certificate.issuer for one in held.known_crls):
        return True
    answers = (answer for one in held.known_ocsps for answer in one.ocsp_response_data.response_data['responses'])
    return any(answer['cert_id']['serial_number'].native == certificate.serial_number for answer in answers)


# --- trust ------------------------------------------------------------------------------------------------------------

_CHECKED = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED
_UNCHECKED = RevocationCheckingRule.NO_CHECK
_IF_POSSIBLE = RevocationCheckingRule.CHECK_IF_DECLARED_SOFT


def _spec(
    anchors: Anchors, certificate: x509.Certificate, held: LocalKnowledge, level: Level
) -> SignatureValidationSpec:
    """Return the rules: no network, and revocation checked as soon as the file or the reader gives what it takes.

    For the time-stamp authority it is checked where possible: its own list is only there if the reader gives it.
    """
    long_term = level in ('B-LT', 'B-LTA')
    listed = any(one.issuer == certificate.issuer for one in anchors.crls)
    trust = SimpleTrustManager.build(trust_roots=list(anchors.roots))

    def policy(own: RevocationCheckingRule, above: RevocationCheckingRule) -> CertValidationPolicySpec:
        return CertValidationPolicySpec(trust, CertRevTrustPolicy(RevocationCheckingPolicy(own, above)))

    return SignatureValidationSpec(
        policy(_CHECKED if long_term or listed else _UNCHECKED, _CHECKED if long_term else _UNCHECKED),
        RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        ts_cert_validation_policy=policy(_IF_POSSIBLE, _IF_POSSIBLE),
        local_knowledge=LocalKnowledge(
            known_certs=[*anchors.others, *held.known_certs],
            known_crls=[*(CRLContainer(one) for one in anchors.crls), *held.known_crls],
            known_ocsps=held.known_ocsps,
        ),
        key_usage_settings=KeyUsageConstraints(key_usage=KEY_USAGES),
    )


async def _judge(
    embedded: EmbeddedPdfSignature, anchors: Anchors, level: Level, at: datetime
) -> AdESBasicValidationResult[StandardCMSSignatureStatus]:
    """Validate as of ``at``; failing that, as of the oldest moment the document time stamps prove the seal existed.

    Each time stamp after the seal is judged as of the next one, the last as of ``at``; only proofs that were in the file
    when it was stamped count. (pyHanko's own past validation does not find the revocation lists of a seal whose
    certificate comes from an intermediate authority.)
    """
    result = await _judge_at(embedded, anchors, level, at, embedded.reader)
    if result.ades_subindic.status != AdESStatus.INDETERMINATE:
        return result
    proofs: PdfHandler = embedded.reader
    for stamp in reversed(embedded.reader.embedded_timestamp_signatures):
        if stamp.signed_revision < embedded.signed_revision or not await _stamp_holds(stamp, anchors, at, proofs):
            break
        at = _time_of(stamp)
        proofs = embedded.reader.get_historical_resolver(stamp.signed_revision)
        past = await _judge_at(embedded, anchors, level, at, proofs)
        if past.ades_subindic == AdESPassed.OK:
            return past
    return result


async def _judge_at(
    embedded: EmbeddedPdfSignature, anchors: Anchors, level: Level, at: datetime, proofs: PdfHandler
) -> AdESBasicValidationResult[StandardCMSSignatureStatus]:
    validate = ades_with_time_validation if _is_stamped(embedded) else ades_basic_validation
    spec = _spec(anchors, embedded.signer_cert, _held(proofs), level)
    timing = ValidationTimingInfo(at, at, point_in_time_validation=True)
    return await validate(embedded.signed_data, spec, timing_info=timing, raw_digest=embedded.compute_digest())


def _time_of(stamp: EmbeddedPdfSignature) -> datetime:
    time: datetime = stamp.signed_data['encap_content_info']['content'].parsed['gen_time'].native
    return time


async def _stamp_holds(stamp: EmbeddedPdfSignature, anchors: Anchors, at: datetime, proofs: PdfHandler) -> bool:
    """Tell whether a document time stamp is whole and its authority believed, as of ``at``."""
    stamp.compute_integrity_info(ADDITIONS)
    if _changes(stamp) == 'autre':
        return False
    spec = _spec(anchors, stamp.signer_cert, _held(proofs), '')
    timing = ValidationTimingInfo(at, at, point_in_time_validation=True)
    result = await ades_timestamp_validation(stamp.signed_data, spec, stamp.compute_digest, timing_info=timing)
    return bool(result.ades_subindic == AdESPassed.OK)


def _stamped(result: AdESBasicValidationResult[StandardCMSSignatureStatus]) -> datetime | None:
    """Return the time a trusted authority gave the seal."""
    stamp = getattr(result.api_status, 'timestamp_validity', None)
    return stamp.timestamp if stamp is not None and stamp.valid and stamp.trusted else None


_REASONS = {
    'HASH_FAILURE': "les octets scellés ont changé",
    'SIG_CRYPTO_FAILURE': "la signature ne correspond pas au certificat",
    'NO_CERTIFICATE_CHAIN_FOUND': "le certificat ne remonte à aucune des autorités données",
    'REVOKED': "le certificat a été révoqué",
    'REVOKED_NO_POE': "le certificat a été révoqué, et rien ne prouve que le cachet est antérieur",
    'REVOKED_CA_NO_POE': "une autorité a été révoquée, et rien ne prouve que le cachet est antérieur",
    'EXPIRED': "le certificat a expiré",
    'OUT_OF_BOUNDS_NO_POE': "le certificat a expiré, et rien ne prouve que le cachet est antérieur",
    'NOT_YET_VALID': "le certificat n'est pas encore valable",
    'TRY_LATER': "la révocation n'a pas pu être contrôlée",
    'NO_POE': "la preuve d'antériorité ne vaut plus : l'horodatage aurait dû être renouvelé",
    'CHAIN_CONSTRAINTS_FAILURE': "le certificat n'est pas fait pour signer",
}


def _reason(result: AdESBasicValidationResult[StandardCMSSignatureStatus], anchors: Anchors) -> str:
    indication = result.ades_subindic.standard_name
    if not anchors.roots and indication in ('NO_CERTIFICATE_CHAIN_FOUND', 'CERTIFICATE_CHAIN_GENERAL_FAILURE'):
        return "aucune autorité n'a été donnée"
    return _REASONS.get(indication, f"validation impossible ({indication})")


# --- time stamps apart ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp kept beside what it stamps. ``why`` says in French why it is not ``trusted``."""

    when: datetime | None
    who: str
    intact: bool
    trusted: bool
    why: str


def read_stamp(token: bytes, data: bytes, anchors: Anchors, at: datetime | None = None) -> Stamp:
    """Judge an RFC 3161 token over ``data``, as of ``at`` (default: now), without the network."""
    try:
        signed = cms.ContentInfo.load(token, strict=True)['content']
        info = signed['encap_content_info']['content'].parsed
        imprint = info['message_imprint']
        digest = hashlib.new(imprint['hash_algorithm']['algorithm'].native, data).digest()
        certificate = extract_certificate_info(signed).signer_cert
        spec = _spec(anchors, certificate, LocalKnowledge(), '')
        moment = at or datetime.now(UTC)
        timing = ValidationTimingInfo(moment, moment, point_in_time_validation=True)
        result = asyncio.run(
            ades_timestamp_validation(signed, spec, lambda name: hashlib.new(name, data).digest(), timing_info=timing)
        )
        status = result.api_status
        intact = bool(status and status.intact and status.valid) and imprint['hashed_message'].native == digest
        when: datetime = info['gen_time'].native
    except (SignatureValidationError, CMSExtractionError, CMSStructuralError, ValueError, KeyError, TypeError):
        return Stamp(None, '', False, False, "le jeton est illisible, ou n'est pas celui de cet inventaire")
    why = '' if result.ades_subindic == AdESPassed.OK else _reason(result, anchors)
    return Stamp(when, name_of(certificate), intact, intact and not why, why)
