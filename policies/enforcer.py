"""May this person do this here? Casbin over the role files, with grants and mandates brought by the person.

A reach says where a line of a role file holds, as WHENCE:KIND. WHENCE: `own` the tenant where the role was granted,
`host` a grant on the deployment itself, anything else the scope of a mandate (`vat`): every tenant that gave the tenant
of the grant such a mandate. KIND: of the tenant where something is to be done, `municipality`, `unit`, `host` (the
deployment itself) or `any`.

Principals are made anew for every request from what is in force then, so an ended grant stops with the next request.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import local
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from casbin import FastEnforcer
from casbin.persist import Adapter

from policies.catalogue import HOST, RIGHTS, ROLES

HERE = Path(__file__).parent
KEYS = (1, 2)
"""Object and act: the two columns by which FastEnforcer finds the lines to ask; it takes exactly two."""


class Ground(Protocol):
    """Where something is to be done (a registry row will do); None stands for the deployment itself."""

    @property
    def id(self) -> UUID: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Mandate:
    """`holder` works for another tenant in `scope`; `basis` is the act or resolution that says so."""

    holder: UUID
    scope: str
    basis: str


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """One person with what is in force for them today: roles by the tenant of the grant (None = the deployment itself),
    and the mandates of those tenants by the tenant that gave them."""

    account_id: UUID
    login: str
    name: str
    grants: Mapping[UUID | None, frozenset[str]] = field(default_factory=dict, repr=False)
    mandates: Mapping[UUID, tuple[Mandate, ...]] = field(default_factory=dict, repr=False)


class Line(NamedTuple):
    """One right of one role in one reach."""

    role: str
    obj: str
    act: str
    reach: str
    effect: str


class Held(NamedTuple):
    """A role in force somewhere; `mandate` is the one that brought it there, None when it was granted there."""

    role: str
    mandate: Mandate | None


class Right(NamedTuple):
    """A right with its Polish words and the roles that give it here."""

    obj: str
    act: str
    words: str
    roles: tuple[str, ...]


def may(principal: Principal, obj: str, act: str, tenant: Ground | None) -> bool:
    """Whether the person may do `act` with `obj` in this tenant (None = on the deployment itself).

    Raises KeyError for a right that no role file names: a defect of the caller, not a refusal.
    """
    if (obj, act) not in RIGHTS:
        raise KeyError(f"no role file knows {obj} {act}")
    return bool(_enforcer().enforce(principal, obj, act, tenant))


def may_give(principal: Principal, role: str, tenant: Ground | None) -> bool:
    """Whether the person may grant this role here: the right to grant, and a role of this place that gives that one."""
    givers = ROLES[role].given_by
    own = principal.grants.get(tenant.id if tenant else None, frozenset()) | principal.grants.get(None, frozenset())
    return may(principal, "account", "grant", tenant) and any(giver in own for giver in givers)


def roles_at(principal: Principal, tenant: Ground | None) -> tuple[Held, ...]:
    """Roles the person has here: granted here first, then brought by mandates, each in the catalogue's order."""
    granted = principal.grants.get(tenant.id if tenant else None, frozenset())
    held = [Held(role, None) for role in ROLES if role in granted]
    if tenant is None:
        return tuple(held)
    for mandate in principal.mandates.get(tenant.id, ()):
        through = principal.grants.get(mandate.holder, frozenset())
        reach = f"{mandate.scope}:{tenant.kind}"
        held += [Held(role, mandate) for role in ROLES if role in through and reach in _reaches(role)]
    return tuple(held)


def mandate_for(principal: Principal, tenant: Ground) -> Mandate | None:
    """The mandate under which the person acts here, for the trail; None when they have a role of this tenant itself."""
    held = roles_at(principal, tenant)
    return held[0].mandate if held else None


def explain(principal: Principal, tenant: Ground | None) -> tuple[Right, ...]:
    """Every right the person has here and the roles it comes from, by object and act; for a page, not for a guard."""
    given: dict[tuple[str, str], set[str]] = {}
    for line in lines():
        if has_role(principal, line.role, line.reach, tenant):
            given.setdefault((line.obj, line.act), set()).add(line.role)
    return tuple(
        Right(obj, act, RIGHTS[obj, act], tuple(role for role in ROLES if role in given[obj, act]))
        for obj, act in sorted(given)
    )


def roles_with(obj: str, act: str, kind: str) -> tuple[str, ...]:
    """Roles of the place itself that give a right in a tenant of this kind ("host" = on the deployment itself)."""
    whence = HOST if kind == HOST else "own"
    found = {line.role for line in lines() if (line.obj, line.act) == (obj, act) and line.reach == f"{whence}:{kind}"}
    if kind == HOST:
        found |= {line.role for line in lines() if (line.obj, line.act, line.reach) == (obj, act, f"{HOST}:any")}
    return tuple(role for role in ROLES if role in found)


def has_role(principal: Principal, role: str, reach: str, tenant: Ground | None) -> bool:
    """Whether the person has the role in a way that `reach` asks for; the matcher's function."""
    whence, kind = reach.split(":")
    if whence == HOST:
        fits = kind == "any" or kind == (tenant.kind if tenant else HOST)
        return fits and role in principal.grants.get(None, frozenset())
    if tenant is None or kind != tenant.kind:
        return False
    if whence == "own":
        return role in principal.grants.get(tenant.id, frozenset())
    return any(
        mandate.scope == whence and role in principal.grants.get(mandate.holder, frozenset())
        for mandate in principal.mandates.get(tenant.id, ())
    )


@lru_cache(maxsize=1)
def lines() -> tuple[Line, ...]:
    """Every line of the role files, its acts and reaches spread out."""
    return tuple(line for path in sorted((HERE / "roles").glob("*.csv")) for line in _read(path))


def _read(path: Path) -> Iterator[Line]:
    with path.open(encoding="utf-8", newline="") as text:
        rows = csv.reader((row for row in text if row.strip() and not row.startswith("#")), skipinitialspace=True)
        for role, obj, acts, reaches, effect in rows:
            for act in acts.split("|"):
                for reach in reaches.split("|"):
                    yield Line(role, obj, act, reach, effect)


@lru_cache(maxsize=64)
def _reaches(role: str) -> frozenset[str]:
    return frozenset(line.reach for line in lines() if line.role == role)


class RoleFiles(Adapter):  # type: ignore[misc]  # Casbin is untyped
    """Gives Casbin the lines of the role files; they are changed by review, never at run time."""

    def load_policy(self, model: object) -> None:
        policy = model.model["p"]["p"].policy  # type: ignore[attr-defined]  # Casbin is untyped
        for line in lines():
            policy.append(line)


class _Enforcer(FastEnforcer):  # type: ignore[misc]  # Casbin is untyped
    """Keeps the matcher parsed: Casbin would parse it for every question, which is half of a question's cost."""

    parsed: Any = None

    def _get_expression(self, text: str, functions: Any = None) -> Any:
        self.parsed = self.parsed or FastEnforcer._get_expression(text, functions)
        return self.parsed


_own = local()


def _enforcer() -> _Enforcer:
    """FastEnforcer is not re-entrant, so each thread has its own."""
    found: _Enforcer | None = getattr(_own, "enforcer", None)
    if found is None:
        found = _Enforcer(str(HERE / "model.conf"), RoleFiles(), cache_key_order=KEYS)
        found.add_function("has_role", has_role)
        _own.enforcer = found
    return found
