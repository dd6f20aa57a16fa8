"""Export packages: what KSeF says of one, and the archive made of its parts, believed only after every check."""

from __future__ import annotations

import io
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from ksef_client.services.crypto import decrypt_aes_cbc_pkcs7

from app.gateways.ksef.contract import EXPORT_MOST, Package, Part, Sealing
from app.gateways.ksef.errors import Gone, Malformed
from app.gateways.ksef.translation import digest, instant, malformed

METADATA = "_metadata.json"
_UNPACKED_MOST = 2 * 1024**3


class _Entry(msgspec.Struct):
    ksef_number: str = msgspec.field(name="ksefNumber")
    invoice_hash: str = msgspec.field(name="invoiceHash")


class _Listing(msgspec.Struct):
    invoices: list[_Entry]


def described(package: Any, latest: datetime) -> Package:
    """From `ksef_client`'s model. Raises `Malformed`, also for instants after `latest`: where the next window begins
    follows from them, so one from the future would skip invoices."""
    parts = sorted(
        (
            Part(one.ordinal_number, one.url, one.encrypted_part_size, digest(one.encrypted_part_hash))
            for one in package.parts
        ),
        key=lambda part: part.place,
    )
    if [part.place for part in parts] != list(range(1, len(parts) + 1)) or (package.invoice_count and not parts):
        raise broken("brakuje części")
    if not 0 <= package.invoice_count <= EXPORT_MOST:
        raise malformed("liczba faktur")
    last_at, hwm_at = instant(package.last_permanent_storage_date), instant(package.permanent_storage_hwm_date)
    if any(at is not None and at > latest for at in (last_at, hwm_at)):
        raise malformed("data zapisu z przyszłości")
    return Package(parts, package.invoice_count, bool(package.is_truncated), last_at, hwm_at)


def opened(part: Part, data: bytes, sealing: Sealing) -> bytes:
    """One part, decrypted. Raises `Malformed` for another size, hash or key."""
    if len(data) != part.size:
        raise broken(f"część {part.place} ma {len(data)} zamiast {part.size} bajtów")
    if sha256(data).digest() != part.sha256:
        raise broken(f"część {part.place} ma inną sumę kontrolną")
    try:
        plain: bytes = decrypt_aes_cbc_pkcs7(data, sealing.key, sealing.iv)
    except ValueError:
        raise broken(f"części {part.place} nie da się odszyfrować") from None
    return plain


def merged(parts: Sequence[bytes], count: int) -> bytes:
    """The archive, when it holds exactly the `count` invoices that its listing names. Raises `Malformed`."""
    whole = b"".join(parts)
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            if sum(info.file_size for info in archive.infolist()) > _UNPACKED_MOST:
                raise broken("po rozpakowaniu jest za duża")
            _verify(archive, count)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise broken("archiwum ZIP jest uszkodzone albo urwane") from None
    return whole


def _verify(archive: zipfile.ZipFile, count: int) -> None:
    names = [name for name in archive.namelist() if name.lower() != METADATA]
    try:
        listed = msgspec.json.decode(archive.read(METADATA), type=_Listing).invoices
    except (KeyError, msgspec.MsgspecError):
        raise broken("nie ma czytelnego spisu faktur") from None
    wanted = sorted(entry.invoice_hash for entry in listed)
    found = sorted(b64encode(sha256(archive.read(name)).digest()).decode() for name in names)
    if len(listed) != count:
        raise broken(f"spis wymienia {len(listed)} zamiast {count} faktur")
    if wanted != found:
        raise broken(f"zawiera {len(found)} dokumentów, które nie zgadzają się ze spisem {len(wanted)} faktur")


def broken(what: str) -> Malformed:
    return Malformed(f"Paczka faktur z KSeF jest niekompletna: {what}. Pobierzemy ją ponownie.", retry_after_s=60)


def expired(text: str) -> Gone:
    return Gone(f"Paczka faktur wygasła w KSeF ({text}). Zamówimy ją ponownie.", code=210)
