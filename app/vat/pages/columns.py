"""The tables of the registers: columns for people, and what the database filters, sorts and totals by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.money import ZERO
from app.vat.pages.words import (
    INVOICE,
    MARKERS,
    NO_TAX,
    NO_USE,
    SHORT_TITLES,
    SOURCES,
    TYPES,
    USE_CHOICES,
    USE_OPTIONS,
    percents,
    register_url,
    row_url,
)
from app.vat.queries.inbox.listings import Listing
from app.vat.rules.facts import Side
from app.vat.rules.positions import name as position_name
from app.vat.rules.register import MISSING
from app.web.desk import Desk
from app.web.tables import Bulk, Column, Empty, SqlSource, Table

FEW_FIELDS = 5
"""Up to so many K_ columns stand in the sales table; more of them, and all of purchases, wait to be asked for."""
WORDS = ("wiersz", "wiersze", "wierszy")


def register(
    desk: Desk, side: Side, month: Month, fields: Sequence[str], *, void: bool, drilled: str | None, editable: bool
) -> Table:
    """The table of a register. `fields`: K_ columns; `drilled`: the field whose rows are shown; `void`: rows that do
    not count any more."""
    columns = [*_document(desk, side, month), *(_sale(void) if side == "sale" else _purchase(desk, month, void))]
    if void:
        columns.append(Column("void_reason", "Powód unieważnienia", param="powod"))
    else:
        back = side == "purchase" or len(fields) > FEW_FIELDS
        columns += [_field(name, back and name != drilled) for name in fields]
    columns += [
        Column("source", "Źródło", param="zrodlo", choices=SOURCES, minor=True),
        Column("ksef_number", "Numer KSeF", "code", param="ksef", minor=True),
    ]
    return Table(
        f"rejestr-{side}",
        f"{SHORT_TITLES[side]}, {month.label}" + (f": wiersze z kwotą w {drilled}" if drilled else ""),
        tuple(columns),
        words=("unieważniony wiersz", "unieważnione wiersze", "unieważnionych wierszy") if void else WORDS,
        row_key=lambda row: str(row.id),
        row_tone=None if void else _tone,
        order="wystawiony",
        bulk=_bulk(desk, month, drilled) if side == "purchase" and editable and not void else (),
        empty=_empty(desk, side, month, void, editable),
        exports=desk.may("vat.register", "export"),
    )


def _document(desk: Desk, side: Side, month: Month) -> list[Column]:
    return [
        Column(
            "document_no",
            "Dokument",
            "code",
            param="dokument",
            link=lambda row: row_url(desk, side, month, row.id),
            sub=_proof,
        ),
        _type(side),
        _counterparty(side, sub=lambda row: row.description),
        Column("counterparty_no", "Numer kontrahenta", "code", value=_number, param="nip", minor=True),
        Column("issued_on", "Wystawiony", "date", param="wystawiony"),
    ]


def _proof(row: Any) -> str | None:
    """Under the number of a document: what it is when it has no number of KSeF, and that it is in no sum."""
    marker = None if row.marker == "NrKSeF" else "OFF, bez numeru KSeF" if row.marker == "OFF" else row.marker
    return ", ".join(part for part in (marker, "poza sumą pól" if row.document_type == "FP" else None) if part) or None


def _type(side: Side) -> Column:
    return Column(
        "document_type",
        "Typ",
        "code",
        value=lambda row: row.document_type or INVOICE,
        param="typ",
        choices=TYPES[side],
    )


def _counterparty(side: Side, sub: Callable[[Any], str | None] | None = None) -> Column:
    """The other party; a report of a cash register has none."""
    return Column(
        "counterparty_name",
        "Nabywca" if side == "sale" else "Dostawca",
        param="kontrahent",
        sub=sub,
        value=lambda row: None if row.counterparty_name == MISSING else row.counterparty_name,
    )


def _number(row: Any) -> str | None:
    number: str = row.counterparty_no
    return None if number == MISSING else f"{row.country} {number}" if row.country else number


def _sale(void: bool) -> list[Column]:
    hint = None if void else "Suma bez faktur do paragonów (FP), bo są już w raportach kas."
    return [
        Column("sold_on", "Sprzedaż", "date", param="sprzedaz", minor=True),
        Column("marker", "Oznaczenie", "custom", param="oznaczenie", choices=MARKERS, minor=True),
        Column("net", "Netto", "amount", param="netto", total=True, hint=hint),
        Column("tax", "Podatek", "amount", param="podatek", total=True, hint=hint),
    ]


def _purchase(desk: Desk, month: Month, void: bool) -> list[Column]:
    return [
        Column("received_on", "Wpływ", "date", param="wplyw", minor=True),
        Column("marker", "Oznaczenie", "custom", param="oznaczenie", choices=MARKERS),
        Column(
            "use",
            "Przeznaczenie",
            "custom",
            value=use_of,
            param="przeznaczenie",
            choices=USE_CHOICES,
            hint="Czemu służy zakup; od tego zależy odliczenie",
        ),
        Column("net", "Netto", "amount", param="netto", total=True),
        Column("tax", "Podatek", "amount", param="podatek", total=True),
        Column(
            "deductible",
            "Do odliczenia",
            "amount",
            param="odliczenie",
            total=True,
            explain=None if void else lambda row: row_url(desk, "purchase", month, row.id, "/wyliczenie"),
        ),
    ]


def _field(name: str, minor: bool) -> Column:
    return Column(name.lower(), name, "amount", hint=position_name(name), total=True, minor=minor)


def use_of(row: Any) -> str:
    """The use of a row as a code of `USE_CHOICES`."""
    return row.use or (NO_USE if row.tax else NO_TAX)


def use_sub(row: Any) -> str | None:
    """The second line of a use: the ratios it was computed with, a fixed asset."""
    used = percents({"pre_ratio_pct": row.pre_ratio_pct, "ratio_pct": row.ratio_pct})
    return ", ".join(part for part in (used, "środek trwały" if row.asset else None) if part) or None


def _tone(row: Any) -> Any:
    waits = hasattr(row, "use") and use_of(row) == NO_USE
    return "warning" if waits or row.marker == "OFF" else None


def _bulk(desk: Desk, month: Month, drilled: str | None) -> tuple[Bulk, ...]:
    url = register_url(desk, "purchase", month, "/przeznaczenie" + (f"?pole={drilled}" if drilled else ""))
    return (Bulk("Ustaw przeznaczenie", url, "tag", primary=True, name="use", choices=USE_OPTIONS),)


def _empty(desk: Desk, side: Side, month: Month, void: bool, editable: bool) -> Empty:
    if void:
        return Empty("Nic tu nie unieważniono", "Wiersz unieważniony zostaje tutaj razem z powodem.", icon="circle-x")
    title = f"Rejestr {'sprzedaży' if side == 'sale' else 'zakupów'} za {month.label} jest pusty"
    text = "Faktury z KSeF pojawią się tu same. Raporty kas i dowody wewnętrzne wpiszesz albo wczytasz z pliku."
    if not (editable and desk.may("vat.register", "enter")):
        return Empty(title, text, icon="receipt")
    kind = "RO" if side == "sale" else "zakup"
    return Empty(title, text, "Dodaj dokument", desk.url(f"/vat/dokument/{month}/nowy?rodzaj={kind}"), "receipt")


def source(session: Session, listed: Listing, side: Side) -> SqlSource:
    """The rows of a listing; codes that a table has for missing values are filtered like the others, names are in
    Polish order, FP rows are left out of totals."""
    columns: dict[str, ColumnElement[Any]] = dict(listed.columns)
    columns["document_type"] = func.coalesce(columns["document_type"], INVOICE)
    if "use" in columns:
        waiting = case((columns["tax"] != 0, NO_USE), else_=NO_TAX)
        columns["use"] = func.coalesce(columns["use"], waiting)
    return SqlSource(
        session,
        listed.statement,
        columns,
        tie=listed.tie,
        order_by={"counterparty_name": columns["sort_name"]} if "sort_name" in columns else {},
        totals=_summed(columns) if side == "sale" else {},
    )


def _summed(columns: Mapping[str, ColumnElement[Any]]) -> dict[str, ColumnElement[Any]]:
    amounts = [name for name in columns if name in ("net", "tax") or name.startswith("k_")]
    return {name: case((columns["counts"], columns[name]), else_=literal(ZERO)) for name in amounts}


def published(side: Side, fields: Sequence[str], caption: str) -> Table:
    """Rows of a signed version, numbered as they were signed."""
    neutral = tuple(replace(choice, tone="neutral") for choice in MARKERS)
    return Table(
        f"wersja-{side}",
        caption,
        (
            Column("pos", "Lp.", "number", param="lp"),
            Column("document_no", "Dokument", "code", param="dokument"),
            _type(side),
            _counterparty(side),
            Column("counterparty_no", "Numer kontrahenta", "code", value=_number, param="nip", minor=True),
            Column("issued_on", "Wystawiony", "date", param="wystawiony"),
            Column("marker", "Oznaczenie", "code", param="oznaczenie", choices=neutral),
            Column("ksef_number", "Numer KSeF", "code", param="ksef", minor=True),
            *(_field(name, len(fields) > FEW_FIELDS) for name in fields),
        ),
        words=WORDS,
        order="lp",
        empty=Empty("W tej wersji nie ma takich wierszy", icon="receipt"),
    )
