"""What the simulator remembers: one SQLite file and a folder of package parts. Its clock is the machine's, moved."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.gateways.ksef.simulator.document import Facts, Unreadable, read_facts
from app.kernel.clock import POLAND
from app.kernel.ids import ksef_checksum, ksef_number_problem

_TABLES = """
create table if not exists setting (key text primary key, value text not null);
create table if not exists invoice (
  ksef_number text primary key, seller text not null, kind text not null, number text not null, buyer text, thirds text,
  sha256 text not null, content blob not null, accepted_at real not null, stored_at real not null,
  visible_at real not null, session text, facts text not null);
create index if not exists invoice_key on invoice (seller, kind, number);
create index if not exists invoice_seller on invoice (seller, stored_at);
create index if not exists invoice_buyer on invoice (buyer, stored_at);
create index if not exists invoice_visible on invoice (visible_at);
create table if not exists call (context text not null, ip text not null, grp text not null, at real not null);
create index if not exists call_key on call (context, ip, grp, at);
create table if not exists refused (context text not null, ip text not null, grp text not null, at real not null);
create table if not exists object (ref text primary key, kind text not null, context text, body text not null);
create table if not exists document (
  ref text primary key, session text not null, place integer not null, sha256 text not null, code integer not null,
  body text not null);
create index if not exists document_session on document (session, place);
"""
TEN_YEARS_S = 10 * 366 * 86_400
_PART = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document on its way into KSeF; instants as seconds since 1970. `visible_at` later than `stored_at`: it comes
    late, while others with later `stored_at` may be seen already."""

    content: bytes
    ksef_number: str | None = None
    stored_at: float | None = None
    visible_at: float | None = None
    session: str | None = None


class Store:
    """Thread-safe; every method is one transaction."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parts = folder / "parts"
        self.parts.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self.db = sqlite3.connect(folder / "ksef.sqlite", check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.executescript("pragma journal_mode=wal; pragma synchronous=off;" + _TABLES)

    def close(self) -> None:
        with self.lock:
            self.db.close()

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self.lock:
            return self.db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    # --- settings and the clock ---------------------------------------------------------------------------------

    def setting(self, key: str, default: Any = None) -> Any:
        found = self.row("select value from setting where key = ?", key)
        return default if found is None else json.loads(found["value"])

    def set(self, key: str, value: Any) -> None:
        self.rows("insert or replace into setting (key, value) values (?, ?)", key, json.dumps(value))

    def now(self) -> float:
        return time.time() + float(self.setting("offset_s", 0)) + float(self.setting("skew_s", 0))

    def instant(self) -> datetime:
        """The same, for people and clients."""
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, seconds: float) -> None:
        """Moves the clock forward."""
        self.set("offset_s", float(self.setting("offset_s", 0)) + seconds)

    # --- small things kept as JSON ------------------------------------------------------------------------------

    def put(self, ref: str, kind: str, context: str | None, body: dict[str, Any]) -> None:
        sql = "insert or replace into object (ref, kind, context, body) values (?, ?, ?, ?)"
        self.rows(sql, ref, kind, context, json.dumps(body))

    def get(self, ref: str, kind: str) -> dict[str, Any] | None:
        found = self.row("select body from object where ref = ? and kind = ?", ref, kind)
        return None if found is None else json.loads(found["body"])

    def all(self, kind: str, context: str) -> list[dict[str, Any]]:
        found = self.rows("select body from object where kind = ? and context = ?", kind, context)
        return [json.loads(one["body"]) for one in found]

    # --- invoices -----------------------------------------------------------------------------------------------

    def original(self, facts: Facts) -> sqlite3.Row | None:
        """The invoice that has this seller, kind and number in the last ten years."""
        return self.row(
            "select * from invoice where seller = ? and kind = ? and number = ? and accepted_at > ?",
            facts.seller, facts.kind, facts.number, self.now() - TEN_YEARS_S,
        )  # fmt: skip

    def take(self, arrival: Arrival, facts: Facts | None = None) -> str:
        """Gives a number and keeps the invoice; the KSeF number."""
        facts = facts or read_facts(arrival.content)
        with self.lock:
            accepted = self.now()
            stored = arrival.stored_at if arrival.stored_at is not None else accepted
            visible = arrival.visible_at if arrival.visible_at is not None else stored
            number = arrival.ksef_number or self._number(facts.seller, stored)
            digest = b64encode(sha256(arrival.content).digest()).decode()
            self.rows(
                "insert into invoice values (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                number, facts.seller, facts.kind, facts.number, facts.buyer, " ".join(facts.thirds), digest,
                arrival.content, min(accepted, stored), stored, visible, arrival.session, json.dumps(facts.shown),
            )  # fmt: skip
            return number

    def _number(self, seller: str, at: float) -> str:
        place = int(self.setting("last_number", 0)) + 1
        self.set("last_number", place)
        day = datetime.fromtimestamp(at, POLAND).strftime("%Y%m%d")
        number = f"{seller}-{day}-{0x0100_0000_0000 + place:012X}-"
        return number + ksef_checksum(number + "00")

    def load(self, documents: Iterable[bytes | Arrival]) -> list[str]:
        """Takes documents in as if their sellers had sent them; duplicates, and what is no FA(3), are passed over as
        KSeF would not have taken them. Their numbers."""
        numbers = []
        with self.lock:
            self.db.execute("begin")
            try:
                for one in documents:
                    arrival = one if isinstance(one, Arrival) else Arrival(one)
                    try:
                        facts = read_facts(arrival.content)
                    except Unreadable:
                        continue
                    if self.original(facts) is None:
                        numbers.append(self.take(arrival, facts))
                self.db.execute("commit")
            except BaseException:
                self.db.execute("rollback")
                raise
        return numbers

    def load_path(self, path: Path) -> int:
        """A file, a folder or a ZIP, with KSeF numbers from names or listings; how many were taken."""
        return len(self.load(arrivals(path)))

    def visible(self, context: str, subject: str, start: float, end: float) -> list[sqlite3.Row]:
        """What the context may see now, in the order of permanent storage."""
        nip = context.split("-")[0]
        who = {"Subject1": "seller = ?", "Subject2": "buyer = ?", "Subject3": "' ' || thirds || ' ' like ?"}[subject]
        value = f"% {nip} %" if subject == "Subject3" else nip
        return self.rows(
            f"select * from invoice where {who} and stored_at >= ? and stored_at <= ? and visible_at <= ?"  # noqa: S608
            " order by stored_at, ksef_number", value, start, end, self.now(),
        )  # fmt: skip

    def hwm(self) -> float:
        """Up to here nothing will be added any more."""
        now = self.now()
        late = self.row("select min(stored_at) as at from invoice where visible_at > ?", now)
        earliest = late["at"] if late is not None and late["at"] is not None else now
        return min(now - 1, earliest - 0.001)

    # --- packages -----------------------------------------------------------------------------------------------

    def part_size(self) -> int:
        return int(self.setting("part_size", _PART))

    def write_part(self, name: str, data: bytes) -> None:
        draft = self.parts / f"{name}.draft"
        draft.write_bytes(data)
        draft.replace(self.parts / name)

    def read_part(self, name: str) -> bytes | None:
        path = self.parts / name
        return path.read_bytes() if path.is_file() else None


def arrivals(path: Path) -> Iterator[Arrival]:
    """The documents of a file, a folder or a ZIP; KSeF numbers from names or listings, None where neither tells."""
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            if each.suffix.lower() in (".xml", ".zip") and each.is_file() and not each.is_symlink():
                yield from arrivals(each)
    elif path.suffix.lower() == ".zip":
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            numbers = _listed(archive.read("_metadata.json")) if "_metadata.json" in names else {}
            for name in names:
                if name.lower().endswith(".xml"):
                    content = archive.read(name)
                    digest = b64encode(sha256(content).digest()).decode()
                    yield Arrival(content, numbers.get(digest) or _named(Path(name).stem))
    else:
        yield Arrival(path.read_bytes(), _named(path.stem))


def _listed(data: bytes) -> dict[str, str]:
    entries: Sequence[dict[str, Any]] = json.loads(data).get("invoices", [])
    return {str(one["invoiceHash"]): str(one["ksefNumber"]) for one in entries}


def _named(stem: str) -> str | None:
    return stem if ksef_number_problem(stem) is None else None


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def seconds(text: str) -> float:
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (found if found.tzinfo else found.replace(tzinfo=POLAND)).timestamp()
