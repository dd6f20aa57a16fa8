"""The consolidation of a month as a run: units are gathered in groups, then the file is written, checked and kept.

Everything a later step needs is in the results of the earlier ones, so any worker may take it on after any crash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Literal, cast
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.kernel import runs
from app.kernel.dates import Month
from app.kernel.errors import Conflict
from app.kernel.files import Stored
from app.kernel.runs import ChunkSpec, Run
from app.ssc import consolidation
from app.ssc.consolidation import Draft, Gathered, Missing
from app.vat.queries import filings, returns
from app.vat.rules.consolidation import Part
from tenants import fleet
from tenants.models import Tenant
from tenants.session import Host

KIND = "vat.consolidate"
GATHER, WRITE, KEEP = 1, 2, 3
UNITS_IN_A_CHUNK = 20


def start(
    session: Session,
    host: Host,
    city: Tenant,
    month: Month,
    on: date,
    *,
    purpose: Literal[1, 2] | None = None,
    release_reason: str | None = None,
) -> Run:
    """A run in the city's session, or the one under way for this month. Raises `Refusal` when the taxpayer is unknown.

    `purpose` None: a first version files, a later one corrects. `release_reason`: the treasurer's, for missing units.
    """
    returns.filer(session)
    codes = [one.tenant.code for one in consolidation.units(host, city, on)]
    groups = [codes[at : at + UNITS_IN_A_CHUNK] for at in range(0, len(codes), UNITS_IN_A_CHUNK)]
    chunks = [ChunkSpec(f"jednostki {group[0]}–{group[-1]}", {"units": group}, stage=GATHER) for group in groups]
    chunks.append(ChunkSpec("zapis pliku", stage=WRITE))
    chunks.append(ChunkSpec("sprawdzenie i zachowanie", stage=KEEP))
    params = {"month": str(month), "on": on.isoformat(), "purpose": purpose, "release_reason": release_reason}
    key = f"{KIND}:{month}"
    return runs.start(session, KIND, f"Deklaracja JPK_V7M za {month.label}", params, chunks, key, join=True)


class Step:
    """One chunk at work: the city's session and what the run was told."""

    def __init__(
        self, session: Session, deployment: Deployment, city: Tenant, run_id: UUID, params: Mapping[str, Any]
    ) -> None:
        self.session, self.host, self.city, self.run_id = session, deployment.host, city, run_id
        self.files = deployment.files(city)
        self.actor = str(session.info["actor"])
        self.month = Month.parse(params["month"])
        self.on = date.fromisoformat(params["on"])
        self.purpose = cast("Literal[1, 2] | None", params["purpose"])
        self.release_reason = cast("str | None", params["release_reason"])

    def units(self) -> list[fleet.Served]:
        return consolidation.units(self.host, self.city, self.on)

    def draft(self) -> Draft:
        """What all gathering chunks brought together, in the order of the units."""
        parts: list[Part] = []
        missing: list[Missing] = []
        for _, result in runs.results(self.session, self.run_id, GATHER):
            parts += msgspec.convert(result["parts"], list[Part])
            missing += msgspec.convert(result["missing"], list[Missing])
        gathered = Gathered(tuple(parts), tuple(missing))
        return consolidation.draft(self.session, self.month, gathered, self.release_reason)

    def purpose_of(self, draft: Draft) -> Literal[1, 2]:
        """What was filed with a confirmation of receipt can only be corrected; else as told, or by the version."""
        if filings.accepted(self.session, self.month) is not None:
            return 2
        return self.purpose or (1 if draft.version == 1 else 2)


def gather(step: Step, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a group of units published."""
    wanted = set(payload["units"])
    own = returns.filer(step.session).own_numbers
    whom = [one for one in step.units() if one.tenant.code in wanted]
    found = consolidation.gather(step.host, whom, step.month, own, step.actor)
    lost = wanted - {one.tenant.code for one in whom}
    gone = tuple(Missing(code, code, "Nie jest już obsługiwana przez gminę.") for code in sorted(lost))
    return {
        "parts": msgspec.to_builtins(found.parts),
        "missing": msgspec.to_builtins((*found.missing, *gone)),
        "reopened": list(found.reopened),
    }


def write(step: Step, _: Mapping[str, Any]) -> dict[str, Any]:
    """The file, or the word that it exists already."""
    draft = step.draft()
    if draft.unchanged is not None:
        return {"unchanged": True}
    written = consolidation.write(step.host, step.files, step.units(), draft, step.purpose_of(draft), step.actor)
    return {
        "sha256": written.file.sha256, "size": written.file.size, "made_at": written.made_at.isoformat(),
        "purpose": step.purpose_of(draft),
    }  # fmt: skip


def keep(step: Step, _payload: Mapping[str, Any]) -> dict[str, Any]:
    """The version, verified and recorded; when nothing changed, the newest one."""
    draft = step.draft()
    made = draft.unchanged
    if made is None:
        ((_key, written),) = runs.results(step.session, step.run_id, WRITE)
        if "sha256" not in written:
            raise Conflict(
                f"Deklaracja za {step.month.label} zmieniła się w trakcie pracy. Uruchom ją ponownie.", "version"
            )
        file = Stored(written["sha256"], written["size"])
        consolidation.verify(step.files, file)
        kept = consolidation.Written(file, datetime.fromisoformat(written["made_at"]))
        made = consolidation.keep(step.session, draft, kept, written["purpose"], step.release_reason)
    gathered = runs.results(step.session, step.run_id, GATHER)
    reopened = [code for _key, result in gathered for code in result["reopened"]]
    return {"version": made.version, "new": draft.unchanged is None, "reopened": reopened}


STEPS: dict[int, Callable[[Step, Mapping[str, Any]], dict[str, Any]]] = {GATHER: gather, WRITE: write, KEEP: keep}
