"""What people do with a case: describe it, approve, return, reject; the chief accountant objects, the head orders.

Each verb holds the case, asks the rule, adds one act. Whoever comes second finds the case moved and is told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.errors import Conflict, Forbidden, Refusal
from app.purchasing.models import PurchaseCase
from app.purchasing.queries import people
from app.purchasing.queries.cases import Case
from app.purchasing.queries.proposals import of_case
from app.purchasing.rules.circulation import (
    SHORTEST_REASON,
    Circumstances,
    Wanted,
    permit,
    who_may,
)
from app.purchasing.rules.content import content_hash, differences, row_values
from app.purchasing.rules.documents import check_description, check_paper
from app.purchasing.rules.facts import Act, Description, Document, Person, Step
from app.purchasing.service.book import held, refreshed, write
from app.vat.queries.registers import bought
from app.vat.rules.purchase import known_use
from app.vat.service import registers

GUARDED = frozenset({"formal", "control", "head"})
"""Kinds of steps that a stop holds up."""


def circumstances(session: Session, found: Case, on: date) -> Circumstances:
    """What the rules of the circulation ask about this case today."""
    step = found.standing.step
    return Circumstances(
        on=on,
        scheme=found.scheme,
        gross=found.document.gross,
        content=found.content,
        standing=found.standing,
        substitutes=people.in_force(session, on),
        authors=found.authors,
        alarms=found.stops if step is not None and step.kind in GUARDED else (),
    )


def describe(session: Session, case_id: UUID, seen: str, description: Description, person: Person, on: date) -> Case:
    """What was bought and why; in a case that went further already, what was approved falls, and the book says why.

    `seen` is the hash of the content that the person had before them. Raises `Conflict`, `Forbidden`, `Refusal`.
    """
    kept, found = held(session, case_id)
    step = next(one for one in found.scheme.steps if one.kind == "describe")
    _may_change(session, kept, found, seen, person, on, step)
    check_description(description)
    content = content_hash(found.document, description)
    if (
        content == found.content
        and "describe" in {one.act.kind for one in found.book}
        and step.code in found.standing.done
    ):
        return found
    words = "; ".join(differences(found.description, description))
    kept.description, kept.content = row_values(found.document, description)["description"], content
    kept.account = row_values(found.document, description)["account"]
    acts = [Act(0, "describe", person.login, step.code, content=content)]
    if found.standing.done:
        acts.insert(0, _change(person, step, content, f"Zmieniono opis ({words}). Zatwierdzenia trzeba powtórzyć."))
    return write(session, kept, on, *acts)


def change_document(session: Session, case_id: UUID, seen: str, document: Document, person: Person, on: date) -> Case:
    """Corrects what was entered from a paper; every approval falls and the case waits for its description again.

    Raises `Conflict` for a document of a register (it is corrected there), `Forbidden`, `Refusal`.
    """
    kept, found = held(session, case_id)
    if kept.source != "paper":
        raise Conflict("Ten dokument jest z rejestru VAT i KSeF; zmienia go tylko korekta.", "document")
    step = next(one for one in found.scheme.steps if one.kind == "describe")
    _may_change(session, kept, found, seen, person, on, step)
    check_paper(document, on)
    content = content_hash(document, found.description)
    if content == found.content:
        return found
    words = "; ".join(differences(found.document, document))
    for name, value in row_values(document, found.description).items():
        setattr(kept, name, value)
    kept.content = content
    note = f"Zmieniono dokument ({words}). Zatwierdzenia trzeba powtórzyć."
    return write(session, kept, on, _change(person, step, content, note))


def _change(person: Person, step: Step, content: str, note: str) -> Act:
    return Act(0, "change", person.login, step.code, step.code, content, note[:1000])


def _may_change(
    session: Session, kept: PurchaseCase, found: Case, seen: str, person: Person, on: date, step: Step
) -> None:
    if found.standing.state not in ("open", "ready"):
        raise Conflict("Dokument odrzucono albo wycofano, więc jego opisu nie można już zmienić.", "content")
    if seen != found.content:
        raise Conflict("Ktoś zmienił opis w tej samej chwili. Przeczytaj nowy i popraw go, jeśli trzeba.", "content")
    proposal = of_case(session, kept.id)
    if proposal is not None and proposal.released_on is not None:
        raise Conflict("Zapłata już wyszła, więc opisu nie można zmienić.", "content")
    who_may(step, person, circumstances(session, found, on))


def act(
    session: Session,
    case_id: UUID,
    wanted: Wanted,
    person: Person,
    on: date,
    *,
    use: str | None = None,
    asset: bool = False,
) -> Case:
    """One decision of one person: `approve`, `return`, `reject`, `object` or `order`. `use`: for the VAT step.

    Raises `Conflict` when somebody was first or the content changed, `Forbidden` when this person may not, `Refusal`.
    """
    kept, _ = held(session, case_id)
    found = refreshed(session, kept, on)
    allowed = permit(wanted, person, circumstances(session, found, on))
    paid = of_case(session, case_id)
    if paid is not None and paid.released_on is not None:
        raise Conflict("Zapłata już wyszła, więc dokumentu nie można cofnąć.", "step")
    data: dict[str, Any] = {}
    if allowed.step.kind == "vat" and wanted.kind == "approve":
        data = _set_use(session, kept, found, use, asset=asset)
    if wanted.kind == "order":
        data = {"duty": "Zawiadomienie o poleceniu mimo odmowy: art. 54 ust. 7 ustawy o finansach publicznych."}
    line = Act(
        0, wanted.kind, person.login, allowed.step.code, wanted.to_step, found.content,
        wanted.note.strip()[:1000] or None, allowed.for_login, data,
    )  # fmt: skip
    return write(session, kept, on, line)


def _set_use(session: Session, kept: PurchaseCase, found: Case, use: str | None, *, asset: bool) -> dict[str, Any]:
    """The register's row takes the use; what has no row or no tax needs none. Raises `Conflict` for a closed month."""
    row = None
    if kept.source == "ksef":
        row = bought.of_invoice(session, UUID(kept.source_key))
    elif kept.source == "register":
        row = next(iter(bought.by_ids(session, [UUID(kept.source_key)])), None)
    if row is None or not row.vat:
        return {"use": None, "register": "nie dotyczy"}
    if not use:
        raise Refusal("Wybierz, czemu służy ten zakup.", "use")
    known = known_use(use)
    if (row.use, row.asset) != (known, asset):
        registers.set_use(session, [row.id], known, asset=asset)
    return {"use": known, "asset": asset, "month": str(row.month)}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one case of many: `problem` when it could not be done."""

    case_id: UUID
    number: str
    problem: str | None = None


def act_on_many(session: Session, wanted: Sequence[tuple[UUID, str, str]], person: Person, on: date) -> list[Done]:
    """Approves each of (case, step, content seen) by itself: what will not do is told and does not hold the others up.

    Cases are held in the order of their keys, so that two lists at once do not wait for each other in a ring.
    """
    results = []
    for case_id, step, content in sorted(wanted):
        number = str(case_id)
        try:
            with session.begin_nested():
                kept = session.get(PurchaseCase, case_id)
                number = kept.number if kept else number
                act(session, case_id, Wanted("approve", step, content), person, on)
            results.append(Done(case_id, number))
        except (Conflict, Forbidden, Refusal) as refusal:
            results.append(Done(case_id, number, refusal.message))
    return results


def allow(session: Session, case_id: UUID, code: str, seen: str, reason: str, person: Person, on: date) -> Case:
    """Lets a case go on in spite of an alarm, in writing; it holds for this content only.

    Raises `Conflict`, `Forbidden` for who has not the alarm's right, `Refusal` without a reason.
    """
    kept, _ = held(session, case_id)
    found = refreshed(session, kept, on)
    alarm = next((one for one in found.alarms if one["code"] == code and not one["allowed"]), None)
    if alarm is None or found.standing.state not in ("open", "ready"):
        raise Conflict("Tego ostrzeżenia już nie ma.", "alarm")
    if seen != found.content:
        raise Conflict("Dokument albo jego opis zmienił się. Przeczytaj go jeszcze raz.", "content")
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refusal("Napisz, dlaczego mimo ostrzeżenia można iść dalej.", "note")
    if alarm["right"] is None or alarm["right"] not in person.rights:
        raise Forbidden("Tego ostrzeżenia nie możesz dopuścić: potrzebne jest prawo do kontroli.", "person")
    if person.login in found.authors:
        raise Forbidden("Kto opisał dokument, nie może dopuścić jego ostrzeżeń.", "person")
    step = found.standing.step.code if found.standing.step else None
    line = Act(
        0, "override", person.login, step, content=found.content, note=reason.strip()[:1000],
        data={"alarm": code, "title": alarm["title"], "law": alarm["law"]},
    )  # fmt: skip
    return write(session, kept, on, line)
