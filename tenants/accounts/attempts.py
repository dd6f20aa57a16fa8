"""Throttling of log-ins in Redis: attempts are counted before a password is looked at, so parallel ones count too.

A login that nobody has is treated like any other, so nothing can be learnt from waiting. What must survive Redis itself
is the lock-out in the account's own row (`login`).
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from redis import Redis

FREE_ATTEMPTS = 5
"""From this one on, each attempt is followed by a wait, twice as long as the one before."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
ADDRESS_ATTEMPTS, ADDRESS_WINDOW = 60, timedelta(minutes=10)
"""Of one address, right ones not counted: a whole town hall may share one."""

_TAKE = """
local left = redis.call('pttl', KEYS[2])
if left > 0 then return left end
local seen = redis.call('incr', KEYS[3])
if seen == 1 then redis.call('pexpire', KEYS[3], ARGV[5]) end
if seen > tonumber(ARGV[4]) then return math.max(redis.call('pttl', KEYS[3]), 1) end
local tries = redis.call('incr', KEYS[1])
redis.call('pexpire', KEYS[1], ARGV[6])
local over = tries - tonumber(ARGV[1])
if over >= 0 then
  local wait = math.min(tonumber(ARGV[2]) * 2 ^ math.min(over, 20), tonumber(ARGV[3]))
  redis.call('set', KEYS[2], '1', 'px', math.floor(wait))
end
return 0
"""


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    over = failures - FREE_ATTEMPTS
    return timedelta(0) if over < 0 else min(FIRST_WAIT * 2 ** min(over, 20), LONGEST_WAIT)


class Attempts:
    """The counters of one deployment."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)

    def take(self, login: str, address: str) -> timedelta:
        """Count an attempt; how long to wait before the next is looked at (zero: look at this one)."""
        limits: list[Any] = [FREE_ATTEMPTS, *map(_ms, (FIRST_WAIT, LONGEST_WAIT)), ADDRESS_ATTEMPTS]
        left = self._take(keys=_keys(login, address), args=[*limits, _ms(ADDRESS_WINDOW), _ms(FORGOTTEN_AFTER)])
        return timedelta(milliseconds=int(left))

    def forgive(self, login: str, address: str | None = None) -> None:
        """Forget the failures of a login: it was right this time, or an operator let it in again."""
        tries, lock, of_address = _keys(login, address or "")
        self._redis.delete(tries, lock)
        if address is not None and self._redis.decr(of_address) <= 0:
            self._redis.delete(of_address)


def _keys(login: str, address: str) -> list[str]:
    name = hashlib.sha256(login.encode()).hexdigest()[:32]
    return [f"login:tries:{name}", f"login:lock:{name}", f"login:address:{address}"]


def _ms(time: timedelta) -> int:
    return int(time / timedelta(milliseconds=1))
