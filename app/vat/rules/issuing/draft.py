"""What a person writes when an invoice is issued, before the law turns it into an FA(3) document.

Amounts are in the invoice's currency. Everything is plain data, so a draft is kept and exchanged as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from app.kernel.money import ONE

Kind = Literal["VAT", "UPR", "ZAL", "ROZ", "KOR", "KOR_ZAL", "KOR_ROZ"]
BuyerKind = Literal["company", "unit", "eu", "foreign", "person"]
"""company: has a NIP; unit: a unit of another local government (JST=1 and Podmiot3 with role 8); eu: has a VAT-UE
number; foreign: another tax number; person: none."""
Pricing = Literal["net", "gross"]
Rounding = Literal["total", "line"]
"""Where the tax is rounded: once from the sum of a rate, or line by line (then each line shows its tax)."""
Method = Literal["before_after", "difference"]
Mode = Literal["online", "offline24"]

MARGIN_RATE = "marża"
"""In place of a rate on a line whose base is a margin: such a line shows neither rate nor tax."""
RATES = ("23", "8", "5", "0 KR", "0 WDT", "0 EX", "zw", "np I", "np II", "oo", MARGIN_RATE)
"""The rates that may be charged today (P_12 as written in FA(3))."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Podmiot3 beside the buyer: a unit (role 8) or a member of a VAT group (role 10). NIP or IDWew, one of them."""

    name: str
    nip: str | None = None
    internal_id: str | None = None
    line1: str | None = None
    line2: str | None = None


@dataclass(frozen=True, slots=True)
class Buyer:
    """Podmiot2. `number` is the NIP, the VAT-UE number without its country or another tax number, by `kind`."""

    kind: BuyerKind
    name: str | None
    number: str | None = None
    country: str = "PL"
    line1: str | None = None
    line2: str | None = None
    email: str | None = None
    customer_no: str | None = None
    receiver: Receiver | None = None
    """The unit of a buyer that is a local government (`kind` unit)."""
    member: Receiver | None = None
    """The member of the VAT group that the buyer is (GV=1)."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line; `price` of one piece is net or gross by the draft's `pricing`, `discount` is off the whole line."""

    text: str
    price: Decimal
    rate: str
    quantity: Decimal = ONE
    unit: str | None = "szt."
    discount: Decimal | None = None
    gtu: str | None = None
    procedure: str | None = None
    annex_15: bool = False
    sold_on: date | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why a sale is exempt: A an act or regulation, B the directive, C another basis (P_19A, P_19B, P_19C)."""

    basis: Literal["A", "B", "C"]
    text: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """The rate of the currency: złote for one unit, from which table and of which day."""

    rate: Decimal
    on: date | None = None
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """How and until when it is to be paid; `form` is FormaPlatnosci: 1 cash, 2 card … 6 transfer, 7 mobile."""

    form: int | None = 6
    due_on: date | None = None
    paid_on: date | None = None
    account: str | None = None
    """None: the issuer's own account when a transfer is meant."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a correction says of itself. `effect` is TypKorekty: 1 in the original's month, 2 in its own, 3 other."""

    reason: str
    effect: Literal[1, 2, 3] = 2
    method: Method = "before_after"


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice as it is being written. In a correction `lines` are the state after it; in an advance, the order."""

    buyer: Buyer
    lines: tuple[DraftLine, ...]
    issued_on: date
    kind: Kind = "VAT"
    sold_on: date | None = None
    period_from_on: date | None = None
    period_to_on: date | None = None
    pricing: Pricing = "net"
    rounding: Rounding = "total"
    currency: str = "PLN"
    exchange: Exchange | None = None
    exemption: Exemption | None = None
    margin: Literal["2", "3_1", "3_2", "3_3"] | None = None
    """Of what the margin is: 2 tourism, 3_1 used goods, 3_2 works of art, 3_3 antiques (P_PMarzy_…)."""
    payment: Payment = Payment()
    split_payment: bool = False
    """Asked for by the seller; where the law wants it, it is marked without asking."""
    cash_method: bool = False
    related: bool = False
    """TP: seller and buyer are connected."""
    receipt_no: str | None = None
    """The receipt of a cash register that this invoice is made to (FP); it must have borne the buyer's NIP."""
    received: Decimal | None = None
    """Of an advance: the payment it documents, gross."""
    correction: Correction | None = None
    contracts: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    """(key, value) shown on the invoice (DodatkowyOpis)."""
    footer: str | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: the taxpayer as seller and the unit that does it in its name. `prefix` begins its numbers.

    `unit_name` None: the municipal office itself, which needs no Podmiot3.
    """

    nip: str
    name: str
    line1: str
    line2: str | None
    prefix: str
    unit_name: str | None = None
    unit_nip: str | None = None
    internal_id: str | None = None
    unit_line1: str | None = None
    unit_line2: str | None = None
    email: str | None = None
    phone: str | None = None
    account: str | None = None
    place: str | None = None
