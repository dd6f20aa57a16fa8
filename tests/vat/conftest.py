"""A city whose KSeF inbox is open, for every test that wants one."""

from __future__ import annotations

import itertools

import pytest

from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World, make_city
from tests.vat.box import open_box
from tests.vat.invoices import CITY

_NUMBERS = itertools.count(1)


@pytest.fixture
def town(host: Host, world: World) -> Tenant:
    """A city with units and an empty inbox, beside the cities of `world`."""
    municipality = make_city(host, f"kielce-{next(_NUMBERS)}", CITY)
    open_box(host, municipality)
    return municipality
