"""Sealing a built PDF: PAdES from B-B to B-LTA, as an update added after the last byte of the file.

The unsigned file is the reproducible one. It stays, byte for byte, at the head of the sealed one: whoever rebuilds the
dossier can compare, and this is checked before anything is written. Keys stay where they are (PKCS#12 file, token); the
network is only used at the addresses asked for: the time-stamp authority, and from B-LT on those the certificates name.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from asn1crypto import tsp, x509
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer, SimpleSigner
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import InsufficientRevinfoError, PathError, RevokedError, ValidationError

from pasbuild.build import write_files
from pasbuild.diagnostics import ExitCode, PasbuildError
from pasbuild.sealbox import add_field, draw, find_box
from pasbuild.seals import KEY_USAGES, NOBODY, Anchors, Seal, name_of, open_pdf, read_seals
from pasbuild.typography import french_date, typeset

Niveau = Literal['b-b', 'b-t', 'b-lt', 'b-lta']
NIVEAUX: tuple[Niveau, ...] = ('b-b', 'b-t', 'b-lt', 'b-lta')
LONG_TERM = ('b-lt', 'b-lta')
FIELD = 'Cachet'
SECONDS = 30
"""How long a time-stamp authority may take to answer."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked: the level, who is believed, who gives the time, and whether certificates' addresses may be asked.

    ``anchors`` may be empty for B-B and B-T: the chain of the certificate is then not checked.
    """

    level: Niveau
    anchors: Anchors = NOBODY
    stamper: TimeStamper | None = None
    fetch: bool = False


# --- keys -------------------------------------------------------------------------------------------------------------


def p12_signer(path: Path, secret: str) -> Signer:
    """Return the signer whose key and certificates are in a PKCS#12 file.

    Raises PasbuildError for a wrong secret or a file of another kind, OSError when it cannot be read.
    """
    data = path.read_bytes()
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(data, secret.encode())
    except (ValueError, TypeError) as error:
        message = f"« {path.name} » ne s'ouvre pas : la phrase secrète est fausse, ou ce n'est pas un fichier PKCS#12."
        raise PasbuildError(message, ExitCode.USAGE) from error
    if key is None or certificate is None:
        message = f"« {path.name} » ne contient pas à la fois une clé et son certificat."
        raise PasbuildError(message, ExitCode.USAGE)
    signer: Signer = SimpleSigner.load_pkcs12_data(data, [], secret.encode())
    return signer


def token_signer(library: Path, token: str, label: str, pin: str) -> Signer:
    """Return the signer whose key is in a token, reached through the PKCS#11 library of its maker.

    Raises PasbuildError when the library, the token, the key or the code is not the right one.
    """
    try:
        from pkcs11.exceptions import PKCS11Error
        from pyhanko.config.pkcs11 import TokenCriteria
        from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
    except ModuleNotFoundError as error:
        message = "Le jeton demande python-pkcs11, qui n'est pas installé.\npiste : pip install 'pasbuild[sign]'"
        raise PasbuildError(message, ExitCode.TOOL_MISSING) from error
    try:
        session = open_pkcs11_session(str(library), token_criteria=TokenCriteria(label=token), user_pin=pin)
        signer = PKCS11Signer(session, cert_label=label, key_label=label, other_certs_to_pull=None)
        asyncio.run(signer.ensure_objects_loaded())
    except (PKCS11Error, RuntimeError, SigningError) as error:
        reason = str(error) or type(error).__name__
        message = f"Le jeton « {token} » ou sa clé « {label} » ne répond pas ({reason})."
        raise PasbuildError(
            f"{message}\npiste : vérifiez --pkcs11, --jeton, --cle et le code", ExitCode.USAGE
        ) from error
    return signer


class _HttpStamper(HTTPTimeStamper):
    """Client of an authority; an answer that is not one counts as none."""

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Ask for a token."""
        try:
            response = await super().async_request_tsa_response(req)
            response.native  # noqa: B018  # asn1crypto decodes when asked
        except ValueError:
            raise TimestampRequestError("réponse illisible") from None
        return response


def http_stamper(address: str) -> TimeStamper:
    """Return the client of a time-stamp authority (RFC 3161)."""
    return _HttpStamper(address, timeout=SECONDS)


def time_stamp(data: bytes, stamper: TimeStamper) -> bytes:
    """Return a time-stamp token (RFC 3161) over bytes. Raises PasbuildError when the authority does not answer."""
    with _in_french():
        token = asyncio.run(stamper.async_timestamp(hashlib.sha256(data).digest(), 'sha256'))
        return bytes(token.dump())


# --- sealing ----------------------------------------------------------------------------------------------------------


def seal_file(source: Path, output: Path, signer: Signer, order: Order) -> Seal:
    """Write the sealed copy of ``source`` whole, or nothing; return its seal. Raises what ``seal`` raises, and OSError."""
    data, result = seal(source.read_bytes(), signer, order, source.name)
    write_files(output.parent, {output.name: data})
    return result


def sentence(seal: Seal) -> str:
    """Return what to tell whoever sealed: by whom, level, time, and what a reader with the same authorities will think."""
    when = seal.when.astimezone(UTC).strftime('%d/%m/%Y à %H:%M:%S UTC') if seal.when else "date inconnue"
    clock = "heure de l'autorité" if seal.time_proven else "heure de cette machine"
    trust = "chaîne vérifiée" if seal.trusted else f"chaîne non vérifiée : {seal.why}"
    return typeset(f"Cachet {seal.level} de « {seal.who} », {when} ({clock}), {trust}.")


def seal(data: bytes, signer: Signer, order: Order, name: str = '') -> tuple[bytes, Seal]:
    """Return the PDF with one more seal, and that seal as a reader will find it.

    Raises PasbuildError when the file is no PDF, the certificate is not valid, an authority does not answer, or what
    comes out is not what was asked.
    """
    writer = IncrementalPdfFileWriter.from_reader(open_pdf(data, name))
    certificate = signer.signing_cert
    assert certificate is not None
    _check_dates(certificate)
    number = sum(1 for _ in enumerate_sig_fields(writer.prev)) + 1
    field = f'{FIELD}-{number}' if number > 1 else FIELD
    style = _field(writer, field, name_of(certificate), first=number == 1)
    meta = PdfSignatureMetadata(
        field_name=field,
        md_algorithm='sha256',
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=order.level in LONG_TERM,
        use_pades_lta=order.level == 'b-lta',
        timestamp_field_name=f'Horodatage-{number}',
        validation_context=_context(order),
        signer_key_usage=_usage(certificate),
    )
    stamper = None if order.level == 'b-b' else order.stamper
    with _in_french():
        pdf_signer = PdfSigner(meta, signer, timestamper=stamper, stamp_style=style)
        sealed = pdf_signer.sign_pdf(writer, existing_fields_only=True).getvalue()
    return sealed, _verified(data, sealed, field, order)


def _field(writer: IncrementalPdfFileWriter, field: str, who: str, *, first: bool) -> StaticStampStyle | None:
    """Make the field: where the document keeps room for the first seal, else invisible. Return its drawing."""
    today = datetime.now(UTC).date()
    tooltip = f"Cachet électronique de {who}, apposé le {french_date(today)}"
    box = find_box(writer) if first else None
    if box is None:
        append_signature_field(writer, SigFieldSpec(field, readable_field_name=tooltip))
        return None
    add_field(writer, field, box, tooltip)
    return draw(box, who, today)


def _check_dates(certificate: x509.Certificate) -> None:
    start, end, now = certificate.not_valid_before, certificate.not_valid_after, datetime.now(UTC)
    if start <= now <= end:
        return
    state = (
        f"a expiré le {french_date(end.date())}"
        if end < now
        else f"n'est valable qu'à partir du {french_date(start.date())}"
    )
    raise PasbuildError(f"Le certificat de « {name_of(certificate)} » {state} : rien n'a été scellé.", ExitCode.USAGE)


def _usage(certificate: x509.Certificate) -> set[str]:
    """Return the usage to require: one the certificate allows, of those that make it a certificate to sign with."""
    allowed = certificate.key_usage_value
    usages = KEY_USAGES & set(allowed.native) if allowed is not None else KEY_USAGES
    if not usages:
        message = f"Le certificat de « {name_of(certificate)} » n'est pas fait pour signer (usage de la clé)."
        raise PasbuildError(message, ExitCode.USAGE)
    return usages


def _context(order: Order) -> ValidationContext | None:
    """Return what certificates are checked against before sealing; None without authorities."""
    anchors = order.anchors
    if not anchors.roots:
        return None
    return ValidationContext(
        trust_roots=list(anchors.roots),
        other_certs=list(anchors.others),
        crls=list(anchors.crls),
        allow_fetching=order.fetch and order.level in LONG_TERM,
        revocation_mode='require' if order.level in LONG_TERM else 'soft-fail',
    )


def _verified(data: bytes, sealed: bytes, field: str, order: Order) -> Seal:
    """Check the result as its readers will. Raises PasbuildError if it is not what was asked: it is then not written."""
    if not sealed.startswith(data):
        raise PasbuildError("Le cachet a changé le document : rien n'a été écrit.", ExitCode.INVALID_OUTPUT)
    before = {one.field: one.changes for one in read_seals(data, order.anchors)}
    seals = read_seals(sealed, order.anchors)
    undone = [one.field for one in seals if one.changes == 'autre' and before.get(one.field) != 'autre']
    mine = next((one for one in seals if one.field == field), None)
    levels = NIVEAUX[NIVEAUX.index(order.level) :]  # proofs an earlier seal left in the file may raise it
    if mine is None or not mine.intact or undone or mine.level.lower() not in levels:
        raise PasbuildError("Le cachet obtenu n'est pas celui demandé : rien n'a été écrit.", ExitCode.INVALID_OUTPUT)
    return mine


# --- what can go wrong ------------------------------------------------------------------------------------------------


@contextmanager
def _in_french() -> Iterator[None]:
    """Turn what pyHanko raises into messages for those who seal."""
    try:
        yield
    except TimestampRequestError as error:
        message = f"L'autorité d'horodatage ne répond pas, ou refuse ({error.__cause__ or error})."
        raise PasbuildError(f"{message}\npiste : vérifiez --tsa et l'accès au réseau", ExitCode.TOOL_MISSING) from error
    except (PathError, ValidationError) as error:  # the certificate itself comes wrapped in a SigningError
        raise PasbuildError(f"Certificat de l'autorité d'horodatage : {_path_reason(error)}") from error
    except SigningError as error:
        cause = error.__cause__
        if isinstance(cause, (PathError, ValidationError)):
            raise PasbuildError(f"Certificat du cachet : {_path_reason(cause)}") from error
        raise PasbuildError(f"Le cachet n'a pas pu être apposé ({error}).") from error


def _path_reason(error: Exception) -> str:
    match error:
        case RevokedError():
            return "il a été révoqué."
        case InsufficientRevinfoError():
            return (
                "sa révocation ne peut pas être contrôlée.\n"
                "piste : donnez à --autorites les listes de révocation (.crl) en cours de toute la chaîne"
            )
        case PathError():
            return "il ne remonte à aucune des autorités données par --autorites."
        case _:
            return f"il n'est pas accepté ({error})."
