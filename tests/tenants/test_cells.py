"""Two cities in two databases: each cell has its own log-in, and neither can enter the other's house."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.kernel import audit
from tenants import fleet, registry, upgrade
from tenants.models import Kind, Tenant
from tenants.registry import TenantData
from tenants.session import Host
from tests.conftest import ACTOR, make_unit
from tests.tenants import next_release

ON = date(2026, 9, 1)


@pytest.fixture
def cities(own_host: Host) -> tuple[Tenant, Tenant]:
    """One city in the cell of the control database, one in a cell of its own."""
    with psycopg.connect(own_host.admin_url, autocommit=True) as connection:
        connection.execute("create database second")
    upgrade.add_cell(own_host, "second", "second")
    assert [(one.lineage, one.cell) for one in upgrade.upgrade(own_host).lifted] == [("cell", "second")]
    made = []
    for slug, cell in (("tutaj", "main"), ("tam", "second")):
        data = TenantData(slug, "UM", f"Miasto {slug}", slug)
        city, _ = registry.create(own_host, Kind.MUNICIPALITY, data, ACTOR, cell=cell)
        make_unit(own_host, city, "SP1", "Szkoła")
        made.append(city)
    return made[0], made[1]


def databases(host: Host, schema: str) -> list[str]:
    """Where this schema is."""
    found = []
    for cell in ("main", "second"):
        with host.admin(cell) as connection:
            if connection.execute("select 1 from pg_namespace where nspname = %s", [schema]).fetchone():
                found.append(connection.info.dbname)
    return found


def test_a_city_and_its_units_live_in_their_cells_database(own_host: Host, cities: tuple[Tenant, Tenant]) -> None:
    for city, database in zip(cities, ("postgres", "second"), strict=True):
        with own_host.control() as session:
            tenants = [city, *registry.units_of(session, city)]
        for tenant in tenants:
            assert databases(own_host, tenant.schema_name) == [database]
            with own_host.tenant(tenant, ACTOR) as session:
                assert session.execute(text("select current_database()")).scalar_one() == database
                audit.record(session, "vat.open", "vat.period:2026-09")
            with own_host.cell(tenant.cell) as session:
                assert audit.verify(session, tenant.schema_name) == (1, None)


@pytest.mark.parametrize(("mine", "others"), [("main", "second"), ("second", "postgres"), ("control", "second")])
def test_the_log_in_of_one_cell_cannot_connect_to_the_others_database(
    own_host: Host, cities: tuple[Tenant, Tenant], mine: str, others: str
) -> None:
    conninfo = own_host.login_conninfo(mine)
    psycopg.connect(conninfo).close()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(conninfo, dbname=others)


def test_the_log_in_of_one_cell_cannot_become_a_tenant_of_another(
    own_host: Host, cities: tuple[Tenant, Tenant]
) -> None:
    here, there = cities
    for mine, another in ((here, there), (there, here)):
        with own_host._engine(mine.cell).connect() as connection:
            enter = text("select set_config('role', :role, true)")
            connection.execute(enter, {"role": mine.schema_name})
            with pytest.raises(ProgrammingError, match="permission denied to set role"):
                connection.execute(enter, {"role": another.schema_name})


def test_an_upgrade_reaches_both_cells(
    own_host: Host, cities: tuple[Tenant, Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    next_release.install(monkeypatch.setattr)
    report = upgrade.upgrade(own_host)
    assert report.failures == ()
    assert {one.cell for one in report.lifted} == {"main", "second"}
    for city in cities:
        with own_host.tenant(city, ACTOR) as session:
            assert session.execute(text("select count(note_of_tests) from vat_setting")).scalar_one() == 0
    assert upgrade.upgrade(own_host).nothing


def test_a_cell_that_cannot_be_reached_stops_nothing_that_is_done(
    own_host: Host, cities: tuple[Tenant, Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade.add_cell(own_host, "third", "nowhere")
    next_release.install(monkeypatch.setattr)
    with pytest.raises(psycopg.OperationalError, match='database "nowhere" does not exist'):
        upgrade.upgrade(own_host)
    with own_host.tenant(cities[1], ACTOR) as session:  # "second" comes before "third"
        assert session.execute(text("select count(note_of_tests) from vat_setting")).scalar_one() == 0


def test_a_city_visits_its_units_in_its_own_cell(own_host: Host, cities: tuple[Tenant, Tenant]) -> None:
    for city, database in zip(cities, ("postgres", "second"), strict=True):
        with own_host.control() as session:
            whom = fleet.served(session, city, "vat", ON)
        visits = fleet.visit(
            own_host, whom, lambda session, _: session.execute(text("select current_database()")).scalar_one(), ACTOR
        )
        assert [(visit.tenant.slug, visit.value) for visit in visits] == [
            (f"{city.slug}-sp1", database), (city.slug, database),
        ]  # fmt: skip


def test_one_log_in_chosen_by_the_operator_serves_every_cell(own_host: Host, cities: tuple[Tenant, Tenant]) -> None:
    with own_host.admin() as connection:
        connection.execute("create role chosen login noinherit")
    address = own_host.admin_url.replace("postgres@", "chosen@")
    chosen = Host(own_host.admin_url, own_host.secret, address)
    assert upgrade.upgrade(chosen).failures == ()
    unit, _ = registry.create(chosen, Kind.UNIT, TenantData("tam-dps", "DPS", "Dom", "Dom"), ACTOR, cities[1])
    for tenant in (*cities, unit):
        with chosen.tenant(tenant, ACTOR) as session:
            assert session.execute(text("select session_user::text, count(*) from vat_setting")).one() == ("chosen", 0)
    chosen.dispose()


def test_a_pooler_in_between_is_reached_with_each_cells_own_log_in(
    own_host: Host, cities: tuple[Tenant, Tenant]
) -> None:
    pooler = f"postgresql:///?host={own_host.admin_conninfo().split('host=')[1].split()[0]}"
    pooled = Host("postgresql://nobody@nowhere.invalid/postgres", own_host.secret, pooler + "&dbname=postgres")
    for city in cities:
        with pooled.tenant(city, ACTOR) as session:
            assert session.execute(text("select session_user::text")).scalar_one() == f"magistrat_login_{city.cell}"
    pooled.dispose()
