"""Accounts themselves: made, given a new password, suspended, brought back; all of it is in the provider's journal."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.kernel.errors import Conflict, NotFound, Refusal
from tenants import registry
from tenants.accounts import passwords
from tenants.accounts.login import normal
from tenants.models import Account, PasswordHistory

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._+@-]{2,119}")


def create(session: Session, login: str, name: str, email: str | None, actor: str) -> tuple[Account, str]:
    """A new account and its temporary password, to be changed at the first log-in.

    Raises Conflict when the login is taken, Refusal when it is not a login or the name is empty.
    """
    login, name = normal(login), " ".join(name.split())
    if not _LOGIN.fullmatch(login):
        told = "Login składa się z 3–120 małych liter bez polskich znaków, cyfr i znaków . _ + @ -."
        raise Refusal(told, "login")
    if not 2 <= len(name) <= 200:
        raise Refusal("Podaj imię i nazwisko osoby (od 2 do 200 znaków).", "name")
    if session.scalars(select(Account.id).where(Account.login == login)).one_or_none():
        raise Conflict(f"Konto „{login}” już istnieje.", "login")
    temporary = passwords.temporary()
    account = Account(login=login, name=name, email=email or login, status="active", must_change_password=True)
    account.password_hash, account.password_set_at = passwords.hashed(temporary), datetime.now(UTC)
    session.add(account)
    session.flush()
    registry.note(session, actor, "account.create", f"account:{account.id}", login=login, name=name)
    return account, temporary


def by_login(session: Session, login: str) -> Account:
    """Raises NotFound."""
    account = session.scalars(select(Account).where(Account.login == normal(login))).one_or_none()
    if account is None:
        raise NotFound(f"Nie ma konta „{normal(login)[:120]}”.", "login")
    return account


def by_id(session: Session, account_id: UUID) -> Account | None:
    return session.get(Account, account_id)


def every(session: Session) -> list[Account]:
    """All accounts by login."""
    return list(session.scalars(select(Account).order_by(Account.login)))


def change_password(session: Session, account_id: UUID, current: str, new: str, *, history: int) -> Account:
    """The person's own change. The new password may not be the current one nor any of the last `history`.

    Raises Refusal with field `current` or `new`. All sessions of the person end (the caller opens a new one).
    """
    account = _locked(session, account_id)
    if not passwords.fits(account.password_hash, current):
        raise Refusal("To nie jest obecne hasło.", "current")
    passwords.check_new(new, account.login, account.name)
    if passwords.fits(account.password_hash, new):
        raise Refusal("Nowe hasło musi być inne niż obecne.", "new")
    former = (
        select(PasswordHistory.password_hash)
        .where(PasswordHistory.account_id == account.id)
        .order_by(PasswordHistory.set_at.desc(), PasswordHistory.id.desc())
        .limit(max(history - 1, 0))
    )
    if any(passwords.fits(stored, new) for stored in session.scalars(former)):
        raise Refusal("To hasło było już używane na tym koncie. Wybierz takie, którego tu jeszcze nie było.", "new")
    _set(session, account, new, must_change=False)
    registry.note(session, account.login, "account.change_password", f"account:{account.id}")
    return account


def reset(session: Session, account_id: UUID, actor: str) -> tuple[Account, str]:
    """A temporary password from an operator; it unlocks the account, ends its sessions, and must be changed at log-in.

    The caller also forgets the failed attempts (`Attempts.forgive`).
    """
    account = _locked(session, account_id)
    temporary = passwords.temporary()
    _set(session, account, temporary, must_change=True)
    account.failed_count, account.locked_until = 0, None
    session.flush()
    registry.note(session, actor, "account.reset_password", f"account:{account.id}", login=account.login)
    return account, temporary


def suspend(session: Session, account_id: UUID, actor: str) -> Account:
    """From now on the person is logged in nowhere and may not log in. Does nothing when it is suspended already."""
    return _become(session, account_id, "suspended", "account.suspend", actor)


def resume(session: Session, account_id: UUID, actor: str) -> Account:
    """Undo a suspension."""
    return _become(session, account_id, "active", "account.resume", actor)


def _become(session: Session, account_id: UUID, status: str, verb: str, actor: str) -> Account:
    account = _locked(session, account_id)
    if account.status != status:
        account.status = status
        session.flush()
        registry.note(session, actor, verb, f"account:{account.id}", login=account.login)
    return account


def _locked(session: Session, account_id: UUID) -> Account:
    return session.scalars(select(Account).where(Account.id == account_id).with_for_update()).one()


def _set(session: Session, account: Account, password: str, must_change: bool) -> None:
    if account.password_hash:
        session.execute(insert(PasswordHistory).values(account_id=account.id, password_hash=account.password_hash))
    account.password_hash, account.password_set_at = passwords.hashed(password), datetime.now(UTC)
    account.must_change_password = must_change
    session.flush()
