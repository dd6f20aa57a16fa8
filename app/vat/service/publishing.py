"""The published copy of a month: rows numbered and written as JPK_V7M wants them, summed and hashed; and its check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Table, Text, Uuid, bindparam, column, func, insert, literal, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month, counted
from app.kernel.errors import NotFound, Refusal
from app.vat.filings.jpk_v7m import purchase_body, sales_body
from app.vat.models import VatPeriod, VatPublication, published_purchase, published_sale, purchase, sale
from app.vat.queries.publications import latest
from app.vat.queries.registers.live import each, purchases_of, sales_of
from app.vat.rules.facts import PurchaseRow
from app.vat.rules.publication import belongs, digest, sums, sums_text
from app.vat.rules.rows import purchase_row, sales_row

REFUSED_SHOWN = 10


@dataclass(slots=True)
class _Register:
    """One register as it is published: rows, their keys and their texts, in order."""

    rows: list[Any] = field(default_factory=list)
    ids: list[UUID] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    def take(self, key: UUID, row: Any, body: str) -> None:
        self.rows.append(row)
        self.ids.append(key)
        self.bodies.append(body)


def publish(session: Session, period: VatPeriod) -> VatPublication:
    """The next version of a month that the caller holds alone. Raises `Refusal` naming every row the form refuses."""
    month = Month(period.year, period.month)
    refused: list[str] = []
    sales = _register(sales_of(session, month), sales_row, sales_body, refused)
    purchases = _register(purchases_of(session, month), purchase_row, _if_published, refused)
    if refused:
        more = f" I jeszcze {len(refused) - REFUSED_SHOWN}." if len(refused) > REFUSED_SHOWN else ""
        raise Refusal(
            f"JPK_V7M nie przyjmie {counted(len(refused), 'wiersza', 'wierszy', 'wierszy')}. "
            f"{' '.join(refused[:REFUSED_SHOWN])}{more}",
            "rows",
        )
    totals = sums_text(sums(sales.rows, purchases.rows))
    before = latest(session, month)
    made = VatPublication(
        year=month.year,
        month=month.month,
        version=(before.version if before else 0) + 1,
        hash=digest(month, totals, sales.bodies, purchases.bodies),
        sums=totals,
        sale_count=len(sales.ids),
        purchase_count=len(purchases.ids),
        completed_by=period.completed_by,
        signed_by=session.info["actor"],
        published_at=func.clock_timestamp(),
    )
    session.add(made)
    session.flush()
    _copy(session, made.id, sale, published_sale, sales)
    _copy(session, made.id, purchase, published_purchase, purchases)
    session.refresh(made)
    return made


def _register(
    rows: Iterable[RowMapping],
    made_of: Callable[[RowMapping], Any],
    text: Callable[[int, Any], str | None],
    refused: list[str],
) -> _Register:
    register = _Register()
    for row in rows:
        made = made_of(row)
        try:
            body = text(len(register.ids) + 1, made)
        except Refusal as refusal:
            refused.append(refusal.message)
            continue
        if body is not None:
            register.take(row["id"], made, body)
    return register


def _if_published(number: int, row: PurchaseRow) -> str | None:
    """None: nothing is deducted, so it stays in the working register only."""
    return purchase_body(number, row) if belongs(row.amounts, row.margin_gross) else None


def _copy(session: Session, publication_id: UUID, working: Table, published: Table, register: _Register) -> None:
    """The database copies the rows; their order and texts come along as two arrays."""
    if not register.ids:
        return
    shared = [name for name in published.c.keys() if name in working.c]  # noqa: SIM118 (a column collection)
    given = (
        func.unnest(bindparam("ids", type_=ARRAY(Uuid)), bindparam("bodies", type_=ARRAY(Text)))
        .table_valued(column("id", Uuid), column("body", Text), with_ordinality="pos")
        .render_derived()
    )
    rows = select(
        literal(publication_id, Uuid), given.c.pos, working.c.id, given.c.body, *(working.c[name] for name in shared)
    ).select_from(given.join(working, working.c.id == given.c.id))
    statement = insert(published).from_select(["publication_id", "pos", "row_id", "body", *shared], rows)
    session.execute(statement, {"ids": register.ids, "bodies": register.bodies})


def verify(session: Session, publication_id: UUID) -> tuple[str, ...]:
    """Everything that does not hold: texts of rows, their numbers and count, sums, the hash. Raises `NotFound`."""
    publication = session.get(VatPublication, publication_id)
    if publication is None:
        raise NotFound("Nie ma takiej wersji rejestru cząstkowego.", "publication")
    broken: list[str] = []
    sales = _again(session, publication_id, published_sale, sales_row, sales_body, broken)
    purchases = _again(session, publication_id, published_purchase, purchase_row, purchase_body, broken)
    broken += _counted(publication, sales, purchases)
    totals = sums_text(sums(sales.rows, purchases.rows))
    if totals != publication.sums:
        broken.append("Sumy pól K nie zgadzają się z wierszami.")
    month = Month(publication.year, publication.month)
    if digest(month, totals, sales.bodies, purchases.bodies) != publication.hash:
        broken.append("Skrót SHA-256 nie zgadza się z treścią wersji.")
    return tuple(broken)


def _again(
    session: Session,
    publication_id: UUID,
    published: Table,
    made_of: Callable[[RowMapping], Any],
    text: Callable[[int, Any], str],
    broken: list[str],
) -> _Register:
    register = _Register()
    statement = select(published).where(published.c.publication_id == publication_id).order_by(published.c.pos)
    expected = 1
    for row in each(session, statement):
        number, made = row["pos"], made_of(row)
        if number != expected:
            broken.append(f"{_NAMES[published.name]}: brakuje wiersza {expected}.")
        expected = number + 1
        try:
            body = text(number, made)
        except Refusal as refusal:
            body = ""
            broken.append(refusal.message)
        if body not in ("", row["body"]):
            broken.append(f"{_NAMES[published.name]}, wiersz {number}: tekst nie zgadza się z kwotami i opisem.")
        register.take(row["row_id"], made, body)
    return register


_NAMES = {published_sale.name: "Rejestr sprzedaży", published_purchase.name: "Rejestr zakupu"}


def _counted(publication: VatPublication, sales: _Register, purchases: _Register) -> Iterator[str]:
    for name, found, promised in (
        ("sprzedaży", len(sales.ids), publication.sale_count),
        ("zakupu", len(purchases.ids), publication.purchase_count),
    ):
        if found != promised:
            yield f"Rejestr {name} ma {counted(found, 'wiersz', 'wiersze', 'wierszy')} zamiast {promised}."
