"""Heavy work of the VAT room."""

from __future__ import annotations

from typing import Any

from app.ssc import steps
from workers.handlers import Work, chunk


@chunk(steps.KIND)
def consolidate(work: Work) -> dict[str, Any]:
    """One chunk of a month's consolidation."""
    step = steps.Step(work.session, work.deployment, work.tenant, work.run_id, work.params)
    return steps.STEPS[work.stage](step, work.payload)
