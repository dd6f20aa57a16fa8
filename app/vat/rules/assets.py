"""The corrections of the tax deducted on a fixed asset over five or ten years, and once when it is sold inside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from app.kernel.errors import Refusal
from app.kernel.money import HUNDRED, ZERO, exact_text, format_pln, percent_of, plain, to_grosz
from app.kernel.reckoning import Outcome, Parameter, Step
from app.kernel.rulebook import Amount, Exact
from app.law import loader

AssetKind = Literal["movable", "real_estate"]

YEARS: dict[AssetKind, str] = {"movable": "vat.asset.movable_years", "real_estate": "vat.asset.real_estate_years"}
THRESHOLD = "vat.asset.correction_threshold"
YEARLY = "art. 91 ust. 2 i 3 ustawy o VAT (do prewspółczynnika przez art. 90c)"
SALE = "art. 91 ust. 4–6 ustawy o VAT"
AT_ONCE = "art. 91 ust. 1 i ust. 2 zdanie trzecie ustawy o VAT"
GROSZ = (
    "art. 106e ust. 11 ustawy o VAT (zasada zaokrąglania do grosza; każda korekta jest osobną kwotą swojej deklaracji)"
)


class Sold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`taxable`: the sale is taxed, so the asset counts as used for taxed sales to the end of its period; otherwise as
    used for exempt sales only."""

    on: date
    taxable: bool


class AssetCorrection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`vat`: the whole tax on the asset, złote. `deducted_pct`: the per cent by which it was deducted, 0–100 and not
    always whole (pre-ratio × ratio). `final_pct`: year → the final per cent of that year.

    `initial_value`: when given and not above the threshold, all is corrected once, after the first year. The last two
    override the numbers of the law.
    """

    vat: Amount
    deducted_pct: Exact
    asset: AssetKind
    in_use_since: date
    final_pct: dict[int, Exact]
    sold: Sold | None = None
    initial_value: Amount | None = None
    threshold: Amount | None = None
    years: Exact | None = None


@dataclass(frozen=True, slots=True)
class YearCorrection:
    """`year`: whose final per cent it follows (of a sale: the year of it); `due`: the month of the return it goes into.

    `amount` in grosze: above zero more is deducted, below zero tax is given back.
    """

    year: int
    amount: Decimal
    due: str
    reason: Literal["yearly", "sale"]


@dataclass(frozen=True, slots=True)
class AssetCorrections:
    """In the order of the years; `total` is their sum."""

    corrections: tuple[YearCorrection, ...]
    total: Decimal


def correct_asset(question: AssetCorrection) -> Outcome[AssetCorrections]:
    """A fifth (of real estate a tenth) of the tax for each year, by the difference of its final per cent and the
    deducted one; at a sale all the years that remain at once, that of the sale included.

    Each correction is rounded to a grosz alone, because each is an amount of another return; so their sum differs from
    the exact share by less than half a grosz a year. A year without a final per cent is not corrected yet. A year after
    the period needs none.

    Raises `Refusal` at `deducted_pct`, `final_pct`, `in_use_since` or `sold` for what cannot be.

    Law: art. 90c, art. 91 ust. 1–7a ustawy o VAT
    """
    _refuse_impossible(question)
    period, steps = _period(question)
    first = question.in_use_since.year
    last = first + period - 1
    sold = question.sold
    if sold is not None and sold.on.year > last:
        steps.append(Step("Sprzedaż po okresie korekty", f"{sold.on.year} > {last}", "bez korekty", SALE))
        sold = None
    found: list[YearCorrection] = []
    for year, pct in sorted(question.final_pct.items()):
        if sold is not None and year >= sold.on.year:
            continue
        if not first <= year <= last:
            steps.append(Step(f"Rok {year} poza okresem korekty", f"{first}–{last}", "bez korekty", YEARLY))
            continue
        amount = _share(question, pct, 1, period)
        formula = _formula(question, pct, 1, period)
        steps.append(Step(f"Korekta za {year} r.", formula, f"{amount:.2f}", YEARLY))
        found.append(YearCorrection(year, amount, f"{year + 1}-01", "yearly"))
    if sold is not None:
        left = last - sold.on.year + 1
        use_pct = HUNDRED if sold.taxable else ZERO
        amount = _share(question, use_pct, left, period)
        words = (
            "opodatkowana: dalej jak do sprzedaży opodatkowanej" if sold.taxable else "bez podatku: dalej jak zwolniona"
        )
        steps.append(Step("Lata, które zostały, z rokiem sprzedaży", f"{last} − {sold.on.year} + 1", str(left), SALE))
        formula = _formula(question, use_pct, left, period)
        steps.append(Step(f"Sprzedaż {words}", formula, f"{amount:.2f}", SALE))
        found.append(YearCorrection(sold.on.year, amount, f"{sold.on.year}-{sold.on.month:02d}", "sale"))
    total = sum((one.amount for one in found), ZERO)
    steps.append(Step("Razem korekty", _added(found), f"{total:.2f}", GROSZ))
    laws = tuple(dict.fromkeys(step.law for step in steps))
    return Outcome(AssetCorrections(tuple(found), to_grosz(total)), tuple(steps), laws)


def correction_years(asset: AssetKind, on: date) -> int:
    """How many years an asset put into use that day is corrected.

    Law: art. 91 ust. 2 ustawy o VAT
    """
    return int(loader.value_on(YEARS[asset], on, "in_use_since").number)


def _period(question: AssetCorrection) -> tuple[int, list[Step]]:
    """Years of correction; one when the value is not above the threshold."""
    on = question.in_use_since
    value = question.initial_value
    if value is not None:
        limit = _parameter(THRESHOLD, on, question.threshold)
        if value <= limit.number:
            formula = f"{exact_text(value)} ≤ {limit.value}"
            return 1, [Step("Wartość początkowa w limicie: jedna korekta po roku", formula, "1", AT_ONCE, limit)]
    years = _parameter(YEARS[question.asset], on, question.years)
    kind = "nieruchomość" if question.asset == "real_estate" else "środek trwały"
    return int(years.number), [Step(f"Okres korekty ({kind}), lata", f"od {on.year} r.", years.value, YEARLY, years)]


def _parameter(name: str, on: date, given: Decimal | None) -> Parameter:
    if given is not None:
        return Parameter(name, plain(given), on, on, "podano w pytaniu", "?")
    return loader.value_on(name, on, "in_use_since")


def _share(question: AssetCorrection, pct: Decimal, years: int, period: int) -> Decimal:
    """To the grosz, zero never negative."""
    return to_grosz(percent_of(question.vat, pct - question.deducted_pct) * years / period) + ZERO


def _formula(question: AssetCorrection, pct: Decimal, years: int, period: int) -> str:
    part = f"{years}/{period}"
    return f"{exact_text(question.vat)} × {part} × ({plain(pct)} % − {plain(question.deducted_pct)} %)"


def _added(found: Iterable[YearCorrection]) -> str:
    return " + ".join(f"{one.amount:.2f}" for one in found) or "brak korekt"


def _refuse_impossible(question: AssetCorrection) -> None:
    for problem in _problems(question):
        raise problem


def _problems(question: AssetCorrection) -> Iterator[Refusal]:
    if question.vat < ZERO:
        yield Refusal("Podatek od środka trwałego nie może być ujemny.", "vat")
    if not ZERO <= question.deducted_pct <= HUNDRED:
        yield Refusal("Procent odliczenia to liczba od 0 do 100.", "deducted_pct")
    for year, pct in question.final_pct.items():
        if not ZERO <= pct <= HUNDRED:
            yield Refusal(f"Ostateczny procent za {year} r. to liczba od 0 do 100.", "final_pct")
        if year < question.in_use_since.year:
            yield Refusal(
                f"Rok {year} jest wcześniejszy niż oddanie do używania ({question.in_use_since.year}).", "final_pct"
            )
    if question.initial_value is not None and question.initial_value < ZERO:
        yield Refusal("Wartość początkowa nie może być ujemna.", "initial_value")
    if (question.years is not None and not 1 <= question.years <= HUNDRED) or _broken(question.years):
        yield Refusal("Okres korekty to pełna liczba lat, przynajmniej jeden.", "years")
    if question.sold is not None and question.sold.on < question.in_use_since:
        yield Refusal(
            "Sprzedaż nie może być wcześniejsza niż oddanie do używania. Korekta przed oddaniem to zmiana "
            f"przeznaczenia zakupu za {format_pln(question.vat)}.",
            "sold.on",
            "art. 91 ust. 8 ustawy o VAT",
        )


def _broken(years: Decimal | None) -> bool:
    return years is not None and years != years.to_integral_value()
