"""The log-in request signed by a certificate (XAdES-BES, enveloped)."""

from __future__ import annotations

from typing import Any

from ksef_client.services.auth import build_auth_token_request_xml
from lxml import etree

from app.gateways.ksef.contract import ByCertificate
from app.gateways.ksef.errors import NotAuthorised


def signed_request(challenge: str, context_kind: str, context: str, secret: ByCertificate) -> str:
    """`AuthTokenRequest` for this challenge and context. Raises `NotAuthorised` for a key that cannot sign."""
    from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
    from signxml.xades.xades import XAdESSigner

    text = build_auth_token_request_xml(
        challenge=challenge, context_identifier_type=context_kind, context_identifier_value=context
    )
    method = SignatureMethod.ECDSA_SHA256 if is_elliptic(secret) else SignatureMethod.RSA_SHA256
    signer = XAdESSigner(
        signature_algorithm=method,
        digest_algorithm=DigestAlgorithm.SHA256,
        # references without transforms are digested by Canonical XML 1.0, whatever the signature itself says
        c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    sign: Any = signer.sign
    signed = sign(etree.fromstring(text.encode()), key=secret.key.encode(), cert=secret.certificate)
    return str(etree.tostring(signed, encoding="unicode"))


def is_elliptic(secret: ByCertificate) -> bool:
    """Whether the certificate's key is ECDSA. Raises `NotAuthorised` unless both texts are readable PEM of one pair."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    try:
        certificate = x509.load_pem_x509_certificate(secret.certificate.encode())
        key = serialization.load_pem_private_key(secret.key.encode(), password=None)
    except (ValueError, TypeError):
        raise NotAuthorised("Certyfikat lub klucz nie jest czytelnym plikiem PEM bez hasła.") from None
    if certificate.public_key() != key.public_key():
        raise NotAuthorised("Klucz prywatny nie pasuje do certyfikatu.")
    return isinstance(key, EllipticCurvePrivateKey)
