"""The simulator's own keys and certificates, its tokens, and what clients encrypt to it or sign for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from app.gateways.ksef.simulator.store import Store, iso

ACCESS_S, REFRESH_S, LOGIN_S, CHALLENGE_S = 900, 7 * 86_400, 600, 600
_OAEP = padding.OAEP(mgf=padding.MGF1(algorithm=hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


class Keys:
    """Made once for a state folder."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.lock:
            if store.setting("key") is None:
                _create(store)
        self._key = serialization.load_pem_private_key(store.setting("key").encode(), None)
        self._secret = store.setting("secret").encode()

    def certificates(self) -> list[dict[str, Any]]:
        body = {
            "certificate": self.store.setting("certificate"), "certificateId": "sim-1", "publicKeyId": "sim-key-1",
            "validFrom": "2020-01-01T00:00:00+00:00", "validTo": "2045-01-01T00:00:00+00:00",
        }  # fmt: skip
        return [{**body, "usage": ["KsefTokenEncryption", "SymmetricKeyEncryption"]}]

    def decrypt(self, text: str) -> bytes:
        """What was encrypted to the certificate. Raises ValueError."""
        assert isinstance(self._key, rsa.RSAPrivateKey)
        return self._key.decrypt(base64.b64decode(text), _OAEP)

    def token(self, kind: str, context: str, seconds: float, **more: Any) -> dict[str, str]:
        """As `TokenInfo`: signed, with its end inside."""
        now = self.store.now()
        body = {"typ": kind, "ctx": context, "iat": now, "exp": now + seconds, "jti": secrets.token_hex(8), **more}
        text = ".".join(_b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, body))
        return {"token": f"{text}.{self._sign(text)}", "validUntil": iso(now + seconds)}

    def read(self, token: str, kind: str) -> dict[str, Any] | None:
        """The body of a token of this kind that is ours and lasts."""
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, self._sign(text)):
            return None
        body: dict[str, Any] = json.loads(_unb64(text.partition(".")[2]))
        ended = body["exp"] <= self.store.now() or body["iat"] <= float(self.store.setting("ended_at", 0))
        return None if ended or body["typ"] != kind else body

    def signature(self, text: str) -> str:
        """Of an address to a part."""
        return self._sign(text)

    def _sign(self, text: str) -> str:
        return _b64(hmac.new(self._secret, text.encode(), hashlib.sha256).digest())

    # --- logging in ---------------------------------------------------------------------------------------------

    def challenge(self) -> dict[str, Any]:
        now = self.store.now()
        day = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d")
        text = f"{day}-CR-{secrets.token_hex(5).upper()}-{secrets.token_hex(5).upper()}-00"
        self.store.put(text, "challenge", None, {"at": now})
        return {"challenge": text, "timestamp": iso(now), "timestampMs": int(now * 1000)}

    def challenge_problem(self, text: str) -> str | None:
        found = self.store.get(text, "challenge")
        if found is None or found["at"] + CHALLENGE_S < self.store.now():
            return "Wyzwanie autoryzacyjne jest nieznane albo wygasło."
        return None

    def token_problem(self, context: str, encrypted: str) -> str | None:
        """Why this KSeF token does not open the context."""
        try:
            token, _, stamp = self.decrypt(encrypted).decode().rpartition("|")
        except ValueError:
            return "Nie można odszyfrować tokena."
        if abs(int(stamp or 0) / 1000 - self.store.now()) > CHALLENGE_S:
            return "Znacznik czasu tokena jest nieaktualny."
        known = self.store.setting("tokens", {})
        if token in self.store.setting("revoked", []):
            return "Token został unieważniony."
        return None if token == f"sim-{context}" or known.get(token) == context else "Nieprawidłowy token."

    def signed(self, data: bytes) -> tuple[str, str, str | None]:
        """(challenge, context, why not) of a signed log-in request."""
        from signxml.xades.xades import XAdESVerifier

        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
        challenge, context = _local(root, "Challenge"), _local(root, "Nip") or _local(root, "InternalId")
        pem = _local(root, "X509Certificate")
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(pem.split())))
        verifier: Any = XAdESVerifier()
        try:
            verifier.verify(data, x509_cert=certificate.public_bytes(serialization.Encoding.PEM), expect_references=3)
        except Exception as error:  # whatever is wrong with it, it is no valid signature
            return challenge, context, f"Nieprawidłowy podpis: {type(error).__name__}."
        if context.split("-")[0] not in re.findall(r"[0-9]{10}", certificate.subject.rfc4514_string()):
            return challenge, context, "Podmiot z certyfikatu nie ma uprawnień w tym kontekście."
        return challenge, context, None


def _local(root: Any, name: str) -> str:
    found = root.xpath(f"//*[local-name()='{name}']")
    return (found[0].text or "").strip() if found else ""


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _create(store: Store) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "KSeF simulator")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=9000)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    store.set("key", pem)
    store.set("certificate", base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode())
    store.set("secret", secrets.token_hex(32))
