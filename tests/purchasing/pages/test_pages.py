"""One invoice by its people, each in their own browser; what each of them may not; the list of the centre."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.purchasing.models import PaymentProposal, PurchaseCase
from app.purchasing.queries.cases import case
from app.ssc import worklist
from tenants import mandates
from tests.office.browser import words
from tests.purchasing.pages.conftest import Place
from tests.purchasing.papers import TODAY


def state(place: Place, case_id: UUID) -> tuple[str, str | None]:
    def read(session: Any) -> tuple[str, str | None]:
        kept = session.get_one(PurchaseCase, case_id)
        return kept.state, kept.step

    found: tuple[str, str | None] = place.do(read)
    return found


def to_head(place: Place, case_id: UUID) -> None:
    """Described and checked by everybody before the head."""
    assert place.describe(place.clerk(), case_id).status_code == 303
    assert place.decide(place.approver(), case_id, "substance").status_code == 303
    accountant = place.accountant()
    assert place.decide(accountant, case_id, "formal").status_code == 303
    assert place.decide(accountant, case_id, "vat", use="outside", vat="1").status_code == 303
    assert place.decide(place.chief(), case_id, "control").status_code == 303


def test_an_invoice_is_described_checked_approved_and_paid(place: Place) -> None:
    case_id = place.bring("FV/1")
    clerk = place.clerk()
    listed = clerk.get("/zakupy/faktury")
    assert "FV/1" in words(listed) and "Czekają na mnie 1" in words(listed)
    card = words(clerk.get(f"/zakupy/faktury/{case_id}"))
    assert "mąka pszenna, kasza" in card and "Zapisz opis" in card
    to_head(place, case_id)
    head = place.head()
    assert "FV/1" in words(head.get("/zakupy/faktury"))
    assert "Zatwierdź" in words(head.get(f"/zakupy/faktury/{case_id}"))
    assert place.decide(head, case_id, "head").status_code == 303
    assert state(place, case_id) == ("ready", None)
    chief = place.chief()
    assert "FV/1" in words(chief.get("/zakupy/platnosci"))
    (key,) = place.do(lambda session: session.scalars(select(PaymentProposal.id)).all())
    assert chief.post(f"/zakupy/platnosci/{key}", {"note": ""}).status_code == 303
    assert "Puszczona" in words(chief.get(f"/zakupy/platnosci/{key}"))
    assert chief.post(f"/zakupy/platnosci/{key}", {"note": ""}).status_code == 409


def test_the_centres_people_cannot_approve_for_the_head_even_with_a_grant_of_head(place: Place) -> None:
    case_id = place.bring("FV/2")
    to_head(place, case_id)
    chief = place.chief()
    refused = place.decide(chief, case_id, "head")
    assert (refused.status_code == 403 and "centrum usług wspólnych" in words(refused)) or "Nie masz prawa" in words(
        refused
    )
    place.reception.grant(chief.account, "unit_head", place.school)
    refused = place.decide(chief, case_id, "head")
    assert refused.status_code == 403 and "Osoba z centrum usług wspólnych nie może" in words(refused)
    assert state(place, case_id) == ("open", "head")


def test_a_substitute_of_the_head_is_of_the_unit_and_acts_in_their_days(place: Place) -> None:
    case_id = place.bring("FV/3")
    to_head(place, case_id)
    head, deputy, chief = place.head(), place.person("substantive_approver", name="Zofia Wrona"), place.chief()
    place.reception.grant(chief.account, "unit_clerk", place.school)
    asked = {
        "step_kind": "head", "for_login": head.account.login, "since_on": f"{TODAY:%d.%m.%Y}",
        "until_on": f"{TODAY:%d.%m.%Y}", "limit": "200,00", "basis": "upoważnienie nr 4/2026",
    }  # fmt: skip
    refused = head.post("/zakupy/zastepstwa", {**asked, "login": chief.account.login})
    assert refused.status_code == 422 and "nie może zastępować" in words(refused)
    assert place.decide(deputy, case_id, "head").status_code == 403
    assert head.post("/zakupy/zastepstwa", {**asked, "login": deputy.account.login}).status_code == 303
    assert "trwa" in words(head.get("/zakupy/zastepstwa"))
    assert place.decide(deputy, case_id, "head").status_code == 303
    assert f"w zastępstwie: {head.account.login}" in words(head.get(f"/zakupy/faktury/{case_id}"))


def test_the_head_approves_a_list_and_hears_what_could_not_be(place: Place) -> None:
    cases = [place.bring(f"FV/{number}", supplier=number, net=f"{number}00.00") for number in (4, 5)]
    for one in cases:
        to_head(place, one)
    head = place.head()
    keys = re.findall(r'name="wybrane" value="([^"]+)"', head.get("/zakupy/faktury").text)
    assert len(keys) == 2
    place.decide(head, cases[1], "head", "return", note="brak umowy", to_step="describe")
    answered = head.post("/zakupy/faktury/zatwierdz", {"wybrane": keys})
    assert "Zatwierdzono: 1 dokument." in words(answered) and "FV/5" in words(answered)
    assert [state(place, one)[0] for one in cases] == ["ready", "open"]
    assert head.post("/zakupy/faktury/zatwierdz", {"wszystkie": "1"}).status_code == 303


def test_what_was_typed_in_a_refused_description_stays(place: Place) -> None:
    case_id = place.bring("FV/6")
    refused = place.describe(place.clerk(), case_id, classifications="801 bez kwoty", what="krzesła do sali 12")
    assert refused.status_code == 422
    assert "krzesła do sali 12" in refused.text and "Wiersza 1 nie rozumiem" in words(refused)


def test_a_large_invoice_waits_for_the_register(place: Place) -> None:
    case_id = place.bring("FV/7", "20000.00", "4600.00")
    place.describe(place.clerk(), case_id, classifications="801-80101-4210 24 600,00")
    place.decide(place.approver(), case_id, "substance")
    accountant = place.accountant()
    assert place.decide(accountant, case_id, "formal").status_code == 409
    place.simulator.mode = "down"
    asked = accountant.post(f"/zakupy/faktury/{case_id}/rachunek")
    assert asked.status_code == 303
    assert "Wykaz podatników VAT nie odpowiada" in words(accountant.get(f"/zakupy/faktury/{case_id}"))
    place.simulator.mode = "happy"
    accountant.post(f"/zakupy/faktury/{case_id}/rachunek")
    assert "Rachunek w wykazie na dzień" in words(accountant.get(f"/zakupy/faktury/{case_id}"))
    assert place.decide(accountant, case_id, "formal").status_code == 303


def test_a_bill_is_entered_by_hand_with_its_picture(place: Place) -> None:
    clerk = place.clerk()
    token = clerk.browser.client.cookies.get("csrf", "")
    sent = {
        "_csrf_token": token, "kind": "bill", "number": "R/8/2026", "seller_name": "Jan Nowak",
        "issued_on": "01.11.2026", "gross": "150,00", "title": "naprawa zamka",
        "seller_nip": "", "due_on": "", "account": "",
    }  # fmt: skip

    def send(content: bytes, name: str) -> Any:
        return clerk.browser.client.post(
            f"/{place.school.slug}/zakupy/faktury/nowy", data=sent, files={"file": (name, content, "application/pdf")},
            headers=clerk.browser.headers, follow_redirects=False,
        )  # fmt: skip

    refused = send(b"nie pdf", "r.pdf")
    assert refused.status_code == 422 and "Jan Nowak" in refused.text and "To nie jest PDF" in words(refused)
    made = send(b"%PDF-1.7 skan", "r.pdf")
    assert made.status_code == 303
    case_id = made.headers["location"].rpartition("/")[2]
    assert "naprawa zamka" in words(clerk.get(f"/zakupy/faktury/{case_id}"))
    assert clerk.get(f"/zakupy/faktury/{case_id}/zalacznik").content == b"%PDF-1.7 skan"


def test_the_centres_list_has_every_unit_it_serves_and_loses_those_it_serves_no_more(place: Place) -> None:
    case_id = place.bring("FV/9")
    host = place.reception.host
    worklist.copy(host, place.school, [case_id], "system", TODAY)
    accountant = place.person("centre_accountant", place.centre, "Ewa Kruk", where=place.centre)
    listed = accountant.get("/zakupy/centrum")
    assert "FV/9" in words(listed) and f"/{place.school.slug}/zakupy/faktury/{case_id}" in listed.text
    assert "FV/9" not in words(accountant.get("/zakupy/centrum?krok=head"))
    assert worklist.rebuild(host, place.centre, "system", TODAY) == {}
    with host.control() as session:
        mandates.end(session, place.centre, place.school, "accounting", TODAY - timedelta(days=1), "test")
    assert "FV/9" not in words(accountant.get("/zakupy/centrum"))


@pytest.mark.parametrize("role", ["unit_clerk", "substantive_approver", "unit_head"])
def test_every_page_opens_for_the_units_people(place: Place, role: str) -> None:
    person = place.person(role)
    for path in ("/zakupy/faktury", "/zakupy/faktury?czesc=gotowe", "/zakupy/zastepstwa", "/zakupy/schemat"):
        assert person.get(path).status_code == 200, path
    assert person.get("/zakupy/centrum").status_code == 403


def test_the_head_decides_the_scheme(place: Place) -> None:
    head = place.head()
    sent = {
        "valid_from_on": f"{TODAY:%d.%m.%Y}",
        "limit": "10 000,00",
        "second": "5 000,00",
        "vat": "1",
        "basis": "Zarządzenie 7",
    }
    assert head.post("/zakupy/schemat", sent).status_code == 303
    shown = words(head.get("/zakupy/schemat"))
    assert "Druga kontrola merytoryczna" in shown and "wykonuje kierownik" in shown
    case_id = place.bring("FV/10", "8000.00", "1840.00")
    place.describe(place.clerk(), case_id, classifications="801-80101-4210 9 840,00")
    place.decide(place.approver(), case_id, "substance")
    assert state(place, case_id) == ("open", "second")
    assert place.do(lambda session: case(session, case_id)).scheme.basis == "Zarządzenie 7"
