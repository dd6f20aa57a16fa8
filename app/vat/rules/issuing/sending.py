"""Terms of sending to KSeF, and the addresses in the QR codes of a printed invoice."""

from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from app.kernel.dates import next_working_day
from app.law import loader

QR_ADDRESS = "https://qr.ksef.mf.gov.pl"
"""Of production; another environment of KSeF has its own."""
DUPLICATE = 440
"""KSeF's code for an invoice whose seller, kind and number it has already."""

State = Literal["issued", "sent", "accepted", "rejected", "replaced"]


def register_key(invoice_id: UUID) -> str:
    """The register's key of an invoice issued here, beside those of deliveries from the inbox."""
    return f"issued:{invoice_id}"


def send_by(issued_on: date) -> date:
    """The last day on which an offline24 invoice may be sent: the next working day after its day of issue.

    Law: art. 106nda ustawy o VAT
    """
    days = int(loader.value_on("ksef.offline24.working_days", issued_on, "issued_on").number)
    day = issued_on
    for _ in range(days):
        day = next_working_day(day + timedelta(days=1))
    return day


def invoice_link(nip: str, issued_on: date, sha256: bytes, address: str = QR_ADDRESS) -> str:
    """KOD I: where anybody may see whether KSeF has this very file.

    Law: art. 106gb ust. 5, art. 106nda ustawy o VAT; dokumentacja KSeF 2.0 (MF), kody QR
    """
    return f"{address}/invoice/{nip}/{issued_on:%d-%m-%Y}/{encoded(sha256)}"


def certificate_path(nip: str, context: str, serial: str, sha256: bytes, address: str = QR_ADDRESS) -> str:
    """KOD II without its signature: what the key of the issuer's KSeF certificate signs (without "https://").

    `context` is whose log-in it is: a NIP, or an internal identifier of a unit.

    Law: art. 106nda ustawy o VAT; dokumentacja KSeF 2.0 (MF), kody QR
    """
    kind = "InternalId" if "-" in context else "Nip"
    return f"{address}/certificate/{kind}/{context}/{nip}/{serial}/{encoded(sha256)}"


def encoded(data: bytes) -> str:
    """Base64URL without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
