from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app.rules import catalogue
from app.web.rules import LARGEST_QUESTION, rule_routes


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Litestar]]:
    with TestClient(Litestar(route_handlers=[rule_routes(catalogue())])) as client:
        yield client


def test_answers_a_question_in_the_contracts_shape(client: TestClient[Litestar]) -> None:
    answer = client.post("/api/rules/vat-ratio", json={"numerator": "82.1", "denominator": "100", "kind": "ratio"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert set(answer.json()) == {"result", "reckoning", "law"}
    assert answer.json()["result"] == {"pct": "83", "rounded_pct": "83"}


@pytest.mark.parametrize(
    ("body", "field"),
    [(b"", None), (b"{", None), (b"\xff", None), (b'{"numerator": 5}', "numerator"), (b"{}", "numerator")],
)
def test_bad_input_is_400_with_the_error_object_only(
    client: TestClient[Litestar], body: bytes, field: str | None
) -> None:
    answer = client.post("/api/rules/vat-ratio", content=body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}
    assert answer.json()["error"]["field"] == field
    assert answer.json()["error"]["message"]


def test_an_unknown_name_is_404_with_the_error_object(client: TestClient[Litestar]) -> None:
    answer = client.post("/api/rules/nope", json={})
    assert answer.status_code == 404
    assert answer.json()["error"]["field"] == "name"


def test_lists_the_rules_with_their_schemas(client: TestClient[Litestar]) -> None:
    listed = client.get("/api/rules").json()
    assert [one["name"] for one in listed] == list(catalogue())
    assert all(one["summary"] and one["schema"]["type"] == "object" for one in listed)


def test_the_content_type_does_not_matter(client: TestClient[Litestar]) -> None:
    body = b'{"number": "x"}'
    answer = client.post("/api/rules/ksef-number", content=body, headers={"content-type": "text/plain"})
    assert answer.status_code == 200
    assert answer.json()["result"]["valid"] is False


def test_an_enormous_question_is_turned_away(client: TestClient[Litestar]) -> None:
    answer = client.post("/api/rules/ksef-number", content=b" " * (LARGEST_QUESTION + 1))
    assert answer.status_code == 413


def test_both_routes_are_in_the_openapi_document(client: TestClient[Litestar]) -> None:
    document: dict[str, Any] = client.get("/schema/openapi.json").json()
    ask = document["paths"]["/api/rules/{name}"]["post"]
    assert document["paths"]["/api/rules"]["get"]["summary"]
    assert "application/json" in ask["requestBody"]["content"]
    assert {"200", "400", "404"} <= set(ask["responses"])


def test_the_example_in_the_openapi_document_is_a_question_that_works(client: TestClient[Litestar]) -> None:
    document: dict[str, Any] = client.get("/schema/openapi.json").json()
    content = document["paths"]["/api/rules/{name}"]["post"]["requestBody"]["content"]["application/json"]
    for name, example in content["examples"].items():
        assert client.post(f"/api/rules/{name}", json=example["value"]).status_code == 200
