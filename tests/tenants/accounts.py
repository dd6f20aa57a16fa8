"""People for tests: an account with a password of its own, and what a door knows of the deployment."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from redis import Redis
from sqlalchemy import select

from app.deployment import Deployment
from tenants.accounts import grants, login, staff
from tenants.accounts.attempts import Attempts
from tenants.accounts.login import Answer
from tenants.accounts.sessions import Sessions
from tenants.models import Account, HostEvent, Tenant
from tenants.session import Host
from tests.conftest import ACTOR

GOOD = "zielony rower na moście"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Reception:
    """The log-in of a deployment. Every test uses logins and addresses of its own, so nothing is ever flushed."""

    host: Host
    redis: Redis
    sessions: Sessions
    attempts: Attempts

    @classmethod
    def of(cls, deployment: Deployment) -> Reception:
        redis = Redis.from_url(deployment.redis_url)
        return cls(deployment.host, redis, Sessions(redis), Attempts(redis))

    def hire(self, name: str = "Anna Nowak", password: str | None = GOOD) -> Account:
        """A new account, past its first log-in unless `password` is None."""
        number = next(_NUMBERS)
        with self.host.control() as session:
            account, temporary = staff.create(session, f"osoba-{number}@gmina.pl", name, None, ACTOR)
        if password is None:
            return account
        with self.host.control() as session:
            return staff.change_password(session, account.id, temporary, password, history=5)

    def grant(self, account: Account, role: str, tenant: Tenant | None) -> None:
        with self.host.control() as session:
            grants.give(session, account, role, tenant, ACTOR)

    def try_password(self, account_login: str, password: str, address: str = "10.0.0.1") -> Answer:
        with self.host.control() as session:
            return login.log_in(session, self.attempts, account_login, password, address)

    def again(self, account: Account) -> Account:
        """The account's row as it is now."""
        with self.host.control() as session:
            return session.scalars(select(Account).where(Account.id == account.id)).one()

    def journal(self, account: Account) -> list[str]:
        """Verbs of the provider's journal about this account, oldest first."""
        with self.host.control() as session:
            verbs = select(HostEvent.verb).where(HostEvent.record == f"account:{account.id}").order_by(HostEvent.seq)
            return list(session.scalars(verbs))


def said(answer: Answer) -> str:
    assert answer.account is None and answer.refusal is not None
    return answer.refusal.message
