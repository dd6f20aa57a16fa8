"""Heavy work of the VAT room."""

from __future__ import annotations

from typing import Any

from app.ssc import steps
from app.ssc.delivery import DELIVER, deliver
from app.ssc.inbox import import_kept
from app.ssc.pages import upload
from app.ssc.returning import take_back
from app.vat.service.registers import RETURNED
from tenants.accounts.grants import today
from workers.handlers import Mail, Work, chunk, topic


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


@chunk(upload.KIND)
def take_in(work: Work) -> dict[str, Any]:
    """One file that a person handed in."""
    return import_kept(
        work.deployment, work.tenant, work.payload["sha256"], work.payload["name"], work.session.info["actor"]
    )
