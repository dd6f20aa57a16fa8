"""An operator at the whole application, on the deployment's own host."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from litestar import Litestar

from app.deployment import Deployment
from app.main import create
from tests.office.browser import Browser, browser
from tests.tenants.accounts import Reception

HERE = "http://magistrat.test"
_NUMBERS = itertools.count(1)
_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)


def _nips() -> Iterator[str]:
    for number in itertools.count(841_000_001):
        check = sum(int(digit) * weight for digit, weight in zip(str(number), _WEIGHTS, strict=True)) % 11
        if check < 10:
            yield f"{number}{check}"


NIPS = _nips()


@pytest.fixture(scope="session")
def reception(deployment: Deployment) -> Reception:
    return Reception.of(deployment)


@pytest.fixture(scope="session")
def site(deployment: Deployment) -> Litestar:
    return create(deployment)


@pytest.fixture
def operator(site: Litestar, reception: Reception) -> Iterator[Browser]:
    """A browser in which an operator is logged in."""
    account = reception.hire("Olga Operacka")
    reception.grant(account, "provider_operator", None)
    with browser(site, HERE, address=f"10.8.0.{next(_NUMBERS)}") as person:
        assert person.log_in(account.login).headers["location"] == "/operator"
        yield person


@pytest.fixture
def city_form() -> Callable[[], dict[str, str]]:
    """What an operator types for a municipality that nobody knows yet."""

    def typed() -> dict[str, str]:
        number = next(_NUMBERS)
        return {
            "teryt": f"06{number // 90 % 90 + 10:02d}{number % 90 + 10:02d}2",
            "name": f"Gmina Próbna {number}",
            "short_name": "Urząd Gminy",
            "code": "UG",
            "nip": next(NIPS),
            "tax_office": "0610",
            "email": f"urzad@probna{number}.example",
            "address_line": "ul. Rynek 1",
            "postal_code": "21-100",
            "city": "Próbna",
            "colour": "#1a237e",
        }

    return typed
