"""Recurring jobs of a cell: each is done once when it is due, however many schedulers run.

The lock of a job's row in `cell.schedule` is the right to do it, and moving the row to the next time is part of the
same transaction; a scheduler that dies lets another do the job at once, so jobs may be repeated without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from threading import Event

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.deployment import Deployment
from app.kernel import logs
from app.kernel.clock import POLAND, today
from app.kernel.dates import Month
from app.kernel.models import Outbox, Schedule
from app.ssc import filing, settling, worklist
from app.ssc.ksef import visits
from tenants import provision, registry
from tenants.models import Cell, Tenant
from tenants.upgrade import STANDBY
from workers.working import ACTOR, AWAY

LOOK_SECONDS = 5
KEPT_DAYS = 7
"""How long a message that was handled can be looked up."""


@dataclass(frozen=True, slots=True)
class Job:
    """`next_after(now)` is the next due time; `work(deployment, cell)` may be repeated without harm."""

    name: str
    next_after: Callable[[datetime], datetime]
    work: Callable[[Deployment, str], None]


def every(**length: float) -> Callable[[datetime], datetime]:
    """`every(minutes=5)`."""
    return lambda now: now + timedelta(**length)


def daily(hour: int) -> Callable[[datetime], datetime]:
    """At a full hour by Polish clocks."""

    def next_after(now: datetime) -> datetime:
        day = now.astimezone(POLAND).date()
        candidates = (datetime.combine(day + timedelta(days=n), time(hour), POLAND) for n in (0, 1))
        return next(moment for moment in candidates if moment > now)

    return next_after


def refill(deployment: Deployment, cell: str) -> None:
    """Schemas kept ready for new tenants."""
    for shape, wanted in STANDBY.items():
        provision.refill(deployment.host, cell, shape, wanted)


def adopt(deployment: Deployment, cell: str) -> None:
    """Schemas that a crash left without an owner."""
    provision.adopt(deployment.host, cell)


def sweep(deployment: Deployment, cell: str) -> None:
    """Messages handled long ago."""
    with deployment.host.cell(cell) as session:
        old = func.now() - timedelta(days=KEPT_DAYS)
        session.execute(delete(Outbox).where(Outbox.state == "done", Outbox.finished_at < old))


def fetch(deployment: Deployment, cell: str) -> None:
    """Cities whose inbox may be asked for in KSeF again (every 15 minutes each; a package under way sooner)."""
    visits.start_due(deployment, cell)


def each_city(work: Callable[[Deployment, Tenant], object]) -> Callable[[Deployment, str], None]:
    """The job of every municipality of a cell; a fault in one is logged and does not stop the others."""

    def job(deployment: Deployment, cell: str) -> None:
        with deployment.host.control() as session:
            cities = registry.municipalities(session, cell)
        for city in cities:
            try:
                work(deployment, city)
            except AWAY:
                raise
            except Exception as error:  # the next city must not wait for this one
                logs.fault("job.city_fault", error, cell=cell)

    return job


def ask_about_returns(deployment: Deployment, city: Tenant) -> None:
    """What became of returns handed to the ministry."""
    if deployment.settings.jpk_gateway_url is not None:
        filing.poll(deployment, city, ACTOR)


def remind_units(deployment: Deployment, city: Tenant) -> None:
    """Of the month whose return is being made."""
    on = today()
    settling.remind(deployment.host, city, Month.of(on).previous, on, ACTOR)


def lists(deployment: Deployment, cell: str) -> None:
    """Work lists over units anew: what mandates that began or ended since yesterday brought and took."""
    for place, fault in worklist.rebuild_all(deployment.host, cell, ACTOR, today()).items():
        structlog.get_logger().warning("worklist.unit_failed", place=place, error=fault.partition(":")[0])


JOBS = (
    Job("ksef.fetch", every(minutes=1), fetch),
    Job("standby.refill", every(minutes=1), refill),
    Job("standby.adopt", every(minutes=15), adopt),
    Job("outbox.sweep", daily(hour=3), sweep),
    Job("vat.reminders", daily(hour=7), each_city(remind_units)),
    Job("vat.filings", every(minutes=5), each_city(ask_about_returns)),
    Job("purchasing.lists", daily(hour=4), lists),
)


def scheduler(deployment: Deployment, stop: Event, jobs: Sequence[Job] = JOBS) -> None:
    """Look for due jobs until told to stop. Servers that are away come back."""
    while True:
        try:
            with deployment.host.control() as session:
                cells = session.scalars(select(Cell.name)).all()
            for cell in cells:
                tick(deployment, cell, jobs)
        except AWAY as error:
            structlog.get_logger().warning("schedule.server_away", error=type(error).__name__)
        except Exception as error:  # a defect must not end the scheduler
            logs.fault("schedule.fault", error)
        if stop.wait(LOOK_SECONDS):
            return


def tick(deployment: Deployment, cell: str, jobs: Sequence[Job] = JOBS) -> list[str]:
    """The names of the jobs that were due and that this call did. A job that fails waits for its next time."""
    with deployment.host.cell(cell) as session:
        known = insert(Schedule).values([{"job": job.name} for job in jobs]).on_conflict_do_nothing()
        session.execute(known)
    return [job.name for job in jobs if _do(deployment, cell, job)]


def _do(deployment: Deployment, cell: str, job: Job) -> bool:
    due = select(Schedule).where(Schedule.job == job.name, Schedule.next_at <= func.now())
    try:
        with deployment.host.cell(cell) as session:
            row = session.scalars(due.with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                return False
            job.work(deployment, cell)
            now = session.execute(select(func.clock_timestamp())).scalar_one()
            row.next_at, row.done_at, row.failed_at = job.next_after(now), now, None
        return True
    except AWAY:
        raise
    except Exception as error:
        logs.fault("job.fault", error, job=job.name, cell=cell)
    with deployment.host.cell(cell) as session:
        now = session.execute(select(func.clock_timestamp())).scalar_one()
        missed = update(Schedule).where(Schedule.job == job.name, Schedule.next_at <= now)
        session.execute(missed.values(next_at=job.next_after(now), failed_at=now))
    return False
