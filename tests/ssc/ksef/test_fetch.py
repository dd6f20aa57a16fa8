"""The inbox follows KSeF's high-water mark: nothing twice, nothing skipped, no limit ever met, whoever dies when."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app.deployment import Deployment
from app.gateways.ksef import Administrator
from app.gateways.ksef.simulator import Arrival, Fault, running
from app.kernel.errors import Refusal
from app.kernel.models import Audit
from app.ssc.ksef.access import Clock, gateway
from app.ssc.ksef.fetch import fetch
from app.ssc.ksef.units import grant
from app.vat.models import KsefConnection, KsefPackage, KsefQuarantine
from app.vat.queries.ksef import View, view
from app.vat.service.ksef.fetching import LEASE, Busy
from tenants.session import Host
from tests.conftest import ACTOR
from tests.gateways.conftest import now
from tests.ssc.ksef.conftest import Town


def shown(town: Town) -> View:
    with town.deployment.host.tenant(town.city, ACTOR) as session:
        return view(session, now(town.ksef))


def settle(town: Town, visits: int = 8) -> None:
    """Visits as the scheduler makes them."""
    for _ in range(visits):
        town.later(16)
        town.fetch()


def test_what_ksef_has_is_fetched_once(town: Town, neighbour: Town) -> None:
    numbers = town.ksef.store.load(town.invoices(30))
    theirs = town.ksef.store.load(neighbour.invoices(5, "N"))
    town.later(1)
    done = town.fetch()
    assert (done.error, done.packages, done.invoices) == (None, 1, 30)
    assert town.numbers() == sorted(numbers)
    town.later(16)
    again = town.fetch()
    assert (again.packages, again.invoices) == (0, 0)
    assert neighbour.fetch().invoices == 5
    assert neighbour.numbers() == sorted(theirs)
    assert town.numbers() == sorted(numbers)
    assert town.ksef.refusals() == 0


def test_between_packages_it_waits_fifteen_minutes(town: Town) -> None:
    town.fetch()
    town.ksef.store.load(town.invoices(3))
    town.later(14)
    early = town.fetch()
    assert (early.invoices, town.ksef.refusals()) == (0, 0)
    assert early.next_at is not None and early.next_at > now(town.ksef)
    town.later(2)
    assert town.fetch().invoices == 3
    assert town.ksef.refusals() == 0


def test_a_full_package_goes_on_at_its_last_invoice(town: Town) -> None:
    town.ksef.store.set("export_most", 7)
    begin = town.ksef.store.now()
    arrivals = [Arrival(one, stored_at=begin - 3600 + place // 3) for place, one in enumerate(town.invoices(40))]
    numbers = town.ksef.store.load(arrivals)
    town.fetch()
    settle(town, 12)
    assert town.numbers() == sorted(numbers)
    assert town.ksef.refusals() == 0


def test_an_invoice_that_comes_late_is_not_skipped(town: Town) -> None:
    """Stored before others that are seen already, but visible only later: the mark must have waited for it."""
    begin = town.ksef.store.now()
    first, late, last = town.invoices(3)
    numbers = town.ksef.store.load(
        [
            Arrival(first, stored_at=begin - 120),
            Arrival(late, stored_at=begin - 60, visible_at=begin + 1800),
            Arrival(last, stored_at=begin - 30),
        ]
    )
    town.fetch()
    assert len(town.numbers()) == 1
    settle(town, 3)
    assert town.numbers() == sorted(numbers)


def _fetch_and_die(host: Host, town: Town, moment: str) -> None:
    own = Deployment(town.deployment.settings, Host(host.admin_url, host.secret, host.app_url), "")

    def tell(step: str) -> None:
        if step == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    skew = float(town.ksef.store.setting("offset_s", 0))
    clock = Clock(lambda: datetime.fromtimestamp(time.time() + skew, UTC))
    fetch(own, town.city, ACTOR, clock, tell=tell, timeout_s=5)


MOMENTS = (
    "asked:begun", "asked:answered", "requested:begun", "requested:downloaded", "requested:kept", "received:begun",
    "received:stored",
)  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_step_it_goes_on(town: Town, moment: str) -> None:
    numbers = town.ksef.store.load(town.invoices(12))
    town.later(1)
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_fetch_and_die, args=(town.deployment.host, town, moment))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with pytest.raises(Busy, match="właśnie pobierane"):
        town.fetch()
    town.later(LEASE.total_seconds() / 60 + 1)
    town.fetch()
    settle(town, 2)
    assert town.numbers() == sorted(numbers)
    with town.deployment.host.tenant(town.city, ACTOR) as session:
        states = [one.state for one in session.scalars(select(KsefPackage))]
        assert session.scalars(select(KsefQuarantine)).all() == []
    assert states == ["imported"]
    assert town.ksef.refusals() == 0


FAULTS = {
    "an outage": Fault("down", "/invoices/exports", 2, 120),
    "an answer that got lost": Fault("lost", "POST /v2/invoices/exports", 1),
    "a broken connection": Fault("drop", ".", 3),
    "a page instead of JSON": Fault("html", "/invoices/exports/", 2),
    "JSON of another shape": Fault("json", "/invoices/exports", 2),
    "an empty answer": Fault("empty", "POST /v2/invoices/exports", 1),
    "a missing part": Fault("missing_part", ".", 2),
    "a part with another content": Fault("wrong_hash", ".", 2),
    "a truncated part": Fault("truncated_zip", ".", 2),
    "a package without one of its invoices": Fault("short", ".", 1),
    "a mark of completeness from tomorrow": Fault("future", ".", 1),
    "a full package that leads nowhere": Fault("stuck", ".", 1),
    "an address of a part that ended": Fault("error", "GET /v2/storage/", 1, 403),
    "a part that is there no more": Fault("error", "GET /v2/storage/", 4, 503),
    "nonsense at the log-in": Fault("html", "/auth/challenge", 1),
    "a slow answer": Fault("slow", "/invoices/exports", 1, 6),
    "too many requests, says KSeF": Fault("error", "POST /v2/invoices/exports", 1, 429),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_whatever_ksef_does_the_inbox_is_whole_in_the_end(town: Town, fault: Fault) -> None:
    town.ksef.store.set("part_size", 800)
    numbers = town.ksef.store.load(town.invoices(12))
    town.later(1)
    town.ksef.misbehave(fault)
    first = town.fetch()
    assert first.error is not None
    assert town.numbers() == []
    assert shown(town).error == first.error
    settle(town, 8)
    assert town.numbers() == sorted(numbers)
    with town.deployment.host.tenant(town.city, ACTOR) as session:
        assert session.scalars(select(KsefQuarantine)).all() == []
    assert shown(town).error is None
    assert town.ksef.refusals() == 0


def test_a_session_that_ends_in_the_middle_is_renewed(town: Town) -> None:
    numbers = town.ksef.store.load(town.invoices(4))
    town.later(1)

    def tell(step: str) -> None:
        if step == "requested:begun":
            town.ksef.store.set("ended_at", town.ksef.store.now())

    assert town.fetch(tell).error is None
    assert town.numbers() == sorted(numbers)


def test_a_token_that_is_no_good_any_more_stops_the_line_until_a_person_helps(town: Town) -> None:
    numbers = town.ksef.store.load(town.invoices(4))
    town.ksef.store.set("revoked", [f"sim-{town.nip}"])
    done = town.fetch()
    assert done.error is not None and "unieważniony" in done.error
    assert shown(town).state == "broken"
    town.later(60)
    assert town.fetch().invoices == 0
    town.ksef.store.set("tokens", {"nowy-token": town.nip})
    town.connect(token="nowy-token")
    town.fetch()
    assert town.numbers() == sorted(numbers)


def test_the_clocks_may_differ(town: Town) -> None:
    numbers = town.ksef.store.load(town.invoices(4))
    town.later(1)
    town.ksef.store.set("skew_s", 2 * 3600)
    assert town.fetch().error is None
    assert shown(town).skew_s == pytest.approx(7200, abs=5)
    town.ksef.store.set("skew_s", -1800)
    settle(town, 5)
    assert town.numbers() == sorted(numbers)
    assert town.ksef.refusals() == 0


def test_the_simulator_may_be_restarted_in_the_middle(town: Town, tmp_path: Path) -> None:
    numbers = town.ksef.store.load(town.invoices(6))
    town.ksef.store.set("export_delay_s", 600)
    town.later(1)
    town.fetch()
    folder, port = town.ksef.store.folder, int(town.ksef.url.rsplit(":", 1)[1])
    town.ksef.stop()
    with running(folder, port) as again:
        reborn = Town(town.deployment, again, town.city, town.nip)
        settle(reborn, 2)
        assert reborn.numbers() == sorted(numbers)
        assert again.refusals() == 0


def test_an_expired_package_is_asked_for_again(town: Town) -> None:
    numbers = town.ksef.store.load(town.invoices(6))
    town.ksef.store.set("export_delay_s", 600)
    town.later(1)
    town.fetch()
    town.ksef.store.set("export_delay_s", 0)
    town.later(60 * 26)
    town.fetch()
    settle(town, 2)
    assert town.numbers() == sorted(numbers)
    with town.deployment.host.tenant(town.city, ACTOR) as session:
        states = sorted(one.state for one in session.scalars(select(KsefPackage)))
    assert states == ["imported", "lost"]


def test_the_secret_stays_secret(town: Town, neighbour: Town) -> None:
    secret = f"sim-{town.nip}"
    with town.deployment.host.tenant(town.city, ACTOR) as session:
        kept = session.scalars(select(KsefConnection)).one()
        sealed = kept.secret
        journal = " ".join(str((one.before, one.after)) for one in session.scalars(select(Audit)))
    assert secret.encode() not in sealed
    assert secret not in journal and town.ksef.url in journal
    assert secret not in str(shown(town).as_json())
    with town.deployment.host.tenant(neighbour.city, ACTOR) as session:
        session.scalars(select(KsefConnection)).one().secret = sealed
    with pytest.raises(Exception, match="klucz instalacji"), gateway(town.deployment, neighbour.city):
        pass


def test_units_get_their_administrator_once(town: Town) -> None:
    person = Administrator("5265877635", "Anna", "Lis")
    first = grant(town.deployment, town.city, person, [], ACTOR, town.clock)
    again = grant(town.deployment, town.city, person, ["SP12"], ACTOR, town.clock)
    assert (first.new, first.nameless) == (("SP12", "ZM1"), ("SP4",))
    assert (again.new, again.known) == ((), ("SP12",))
    with pytest.raises(Refusal, match="nie ma jednostki"):
        grant(town.deployment, town.city, person, ["NIEMA"], ACTOR, town.clock)


def test_every_moment_is_killed_at() -> None:
    """The moments above are those the fetching tells."""
    from app.ssc.ksef import fetch as module

    source = Path(module.__file__).read_text()
    states = {"asked", "requested", "received"}
    told = {f"{state}:begun" for state in states} | {
        word for word in source.split('"') if ":" in word and word.split(":")[0] in states
    }
    assert told == set(MOMENTS)
