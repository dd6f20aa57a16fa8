"""Onboarding: a unit from a ready schema, and schemas from nothing against psql executing the same DDL."""

from __future__ import annotations

import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

from migrations.statements import RENDERED, Shape
from tenants import provision, registry
from tenants.embedded import postgres_bin
from tenants.models import Kind
from tenants.registry import TenantData
from tenants.session import Host
from tests.bench.ground import ACTOR, ground, middle, peak_mb, timed, told

FROM_NOTHING, FROM_STANDBY = 40, 40


def run(scale: float) -> dict[str, Any]:
    """`ratio`: medians, unit shape, the whole of `make_schema` against the whole psql process."""
    times, ready = max(3, round(FROM_NOTHING * scale)), max(3, round(FROM_STANDBY * scale))
    with ground() as (host, home):
        told(f"{times} schematów każdego kształtu od zera, na zmianę z psql")
        ours, psql = _from_nothing(host, home, "unit", times)
        city_ours, city_psql = _from_nothing(host, home, "municipality", times)
        told(f"{ready} jednostek z zapasu")
        standby = _from_standby(host, ready)
    return {
        "bench": "provision", "scale": scale, "seconds": round(sum(ours), 3), "rate": round(1 / middle(ours), 1),
        "unit": "unit schemas/s from nothing", "baseline": "psql -f the same DDL in one transaction, whole process",
        "baseline_seconds": round(sum(psql), 3), "ratio": round(middle(ours) / middle(psql), 2), "peak_mb": peak_mb(),
        "schemas": times, "unit_ms": _ms(ours), "unit_psql_ms": _ms(psql), "municipality_ms": _ms(city_ours),
        "municipality_psql_ms": _ms(city_psql), "municipality_ratio": round(middle(city_ours) / middle(city_psql), 2),
        "standby_ms": _ms(standby), "standby_worst_ms": round(max(standby) * 1000, 1),
    }  # fmt: skip


def _ms(seconds: list[float]) -> float:
    return round(middle(seconds) * 1000, 1)


def _from_nothing(host: Host, home: Path, shape: Shape, times: int) -> tuple[list[float], list[float]]:
    """Ours and psql's turn about, so that both meet the same moments of the machine."""
    program = shutil.which("psql", path=str(postgres_bin())) or shutil.which("psql")
    if program is None:
        raise FileNotFoundError("psql")
    ours, theirs = [], []
    for number in range(times):
        script = home / f"{shape}_{number}.sql"
        script.write_text(
            f"begin;\ncreate schema bench_{shape}_{number} authorization magistrat_owner;\n"
            f"set local role magistrat_owner;\nset local search_path = bench_{shape}_{number};\n"
            f"{(RENDERED / f'{shape}.sql').read_text()}\ncommit;\n"
        )
        command = [program, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script), host.admin_conninfo("main")]
        theirs.append(timed(partial(subprocess.run, command, check=True)))
        ours.append(timed(partial(provision.make_schema, host, "main", shape)))
    return ours, theirs


def _from_standby(host: Host, count: int) -> list[float]:
    """The whole of creating a unit whose schema is ready: control transaction, journal and all."""
    city, _ = registry.create(host, Kind.MUNICIPALITY, TenantData("miasto", "UM", "Miasto", "Miasto"), ACTOR)
    provision.refill(host, "main", "unit", count)
    units = [TenantData(f"j{number}", f"J{number}", f"Jednostka {number}", "J") for number in range(count)]
    return [timed(partial(registry.create, host, Kind.UNIT, data, ACTOR, city)) for data in units]
