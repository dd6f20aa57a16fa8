"""The demonstration's main job: a town founded, a month of VAT from KSeF's inbox to the receipt of one JPK_V7M, the
next one begun.

Every step may be repeated: what is there already is left alone, so a run that was cut off goes on with the next one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from app.deployment import Deployment
from app.gateways.jpk import simulator as jpk
from app.kernel.clock import today
from app.kernel.dates import Month, counted
from app.kernel.errors import Refusal
from app.kernel.runs import RunView
from app.ops.demo import people
from app.ops.demo.generator import generate
from app.ops.demo.outside import Outside
from app.ops.demo.scoring import read_truth, score
from app.ops.onboarding import Founded, found_city
from app.purchasing.queries import cases
from app.purchasing.rules.circulation import Wanted as Decision
from app.purchasing.rules.facts import Description, Person
from app.purchasing.service import acting
from app.ssc import filing, steps
from app.ssc.delivery import deliver
from app.ssc.inbox import Import, import_paths
from app.ssc.ksef.access import Wanted as Line
from app.ssc.ksef.access import connect_city
from app.ssc.ksef.fetch import Fetched, fetch
from app.vat.queries import filings, inbox, returns
from app.vat.queries.registers.month import stage
from app.vat.service import attribution, periods
from app.vat.service import registers as register
from app.vat.service.directory import DirectoryEntry, put
from tenants import mandates, registry
from tenants.models import Kind, Tenant
from tenants.registry import TenantData
from tenants.session import Host

ACTOR = "demonstracja"
SLUG = "nowa-dabrowa"
CLOSED, CURRENT = Month(2026, 9), Month(2026, 10)
"""The month that is closed from end to end, and the one left for the visitor to work on."""
RESOLUTION = "uchwała nr XV/120/2025 Rady Miasta"
CENTRE = "CUW"
CURRENT_SHARE = 2
"""The current month has one in so many of the invoices of the closed one."""

BETWEEN_VISITS_S = 3600
UNDER_WAY = 6
"""Purchases of each unit that are described and approved already."""
QUESTIONS = 10
"""How often the gateway is asked for the receipt."""

Tell = Callable[[str], None]
Work = Callable[[Deployment, Tenant, UUID], RunView]
"""Works on a run until it is over (given by the command, for workers are above this door)."""


@dataclass(frozen=True, slots=True)
class Town:
    """The founded town: municipality, units by code (its office included), service centre, people."""

    founded: Founded
    centre: Tenant
    people: list[people.Person]

    @property
    def places(self) -> Mapping[str, Tenant]:
        """Every tenant with a register, by code."""
        return {self.founded.office_code: self.founded.city, **self.founded.units, CENTRE: self.centre}

    def roles(self, code: str) -> Mapping[str, str]:
        """Log-ins of a place's people by their role."""
        place = self.places[code].id
        return {one.role: one.login for one in self.people if one.tenant is not None and one.tenant.id == place}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How large the demonstration is; the same numbers make the same town."""

    units: int = 14
    invoices: int = 1500
    seed: int = 1


def play(
    deployment: Deployment, folder: Path, outside: Outside, wanted: Wanted, tell: Tell, work: Work
) -> dict[str, Any]:
    """The whole job; the summary. `tell` hears each step in Polish."""
    deployment = outside.wired(deployment)
    host = deployment.host
    tell("Przygotowuję pliki zmyślonego miasta")
    files = month_files(folder, wanted, CLOSED, wanted.invoices)
    described = json.loads((files / "city.json").read_text(encoding="utf-8"))
    tell("Zakładam miasto, jednostki, centrum usług i konta")
    town = found(host, described)
    outside.know(described["suppliers"])
    if not _made(host, town):
        _fill(deployment, town, files, described, CLOSED, outside, tell)
        tell("Przypisuję to, co rozstrzyga człowiek")
        confirm(host, town, files)
        deliver(host, town.founded.city, ACTOR, today())
        tell("Zamykam miesiąc w jednostkach")
        for code, place in town.places.items():
            close(host, place, CLOSED, *signers(town, code))
        _consolidate(deployment, town, CLOSED, tell, work)
    _file(deployment, town, CLOSED, tell, work)
    if not _begun(host, town):
        tell("Wczytuję faktury następnego miesiąca")
        more = month_files(folder, wanted, CURRENT, max(1, wanted.invoices // CURRENT_SHARE))
        _fill(deployment, town, more, described, CURRENT, outside, tell)
        _begin(host, town)
    return _summary(deployment, town, files)


def month_files(folder: Path, wanted: Wanted, month: Month, invoices: int) -> Path:
    """The month's files; made in a folder beside and moved, so that half a set is never taken for a whole one."""
    place = folder / f"{month}-{wanted.units}-{invoices}-{wanted.seed}"
    if not place.exists():
        half = place.with_suffix(".nowe")
        shutil.rmtree(half, ignore_errors=True)
        generate(wanted.units, invoices, wanted.seed, month, half)
        half.rename(place)
    return place


def found(host: Host, described: Mapping[str, Any]) -> Town:
    """The town, its units, the service centre with its mandates, and everybody's accounts."""
    founded = found_city(host, described, ACTOR, SLUG, CLOSED)
    data = TenantData(f"{SLUG}-cuw", CENTRE, "Centrum Usług Wspólnych w Nowej Dąbrowie", "Centrum Usług Wspólnych")
    centre, _ = registry.create(host, Kind.UNIT, data, ACTOR, founded.city)
    with host.tenant(founded.city, ACTOR) as session:
        put(session, DirectoryEntry(CENTRE, centre.name, centre.short_name, city="Nowa Dąbrowa"))
    with host.control() as session:
        for place in (founded.city, *founded.units.values()):
            mandates.grant(session, centre, place, "vat", CLOSED.first_on, RESOLUTION, ACTOR)
        for place in founded.units.values():
            mandates.grant(session, centre, place, "accounting", CLOSED.first_on, RESOLUTION, ACTOR)
    units = list(founded.units.values())
    return Town(founded, centre, people.settle(host, people.everybody(founded.city, centre, units), ACTOR))


def _made(host: Host, town: Town) -> bool:
    with host.tenant(town.founded.city, ACTOR, read_only=True) as session:
        return bool(returns.versions(session, CLOSED))


def _begun(host: Host, town: Town) -> bool:
    with host.tenant(town.founded.city, ACTOR, read_only=True) as session:
        return CURRENT in inbox.months(session)


def _fill(
    deployment: Deployment, town: Town, files: Path, described: Mapping[str, Any], month: Month, outside: Outside,
    tell: Tell,
) -> None:  # fmt: skip
    """Everything that reaches the registers without a person: reports of cash registers, invoices from KSeF, and what
    people hand in as files, some of it broken and some of it here already."""
    host, city = deployment.host, town.founded.city
    report_tills(host, town, files, described, month)
    tell("Pobieram faktury z KSeF (symulator)")
    outside.send(files)
    done = _fetch(deployment, city, month, outside)
    tell(
        f"  {counted(done.invoices, 'faktura', 'faktury', 'faktur')} z KSeF: {done.counts['assigned']} przypisanych,"
        f" {done.counts['queued']} do decyzji"
    )
    tell("Wczytuję pliki, które przysłali ludzie")
    sent = import_paths(host, city, Import([files / name for name in ("files", "bad")]), ACTOR)
    tell(f"  {sent.duplicates} już było w skrzynce, {sent.quarantined} odłożonych z powodem")
    tell("Doręczam faktury do rejestrów jednostek")
    deliver(host, city, ACTOR, today())


def report_tills(host: Host, town: Town, files: Path, described: Mapping[str, Any], month: Month) -> None:
    """What every unit sold without an invoice, in the registers of the months that are open."""
    for unit in described["units"]:
        with host.tenant(town.places[unit["code"]], ACTOR) as session:
            if stage(session, month).state == "open":
                register.import_file(session, month, (files / "registers" / f"{unit['code']}.csv").read_bytes())


def _fetch(deployment: Deployment, city: Tenant, month: Month, outside: Outside) -> Fetched:
    """The month's invoices by KSeF's clock: in the morning after its last day, visit after visit while they bring
    something. After the current month the clock is today's."""
    over = datetime.combine(month.last_on + timedelta(days=1), time(6), UTC)
    if month == CLOSED:
        if not over <= outside.clock.now() < over + timedelta(days=20):
            outside.turn_to(over)
    else:
        outside.turn_to(max(over, datetime.now(UTC)))
    nip = str(city.nip)
    since = datetime.combine(CLOSED.first_on, time(), UTC)
    connect_city(deployment, city, Line(outside.ksef.url, nip, since, f"sim-{nip}"), ACTOR, outside.clock)
    whole = Fetched()
    while True:
        outside.clock.sleep(BETWEEN_VISITS_S)
        done = fetch(deployment, city, ACTOR, outside.clock)
        if done.error:
            raise Refusal(done.error, "ksef")
        if not done.packages:
            return whole
        whole.invoices += done.invoices
        for key, count in done.counts.items():
            whole.counts[key] += count


def confirm(host: Host, town: Town, files: Path) -> None:
    """What the referent decides by hand, from the truth that the generator keeps; who nobody can tell stays queued."""
    truth = {line["ksef_number"]: line["unit"] for line in read_truth(files / "truth.jsonl") if line["unit"]}
    with host.tenant(town.founded.city, town.people[2].login) as session:
        listing = inbox.queue(session)
        waiting = session.execute(listing.statement.where(listing.columns["month"] <= CLOSED.last_on)).all()
        for row in waiting:
            if (unit := truth.get(row.ksef_number)) is not None:
                attribution.assign(session, row.id, unit, "Ustalono z jednostką.")


def signers(town: Town, code: str) -> tuple[str, str]:
    """Who completes and who signs: the place's clerk and its head; the centre's own month its accountant and lead."""
    roles = town.roles(code)
    if code == CENTRE:
        return roles["centre_accountant"], roles["centre_lead"]
    return roles["unit_clerk"], roles["unit_head"]


def close(host: Host, place: Tenant, month: Month, clerk: str, head: str) -> None:
    """The month completed by one and signed by the other."""
    with host.tenant(place, clerk) as session:
        if stage(session, month).state == "open":
            periods.complete(session, month)
    with host.tenant(place, head) as session:
        if stage(session, month).state == "completed":
            periods.publish(session, month)


def _consolidate(deployment: Deployment, town: Town, month: Month, tell: Tell, work: Work) -> None:
    city = town.founded.city
    with deployment.host.tenant(city, town.people[2].login) as session:
        run = steps.start(session, deployment.host, city, month, today())
        run_id = run.id
    tell("Scalam rejestry w jedną deklarację JPK_V7M")
    view = work(deployment, city, run_id)
    if view.state != "finished":
        raise Refusal(f"Nie udało się utworzyć deklaracji: {view.error or view.state}", "run")


def _file(deployment: Deployment, town: Town, month: Month, tell: Tell, work: Work) -> None:
    """The return sent, with the simulator's signature, until its receipt is here."""
    city, treasurer = town.founded.city, town.people[1].login

    def sent(states: Collection[str]) -> filings.Filing | None:
        with deployment.host.tenant(city, treasurer, read_only=True) as session:
            return next((one for one in filings.filings(session, month) if one.state in states), None)

    if sent(["accepted"]) is not None:
        return
    tell("Wysyłam deklarację do bramki (symulator) i czekam na UPO")
    if (going := sent([*filings.SENDING, "finished"])) is None:
        made = filing.prepare(deployment, city, month, None, treasurer)
        document = jpk.signed(deployment.files(city).read(made.metadata.sha256))
        going = filing.sign(deployment, city, made.id, document, treasurer)
    if going.state != "finished":
        with deployment.host.tenant(city, treasurer) as session:
            run_id = filing.start(session, going.id).id
        work(deployment, city, run_id)
    for _ in range(QUESTIONS):
        if sent(["accepted"]) is not None:
            return
        filing.poll(deployment, city, treasurer)
    raise Refusal("Bramka nie wydała UPO.", "filing")


def _begin(host: Host, town: Town) -> None:
    """The current month as a centre finds it: some units are done, some wait for a signature, most are at work; a part
    of their purchases is described and approved, so that the centre's accountant has them to check."""
    for code, unit in town.founded.units.items():
        _buy(host, unit, *_buyers(town, code))
    for place, code in enumerate(town.founded.units):
        unit = town.founded.units[code]
        clerk, head = signers(town, code)
        if place % 4 == 0:
            close(host, unit, CURRENT, clerk, head)
        elif place % 4 == 1:
            with host.tenant(unit, clerk) as session:
                periods.complete(session, CURRENT)


def _buyers(town: Town, code: str) -> tuple[Person, Person]:
    """Who describes purchases of a unit, and who approves their substance."""
    roles = town.roles(code)
    return (
        Person(roles["unit_clerk"], frozenset({"read", "describe"}), own=True, serves=False),
        Person(roles["substantive_approver"], frozenset({"read", "approve"}), own=True, serves=False),
    )


def _buy(host: Host, unit: Tenant, clerk: Person, approver: Person) -> None:
    """The first purchases to be paid, described by one and approved by the other."""
    with host.tenant(unit, clerk.login) as session:
        listed = cases.listing(session, ["open"])
        first = listed.statement.order_by(listed.columns["due_on"], listed.tie).limit(UNDER_WAY)
        found = [cases.case(session, row.id) for row in session.execute(first).all()]
        for one in found:
            if one.standing.step is not None and one.standing.step.kind == "describe":
                words = Description(one.document.title or "zakup", "bieżąca działalność jednostki")
                acting.describe(session, one.id, one.content, words, clerk, today())
    with host.tenant(unit, approver.login) as session:
        for one in (cases.case(session, case.id) for case in found):
            if (step := one.standing.step) is not None and step.kind == "substance":
                acting.act(session, one.id, Decision("approve", step.code, one.content), approver, today())


def _summary(deployment: Deployment, town: Town, files: Path) -> dict[str, Any]:
    host, city = deployment.host, town.founded.city
    with host.tenant(city, ACTOR, read_only=True) as session:
        made = returns.version(session, CLOSED)
        counts = inbox.board(session, CLOSED)
        right = score(read_truth(files / "truth.jsonl"), inbox.decided_by_rule(session))
        filed = next((one for one in filings.filings(session, CLOSED) if one.upo_sha256), None)
    states = {
        state: sum(one.count for one in counts if one.state == state) for state in ("assigned", "queued", "internal")
    }
    return {
        "city": city.name,
        "tenant": city.slug,
        "month": str(CLOSED),
        "units": len(town.places),
        "invoices": {**states, "delivered": sum(one.delivered for one in counts if one.state != "share")},
        "attribution": {"precision": float(round(right.precision, 4)), "recall": float(round(right.recall, 4))},
        "return": {
            "version": made.version,
            "sale_rows": made.sale_count,
            "purchase_rows": made.purchase_count,
            "P_38": int(made.declaration["P_38"]),
            "P_48": int(made.declaration["P_48"]),
            "P_51": int(made.declaration["P_51"]),
            "P_62": int(made.declaration.get("P_62", 0)),
            "sha256": made.file.sha256,
            "file": str(deployment.files(city).path(made.file.sha256)),
            "upo": filed.upo_sha256 if filed else None,
        },
    }
