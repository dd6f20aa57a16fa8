"""The only way into a database: one transaction is one tenant (or the control schema, or the cell's own tables).

The login roles own nothing and inherit nothing. A transaction takes the role and search path of one tenant by
`set_config(…, true)`, so nothing stays on the pooled connection afterwards; without it nothing can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from app.kernel.errors import NotFound, Refusal

CONTROL_ROLE = "magistrat_control"
CELL_ROLE = "magistrat_cell"
ENTER = text("select set_config('role', :role, true), set_config('search_path', :path, true)")
ENTER_READ_ONLY = text(
    "select set_config('role', :role, true), set_config('search_path', :path, true),"
    " set_config('transaction_read_only', 'on', true)"
)
MINIMUM_SERVER = 170000
POOL = {"pool_size": 8, "max_overflow": 24, "pool_recycle": 900, "pool_timeout": 30, "pool_pre_ping": True}


class UnsafeLoginError(Refusal):
    """The application's database login could pass by the tenants' roles; the application refuses to start with it."""


class Place(Protocol):
    """Where a tenant lives (a registry row, or anything with these two names)."""

    @property
    def cell(self) -> str: ...
    @property
    def schema_name(self) -> str: ...


@dataclass
class Host:
    """Engines of one deployment: the control database and every cell it names, each with a restricted login of its own.

    `admin_url` has the rights to make schemas and roles and is used by `admin()` only. `secret(purpose)` yields the
    password of a login role. `app_url`, when given, is where pages and workers connect instead (a pooler); when it
    names a user, that one login serves every cell and its password is the operator's care.
    Where a cell is, `control.cell` says; the answer is remembered here.
    """

    admin_url: str
    secret: Callable[[str], str]
    app_url: str | None = None
    _cells: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    _engines: dict[str, Engine] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def control(self) -> AbstractContextManager[Session]:
        """Session on the control schema, as a context manager that commits."""
        return self._session(self._engine("control"), CONTROL_ROLE, "control", {})

    def cell(self, name: str) -> AbstractContextManager[Session]:
        """Session on a cell's own tables (relay, progress, claims), over all its tenants."""
        return self._session(self._engine(name), CELL_ROLE, "cell", {})

    def tenant(
        self, place: Place, actor: str, *, mandate: str | None = None, read_only: bool = False
    ) -> AbstractContextManager[Session]:
        """Session inside one tenant, as a context manager that commits; `actor` and `mandate` go to its audit trail."""
        info = {"actor": actor, "mandate": mandate, "files": place.schema_name, "read_only": read_only}
        return self._session(self._engine(place.cell), place.schema_name, place.schema_name, info)

    @contextmanager
    def _session(self, engine: Engine, role: str, path: str, info: dict[str, Any]) -> Iterator[Session]:
        with _sessions(bind=engine, info={**info, "role": role, "path": path}) as session:
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def admin(self, cell: str | None = None) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """Connection with the right to make schemas and roles, to the control database or a cell's."""
        with psycopg.connect(self.admin_conninfo(cell), autocommit=False) as connection:
            yield connection

    def admin_conninfo(self, cell: str | None = None) -> str:
        return make_conninfo(self.admin_url, **self._target(cell))

    @property
    def given_login(self) -> str | None:
        """The login that the operator chose for all cells; None: each has its own, made by `upgrade`."""
        user = conninfo_to_dict(self.app_url or "").get("user")
        return None if user is None else str(user)

    def login_of(self, name: str) -> str:
        """The restricted login role of the control database ("control") or of a cell."""
        return self.given_login or f"magistrat_login_{name}"

    def login_conninfo(self, name: str) -> str:
        if self.given_login:
            return make_conninfo(self.app_url or "", **self._target(name))
        login = self.login_of(name)
        url = self.app_url or self.admin_url
        return make_conninfo(url, user=login, password=self.secret(login), **self._target(name))

    def _target(self, cell: str | None) -> dict[str, Any]:
        if cell is None or cell == "control":
            return {}
        if cell not in self._cells:
            with self.control() as session:
                statement = text("select database, host, port from control.cell where name = :name")
                row = session.execute(statement, {"name": cell}).one_or_none()
            if row is None:
                raise NotFound(f"Nie ma komórki (bazy) „{cell[:40]}”.", "cell")
            found = {"dbname": row.database, "host": row.host, "port": row.port}
            self._cells[cell] = {key: value for key, value in found.items() if value is not None}
        return self._cells[cell]

    @property
    def control_database(self) -> str:
        return str(conninfo_to_dict(self.admin_url).get("dbname", "postgres"))

    def _engine(self, name: str) -> Engine:
        if name in self._engines:
            return self._engines[name]
        conninfo = self.login_conninfo(name)
        with self._lock:
            if name not in self._engines:
                engine = create_engine(
                    "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo, connect_timeout=10), **POOL
                )
                refuse_unsafe_login(engine)
                self._engines[name] = engine
            return self._engines[name]

    def dispose(self) -> None:
        """Close every pooled connection (before a fork, at the end of a command)."""
        with self._lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()


_LOGIN = text(
    """
    select r.rolname as name, current_setting('server_version_num')::int as version,
           r.rolsuper as superuser, r.rolbypassrls as bypasses, r.rolreplication as replicates,
           r.rolcreaterole or r.rolcreatedb as creates,
           r.rolinherit
             or exists (select from pg_auth_members m where m.member = r.oid and m.inherit_option) as inherits,
           exists (select from pg_shdepend d
                   where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.deptype = 'o') as owns,
           exists (select from pg_roles p
                   where (p.rolsuper or p.rolname in ('magistrat_owner', 'magistrat_system')
                          or starts_with(p.rolname, 'pg_'))
                     and pg_has_role(r.oid, p.oid, 'member')) as rises
    from pg_roles r where r.rolname = session_user
    """
)
_FAULTS = {
    "superuser": "jest superużytkownikiem",
    "bypasses": "omija zabezpieczenia wierszy",
    "replicates": "może kopiować całą bazę",
    "creates": "tworzy role albo bazy",
    "inherits": "dziedziczy uprawnienia",
    "owns": "jest właścicielem obiektów bazy",
    "rises": "może stać się właścicielem tabel albo rolą uprzywilejowaną",
}


def refuse_unsafe_login(engine: Engine) -> None:
    """Raise UnsafeLoginError when the login could reach more than the roles it is meant to take, or the server is old.

    `INHERIT` is looked for in each membership too: since PostgreSQL 16 it may be granted there past the role's own.
    """
    with engine.connect() as connection:
        found = connection.execute(_LOGIN).mappings().one()
    if faults := [words for name, words in _FAULTS.items() if found[name]]:
        engine.dispose()
        raise UnsafeLoginError(
            f"Aplikacja nie uruchomi się z loginem bazy „{found['name']}”: {', '.join(faults)}. "
            "Użyj loginu NOINHERIT bez takich praw (tworzy go „magistrat upgrade”)."
        )
    if found["version"] < MINIMUM_SERVER:
        engine.dispose()
        raise UnsafeLoginError("Potrzebny jest PostgreSQL 17 lub nowszy.")


_sessions = sessionmaker(autoflush=True, expire_on_commit=False)


@event.listens_for(_sessions, "after_begin")
def _enter(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """Every transaction of every session starts by becoming its tenant; savepoints inherit it."""
    if transaction.nested:
        return
    enter = ENTER_READ_ONLY if session.info.get("read_only") else ENTER
    connection.execute(enter, {"role": session.info["role"], "path": session.info["path"]})
