"""The month to which a correction belongs: by what caused it, when it was agreed, and whether it is in KSeF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from app.kernel.dates import Month, format_short
from app.kernel.errors import Refusal
from app.kernel.reckoning import Outcome, Step
from app.law import loader

SALE_MINUS = "art. 29a ust. 13 i 14 ustawy o VAT"
SALE_MINUS_KSEF = "art. 29a ust. 13 ustawy o VAT w brzmieniu przepisów o KSeF"
SALE_PLUS = "art. 29a ust. 17 ustawy o VAT"
PURCHASE_MINUS = "art. 86 ust. 19a ustawy o VAT"
PURCHASE_MINUS_KSEF = "art. 86 ust. 19a ustawy o VAT w brzmieniu przepisów o KSeF"
PURCHASE_NOT_DEDUCTED = "art. 86 ust. 19b ustawy o VAT"
PURCHASE_PLUS = "art. 86 ust. 10 i 10b pkt 1 ustawy o VAT"
SETTING = "vat.correction.ksef_in_minus"


class CorrectionPeriod(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`direction`: minus lowers the tax of the original, plus raises it. `cause`: an error or cause that was there from
    the beginning, or a new one (a discount, a return, a raised price) that arose on `caused_on`.

    `agreed_on`, `met_on`: when both sides agreed on the lower price and when its conditions were met; `evidence_on`:
    when the seller had evidence of that. `ksef`: the correction was issued in KSeF. `deducted`: the buyer had deducted
    the original.
    """

    side: Literal["sale", "purchase"]
    direction: Literal["minus", "plus"]
    original_month: str
    issued_on: date
    cause: Literal["original", "new"] = "new"
    caused_on: date | None = None
    agreed_on: date | None = None
    met_on: date | None = None
    evidence_on: date | None = None
    received_on: date | None = None
    ksef: bool = False
    deducted: bool = True


@dataclass(frozen=True, slots=True)
class CorrectionPeriodResult:
    """`month` of the correction; `why` as a sentence to keep with the row."""

    month: str
    why: str


def correction_period(question: CorrectionPeriod) -> Outcome[CorrectionPeriodResult]:
    """Which return a correction goes into, with the reason and the article. Raises `Refusal` at the day that is wanted.

    Law: art. 29a ust. 13–17, art. 86 ust. 10, 10b i 19a–19b ustawy o VAT
    """
    original = Month.parse(question.original_month, "original_month")
    if question.direction == "plus":
        step = _plus(question, original)
    elif question.side == "sale":
        step = _sale_minus(question)
    else:
        step = _purchase_minus(question, original)
    if Month.parse(step.value) < original:
        raise Refusal(
            "Korekta nie może trafić do okresu sprzed pierwotnej faktury. Sprawdź daty.", "issued_on", step.law
        )
    steps = [step]
    if question.direction == "minus" and question.ksef:
        setting = loader.value_on(SETTING, question.issued_on, "issued_on")
        words = "Zasada dla korekt w KSeF (ustawienie, sprawdź w akcie)"
        steps.insert(0, Step(words, setting.value, setting.value, step.law, setting))
    why = f"{step.step}: {Month.parse(step.value).label} ({step.law})."
    return Outcome(CorrectionPeriodResult(step.value, why), tuple(steps), tuple({one.law: None for one in steps}))


def kept(question: CorrectionPeriod, outcome: Outcome[CorrectionPeriodResult]) -> dict[str, Any]:
    """What a row of the register keeps of the decision: why, law, facts, flags of parameters. Ready for JSON."""
    facts = {name: _plain(fact) for name, fact in msgspec.structs.asdict(question).items() if fact is not None}
    return {
        "why": outcome.result.why,
        "law": "; ".join(outcome.law),
        "facts": facts,
        "flags": [step.parameter.certainty for step in outcome.reckoning if step.parameter is not None],
    }


def _plain(fact: object) -> object:
    return fact.isoformat() if isinstance(fact, date) else fact


def _step(words: str, day: date, law: str) -> Step:
    return Step(words, format_short(day), str(Month.of(day)), law)


def _plus(question: CorrectionPeriod, original: Month) -> Step:
    if question.side == "purchase":
        day = _day(question.received_on, "received_on", "dzień otrzymania faktury korygującej", PURCHASE_PLUS)
        return _step("Korekta zwiększająca zakupu: okres otrzymania", day, PURCHASE_PLUS)
    if question.cause == "original":
        return Step(
            "Korekta zwiększająca z przyczyny pierwotnej: okres pierwotnej faktury",
            str(original),
            str(original),
            SALE_PLUS,
        )
    day = _day(question.caused_on, "caused_on", "dzień, w którym powstała przyczyna korekty", SALE_PLUS)
    return _step("Korekta zwiększająca z nowej przyczyny: okres jej powstania", day, SALE_PLUS)


def _sale_minus(question: CorrectionPeriod) -> Step:
    if _by_ksef(question):
        return _step("Korekta zmniejszająca w KSeF: okres wystawienia", question.issued_on, SALE_MINUS_KSEF)
    met = max(
        _day(question.agreed_on, "agreed_on", "dzień uzgodnienia warunków z nabywcą", SALE_MINUS),
        _day(question.met_on or question.agreed_on, "met_on", "dzień spełnienia warunków", SALE_MINUS),
    )
    evidence = _day(question.evidence_on, "evidence_on", "dzień, od którego jest dokumentacja uzgodnień", SALE_MINUS)
    if Month.of(evidence) > max(Month.of(question.issued_on), Month.of(met)):
        return _step("Korekta zmniejszająca: okres uzyskania dokumentacji", evidence, SALE_MINUS)
    day = max(question.issued_on, met)
    return _step("Korekta zmniejszająca: okres wystawienia, warunki uzgodnione i spełnione", day, SALE_MINUS)


def _purchase_minus(question: CorrectionPeriod, original: Month) -> Step:
    if not question.deducted:
        return Step(
            "Pierwotnej faktury jeszcze nie odliczono: pomniejsza się samo odliczenie",
            str(original),
            str(max(original, Month.of(question.received_on or question.issued_on))),
            PURCHASE_NOT_DEDUCTED,
        )
    if _by_ksef(question):
        day = _day(question.received_on, "received_on", "dzień otrzymania korekty w KSeF", PURCHASE_MINUS_KSEF)
        return _step("Korekta zmniejszająca zakupu z KSeF: okres otrzymania", day, PURCHASE_MINUS_KSEF)
    agreed = _day(question.agreed_on, "agreed_on", "dzień uzgodnienia warunków ze sprzedawcą", PURCHASE_MINUS)
    day = max(agreed, question.met_on or agreed)
    return _step("Korekta zmniejszająca zakupu: okres uzgodnienia i spełnienia warunków", day, PURCHASE_MINUS)


def _by_ksef(question: CorrectionPeriod) -> bool:
    return question.ksef and loader.value_on(SETTING, question.issued_on, "issued_on").value == "issued"


def _day(day: date | None, field: str, words: str, law: str) -> date:
    if day is None:
        raise Refusal(f"Podaj {words}: od niego zależy okres korekty.", field, law)
    return day
