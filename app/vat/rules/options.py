"""What the taxpayer chooses for a return beside its registers: refund, relief, marks, why it is corrected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal, cast

from app.kernel.errors import Refusal
from app.kernel.money import ZERO, to_full_zloty

RefundTerm = Literal["P_540", "P_55", "P_56", "P_560", "P_58"]
Mark = Literal["P_63", "P_64", "P_65", "P_66", "P_660", "P_67"]

REFUND_TERMS: Mapping[RefundTerm, str] = {
    "P_540": "na rachunek rozliczeniowy, w 15 dni",
    "P_55": "na rachunek VAT, w 25 dni",
    "P_56": "na rachunek rozliczeniowy, w 25 dni (art. 87 ust. 6)",
    "P_560": "na rachunek rozliczeniowy, w 40 dni",
    "P_58": "na rachunek rozliczeniowy, w 180 dni",
}
"""As the form calls them; it has no box for the general term of 60 days."""
MARKS: Mapping[Mark, str] = {
    "P_63": "czynności z art. 119 (usługi turystyki)",
    "P_64": "czynności z art. 120 ust. 4 lub 5 (towary używane, marża)",
    "P_65": "czynności z art. 122 (złoto inwestycyjne)",
    "P_66": "czynności z art. 136 (procedura uproszczona, drugi w kolejności)",
    "P_660": "ułatwianie czynności z art. 109b ust. 4 (interfejs elektroniczny)",
    "P_67": "obniżenie zobowiązania z art. 108d (zapłata wcześniej z rachunku VAT)",
}
AMOUNTS: Mapping[str, str] = {
    "cash_registers": "P_49", "waived": "P_50", "cash_registers_left": "P_52", "refund": "P_54", "credit": "P_60",
}  # fmt: skip
"""Field → position; full złote."""
LONGEST_REASON, LONGEST_LIABILITY = 3500, 240
REFUND = "art. 87 ustawy o VAT"
CREDIT = "art. 76 § 1, art. 76b Ordynacji podatkowej"


@dataclass(frozen=True, slots=True)
class Options:
    """Amounts in full złote by position (see `AMOUNTS`); `credit` of a refund set against `liability` (P_60, P_61);
    `reason`: P_ORDZU, written into a correction only."""

    cash_registers: Decimal | None = None
    waived: Decimal | None = None
    cash_registers_left: Decimal | None = None
    refund: Decimal | None = None
    refund_term: RefundTerm | None = None
    credit: Decimal | None = None
    liability: str | None = None
    marks: tuple[Mark, ...] = ()
    reason: str | None = None

    def stored(self) -> dict[str, Any]:
        """As it is kept and hashed: amounts as text, what is absent left out."""
        found: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not None and value != ():
                found[one.name] = (
                    f"{value:f}" if isinstance(value, Decimal) else list(value) if one.name == "marks" else value
                )
        return found

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Options:
        """From what `stored` gave."""
        given: dict[str, Any] = dict(stored)
        for name in AMOUNTS:
            if name in given:
                given[name] = Decimal(given[name])
        if "marks" in given:
            given["marks"] = tuple(cast("list[Mark]", given["marks"]))
        return cls(**given)


NOTHING = Options()


def check(options: Options) -> None:
    """What can be said before the amounts of the return are known. Raises `Refusal` at the field.

    Whether a refund fits the surplus, and P_49 or P_50 the tax, is said by `totals.declaration`.

    Law: art. 87 ust. 2–6k, art. 111 ust. 4–6 ustawy o VAT; art. 76 i 81 Ordynacji podatkowej
    """
    for name, position in AMOUNTS.items():
        amount = getattr(options, name)
        if amount is not None and (amount < ZERO or amount != to_full_zloty(amount)):
            raise Refusal(f"{position} podaje się w pełnych złotych i nie może być ujemne.", name)
    if options.refund_term is not None and options.refund_term not in REFUND_TERMS:
        raise Refusal("Nie ma takiego sposobu zwrotu.", "refund_term", REFUND)
    if options.refund and options.refund_term is None:
        raise Refusal(
            "Wskaż sposób i termin zwrotu: przy kwocie w P_54 zaznacza się dokładnie jeden.", "refund_term", REFUND
        )
    if not options.refund and options.refund_term is not None:
        raise Refusal("Podaj kwotę do zwrotu (P_54) albo usuń sposób zwrotu.", "refund", REFUND)
    if (options.credit is None) != (options.liability is None):
        missing = "liability" if options.liability is None else "credit"
        raise Refusal("Zaliczenie zwrotu wymaga i kwoty (P_60), i rodzaju zobowiązania (P_61).", missing, CREDIT)
    if options.credit is not None and not ZERO < options.credit <= (options.refund or ZERO):
        raise Refusal(
            "Zaliczana kwota (P_60) musi być większa od zera i nie większa niż zwrot (P_54).", "credit", CREDIT
        )
    for name, limit in (("reason", LONGEST_REASON), ("liability", LONGEST_LIABILITY)):
        if len(getattr(options, name) or "") > limit:
            raise Refusal(f"Skróć tekst: może mieć najwyżej {limit} znaków.", name)
    if unknown := set(options.marks) - set(MARKS):
        raise Refusal(f"Deklaracja nie ma pola {sorted(unknown)[0]}.", "marks")
