"""Letting a unit issue invoices in the municipality's name: its prefix is taken in the city, then told to the unit.

Two transactions in this order: a crash between them leaves a prefix that the same unit takes again.
"""

from __future__ import annotations

from datetime import date

from app.kernel.errors import Refusal
from app.kernel.ids import nrb
from app.vat.queries.issuing.setting import described
from app.vat.rules.issuing.draft import Issuer
from app.vat.rules.issuing.numbering import DEFAULT_PATTERN
from app.vat.service import issuing
from tenants import fleet
from tenants.models import Tenant
from tenants.session import Host

SCOPE = "vat"


def allow(
    host: Host,
    city: Tenant,
    code: str,
    actor: str,
    on: date,
    *,
    prefix: str | None = None,
    account: str | None = None,
    pattern: str = DEFAULT_PATTERN,
    since_on: date | None = None,
) -> Issuer:
    """The unit of this code may issue from `since_on` (today); its prefix is its code unless said otherwise.

    Again, with newer data of the directory: from that day they stand on its invoices. Raises `Refusal`, `Conflict`.
    """
    with host.control() as session:
        served = {one.tenant.code: one for one in fleet.served(session, city, SCOPE, on)}
    if code not in served:
        raise Refusal(f"Jednostka {code} nie ma w systemie własnego rejestru.", "unit")
    own = nrb(account, "account") if account else None
    with host.tenant(city, actor) as session:
        taken = issuing.take_prefix(session, prefix or code, code)
        issuer = described(session, code, taken, own)
    visit = next(
        iter(
            fleet.visit(
                host,
                [served[code]],
                lambda session, _: issuing.set_issuer(session, issuer, since_on or on, pattern),
                actor,
            )
        )
    )
    if visit.error is not None:
        raise visit.error
    return issuer
