"""The live draft: signed registers where there are some, working sums elsewhere; one projection for all who look."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from click.testing import CliRunner

from app.cli.vat.draft import draft as command
from app.deployment import Deployment
from app.ssc import drafts
from app.ssc.board import board
from app.vat.queries.drafts import UnitDraft, seen
from app.vat.service import registers
from app.vat.service.drafts import look
from tests.conftest import ACTOR, World
from tests.ssc.months import MONTH, ON, Books
from tests.vat.deliveries import CLERK, bill


@pytest.fixture
def books(deployment: Deployment, fresh: Callable[[], World]) -> Books:
    return Books(deployment, fresh()).open()


def drafted(books: Books, older_than: int = 0) -> drafts.CityDraft:
    host = books.deployment.host
    drafts.refresh(host, books.city, MONTH, ON, ACTOR, older_than)
    with host.tenant(books.city, ACTOR, read_only=True) as session:
        return drafts.draft(session, MONTH)


def unit(found: drafts.CityDraft, code: str) -> UnitDraft:
    return next(one for one in found.units if one.unit == code)


def test_working_sums_are_what_publishing_would_give(books: Books) -> None:
    books.sell(books.world.school, "SP1/RO/1", "1000.10", "230.02")
    with books.deployment.host.tenant(books.world.pool, CLERK) as session:
        registers.enter(session, MONTH, bill("FV/1", "100.00", "23.00"))
        registers.enter(session, MONTH, bill("FV/2", "200.00", "46.00", use="exempt"))
        registers.void(session, "purchase", registers.enter(session, MONTH, bill("FV/3")).id, "pomyłka")
    before = drafted(books)
    assert [one.published for one in before.units] == [False] * 4
    books.close()
    after = drafted(books)
    assert [one.published for one in after.units] == [True] * 4
    assert [one.share for one in after.units] == [one.share for one in before.units]
    assert before.whole is not None
    assert after.whole is not None
    assert before.whole.declaration == after.whole.declaration == books_declaration(books)
    assert unit(after, "MOSIR").paid == Decimal("23.00")


def books_declaration(books: Books) -> object:
    """What the published return says."""
    made = books.consolidate()
    host = books.deployment.host
    with host.tenant(books.city, ACTOR, read_only=True) as session:
        found = drafts.draft(session, MONTH)
    assert found.whole is not None
    assert found.whole.declaration.positions == made.declaration
    return found.whole.declaration


def test_a_reopened_month_shows_its_working_sums(books: Books) -> None:
    books.month()
    books.reopen(books.world.school)
    books.sell(books.world.school, "SP1/RO/2", "100.00", "23.00")
    found = unit(drafted(books), "SP1")
    assert (found.published, found.due) == (False, Decimal("253.02"))


def test_what_changed_since_one_looked(books: Books) -> None:
    books.month()
    first = drafted(books)
    host = books.deployment.host
    with host.tenant(books.city, "anna@alfa") as session:
        look(session, MONTH)
    books.reopen(books.world.school)
    books.sell(books.world.school, "SP1/RO/2", "100.00", "23.00")
    found = drafted(books)
    with host.tenant(books.city, "anna@alfa", read_only=True) as session:
        looked = seen(session, MONTH, "anna@alfa")
        assert seen(session, MONTH, "ktos.inny") is None
    assert looked is not None
    changes = drafts.changed(found.units, looked[1])
    assert {code: amount for code, amount in changes.items() if amount} == {"SP1": Decimal("23.00")}
    assert drafts.changed(first.units, None) == {}


def test_units_are_asked_once_for_all_who_look(books: Books) -> None:
    host = books.deployment.host
    assert drafts.refresh(host, books.city, MONTH, ON, ACTOR) is True
    assert drafts.refresh(host, books.city, MONTH, ON, ACTOR, older_than=3600) is False
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda _: drafts.refresh(host, books.city, MONTH, ON, ACTOR), range(4)))
    assert any(asked)
    assert len(drafted(books, 3600).units) == 4


def test_the_board_says_who_is_late(books: Books) -> None:
    books.sell(books.world.school, "SP1/RO/1", "100.00", "23.00")
    books.close(books.world.pool)
    found = board(books.deployment.host, books.city, MONTH, ON, ACTOR)
    late = {one.tenant.code: one.late for one in found.units}
    assert late == {"SP1": "complete", "MOSIR": None, "CUW": "complete", "UM": "complete"}
    assert (found.late, found.count("published")) == (3, 1)
    early = board(books.deployment.host, books.city, MONTH, MONTH.next.first_on, ACTOR)
    assert early.late == 0


def test_a_draft_that_cannot_be_made_says_why(books: Books, deployment: Deployment, fresh: Callable[[], World]) -> None:
    ran = CliRunner().invoke(command, ["--tenant", books.city.slug, "--month", str(MONTH)], obj=books.deployment)
    assert ran.exit_code == 0, ran.output
    assert "roboczy" in ran.output
    nobody = Books(deployment, fresh())
    assert [one.due for one in drafted(nobody).units] == [Decimal(0)] * 4
