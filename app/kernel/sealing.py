"""Secrets at rest: encrypted with the deployment's key (AES-256-GCM), bound to the place where they are kept."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.kernel.errors import Refusal

_NONCE = 12


@dataclass(frozen=True, slots=True)
class Seal:
    """`key_hex`: 32 bytes from `Settings.derived_secret`; `place`: whose secret it is (a schema's name), so that a
    sealed value copied to another tenant does not open."""

    key_hex: str = field(repr=False)
    place: str

    def close(self, secret: bytes, purpose: str) -> bytes:
        """Sealed bytes, different each time."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(bytes.fromhex(self.key_hex)).encrypt(nonce, secret, self._bound(purpose))

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises `Refusal` when the key of the deployment has changed or the value was moved."""
        cipher = AESGCM(bytes.fromhex(self.key_hex))
        try:
            return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(purpose))
        except (InvalidTag, ValueError):
            raise Refusal(
                "Nie można odczytać zapisanego sekretu: klucz instalacji (SECRET_KEY) jest inny niż przy zapisie."
                " Przywróć klucz albo wpisz sekret ponownie.", "secret",
            ) from None  # fmt: skip

    def _bound(self, purpose: str) -> bytes:
        return f"{self.place}/{purpose}".encode()
