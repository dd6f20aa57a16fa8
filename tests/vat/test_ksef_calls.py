"""The guard of KSeF's limits: whatever the rhythm, and however many ask at once, KSeF never has to say no."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.gateways.ksef.contract import ALLOWANCES
from app.gateways.ksef.pace import allowance
from app.vat.service.ksef.calls import take
from tenants.session import Host
from tests.conftest import ACTOR, World

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@settings(max_examples=8)
@given(gaps=st.lists(st.sampled_from([0.1, 1, 3, 7, 40, 200]), min_size=40, max_size=80), travel=st.integers(0, 30))
def test_no_rhythm_meets_a_limit_even_when_calls_are_on_their_way_for_half_a_minute(
    host: Host, world: World, gaps: list[float], travel: int
) -> None:
    moment, arrived = NOON, []
    with host.tenant(world.city, ACTOR) as session:
        for place, gap in enumerate(gaps):
            moment += timedelta(seconds=gap)
            wait = take(session, "metadata", moment)
            if wait is None:
                arrived.append(moment + timedelta(seconds=travel if place % 2 else 0))
            else:
                assert wait > timedelta()
        session.rollback()
    for length, most in ALLOWANCES["metadata"].windows()[1:]:
        for end in arrived:
            assert sum(end - length < one <= end for one in arrived) <= most


def test_many_at_once_are_counted_together_and_cities_apart(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()

    def ask(tenant: object) -> bool:
        with host.tenant(tenant, ACTOR) as session:  # type: ignore[arg-type]
            return take(session, "export", NOON) is None

    with ThreadPoolExecutor(8) as threads:
        mine = list(threads.map(ask, [world.city] * 24))
        theirs = list(threads.map(ask, [world.other_city] * 3))
    assert mine.count(True) == ALLOWANCES["export"].second
    assert theirs == [True] * 3


def test_what_ksef_says_may_only_narrow_what_is_published() -> None:
    said = {"invoiceExport": {"perSecond": 100, "perMinute": 2, "perHour": -1}, "invoiceMetadata": "nonsense"}
    assert allowance("export", said).minute == 2
    assert allowance("export", said).second == ALLOWANCES["export"].second
    assert allowance("export", said).hour == ALLOWANCES["export"].hour
    assert allowance("metadata", said) == ALLOWANCES["metadata"]
    assert allowance("metadata", None) == ALLOWANCES["metadata"]
