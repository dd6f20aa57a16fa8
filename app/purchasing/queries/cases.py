"""One case with its whole book, and lists of cases as statements for tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy import case as case_when
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.purchasing.models import PurchaseAct, PurchaseCase, PurchaseScheme
from app.purchasing.rules.circulation import Standing, standing
from app.purchasing.rules.content import account_of
from app.purchasing.rules.facts import Act, Description, Document, Scheme, State, Step
from app.purchasing.rules.scheme import USUAL


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the book with when and by which mandate."""

    act: Act
    at: datetime
    mandate: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A document on its way. `alarms`: code, severity, title, text, law, right, and `allowed` (who and why) or None."""

    id: UUID
    source: str
    source_key: str
    document: Document
    description: Description | None
    content: str
    state: State
    scheme: Scheme
    book: tuple[Entry, ...]
    standing: Standing
    alarms: tuple[Mapping[str, Any], ...]
    silent_at: datetime | None
    opened_at: datetime

    @property
    def account(self) -> str | None:
        """Where the unit means to pay."""
        return account_of(self.document, self.description)

    @property
    def stops(self) -> tuple[str, ...]:
        """Titles of alarms that hold the case up."""
        return tuple(one["title"] for one in self.alarms if one["severity"] == "stop" and not one["allowed"])

    @property
    def authors(self) -> frozenset[str]:
        """Whoever entered the paper or described it."""
        wrote = {"describe", "change", *(("open",) if self.source == "paper" else ())}
        return frozenset(one.act.actor for one in self.book if one.act.kind in wrote)

    @property
    def invoice_id(self) -> UUID | None:
        """In the municipality's inbox."""
        return UUID(self.source_key) if self.source == "ksef" else None


def case(session: Session, case_id: UUID) -> Case:
    """Raises `NotFound`."""
    kept = session.get(PurchaseCase, case_id)
    if kept is None:
        raise NotFound("Nie ma takiego dokumentu w obiegu tej jednostki.", "case")
    return of_row(session, kept)


def of_row(session: Session, kept: PurchaseCase) -> Case:
    """The case of a row, with its book as it is now."""
    rows = session.scalars(select(PurchaseAct).where(PurchaseAct.case_id == kept.id).order_by(PurchaseAct.seq)).all()
    book = tuple(Entry(_act_of(one), one.at, one.mandate) for one in rows)
    found = scheme(session, kept.scheme_id)
    described = None if kept.description is None else msgspec.convert(kept.description, Description, strict=False)
    document = msgspec.convert(kept.document, Document, strict=False)
    return Case(
        id=kept.id,
        source=kept.source,
        source_key=kept.source_key,
        document=document,
        description=described,
        content=kept.content,
        state=cast(State, kept.state),
        scheme=found,
        book=book,
        standing=standing(found, document.gross, [one.act for one in book]),
        alarms=tuple(kept.alarms),
        silent_at=kept.silent_at,
        opened_at=kept.opened_at,
    )


def _act_of(row: PurchaseAct) -> Act:
    """A line of the book as the rules know it."""
    return Act(
        row.seq, row.kind, row.actor, row.step, row.to_step, row.content, row.note, row.for_login, row.data  # type: ignore[arg-type]  # a check of the table
    )  # fmt: skip


def scheme(session: Session, scheme_id: UUID | None) -> Scheme:
    """The scheme of this key; the usual one for None."""
    if scheme_id is None:
        return USUAL
    return _scheme_of(session.get_one(PurchaseScheme, scheme_id))


def _scheme_of(row: PurchaseScheme) -> Scheme:
    steps = tuple(msgspec.convert(one, Step, strict=False) for one in row.steps)
    return Scheme(row.valid_from_on, steps, row.basis)


def scheme_in_force(session: Session, on: date) -> PurchaseScheme | None:
    """The row in force on that day; None = the usual scheme."""
    order = (PurchaseScheme.valid_from_on.desc(), PurchaseScheme.id.desc())
    return session.scalars(
        select(PurchaseScheme).where(PurchaseScheme.valid_from_on <= on).order_by(*order).limit(1)
    ).one_or_none()


def schemes(session: Session) -> Sequence[tuple[Scheme, str, datetime]]:
    """Every scheme that was decided, with who and when, the newest first."""
    rows = session.scalars(select(PurchaseScheme).order_by(PurchaseScheme.id.desc()))
    return [(_scheme_of(one), one.decided_by, one.recorded_at) for one in rows]


@dataclass(frozen=True, slots=True)
class Related:
    """A case of the same supplier that this one corrects (`corrects`), or that corrects it."""

    id: UUID
    number: str
    gross: Decimal
    state: str
    corrects: bool


def related(session: Session, found: Case) -> list[Related]:
    """Corrections and what they correct, as far as they are in this unit's circulation."""
    same = (PurchaseCase.seller_nip == found.document.seller_nip, PurchaseCase.id != found.id)
    corrected = PurchaseCase.number.in_(found.document.corrects)
    correcting = PurchaseCase.document["corrects"].contains([found.document.number])
    query = select(PurchaseCase, corrected.label("corrects")).where(*same, or_(corrected, correcting))
    return [
        Related(one.id, one.number, one.gross, one.state, is_corrected)
        for one, is_corrected in session.execute(query.order_by(PurchaseCase.issued_on).limit(20))
    ]


@dataclass(frozen=True, slots=True)
class Listing:
    """A statement with the columns by name that a table filters, sorts and totals by, and what breaks ties."""

    statement: Select[Any]
    columns: dict[str, ColumnElement[Any]]
    tie: ColumnElement[Any]

    @property
    def totals(self) -> dict[str, ColumnElement[Any]]:
        """What is added up: amounts in złoty only, for złoty and euro make no sum."""
        return {"gross": case_when((self.columns["currency"] == "PLN", self.columns["gross"]), else_=0)}


_SHOWN = (
    "number", "kind", "seller_name", "seller_nip", "gross", "currency", "issued_on", "due_on", "state", "step",
    "content", "opened_at", "changed_at", "sort_name",
)  # fmt: skip


def listing(session: Session, states: Iterable[str] = ("open", "ready", "rejected", "withdrawn")) -> Listing:
    """Cases of the unit; `alarm` is the number of stops that nobody allowed yet."""
    columns: dict[str, ColumnElement[Any]] = {name: getattr(PurchaseCase, name).expression for name in _SHOWN}
    path = cast_to('$[*] ? (@.severity == "stop" && @.allowed == null)', JSONPATH)
    columns["alarm"] = func.jsonb_array_length(func.jsonb_path_query_array(PurchaseCase.alarms, path))
    statement = select(PurchaseCase.id, *(column.label(name) for name, column in columns.items()))
    return Listing(statement.where(PurchaseCase.state.in_(tuple(states))), columns, PurchaseCase.id.expression)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many open cases wait at a step."""

    step: str
    count: int


def waiting(session: Session) -> list[Waiting]:
    """Open cases by their step."""
    query = select(PurchaseCase.step, func.count()).where(PurchaseCase.state == "open")
    return [Waiting(step or "", count) for step, count in session.execute(query.group_by(PurchaseCase.step))]
