"""A simulator of KSeF for each test, with a clock that the test moves, and a way in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.gateways.ksef import Access, ByToken, Unlimited, connect
from app.gateways.ksef.client import Ksef
from app.gateways.ksef.simulator import Simulator, running
from app.vat.filings import fa3
from tests.vat.invoices import CITY, PURCHASE


@pytest.fixture
def ksef(tmp_path: Path) -> Iterator[Simulator]:
    with running(tmp_path / "ksef") as simulator:
        yield simulator


def now(simulator: Simulator) -> datetime:
    """By the simulator's clock, its skew left aside."""
    skew = float(simulator.store.setting("skew_s", 0))
    return datetime.fromtimestamp(simulator.store.now() - skew, UTC)


def enter(simulator: Simulator, context: str = CITY, token: str | None = None, timeout_s: float = 10) -> Ksef:
    """A gateway whose clock is the simulator's."""
    access = Access(simulator.url, context, ByToken(token or f"sim-{context}"))
    return connect(access, limiter=Unlimited(), now=lambda: now(simulator), timeout_s=timeout_s)


def purchases(count: int, first: int = 0, prefix: str = "F") -> list[bytes]:
    """Invoices to the city of `tests.vat.invoices`."""
    return [fa3.write(replace(PURCHASE, number=f"{prefix}/{number}")) for number in range(first, first + count)]


def hour_ago(simulator: Simulator) -> datetime:
    return now(simulator) - timedelta(hours=1)
