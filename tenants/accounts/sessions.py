"""Who is logged in now: sessions in Redis under the SHA-256 of a random token that only the browser's cookie holds.

A session ends after `IDLE` without use, `LONGEST` after log-in, when it is closed from itself or from another session
of the same person, and when the password changes or the account is suspended (see `alive`).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from redis import Redis

from tenants.models import Account

IDLE, LONGEST = timedelta(minutes=60), timedelta(hours=12)
TOUCH_AFTER = timedelta(minutes=1)
"""How stale `seen_at` may get before it is written anew."""


class LogIn(msgspec.Struct, frozen=True):
    """One session. `id` is what its key is made of and opens nothing; `passed` the steps of the log-in behind it."""

    id: str
    account_id: UUID
    passed: tuple[str, ...]
    stamp: str
    opened_at: datetime
    seen_at: datetime
    address: str
    agent: str


def stamp(account: Account) -> str:
    """What a session remembers of the account's password."""
    return account.password_set_at.astimezone(UTC).isoformat() if account.password_set_at else ""


def alive(log_in: LogIn, account: Account | None) -> bool:
    """Whether the account still stands behind this session: not suspended, and with the password it was opened with."""
    return account is not None and account.status == "active" and log_in.stamp == stamp(account)


class Sessions:
    """The sessions of one deployment."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def open(self, account: Account, passed: tuple[str, ...], address: str, agent: str) -> str:
        """A new session; its token, to be given to the browser and kept nowhere else."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        log_in = LogIn(_id(token), account.id, passed, stamp(account), now, now, address[:64], agent[:300])
        self._redis.set(_key(log_in.id), msgspec.json.encode(log_in), ex=IDLE)
        index = _index(account.id)
        self._redis.sadd(index, log_in.id)
        self._redis.expire(index, LONGEST)
        return token

    def find(self, token: str | None) -> LogIn | None:
        """The session of this token while it lasts, and its idle time begins anew; None for any other string."""
        if not token or len(token) > 100:
            return None
        key = _key(_id(token))
        log_in = _read(self._redis.get(key))
        if log_in is None:
            return None
        now = datetime.now(UTC)
        left = min(IDLE, log_in.opened_at + LONGEST - now)
        if left <= timedelta(0):
            self._close(log_in.account_id, [log_in.id])
            return None
        if now - log_in.seen_at < TOUCH_AFTER:
            self._redis.pexpire(key, left)
            return log_in
        log_in = msgspec.structs.replace(log_in, seen_at=now)
        # only if it is still there: a session closed meanwhile does not come back
        self._redis.set(key, msgspec.json.encode(log_in), px=left, xx=True)
        return log_in

    def close(self, token: str) -> None:
        """Log out."""
        log_in = _read(self._redis.get(_key(_id(token))))
        if log_in is not None:
            self._close(log_in.account_id, [log_in.id])

    def of(self, account_id: UUID) -> list[LogIn]:
        """Sessions of a person, the one used last first."""
        ids = sorted(id.decode() if isinstance(id, bytes) else id for id in self._redis.smembers(_index(account_id)))
        if not ids:
            return []
        found = [_read(raw) for raw in self._redis.mget([_key(id) for id in ids])]
        gone = [id for id, log_in in zip(ids, found, strict=True) if log_in is None]
        if gone:
            self._redis.srem(_index(account_id), *gone)
        return sorted((one for one in found if one), key=lambda one: one.seen_at, reverse=True)

    def revoke(self, account_id: UUID, id: str) -> bool:
        """Close one session of this person by its id; whether there was such a one."""
        if not self._redis.sismember(_index(account_id), id):
            return False
        self._close(account_id, [id])
        return True

    def revoke_all(self, account_id: UUID) -> int:
        """Close every session of this person; how many there were."""
        ids = [one.id for one in self.of(account_id)]
        if ids:
            self._close(account_id, ids)
        return len(ids)

    def _close(self, account_id: UUID, ids: list[str]) -> None:
        self._redis.delete(*map(_key, ids))
        self._redis.srem(_index(account_id), *ids)


def _id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _key(id: str) -> str:
    return f"session:{id}"


def _index(account_id: UUID) -> str:
    return f"sessions:{account_id}"


def _read(raw: bytes | str | None) -> LogIn | None:
    return None if raw is None else msgspec.json.decode(raw, type=LogIn)
