"""A return on its way to the ministry: package, signature, four calls; killed between them, refused, answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.deployment import Deployment
from app.gateways.jpk import codes, package, simulator
from app.gateways.jpk.client import Away, Declined, Gateway, Malformed
from app.gateways.jpk.simulator import Simulator
from app.kernel.errors import Conflict, Refusal
from app.ssc import filing
from app.vat.queries import filings
from app.vat.queries.filings import Filing
from app.vat.service import filings as service
from tests.conftest import ACTOR, World
from tests.ssc.months import MONTH, Books
from workers.inline import work_inline


@pytest.fixture
def ministry() -> Iterator[Simulator]:
    with simulator.running() as made:
        yield made


@pytest.fixture
def books(deployment: Deployment, fresh: Callable[[], World], ministry: Simulator, tmp_path: Path) -> Books:
    """A city whose first version waits to be filed with the simulator."""
    path = tmp_path / "bramka.pem"
    path.write_bytes(ministry.certificate)
    settings = replace(deployment.settings, jpk_gateway_url=ministry.url, jpk_gateway_certificate=path)
    books = Books(replace(deployment, settings=settings), fresh()).open()
    books.month()
    return books


def signed(books: Books) -> Filing:
    made = filing.prepare(books.deployment, books.city, MONTH, None, ACTOR)
    metadata = books.deployment.files(books.city).read(made.metadata.sha256)
    return filing.sign(books.deployment, books.city, made.id, simulator.signed(metadata), ACTOR)


def send(books: Books, made: Filing) -> Filing:
    with books.deployment.host.tenant(books.city, ACTOR) as session:
        run_id = filing.start(session, made.id).id
    work_inline(books.deployment, books.city, run_id)
    return now(books, made)


def now(books: Books, made: Filing) -> Filing:
    with books.deployment.host.tenant(books.city, ACTOR, read_only=True) as session:
        return filings.filing(session, made.id)


def step(books: Books, made: Filing, number: int, name: str | None = None) -> None:
    """One step as a worker does it: all or nothing."""
    with books.deployment.host.tenant(books.city, ACTOR) as session:
        at = filing.Step(session, books.deployment, books.city, {"filing": str(made.id)})
        filing.STEPS[number](at, {"name": name or made.pieces[0].name})


def polled(books: Books, made: Filing, times: int = 4) -> Filing:
    for _ in range(times):
        filing.poll(books.deployment, books.city, ACTOR)
    return now(books, made)


def test_a_return_is_filed_and_its_confirmation_kept(books: Books, ministry: Simulator) -> None:
    made = signed(books)
    assert send(books, made).state == "finished"
    done = polled(books, made)
    assert done.state == "accepted"
    assert [one.code for one in done.events if one.code] == [120, 303, 200]
    assert done.upo_sha256 is not None
    upo = books.deployment.files(books.city).read(done.upo_sha256).decode()
    assert done.reference is not None
    assert done.reference in upo
    assert ministry.filed == [done.reference]
    (session,) = ministry.sessions.values()
    with books.deployment.host.tenant(books.city, ACTOR, read_only=True) as tenant:
        assert filings.accepted(tenant, MONTH) == done
    assert b"JPK_V7M (3)" in session.document
    assert filing.poll(books.deployment, books.city, ACTOR) == []


def test_what_was_filed_is_never_filed_again(books: Books, ministry: Simulator) -> None:
    polled(books, send(books, signed(books)))
    with pytest.raises(Conflict, match="już złożona"):
        filing.prepare(books.deployment, books.city, MONTH, None, ACTOR)
    books.reopen(books.world.school)
    books.sell(books.world.school, "SP1/RO/2", "10.00", "2.30")
    books.close(books.world.school)
    books.consolidate(purpose=1)
    with pytest.raises(Conflict, match="korektę"):
        filing.prepare(books.deployment, books.city, MONTH, None, ACTOR)
    assert len(ministry.filed) == 1


@pytest.mark.parametrize("lost", ["open", "put", "finish", "status"])
def test_an_answer_lost_on_the_way_ends_in_one_filing(books: Books, ministry: Simulator, lost: str) -> None:
    """The gateway did its part and the answer never came, as when the process is killed between the two."""
    made = signed(books)
    ministry.fail_next = lost
    for number in (filing.OPEN, filing.UPLOAD, filing.FINISH):
        for _ in range(2):  # a second worker, or the same after its death
            try:
                step(books, made, number)
            except Away:
                step(books, made, number)
    done = polled(books, made)
    assert done.state == "accepted"
    assert ministry.filed == [done.reference]
    assert ministry.calls.count("finish") == 1


def test_killed_after_finishing_it_resumes_the_same_reference(books: Books, ministry: Simulator) -> None:
    made = signed(books)
    step(books, made, filing.OPEN)
    step(books, made, filing.UPLOAD)
    reference = now(books, made).reference
    with pytest.raises(RuntimeError), books.deployment.host.tenant(books.city, ACTOR) as session:
        at = filing.Step(session, books.deployment, books.city, {"filing": str(made.id)})
        filing.finish(at, {})
        raise RuntimeError("killed before the commit")
    assert now(books, made).state == "opened"
    step(books, made, filing.FINISH)
    done = polled(books, made)
    assert (done.state, done.reference) == ("accepted", reference)
    assert ministry.filed == [reference]


@pytest.mark.parametrize("mode", ["down", "malformed"])
def test_a_gateway_that_is_away_changes_nothing(books: Books, ministry: Simulator, mode: simulator.Mode) -> None:
    made = signed(books)
    ministry.mode = mode
    with pytest.raises(Away):
        step(books, made, filing.OPEN)
    assert now(books, made).state == "signed"
    ministry.mode = "slow"
    send(books, made)
    ministry.mode = mode
    waiting = polled(books, made)
    assert (waiting.state, [one.kind for one in waiting.events].count("fault")) == ("finished", 1)
    ministry.mode = "happy"
    assert polled(books, made).state == "accepted"


@pytest.mark.parametrize("code", [401, 403, 404, 408, 410, 411, 412, 420])
def test_a_refused_document_says_what_to_do_and_waits_for_a_person(
    books: Books, ministry: Simulator, code: int
) -> None:
    ministry.verdict = code
    made = signed(books)
    done = polled(books, send(books, made))
    assert (done.state, done.code) == ("rejected", code)
    assert all(codes.words(code))
    again = filing.prepare(books.deployment, books.city, MONTH, None, ACTOR)
    assert (again.number, again.state) == (2, "prepared")
    assert ministry.filed == []


def test_the_same_document_sent_from_elsewhere_is_a_duplicate(books: Books, ministry: Simulator) -> None:
    first = polled(books, send(books, signed(books)))
    assert first.state == "accepted"
    document = ministry.sessions[first.reference or ""].document
    files = books.deployment.files(books.city)
    kept = files.put(document)
    key = package.certificate(ministry.certificate)
    packed = package.pack(files, files.path(kept.sha256), kept.size, kept.sha256, "inny_plik.xml", key, part=300)
    assert len(packed.pieces) > 1
    with Gateway(ministry.url) as gateway:
        opened = gateway.open(simulator.signed(packed.metadata))
        for upload, piece in zip(opened.uploads, packed.pieces, strict=True):
            gateway.put(upload, piece, files)
        gateway.finish(opened)
        with pytest.raises(Declined):
            gateway.finish(opened)
        assert [gateway.status(opened.reference).code for _ in range(3)] == [120, 303, 407]
        assert gateway.status("f" * 32).code == 300


def test_an_unsigned_package_is_declined_and_may_be_signed_again(books: Books, ministry: Simulator) -> None:
    made = filing.prepare(books.deployment, books.city, MONTH, None, ACTOR)
    assert filing.prepare(books.deployment, books.city, MONTH, None, ACTOR) == made
    files = books.deployment.files(books.city)
    metadata = files.read(made.metadata.sha256)
    for document, words in (
        (metadata, "nie ma podpisu"),
        (b"%PDF-1.7", "nie jest plik XML"),
        (simulator.signed(metadata.replace(b"JPK_V7M", b"JPK_V7K")), "inny plik"),
    ):
        with pytest.raises(Refusal, match=words):
            filing.sign(books.deployment, books.city, made.id, document, ACTOR)
    with Gateway(ministry.url) as gateway, pytest.raises(Declined) as said:
        gateway.open(metadata)
    assert said.value.code == 110
    with books.deployment.host.tenant(books.city, ACTOR) as session, pytest.raises(Conflict):
        filing.start(session, made.id)


def test_an_attempt_is_withdrawn_with_a_reason_before_it_is_sent(books: Books) -> None:
    made = signed(books)
    host = books.deployment.host
    with host.tenant(books.city, ACTOR) as session, pytest.raises(Refusal):
        service.withdraw(session, made.id, " ")
    with host.tenant(books.city, ACTOR) as session:
        assert service.withdraw(session, made.id, "jednak jeszcze poprawka").state == "withdrawn"
    assert filing.prepare(books.deployment, books.city, MONTH, None, ACTOR).number == 2


def test_attempts_only_grow(books: Books) -> None:
    made = signed(books)
    for statement in (
        "update jpk_filing_event set note = 'x'",
        "delete from jpk_filing",
        "delete from jpk_filing_event",
    ):
        with pytest.raises(DBAPIError), books.deployment.host.tenant(books.city, ACTOR) as session:
            session.execute(text(statement))
    assert now(books, made).state == "signed"


def test_a_reference_that_is_none_is_malformed(ministry: Simulator) -> None:
    with Gateway(ministry.url) as gateway, pytest.raises((Malformed, ValueError)):
        gateway.status("../Storage")


def test_without_a_gateway_the_person_is_told_how_to_send(deployment: Deployment, fresh: Callable[[], World]) -> None:
    books = Books(deployment, fresh()).open()
    books.month()
    with pytest.raises(Refusal, match="nie jest ustawiona"):
        filing.prepare(deployment, books.city, MONTH, None, ACTOR)


def test_every_code_says_what_to_do() -> None:
    assert all(means.endswith(".") and todo.endswith(".") for means, todo in codes.CODES.values())
    assert {codes.outcome(code) for code in codes.CODES} == {
        "open",
        "waiting",
        "accepted",
        "rejected",
        "expired",
        "unknown",
    }
    assert codes.outcome(499) == "rejected"
    assert codes.outcome(999) == "unknown"
