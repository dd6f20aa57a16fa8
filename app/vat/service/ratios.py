"""The pre-ratio and the ratio of a year: decided from figures or agreed with the tax office, with the evidence."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.errors import Refusal
from app.kernel.money import HUNDRED, ZERO, exact_text, percent_of, percent_up, plain, to_grosz
from app.kernel.reckoning import Step
from app.kernel.rulebook import Amount, Exact
from app.vat.models import VatRatio
from app.vat.queries.registers import annual
from app.vat.queries.registers.ratios import in_force
from app.vat.rules.evidence import METHODS, Sheet, as_data, totals
from app.vat.rules.evidence import steps as sheet_steps
from app.vat.rules.ratio import Elections, Kind, Ratio, Stage, vat_ratio
from app.vat.service import deductions, locks

LONGEST_BASIS = 400
_FIRST_YEAR, _LAST_YEAR = 2016, 2050
"""Pre-ratios are known to the law since 2016; JPK_V7M takes days to the end of 2050."""


def decide(
    session: Session,
    year: int,
    kind: Kind,
    numerator: Decimal,
    denominator: Decimal,
    elections: Elections,
    basis: str,
    stage: Stage = "preliminary",
    sheet: Sheet | None = None,
) -> VatRatio:
    """The ratio of a year by the rule `vat-ratio`, with figures, elections and reckoning kept as its evidence.

    Open months of the year are computed anew by a preliminary one. The tax that a ratio above the threshold would leave
    undeducted is taken from the year's register, when it has any. The same decision again changes nothing. Raises
    `Refusal` as the rule does, and without a `basis` (where the figures come from).

    Law: art. 86 ust. 2a, 2g i 2h, art. 90 ust. 3, 4 i 10 ustawy o VAT
    """
    lost = _lost(session, year, kind, numerator, denominator) if elections.full_if_gt_98 else None
    question = Ratio(
        numerator=Exact(numerator),
        denominator=Exact(denominator),
        kind=kind,
        elections=elections,
        non_deductible_year=lost,
    )
    outcome = vat_ratio(question)
    evidence = {
        "numerator": exact_text(numerator),
        "denominator": exact_text(denominator),
        "elections": {name: getattr(elections, name) for name in elections.__struct_fields__},
        "rounded_pct": plain(outcome.result.rounded_pct),
        "reckoning": [_shown(step) for step in (*(sheet_steps(sheet) if sheet else ()), *outcome.reckoning)],
        "basis": _basis(basis),
        **({"sheet": as_data(sheet)} if sheet else {}),
        **({"lost": f"{lost:f}"} if lost is not None else {}),
    }
    return _put(session, year, kind, int(outcome.result.pct), evidence, stage)


def decide_by_sheet(
    session: Session, year: int, stage: Stage, sheet: Sheet, elections: Elections, basis: str
) -> VatRatio:
    """The same from an evidence sheet: its lines make the figures, and all of it is kept with the decision.

    Raises `Refusal` as `evidence.totals` and the rule `vat-ratio` do.

    Law: art. 86 ust. 2a–2h, art. 90 ust. 3–10 ustawy o VAT; rozporządzenie MF z 17.12.2015 r.
    """
    numerator, denominator = totals(sheet)
    return decide(session, year, METHODS[sheet.method].kind, numerator, denominator, elections, basis, stage, sheet)


def _lost(session: Session, year: int, kind: Kind, numerator: Decimal, denominator: Decimal) -> Amount | None:
    """What this ratio would leave undeducted of the tax of its purchases in the year; None when there are none yet."""
    if denominator <= ZERO or numerator > denominator or numerator < ZERO:
        return None
    vat = annual.vat_under(session, year, kind)
    if vat is None:
        return None
    return Amount(max(ZERO, to_grosz(percent_of(vat, HUNDRED - percent_up(numerator, denominator)))))


def set_pct(session: Session, year: int, kind: Kind, pct: int, protocol: str, stage: Stage = "preliminary") -> VatRatio:
    """A ratio estimated and agreed with the head of the tax office; `protocol` names the record of the agreement.

    Law: art. 86 ust. 2e, art. 90 ust. 8 i 9 ustawy o VAT
    """
    if not 0 <= pct <= 100:
        raise Refusal("Proporcja to pełny procent od 0 do 100.", "pct")
    return _put(session, year, kind, pct, {"protocol": _basis(protocol)}, stage)


def _put(session: Session, year: int, kind: Kind, pct: int, evidence: dict[str, Any], stage: Stage) -> VatRatio:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise Refusal(f"Podaj rok od {_FIRST_YEAR} do {_LAST_YEAR}.", "year")
    locks.habits(session, alone=True)
    before = in_force(session, year, kind, stage)
    if before is not None and (before.pct, before.basis) == (pct, evidence):
        return before
    made = VatRatio(year=year, kind=kind, stage=stage, pct=pct, basis=evidence, decided_by=session.info["actor"])
    made.recorded_at = func.clock_timestamp()  # not when the transaction began: it may have waited for another decision
    session.add(made)
    session.flush()
    changed = deductions.recompute_open(session, year) if stage == "preliminary" else 0
    audit.record(
        session,
        "vat.decide_ratio",
        f"vat.ratio:{year}:{kind}" + ("" if stage == "preliminary" else ":final"),
        before=None if before is None else {"pct": before.pct},
        after={"pct": pct, "basis": evidence["basis" if "basis" in evidence else "protocol"], "recomputed": changed},
    )
    return made


def _basis(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise Refusal("Podaj podstawę: skąd są dane albo numer protokołu uzgodnienia z urzędem skarbowym.", "basis")
    if len(words) > LONGEST_BASIS:
        raise Refusal(f"Podstawa może mieć najwyżej {LONGEST_BASIS} znaków.", "basis")
    return words


def _shown(step: Step) -> dict[str, Any]:
    """A step as JSON; days as text."""
    shown = asdict(step)
    if step.parameter is not None:
        days = ("valid_from", "valid_to")
        shown["parameter"] |= {name: str(getattr(step.parameter, name) or "") for name in days}
    return shown
