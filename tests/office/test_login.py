"""Logging in and out through the pages, as a browser does it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from litestar import Litestar

from app.deployment import Deployment
from tenants.accounts import grants, staff
from tenants.accounts.sessions import LogIn
from tests.conftest import ACTOR, World
from tests.office.browser import Browser, application, browser, words
from tests.tenants.accounts import GOOD, Reception


@pytest.fixture
def another(made: Litestar) -> Iterator[Browser]:
    with browser(made) as opened:
        yield opened


def _found(reception: Reception, person: Browser) -> LogIn:
    found = reception.sessions.find(person.session)
    assert found is not None
    return found


def test_the_log_in_page_is_polish_labelled_and_never_kept_by_the_browser(person: Browser) -> None:
    answer = person.get("/logowanie")
    assert answer.status_code == 200 and "Zaloguj się" in words(answer)
    assert 'autocomplete="username"' in answer.text and 'autocomplete="current-password"' in answer.text
    assert "data-draft=" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_somebody_with_one_place_lands_in_it(reception: Reception, world: World, person: Browser) -> None:
    account = reception.hire("Ewa Wilk")
    reception.grant(account, "unit_clerk", world.school)
    answer = person.log_in(account.login)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{world.school.slug}")
    assert person.get(f"/{world.school.slug}").text == f"Ewa Wilk in SP1 ({world.school.schema_name})"


def test_somebody_with_many_places_chooses(reception: Reception, world: World, person: Browser) -> None:
    account = reception.hire()
    reception.grant(account, "vat_clerk", world.city)
    assert person.log_in(account.login).headers["location"] == "/gdzie"


def test_the_provider_lands_in_the_panel(reception: Reception, person: Browser) -> None:
    account = reception.hire()
    reception.grant(account, "provider_operator", None)
    assert person.log_in(account.login).headers["location"] == "/operator"
    assert person.get("/operator").text == "the provider's panel"


def test_the_page_that_was_asked_for_comes_after_the_log_in(
    reception: Reception, world: World, person: Browser
) -> None:
    account = reception.hire()
    reception.grant(account, "unit_clerk", world.school)
    asked = person.get(f"/{world.school.slug}?miesiac=2026-09")
    assert asked.status_code == 303
    assert asked.headers["location"] == f"/logowanie?dalej=/{world.school.slug}%3Fmiesiac%3D2026-09"
    form = person.get(asked.headers["location"])
    dalej = re.search(r'name="dalej" value="([^"]*)"', form.text)
    assert dalej is not None
    answer = person.log_in(account.login, dalej=dalej[1])
    assert answer.headers["location"] == f"/{world.school.slug}?miesiac=2026-09"


@pytest.mark.parametrize(
    "elsewhere", ["https://zlo.pl", "//zlo.pl", "/\\zlo.pl", "zlo.pl", "/\tx", "javascript:alert(1)"]
)
def test_a_log_in_never_leads_to_another_site(
    reception: Reception, world: World, person: Browser, elsewhere: str
) -> None:
    account = reception.hire()
    reception.grant(account, "unit_clerk", world.school)
    assert person.log_in(account.login, dalej=elsewhere).headers["location"] == f"/{world.school.slug}"


def test_a_wrong_password_keeps_the_login_and_shows_no_password(reception: Reception, person: Browser) -> None:
    account = reception.hire()
    answer = person.log_in(account.login, "zupełnie złe hasło")
    assert answer.status_code == 422
    assert "Login i hasło nie pasują do siebie." in words(answer)
    assert f'value="{account.login}"' in answer.text and "zupełnie złe hasło" not in answer.text
    assert person.session is None


def test_the_lock_out_is_told_in_polish(reception: Reception, person: Browser) -> None:
    account = reception.hire()
    for _ in range(5):
        person.log_in(account.login, "zupełnie złe hasło")
    answer = person.log_in(account.login)
    assert "Zbyt wiele nieudanych prób. Spróbuj ponownie za 1 minutę." in words(answer)
    assert person.session is None


def test_throttling_outlives_the_application(reception: Reception, deployment: Deployment, person: Browser) -> None:
    account = reception.hire()
    for _ in range(5):
        person.log_in(account.login, "zupełnie złe hasło")
    with browser(application(deployment)) as after_restart:
        assert "Zbyt wiele nieudanych prób" in words(after_restart.log_in(account.login))


def test_an_empty_form_says_what_is_missing(person: Browser) -> None:
    answer = person.log_in("", "")
    assert answer.status_code == 422 and words(answer).count("Wypełnij to pole.") >= 2


def test_the_session_cookie_is_closed_to_scripts_and_to_other_sites(reception: Reception, person: Browser) -> None:
    cookie = next(
        header
        for header in person.log_in(reception.hire().login).headers.get_list("set-cookie")
        if header.startswith("sesja=")
    )
    flags = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= flags
    assert not any(flag.startswith(("expires", "max-age", "domain")) for flag in flags)


def test_over_tls_the_cookies_are_secure_and_bound_to_the_host(reception: Reception, deployment: Deployment) -> None:
    account = reception.hire()
    with browser(application(deployment, secure=True), "https://magistrat.test") as person:
        person.get("/logowanie")
        token = person.client.cookies["__Host-csrf"]
        answer = person.post("/logowanie", {"login": account.login, "password": GOOD}, token)
        cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-sesja="))
        assert "secure" in cookie.lower() and "path=/" in cookie.lower() and "domain" not in cookie.lower()
        assert person.get("/konto").status_code == 200


def test_a_session_planted_before_the_log_in_opens_nothing_after_it(reception: Reception, person: Browser) -> None:
    account, planted = reception.hire(), "podrzucona-przez-kogos"
    person.client.cookies.set("sesja", planted, domain="magistrat.test", path="/")
    assert person.log_in(account.login).status_code == 303
    assert person.session != planted
    person.client.cookies.set("sesja", planted, domain="magistrat.test", path="/")
    assert person.get("/konto").status_code == 303


def test_logging_in_again_ends_the_session_that_was_there(
    reception: Reception, made: Litestar, person: Browser
) -> None:
    first, second = reception.hire(), reception.hire()
    person.log_in(first.login)
    planted = person.session
    # the log-in page sends on who is logged in, so a form left open from before is what is sent
    person.post("/logowanie", {"login": second.login, "password": GOOD})
    assert person.session != planted
    assert reception.sessions.find(planted) is None
    assert second.login in words(person.get("/konto"))


def test_a_log_in_without_the_forms_token_is_refused(reception: Reception, person: Browser) -> None:
    account = reception.hire()
    person.get("/logowanie")
    for token in ("", "0" * 128):
        answer = person.post("/logowanie", {"login": account.login, "password": GOOD}, token)
        assert answer.status_code == 403
        assert "Formularz był otwarty zbyt długo" in words(answer)
        assert person.session is None
        person.get("/logowanie")
    assert person.log_in(account.login).status_code == 303


def test_a_logged_in_person_cannot_be_made_to_post_by_another_site(
    reception: Reception, world: World, person: Browser
) -> None:
    account = reception.hire()
    reception.grant(account, "unit_head", world.school)
    person.log_in(account.login)
    assert person.post(f"/{world.school.slug}/sign", {}, "podrobiony").status_code == 403
    assert person.get("/konto").status_code == 200
    assert person.post(f"/{world.school.slug}/sign", {}).text == "signed"


def test_after_logging_out_the_old_cookie_opens_nothing(reception: Reception, person: Browser) -> None:
    person.log_in(reception.hire().login)
    kept = person.session
    answer = person.post("/wyloguj", {})
    assert answer.headers["location"] == "/logowanie"
    assert person.session is None
    person.client.cookies.set("sesja", str(kept), domain="magistrat.test", path="/")
    assert person.get("/konto").headers["location"].startswith("/logowanie")


def test_the_first_log_in_leads_to_a_new_password_and_nowhere_else(
    reception: Reception, world: World, person: Browser
) -> None:
    with reception.host.control() as session:
        account, temporary = staff.create(
            session, f"pierwszy-raz-{world.school.id.hex[-6:]}", "Nowa Osoba", None, ACTOR
        )
        grants.give(session, account, "unit_clerk", world.school, ACTOR)
    assert person.log_in(account.login, temporary).headers["location"] == "/haslo"
    for url in (f"/{world.school.slug}", "/konto", "/gdzie"):
        assert person.get(url).headers["location"] == "/haslo"
    assert person.post(f"/{world.school.slug}/enter", {}).headers["location"] == "/haslo"
    assert "Ustaw własne hasło" in words(person.get("/haslo"))
    before = person.session
    answer = person.post("/haslo", {"current": temporary, "new": GOOD, "again": GOOD})
    assert answer.headers["location"] == "/gdzie"
    assert person.session != before and reception.sessions.find(before) is None
    assert person.get(f"/{world.school.slug}").status_code == 200


def test_an_operators_reset_ends_the_sessions_and_asks_for_a_new_password(
    reception: Reception, person: Browser
) -> None:
    account = reception.hire()
    person.log_in(account.login)
    with reception.host.control() as session:
        _, temporary = staff.reset(session, account.id, ACTOR)
    assert person.get("/konto").headers["location"].startswith("/logowanie")
    assert person.log_in(account.login, temporary).headers["location"] == "/haslo"


@pytest.mark.parametrize(
    ("current", "new", "again", "said"),
    [
        ("nie to hasło", "całkiem nowe hasło 7", "całkiem nowe hasło 7", "To nie jest obecne hasło."),
        (GOOD, "krótkie", "krótkie", "co najmniej 12 znaków"),
        (GOOD, "całkiem nowe hasło 7", "całkiem nowe hasło 8", "muszą być takie same"),
        (GOOD, GOOD, GOOD, "inne niż obecne"),
    ],
)
def test_a_password_that_will_not_do_is_refused_at_its_field(
    reception: Reception, person: Browser, current: str, new: str, again: str, said: str
) -> None:
    person.log_in(reception.hire().login)
    answer = person.post("/haslo", {"current": current, "new": new, "again": again})
    assert answer.status_code == 422 and said in words(answer)
    assert new not in answer.text
    assert person.get("/konto").status_code == 200


def test_a_new_password_ends_every_other_session(reception: Reception, person: Browser, another: Browser) -> None:
    account = reception.hire()
    person.log_in(account.login)
    another.log_in(account.login)
    new = "całkiem nowe hasło 7"
    assert person.post("/haslo", {"current": GOOD, "new": new, "again": new}).status_code == 303
    assert [one.id for one in reception.sessions.of(account.id)] == [_found(reception, person).id]
    assert person.get("/konto").status_code == 200
    assert another.get("/konto").status_code == 303
    assert another.log_in(account.login, GOOD).status_code == 422
    assert another.log_in(account.login, new).status_code == 303


def test_the_current_password_cannot_be_guessed_from_inside(reception: Reception, person: Browser) -> None:
    person.log_in(reception.hire().login)
    for _ in range(5):
        person.post(
            "/haslo", {"current": "zgaduję hasło", "new": "całkiem nowe hasło 7", "again": "całkiem nowe hasło 7"}
        )
    answer = person.post("/haslo", {"current": GOOD, "new": "całkiem nowe hasło 7", "again": "całkiem nowe hasło 7"})
    assert "Odczekaj kilka minut" in words(answer)


def test_a_session_can_be_ended_from_another_one(reception: Reception, person: Browser, another: Browser) -> None:
    account = reception.hire()
    person.log_in(account.login)
    another.log_in(account.login)
    shown = person.get("/konto")
    assert words(shown).count("Firefox") == 2 and "ta sesja" in words(shown)
    ends = re.findall(r'action="(/konto/sesje/[^"]+)"', shown.text)
    assert len(ends) == 1
    assert person.post(ends[0], {}).headers["location"] == "/konto"
    assert another.get("/konto").status_code == 303
    assert person.post(ends[0], {}).status_code == 404


def test_nobody_ends_another_persons_session(reception: Reception, person: Browser, another: Browser) -> None:
    mine, theirs = reception.hire(), reception.hire()
    person.log_in(mine.login)
    another.log_in(theirs.login)
    id = reception.sessions.of(theirs.id)[0].id
    assert person.post(f"/konto/sesje/{id}/zakoncz", {}).status_code == 404
    assert another.get("/konto").status_code == 200


def test_a_suspended_account_is_out_at_the_next_click(reception: Reception, person: Browser) -> None:
    account = reception.hire()
    person.log_in(account.login)
    with reception.host.control() as session:
        staff.suspend(session, account.id, ACTOR)
    assert person.get("/konto").status_code == 303
    assert reception.sessions.of(account.id) == []


def test_my_account_shows_my_roles(reception: Reception, world: World, person: Browser) -> None:
    account = reception.hire("Piotr Sowa")
    reception.grant(account, "unit_head", world.school)
    person.log_in(account.login)
    shown = words(person.get("/konto"))
    assert "Piotr Sowa" in shown and account.login in shown
    assert "kierownik jednostki Szkoła Podstawowa nr 1" in shown
