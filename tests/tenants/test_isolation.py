"""The database itself keeps tenants apart: what a transaction may do, tried one by one."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError, ProgrammingError

from tenants.session import Host, UnsafeLoginError
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


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("superuser", "jest superużytkownikiem"),
        ("noinherit bypassrls", "omija zabezpieczenia wierszy"),
        ("noinherit createrole", "tworzy role albo bazy"),
        ("noinherit createdb", "tworzy role albo bazy"),
        ("noinherit replication", "może kopiować całą bazę"),
        ("inherit", "dziedziczy uprawnienia"),
        ("noinherit; grant magistrat_rw to {login} with inherit true", "dziedziczy uprawnienia"),
        ("noinherit; grant magistrat_owner to {login}", "może stać się właścicielem"),
        ("noinherit; grant pg_read_all_data to {login}", "może stać się właścicielem"),
        ("noinherit; create schema owned_{login} authorization {login}", "jest właścicielem obiektów"),
    ],
)
def test_the_application_refuses_a_login_that_could_pass_by_the_tenants_roles(host: Host, made: str, said: str) -> None:
    with psycopg.connect(host.admin_url, autocommit=True) as admin:
        try:
            admin.execute(f"create role suspect login {made.format(login='suspect')}".encode())
            admin.execute("grant connect on database postgres to suspect")
            suspect = Host(host.admin_url, host.secret, host.admin_url.replace("postgres@", "suspect@"))
            with pytest.raises(UnsafeLoginError, match=said), suspect.control():
                pytest.fail("a session was opened")
        finally:
            admin.execute("drop owned by suspect; drop role suspect")


def test_the_logins_that_upgrade_makes_are_accepted(host: Host, world: World) -> None:
    with host.control() as session:
        assert session.execute(text("select session_user::text")).scalar_one() == "magistrat_login_control"
    with host.cell(world.city.cell) as session:
        assert session.execute(text("select session_user::text")).scalar_one() == "magistrat_login_main"


def test_a_reading_session_writes_nothing(host: Host, world: World) -> None:
    statement = text("insert into vat_setting (id) values (77)")
    with (
        pytest.raises(InternalError, match="read-only transaction"),
        host.tenant(world.school, ACTOR, read_only=True) as session,
    ):
        session.execute(statement)


def test_a_savepoint_and_what_follows_a_commit_are_in_the_same_tenant(host: Host, world: World) -> None:
    user = text("select current_user::text, current_setting('search_path')")
    with host.tenant(world.school, ACTOR) as session:
        with session.begin_nested():
            assert session.execute(user).one() == (world.school.schema_name,) * 2
        session.commit()
        assert session.execute(user).one() == (world.school.schema_name,) * 2
        session.begin_nested().rollback()
        session.rollback()
        assert session.execute(user).one() == (world.school.schema_name,) * 2
