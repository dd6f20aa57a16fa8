"""The real limits for each pair of context and IP address, in sliding windows that a restart does not forget."""

from __future__ import annotations

from app.gateways.ksef.contract import ALLOWANCES, EXPORT_EVERY, Group
from app.gateways.ksef.simulator.store import Store


def wait_s(store: Store, context: str, ip: str, group: Group, subject: str | None = None) -> float:
    """0 when the call is allowed, and noted; else for how many seconds it is not."""
    with store.lock:
        now = store.now()
        wait = 0.0
        for length, most in ALLOWANCES[group].windows():
            window = length.total_seconds()
            found = store.rows(
                "select at from call where context = ? and ip = ? and grp = ? and at > ? order by at desc limit ?",
                context, ip, group, now - window, most,
            )  # fmt: skip
            if len(found) >= most:
                wait = max(wait, found[-1]["at"] + window - now)
        if subject is not None:
            last = store.row(
                "select max(at) as at from call where context = ? and ip = ? and grp = ?",
                context,
                ip,
                f"poll {subject}",
            )
            if last is not None and last["at"] is not None:
                wait = max(wait, last["at"] + EXPORT_EVERY.total_seconds() - now)
        table = "call" if wait <= 0 else "refused"
        store.rows(f"insert into {table} values (?, ?, ?, ?)", context, ip, group, now)  # noqa: S608
        if wait <= 0 and subject is not None:
            store.rows("insert into call values (?, ?, ?, ?)", context, ip, f"poll {subject}", now)
        return max(0.0, wait)
