"""The register of fixed assets for VAT: putting into use, what happens to them, striking out a mistake; from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.money import HUNDRED, ZERO
from app.vat.models import VatAsset, VatAssetEvent
from app.vat.queries.registers import assets as queries
from app.vat.rules.annual import deducted_pct
from app.vat.rules.assets import correction_years
from app.vat.rules.deduction import Use
from app.vat.rules.entries.assets import AssetFacts, read

LONGEST_NOTE = 400
__all__ = ["AssetFacts", "Imported", "change_purpose", "import_file", "register", "sell", "strike_out"]


@dataclass(frozen=True, slots=True)
class Imported:
    """Assets added, and those that stood here already with the same data."""

    added: int
    unchanged: int


def register(session: Session, facts: AssetFacts) -> VatAsset:
    """An asset is put into use. What was bought through the register brings its tax and its per cent along.

    Raises `Refusal` at the field, `Conflict` when the number stands already.

    Law: art. 91 ust. 2 i 7a ustawy o VAT
    """
    known = _completed(session, facts)
    _refuse_impossible(known)
    if session.scalars(select(VatAsset.id).where(VatAsset.number == known.number)).first() is not None:
        raise Conflict(f"Środek trwały o numerze „{known.number}” jest już w rejestrze.", "number")
    made = VatAsset(
        number=known.number,
        name=known.name,
        kind=known.kind,
        initial_value=known.initial_value,
        vat=known.vat,
        in_use_since=known.in_use_since,
        use=known.use,
        deducted_pct=known.deducted_pct,
        purchase_id=known.purchase_id,
        recorded_by=session.info["actor"],
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"Środek trwały „{known.number}” wpisał w tej samej chwili kto inny.", "number") from None
    shown = {"number": made.number, "vat": f"{made.vat:f}", "deducted_pct": f"{made.deducted_pct}", "use": made.use}
    audit.record(session, "vat.register_asset", f"vat.asset:{made.id}", after=shown)
    return made


def _completed(session: Session, facts: AssetFacts) -> AssetFacts:
    tidy = replace(facts, number=" ".join(facts.number.split()), name=" ".join(facts.name.split()))
    if tidy.purchase_id is None:
        return tidy
    row = queries.bought(session, tidy.purchase_id)
    return replace(tidy, vat=row["vat"], use=row["use"] or tidy.use, deducted_pct=deducted_pct(row))


def _refuse_impossible(facts: AssetFacts) -> None:
    if not facts.number or len(facts.number) > 40:
        raise Refusal("Podaj numer inwentarzowy, najwyżej 40 znaków.", "number")
    if not facts.name or len(facts.name) > 240:
        raise Refusal("Podaj nazwę, najwyżej 240 znaków.", "name")
    if facts.initial_value < ZERO:
        raise Refusal("Wartość początkowa nie może być ujemna.", "initial_value")
    if facts.vat <= ZERO:
        raise Refusal("Podaj podatek od zakupu: bez niego nie ma czego korygować.", "vat")
    if not ZERO <= facts.deducted_pct <= HUNDRED:
        raise Refusal("Procent odliczenia to liczba od 0 do 100.", "deducted_pct")
    correction_years(facts.kind, facts.in_use_since)


def sell(session: Session, asset_id: UUID, on: date, taxable: bool, note: str) -> VatAssetEvent:
    """The asset was sold (or otherwise left) inside its period: one correction for the years that remain.

    Raises `Conflict` when it is sold already, `Refusal` for a day before it was in use.

    Law: art. 91 ust. 4–6 ustawy o VAT
    """
    asset, events = _held(session, asset_id)
    if any(one.what == "sold" for one in events):
        raise Conflict("Ten środek trwały jest już sprzedany.", "id")
    if on < asset.in_use_since:
        raise Refusal("Sprzedaż nie może być wcześniejsza niż oddanie do używania.", "on")
    made = VatAssetEvent(asset_id=asset_id, what="sold", on=on, taxable=taxable, note=_note(note))
    return _added(session, made)


def change_purpose(session: Session, asset_id: UUID, on: date, use: Use, note: str) -> VatAssetEvent:
    """From this day the asset serves something else.

    Raises `Conflict` when it is sold, `Refusal` for a day before it was in use.

    Law: art. 91 ust. 7 i 7a ustawy o VAT
    """
    asset, events = _held(session, asset_id)
    if any(one.what == "sold" for one in events):
        raise Conflict("Ten środek trwały jest już sprzedany.", "id")
    if on < asset.in_use_since:
        raise Refusal("Zmiana nie może być wcześniejsza niż oddanie do używania.", "on")
    return _added(session, VatAssetEvent(asset_id=asset_id, what="purpose", on=on, use=use, note=_note(note)))


def strike_out(session: Session, asset_id: UUID, reason: str) -> None:
    """An asset entered by mistake counts no more; it stays with the reason. Raises `Conflict` when it is struck out."""
    asset, _ = _held(session, asset_id)
    asset.struck_reason = _note(reason)
    session.flush()
    audit.record(session, "vat.strike_out_asset", f"vat.asset:{asset_id}", after={"reason": asset.struck_reason})


def _held(session: Session, asset_id: UUID) -> tuple[VatAsset, Sequence[VatAssetEvent]]:
    query = select(VatAsset).where(VatAsset.id == asset_id).with_for_update()
    asset = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if asset is None:
        raise NotFound("Nie ma takiego środka trwałego.", "id")
    if asset.struck_reason is not None:
        raise Conflict("Ten środek trwały jest skreślony z rejestru.", "id")
    return asset, session.scalars(select(VatAssetEvent).where(VatAssetEvent.asset_id == asset_id)).all()


def _added(session: Session, made: VatAssetEvent) -> VatAssetEvent:
    made.recorded_by = session.info["actor"]
    session.add(made)
    session.flush()
    shown = {"on": str(made.on), "note": made.note, "use": made.use, "taxable": made.taxable}
    audit.record(session, "vat.change_asset", f"vat.asset:{made.asset_id}", after={"what": made.what, **shown})
    return made


def _note(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise Refusal("Podaj powód albo dokument.", "note")
    if len(words) > LONGEST_NOTE:
        raise Refusal(f"Powód może mieć najwyżej {LONGEST_NOTE} znaków.", "note")
    return words


def import_file(session: Session, content: bytes) -> Imported:
    """Assets of a CSV file, all or none; one that is here with the same data is not added again.

    Raises `FileRefused` with every problem at its row.
    """
    lines = read(content)
    added = unchanged = 0
    for facts in lines:
        before = session.scalars(select(VatAsset).where(VatAsset.number == facts.number)).one_or_none()
        if before is None:
            register(session, facts)
            added += 1
        elif _same(before, facts):
            unchanged += 1
        else:
            raise Conflict(f"Środek trwały „{facts.number}” jest już w rejestrze z innymi danymi.", "file")
    return Imported(added, unchanged)


def _same(asset: VatAsset, facts: AssetFacts) -> bool:
    names = ("name", "kind", "initial_value", "vat", "in_use_since", "use", "deducted_pct")
    return all(getattr(asset, name) == getattr(facts, name) for name in names)
