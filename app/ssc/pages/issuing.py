"""Letting a unit issue invoices: its prefix, its account, how its numbers look, from a day."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel.errors import NotFound, Refusal
from app.kernel.ids import nrb
from app.ssc import issuing
from app.ssc.pages.across import Across
from app.vat.queries import directory
from app.vat.queries.issuing.setting import prefixes
from app.vat.rules.facts import UnitProfile
from app.vat.rules.issuing import numbering
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.guards import may

ALLOW = Form(
    "wystawca",
    (
        Field("prefix", "Przedrostek numerów", max_length=16, width="short", check=numbering.prefix,
              hint="Zaczyna każdy numer faktury tej jednostki. Nie można go potem zmienić."),
        Field("account", "Rachunek na fakturach", required=False, max_length=40,
              check=lambda text: nrb(text, "account")),
        Field("pattern", "Wzór numeru", max_length=80, width="medium", check=numbering.pattern,
              hint="Części {prefix}, {series}, {number}, {month}, {year} rozdzielone ukośnikiem."),
        Field("since_on", "Od dnia", kind="date", width="short"),
    ),
)  # fmt: skip


def _unit(desk: Desk, code: str) -> tuple[UnitProfile, str | None]:
    """The unit and the prefix it has already."""
    with desk.reading() as session:
        found = next((one for one in directory.profiles(session) if one.code == code), None)
        taken = next((prefix for prefix, owner in prefixes(session) if owner == code), None)
    if found is None:
        raise NotFound(f"W wykazie nie ma jednostki o kodzie {code[:20]}.", "unit")
    return found, taken


@get("/vat/jednostki/{code:str}/faktury", guards=[may("vat.directory", "edit")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], code: FromPath[str]) -> Response[Any]:
    """What the unit issues by."""
    _, taken = _unit(desk, code)
    form = ALLOW.blank(prefix=taken or code, pattern=numbering.DEFAULT_PATTERN, since_on=desk.on)
    return _page(desk, code, form)


def _page(desk: Desk, code: str, form: Posted) -> Response[Any]:
    unit, taken = _unit(desk, code)
    return page(
        "ssc/unit_issuing.html",
        status=200 if form.ok else 422,
        desk=desk,
        unit=unit,
        taken=taken,
        form=form,
        action=desk.url(f"/vat/jednostki/{code}/faktury"),
        back=desk.url(f"/vat/jednostki/{code}"),
    )


@post("/vat/jednostki/{code:str}/faktury", guards=[may("vat.directory", "edit")], sync_to_thread=True)
def allow(
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    code: FromPath[str],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """From the day said, the unit issues in the municipality's name."""
    posted = ALLOW.read(data)
    if not posted.ok:
        return _page(desk, code, posted)
    given = posted.values
    try:
        made = issuing.allow(
            across.deployment.host, across.tenant, code, desk.login, desk.on, prefix=given["prefix"],
            account=given["account"], pattern=given["pattern"], since_on=given["since_on"],
        )  # fmt: skip
    except Refusal as refusal:
        known = {field.name for field in ALLOW.fields}
        placed = refusal if refusal.field in known else Refusal(refusal.message)
        return _page(desk, code, posted.refused(placed))
    words = f"Jednostka {code} wystawia faktury z przedrostkiem {made.prefix}."
    return go(desk.url(f"/vat/jednostki/{code}"), toast=Toast(words))


HANDLERS = [show, allow]
