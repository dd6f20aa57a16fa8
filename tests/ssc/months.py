"""A city of three places whose month of VAT can be closed and consolidated in a moment, for tests of what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.deployment import Deployment
from app.kernel.dates import Month
from app.ssc import consolidation
from app.vat.queries import returns
from app.vat.service import periods, registers
from app.vat.service.directory import DirectoryEntry, TaxpayerEntry, put, put_taxpayer
from tenants import fleet
from tenants.models import Tenant
from tests.conftest import ACTOR, World
from tests.vat.deliveries import CLERK, HEAD

MONTH, ON = Month(2026, 9), date(2026, 10, 20)


@dataclass(frozen=True)
class Books:
    """A city of `world` with everything that its month needs."""

    deployment: Deployment
    world: World

    @property
    def city(self) -> Tenant:
        return self.world.city

    @property
    def units(self) -> list[fleet.Served]:
        return consolidation.units(self.deployment.host, self.city, ON)

    def open(self) -> Books:
        """Says who the taxpayer is and which units it has."""
        with self.deployment.host.tenant(self.city, ACTOR) as session:
            put_taxpayer(session, TaxpayerEntry("5260250274", "Miasto Alfa", "vat@alfa.example", "1421"))
            for one in (self.city, self.world.school, self.world.pool, self.world.centre):
                put(session, DirectoryEntry(one.code, one.name, one.short_name, is_office=one is self.city))
        return self

    def sell(self, unit: Tenant, number: str, net: str, tax: str, month: Month = MONTH) -> None:
        """A report of a cash register."""
        day = month.last_on.isoformat()
        lines = (
            f"document_type,document_no,issued_on,description,rate,net,tax\nRO,{number},{day},Raport,23,{net},{tax}\n"
        )
        with self.deployment.host.tenant(unit, CLERK) as session:
            registers.import_file(session, month, lines.encode())

    def close(self, *units: Tenant, month: Month = MONTH) -> None:
        """Completed and signed; every place of the city when none is named."""
        for unit in units or (self.city, self.world.school, self.world.pool, self.world.centre):
            with self.deployment.host.tenant(unit, CLERK) as session:
                periods.complete(session, month)
            with self.deployment.host.tenant(unit, HEAD) as session:
                periods.publish(session, month)

    def reopen(self, unit: Tenant, month: Month = MONTH) -> None:
        with self.deployment.host.tenant(unit, HEAD) as session:
            periods.reopen(session, month, "spóźniony dokument")

    def consolidate(self, month: Month = MONTH, purpose: int | None = None) -> returns.Version:
        """The next version of the return, without a run."""
        host, files = self.deployment.host, self.deployment.files(self.city)
        with host.tenant(self.city, ACTOR, read_only=True) as session:
            own = returns.filer(session).own_numbers
        gathered = consolidation.gather(host, self.units, month, own, ACTOR)
        with host.tenant(self.city, ACTOR) as session:
            draft = consolidation.draft(session, month, gathered, None)
        if draft.unchanged is not None:
            return draft.unchanged
        wanted = purpose or (1 if draft.version == 1 else 2)
        written = consolidation.write(host, files, self.units, draft, 1 if wanted == 1 else 2, ACTOR)
        consolidation.verify(files, written.file)
        with host.tenant(self.city, ACTOR) as session:
            return consolidation.keep(session, draft, written, 1 if wanted == 1 else 2, None)

    def month(self) -> returns.Version:
        """A whole first version: the school sells for 1000.10, the pool for 500.30, the others nothing."""
        self.sell(self.world.school, "SP1/RO/1", "1000.10", "230.02")
        self.sell(self.world.pool, "MOSIR/RO/1", "500.30", "115.07")
        self.close()
        return self.consolidate()


TOTAL = Decimal("345.09")
"""Exact tax of `Books.month`; the return says 345."""
