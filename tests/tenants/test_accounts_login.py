"""Logging in: right and wrong passwords, throttling, lock-out, and that nothing tells whether a login exists."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from app.deployment import Deployment
from tenants.accounts import attempts, passwords, staff
from tenants.accounts.login import SUSPENDED, WRONG, Step, next_step
from tenants.models import Account, HostEvent
from tests.conftest import ACTOR
from tests.tenants.accounts import GOOD, Reception, said


@pytest.fixture(scope="module")
def reception(deployment: Deployment) -> Reception:
    return Reception.of(deployment)


def fail(reception: Reception, login_: str, times: int, address: str = "10.0.0.9") -> list[str]:
    return [said(reception.try_password(login_, "to nie jest to hasło", address)) for _ in range(times)]


def let_redis_wait_pass(reception: Reception, login_: str) -> None:
    """As if the wait kept in Redis were over (or Redis had lost it)."""
    reception.attempts.forgive(login_)


def test_the_right_password_lets_in_whatever_the_case_of_the_login(reception: Reception) -> None:
    account = reception.hire()
    answer = reception.try_password(f"  {account.login.upper()} ", GOOD)
    assert answer.account is not None and answer.account.id == account.id
    assert reception.again(account).last_login_at is not None
    assert reception.journal(account)[-1] == "account.log_in"


def test_a_wrong_password_is_counted_and_journalled(reception: Reception) -> None:
    account = reception.hire()
    assert fail(reception, account.login, 2) == [WRONG, WRONG]
    assert reception.again(account).failed_count == 2
    assert reception.journal(account)[-2:] == ["account.log_in_failed"] * 2


def test_a_right_password_forgets_the_failures_before_it(reception: Reception) -> None:
    account = reception.hire()
    fail(reception, account.login, 4)
    assert reception.try_password(account.login, GOOD).account is not None
    assert reception.again(account).failed_count == 0
    assert fail(reception, account.login, 4) == [WRONG] * 4


def test_after_five_failures_even_the_right_password_has_to_wait(reception: Reception) -> None:
    account = reception.hire()
    fail(reception, account.login, 5)
    assert (
        said(reception.try_password(account.login, GOOD)) == "Zbyt wiele nieudanych prób. Spróbuj ponownie za 1 minutę."
    )
    locked = reception.again(account)
    assert locked.failed_count == 5 and locked.locked_until is not None and locked.locked_until > datetime.now(UTC)
    assert reception.journal(account)[-1] == "account.locked"


def test_the_lock_is_in_the_database_too_so_losing_redis_opens_nothing(reception: Reception) -> None:
    account = reception.hire()
    fail(reception, account.login, 5)
    let_redis_wait_pass(reception, account.login)
    assert said(reception.try_password(account.login, GOOD)) == WRONG
    assert reception.journal(account)[-1] == "account.log_in_while_locked"


def test_when_the_wait_is_over_the_right_password_lets_in(reception: Reception) -> None:
    account = reception.hire()
    fail(reception, account.login, 5)
    let_redis_wait_pass(reception, account.login)
    with reception.host.control() as session:
        over = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Account).where(Account.id == account.id).values(locked_until=over))
    assert reception.try_password(account.login, GOOD).account is not None
    unlocked = reception.again(account)
    assert unlocked.failed_count == 0 and unlocked.locked_until is None


def test_each_failure_after_the_fifth_waits_twice_as_long_up_to_a_quarter_of_an_hour(reception: Reception) -> None:
    account = reception.hire()
    waits = []
    for _ in range(11):
        before = datetime.now(UTC)
        fail(reception, account.login, 1)
        let_redis_wait_pass(reception, account.login)
        until = reception.again(account).locked_until
        waits.append(round((until - before) / timedelta(minutes=1)) if until else 0)
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15]
    assert attempts.wait_after(1000) == timedelta(minutes=15)


def test_the_wait_in_redis_grows_in_the_same_way(reception: Reception) -> None:
    account, before = reception.hire(), set(reception.redis.keys("login:lock:*"))
    told = fail(reception, account.login, 5)
    reception.redis.delete(*set(reception.redis.keys("login:lock:*")) - before)
    told += fail(reception, account.login, 1)
    assert told == [WRONG] * 6
    assert (
        said(reception.try_password(account.login, GOOD)) == "Zbyt wiele nieudanych prób. Spróbuj ponownie za 2 minuty."
    )


def test_an_operators_reset_unlocks_at_once(reception: Reception) -> None:
    account = reception.hire()
    fail(reception, account.login, 6)
    with reception.host.control() as session:
        _, temporary = staff.reset(session, account.id, ACTOR)
    reception.attempts.forgive(account.login)
    answer = reception.try_password(account.login, temporary)
    assert answer.account is not None and answer.account.must_change_password
    assert "account.reset_password" in reception.journal(account)


def test_a_login_nobody_has_is_answered_word_for_word_like_a_real_one(reception: Reception) -> None:
    account = reception.hire()
    assert fail(reception, account.login, 7, "10.1.0.1") == fail(reception, "nikt@gmina.pl", 7, "10.1.0.2")


def test_a_login_nobody_has_costs_the_same_hashing(reception: Reception, monkeypatch: pytest.MonkeyPatch) -> None:
    work: list[bool] = []
    real = passwords.fits

    def counted(stored: str | None, password: str) -> bool:
        work.append(stored is None)
        return real(stored, password)

    monkeypatch.setattr(passwords, "fits", counted)
    account = reception.hire()
    work.clear()
    fail(reception, account.login, 1)
    fail(reception, "nikogo-takiego@gmina.pl", 1)
    assert work == [False, True]


def test_what_was_typed_as_a_login_nobody_has_is_not_kept(reception: Reception) -> None:
    fail(reception, "moje-tajne-haslo-w-zlym-polu", 1)
    with reception.host.control() as session:
        events = session.scalars(select(HostEvent).order_by(HostEvent.seq.desc()).limit(3)).all()
    newest = next(event for event in events if event.record.startswith("login:"))
    assert newest.verb == "account.log_in_failed"
    assert "tajne" not in f"{newest.actor} {newest.record} {newest.details}"


def test_one_address_may_not_try_login_after_login(reception: Reception) -> None:
    told = [said(reception.try_password(f"ktos-{n}@gmina.pl", "jakieś hasło 123", "10.2.0.1")) for n in range(61)]
    assert told[59] == WRONG
    assert told[60].startswith("Zbyt wiele nieudanych prób")
    assert reception.try_password(reception.hire().login, GOOD, "10.2.0.2").account is not None


def test_right_passwords_of_a_whole_office_behind_one_address_are_not_counted(reception: Reception) -> None:
    account = reception.hire()
    for _ in range(65):
        assert reception.attempts.take(account.login, "10.3.0.1") == timedelta(0)
        reception.attempts.forgive(account.login, "10.3.0.1")
    assert reception.try_password(account.login, GOOD, "10.3.0.1").account is not None


def test_two_parallel_failures_both_count(reception: Reception, monkeypatch: pytest.MonkeyPatch) -> None:
    account, meeting, real = reception.hire(), Barrier(2, timeout=20), passwords.fits

    def both_have_read_the_account(stored: str | None, password: str) -> bool:
        meeting.wait()
        return real(stored, password)

    monkeypatch.setattr(passwords, "fits", both_have_read_the_account)
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(
            lambda _: said(reception.try_password(account.login, "nie to hasło jednak", "10.4.0.1")), range(2)
        )
        assert list(answers) == [WRONG, WRONG]
    assert reception.again(account).failed_count == 2
    assert reception.journal(account)[-2:] == ["account.log_in_failed"] * 2


def test_many_parallel_guesses_get_no_more_than_five_looks(reception: Reception) -> None:
    account = reception.hire()
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: said(reception.try_password(account.login, "zgaduję na oślep", "10.5.0.1")), range(16))
        )
    assert answers.count(WRONG) == 5
    assert reception.again(account).failed_count == 5


def test_a_hash_of_former_parameters_is_made_anew_at_log_in(reception: Reception) -> None:
    account = reception.hire()
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    with reception.host.control() as session:
        session.execute(update(Account).where(Account.id == account.id).values(password_hash=old))
    before = reception.again(account).password_set_at
    assert reception.try_password(account.login, GOOD).account is not None
    renewed = reception.again(account)
    assert renewed.password_hash is not None and renewed.password_hash != old
    assert not passwords.outdated(renewed.password_hash)
    assert renewed.password_set_at == before
    assert reception.try_password(account.login, GOOD).account is not None


def test_a_suspended_account_is_told_so_only_with_the_right_password(reception: Reception) -> None:
    account = reception.hire()
    with reception.host.control() as session:
        staff.suspend(session, account.id, ACTOR)
    assert fail(reception, account.login, 1) == [WRONG]
    assert said(reception.try_password(account.login, GOOD)) == SUSPENDED
    with reception.host.control() as session:
        staff.resume(session, account.id, ACTOR)
    assert reception.try_password(account.login, GOOD).account is not None
    assert [verb for verb in reception.journal(account) if verb in ("account.suspend", "account.resume")] == [
        "account.suspend",
        "account.resume",
    ]


def test_an_account_without_a_password_lets_nobody_in(reception: Reception) -> None:
    account = reception.hire()
    with reception.host.control() as session:
        session.execute(update(Account).where(Account.id == account.id).values(password_hash=None))
    assert said(reception.try_password(account.login, "")) == WRONG


def test_the_steps_of_a_log_in(reception: Reception) -> None:
    new, settled = reception.hire(password=None), reception.hire()
    assert next_step(new, ()) is Step.PASSWORD
    assert next_step(new, (Step.PASSWORD,)) is Step.NEW_PASSWORD
    assert next_step(settled, (Step.PASSWORD,)) is None
