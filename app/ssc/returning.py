"""What a unit sent back as not its own returns to the city's queue, and leaves the unit's part of the inbox.

The unit's transaction voided the row and left the message; this is the city's part. Killed before its commit it is done
again, done twice it is done once: the decision that the unit refused is in force only the first time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.kernel import outbox
from app.ssc.delivery import DELIVER
from app.vat.service import attribution
from tenants import registry
from tenants.models import Tenant
from tenants.session import Host


def take_back(host: Host, unit: Tenant, payload: Mapping[str, Any]) -> UUID | None:
    """The decision by which the invoice waits in the queue again; None when it was decided anew by then."""
    with host.control() as session:
        city = registry.municipality_of(session, unit)
    reason = f"{unit.name}: {payload['reason']}"
    invoice, sent_by = UUID(payload["invoice"]), UUID(payload["attribution"])
    with host.tenant(city, unit.name[:120], mandate=f"odmowa jednostki {unit.code}") as session:
        made = attribution.returned(session, invoice, sent_by, unit.code, reason)
        if made is not None:
            outbox.leave(session, DELIVER, {})
    return made
