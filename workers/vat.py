"""Heavy work of the VAT room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.kernel import outbox
from app.kernel.clock import today
from app.kernel.errors import NotFound, Refusal
from app.ssc import filing, settling, steps
from app.ssc.delivery import DELIVER, deliver
from app.ssc.inbox import import_kept
from app.ssc.ksef import visits
from app.ssc.ksef.fetch import fetch
from app.ssc.pages import upload
from app.ssc.returning import take_back
from app.ssc.sending import send
from app.vat.service.issuing.issue import SEND
from app.vat.service.registers import RETURNED
from app.vat.service.settlements import DELIVER as NOTES
from tenants import registry
from workers.handlers import Mail, Work, chunk, topic

ASKED_AGAIN_AFTER = timedelta(minutes=1)


@chunk(steps.KIND)
def consolidate(work: Work) -> dict[str, Any]:
    """One chunk of a month's consolidation."""
    step = steps.Step(work.session, work.deployment, work.tenant, work.run_id, work.params)
    return steps.STEPS[work.stage](step, work.payload)


@topic(DELIVER)
def carry(mail: Mail) -> None:
    """What was decided about an invoice reaches the unit's register."""
    deliver(mail.deployment.host, mail.tenant, "system", today(), only=mail.payload.get("units"))


@topic(RETURNED)
def returned(mail: Mail) -> None:
    """What a unit refused returns to the city's queue."""
    take_back(mail.deployment.host, mail.tenant, mail.payload)


@topic(SEND)
def post(mail: Mail) -> None:
    """A unit's issued invoices go to KSeF; what has no answer yet is asked about a little later."""
    with mail.deployment.host.control() as session:
        city = registry.municipality_of(session, mail.tenant)
    try:
        done = send(mail.deployment, city, "system", today(), only=[mail.tenant.code])
    except NotFound:
        return  # not connected to KSeF yet: they wait, and the list of invoices says so
    if problem := next((one.error for one in done if one.error), None):
        raise Refusal(problem)
    if any(one.pending for one in done):
        outbox.leave(mail.session, SEND, {}, datetime.now(UTC) + ASKED_AGAIN_AFTER, "bulk")


@chunk(upload.KIND)
def take_in(work: Work) -> dict[str, Any]:
    """One file that a person handed in."""
    return import_kept(
        work.deployment, work.tenant, work.payload["sha256"], work.payload["name"], work.session.info["actor"]
    )


@chunk(visits.KIND)
def bring(work: Work) -> dict[str, Any]:
    """Everything that KSeF lets out now. Its transactions are its own: done again after a crash it goes on."""
    return fetch(work.deployment, work.tenant, work.session.info["actor"]).as_json()


@chunk(filing.KIND)
def file(work: Work) -> dict[str, Any]:
    """One step of sending a return to the ministry."""
    step = filing.Step(work.session, work.deployment, work.tenant, work.params)
    return filing.STEPS[work.stage](step, work.payload)


@topic(NOTES)
def hand_over(mail: Mail) -> None:
    """Notes of a settlement reach the units. Raises when a unit could not be reached: tried again."""
    found = settling.deliver(mail.deployment.host, mail.tenant, UUID(mail.payload["return"]), today(), "system")
    if away := [one.unit for one in found if one.error]:
        raise RuntimeError(f"notes not delivered to {len(away)} units")
