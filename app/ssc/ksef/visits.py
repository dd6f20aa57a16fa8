"""When the inbox is fetched: a run for each visit, started by the scheduler when something is due, or by a person."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.kernel import logs, runs
from app.kernel.runs import ChunkSpec, Run
from app.ssc.ksef.fetch import is_due
from tenants import registry

KIND = "ksef.fetch"


def start(session: Session) -> Run:
    """A visit, or the one that is under way."""
    return runs.start(session, KIND, "Pobranie faktur z KSeF", {}, [ChunkSpec("fetch", {}, "import")], KIND, join=True)


def start_due(deployment: Deployment, cell: str, now: datetime | None = None) -> list[str]:
    """Starts a visit for every municipality of the cell where one is due; their addresses. One that fails holds no
    other up."""
    moment = now or datetime.now(UTC)
    with deployment.host.control() as session:
        cities = registry.municipalities(session, cell)
    started = []
    for city in cities:
        try:
            with deployment.host.tenant(city, "system") as session:
                if is_due(session, moment):
                    start(session)
                    started.append(city.slug)
        except Exception as error:  # another release's schema, a lock: this city waits for the next minute
            logs.fault("ksef.due", error, tenant=city.schema_name)
    return started
