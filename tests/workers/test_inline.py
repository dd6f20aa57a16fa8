"""A run worked on inside a command."""

from __future__ import annotations

import pytest

from app.deployment import Deployment
from app.kernel import runs
from app.kernel.runs import ChunkSpec, RunView
from tenants.models import Tenant
from tests.conftest import ACTOR, World
from tests.workers import effects
from workers.inline import work_inline


@pytest.fixture(scope="module")
def pair(deployment: Deployment, world: World) -> tuple[Tenant, Tenant]:
    effects.prepare(deployment.host, world.school, world.other_school)
    return world.school, world.other_school


def test_every_chunk_is_done_once_and_the_last_stage_gives_the_result(
    deployment: Deployment, pair: tuple[Tenant, Tenant]
) -> None:
    school, other = pair
    seen: list[RunView] = []
    with deployment.host.tenant(school, ACTOR) as session:
        mine = effects.start(session, [*effects.numbers(20), ChunkSpec("sum", stage=2)], "test.sum")
    with deployment.host.tenant(other, ACTOR) as session:
        theirs = effects.start(session, effects.numbers(3))
    view = work_inline(deployment, school, mine.id, seen.append)
    assert (view.state, view.done, view.result) == ("finished", 21, {"sum": sum(n * n for n in range(20))})
    assert effects.effects(deployment.host, school, mine.id) == [(f"{n:04}", n) for n in range(20)]
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert seen[-1] == view
    with deployment.host.tenant(other, ACTOR) as session:
        assert (runs.get(session, theirs.id).state, runs.current(session)[0].id) == ("waiting", theirs.id)
