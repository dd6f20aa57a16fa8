"""Sessions: opened, found, closed, and over when they should be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from app.deployment import Deployment
from tenants.accounts import sessions, staff
from tenants.accounts.sessions import LogIn, alive
from tests.conftest import ACTOR
from tests.tenants.accounts import GOOD, Reception


@pytest.fixture(scope="module")
def reception(deployment: Deployment) -> Reception:
    return Reception.of(deployment)


def aged(reception: Reception, token: str, **instants: datetime) -> None:
    """As if the session had been opened or used at other times."""
    log_in = reception.sessions.find(token)
    assert log_in is not None
    older = msgspec.structs.replace(log_in, **instants)
    reception.redis.set(f"session:{log_in.id}", msgspec.json.encode(older), ex=600)


def test_a_token_finds_its_session_and_no_other_string_does(reception: Reception) -> None:
    account = reception.hire()
    token = reception.sessions.open(account, ("password",), "10.0.0.1", "Firefox")
    found = reception.sessions.find(token)
    assert found is not None and found.account_id == account.id and found.passed == ("password",)
    for other in (None, "", "x", token[:-1], token + "a", "a" * 5000, found.id):
        assert reception.sessions.find(other) is None


def test_a_token_has_256_bits_and_is_kept_only_as_its_hash(reception: Reception) -> None:
    account = reception.hire()
    token = reception.sessions.open(account, ("password",), "10.0.0.1", "Firefox")
    assert len(token) == 43
    assert token != reception.sessions.open(account, ("password",), "10.0.0.1", "Firefox")
    for key in reception.redis.keys("session*"):
        assert token.encode() not in key
        if reception.redis.type(key) == b"string":
            assert token not in str(reception.redis.get(key))


def test_a_closed_session_is_over(reception: Reception) -> None:
    token = reception.sessions.open(reception.hire(), ("password",), "10.0.0.1", "Firefox")
    reception.sessions.close(token)
    reception.sessions.close(token)
    assert reception.sessions.find(token) is None


def test_an_idle_session_expires_and_use_keeps_it(reception: Reception) -> None:
    account = reception.hire()
    token = reception.sessions.open(account, ("password",), "10.0.0.1", "Firefox")
    found = reception.sessions.find(token)
    assert found is not None
    key = f"session:{found.id}"
    reception.redis.expire(key, 5)
    reception.sessions.find(token)
    assert reception.redis.ttl(key) > 3000
    assert reception.redis.ttl(key) <= sessions.IDLE.total_seconds()
    reception.redis.pexpire(key, 0)
    assert reception.sessions.find(token) is None
    assert reception.sessions.of(account.id) == []


def test_a_session_ends_twelve_hours_after_log_in_however_busy(reception: Reception) -> None:
    account = reception.hire()
    token = reception.sessions.open(account, ("password",), "10.0.0.1", "Firefox")
    now = datetime.now(UTC)
    aged(reception, token, opened_at=now - timedelta(hours=11, minutes=59), seen_at=now - timedelta(minutes=2))
    found = reception.sessions.find(token)
    assert found is not None
    assert reception.redis.ttl(f"session:{found.id}") <= 60
    aged(reception, token, opened_at=now - timedelta(hours=12))
    assert reception.sessions.find(token) is None
    assert reception.sessions.of(account.id) == []


def test_use_is_noted_once_a_minute(reception: Reception) -> None:
    token = reception.sessions.open(reception.hire(), ("password",), "10.0.0.1", "Firefox")
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    aged(reception, token, seen_at=long_ago)
    found = reception.sessions.find(token)
    assert found is not None and found.seen_at > long_ago
    again = reception.sessions.find(token)
    assert again is not None and again.seen_at == found.seen_at


def test_a_person_sees_their_own_sessions_only_and_ends_one_of_them(reception: Reception) -> None:
    mine, other = reception.hire(), reception.hire()
    first = reception.sessions.open(mine, ("password",), "10.0.0.1", "Firefox")
    second = reception.sessions.open(mine, ("password",), "10.0.0.2", "Chrome")
    theirs = reception.sessions.open(other, ("password",), "10.0.0.3", "Safari")
    ids = {one.address: one.id for one in reception.sessions.of(mine.id)}
    assert set(ids) == {"10.0.0.1", "10.0.0.2"}
    their_session = reception.sessions.find(theirs)
    assert their_session is not None
    assert not reception.sessions.revoke(mine.id, their_session.id)
    assert reception.sessions.find(theirs) is not None
    assert reception.sessions.revoke(mine.id, ids["10.0.0.2"])
    assert reception.sessions.find(second) is None and reception.sessions.find(first) is not None
    assert reception.sessions.revoke_all(mine.id) == 1
    assert reception.sessions.find(first) is None


def test_a_session_closed_while_it_was_being_used_does_not_come_back(reception: Reception) -> None:
    token = reception.sessions.open(reception.hire(), ("password",), "10.0.0.1", "Firefox")
    aged(reception, token, seen_at=datetime.now(UTC) - timedelta(minutes=5))
    kept = reception.redis.get

    class Closing:
        """Redis in which the session is closed between being read and being noted."""

        def __getattr__(self, name: str) -> object:
            return getattr(reception.redis, name)

        def get(self, key: str) -> object:
            raw = kept(key)
            reception.redis.delete(key)
            return raw

    racing = sessions.Sessions(Closing())  # type: ignore[arg-type]
    racing.find(token)
    assert reception.sessions.find(token) is None


def test_a_session_dies_with_the_password_and_with_a_suspension(reception: Reception) -> None:
    account = reception.hire()

    def opened() -> LogIn:
        token = reception.sessions.open(reception.again(account), ("password",), "10.0.0.1", "Firefox")
        found = reception.sessions.find(token)
        assert found is not None
        return found

    log_in = opened()
    assert alive(log_in, reception.again(account))
    with reception.host.control() as session:
        staff.change_password(session, account.id, GOOD, "zupełnie inne hasło", history=5)
    assert not alive(log_in, reception.again(account))
    log_in = opened()
    assert alive(log_in, reception.again(account))
    with reception.host.control() as session:
        staff.suspend(session, account.id, ACTOR)
    assert not alive(log_in, reception.again(account))
    assert not alive(log_in, None)
