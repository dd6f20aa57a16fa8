"""An invoice issued here comes back from KSeF with the city's inbox: its row stays the only one and gets its number."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.filings import fa3
from app.vat.models import sale
from app.vat.queries.issuing import invoices
from app.vat.rules.delivery import Delivery
from app.vat.service import issuing, registers
from tests.vat.invoices import ksef_number
from tests.vat.issuing.samples import CITY, ON, ORDINARY

Inside = Callable[[], AbstractContextManager[Session]]


def test_a_sale_that_comes_back_is_recognised(inside: Inside) -> None:
    number, other = ksef_number(CITY, "20260310"), ksef_number(CITY, "20260311")
    with inside() as session:
        made = issuing.issue(session, ORDINARY, ON)
        read = fa3.read(invoices.invoice(session, made.id).xml)

        def back(ksef: str) -> Delivery:
            return Delivery(uuid4(), uuid4(), "sale", Month(2026, 3), ksef, read)

        for _ in range(2):
            assert [one.problem for one in registers.receive(session, [back(number)])] == [None]
        rows = session.execute(select(sale.c.document_no, sale.c.ksef_number)).all()
        assert [tuple(row) for row in rows] == [(made.number, number)]
        assert invoices.invoice(session, made.id).state == "accepted"
        (refused,) = registers.receive(session, [back(other)])
        assert refused.problem and "ma już numer" in refused.problem
