"""What a unit decides about its circulation: the scheme of steps, the substitutes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.errors import Conflict, Forbidden, NotFound, Refusal
from app.purchasing.models import PurchaseScheme, PurchaseSubstitute
from app.purchasing.rules.circulation import SHORTEST_REASON, check_substitute
from app.purchasing.rules.content import plain
from app.purchasing.rules.facts import OF_THE_UNIT, Person, Scheme, Substitute
from app.purchasing.rules.scheme import check_scheme

LONGEST_BASIS = 400


def decide_scheme(session: Session, scheme: Scheme, person: Person, on: date) -> UUID:
    """From a day cases are opened under these steps; those under way keep theirs. Raises `Refusal`, `Forbidden`.

    Law: art. 68 ust. 1, art. 53 ust. 1 ustawy o finansach publicznych
    """
    if person.serves or not person.own or "sign" not in person.rights:
        raise Forbidden("Schemat obiegu ustala kierownik jednostki.", "person")
    if scheme.valid_from_on < on:
        raise Refusal("Schemat nie może obowiązywać wstecz.", "valid_from_on")
    _basis(scheme.basis)
    check_scheme(scheme)
    row = PurchaseScheme(
        valid_from_on=scheme.valid_from_on,
        steps=[plain(one) for one in scheme.steps],
        basis=scheme.basis.strip(),
        decided_by=person.login,
    )
    session.add(row)
    session.flush()
    told = {"from": scheme.valid_from_on.isoformat(), "steps": [one.code for one in scheme.steps]}
    audit.record(session, "purchasing.decide_scheme", f"purchasing.scheme:{row.id}", after=told)
    return row.id


def give_substitute(
    session: Session, given: Substitute, name: str, basis: str, giver: Person, on: date, *, serves: bool
) -> UUID:
    """A person acts for another from day to day. `serves`: the substitute belongs to the service centre.

    Raises `Refusal`, `Forbidden`.
    """
    if given.since_on < on:
        raise Refusal("Zastępstwo nie może zaczynać się w przeszłości.", "since_on")
    _basis(basis)
    check_substitute(given, giver, serves=serves)
    row = PurchaseSubstitute(
        step_kind=given.step_kind, for_login=given.for_login, login=given.login, name=name, since_on=given.since_on,
        until_on=given.until_on, limit_gross=given.limit, basis=basis.strip(), given_by=giver.login,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, "purchasing.give_substitute", f"purchasing.substitute:{row.id}", after=plain(given))
    return row.id


def end_substitute(session: Session, substitute_id: UUID, person: Person) -> None:
    """At once. Raises `NotFound`, `Conflict`, `Forbidden`."""
    query = select(PurchaseSubstitute).where(PurchaseSubstitute.id == substitute_id).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound("Nie ma takiego zastępstwa.", "substitute")
    if row.ended_at is not None:
        raise Conflict("To zastępstwo już zakończono.", "substitute")
    needed = "sign" if row.step_kind in OF_THE_UNIT else "control"
    if needed not in person.rights or (needed == "sign" and (person.serves or not person.own)):
        raise Forbidden("Zastępstwo kończy ten, kto może je ustanowić.", "person")
    row.ended_at, row.ended_by = func.now(), person.login
    audit.record(session, "purchasing.end_substitute", f"purchasing.substitute:{row.id}")


def _basis(text: str) -> None:
    if len(text.strip()) < SHORTEST_REASON or len(text) > LONGEST_BASIS:
        raise Refusal(f"Podaj zarządzenie albo upoważnienie, najwyżej w {LONGEST_BASIS} znakach.", "basis")
