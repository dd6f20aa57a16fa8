"""The projection of a city's month: written by whoever asked the units, and a person's mark of what they saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.models import VatDraft, VatDraftSeen
from app.vat.queries.drafts import drafts
from app.vat.queries.registers.month import Stage
from app.vat.rules.consolidation import Share

_ONE = text("select pg_try_advisory_xact_lock(hashtext(current_user || '/draft/' || :month))")


def alone(session: Session, month: Month) -> bool:
    """Whether nobody else is asking the units now; holds until this transaction ends."""
    return bool(session.scalar(_ONE, {"month": str(month)}))


def keep(session: Session, month: Month, found: Sequence[tuple[str, Stage | None, Share, bool, str | None]]) -> None:
    """What the units said: (code, stage, share, whether it is signed, the fault). Units not named are gone."""
    codes = [code for code, *_ in found]
    gone = (VatDraft.year == month.year, VatDraft.month == month.month, VatDraft.unit_code.not_in(codes))
    session.execute(delete(VatDraft).where(*gone))
    rows: list[dict[str, Any]] = [
        {
            "year": month.year, "month": month.month, "unit_code": code, "is_published": published,
            "stage": msgspec.to_builtins(stage) if stage else {}, "share": msgspec.to_builtins(share), "error": error,
        }
        for code, stage, share, published, error in found
    ]  # fmt: skip
    if not rows:
        return
    statement = insert(VatDraft).values(rows)
    given = {name: statement.excluded[name] for name in ("stage", "share", "is_published", "error")}
    key = ["year", "month", "unit_code"]
    session.execute(
        statement.on_conflict_do_update(index_elements=key, set_={**given, "asked_at": func.clock_timestamp()})
    )


def look(session: Session, month: Month) -> None:
    """This person has seen the draft as it is: changes are shown against it from now on."""
    amounts = {one.unit: [f"{one.due:f}", f"{one.paid:f}"] for one in drafts(session, month)}
    values = {"login": session.info["actor"], "year": month.year, "month": month.month, "amounts": amounts}
    statement = insert(VatDraftSeen).values(values)
    set_ = {"amounts": statement.excluded.amounts, "seen_at": func.clock_timestamp()}
    session.execute(statement.on_conflict_do_update(index_elements=["login", "year", "month"], set_=set_))
