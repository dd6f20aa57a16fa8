"""What the operator's pages ask of the control schema and of the cells."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib.metadata import version
from typing import Any

from redis import Redis
from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression, case, func, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased

from app.kernel.errors import NotFound
from app.web.tables import Query, SqlSource
from tenants import provision, registry
from tenants.models import Account, Cell, Grant, HostEvent, Kind, Standby, Tenant
from tenants.session import Host
from tenants.upgrade import STANDBY

_AFTER = {"ą": "a~", "ć": "c~", "ę": "e~", "ł": "l~", "ń": "n~", "ó": "o~", "ś": "s~", "ź": "z~", "ż": "z~~"}


def polish(column: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """A text that sorts in the order of the Polish alphabet wherever the database runs."""
    lowered: ColumnElement[Any] = func.lower(column)
    return reduce(lambda made, pair: func.replace(made, *pair), _AFTER.items(), lowered).collate("C")


class Ordered(SqlSource):
    """A source whose columns are sorted by other expressions than they are filtered by."""

    def __init__(self, *args: Any, orders: Mapping[str, ColumnElement[Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._orders = orders

    def ordered(self, query: Query) -> Select[Any]:
        order = self._orders.get(query.sort)
        if order is None:
            return super().ordered(query)
        return self.narrowed(query).order_by(order.desc() if query.descending else order)


def places(session: Session, municipality: Tenant | None = None) -> Ordered:
    """Every tenant, or the units of one municipality; sorted by name, each municipality is followed by its units."""
    top, under = aliased(Tenant), aliased(Tenant)
    units = select(func.count(under.id)).where(under.parent_id == Tenant.id).scalar_subquery()
    counted = case((Tenant.kind == Kind.MUNICIPALITY, units))
    belongs = func.coalesce(top.name, Tenant.name)
    columns: dict[str, Any] = {
        "name": Tenant.name, "kind": Tenant.kind, "code": Tenant.code, "nip": Tenant.nip, "teryt": Tenant.teryt,
        "units": counted, "status": Tenant.status, "cell": Tenant.cell, "created_at": Tenant.created_at,
        "internal_id": Tenant.internal_id,
    }  # fmt: skip
    named = {key: column.label(key) for key, column in columns.items()}
    statement = select(*named.values(), Tenant.slug, belongs.label("belongs")).outerjoin(
        top, top.id == Tenant.parent_id
    )
    if municipality is not None:
        statement = statement.where(Tenant.parent_id == municipality.id)
    unit_last = case((Tenant.kind == Kind.UNIT, "1"), else_="0").collate("C")
    home = func.coalesce(top.slug, Tenant.slug).collate("C")
    tree = func.concat(polish(belongs), "\x01", home, "\x01", unit_last, polish(Tenant.name)).collate("C")
    return Ordered(session, statement, columns, tie=Tenant.id, orders={"name": tree})


def place(session: Session, slug: str) -> Tenant:
    """Raises `NotFound`."""
    found = registry.by_slug(session, slug)
    if found is None:
        raise NotFound("Nie ma takiej gminy ani jednostki.")
    return found


def slugs_by_teryt(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Which of these codes municipalities have here already, with their slugs."""
    query = select(Tenant).where(Tenant.kind == Kind.MUNICIPALITY, Tenant.teryt.in_(codes))
    return {str(city.teryt): city.slug for city in session.scalars(query)} if codes else {}


@dataclass(frozen=True, slots=True)
class Totals:
    municipalities: int
    units: int
    suspended: int


def totals(session: Session) -> Totals:
    """How many tenants there are."""
    cities = func.count().filter(Tenant.kind == Kind.MUNICIPALITY)
    suspended = func.count().filter(Tenant.status == "suspended")
    row = session.execute(
        select(cities.label("cities"), func.count().label("every"), suspended.label("suspended"))
    ).one()
    return Totals(row.cities, row.every - row.cities, row.suspended)


def accounts(session: Session) -> Ordered:
    """Every account with how many grants it has in force."""
    held = (
        select(func.count(Grant.id))
        .where(Grant.account_id == Account.id, Grant.ended_at.is_(None), Grant.since_on <= func.current_date())
        .where(or_(Grant.until_on.is_(None), Grant.until_on >= func.current_date()))
        .scalar_subquery()
    )
    locked = case(
        (Account.status != "active", "suspended"), (Account.locked_until > func.now(), "locked"), else_="active"
    )
    columns: dict[str, Any] = {
        "name": Account.name, "login": Account.login, "email": Account.email, "state": locked, "roles": held,
        "last_login_at": Account.last_login_at, "created_at": Account.created_at,
    }  # fmt: skip
    statement = select(Account.id, *(column.label(key) for key, column in columns.items()))
    return Ordered(session, statement, columns, tie=Account.id, orders={"name": polish(Account.name)})


def journal(session: Session) -> SqlSource:
    """The provider's journal, entry by entry."""
    keys = ("seq", "at", "actor", "verb", "record")
    return SqlSource(
        session, select(HostEvent), {key: getattr(HostEvent, key) for key in keys}, shape=lambda row: row[0]
    )


def history(session: Session, tenant: Tenant, limit: int = 200) -> Sequence[HostEvent]:
    """Entries about a tenant, and about roles and mandates there; the newest first."""
    here = or_(
        HostEvent.record == f"tenant:{tenant.slug}",
        HostEvent.details["tenant"].astext == tenant.slug,
        HostEvent.details["holder"].astext == tenant.slug,
    )
    return session.scalars(select(HostEvent).where(here).order_by(HostEvent.seq.desc()).limit(limit)).all()


def history_of(session: Session, account: Account, limit: int = 50) -> Sequence[HostEvent]:
    """Entries about an account; the newest first."""
    about = HostEvent.record == f"account:{account.id}"
    return session.scalars(select(HostEvent).where(about).order_by(HostEvent.seq.desc()).limit(limit)).all()


def find_places(session: Session, q: str, limit: int = 20) -> Sequence[Tenant]:
    """Tenants whose name, slug, code or number holds every word of `q`; municipalities first."""
    said = func.concat_ws(" ", Tenant.name, Tenant.short_name, Tenant.slug, Tenant.code, Tenant.nip, Tenant.teryt)
    query = select(Tenant).where(*(said.icontains(word, autoescape=True) for word in q.split()))
    return session.scalars(query.order_by(Tenant.parent_id.is_not(None), polish(Tenant.name)).limit(limit)).all()


def find_accounts(session: Session, q: str, limit: int = 10) -> Sequence[Account]:
    """Accounts whose name, login or e-mail holds every word of `q`."""
    said = func.concat_ws(" ", Account.name, Account.login, Account.email)
    query = select(Account).where(*(said.icontains(word, autoescape=True) for word in q.split()))
    return session.scalars(query.order_by(polish(Account.name)).limit(limit)).all()


def people_of(session: Session, tenant: Tenant) -> Sequence[Row[Account, Grant]]:
    """Who has a role of this tenant itself, in force or to come, by name."""
    query = (
        select(Account, Grant)
        .join(Grant, Grant.account_id == Account.id)
        .where(Grant.tenant_id == tenant.id, Grant.ended_at.is_(None))
        .where(or_(Grant.until_on.is_(None), Grant.until_on >= func.current_date()))
    )
    return session.execute(query.order_by(polish(Account.name), Grant.since_on)).all()


@dataclass(frozen=True, slots=True)
class CellState:
    """`ready` by shape: how many schemas wait, of how many; `server` is None when the database does not answer."""

    cell: Cell
    tenants: int
    ready: Mapping[str, tuple[int, int]]
    up_to_date: bool
    server: str | None


def cells(host: Host) -> list[CellState]:
    """Every cell and what is known of its database."""
    with host.control() as session:
        found = session.scalars(select(Cell).order_by(Cell.name)).all()
        counting = select(Tenant.cell, func.count().label("living")).group_by(Tenant.cell)
        living = {row.cell: row.living for row in session.execute(counting)}
        pools: dict[str, dict[str, int]] = {}
        query = select(Standby.cell, Standby.shape, func.count()).group_by(Standby.cell, Standby.shape)
        for name, shape, count in session.execute(query):
            pools.setdefault(name, {})[shape] = count
    return [
        CellState(
            cell,
            living.get(cell.name, 0),
            {shape: (pools.get(cell.name, {}).get(shape, 0), wanted) for shape, wanted in STANDBY.items()},
            cell.fingerprint == provision.release(host, cell.name),
            _server(host, cell.name),
        )
        for cell in found
    ]


def _server(host: Host, cell: str) -> str | None:
    try:
        with host.cell(cell) as session:
            return str(session.execute(text("show server_version")).scalar_one())
    except DBAPIError:
        return None


def versions(redis: Redis) -> list[tuple[str, str]]:
    """What this process runs with."""
    server: Any = redis.info("server")
    kept = server.get("valkey_version") or server.get("redis_version", "")
    name = "Valkey" if "valkey_version" in server else "Redis"
    libraries = [(library, version(library)) for library in ("litestar", "SQLAlchemy", "psycopg")]
    return [("Magistrat", version("magistrat")), ("Python", platform.python_version()), (name, kept), *libraries]
