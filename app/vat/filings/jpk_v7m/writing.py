"""The whole file in one pass and constant memory: rows in, bytes out, control sums counted on the way and compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Protocol, TypeVar

from app.kernel.errors import Refusal
from app.kernel.money import ZERO, format_pln
from app.vat.filings.jpk_v7m.heading import Choices, Header, Taxpayer, opening
from app.vat.filings.jpk_v7m.rows import PURCHASE_HEAD, SALES_HEAD, purchase_row, sales_row
from app.vat.filings.jpk_v7m.text import amount_text
from app.vat.rules.facts import PurchaseRow, SalesRow
from app.vat.rules.totals import DUE, DUE_LESS, INPUT, Declaration

Row = TypeVar("Row", SalesRow, PurchaseRow)

ROWS_AT_ONCE = 256


class Out(Protocol):
    """Anything that takes bytes: an open file, a draft in the file store."""

    def write(self, data: bytes, /) -> object: ...


_DUE = {f"K_{code}": Decimal(1) for code in DUE} | {f"K_{code}": Decimal(-1) for code in DUE_LESS}
_INPUT = {f"K_{code}": Decimal(1) for code in INPUT}


@dataclass(frozen=True, slots=True)
class ControlSums:
    """What whoever reads the registers from the books found; the writer counts again and must come to the same."""

    sales_rows: int
    tax_due: Decimal
    purchase_rows: int
    tax_input: Decimal


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file: rows, size in bytes, SHA-256 (hex), PodatekNalezny and PodatekNaliczony."""

    sales_rows: int
    purchase_rows: int
    size_bytes: int
    sha256: str
    tax_due: Decimal
    tax_input: Decimal

    @property
    def rows(self) -> int:
        return self.sales_rows + self.purchase_rows


class _Sink:
    """Writes, counts and hashes at once."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def write(self, text: str) -> None:
        data = text.encode()
        self._out.write(data)
        self._hash.update(data)
        self.size_bytes += len(data)

    def sha256(self) -> str:
        return self._hash.hexdigest()


def write(
    out: Out,
    header: Header,
    taxpayer: Taxpayer,
    declaration: Declaration | Mapping[str, Decimal],
    sales: Iterable[SalesRow],
    purchases: Iterable[PurchaseRow],
    control: ControlSums,
    choices: Choices = Choices(),  # noqa: B008 (frozen)
) -> Written:
    """One JPK_V7M(3) with declaration and both registers; the same input gives the same bytes.

    Amounts in złote with grosze in rows, full złote in `declaration`. Raises `Refusal` at the field or row that the
    form does not take, and where the rows do not come to `control`; `out` then holds a part and must be thrown away.

    Law: art. 99 ust. 1 i 11c, art. 109 ust. 3 i 3b ustawy o VAT; struktura JPK_V7M(3) 1-0E
    """
    due = _Sum("PodatekNalezny", "control.tax_due", control.tax_due)
    paid = _Sum("PodatekNaliczony", "control.tax_input", control.tax_input)
    return write_texts(
        out,
        header,
        taxpayer,
        declaration,
        _texts(sales, sales_row, _due, due),
        _texts(purchases, purchase_row, _input, paid),
        control,
        choices,
    )


def write_texts(
    out: Out,
    header: Header,
    taxpayer: Taxpayer,
    declaration: Declaration | Mapping[str, Decimal],
    sales: Iterable[str],
    purchases: Iterable[str],
    control: ControlSums,
    choices: Choices = Choices(),  # noqa: B008 (frozen)
) -> Written:
    """As `write`, from rows that are text already (`sales_row`, `purchase_row`, any number of rows in a piece).

    Rows are counted here; whether the tax in them comes to `control` is for the caller to know or `verify` to find out.

    Law: art. 99 ust. 1 i 11c, art. 109 ust. 3 i 3b ustawy o VAT; struktura JPK_V7M(3) 1-0E
    """
    sink = _Sink(out)
    sink.write(opening(header, taxpayer, declaration, choices))
    sales_rows = _register(sink, sales, SALES_HEAD)
    _agree("LiczbaWierszySprzedazy", "control.sales_rows", sales_rows, control.sales_rows)
    sink.write(
        f"<SprzedazCtrl><LiczbaWierszySprzedazy>{sales_rows}</LiczbaWierszySprzedazy>"
        f"<PodatekNalezny>{amount_text(control.tax_due, 'control.tax_due')}</PodatekNalezny></SprzedazCtrl>\n"
    )
    purchase_rows = _register(sink, purchases, PURCHASE_HEAD)
    _agree("LiczbaWierszyZakupow", "control.purchase_rows", purchase_rows, control.purchase_rows)
    sink.write(
        f"<ZakupCtrl><LiczbaWierszyZakupow>{purchase_rows}</LiczbaWierszyZakupow>"
        f"<PodatekNaliczony>{amount_text(control.tax_input, 'control.tax_input')}</PodatekNaliczony></ZakupCtrl>\n"
        "</Ewidencja></JPK>\n"
    )
    return Written(sales_rows, purchase_rows, sink.size_bytes, sink.sha256(), control.tax_due, control.tax_input)


def _register(sink: _Sink, texts: Iterable[str], head: str) -> int:
    count = 0
    for text in texts:
        sink.write(text)
        count += text.count(head)
    return count


@dataclass(frozen=True, slots=True)
class _Sum:
    """A control sum that rows must come to."""

    name: str
    field: str
    expected: Decimal


def _texts(
    rows: Iterable[Row], text: Callable[[int, Row], str], tax: Callable[[Row], Decimal], control: _Sum
) -> Iterator[str]:
    """Rows as text, numbered from 1; at the end their tax has to be the control sum."""
    count, total = 0, ZERO
    for batch in _batches(rows):
        yield "".join([text(number, row) for number, row in enumerate(batch, count + 1)])
        count += len(batch)
        for row in batch:
            total += tax(row)
    _agree(control.name, control.field, total, control.expected)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, ROWS_AT_ONCE)):
        yield batch


def _due(row: SalesRow) -> Decimal:
    """The row's part of PodatekNalezny; an invoice to a receipt (FP) is in the register but not in its sum."""
    if row.document_type == "FP":
        return ZERO
    return _weighed(row.amounts, _DUE)


def _input(row: PurchaseRow) -> Decimal:
    return _weighed(row.amounts, _INPUT)


def _weighed(amounts: Mapping[str, Decimal], signs: Mapping[str, Decimal]) -> Decimal:
    total = ZERO
    for name, amount in amounts.items():
        sign = signs.get(name)
        if sign is not None:
            total += amount * sign
    return total


def _agree(name: str, field: str, counted: Decimal | int, given: Decimal | int) -> None:
    if counted != given:
        shown = [format_pln(one) if isinstance(one, Decimal) else str(one) for one in (counted, given)]
        raise Refusal(
            f"Suma kontrolna {name} się nie zgadza: z wierszy wychodzi {shown[0]}, a z rejestrów podano {shown[1]}. "
            "Plik nie powstał.",
            field,
        )
