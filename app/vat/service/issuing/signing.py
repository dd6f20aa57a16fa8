"""The key of a KSeF certificate, by which an invoice issued offline proves who issued it (KOD II)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.kernel.errors import Refusal
from app.vat.rules.issuing.sending import certificate_path, encoded

_SALT = 32
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
_SHORTEST_SERIAL = 16


@dataclass(frozen=True, slots=True)
class OfflineKey:
    """A certificate and its private key (PEM, not encrypted), and whose log-in (`context`: NIP or IDWew) it is."""

    certificate: bytes
    key: bytes = field(repr=False)
    context: str

    @classmethod
    def of(cls, pem: bytes, context: str) -> OfflineKey:
        """From one PEM text with both parts. Raises `Refusal`."""
        if _BEGIN not in pem or b"PRIVATE KEY-----" not in pem:
            raise Refusal(
                "Plik certyfikatu KSeF do faktur offline musi zawierać certyfikat i klucz prywatny (PEM).", "mode"
            )
        return cls(_BEGIN + pem.split(_BEGIN, 1)[1].split(_END, 1)[0] + _END + b"\n", pem, context)

    @property
    def serial(self) -> str:
        """The certificate's serial number, as KSeF writes it."""
        return f"{self._certificate().serial_number:0{_SHORTEST_SERIAL}X}"

    def _certificate(self) -> Any:
        from cryptography import x509  # slow to import, and few invoices are issued offline

        try:
            return x509.load_pem_x509_certificate(self.certificate)
        except ValueError:
            raise Refusal("Certyfikat KSeF do faktur offline nie jest poprawnym plikiem PEM.", "mode") from None

    def link(self, nip: str, sha256: bytes, on: date) -> str:
        """KOD II: the address with its signature. Raises `Refusal` when the certificate does not hold on that day.

        Law: art. 106nda ustawy o VAT; dokumentacja KSeF 2.0 (MF), kody QR
        """
        certificate = self._certificate()
        begins, ends = certificate.not_valid_before_utc.date(), certificate.not_valid_after_utc.date()
        if not begins <= on <= ends:
            raise Refusal(
                f"Certyfikat KSeF do faktur offline jest ważny od {begins:%d.%m.%Y} do {ends:%d.%m.%Y}.", "mode"
            )
        path = certificate_path(nip, self.context, self.serial, sha256)
        return f"{path}/{encoded(self._signature(path.removeprefix('https://').encode()))}"

    def _signature(self, signed: bytes) -> bytes:
        """RSASSA-PSS or ECDSA P-256 (r and s, 32 bytes each), both over SHA-256."""
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        try:
            key = serialization.load_pem_private_key(self.key, password=None)
        except (ValueError, TypeError):
            raise Refusal("Klucza certyfikatu KSeF do faktur offline nie da się odczytać.", "mode") from None
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(signed, padding.PSS(padding.MGF1(hashes.SHA256()), _SALT), hashes.SHA256())
        if isinstance(key, ec.EllipticCurvePrivateKey):
            one, other = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
            return one.to_bytes(_SALT) + other.to_bytes(_SALT)
        raise Refusal("Klucz certyfikatu KSeF musi być kluczem RSA albo ECDSA.", "mode")
