"""The centre's work list over 1,000 units and 100,000 items: what a person waits for when they open and filter it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.purchasing.queries.worklist import listing
from app.ssc.pages.worklist import table
from app.web.tables import SqlSource
from tenants import registry
from tenants.models import Kind, Tenant
from tenants.registry import TenantData
from tests.bench.ground import ACTOR, ground, middle, peak_mb, timed, told

UNITS, ITEMS, TIMES = 1000, 100_000, 15
FILL = text(
    """
    insert into purchase_work
      (case_id, unit_slug, unit_code, unit_name, kind, number, seller_name, gross, currency, issued_on, due_on, state,
       step, step_kind, alarm, alarm_title, seq, changed_at)
    select gen_random_uuid(), 'j' || n % :units, 'J' || n % :units, 'Jednostka ' || n % :units, 'invoice',
           'FV/' || n || '/2026', 'Dostawca ' || n % 4000, (n % 50000) + 0.37, 'PLN', date '2026-09-01' + n % 60,
           date '2026-10-01' + n % 90, case when n % 5 = 0 then 'ready' else 'open' end,
           case when n % 5 > 0 then kinds[n % 6 + 1] end, case when n % 5 > 0 then kinds[n % 6 + 1] end,
           case when n % 20 = 0 then 'stop' when n % 9 = 0 then 'warning' end, null, 3, now()
    from generate_series(1, :items) n, (select array['describe','substance','formal','vat','control','head'] as kinds) k
    """
)
LOOKS = {
    "open": {},
    "step": {"krok": "formal"},
    "unit": {"jednostka": "j7"},
    "alarm": {"ostrzezenie": "stop", "krok": "control"},
    "amount": {"brutto": ">20000"},
    "due": {"termin": "11.2026"},
    "supplier": {"dostawca": "dostawca 39"},
    "last page": {"strona": "1500"},
}
"""What is filtered by, as the address says it."""


def run(scale: float) -> dict[str, Any]:
    """Each figure: milliseconds of one page with its count and totals, in a transaction of the centre."""
    items = max(1000, round(ITEMS * scale))
    with ground() as (host, _):
        city, _ = registry.create(host, Kind.MUNICIPALITY, TenantData("m", "UM", "Miasto", "M"), ACTOR)
        centre, _ = registry.create(host, Kind.UNIT, TenantData("cuw", "CUW", "Centrum", "CUW"), ACTOR, city)
        told(f"{items} dokumentów w {UNITS} jednostkach")
        with host.tenant(centre, ACTOR) as session:
            session.execute(FILL, {"units": UNITS, "items": items})
        with host.admin() as connection:
            connection.autocommit = True
            connection.execute(f"analyze {centre.schema_name}.purchase_work")
        slugs = [f"j{number}" for number in range(UNITS)]
        shown = table([Tenant(slug=slug, code=slug.upper(), short_name=slug) for slug in slugs])

        def look(session: Session, asked: dict[str, str]) -> int:
            found = listing(session, slugs, ("open", "ready"))
            source = SqlSource(
                session, found.statement, found.columns, tie=found.tie,
                order_by={"seller_name": found.columns["sort_name"]},
            )  # fmt: skip
            return shown.view(shown.query(asked, "/zakupy/centrum"), source).count

        def once(asked: dict[str, str]) -> float:
            with host.tenant(centre, ACTOR, read_only=True) as session:
                return timed(lambda: look(session, asked))

        figures = {name: middle([once(asked) for _ in range(TIMES)]) for name, asked in LOOKS.items()}
        with host.tenant(centre, ACTOR, read_only=True) as session:
            plain = text("select count(*), sum(gross) from purchase_work where state in ('open', 'ready')")
            baseline = middle([timed(lambda: session.execute(plain).one()) for _ in range(TIMES)])
    worst = max(figures.values())
    return {
        "bench": "worklist", "scale": scale, "seconds": round(worst, 4), "rate": round(1 / worst), "unit": "pages/s",
        "baseline": "counting and summing the same rows in SQL", "baseline_seconds": round(baseline, 4),
        "ratio": round(worst / baseline, 2), "peak_mb": peak_mb(), "items": items, "units": UNITS,
        **{f"{name}_ms": round(took * 1000) for name, took in figures.items()},
    }  # fmt: skip
