"""A throw-away certification authority: every key is made when the tests run, and forgotten with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

DAY = timedelta(days=1)
SECRET = "phrase secrète d'essai"


def key_usage(*names: str) -> x509.KeyUsage:
    all_names = (
        'digital_signature',
        'content_commitment',
        'key_encipherment',
        'data_encipherment',
        'key_agreement',
        'key_cert_sign',
        'crl_sign',
        'encipher_only',
        'decipher_only',
    )
    return x509.KeyUsage(**{name: name in names for name in all_names})


@dataclass(frozen=True)
class Holder:
    """A key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def asn1(self) -> asn1.Certificate:
        return asn1.Certificate.load(self.certificate.public_bytes(Encoding.DER))

    @property
    def asn1_key(self) -> keys.PrivateKeyInfo:
        der = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return keys.PrivateKeyInfo.load(der)

    def p12(self, path: Path, chain: Iterable[Holder] = (), secret: str = SECRET) -> Path:
        """Write a PKCS#12 file."""
        others = [one.certificate for one in chain]
        encryption = BestAvailableEncryption(secret.encode())
        path.write_bytes(
            pkcs12.serialize_key_and_certificates(b'cachet', self.key, self.certificate, others, encryption)
        )
        return path


class Authority:
    """Root, intermediate, seal and time-stamp certificates, and revocation lists."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = (now or datetime.now(UTC)).replace(microsecond=0)
        years = 3650 * DAY
        self.root = self.holder("Racine d'essai", None, [x509.BasicConstraints(ca=True, path_length=1)], until=years)
        constraints = [x509.BasicConstraints(ca=True, path_length=0), key_usage('key_cert_sign', 'crl_sign')]
        self.inter = self.holder("Autorité d'essai", self.root, constraints, until=years)
        self.seal = self.holder("Cachet d'essai", self.inter, [key_usage('digital_signature')])
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        self.tsa = self.holder(
            "Horodatage d'essai", self.inter, [key_usage('digital_signature'), stamping], until=years
        )

    def holder(
        self,
        name: str,
        issuer: Holder | None,
        extensions: Iterable[x509.ExtensionType] = (),
        start: timedelta = -400 * DAY,
        until: timedelta = 365 * DAY,
    ) -> Holder:
        """Make a key and its certificate; without an issuer it vouches for itself."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, 'FR'),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, 'Syndicat imaginaire'),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + start)
            .not_valid_after(self.now + until)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        signing = issuer.key if issuer else key
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        return Holder(key, builder.sign(signing, hashes.SHA256()))

    def crl(
        self, issuer: Holder, revoked: Iterable[Holder] = (), start: timedelta = -DAY, until: timedelta = 7 * DAY
    ) -> bytes:
        """Return a revocation list, in PEM."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(self.now + start)
            .next_update(self.now + until)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        for one in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(self.now - DAY / 2).build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def folder(self, path: Path, *, crls: bool = True, revoked: Iterable[Holder] = ()) -> Path:
        """Write what a reader is given: root and intermediate certificates, and revocation lists."""
        path.mkdir()
        for name, one in (('racine.pem', self.root), ('intermediaire.crt', self.inter)):
            (path / name).write_bytes(one.certificate.public_bytes(Encoding.PEM))
        if crls:
            (path / 'racine.crl').write_bytes(self.crl(self.root))
            (path / 'intermediaire.crl').write_bytes(self.crl(self.inter, revoked))
        (path / 'lisez-moi.txt').write_text("Autorité d'essai.", encoding='utf-8')
        return path

    @cached_property
    def stamper(self) -> DummyTimeStamper:
        """A time-stamp service in memory."""
        return self.stamper_at(None)

    def stamper_at(self, when: datetime | None, holder: Holder | None = None) -> DummyTimeStamper:
        """Return a time-stamp service whose clock says ``when``."""
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple([self.inter.asn1, self.root.asn1])
        tsa = holder or self.tsa
        return DummyTimeStamper(tsa.asn1, tsa.asn1_key, certs_to_embed=store, fixed_dt=when)
