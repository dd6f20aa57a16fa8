"""The corrections after a year: reckoned from the register and the assets, kept as versions, accepted into January."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.db import alone
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.money import ZERO
from app.kernel.reckoning import Step
from app.kernel.rulebook import WholePercent
from app.vat.models import VatCorrection, purchase
from app.vat.queries.registers import annual, assets
from app.vat.queries.registers.ratios import ratios
from app.vat.rules.annual import AnnualCorrection, correct_year
from app.vat.rules.fields import PURCHASE_FIELDS
from app.vat.service import locks

KIND = "annual"
"""`internal_kind` of the row that an accepted correction of a year becomes."""
SALE_KIND = "asset_sale"
"""`internal_kind` of the row of a sale inside the period."""
LAW = "art. 90c i art. 91 ust. 1–3 ustawy o VAT"


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a year's correction comes to before anybody keeps it. `waits`: why it is not complete, Polish sentences."""

    k_44: Decimal
    k_45: Decimal
    lines: dict[str, Any]
    waits: tuple[str, ...]


def propose(session: Session, year: int, use_relief: bool = False) -> VatCorrection:
    """The next version of a year's corrections, or the newest one when nothing it is made of has changed.

    Raises `Refusal` when a final per cent is missing.

    Law: art. 90c, art. 91 ust. 1–3 ustawy o VAT
    """
    alone(session, "corrections")
    found = reckon(session, year, use_relief)
    if found.waits:
        raise Refusal(" ".join(found.waits), "year", LAW)
    inputs = _hash(found, use_relief)
    newest = next(iter(annual.versions(session, year)), None)
    if newest is not None and newest.inputs_hash == inputs:
        return newest
    made = VatCorrection(
        year=year,
        version=(newest.version if newest else 0) + 1,
        k_44=found.k_44,
        k_45=found.k_45,
        lines=found.lines,
        use_relief=use_relief,
        inputs_hash=inputs,
        made_by=session.info["actor"],
    )
    session.add(made)
    session.flush()
    shown = {"version": made.version, "K_44": f"{made.k_44:f}", "K_45": f"{made.k_45:f}", "relief": use_relief}
    audit.record(session, "vat.propose_correction", f"vat.correction:{year}", after=shown)
    return made


def reckon(session: Session, year: int, use_relief: bool = False) -> Reckoned:
    """The corrections of a year as the register and the assets stand now; nothing is kept.

    Law: art. 90c, art. 91 ust. 1–3 ustawy o VAT
    """
    cards = assets.cards(session, year)
    of_assets, waits = [], list[str]()
    k_44 = ZERO
    for card in cards:
        if year in card.waits_for:
            waits.append(f"Środek trwały {card.asset.number} czeka na ostateczny procent za {year} r.")
        for one in card.outcome.result.corrections:
            if one.year == year and one.reason == "yearly":
                k_44 += one.amount
                step = next(step for step in card.outcome.reckoning if step.step == f"Korekta za {year} r.")
                of_assets.append(
                    {"id": str(card.asset.id), "number": card.asset.number, "name": card.asset.name,
                     "amount": f"{one.amount:.2f}", "steps": [_kept(step)]}
                )  # fmt: skip
    final = ratios(session, year, "final")
    question = AnnualCorrection(
        year=year,
        purchases=annual.groups(session, year, [card.asset.purchase_id for card in cards if card.asset.purchase_id]),
        final_pre_ratio_pct=None if final.pre_ratio_pct is None else WholePercent(final.pre_ratio_pct),
        final_ratio_pct=None if final.ratio_pct is None else WholePercent(final.ratio_pct),
        use_relief=use_relief,
    )
    try:
        outcome = correct_year(question)
    except Refusal as refusal:
        return Reckoned(k_44, ZERO, {"assets": of_assets, "purchases": []}, (*waits, refusal.message))
    bought = {
        "amount": f"{outcome.result.amount:.2f}",
        "skipped": f"{outcome.result.skipped:.2f}",
        "steps": [_kept(step) for step in outcome.reckoning],
        "final": {"pre_ratio": final.pre_ratio_pct, "ratio": final.ratio_pct},
    }
    return Reckoned(k_44, outcome.result.amount, {"assets": of_assets, "purchases": bought}, tuple(waits))


def _kept(step: Step) -> dict[str, Any]:
    certainty = step.parameter.certainty if step.parameter else None
    return {"step": step.step, "formula": step.formula, "value": step.value, "law": step.law, "certainty": certainty}


def _hash(found: Reckoned, use_relief: bool) -> str:
    whole = {"lines": found.lines, "relief": use_relief, "k_44": f"{found.k_44:f}", "k_45": f"{found.k_45:f}"}
    return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def accept(session: Session, year: int, version: int) -> VatCorrection:
    """The version becomes a row of January's register, in place of the row of an older version.

    Raises `Conflict` when it is not the newest one, is accepted already, or January is closed.

    Law: art. 91 ust. 3 ustawy o VAT
    """
    month = Month(year + 1, 1)
    locks.open_periods(session, [month])
    query = select(VatCorrection).filter_by(year=year, version=version).with_for_update()
    found = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if found is None:
        raise NotFound(f"Nie ma wersji {version} korekty za {year} r.", "version")
    if annual.versions(session, year)[0].version != version:
        raise Conflict("Jest nowsza wersja tej korekty. Obejrzyj ją i przyjmij ją zamiast tej.", "version")
    standing = select(purchase.c.id).where(purchase.c.id == found.row_id, purchase.c.void_reason.is_(None))
    if found.row_id is not None and session.execute(standing).first() is not None:
        raise Conflict(f"Wersję {version} przyjęto już do rejestru za {month.label}.", "version")
    _void_older(session, year, found)
    values: dict[str, Any] = {
        **{name.lower(): None for name in PURCHASE_FIELDS},
        **_document(session, f"KR/{year}/{version}", month),
        "source_key": f"{month}:{KIND}:{found.id}",
        "internal_kind": KIND,
        "description": f"Korekta roczna za {year} r., wersja {version}",
        "decision": {"why": f"Korekta po zakończeniu {year} r.", "law": LAW, "version": version},
        "k_44": found.k_44 if found.lines["assets"] else None,
        "k_45": found.k_45,
    }
    session.execute(insert(purchase).values(values))
    found.row_id, found.accepted_by, found.accepted_at = values["id"], session.info["actor"], func.clock_timestamp()
    session.flush()
    shown = {"version": version, "row": str(found.row_id)}
    audit.record(session, "vat.accept_correction", f"vat.correction:{year}", after=shown)
    return found


def _document(session: Session, number: str, month: Month) -> dict[str, Any]:
    """What every internal document of a correction is."""
    return {
        "id": uuid7(), "year": month.year, "month": month.month, "source": "internal", "counterparty_no": "BRAK",
        "counterparty_name": "BRAK", "document_no": number, "issued_on": month.last_on, "marker": "DI",
        "document_type": "WEW", "net": ZERO, "vat": ZERO, "created_by": session.info["actor"],
    }  # fmt: skip


def _void_older(session: Session, year: int, found: VatCorrection) -> None:
    rows: Sequence[Any] = [one.row_id for one in annual.versions(session, year) if one.row_id is not None]
    live = purchase.c.id.in_(rows) & purchase.c.void_reason.is_(None)
    reason = f"Zastąpiony korektą roczną w wersji {found.version}."
    session.execute(purchase.update().where(live).values(void_reason=reason))


def enter_sale(session: Session, asset_id: Any) -> Any:
    """The one-off correction of a sale becomes a row of the register of the month of the sale; its id.

    Raises `Conflict` when the asset is not sold inside its period, the row stands already, or the month is closed.

    Law: art. 91 ust. 4–6 ustawy o VAT
    """
    card = assets.card(session, asset_id, 0)
    one = next((one for one in card.outcome.result.corrections if one.reason == "sale"), None)
    if one is None:
        raise Conflict("Ten środek trwały nie był sprzedany w okresie korekty.", "id")
    month = Month.parse(one.due)
    locks.open_periods(session, [month])
    values: dict[str, Any] = {
        **{name.lower(): None for name in PURCHASE_FIELDS},
        **_document(session, f"KST/{card.asset.number}", month),
        "source_key": f"{SALE_KIND}:{asset_id}",
        "internal_kind": SALE_KIND,
        "description": f"Sprzedaż środka trwałego {card.asset.name}"[:400],
        "decision": {
            "why": "Sprzedaż w okresie korekty.", "law": "art. 91 ust. 4–6 ustawy o VAT", "asset": str(asset_id),
            "steps": [_kept(step) for step in card.outcome.reckoning],
        },
        "k_44": one.amount,
    }  # fmt: skip
    standing = select(purchase.c.id).where(
        purchase.c.source == "internal", purchase.c.source_key == values["source_key"]
    )
    if session.execute(standing).first() is not None:
        raise Conflict("Korekta tej sprzedaży jest już w rejestrze.", "id")
    session.execute(insert(purchase).values(values))
    audit.record(session, "vat.correct_asset_sale", f"vat.asset:{asset_id}", after={"K_44": f"{one.amount:f}"})
    return values["id"]
