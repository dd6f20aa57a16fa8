"""What the product asks of KSeF, and in what shapes the answers come. Instants are aware (UTC); hashes are raw SHA-256.

Source of limits and of the window rules: Ministry of Finance, CIRFMF/ksef-api, `limity/limity-api.md` and
`pobieranie-faktur/przyrostowe-pobieranie-faktur.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, Self

Subject = Literal["Subject1", "Subject2", "Subject3"]
"""As whom the context stands on the invoices: seller, buyer, third party."""

Group = Literal["metadata", "invoice", "export", "export_status", "session", "send", "status", "permissions", "other"]
"""Calls that KSeF counts together."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many calls of a group may be made in any second, minute and hour; 0 = not limited."""

    second: int = 0
    minute: int = 0
    hour: int = 0

    def windows(self) -> list[tuple[timedelta, int]]:
        lengths = (timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1))
        return [
            (length, most) for length, most in zip(lengths, (self.second, self.minute, self.hour), strict=True) if most
        ]


ALLOWANCES: Mapping[Group, Allowance] = {
    "metadata": Allowance(8, 16, 20),
    "invoice": Allowance(8, 16, 64),
    "export": Allowance(4, 8, 20),
    "export_status": Allowance(10, 60, 600),
    "session": Allowance(10, 20, 120),
    "send": Allowance(10, 30, 180),
    "status": Allowance(30, 120, 720),
    "permissions": Allowance(10, 30, 120),
    "other": Allowance(10, 30, 120),
}
"""For each pair of context and IP address; a city may have been granted more."""

EXPORT_EVERY = timedelta(minutes=15)
"""Between exports of one subject."""
EXPORT_MOST = 10_000
"""Invoices in a package."""
RANGE_MOST = timedelta(days=90)
"""Between the ends of one export's window (KSeF allows three months)."""
ONLINE_MOST = 20
"""Documents sent one by one; more go in one batch."""


class Limiter(Protocol):
    """Keeps the calls of one context inside its limits, whichever processes make them."""

    def take(self, group: Group) -> None:
        """Notes a call that is about to be made. Raises `TooMany` when it must wait."""


class Unlimited:
    """For a single process with few calls: the simulator's own tests, trying a connection."""

    def take(self, group: Group) -> None:
        """Lets everything pass."""


@dataclass(frozen=True, slots=True)
class ByToken:
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ByCertificate:
    """PEM texts; the key is not encrypted."""

    certificate: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Access:
    """Where, in whose name, and with what. `context` is a NIP or an internal identifier (IDWew)."""

    base_url: str
    context: str
    secret: ByToken | ByCertificate = field(repr=False)


@dataclass(frozen=True, slots=True)
class Administrator:
    """A person who will manage a unit's rights in KSeF."""

    nip: str
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class Header:
    """What KSeF says of an invoice without its content."""

    ksef_number: str
    number: str
    seller_nip: str
    sha256: bytes
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Of a metadata query, in the order of storing. `hwm_at`: up to here nothing will be added any more."""

    headers: Sequence[Header]
    more: bool
    truncated: bool
    hwm_at: datetime | None


@dataclass(frozen=True, slots=True)
class Window:
    """Instants by permanent storage; `until_at` None = up to KSeF's high-water mark."""

    subject: Subject
    from_at: datetime
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sealing:
    """The key (32 bytes) and initialisation vector (16 bytes) that an export will be encrypted with."""

    key: bytes = field(repr=False)
    iv: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    place: int
    url: str = field(repr=False)
    size: int
    sha256: bytes
    """Of the encrypted part, like `size`."""


@dataclass(frozen=True, slots=True)
class Package:
    """An export that is ready."""

    parts: Sequence[Part]
    count: int
    truncated: bool
    last_at: datetime | None
    """Permanent storage of its last invoice."""
    hwm_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A document to be sent. `offline`: issued offline24 earlier, with the QR codes printed; `hash_of_corrected`: for a
    technical correction of an offline document that KSeF refused."""

    content: bytes
    offline: bool = False
    hash_of_corrected: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What to ask about; `invoice` is not known in a batch until the session was processed."""

    session: str
    invoice: str | None
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """`upo` is the official confirmation (XML). `again`: KSeF had this very document from an earlier sending."""

    ksef_number: str
    accepted_at: datetime | None
    upo: bytes | None = field(repr=False)
    again: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """`text` is KSeF's reason in Polish; `original` the number of the invoice it duplicates (code 440)."""

    code: int
    text: str
    original: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    text: str


Answer = Accepted | Rejected | Pending


class Gateway(Protocol):
    """One log-in of one context. Every call may raise a `KsefError`."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *reason: object) -> None: ...

    @property
    def skew(self) -> timedelta | None:
        """KSeF's clock minus ours, known after logging in."""

    def log_in(self) -> None:
        """Makes sure there is a session that lasts; other calls do it themselves."""

    def limits(self) -> dict[str, Any]:
        """What KSeF says of this context: {"rates": {group: {perSecond, perMinute, perHour}}, "sessions": …}."""

    def metadata(self, window: Window, page: int = 0) -> Page:
        """Headers of invoices in a window, 250 a page."""

    def invoice(self, ksef_number: str) -> bytes:
        """One invoice's bytes, their hash verified."""

    def request_export(self, window: Window, sealing: Sealing) -> str:
        """Asks for a package; its reference. Called again it makes another one."""

    def export(self, reference: str) -> Package | None:
        """None while it is being made. Raises `Gone` when it expired, `Refused` when it failed."""

    def download(self, package: Package, sealing: Sealing) -> bytes:
        """The ZIP, decrypted and merged; verified part by part and as a whole against its own listing."""

    def send(
        self, documents: Sequence[Outgoing], opened: Callable[[str], None] = lambda session: None
    ) -> list[Reference]:
        """Sends documents in one session and closes it; references in their order. `opened` hears the session's
        reference before anything is in it, so that a lost answer can be looked for there (`find`)."""

    def find(self, session: str, sha256: bytes) -> Reference | None:
        """The document with this hash in a session of ours, None when it did not get there."""

    def status(self, reference: Reference) -> Answer:
        """What became of a document."""

    def grant_unit(self, internal_id: str, name: str, administrator: Administrator) -> bool:
        """Makes a person the administrator of a unit; False when they are already."""
