"""The picture of an invoice for a room's page: from the municipality's inbox, if the invoice is this tenant's."""

from __future__ import annotations

from uuid import UUID

from app.kernel.errors import NotFound
from app.ssc.pages.sheet import Sheet, sheet
from app.vat.queries import inbox
from tenants import registry
from tenants.models import Tenant
from tenants.session import Host


class Paper:
    """What a page asks for the sheet of an invoice; its template shows it by `ssc/sheet.html`."""

    __slots__ = ("_host", "_login", "_tenant")

    def __init__(self, host: Host, tenant: Tenant, login: str) -> None:
        self._host = host
        self._tenant = tenant
        self._login = login

    def __call__(self, invoice: UUID) -> Sheet | None:
        """None for an invoice that is not there, or is another unit's by now."""
        with self._host.control() as session:
            city = registry.municipality_of(session, self._tenant)
        try:
            with self._host.tenant(city, self._login, read_only=True) as session:
                entry = inbox.entry(session, invoice)
        except NotFound:
            return None
        theirs = self._tenant.parent_id is None or self._tenant.code in (entry.unit_code, entry.delivered_to)
        return sheet(entry) if theirs else None
