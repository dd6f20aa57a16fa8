"""What the city has confirmed about its invoices, as far as a batch asks: three statements, however many invoices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, String, func, literal, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.vat.models import KsefClue, KsefInvoice, KsefShare, KsefSignal, UnitDirectory
from app.vat.rules.attribution import CORRECTED, Clue, Lesson, Looked, Memory, Standing, forget


def memory(session: Session, looked: Iterable[Looked], without: Lesson | None = None) -> Memory:
    """Everything that is remembered of the clues of these invoices, as if one lesson had never been taught."""
    clues = {(one.kind, one.key): one for each in looked for one in each.clues}
    units = select(UnitDirectory.code, UnitDirectory.name, UnitDirectory.valid_from_on, UnitDirectory.valid_to_on)
    signals = select(KsefSignal.name, KsefSignal.right_count, KsefSignal.wrong_count)
    confirmed = _confirmed(session, clues)
    measured = {name: (right, wrong) for name, right, wrong in session.execute(signals)}
    if without is not None:
        forget([without], confirmed, measured)
    standings = {code: Standing(name, since, until) for code, name, since, until in session.execute(units)}
    corrected, split = _corrected(session, clues)
    return Memory(standings, {**confirmed, **corrected}, measured, split)


def _wanted(pairs: list[tuple[str, str]], name: str) -> Any:
    kinds, keys = [one for one, _ in pairs], [key for _, key in pairs]
    arrays = (literal(kinds, postgresql.ARRAY(String)), literal(keys, postgresql.ARRAY(String)))
    return func.unnest(*arrays).table_valued(Column("kind", String), Column("key", String)).render_derived(name)


def _confirmed(
    session: Session, clues: dict[tuple[str, str], Clue]
) -> dict[tuple[str, str], dict[str, tuple[int, int]]]:
    pairs = sorted(pair for pair in clues if pair[0] != CORRECTED)
    if not pairs:
        return {}
    wanted = _wanted(pairs, "wanted")
    query = select(KsefClue.kind, KsefClue.key, KsefClue.unit_code, KsefClue.confirmed, KsefClue.denied).join(
        wanted, (KsefClue.kind == wanted.c.kind) & (KsefClue.key == wanted.c.key)
    )
    found: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    for kind, key, unit, confirmed, denied in session.execute(query):
        found.setdefault((kind, key), {})[unit] = (confirmed, denied)
    return found


def _corrected(
    session: Session, clues: dict[tuple[str, str], Clue]
) -> tuple[dict[tuple[str, str], dict[str, tuple[int, int]]], frozenset[tuple[str, str]]]:
    """Whose the corrected invoices are, by the seller's number; which of them are several units'."""
    pairs = sorted(key.partition("|")[::2] for kind, key in clues if kind == CORRECTED)
    if not pairs:
        return {}, frozenset()
    wanted = _wanted(pairs, "wanted")
    query = (
        select(KsefInvoice.seller_nip, KsefInvoice.number, func.coalesce(KsefInvoice.unit_code, KsefShare.unit_code))
        .join(wanted, (KsefInvoice.seller_nip == wanted.c.kind) & (KsefInvoice.number == wanted.c.key))
        .outerjoin(KsefShare, KsefShare.attribution_id == KsefInvoice.attribution_id)
        .where(KsefInvoice.state.in_(("assigned", "split")))
    )
    found: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    for seller, number, unit in session.execute(query):
        found.setdefault((CORRECTED, f"{seller}|{number}"), {})[unit] = (1, 0)
    return found, frozenset(key for key, units in found.items() if len(units) > 1)
