"""A month of a city of 1,000 units fetched from KSeF on a clock that is moved: 13,000 invoices as they come, and the
same month once more as a backlog by a city that was cut off. No call may meet a limit, no invoice may be missing."""

from __future__ import annotations

import json
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from app.deployment import Deployment, running
from app.gateways.ksef.simulator import Arrival, Simulator
from app.gateways.ksef.simulator import running as simulating
from app.gateways.ksef.simulator.store import arrivals
from app.kernel.dates import Month
from app.ops.demo.generator import generate
from app.ops.onboarding import _entry, found_city
from app.settings import Settings
from app.ssc.ksef.access import Clock, Wanted, connect_city
from app.ssc.ksef.fetch import fetch
from app.vat.models import KsefInvoice, KsefQuarantine
from app.vat.queries.inbox import board
from app.vat.service.directory import put
from tenants.models import Tenant
from tenants.upgrade import upgrade

UNITS, INVOICES = 1000, 13_000
MONTH = "2026-09"
ACTOR = "bench"
OFTEN, SELDOM = timedelta(minutes=16), timedelta(hours=12)
"""Between visits: as the scheduler makes them, on the first day; after that, so that the bench ends."""


def spread(sources: list[Path], begin: datetime) -> list[Arrival]:
    """Every document at an instant of the month; one in fifty comes up to an hour late."""
    rng, found = Random(1), []
    length = timedelta(days=29).total_seconds()
    for source in sources:
        for one in arrivals(source):
            stored = begin.timestamp() + rng.random() * length
            late = rng.random() * 3600 if rng.random() < 0.02 else 0.0
            found.append(Arrival(one.content, one.ksef_number, stored, stored + late))
    return found


def _clock(simulator: Simulator) -> Clock:
    return Clock(simulator.store.instant, simulator.store.advance)


def _city(made: Deployment, described: dict[str, Any], slug: str, *, tenants: bool) -> Tenant:
    """The municipality; `tenants`: every unit has its register, else only the office and the others stand in its
    directory, as in a city that has just joined."""
    units = [unit for unit in described["units"] if tenants or unit["office"]]
    city = found_city(made.host, {**described, "units": units}, ACTOR, slug).city
    with made.host.tenant(city, ACTOR) as session:
        for unit in described["units"]:
            put(session, _entry(unit), only_new=True)
    return city


class _Timed:
    """What the simulator's threads spend answering, in seconds of processor time."""

    def __init__(self, simulator: Simulator) -> None:
        self.seconds, self._answer = 0.0, simulator.answer
        vars(simulator)["answer"] = self

    def __call__(self, *request: Any) -> Any:
        start = time.thread_time()
        try:
            return self._answer(*request)
        finally:
            self.seconds += time.thread_time() - start


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _delivered(made: Deployment, city: Tenant) -> tuple[int, int]:
    """(invoices in registers of units, of those assigned still on their way)."""
    with made.host.tenant(city, ACTOR) as session:
        counts = board(session)
    return sum(one.delivered for one in counts), sum(one.due for one in counts)


def _missing(made: Deployment, simulator: Simulator, city: Tenant, nip: str) -> tuple[int, int]:
    """(in KSeF for this city, of them not in its inbox or quarantine)."""
    wanted = {row[0] for row in simulator.store.rows("select ksef_number from invoice where ? in (buyer, seller)", nip)}
    with made.host.tenant(city, ACTOR) as session:
        kept = set(session.scalars(select(KsefInvoice.ksef_number)))
        refused = session.scalar(select(func.count()).select_from(KsefQuarantine)) or 0
    return len(wanted), len(wanted - kept) - refused


def run(scale: float) -> dict[str, Any]:
    """Seconds of fetching the month as it comes, into the registers of its units; `backlog_s`: all of it at once.

    `simulator_s`: processor time of the simulator within `seconds`; `grown_mb`: memory since the end of the first day.
    """
    units, invoices = max(5, int(UNITS * scale)), max(100, int(INVOICES * scale))
    begin = datetime.combine(Month.parse(MONTH).first_on, datetime.min.time(), UTC)
    with (
        tempfile.TemporaryDirectory() as place,
        running(Settings(home=Path(place) / "home", secret_key_text="bench")) as made,
        simulating(Path(place) / "ksef") as simulator,
    ):
        upgrade(made.host)
        out = Path(place) / "city"
        generate(units, invoices, 1, MONTH, out)
        described = json.loads((out / "city.json").read_text())
        city = _city(made, described, "co-dzien", tenants=True)
        cut_off = _city(made, described, "odcieta", tenants=False)
        nip = str(city.nip)
        simulator.store.advance((begin - datetime.now(UTC)).total_seconds())
        simulator.store.load(spread([out / "packages", out / "files"], begin))
        wanted = Wanted(simulator.url, nip, begin - timedelta(hours=1), f"sim-{nip}")
        connect_city(made, city, wanted, ACTOR, _clock(simulator))
        timed, before_mb = _Timed(simulator), 0
        visits, packages, start = 0, 0, time.perf_counter()
        while simulator.store.now() < (begin + timedelta(days=30)).timestamp():
            early = simulator.store.now() < (begin + timedelta(days=1)).timestamp()
            simulator.store.advance((OFTEN if early else SELDOM).total_seconds())
            done = fetch(made, city, ACTOR, _clock(simulator))
            assert done.error is None, done.error
            visits, packages = visits + 1, packages + done.packages
            before_mb = before_mb if not early and before_mb else _peak_mb()
        seconds, simulator_s, grown_mb = time.perf_counter() - start, timed.seconds, _peak_mb() - before_mb
        count, missing = _missing(made, simulator, city, nip)
        delivered, waiting = _delivered(made, city)
        assert waiting == 0, waiting
        simulator.store.advance(3600)
        connect_city(made, cut_off, wanted, ACTOR, _clock(simulator))
        start, backlog = time.perf_counter(), 0
        for _ in range(4):
            backlog += fetch(made, cut_off, ACTOR, _clock(simulator)).packages
            simulator.store.advance(OFTEN.total_seconds())
        backlog_s = time.perf_counter() - start
        assert missing == 0 and _missing(made, simulator, cut_off, nip)[1] == 0
        calls = {group: simulator.calls(nip, group) for group in ("export", "export_status", "metadata", "invoice")}
        return {
            "bench": "fetch", "scale": scale, "seconds": round(seconds, 1), "rate": round(count / seconds, 1),
            "unit": "invoices/s", "baseline": None, "baseline_seconds": None, "ratio": None,
            "peak_mb": _peak_mb(), "grown_mb": grown_mb, "simulator_s": round(simulator_s, 1), "units": units,
            "invoices": count, "delivered": delivered, "visits": visits, "packages": packages,
            "refused_429": simulator.refusals(), "missing": missing,
            "backlog_s": round(backlog_s, 1), "backlog_packages": backlog, "calls": calls,
        }  # fmt: skip
