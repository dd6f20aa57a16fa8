"""Work that purchases leave behind: cases for what was entered in the VAT register, copies for work lists."""

from __future__ import annotations

from uuid import UUID

from app.kernel.clock import today
from app.purchasing.service import opening
from app.purchasing.service.book import COPY
from app.ssc import worklist
from app.vat.service.registers.entering import PURCHASES
from workers.handlers import Mail, topic


@topic(PURCHASES)
def follow(mail: Mail) -> None:
    """What a person entered or voided in the register opens a case or closes it."""
    opening.follow(mail.session, [UUID(one) for one in mail.payload["rows"]])


@topic(COPY)
def copy(mail: Mail) -> None:
    """Cases that changed reach the work lists of those who serve the unit."""
    ids = [UUID(one) for one in mail.payload["cases"]]
    worklist.copy(mail.deployment.host, mail.tenant, ids, "system", today())
