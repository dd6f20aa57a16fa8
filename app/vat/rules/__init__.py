"""What the law says about VAT, as pure rules: `RULES` can be asked by name, the rest is used by the room.

Start with `ratio` and `deduction` (how much of a tax may be deducted), `totals` (from rows to the return).
"""

from __future__ import annotations

from app.kernel.rulebook import Rule
from app.vat.rules.annual import AnnualCorrection, correct_year
from app.vat.rules.assets import AssetCorrection, correct_asset
from app.vat.rules.bad_debt import BadDebt, bad_debt
from app.vat.rules.correcting import CorrectionPeriod, correction_period
from app.vat.rules.deduction import Deduction, deduct
from app.vat.rules.numbers import InternalId, KsefNumber, check_internal_id, check_ksef_number
from app.vat.rules.ratio import Ratio, vat_ratio
from app.vat.rules.registers import Registers, jpk_totals
from app.vat.rules.split_payment import SplitPayment, split_payment
from app.vat.rules.window import InputPeriod, input_period

RULES: tuple[Rule, ...] = (
    Rule(
        "ksef-number", "Sprawdza numer KSeF faktury: postać, datę, NIP i sumę kontrolną.", KsefNumber, check_ksef_number
    ),
    Rule("internal-id", "Sprawdza identyfikator wewnętrzny jednostki (IDWew).", InternalId, check_internal_id),
    Rule("vat-ratio", "Liczy prewspółczynnik albo współczynnik VAT w pełnych procentach.", Ratio, vat_ratio),
    Rule("vat-deduction", "Liczy podatek naliczony do odliczenia według przeznaczenia zakupu.", Deduction, deduct),
    Rule(
        "vat-asset-correction",
        "Liczy korekty podatku od środka trwałego przez 5 albo 10 lat i przy sprzedaży w tym czasie.",
        AssetCorrection,
        correct_asset,
    ),
    Rule(
        "vat-annual-correction",
        "Liczy roczną korektę odliczeń od zakupów po ustaleniu ostatecznych proporcji.",
        AnnualCorrection,
        correct_year,
    ),
    Rule("vat-bad-debt", "Liczy ulgę na złe długi sprzedawcy albo obowiązek nabywcy.", BadDebt, bad_debt),
    Rule(
        "vat-correction-period",
        "Wskazuje okres, w którym ujmuje się korektę sprzedaży albo zakupu.",
        CorrectionPeriod,
        correction_period,
    ),
    Rule("vat-input-period", "Wskazuje okresy, w których można odliczyć podatek.", InputPeriod, input_period),
    Rule(
        "split-payment",
        "Mówi, czy fakturę płaci się w podzielonej płatności.",
        SplitPayment,
        split_payment,
    ),
    Rule("jpk-totals", "Liczy pozycje deklaracji JPK_V7M z wierszy ewidencji.", Registers, jpk_totals),
)
