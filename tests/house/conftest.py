from __future__ import annotations

import pytest

from tests.house.tree import House, real_house


@pytest.fixture(scope="session")
def house() -> House:
    return real_house()
