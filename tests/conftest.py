"""Real servers and a small world for every test: two municipalities with their units, on embedded servers.

Each test process has servers of its own. `world` is made once a process and shared: tests that change a tenant's rows
either roll back (`inside`) or make tenants of their own (`fresh`).
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from app.deployment import Deployment, running
from app.settings import Settings
from tenants import registry
from tenants.models import Kind, Tenant
from tenants.registry import TenantData
from tenants.session import Host
from tenants.upgrade import upgrade
from tests.chromium import browser, playwright
from tests.official import FORMATS
from tests.serving import port
from tests.spread import pytest_xdist_make_scheduler

__all__ = ["ACTOR", "World", "browser", "playwright", "port", "pytest_xdist_make_scheduler"]
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it, and so would children

ACTOR = "test"

hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], derandomize="CI" in os.environ
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Embedded servers, brought to this release."""
    home = tmp_path_factory.mktemp("home")
    with running(Settings(home=home, secret_key_text="test")) as made:
        upgrade(made.host)
        yield made


@pytest.fixture(scope="session")
def host(deployment: Deployment) -> Host:
    return deployment.host


@dataclass(frozen=True)
class World:
    """Two municipalities, each with two units and a service centre."""

    city: Tenant
    school: Tenant
    pool: Tenant
    centre: Tenant
    other_city: Tenant
    other_school: Tenant


_NUMBERS = itertools.count(1)


def make_city(host: Host, slug: str, nip: str) -> Tenant:
    data = TenantData(slug, "UM", f"Miasto {slug}", f"Urząd {slug}", nip=nip, teryt="1421021", city="Nowa Dąbrowa")
    return registry.create(host, Kind.MUNICIPALITY, data, ACTOR)[0]


def make_unit(host: Host, city: Tenant, code: str, name: str, nip: str | None = None) -> Tenant:
    data = TenantData(f"{city.slug}-{code.lower()}", code, name, code, nip=nip)
    return registry.create(host, Kind.UNIT, data, ACTOR, city)[0]


def make_world(host: Host, mark: str) -> World:
    """A world of its own, named by `mark`."""
    city, other = make_city(host, f"alfa{mark}", "5260250274"), make_city(host, f"beta{mark}", "7740001454")
    return World(
        city,
        make_unit(host, city, "SP1", "Szkoła Podstawowa nr 1", "5213017228"),
        make_unit(host, city, "MOSIR", "Ośrodek Sportu"),
        make_unit(host, city, "CUW", "Centrum Usług Wspólnych"),
        other,
        make_unit(host, other, "SP1", "Szkoła Podstawowa nr 1 w Becie"),
    )


@pytest.fixture(scope="session")
def world(host: Host) -> World:
    return make_world(host, "")


@pytest.fixture
def fresh(host: Host) -> Callable[[], World]:
    """Makes tenants that no other test knows."""
    return lambda: make_world(host, f"-{next(_NUMBERS)}")


@pytest.fixture(scope="session")
def schemas() -> Path:
    """Official schemas and samples, beside the project on developers' machines only."""
    if not FORMATS.is_dir():
        pytest.skip("urzędowe schematy nie są dostępne (MAGISTRAT_SCHEMAS)")
    return FORMATS
