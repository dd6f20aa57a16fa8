"""Accounts: made with a temporary password, changed with a history, reset by an operator."""

from __future__ import annotations

import pytest

from app.deployment import Deployment
from app.kernel.errors import Conflict, NotFound, Refusal
from tenants.accounts import passwords, staff
from tenants.models import Account
from tests.conftest import ACTOR
from tests.tenants.accounts import GOOD, Reception


@pytest.fixture(scope="module")
def reception(deployment: Deployment) -> Reception:
    return Reception.of(deployment)


def change(reception: Reception, account: Account, current: str, new: str, history: int = 3) -> Account:
    with reception.host.control() as session:
        return staff.change_password(session, account.id, current, new, history=history)


def test_a_new_account_has_a_temporary_password_that_must_be_changed(reception: Reception) -> None:
    with reception.host.control() as session:
        account, temporary = staff.create(session, " Nowa.Osoba@Gmina.PL ", "Nowa  Osoba", None, ACTOR)
    assert (account.login, account.name, account.email) == ("nowa.osoba@gmina.pl", "Nowa Osoba", "nowa.osoba@gmina.pl")
    assert account.must_change_password
    assert passwords.fits(account.password_hash, temporary)
    assert account.password_hash is not None and temporary not in account.password_hash
    assert reception.journal(account) == ["account.create"]
    changed = change(reception, account, temporary, GOOD)
    assert not changed.must_change_password
    assert reception.journal(account) == ["account.create", "account.change_password"]


def test_a_login_is_taken_once(reception: Reception) -> None:
    account = reception.hire()
    with pytest.raises(Conflict, match="już istnieje"), reception.host.control() as session:
        staff.create(session, account.login.upper(), "Ktoś Inny", None, ACTOR)


@pytest.mark.parametrize(
    ("login", "name", "field"), [("łoś", "Jan Łoś", "login"), ("a", "Jan", "login"), ("jan.los", " ", "name")]
)
def test_a_login_or_a_name_that_will_not_do_is_refused(reception: Reception, login: str, name: str, field: str) -> None:
    with pytest.raises(Refusal) as caught, reception.host.control() as session:
        staff.create(session, login, name, None, ACTOR)
    assert caught.value.field == field


def test_an_unknown_login_is_not_found(reception: Reception) -> None:
    with pytest.raises(NotFound, match="Nie ma konta „nikt”"), reception.host.control() as session:
        staff.by_login(session, "nikt")


def test_the_current_password_is_asked_for(reception: Reception) -> None:
    with pytest.raises(Refusal) as caught:
        change(reception, reception.hire(), "nie to hasło", "całkiem nowe hasło 1")
    assert caught.value.field == "current"


def test_the_last_passwords_do_not_come_back_and_older_ones_may(reception: Reception) -> None:
    account = reception.hire(password="pierwsze takie hasło")
    change(reception, account, "pierwsze takie hasło", "drugie takie hasło!")
    change(reception, account, "drugie takie hasło!", "trzecie takie hasło")
    for former, why in [
        ("trzecie takie hasło", "inne niż obecne"),
        ("drugie takie hasło!", "już używane"),
        ("pierwsze takie hasło", "już używane"),
    ]:
        with pytest.raises(Refusal, match=why) as caught:
            change(reception, account, "trzecie takie hasło", former)
        assert caught.value.field == "new"
    change(reception, account, "trzecie takie hasło", "czwarte takie hasło")
    change(reception, account, "czwarte takie hasło", "pierwsze takie hasło")
    assert passwords.fits(reception.again(account).password_hash, "pierwsze takie hasło")


def test_a_weak_new_password_changes_nothing(reception: Reception) -> None:
    account = reception.hire()
    with pytest.raises(Refusal, match="co najmniej 12"):
        change(reception, account, GOOD, "krótkie")
    assert passwords.fits(reception.again(account).password_hash, GOOD)


def test_a_reset_gives_a_temporary_password_and_the_old_one_stops(reception: Reception) -> None:
    account = reception.hire()
    with reception.host.control() as session:
        _, temporary = staff.reset(session, account.id, ACTOR)
    now = reception.again(account)
    assert now.must_change_password
    assert passwords.fits(now.password_hash, temporary)
    assert not passwords.fits(now.password_hash, GOOD)
    with pytest.raises(Refusal, match="już używane"):
        change(reception, account, temporary, GOOD)


def test_suspending_twice_is_one_event(reception: Reception) -> None:
    account = reception.hire()
    for _ in range(2):
        with reception.host.control() as session:
            staff.suspend(session, account.id, ACTOR)
    assert reception.again(account).status == "suspended"
    assert reception.journal(account).count("account.suspend") == 1
