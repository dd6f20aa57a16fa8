"""The treasurer sends the town's return from the pages, settles it with the units, and a director sees the note."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from app.deployment import Deployment
from app.gateways.jpk import simulator
from app.gateways.jpk.simulator import Simulator
from app.kernel.clock import today
from app.kernel.dates import Month
from app.main import create
from app.ops.demo.people import DOMAIN, PASSWORD
from app.ssc import settling
from app.vat.queries import returns
from tests.office.browser import Browser, browser
from tests.stories.conftest import Town
from workers.inline import work_inline

CITY, SCHOOL, SEPTEMBER = "/nowa-dabrowa", "/nowa-dabrowa-sp1", Month(2026, 9)


@pytest.fixture(scope="module")
def ministry() -> Iterator[Simulator]:
    with simulator.running() as made:
        yield made


@pytest.fixture(scope="module")
def wired(town: Town, ministry: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """The town's deployment with a gateway."""
    path: Path = tmp_path_factory.mktemp("bramka") / "bramka.pem"
    path.write_bytes(ministry.certificate)
    settings = replace(town.deployment.settings, jpk_gateway_url=ministry.url, jpk_gateway_certificate=path)
    return replace(town.deployment, settings=settings)


@pytest.fixture(scope="module")
def application(wired: Deployment) -> Litestar:
    return create(wired)


def person(application: Litestar, login: str) -> Iterator[Browser]:
    with browser(application) as opened:
        opened.get("/logowanie")
        assert opened.post("/logowanie", {"login": f"{login}@{DOMAIN}", "password": PASSWORD}).status_code == 303
        yield opened


@pytest.fixture
def treasurer(application: Litestar) -> Iterator[Browser]:
    yield from person(application, "skarbnik")


@pytest.fixture
def clerk(application: Litestar) -> Iterator[Browser]:
    yield from person(application, "vat")


@pytest.fixture
def director(application: Litestar) -> Iterator[Browser]:
    yield from person(application, "dyrektor.sp1")


def upload(who: Browser, url: str, content: bytes) -> httpx.Response:
    token = {"_csrf_token": who.client.cookies.get("csrf", "")}
    files = {"plik": ("InitUpload.xml", content, "text/xml")}
    return who.client.post(url, data=token, files=files, headers=who.headers, follow_redirects=False)


def newest(town: Town) -> returns.Version:
    with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
        return returns.version(session, SEPTEMBER)


def base(town: Town) -> str:
    return f"{CITY}/vat/deklaracja/{SEPTEMBER}/{newest(town).version}"


def test_a_clerk_may_look_but_not_send(clerk: Browser, town: Town) -> None:
    page = clerk.get(f"{base(town)}/wysylka")
    assert "Wysyła ją skarbnik" in page.text
    assert clerk.post(f"{base(town)}/wysylka", {}).status_code == 403


def test_the_treasurer_prepares_signs_and_sends(
    treasurer: Browser, town: Town, wired: Deployment, ministry: Simulator
) -> None:
    place = f"{base(town)}/wysylka"
    assert treasurer.post(place, {}).status_code == 303
    page = treasurer.get(place).text
    (attempt,) = set(re.findall(r"/wysylka/([0-9a-f-]{36})/initupload", page))
    metadata = treasurer.get(f"{place}/{attempt}/initupload")
    assert metadata.headers["content-disposition"].startswith("attachment")
    unsigned, signed = metadata.content, simulator.signed(metadata.content)
    refused = upload(treasurer, f"{place}/{attempt}/podpis", unsigned)
    assert refused.status_code == 422
    assert "nie ma podpisu" in refused.text
    assert upload(treasurer, f"{place}/{attempt}/podpis", signed).status_code == 303
    sent = treasurer.post(f"{place}/{attempt}/wyslij", {})
    run = UUID(sent.headers["location"].rsplit("/", 1)[1])
    assert work_inline(wired, town.city, run).state == "finished"
    for _ in range(3):
        assert treasurer.post(f"{place}/{attempt}/sprawdz", {}).status_code == 303
    page = treasurer.get(place).text
    assert "złożona, jest UPO" in page
    assert treasurer.get(f"{place}/{attempt}/upo").content.startswith(b"<Potwierdzenie")
    assert "jest złożona i ma UPO" in treasurer.get(f"{CITY}/vat/deklaracja/{SEPTEMBER}").text
    again = treasurer.post(place, {})
    assert again.status_code == 422
    assert "Nie wysyła się jej drugi raz" in again.text
    assert len(ministry.filed) == 1


def test_notes_go_to_the_units_and_a_director_sees_hers(treasurer: Browser, director: Browser, town: Town) -> None:
    place = f"{base(town)}/rozliczenie"
    assert "Wystaw noty" in treasurer.get(place).text
    assert treasurer.post(place, {}).status_code == 303
    page = treasurer.get(place).text
    assert "Zaokrąglenie deklaracji" in page
    note = re.search(r"/rozliczenie/([0-9a-f-]{36})", page)
    assert note is not None
    assert "Do rozliczenia tą notą" in treasurer.get(f"{place}/{note[1]}").text
    assert "Do rozliczenia tą notą" in treasurer.get(f"{place}/{note[1]}/wyliczenie").text
    carried = settling.deliver(town.deployment.host, town.city, newest(town).id, today(), "test")
    assert not any(one.error for one in carried)
    listed = director.get(f"{SCHOOL}/vat/noty").text
    own = re.search(r"/vat/noty/([0-9a-f-]{36})", listed)
    assert own is not None
    assert "Nota VAT/" in director.get(f"{SCHOOL}/vat/noty/{own[1]}").text
    assert director.get(f"{place}/{own[1]}").status_code == 404


def test_choices_and_habits_are_kept_with_their_reasons(treasurer: Browser, clerk: Browser, town: Town) -> None:
    choices, habits = f"{CITY}/vat/wybory/2026-10", f"{CITY}/vat/polityka"
    refused = treasurer.post(choices, {"refund": "100", "basis": "pismo"})
    assert refused.status_code == 422
    assert "zaznacza się dokładnie jeden" in refused.text
    assert 'value="100"' in refused.text
    assert treasurer.post(choices, {"P_63": "1", "basis": "biuro podróży szkoły"}).status_code == 303
    assert "biuro podróży szkoły" in clerk.get(choices).text
    assert clerk.post(choices, {"basis": "x"}).status_code == 403
    given = {
        "since_on": "01.10.2026",
        "complete_by": "12",
        "sign_by": "10",
        "surplus": "unit",
        "basis": "zarządzenie 1",
    }
    refused = treasurer.post(habits, given)
    assert (refused.status_code, "nie może mieć wcześniejszego dnia" in refused.text) == (422, True)
    assert treasurer.post(habits, {**given, "sign_by": "16"}).status_code == 303
    assert "zarządzenie 1" in clerk.get(habits).text


def test_the_draft_marks_what_was_seen(clerk: Browser, town: Town) -> None:
    place = f"{CITY}/vat/szkic/{SEPTEMBER}"
    assert "zapamiętaj stan" in clerk.get(place).text
    assert clerk.post(place, {}).status_code == 303
    assert "Zmiana wyniku" in clerk.get(place).text
