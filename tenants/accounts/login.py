"""The log-in: a login and a password against an account, with lock-out, and the steps between them and the office.

Nothing said or timed here tells whether a login exists: the wait of `attempts` is the same for any string, a missing
account costs the same hashing, and a wrong login, a wrong password and a locked account get the same words.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.kernel.dates import counted
from app.kernel.errors import Refusal
from tenants import registry
from tenants.accounts import passwords
from tenants.accounts.attempts import Attempts, wait_after
from tenants.models import Account

WRONG = (
    "Login i hasło nie pasują do siebie. Sprawdź jedno i drugie. Po kilku nieudanych próbach konto jest na pewien czas "
    "zablokowane."
)

SUSPENDED = "To konto jest zawieszone. O przywrócenie dostępu poproś osobę, która zarządza kontami w Twojej instytucji."
"""Said only to who knows the password."""


class Step(enum.StrEnum):
    """What a person does between the first page and the office."""

    PASSWORD = "password"
    NEW_PASSWORD = "new_password"


_STEPS: tuple[tuple[Step, Callable[[Account], bool]], ...] = (
    (Step.PASSWORD, lambda account: True),
    (Step.NEW_PASSWORD, lambda account: account.must_change_password),
)
"""In this order, each with whether it is asked of an account. A second factor stands after the password."""


def next_step(account: Account, passed: tuple[str, ...]) -> Step | None:
    """What a session that passed these steps must still do; None = it may enter the office."""
    return next((step for step, asked in _STEPS if asked(account) and step not in passed), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """Either the account that logged in or why not. Not an exception: what was counted has to be committed."""

    account: Account | None = None
    refusal: Refusal | None = None


def normal(login: str) -> str:
    """A login as it is kept."""
    return login.strip().casefold()


def log_in(session: Session, attempts: Attempts, login: str, password: str, address: str) -> Answer:
    """Check a password. The caller commits in both cases, and opens the session when there is an account."""
    login = normal(login)
    wait = attempts.take(login, address)
    if wait:
        return Answer(refusal=Refusal(f"Zbyt wiele nieudanych prób. Spróbuj ponownie za {_told(wait)}."))
    account = session.scalars(select(Account).where(Account.login == login)).one_or_none()
    right = passwords.fits(account.password_hash if account else None, password)
    now = datetime.now(UTC)
    if account is None or not right:
        _failed(session, login, account, address)
        return Answer(refusal=Refusal(WRONG))
    if account.locked_until and account.locked_until > now:
        registry.note(session, login, "account.log_in_while_locked", f"account:{account.id}", address=address)
        return Answer(refusal=Refusal(WRONG))
    if account.status != "active":
        registry.note(session, login, "account.log_in_while_suspended", f"account:{account.id}", address=address)
        told = (
            "To konto jest zawieszone. O przywrócenie dostępu poproś osobę, która zarządza kontami w Twojej instytucji."
        )
        return Answer(refusal=Refusal(told))
    account.failed_count, account.locked_until, account.last_login_at = 0, None, now
    if account.password_hash and passwords.outdated(account.password_hash):
        account.password_hash = passwords.hashed(password)
    session.flush()
    attempts.forgive(login, address)
    registry.note(session, login, "account.log_in", f"account:{account.id}", address=address)
    return Answer(account=account)


def _failed(session: Session, login: str, account: Account | None, address: str) -> None:
    """Count in the row itself, so that parallel failures add up and a restart of Redis forgets nothing."""
    if account is None:
        # what was typed may be a password in the wrong box, so only its hash is kept
        typed = hashlib.sha256(login.encode()).hexdigest()[:16]
        registry.note(session, "?", "account.log_in_failed", f"login:{typed}", address=address)
        return
    counting = (
        update(Account)
        .where(Account.id == account.id)
        .values(failed_count=Account.failed_count + 1)
        .returning(Account.failed_count)
        .execution_options(synchronize_session=False)
    )
    failures = session.execute(counting).scalar_one()
    wait, verb = wait_after(failures), "account.log_in_failed"
    if wait:
        verb = "account.locked"
        until = datetime.now(UTC) + wait
        session.execute(update(Account).where(Account.id == account.id).values(locked_until=until))
    registry.note(session, account.login, verb, f"account:{account.id}", address=address, failures=failures)


def _told(wait: timedelta) -> str:
    minutes = -(-wait // timedelta(minutes=1))
    return counted(minutes, "minutę", "minuty", "minut")
