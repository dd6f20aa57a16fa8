"""Units in KSeF: who may manage a unit's rights under the municipality's NIP. Granting again grants nothing."""

from __future__ import annotations

from dataclasses import dataclass

from app.deployment import Deployment
from app.gateways.ksef import Administrator
from app.kernel import audit
from app.kernel.errors import Refusal
from app.ssc.ksef.access import Clock, gateway
from app.vat.queries import directory
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Granted:
    """Codes of units: with a new administrator, with the same one as before, without an internal id."""

    new: tuple[str, ...]
    known: tuple[str, ...]
    nameless: tuple[str, ...]


def grant(
    deployment: Deployment, municipality: Tenant, administrator: Administrator, codes: list[str], actor: str,
    clock: Clock | None = None,
) -> Granted:  # fmt: skip
    """The person becomes administrator of these units (no codes: of all). Stopped in the middle, it is run again.

    Raises `Refusal` for a unit that is not in the directory, `KsefError` for what KSeF refuses.
    """
    with deployment.host.tenant(municipality, actor, read_only=True) as session:
        units = {one.code: one for one in directory.profiles(session) if not one.office}
    if unknown := [code for code in codes if code not in units]:
        raise Refusal(f"W wykazie nie ma jednostki o kodzie {unknown[0][:20]}.", "unit")
    new, known, nameless = [], [], []
    with gateway(deployment, municipality, clock) as ksef:
        for code in codes or sorted(units):
            unit = units[code]
            if not unit.internal_ids:
                nameless.append(code)
            elif ksef.grant_unit(unit.internal_ids[0], unit.name, administrator):
                new.append(code)
                told = {"internal_id": unit.internal_ids[0], "administrator": administrator.nip}
                with deployment.host.tenant(municipality, actor) as session:
                    audit.record(session, "ksef.grant", f"unit:{code}", after=told)
            else:
                known.append(code)
    return Granted(tuple(new), tuple(known), tuple(nameless))
