"""The public rule over rows of the registers: what return they make. The equations are in `totals`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from app.kernel.money import exact_text, plain
from app.kernel.reckoning import Outcome, Step
from app.kernel.rulebook import Amount, WholeZloty
from app.vat.rules.totals import (
    ADDENDS,
    DUE,
    DUE_LESS,
    EQUATIONS,
    FORM,
    INPUT,
    REGISTER,
    RETURN,
    WHOLE,
    Amounts,
    Declaration,
    add_up,
    declaration,
    incomplete,
    total,
)

BAD_DEBT = ("P_68", "P_69")
BAD_DEBT_BASE, BAD_DEBT_TAX = ("15", "17", "19"), ("16", "18", "20")


class SalesAmounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sales row's amounts. `document_type` FP: an invoice to a receipt, left out of the sums. `bad_debt_due_on`
    (TerminPlatnosci): the row is a correction of art. 89a ust. 1, also shown in P_68 and P_69."""

    K_10: Amount | None = None
    K_11: Amount | None = None
    K_12: Amount | None = None
    K_13: Amount | None = None
    K_14: Amount | None = None
    K_15: Amount | None = None
    K_16: Amount | None = None
    K_17: Amount | None = None
    K_18: Amount | None = None
    K_19: Amount | None = None
    K_20: Amount | None = None
    K_21: Amount | None = None
    K_22: Amount | None = None
    K_23: Amount | None = None
    K_24: Amount | None = None
    K_25: Amount | None = None
    K_26: Amount | None = None
    K_27: Amount | None = None
    K_28: Amount | None = None
    K_29: Amount | None = None
    K_30: Amount | None = None
    K_31: Amount | None = None
    K_32: Amount | None = None
    K_33: Amount | None = None
    K_34: Amount | None = None
    K_35: Amount | None = None
    K_36: Amount | None = None
    K_360: Amount | None = None
    document_type: Literal["RO", "WEW", "FP"] | None = None
    bad_debt_due_on: date | None = None


class PurchaseAmounts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One purchase row's amounts; K_41 and K_43 hold the tax that may be deducted."""

    K_40: Amount | None = None
    K_41: Amount | None = None
    K_42: Amount | None = None
    K_43: Amount | None = None
    K_44: Amount | None = None
    K_45: Amount | None = None
    K_46: Amount | None = None
    K_47: Amount | None = None


class Registers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows of both registers; in full złote `carried` (P_39, the P_62 of the month before), P_49, P_50, P_52, P_54."""

    sales: list[SalesAmounts]
    purchases: list[PurchaseAmounts]
    carried: WholeZloty | None = None
    P_49: WholeZloty | None = None
    P_50: WholeZloty | None = None
    P_52: WholeZloty | None = None
    P_54: WholeZloty | None = None


@dataclass(frozen=True, slots=True)
class RowWarning:
    """What a file could not contain though it can be summed; `field` is its path in the question."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The public rule's answer; `warnings` only when there are any."""

    P: Mapping[str, str]
    tax_due: Decimal
    tax_input: Decimal
    warnings: tuple[RowWarning, ...] | None = None


def jpk_totals(question: Registers) -> Outcome[Totals]:
    """The return and the control sums of the registers from their rows: summed in grosze, rounded once at the end.

    Half of a pair (K_20 without K_19) is summed, with a warning at its field. Raises `Refusal` as `declaration` does.

    Law: art. 99 ust. 1 i 11c, art. 109 ust. 3 ustawy o VAT; art. 63 § 1 Ordynacji podatkowej
    """
    sales = [(row, _amounts(row)) for row in question.sales]
    purchases = [_amounts(row) for row in question.purchases]
    counted = [(row, amounts) for row, amounts in sales if row.document_type != "FP"]
    sums = add_up([*(amounts for _, amounts in counted), *purchases])
    bad = add_up(amounts for row, amounts in counted if row.bad_debt_due_on is not None)
    made = declaration(
        sums,
        question.carried,
        cash_registers=question.P_49,
        waived=question.P_50,
        cash_registers_left=question.P_52,
        refund=question.P_54,
        bad_debt=(total(bad, "K_", BAD_DEBT_BASE), total(bad, "K_", BAD_DEBT_TAX)) if bad else None,
        complete=False,
    )
    written = {name: plain(amount) for name, amount in made.positions.items()}
    warnings = (*_halves("sales", (amounts for _, amounts in sales)), *_halves("purchases", purchases))
    answer = Totals(written, made.tax_due, made.tax_input, warnings or None)
    return Outcome(answer, _steps(sums, made), (RETURN, REGISTER, WHOLE, FORM))


def _amounts(row: SalesAmounts | PurchaseAmounts) -> dict[str, Decimal]:
    read = {name: getattr(row, name) for name in row.__struct_fields__ if name.startswith("K_")}
    return {name: amount for name, amount in read.items() if amount is not None}


def _halves(side: str, rows: Iterable[Amounts]) -> Iterator[RowWarning]:
    for place, amounts in enumerate(rows):
        for violation in incomplete(amounts, "K_"):
            yield RowWarning(f"{side}[{place}].{violation.name}", violation.message)


def _steps(sums: Amounts, made: Declaration) -> tuple[Step, ...]:
    formulas = {f"P_{code}": formula for code, _, formula in EQUATIONS}
    steps = []
    for name, amount in made.positions.items():
        register = f"K_{name[2:]}"
        if register in sums:
            text = f"{name}: suma {register}, zaokrąglona raz"
            steps.append(Step(text, exact_text(sums[register]), plain(amount), WHOLE))
        elif name[2:] in ADDENDS:
            steps.append(Step(name, _added(made.positions, "P_", ADDENDS[name[2:]], plain), plain(amount), FORM))
        elif name in formulas:
            steps.append(Step(name, formulas[name], plain(amount), FORM))
        else:
            origin = "suma korekt z art. 89a ust. 1" if name in BAD_DEBT else "kwota podana w pytaniu"
            steps.append(Step(name, origin, plain(amount), FORM))
    for text, codes, amount in (
        ("PodatekNalezny z ewidencji, bez FP", (*DUE, *DUE_LESS), made.tax_due),
        ("PodatekNaliczony z ewidencji", INPUT, made.tax_input),
    ):
        steps.append(Step(text, _added(sums, "K_", codes, exact_text), exact_text(amount), REGISTER))
    return tuple(steps)


def _added(amounts: Amounts, prefix: str, codes: Iterable[str], shown: Callable[[Decimal], str]) -> str:
    """Only the addends that are there, with their amounts: "K_16 5.00 + K_20 23.00 − K_35 1.00"."""
    text = ""
    for code in codes:
        name = f"{prefix}{code}"
        if name in amounts:
            sign = "− " if code in DUE_LESS else "+ " if text else ""
            text += f"{' ' if text else ''}{sign}{name} {shown(amounts[name])}"
    return text or "brak składników"
