"""Two municipalities on two host names of one application."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from litestar import Litestar

from app.deployment import Deployment
from app.main import create
from tenants import registry
from tenants.models import Kind, Tenant
from tenants.registry import TenantData
from tenants.session import Host
from tests.conftest import ACTOR
from tests.office.browser import Browser, browser

_NUMBERS = itertools.count(1)
_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)


def _nips() -> Iterator[str]:
    """Right ones that nobody has twice."""
    for number in itertools.count(731_000_001):
        check = sum(int(digit) * weight for digit, weight in zip(str(number), _WEIGHTS, strict=True)) % 11
        if check < 10:
            yield f"{number}{check}"


NIPS = _nips()


@pytest.fixture(scope="session")
def site(deployment: Deployment) -> Litestar:
    return create(deployment)


@dataclass(frozen=True)
class Town:
    """A municipality with an office, a school that has an IDWew, a pool with its own NIP, a library with neither."""

    city: Tenant
    school: Tenant
    pool: Tenant
    library: Tenant

    @property
    def host(self) -> str:
        return f"{self.city.slug}.localhost"


def found(host: Host, name: str, **more: object) -> Town:
    """A town nobody else knows; its slug is made from the name and a number."""
    nip = next(NIPS)
    slug = f"{registry.slug_from(name)}-{next(_NUMBERS)}"
    about = {"address_line": "ul. Rynek 1", "postal_code": "05-100", "city": name, "email": f"urzad@{slug}.example"}
    data = TenantData(slug, "UM", f"Gmina {name}", f"Urząd Gminy {name}", nip=nip, **{**about, **more})  # type: ignore[arg-type]
    city, _ = registry.create(host, Kind.MUNICIPALITY, data, ACTOR)

    def unit(code: str, title: str, **own: str) -> Tenant:
        where = {"address_line": f"ul. Szkolna {code}", "postal_code": "05-100", "city": name}
        data = TenantData(f"{slug}-{code.lower()}", code, title, code, **{**where, **own})  # type: ignore[arg-type]
        return registry.create(host, Kind.UNIT, data, ACTOR, city)[0]

    return Town(
        city,
        unit("SP1", f"Szkoła Podstawowa nr 1, {name}", internal_id=f"{nip}-00017", email=f"sp1@{slug}.example"),
        unit("MOSIR", f"Pływalnia Żabka, {name}", nip="5213017228"),
        unit("BIB", f"Biblioteka, {name}"),
    )


@dataclass(frozen=True)
class Towns:
    one: Town
    other: Town


@pytest.fixture(scope="session")
def towns(host: Host) -> Towns:
    return Towns(found(host, "Jodłów", brand={"colour": "#9d174d"}), found(host, "Brzozów"))


@pytest.fixture
def at(site: Litestar) -> Iterator[Callable[[str], Browser]]:
    """A browser at a host name, without a log-in."""
    with ExitStack() as stack:
        yield lambda host: stack.enter_context(browser(site, f"http://{host}"))
