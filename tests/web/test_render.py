"""Pages and their fragments, words after a redirect, assets, and the macros that every page is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app.web.assets import ICONS, layered
from app.web.render import (
    CONTENT_SECURITY_POLICY,
    STATIC,
    TOAST_COOKIE,
    Toast,
    asset,
    attributes,
    environment,
    icon,
    read_toast,
)
from tests.web.gallery.pages import application

HTMX = {"HX-Request": "true"}
UI = environment().globals["ui"]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Litestar]]:
    with TestClient(application()) as made:
        yield made


def test_a_page_is_whole_for_people_and_a_fragment_for_htmx(client: TestClient[Litestar]) -> None:
    whole, fragment = client.get("/rejestr"), client.get("/rejestr", headers=HTMX)
    assert "<!doctype html>" in whole.text
    assert whole.headers["content-type"] == "text/html; charset=utf-8"
    assert fragment.text.strip().startswith('<section class="mg-table')
    assert fragment.text.strip() in whole.text
    assert whole.headers["vary"] == fragment.headers["vary"] == "HX-Request"


@pytest.mark.parametrize("also", [{"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}])
def test_htmx_gets_the_whole_page_when_it_will_show_all_of_it(
    client: TestClient[Litestar], also: dict[str, str]
) -> None:
    assert "<!doctype html>" in client.get("/rejestr", headers={**HTMX, **also}).text


def test_a_refused_form_is_answered_with_422(client: TestClient[Litestar]) -> None:
    client.get("/formularz")
    answer = client.post("/formularz", data={"nip": "12", "_csrf_token": client.cookies["csrftoken"]})
    assert answer.status_code == 422
    assert 'value="12"' in answer.text


def test_a_form_without_its_token_is_turned_away(client: TestClient[Litestar]) -> None:
    assert client.post("/formularz", data={"nip": "12"}).status_code == 403


def test_a_word_left_by_a_redirect_is_said_once(client: TestClient[Litestar]) -> None:
    client.get("/podpis")
    token = {"_csrf_token": client.cookies["csrftoken"]}
    gone = client.post("/podpis", data=token, follow_redirects=False)
    assert (gone.status_code, gone.headers["location"]) == (303, "/podpis")
    assert "httponly" in gone.headers["set-cookie"].lower()
    assert "Deklaracja cząstkowa jest podpisana." in client.get("/podpis").text
    assert "Deklaracja cząstkowa jest podpisana." not in client.get("/podpis").text


def test_htmx_is_sent_on_by_a_header(client: TestClient[Litestar]) -> None:
    client.get("/podpis")
    answer = client.post("/podpis", data={"_csrf_token": client.cookies["csrftoken"]}, headers=HTMX)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/podpis")
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("cookie", "toast"),
    [
        (quote(json.dumps({"text": "Zapisane.", "kind": "success"})), Toast("Zapisane.")),
        (quote(json.dumps({"text": "x" * 500, "kind": "evil"})), Toast("x" * 300, "info")),
        ("%7B", None),
        ("[]", None),
        ('"x"', None),
        ("{}", None),
        ("", None),
        (None, None),
    ],
)
def test_nonsense_in_the_cookie_says_nothing(cookie: str | None, toast: Toast | None) -> None:
    assert read_toast(cookie) == toast


def test_nonsense_in_the_cookie_breaks_no_page(client: TestClient[Litestar]) -> None:
    assert client.get("/stany", headers={"Cookie": f"{TOAST_COOKIE}=[]"}).status_code == 200


def test_every_answer_carries_the_content_policy_and_nothing_inline(client: TestClient[Litestar]) -> None:
    answer = client.get("/rejestr")
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", answer.text) == []


def test_static_files_are_kept_for_a_year_because_their_address_changes(client: TestClient[Litestar]) -> None:
    address = asset("css/tokens.css")
    assert re.fullmatch(r"/static/css/tokens\.css\?v=[0-9a-f]{10}", address)
    answer = client.get(address)
    assert "max-age=31536000" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers
    with pytest.raises(RuntimeError, match="Brak pliku"):
        asset("css/nope.css")


def test_the_vendors_styles_are_a_layer_below_ours() -> None:
    sheet = (STATIC / "vendor" / "tabler.min.css").read_text()
    assert sheet.startswith("@layer vendor{")
    assert "@charset" not in sheet
    assert layered(b'@charset "UTF-8";a{b:c}') == b"@layer vendor{a{b:c}}\n"


def test_the_sprite_has_every_icon_and_only_known_ones_can_be_drawn() -> None:
    sprite = (STATIC / "vendor" / "icons.svg").read_text()
    assert set(re.findall(r'<symbol id="([^"]+)"', sprite)) == set(ICONS)
    assert 'aria-hidden="true"' in icon("check")
    assert 'role="img" aria-label="Uwaga &lt;b&gt;"' in icon("check", "Uwaga <b>")
    with pytest.raises(KeyError):
        icon("nope")


def test_every_icon_named_in_templates_exists() -> None:
    templates = [path.read_text() for path in Path("app").rglob("*.html")]
    named = {name for text in templates for name in re.findall(r'icon(?:_name=)?\(?"([a-z0-9-]+)"', text)}
    assert named
    assert named - set(ICONS) == set()


def test_attributes_leave_out_what_is_not_and_escape_what_is() -> None:
    made = attributes({"id": 'a"b', "hidden": True, "title": None, "open": False, "value": 0})
    assert str(made) == ' id="a&#34;b" hidden value="0"'
    assert str(attributes(None)) == ""
