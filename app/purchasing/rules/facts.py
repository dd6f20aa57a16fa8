"""Facts of the circulation: the document, its description, the scheme of steps, what was done, who does it.

Amounts are `Decimal` złote with grosze unless the document is in another currency, which `Document.currency` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

StepKind = Literal["describe", "substance", "formal", "vat", "control", "head"]
"""What a step is in law: description, substantive check, formal and accounting check, use for VAT, preliminary control
by the chief accountant (art. 54 UFP), approval for payment by the unit's head."""
ActKind = Literal[
    "open", "describe", "approve", "return", "reject", "object", "order", "override", "change", "withdraw",
]  # fmt: skip
"""`object`: the chief accountant refuses to sign; `order`: the head orders it nevertheless, in writing; `override`: an
alarm was looked at and allowed; `change`: the document or its description became another one."""
State = Literal["open", "ready", "rejected", "withdrawn"]
Kind = Literal["invoice", "correction", "advance", "bill", "proforma", "receipt", "note"]

KINDS: Mapping[Kind, str] = {
    "invoice": "faktura",
    "correction": "faktura korygująca",
    "advance": "faktura zaliczkowa",
    "bill": "rachunek",
    "proforma": "pro forma",
    "receipt": "paragon",
    "note": "nota księgowa",
}
RIGHTS: Mapping[StepKind, str] = {
    "describe": "describe",
    "substance": "approve",
    "formal": "check",
    "vat": "check",
    "control": "control",
    "head": "sign",
}
"""The act of `purchasing.case` that a step of this kind asks for."""
OF_THE_UNIT: frozenset[StepKind] = frozenset({"describe", "substance", "head"})
"""Steps in which the unit decides; a service centre has no part in the last of them."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be paid, as its paper says. `account` is the account to pay to (26 digits), `accounts` all it names.

    `split_marked`: it says "mechanizm podzielonej płatności" (P_18A); `annex_15`: some line is of annex 15;
    `corrects`: numbers of the invoices that it corrects; `factor`: whom the claim was sold to.
    """

    kind: Kind
    number: str
    issued_on: date
    seller_nip: str
    seller_name: str
    gross: Decimal
    net: Decimal
    vat: Decimal
    currency: str = "PLN"
    received_on: date | None = None
    due_on: date | None = None
    account: str | None = None
    accounts: tuple[str, ...] = ()
    split_marked: bool = False
    annex_15: bool = False
    factor: str | None = None
    factor_nip: str | None = None
    corrects: tuple[str, ...] = ()
    ksef_number: str | None = None
    title: str | None = None
    """What was bought, as the first lines say."""
    paid_on: date | None = None
    attachment: str | None = None
    """SHA-256 of the paper's picture."""


@dataclass(frozen=True, slots=True)
class Classification:
    """One part of the amount by the budget: division, chapter, paragraph, task."""

    division: str
    chapter: str
    paragraph: str
    amount: Decimal
    task: str | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What the unit says of the purchase. `use` is its proposal; what the register takes is said in the VAT step."""

    what: str
    purpose: str
    contract: str | None = None
    classifications: tuple[Classification, ...] = ()
    use: str | None = None
    asset: bool = False
    account: str | None = None
    """Where to pay, when it is another account than the document's first one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a scheme. `apart_from`: steps that nobody who does this one may have done in the same case.

    `from_gross`: needed only above this amount; `limit`: above it the ordinary right does not suffice and the head's
    does (`sign`).
    """

    code: str
    kind: StepKind
    title: str
    apart_from: tuple[str, ...] = ()
    from_gross: Decimal | None = None
    limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Scheme:
    """The steps of a unit in their order, from a day."""

    valid_from_on: date
    steps: tuple[Step, ...]
    basis: str = ""

    def step(self, code: str) -> Step | None:
        return next((one for one in self.steps if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Act:
    """One line of a case's book. `content`: hash of what the person saw; `for_login`: whose substitute they were."""

    seq: int
    kind: ActKind
    actor: str
    step: str | None = None
    to_step: str | None = None
    content: str | None = None
    note: str | None = None
    for_login: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Substitute:
    """From day to day (both included) `login` does `step_kind` for `for_login`, up to `limit` gross (None = any)."""

    step_kind: StepKind
    for_login: str
    login: str
    since_on: date
    until_on: date
    limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts. `rights`: acts of `purchasing.case` that they have here by their roles; `own`: by a role of this unit
    itself; `serves`: they also belong to whoever serves this unit, whatever else they may be."""

    login: str
    rights: frozenset[str]
    own: bool
    serves: bool
