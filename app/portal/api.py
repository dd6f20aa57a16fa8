"""The municipality's units for machines: the same data sheet in JSON, on the same host name."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.types import ExceptionHandlersMap

from app.kernel.errors import Refusal
from app.kernel.rulebook import error
from app.portal.here import PUBLIC, VARY, Closed, Here, here
from app.portal.invoices import addressing
from app.web.rules import RuleError
from tenants.models import Kind, Tenant

KEPT = VARY | {"Cache-Control": "public, max-age=300"}


class Address(msgspec.Struct, frozen=True):
    """What is not known is null."""

    line: str | None
    postal_code: str | None
    city: str | None


class UnitSheet(msgspec.Struct, frozen=True):
    """One unit. `invoice` holds the fields of FA(3) that address an invoice to it; null when the payer's NIP lacks."""

    code: str
    name: str
    short_name: str
    office: bool
    nip: str | None
    regon: str | None
    internal_id: str | None
    address: Address
    email: str | None
    invoice: dict[str, Any] | None


class Sheets(msgspec.Struct, frozen=True):
    """The municipality and every unit of it that works, its own office first."""

    name: str
    nip: str | None
    teryt: str | None
    units: list[UnitSheet]


_NOT_FOUND = ResponseSpec(RuleError, generate_examples=False, description="Nie ma tu takiej jednostki ani portalu")
_CLOSED = ResponseSpec(RuleError, generate_examples=False, description="Portal jest chwilowo nieczynny")


@get(
    "/",
    summary="Jednostki gminy i dane do faktur",
    opt=PUBLIC,
    sync_to_thread=True,
    responses={404: _NOT_FOUND, 503: _CLOSED},
)
def list_units(request: Request[Any, Any, Any]) -> Response[Sheets]:
    """Wszystkie jednostki gminy, której nazwa hosta jest w adresie, z polami faktury FA(3)."""
    at = here(request)
    told = Sheets(at.tenant.name, at.tenant.nip, at.tenant.teryt, [_sheet(at, unit) for unit in at.units])
    return Response(told, headers=KEPT)


@get(
    "/{code:str}",
    summary="Jedna jednostka i dane do faktur",
    opt=PUBLIC,
    sync_to_thread=True,
    responses={404: _NOT_FOUND, 503: _CLOSED},
)
def one_unit(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[UnitSheet]:
    """Jednostka o podanym kodzie, na przykład SP1."""
    at = here(request)
    return Response(_sheet(at, at.unit(code)), headers=KEPT)


def _sheet(at: Here, unit: Tenant) -> UnitSheet:
    address = addressing(at.tenant, unit)
    return UnitSheet(
        unit.code,
        unit.name,
        unit.short_name,
        unit.kind == Kind.MUNICIPALITY,
        unit.nip,
        unit.regon,
        unit.internal_id,
        Address(unit.address_line, unit.postal_code, unit.city),
        unit.email,
        dict(address.fields()) if address else None,
    )


def refused(_: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """503 while the municipality is suspended, 404 for a unit or a host name that nobody has."""
    status = 503 if isinstance(refusal, Closed) else 404
    return Response(error(refusal), status_code=status, headers=VARY | {"Cache-Control": "no-store"})


HANDLERS: ExceptionHandlersMap = {Refusal: refused}


def routes() -> Router:
    """Below `/api/jednostki`."""
    return Router("/api/jednostki", route_handlers=[list_units, one_unit], exception_handlers=HANDLERS, tags=["units"])
