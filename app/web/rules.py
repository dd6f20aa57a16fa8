"""Rules of law over HTTP: `GET /api/rules` lists them, `POST /api/rules/NAME` asks one. Public and read-only.

The application gives the catalogue, so that this floor knows no room, and adds the limit of questions per caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromPath, RawBody

from app.kernel.errors import Refusal
from app.kernel.rulebook import Rule, ask, error, schema

PUBLIC: dict[str, Any] = {"public": True, "exclude_from_auth": True, "exclude_from_csrf": True}
"""Anybody may ask: nothing is read or written, so there is no session to protect."""

LARGEST_QUESTION = 1024 * 1024
"""Bytes. Questions are answered on the event loop, so they must stay small."""


class RuleSummary(msgspec.Struct, frozen=True):
    """One entry of the list; `schema` is the JSON Schema of the question."""

    name: str
    summary: str
    schema: dict[str, Any]


class RuleAnswer(msgspec.Struct, frozen=True):
    """`reckoning`: step, formula, value, law and, when a number of the law was used, parameter."""

    result: dict[str, Any]
    reckoning: list[dict[str, Any]]
    law: list[str]


class RuleFault(msgspec.Struct, frozen=True):
    """`field`: path in the question ("sales[2].K_19"), null when it is about the whole; `message` in Polish."""

    field: str | None
    message: str


class RuleError(msgspec.Struct, frozen=True):
    """What bad input is answered with."""

    error: RuleFault


@dataclass
class _AskOperation(Operation):
    """The body is read raw, so that its errors are the rule's own; this says what belongs in it."""

    def __post_init__(self) -> None:
        body = Schema(type=OpenAPIType.OBJECT, description="Pytanie do reguły; schematy podaje GET /api/rules.")
        example = Example(value={"vat": "2300.00", "use": "all", "pre_ratio_pct": "47", "ratio_pct": "61"})
        content = {"application/json": OpenAPIMediaType(schema=body, examples={"vat-deduction": example})}
        self.request_body = RequestBody(content=content, required=True)


def rule_routes(catalogue: Mapping[str, Rule]) -> Router:
    """The two public routes for these rules, below `/api/rules`."""
    listed = [RuleSummary(rule.name, rule.summary, schema(rule)) for rule in catalogue.values()]

    @get("/", summary="Lista reguł prawa", opt=PUBLIC, sync_to_thread=False)
    def list_rules() -> list[RuleSummary]:
        """Nazwy reguł, krótkie opisy i schematy pytań."""
        return listed

    @post(
        "/{name:str}",
        summary="Pytanie do reguły prawa",
        status_code=200,
        opt=PUBLIC,
        sync_to_thread=False,
        request_max_body_size=LARGEST_QUESTION,
        operation_class=_AskOperation,
        responses={
            200: ResponseSpec(RuleAnswer, generate_examples=False, description="Wynik z wyliczeniem i podstawą prawną"),
            400: ResponseSpec(RuleError, generate_examples=False, description="Złe dane"),
            404: ResponseSpec(RuleError, generate_examples=False, description="Nie ma takiej reguły"),
        },
    )
    def ask_rule(name: FromPath[str], body: RawBody) -> Response[dict[str, Any]]:
        """Jedno pytanie do jednej reguły. Kwoty i stawki są tekstami, daty w postaci RRRR-MM-DD."""
        rule = catalogue.get(name)
        if rule is None:
            unknown = Refusal(f"Nie ma reguły „{name[:60]}”. Listę podaje GET /api/rules.", "name")
            return Response(error(unknown), status_code=404)
        try:
            return Response(ask(rule, body), status_code=200)
        except Refusal as refusal:
            return Response(error(refusal), status_code=400)

    return Router("/api/rules", route_handlers=[list_rules, ask_rule], tags=["rules"])
