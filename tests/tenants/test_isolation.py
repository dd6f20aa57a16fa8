"""The database itself keeps tenants apart: what a transaction may do, tried one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tenants.session import Host, UnsafeLoginError, refuse_unsafe_login
from tests.conftest import ACTOR, World


def refused(host: Host, world: World, statement: str) -> str:
    with pytest.raises(ProgrammingError) as caught, host.tenant(world.school, ACTOR) as session:
        session.execute(text(statement))
    return str(caught.value.orig)


def test_a_transaction_reads_and_writes_its_own_rows(host: Host, world: World) -> None:
    with host.tenant(world.school, ACTOR) as session:
        session.execute(text("insert into vat_setting (id, default_use) values (7, 'all')"))
        assert session.execute(text("select count(*) from vat_setting where id = 7")).scalar_one() == 1
        session.rollback()


@pytest.mark.parametrize(
    "attempt",
    [
        "select * from {other}.vat_setting",
        "insert into {other}.vat_setting (id) values (1)",
        "select '{other}.vat_setting'::regclass",
        "create table {own}.mine (id int references {other}.vat_setting)",
        "update {other}.vat_period set state = 'open'",
    ],
)
def test_another_tenants_table_is_refused_by_name(host: Host, world: World, attempt: str) -> None:
    said = refused(host, world, attempt.format(own=world.school.schema_name, other=world.other_school.schema_name))
    assert "permission denied" in said


def test_another_search_path_finds_nothing(host: Host, world: World) -> None:
    with pytest.raises(ProgrammingError, match="does not exist"), host.tenant(world.school, ACTOR) as session:
        session.execute(text("select set_config('search_path', :path, true)"), {"path": world.other_school.schema_name})
        session.execute(text("select * from vat_setting"))


@pytest.mark.parametrize("statement", ["create table mine (id int)", "drop table vat_setting", "truncate vat_sale"])
def test_a_tenant_changes_no_shape(host: Host, world: World, statement: str) -> None:
    assert refused(host, world, statement)


def test_without_a_tenant_nothing_can_be_read(host: Host, world: World) -> None:
    engine = host._engine(world.school.cell)
    own = "select * from {}.vat_setting".format  # a schema's name cannot be a bound parameter
    for statement in (own(world.school.schema_name), "select * from cell.run"):
        with pytest.raises(ProgrammingError, match="permission denied"), engine.connect() as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_nothing_stays_on_the_connection(host: Host, world: World, end: str) -> None:
    with host.tenant(world.school, ACTOR) as session:
        session.execute(text("select 1"))
        getattr(session, end)()
    with host._engine(world.school.cell).connect() as connection:
        user, path = connection.execute(text("select current_user, current_setting('search_path')")).one()
    assert user == host.login_of(world.school.cell)
    assert "t_" not in path


def test_alternating_tenants_on_one_connection_get_their_own_answers(host: Host, world: World) -> None:
    places = (world.school, world.other_school, world.city, world.other_city)
    for number, place in enumerate(places):
        with host.tenant(place, ACTOR) as session:
            session.execute(text("delete from vat_setting where id >= 100"))
            session.execute(text("insert into vat_setting (id) values (:id)"), {"id": 100 + number})
    for turn in range(80):
        number = turn % len(places)
        with host.tenant(places[number], ACTOR) as session:
            found = session.execute(text("select id from vat_setting where id >= :low"), {"low": 100}).scalars().all()
        assert found == [100 + number]


def test_rows_of_the_cell_are_seen_by_their_own_tenant_only(host: Host, world: World) -> None:
    statement = text(
        "insert into cell.outbox (id, topic, queue, payload)"
        " values (gen_random_uuid(), 'isolation', 'bulk', '{}') returning tenant"
    )
    for place in (world.school, world.other_school):
        with host.tenant(place, ACTOR) as session:
            assert session.execute(statement).scalar_one() == place.schema_name
            query = text("select distinct tenant from cell.outbox")
            assert session.execute(query).scalars().all() == [place.schema_name]


def test_a_row_in_anothers_name_is_refused(host: Host, world: World) -> None:
    statement = text(
        "insert into cell.outbox (id, tenant, topic, queue, payload) values (gen_random_uuid(), :name, 'x', 'x', '{}')"
    )
    with pytest.raises(ProgrammingError, match="row-level security"), host.tenant(world.school, ACTOR) as session:
        session.execute(statement, {"name": world.other_school.schema_name})


def test_the_application_refuses_a_superusers_login(host: Host) -> None:
    import psycopg
    from sqlalchemy import create_engine

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(host.admin_conninfo(None)))
    with pytest.raises(UnsafeLoginError, match="superużytkownikiem"):
        refuse_unsafe_login(engine)
