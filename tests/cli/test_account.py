"""The commands for accounts and grants, on a real deployment."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from app.cli.account import account, grant
from app.deployment import Deployment
from app.kernel.errors import Conflict, NotFound, Refusal
from policies.enforcer import roles_at
from tenants.accounts import grants
from tests.conftest import World
from tests.tenants.accounts import GOOD, Reception


@pytest.fixture
def reception(deployment: Deployment) -> Reception:
    return Reception.of(deployment)


def run(deployment: Deployment, command: click.Command, *arguments: str) -> str:
    done = CliRunner().invoke(command, list(arguments), obj=deployment, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def temporary(output: str) -> str:
    found = re.search(r"tylko raz\): (\S+)", output)
    assert found is not None
    return found[1]


def test_an_account_is_made_with_a_password_that_logs_in(deployment: Deployment, reception: Reception) -> None:
    said = run(deployment, account, "create", "Z.Polecenia@gmina.pl", "--name", "Zofia Polecenie")
    assert "Konto „z.polecenia@gmina.pl” założone: Zofia Polecenie." in said
    answer = reception.try_password("z.polecenia@gmina.pl", temporary(said))
    assert answer.account is not None and answer.account.must_change_password
    with pytest.raises(Conflict, match="już istnieje"):
        run(deployment, account, "create", "z.polecenia@gmina.pl", "--name", "Zofia Polecenie")


def test_a_role_is_given_once_listed_and_ended(deployment: Deployment, reception: Reception, world: World) -> None:
    who = reception.hire()
    first = run(deployment, grant, "add", who.login, "unit_clerk", "--tenant", world.school.slug)
    again = run(deployment, grant, "add", who.login, "unit_clerk", "--tenant", world.school.slug)
    assert f"Konto „{who.login}” ma teraz rolę unit_clerk ({world.school.slug}) od " in first
    assert f"Konto „{who.login}” już miało rolę unit_clerk" in again
    listed = run(deployment, account, "list", "--tenant", world.school.slug)
    assert f"{who.login}  Anna Nowak\n    unit_clerk  {world.school.slug}\n" in listed
    assert who.login not in run(deployment, account, "list", "--tenant", world.other_school.slug)
    assert "natychmiast" in run(deployment, grant, "end", who.login, "unit_clerk", "--tenant", world.school.slug)
    with reception.host.control() as session:
        assert roles_at(grants.principal(session, who), world.school) == ()


def test_a_role_may_be_given_for_a_time(deployment: Deployment, reception: Reception, world: World) -> None:
    who = reception.hire()
    run(
        deployment, grant, "add", who.login, "unit_head", "--tenant", world.pool.slug,
        "--since", "01.02.2030", "--until", "28.02.2030",
    )  # fmt: skip
    with reception.host.control() as session:
        [(given, _)] = grants.of(session, who)
    assert (f"{given.since_on}", f"{given.until_on}") == ("2030-02-01", "2030-02-28")
    assert given.granted_by.startswith("konsola")


def test_a_role_without_a_tenant_is_on_the_deployment_itself(deployment: Deployment, reception: Reception) -> None:
    who = reception.hire()
    assert "(cały system)" in run(deployment, grant, "add", who.login, "provider_operator")
    with reception.host.control() as session:
        assert [held.role for held in roles_at(grants.principal(session, who), None)] == ["provider_operator"]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("add", "nikt", "unit_clerk"), NotFound, "Nie ma konta „nikt”"),
        (("add", "LOGIN", "wojt"), Refusal, "Nie ma roli „wojt”"),
        (("add", "LOGIN", "unit_clerk", "--tenant", "nigdzie"), NotFound, "nigdzie"),
        (("add", "LOGIN", "unit_clerk", "--tenant", "SCHOOL", "--since", "wczoraj"), Refusal, "dat"),
        (("end", "LOGIN", "unit_clerk", "--tenant", "SCHOOL"), NotFound, "nie ma tutaj roli"),
    ],
)
def test_what_cannot_be_done_is_refused_in_polish(
    deployment: Deployment,
    reception: Reception,
    world: World,
    arguments: tuple[str, ...],
    error: type[Refusal],
    said: str,
) -> None:
    named = {"LOGIN": reception.hire().login, "SCHOOL": world.school.slug}
    with pytest.raises(error) as caught:
        run(deployment, grant, *(named.get(word, word) for word in arguments))
    assert said in caught.value.message


def test_a_reset_unlocks_ends_sessions_and_gives_a_temporary_password(
    deployment: Deployment, reception: Reception
) -> None:
    who = reception.hire()
    token = reception.sessions.open(who, ("password",), "10.8.0.1", "Firefox")
    for _ in range(6):
        reception.try_password(who.login, "nie to hasło jednak", "10.8.0.1")
    said = run(deployment, account, "reset", who.login)
    assert reception.sessions.find(token) is None
    assert reception.try_password(who.login, temporary(said), "10.8.0.1").account is not None


def test_a_suspended_account_is_out_until_it_is_resumed(deployment: Deployment, reception: Reception) -> None:
    who = reception.hire()
    token = reception.sessions.open(who, ("password",), "10.8.0.2", "Firefox")
    assert "jest zawieszone" in run(deployment, account, "suspend", who.login)
    assert reception.sessions.find(token) is None
    assert reception.try_password(who.login, GOOD).account is None
    assert f"{who.login}  Anna Nowak (zawieszone)" in run(deployment, account, "list")
    assert "jest czynne" in run(deployment, account, "resume", who.login)
    assert reception.try_password(who.login, GOOD).account is not None
