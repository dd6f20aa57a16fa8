"""KSeF, the national system of e-invoices (API 2.x), as the product sees it.

Start at `contract.py` (what can be asked and what comes back) and `errors.py` (what can go wrong, in Polish);
`client.py` does it on the `ksef-client` package; `simulator/` is the twin for tests, demonstrations and development.

    with connect(access, limiter=limiter) as ksef:
        references = ksef.send([Outgoing(xml)], opened=remember)
        answer = ksef.status(references[0])      # Accepted | Rejected | Pending

Whoever stores a `Reference` (session, invoice, sha256) may ask again after any crash. When an answer to `send` was
lost, send the same bytes again: KSeF answers 440, and `status` sees by the hash that the first one was this very
document and returns it as `Accepted` with the original number.
"""

from __future__ import annotations

from app.gateways.ksef.client import connect
from app.gateways.ksef.contract import (
    Accepted,
    Access,
    Administrator,
    Allowance,
    Answer,
    ByCertificate,
    ByToken,
    Gateway,
    Header,
    Limiter,
    Outgoing,
    Package,
    Page,
    Part,
    Pending,
    Reference,
    Rejected,
    Sealing,
    Unlimited,
    Window,
)
from app.gateways.ksef.errors import (
    Gone,
    KsefError,
    Malformed,
    NotAuthorised,
    Refused,
    TooMany,
    Unreachable,
)

__all__ = [
    "Accepted",
    "Access",
    "Administrator",
    "Allowance",
    "Answer",
    "ByCertificate",
    "ByToken",
    "Gateway",
    "Gone",
    "Header",
    "KsefError",
    "Limiter",
    "Malformed",
    "NotAuthorised",
    "Outgoing",
    "Package",
    "Page",
    "Part",
    "Pending",
    "Reference",
    "Refused",
    "Rejected",
    "Sealing",
    "TooMany",
    "Unlimited",
    "Unreachable",
    "Window",
    "connect",
]
