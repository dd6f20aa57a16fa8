"""What the law says about VAT, as pure rules: `RULES` can be asked by name, the rest is used by the room.

Start with `ratio` and `deduction` (how much of a tax may be deducted), `totals` (from rows to the return).
"""

from __future__ import annotations

from app.kernel.rulebook import Rule
from app.vat.rules.deduction import Deduction, deduct
from app.vat.rules.numbers import InternalId, KsefNumber, check_internal_id, check_ksef_number
from app.vat.rules.ratio import Ratio, vat_ratio
from app.vat.rules.registers import Registers, jpk_totals

RULES: tuple[Rule, ...] = (
    Rule(
        "ksef-number", "Sprawdza numer KSeF faktury: postać, datę, NIP i sumę kontrolną.", KsefNumber, check_ksef_number
    ),
    Rule("internal-id", "Sprawdza identyfikator wewnętrzny jednostki (IDWew).", InternalId, check_internal_id),
    Rule("vat-ratio", "Liczy prewspółczynnik albo współczynnik VAT w pełnych procentach.", Ratio, vat_ratio),
    Rule("vat-deduction", "Liczy podatek naliczony do odliczenia według przeznaczenia zakupu.", Deduction, deduct),
    Rule("jpk-totals", "Liczy pozycje deklaracji JPK_V7M z wierszy ewidencji.", Registers, jpk_totals),
)
