"""A municipality's gateway to KSeF: its sealed secret opened for the moment of use, limits kept by all processes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import urlsplit

from app.deployment import Deployment
from app.gateways.ksef import Access, ByCertificate, ByToken, KsefError, TooMany, Unlimited, connect
from app.gateways.ksef.client import Ksef
from app.gateways.ksef.contract import Group
from app.gateways.ksef.signing import is_elliptic
from app.kernel.errors import Refusal
from app.kernel.ids import internal_id, nip
from app.kernel.sealing import Seal
from app.vat.models import KsefConnection
from app.vat.queries.directory import city
from app.vat.service.ksef import calls, connection
from tenants.models import Kind, Tenant

ENVIRONMENTS = {
    "production": "https://api.ksef.mf.gov.pl",
    "demo": "https://api-demo.ksef.mf.gov.pl",
    "test": "https://api-test.ksef.mf.gov.pl",
}
PURPOSE = "ksef.secret"
_LONGEST_SLEEP_S = 2.0
_HOME = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is, and waiting; tests move it."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Wanted:
    """A connection as a person asks for it. `since`: invoices stored in KSeF from then on are fetched."""

    base_url: str
    context: str
    since: datetime
    token: str | None = field(default=None, repr=False)
    certificate: str | None = None
    key: str | None = field(default=None, repr=False)

    @property
    def method(self) -> Literal["token", "certificate"]:
        return "token" if self.token else "certificate"

    def secret(self) -> ByToken | ByCertificate:
        """Raises `Refusal` when there is none, or the pair does not fit."""
        if self.token:
            return ByToken(self.token.strip())
        if not self.certificate or not self.key:
            raise Refusal("Podaj token z KSeF albo certyfikat razem z kluczem prywatnym.", "token")
        pair = ByCertificate(self.certificate, self.key)
        is_elliptic(pair)
        return pair


def seal_of(deployment: Deployment, municipality: Tenant) -> Seal:
    return Seal(deployment.settings.derived_secret("ksef"), municipality.schema_name)


def checked_url(text: str) -> str:
    """An environment's name or address. Raises `Refusal`: a secret travels only by TLS, or inside this machine."""
    url = ENVIRONMENTS.get(text.strip().lower(), text.strip().rstrip("/"))
    parts = urlsplit(url)
    local = parts.hostname in _HOME and parts.scheme == "http"
    if not parts.hostname or not (parts.scheme == "https" or local) or parts.username or parts.query:
        raise Refusal(
            "Adres KSeF musi zaczynać się od https:// (symulator na tym komputerze: http://127.0.0.1).", "base_url"
        )
    return url


def connect_city(
    deployment: Deployment, municipality: Tenant, wanted: Wanted, actor: str, clock: Clock | None = None
) -> KsefConnection:
    """Tries the connection, and only when KSeF lets us in keeps it. Raises `Refusal`, `KsefError`."""
    clock = clock or Clock()
    if municipality.kind != Kind.MUNICIPALITY:
        raise Refusal(f"{municipality.name} nie jest gminą; z KSeF łączy się gmina.", "tenant")
    url, secret = checked_url(wanted.base_url), wanted.secret()
    context = internal_id(wanted.context, "context") if "-" in wanted.context else nip(wanted.context, "context")
    with deployment.host.tenant(municipality, actor, read_only=True) as session:
        own = city(session).nip
    if context.split("-")[0] != own:
        raise Refusal(
            f"Kontekst musi być numerem NIP tej gminy ({own}) albo jej identyfikatorem wewnętrznym.", "context"
        )
    with connect(Access(url, context, secret), limiter=Unlimited(), now=clock.now) as ksef:
        ksef.log_in()
        limits, skew = ksef.limits(), ksef.skew or timedelta()
    plain = _plain(secret)
    new = connection.NewConnection(
        url, context, wanted.method, seal_of(deployment, municipality).close(plain, PURPOSE),
        sha256(plain).hexdigest()[:12], min(wanted.since, clock.now() + skew),
        rates=limits["rates"], skew_s=round(skew.total_seconds()),
    )  # fmt: skip
    with deployment.host.tenant(municipality, actor) as session:
        made = connection.connect(session, new, clock.now())
        session.flush()
        session.expunge(made)
    return made


def _plain(secret: ByToken | ByCertificate) -> bytes:
    if isinstance(secret, ByToken):
        return json.dumps({"token": secret.value}).encode()
    return json.dumps({"certificate": secret.certificate, "key": secret.key}).encode()


def _opened(plain: bytes) -> ByToken | ByCertificate:
    body = json.loads(plain)
    return ByToken(body["token"]) if "token" in body else ByCertificate(body["certificate"], body["key"])


class Guard:
    """The city's limits, counted in its schema: a call is noted and committed before it is made."""

    def __init__(
        self, deployment: Deployment, municipality: Tenant, rates: dict[str, Any] | None, clock: Clock
    ) -> None:
        self._host, self._city, self._rates, self._clock = deployment.host, municipality, rates, clock

    def take(self, group: Group) -> None:
        while True:
            with self._host.tenant(self._city, "system") as session:
                wait = calls.take(session, group, self._clock.now(), self._rates)
            if wait is None:
                return
            seconds = wait.total_seconds()
            if seconds > _LONGEST_SLEEP_S:
                raise TooMany(
                    f"Limit zapytań do KSeF jest wykorzystany; następne będzie można wysłać za {seconds:.0f} s.",
                    retry_after_s=seconds,
                )
            self._clock.sleep(seconds)


def gateway(
    deployment: Deployment, municipality: Tenant, clock: Clock | None = None, *, timeout_s: float = 30.0
) -> Ksef:
    """The gateway in this municipality's name, for fetching and for sending. Raises `NotFound` when not connected."""
    clock = clock or Clock()
    with deployment.host.tenant(municipality, "system", read_only=True) as session:
        found = connection.needed(session)
        secret = _opened(seal_of(deployment, municipality).open(found.secret, PURPOSE))
        access, rates = Access(found.base_url, found.context, secret), found.rates
    guard = Guard(deployment, municipality, rates, clock)
    return connect(access, limiter=guard, now=clock.now, timeout_s=timeout_s)


def trouble(error: KsefError) -> dict[str, Any]:
    """For `connection.went_wrong`."""
    from app.gateways.ksef import Malformed, NotAuthorised, Unreachable

    pause = timedelta(seconds=error.retry_after_s) if error.retry_after_s else None
    return {
        "retry_after": pause, "outage": isinstance(error, (Unreachable, Malformed)),
        "fatal": isinstance(error, NotAuthorised),
    }  # fmt: skip
