"""Documents, people and whole cases for tests of purchases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.purchasing.models import PurchaseCase
from app.purchasing.queries.cases import Case, case
from app.purchasing.rules.circulation import Wanted
from app.purchasing.rules.facts import Classification, Description, Document, Person
from app.purchasing.service import acting, opening
from app.vat.rules.facts import Invoice
from app.vat.service import registers
from tests.vat.deliveries import delivery

TODAY = datetime.now(ZoneInfo("Europe/Warsaw")).date()
SELLER, OTHER = "1234563218", "7740001454"
ACCOUNT, STRANGE = "61109010140000071219812874", "27114020040000300201355387"

CLERK = Person("kasia.kos@sp1.pl", frozenset({"read", "describe", "open", "ask"}), own=True, serves=False)
APPROVER = Person("marek.lis@sp1.pl", frozenset({"read", "describe", "approve"}), own=True, serves=False)
HEAD = Person("jan.dab@sp1.pl", frozenset({"read", "approve", "sign"}), own=True, serves=False)
ACCOUNTANT = Person("ewa.kruk@cuw.pl", frozenset({"read", "check", "ask"}), own=False, serves=True)
CHIEF = Person("olga.sowa@cuw.pl", frozenset({"read", "check", "control", "ask"}), own=False, serves=True)
EVERYBODY = (CLERK, APPROVER, HEAD, ACCOUNTANT, CHIEF)
WAY = (("substance", APPROVER), ("formal", ACCOUNTANT), ("vat", ACCOUNTANT), ("control", CHIEF), ("head", HEAD))
"""Steps after the description and who does them."""

DESCRIPTION = Description(
    "papier do drukarek", "sekretariat", "umowa 12/2026", (Classification("801", "80101", "4210", Decimal("123.00")),),
    use="outside",
)  # fmt: skip


def paper(number: str = "R/1", gross: str = "123.00", **other: Any) -> Document:
    """A bill without VAT."""
    facts: dict[str, Any] = {
        "kind": "bill", "number": number, "issued_on": date(2026, 9, 14), "seller_nip": SELLER,
        "seller_name": "Hurtownia Papier sp. z o.o.", "gross": Decimal(gross), "net": Decimal(gross),
        "vat": Decimal("0.00"), "account": ACCOUNT, "accounts": (ACCOUNT,), "due_on": date(2026, 9, 28),
    }  # fmt: skip
    return Document(**{**facts, **other})


def invoice(number: str, net: str = "100.00", tax: str = "23.00", **other: Any) -> Any:
    """A delivery of an invoice with an account and a term."""
    sent = delivery("purchase", number, net=net, tax=tax)
    facts: dict[str, Any] = {"bank_accounts": (ACCOUNT,), "due_on": date(2026, 10, 14), **other}
    changed: Invoice = replace(sent.invoice, **facts)
    return replace(sent, invoice=changed)


def deliver(session: Session, *deliveries: Any) -> None:
    """As the door does it: the register and the circulation in one transaction."""
    receipts = registers.receive(session, deliveries)
    opening.open_delivered(session, deliveries, receipts)


def of_number(session: Session, number: str) -> Case:
    found = session.scalars(select(PurchaseCase.id).where(PurchaseCase.number == number)).one()
    return case(session, found)


def described(session: Session, case_id: UUID, description: Description = DESCRIPTION, by: Person = CLERK) -> Case:
    return acting.describe(session, case_id, case(session, case_id).content, description, by, TODAY)


def approve(session: Session, case_id: UUID, person: Person, **other: Any) -> Case:
    """The step that is waited for, by this person, who has seen what is there."""
    found = case(session, case_id)
    step = found.standing.step
    wanted = Wanted("approve", step.code if step else "head", found.content)
    if step is not None and step.kind == "vat":
        other = {"use": "outside", **other}
    return acting.act(session, case_id, wanted, person, TODAY, **other)


def brought_to(session: Session, case_id: UUID, step: str | None) -> Case:
    """Described and approved by the right people until `step` is waited for; None: ready."""
    found = described(session, case_id)
    for code, person in WAY:
        if found.standing.step is None or found.standing.step.code == step:
            break
        assert found.standing.step.code == code
        found = approve(session, case_id, person)
    return found
