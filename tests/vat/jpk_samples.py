"""Small JPK_V7M(3) files for the tests, and the official schema when it is on the machine."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import pytest
from lxml import etree

from app.kernel.dates import Month
from app.vat.filings.jpk_v7m import (
    FLAGS,
    NAMESPACE,
    PURCHASE_AMOUNTS,
    SALES_AMOUNTS,
    Choices,
    ControlSums,
    Header,
    Taxpayer,
    Written,
    write,
)
from app.vat.rules.facts import Marker, PurchaseRow, SalesRow
from app.vat.rules.totals import Declaration, add_up, declaration
from tests.official import FORMATS

SCHEMAS = FORMATS / "jpk_v7m"
MAIN_SCHEMA = "Schemat_JPK_V7M(3)_v1-0E.xsd"
SAMPLE = SCHEMAS / "JPK_V7M3_official_MF_sample_person.xml"

ZERO_RETURN = declaration({})
NO_CHOICES = Choices()
NO_ROWS = ControlSums(0, Decimal(0), 0, Decimal(0))

KSEF = Marker("NrKSeF", "5265877635-20260826-0100001AF629-AF")
HEADER = Header(Month(2026, 9), "1010", datetime(2026, 10, 20, 9, 30, tzinfo=UTC))
CITY = Taxpayer("5265877635", "Miasto Nowa Dąbrowa", "urzad@example.pl", "22 123 45 67")
SALE = SalesRow(
    "5265877635", "Nabywca", "SP1/1/09/2026", date(2026, 9, 3), KSEF, {"K_19": Decimal(100), "K_20": Decimal(23)}
)
PURCHASE = PurchaseRow(
    "5265877635", "Dostawca", "FV/7", date(2026, 9, 3), KSEF, {"K_42": Decimal(200), "K_43": Decimal(46)}
)


class _Beside(etree.Resolver):
    """Every import of the schema (crd.gov.pl/…/Name.xsd) is the file of that name in the folder."""

    def resolve(self, system_url: str, public_id: str, context: object) -> object:  # type: ignore[override]
        data = (SCHEMAS / system_url.rsplit("/", 1)[-1]).read_bytes()
        return self.resolve_string(data, context)  # type: ignore[call-arg]


@lru_cache(maxsize=1)
def official_schema() -> etree.XMLSchema:
    if not (SCHEMAS / MAIN_SCHEMA).exists():
        pytest.skip(f"no official schema in {SCHEMAS} (set MAGISTRAT_SCHEMAS)")
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Beside())
    return etree.XMLSchema(etree.parse(str(SCHEMAS / MAIN_SCHEMA), parser))


def assert_valid(data: bytes) -> None:
    schema = official_schema()
    assert schema.validate(etree.fromstring(data)), str(schema.error_log)


def totals_of(
    sales: Sequence[SalesRow], purchases: Sequence[PurchaseRow], **more: Any
) -> tuple[Declaration, ControlSums]:
    counted = [row.amounts for row in sales if row.document_type != "FP"]
    declared = declaration(add_up([*counted, *(row.amounts for row in purchases)]), **more)
    return declared, ControlSums(len(sales), declared.tax_due, len(purchases), declared.tax_input)


def file_of(
    sales: Sequence[SalesRow] = (), purchases: Sequence[PurchaseRow] = (), choices: Choices = NO_CHOICES, **more: Any
) -> tuple[bytes, Written]:
    declared, control = totals_of(sales, purchases, **more)
    out = io.BytesIO()
    written = write(out, HEADER, CITY, declared, sales, purchases, control, choices)
    return out.getvalue(), written


EVERY_SALE = replace(
    SALE,
    country="PL",
    sold_on=date(2026, 9, 1),
    document_type="WEW",
    flags=frozenset(FLAGS),
    bad_debt_due_on=date(2026, 6, 1),
    amounts={name: Decimal(place) for place, name in enumerate(SALES_AMOUNTS, 100)},
    margin_gross=Decimal("12.30"),
)
EVERY_PURCHASE = replace(
    PURCHASE,
    country="DE",
    received_on=date(2026, 9, 9),
    document_type="VAT_RR",
    imported=True,
    amounts={name: Decimal(place) for place, name in enumerate(PURCHASE_AMOUNTS, 100)} | {"K_46": Decimal(-1)},
    margin_gross=Decimal("0.01"),
)


def rows_in(data: bytes) -> list[dict[str, str]]:
    root = etree.fromstring(data)
    rows = root.iter(f"{{{NAMESPACE}}}SprzedazWiersz", f"{{{NAMESPACE}}}ZakupWiersz")
    return [{etree.QName(child).localname: child.text or "" for child in row} for row in rows]
