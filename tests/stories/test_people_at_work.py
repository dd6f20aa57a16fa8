"""The town's people at their pages: who sees what, the queue worked to the register, a sum followed to its invoice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy import text

from app.kernel.clock import today
from app.main import create
from app.office.menu import MENU
from app.ops.demo.people import DOMAIN, PASSWORD
from app.ssc.delivery import deliver
from app.vat.queries import inbox
from policies.guards import rights
from tests.office.browser import Browser, browser, words
from tests.stories.conftest import Town

CITY, SCHOOL = "/nowa-dabrowa", "/nowa-dabrowa-sp1"


@pytest.fixture(scope="module")
def application(town: Town) -> Litestar:
    return create(town.deployment)


@pytest.fixture
def clerk(application: Litestar) -> Iterator[Browser]:
    with browser(application) as person:
        person.get("/logowanie")
        assert person.post("/logowanie", {"login": f"vat@{DOMAIN}", "password": PASSWORD}).status_code == 303
        yield person


@pytest.fixture
def head(application: Litestar) -> Iterator[Browser]:
    """Of the school."""
    with browser(application) as person:
        person.get("/logowanie")
        person.post("/logowanie", {"login": f"dyrektor.sp1@{DOMAIN}", "password": PASSWORD})
        yield person


def queued(town: Town) -> list[tuple[UUID, UUID]]:
    """(invoice, decision in force) of everything that waits."""
    with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
        listing = inbox.queue(session)
        return [(row.id, row.attribution_id) for row in session.execute(listing.statement.order_by(listing.tie))]


def test_every_route_asks_for_a_right_or_says_whose_it_is(application: Litestar) -> None:
    seen = 0
    for route in application.routes:
        for handler in getattr(route, "route_handlers", []):
            if handler.http_methods != {"OPTIONS"} and handler.owner is not None:
                open_to = handler.opt.get("public") or handler.opt.get("personal")
                assert rights(handler) or open_to or route.path.startswith("/api/schema"), route.path
                seen += 1
    assert seen > 60


def test_every_entry_of_the_menu_opens(clerk: Browser) -> None:
    pages = re.findall(r'class="mg-side-item" href="([^"]+)"', clerk.get(CITY).text)
    assert len(pages) >= 8
    for url in pages:
        assert clerk.get(url).status_code == 200, url


def test_a_unit_sees_neither_the_queue_nor_another_unit(head: Browser) -> None:
    shown = head.get(SCHOOL)
    assert shown.status_code == 200
    for entry in (entry for _, entries in MENU for entry in entries if entry.municipality):
        assert f'href="{SCHOOL}{entry.path.partition("{")[0]}' not in shown.text
    assert head.get(f"{SCHOOL}/vat/kolejka").status_code == 403
    assert head.get(f"{CITY}/vat/kolejka").status_code == 404
    assert head.get("/nowa-dabrowa-pm1").status_code == 404


def test_the_queue_shows_the_invoice_and_its_candidates(clerk: Browser, town: Town) -> None:
    assert f"{len(queued(town))} faktur" in words(clerk.get(f"{CITY}/vat/kolejka"))
    pages = (words(clerk.get(f"{CITY}/vat/kolejka/{one}")) for one, _ in queued(town))
    shown = next(page for page in pages if "pewność" in page)
    assert "Do której jednostki?" in shown
    assert "Sprzedawca" in shown and "Nabywca" in shown


def test_an_assigned_invoice_reaches_the_register_and_the_next_one_is_shown(clerk: Browser, town: Town) -> None:
    invoice, decision = queued(town)[0]
    answer = clerk.post(f"{CITY}/vat/kolejka/{invoice}", {"jednostka": "SP1", "seen": str(decision)})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{CITY}/vat/kolejka/{queued(town)[0][0]}"
    with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
        entry = inbox.entry(session, invoice)
        waiting = session.execute(text("select count(*) from cell.outbox where topic = 'vat.deliver'")).scalar_one()
    assert (entry.state, entry.unit_code, entry.decisions[0].decided_by) == ("assigned", "SP1", f"vat@{DOMAIN}")
    assert waiting >= 1
    deliver(town.deployment.host, town.city, "test", today())
    with town.deployment.host.tenant(town.tenant("nowa-dabrowa-sp1"), "test", read_only=True) as session:
        query = text(
            "select count(*) from (select invoice_id from vat_sale union all select invoice_id from vat_purchase) r"
            " where invoice_id = :id"
        )
        rows = session.execute(query, {"id": invoice}).scalar_one()
    with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
        entry = inbox.entry(session, invoice)
    assert rows == 1 or entry.undelivered_reason


def test_a_decision_somebody_made_meanwhile_is_not_overwritten(clerk: Browser, town: Town) -> None:
    invoice, decision = queued(town)[0]
    url = f"{CITY}/vat/kolejka/{invoice}"
    assert clerk.post(url, {"jednostka": "SP1", "seen": str(decision)}).status_code == 303
    late = clerk.post(url, {"jednostka": "UM", "seen": str(decision)})
    assert late.headers["location"] == url
    assert "zdecydowano w międzyczasie inaczej" in words(clerk.get(url))
    with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
        assert inbox.entry(session, invoice).unit_code == "SP1"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"jednostka": ""}, "Wybierz jedną z możliwości."),
        ({"jednostka": "NIE-MA"}, "Wybierz jedną z możliwości z listy."),
        ({"jednostka": "SP1", "seen": "nie-uuid"}, "Odśwież stronę"),
    ],
)
def test_a_choice_that_is_none_is_refused_at_the_form(
    clerk: Browser, town: Town, data: dict[str, str], said: str
) -> None:
    answer = clerk.post(f"{CITY}/vat/kolejka/{queued(town)[0][0]}", data)
    assert answer.status_code == 422
    assert said in words(answer)


def test_a_unit_refuses_what_is_not_its_own_and_the_invoice_waits_again(head: Browser, town: Town) -> None:
    query = text("select id from ksef_invoice where unit_code = 'SP1' and state = 'assigned' order by id limit 1")
    with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
        invoice = session.execute(query).scalar_one()
    url = f"{SCHOOL}/vat/faktury/{invoice}"
    assert "To nie nasza faktura" in words(head.get(url))
    empty = head.post(f"{url}/odmowa", {"powod": ""})
    assert empty.status_code == 422 and "Wypełnij to pole." in words(empty)
    assert head.post(f"{url}/odmowa", {"powod": "to prąd przedszkola"}).status_code == 303
    with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
        entry = inbox.entry(session, invoice)
    assert (entry.state, entry.decisions[0].reason) == ("queued", "to prąd przedszkola")


def test_a_unit_does_not_see_another_units_invoice(head: Browser, town: Town) -> None:
    query = text("select id from ksef_invoice where unit_code = 'UM' and delivered_to = 'UM' limit 1")
    with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
        invoice = session.execute(query).scalar_one()
    assert head.get(f"{SCHOOL}/vat/faktury/{invoice}").status_code == 404
    assert head.get(f"{SCHOOL}/vat/faktury/{invoice}/xml").status_code == 404


def test_a_sum_is_followed_from_the_return_to_the_invoice(clerk: Browser) -> None:
    shown = clerk.get(f"{CITY}/vat/deklaracja/2026-09").text
    field = re.search(rf'href="({CITY}/vat/deklaracja/2026-09/\d+/pole/K_43)"', shown)
    assert field is not None
    units = clerk.get(field[1]).text
    unit = re.search(rf'href="({re.escape(field[1])}/UM)"', units)
    assert unit is not None
    rows = clerk.get(unit[1]).text
    invoice = re.search(rf'href="({CITY}/vat/faktury/[0-9a-f-]+)"', rows)
    assert invoice is not None
    assert "Sprzedawca" in words(clerk.get(invoice[1]))


def test_the_file_is_given_out_byte_for_byte(clerk: Browser, town: Town) -> None:
    answer = clerk.get(f"{CITY}/vat/deklaracja/2026-09/1/plik")
    assert answer.content == town.files.read(town.summary["return"]["sha256"])
    assert "attachment" in answer.headers["content-disposition"]


def test_only_the_treasurer_releases_a_return_without_units(clerk: Browser) -> None:
    answer = clerk.post(f"{CITY}/vat/deklaracja/2026-11", {"cel": "1", "powod": "nie zdążą"})
    assert answer.status_code == 422
    assert "może zwolnić tylko skarbnik" in words(answer)


def test_the_board_names_every_unit_and_where_it_is(clerk: Browser, town: Town) -> None:
    shown = words(clerk.get(f"{CITY}/vat/miesiac/2026-09"))
    for code in ("UM", "SP1", "PM1", "MOSIR", "MOPS", "CUW"):
        assert code in shown
    assert "wersja 1" in shown


def test_search_finds_pages_units_and_invoices(clerk: Browser) -> None:
    assert "Tablica miesiąca" in words(clerk.get(f"{CITY}/szukaj?q=tablica"))
    assert "Szkoła Podstawowa nr 1" in words(clerk.get(f"{CITY}/szukaj?q=szkoła"))
    assert "Nic nie znalazłem" in words(clerk.get(f"{CITY}/szukaj?q=zzzzzz"))


def test_what_is_typed_into_an_address_is_escaped(clerk: Browser) -> None:
    answer = clerk.get(f"{CITY}/szukaj?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in answer.text


def test_the_directory_is_changed_and_the_waiting_invoices_are_asked_again(clerk: Browser, town: Town) -> None:
    url = f"{CITY}/vat/jednostki/SP1"
    assert "Szkoła Podstawowa nr 1" in words(clerk.get(url))
    wrong = clerk.post(url, {"name": "Szkoła", "short_name": "SP nr 1", "nip": "123"})
    assert wrong.status_code == 422 and "nie jest poprawnym numerem NIP" in words(wrong)
    with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
        before = session.execute(text("select name from unit_directory where code = 'SP1'")).scalar_one()
    assert before != "Szkoła"
