"""The city's settlement notes as the unit has them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.kernel.dates import Month
from app.vat.queries import settlements
from app.vat.rules.sharing import kept_steps
from app.web.desk import Desk
from app.web.render import page
from app.web.tables import Choice, Column, Empty, ListSource, Table, table_page
from policies.guards import may

KINDS = (Choice("settlement", "rozliczenie", "neutral"), Choice("interest", "odsetki", "warning"))


def _table(desk: Desk) -> Table:
    return Table(
        "noty",
        "Noty rozliczeniowe z miastem",
        (
            Column("title", "Nota", "code", param="nota", link=lambda row: desk.url(f"/vat/noty/{row['id']}")),
            Column("month", "Miesiąc", "month", param="miesiac"),
            Column("kind", "Rodzaj", "status", param="rodzaj", choices=KINDS),
            Column("issued_on", "Wystawiona", "date", param="wystawiona"),
            Column("amount", "Płaci jednostka", "amount", param="kwota", total=True, hint="Poniżej zera oddaje miasto"),
            Column("carried_on", "Nadwyżka dalej", "amount", param="nadwyzka", minor=True),
        ),
        words=("nota", "noty", "not"),
        order="-wystawiona",
        empty=Empty(
            "Nie ma jeszcze not", "Noty przychodzą, gdy miasto rozliczy deklarację za miesiąc.", icon="receipt"
        ),
    )


@get("/vat/noty", guards=[may("vat.note", "read")], sync_to_thread=True)
def listed(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Every note of this unit, the newest first."""
    with desk.reading() as session:
        rows = [
            {
                "id": one.id, "title": one.title, "month": Month(one.year, one.month), "kind": one.kind,
                "issued_on": one.issued_on, "amount": one.amount, "carried_on": one.carried_on,
            }
            for one in settlements.received(session)
        ]  # fmt: skip
    return table_page(
        request, _table(desk), ListSource(rows), "vat/notes.html", desk=desk, title="Noty rozliczeniowe z miastem"
    )


@get("/vat/noty/{note:uuid}", guards=[may("vat.note", "read")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], note: FromPath[UUID]) -> Response[Any]:
    """One note, to look at or to print."""
    with desk.reading() as session:
        found = settlements.received_one(session, note)
    return page(
        "vat/note.html", desk=desk, note=found, month_label=Month(found.year, found.month).label, issuer=found.issuer,
        unit=desk.name, version=found.return_version, steps=kept_steps(found.lines),
        crumbs=[("Noty rozliczeniowe", desk.url("/vat/noty"))],
    )  # fmt: skip


HANDLERS = [listed, show]
