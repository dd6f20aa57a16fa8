"""Guards of routes: what they ask, what they say when they refuse, and that all routes can be walked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar import Litestar, Request, Response, Router, get
from litestar.middleware import DefineMiddleware
from litestar.testing import TestClient
from litestar.types import ASGIApp, Receive, Scope, Send

from app.kernel.errors import Forbidden
from policies.enforcer import Principal
from policies.guards import may, missing, rights


@dataclass(frozen=True)
class Place:
    id: UUID
    kind: str


SCHOOL, POOL = Place(uuid4(), "unit"), Place(uuid4(), "unit")


@get("/sign", guards=[may("vat.return", "publish")], sync_to_thread=False)
def sign() -> str:
    return "signed"


@get("/read", sync_to_thread=False)
def read() -> str:
    return "read"


@get("/open", opt={"public": True}, sync_to_thread=False)
def free() -> str:
    return "free"


def door(app: ASGIApp, person: Principal, place: Place | None) -> ASGIApp:
    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"].update(principal=person, tenant=place)
        await app(scope, receive, send)

    return enter


def refused(request: Request[Any, Any, Any], refusal: Forbidden) -> Response[str]:
    return Response(refusal.message, status_code=403, media_type="text/plain")


def client(role: str | None, place: Place | None) -> TestClient[Litestar]:
    person = Principal(uuid4(), "a", "A", {SCHOOL.id: frozenset({role})} if role else {})
    guarded = Router("/unit", route_handlers=[sign, read], guards=[may("vat.register", "read")])
    return TestClient(
        Litestar(
            [guarded, free],
            middleware=[DefineMiddleware(door, person=person, place=place)],
            exception_handlers={Forbidden: refused},
        )
    )


def test_a_guard_lets_through_who_has_every_right_of_the_route_and_its_router() -> None:
    with client("unit_head", SCHOOL) as asked:
        assert asked.get("/unit/sign").text == "signed"
        assert asked.get("/unit/read").text == "read"


def test_a_guard_refuses_the_right_that_is_missing_and_names_it() -> None:
    with client("unit_clerk", SCHOOL) as asked:
        assert asked.get("/unit/read").text == "read"
        answer = asked.get("/unit/sign")
    assert answer.status_code == 403
    assert answer.text == (
        "Potrzebne jest tu prawo, którego nie masz: zatwierdzanie i ogłaszanie cząstkowej deklaracji VAT jednostki. "
        "Daje je rola: „kierownik jednostki”. Rolę nadaje operator systemu."
    )


def test_a_grant_elsewhere_does_not_help() -> None:
    with client("unit_head", POOL) as asked:
        assert asked.get("/unit/sign").status_code == 403
        assert asked.get("/open").text == "free"


def test_all_routes_can_be_walked_for_the_rights_they_ask() -> None:
    with client(None, None) as asked:
        found = {
            route.path: rights(handler)
            for route in asked.app.routes
            for handler in getattr(route, "route_handlers", [])
            if route.path.startswith(("/unit", "/open")) and "GET" in handler.http_methods
        }
    assert found["/unit/sign"] == (("vat.register", "read"), ("vat.return", "publish"))
    assert found["/unit/read"] == (("vat.register", "read"),)
    assert found["/open"] == ()


@pytest.mark.parametrize(
    ("obj", "act", "place", "said"),
    [
        (
            "vat.consolidation",
            "release",
            Place(uuid4(), "municipality"),
            "Daje je rola: „skarbnik”. Rolę nadaje operator",
        ),
        ("vat.register", "enter", SCHOOL, "„pracownik jednostki”"),
        ("vat.register", "enter", SCHOOL, "Rolę nadaje"),
        ("vat.consolidation", "run", SCHOOL, "W jednostce tej czynności nikt nie wykonuje."),
        ("tenant", "create", None, "„operator systemu”"),
        ("vat.board", "read", None, "Na poziomie całego systemu tej czynności nikt nie wykonuje."),
    ],
)
def test_the_words_of_a_refusal(obj: str, act: str, place: Place | None, said: str) -> None:
    assert said in missing(obj, act, place)


def test_a_guard_for_a_right_that_no_role_file_names_cannot_be_made() -> None:
    with pytest.raises(KeyError):
        may("vat.return", "sign")
