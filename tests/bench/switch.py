"""What entering a tenant costs a request: a transaction with the switch against the same one without."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import TextClause, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from tenants import registry
from tenants.models import Kind, Tenant
from tenants.registry import TenantData
from tenants.session import POOL, Host
from tests.bench.ground import ACTOR, ground, peak_mb, timed, told

TENANTS, ROUNDS, IN_A_ROUND = 20, 40, 100


def run(scale: float) -> dict[str, Any]:
    """`overhead_us`: of one request that reads one row, in the same pool, ORM session and table."""
    rounds = max(4, round(ROUNDS * scale))
    with ground() as (host, _):
        tenants = _tenants(host)
        engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(host.admin_conninfo()), **POOL)
        plain = sessionmaker(bind=engine, expire_on_commit=False)
        there = {tenant.slug: text(f"select default_use from {tenant.schema_name}.vat_setting") for tenant in tenants}  # noqa: S608
        here = text("select default_use from vat_setting")
        order = random.Random(1).choices(tenants, k=IN_A_ROUND)

        def switched() -> None:
            for tenant in order:
                with host.tenant(tenant, ACTOR) as session:
                    session.execute(here).all()

        def unswitched() -> None:
            for tenant in order:
                with plain() as session:
                    _read(session, there[tenant.slug])

        told(f"{rounds} × {IN_A_ROUND} transakcji z przełączeniem gminy i bez, na zmianę")
        ours, theirs = _turn_about(switched, unswitched, rounds)
        engine.dispose()
    count = rounds * IN_A_ROUND
    return {
        "bench": "switch", "scale": scale, "seconds": round(ours, 3), "rate": round(count / ours),
        "unit": "transactions/s", "baseline": "the same transaction of a login that needs no switch",
        "baseline_seconds": round(theirs, 3), "ratio": round(ours / theirs, 2), "peak_mb": peak_mb(),
        "transactions": count, "switched_us": round(ours / count * 1e6), "plain_us": round(theirs / count * 1e6),
        "overhead_us": round((ours - theirs) / count * 1e6),
    }  # fmt: skip


def _tenants(host: Host) -> list[Tenant]:
    data = (TenantData(f"g{number}", "UM", f"Gmina {number}", "G") for number in range(TENANTS))
    return [registry.create(host, Kind.MUNICIPALITY, one, ACTOR)[0] for one in data]


def _read(session: Session, statement: TextClause) -> None:
    session.execute(statement).all()
    session.commit()


def _turn_about(first: Callable[[], None], second: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Seconds of each, both warmed up, in turns, so that both meet the same moments of the machine."""
    first()
    second()
    times = [(timed(first), timed(second)) for _ in range(rounds)]
    return sum(one for one, _ in times), sum(one for _, one in times)
