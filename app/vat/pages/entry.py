"""Entering one document: by rates, the tax proposed, everything wrong said at once, what is unusual confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel.dates import Month
from app.kernel.errors import Conflict, Refusal
from app.vat.pages.documents import KINDS, Kind, at_its_place, entry_of, kind_of, known_of, refusals, with_proposals
from app.vat.pages.words import register_crumb, register_url, row_url, state
from app.vat.queries.registers.month import stage
from app.vat.queries.registers.ratios import habits
from app.vat.queries.registers.row import entered
from app.vat.rules.entries import circumstances
from app.vat.rules.entries.documents import check, tidy
from app.vat.rules.entries.rates import RATES
from app.vat.rules.facts import Finding
from app.vat.service import registers
from app.web.desk import Desk
from app.web.forms import Posted
from app.web.render import Link, Toast, go, page
from policies.guards import may

KIND, AGAIN = "rodzaj", "nastepny"
"""Parameters of the address: the kind of document; the form was asked for again after the last one was saved."""

LAST = 6
"""Documents entered before, shown beside the form."""


@get("/vat/dokument/{month:str}/nowy", guards=[may("vat.register", "enter")], sync_to_thread=True)
def new(request: Request[Any, Any, Any], desk: NamedDependency[Desk], month: FromPath[str]) -> Response[Any]:
    """An empty form of the kind asked for."""
    kind = kind_of(request.query_params.get(KIND, KINDS[0].code))
    return _show(desk, Month.parse(month, "month"), kind, again=AGAIN in request.query_params)


def _show(
    desk: Desk,
    month: Month,
    kind: Kind,
    posted: Posted | None = None,
    *,
    status: int = 200,
    warnings: Sequence[Finding] = (),
    proposed: bool = False,
    again: bool = False,
) -> Response[Any]:
    """`warnings`: what must be confirmed; `proposed`: taxes were filled in and wait to be looked at."""
    with desk.reading() as session:
        facts = stage(session, month)
        usual = habits(session).default_use
        last = entered(session, kind.side, month, kind.document_type, LAST)
    form = posted or kind.form.blank(use=usual, marker="BFK", again=again)
    return page(
        "vat/entry.html",
        status=status,
        desk=desk,
        month=month,
        kind=kind,
        stage=facts,
        state=state(facts),
        period_href=desk.url(f"/vat/okres/{month}"),
        form=form,
        taxed=[rate for rate in RATES if rate.tax is not None],
        untaxed=[rate for rate in RATES if rate.tax is None],
        last=[(one, row_url(desk, kind.side, month, one.id)) for one in last],
        pairs=_pairs(kind),
        others_open=any(form.typed.get(name) or name in form.errors for name in kind.others),
        warnings=warnings,
        seen=_digest(warnings),
        proposed=proposed,
        action=_url(desk, month, kind),
        cancel=register_url(desk, kind.side, month),
        tabs=[
            *(Link(one.title, _url(desk, month, one), active=one.code == kind.code) for one in KINDS),
            by_kind(desk, month),
        ],
        crumbs=[register_crumb(desk, kind.side, month)],
        upload_href=desk.url(f"/vat/wczytaj/{month}") if desk.may("vat.register", "import") else None,
    )


def by_kind(desk: Desk, month: Month) -> Link:
    """To documents that make rows of both registers at once."""
    return Link("Import, WNT i inne rodzaje", desk.url(f"/vat/dowod/{month}/nowy"))


def _url(desk: Desk, month: Month, kind: Kind) -> str:
    return desk.url(f"/vat/dokument/{month}/nowy?{KIND}={kind.code}")


def _pairs(kind: Kind) -> list[tuple[str, ...]]:
    """Other fields two by two, as the form of JPK_V7M has them."""
    return [kind.others[place : place + 2] for place in range(0, len(kind.others), 2)]


def _digest(warnings: Sequence[Finding]) -> str:
    """What was confirmed: other warnings need another confirmation."""
    return hashlib.sha256("\n".join(one.message for one in warnings).encode()).hexdigest()[:16] if warnings else ""


@post("/vat/dokument/{month:str}/nowy", guards=[may("vat.register", "enter")], sync_to_thread=True)
def enter(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    month: FromPath[str],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """Puts the document into the register, or shows what is missing, proposed or unusual."""
    wanted = Month.parse(month, "month")
    kind = kind_of(request.query_params.get(KIND, KINDS[0].code))
    posted = kind.form.read(data)
    if not posted.ok:
        return _show(desk, wanted, kind, posted, status=422)
    posted, proposed = with_proposals(posted)
    try:
        entry = tidy(entry_of(kind, posted.values))
        known = known_of(posted.values)
        found = (*check(entry, wanted), *circumstances.check(known, entry.document_type, entry.issued_on))
        posted = posted.refused(*refusals(kind, found))
        warnings = [one for one in found if one.severity == "warning"]
        confirmed = posted.values["confirm"] and data.get("seen") == _digest(warnings)
        if not posted.ok or proposed or (warnings and not confirmed):
            return _show(desk, wanted, kind, _unconfirmed(posted), status=422, warnings=warnings, proposed=proposed)
        with desk.writing() as session:
            made = registers.enter(session, wanted, entry, posted.values["description"], known)
    except Conflict as refusal:
        return _show(desk, wanted, kind, posted.refused(at_its_place(kind, refusal)), status=409)
    except Refusal as refusal:
        return _show(desk, wanted, kind, posted.refused(at_its_place(kind, refusal)), status=422)
    said = Toast(f"Dokument „{entry.document_no[:80]}” jest w rejestrze.")
    if posted.values["again"]:
        return go(f"{_url(desk, wanted, kind)}&{AGAIN}=1", toast=said)
    return go(row_url(desk, kind.side, wanted, made.id), toast=said)


def _unconfirmed(posted: Posted) -> Posted:
    """The box of the confirmation is empty again: what it would confirm now is not what it confirmed before."""
    return replace(posted, typed={**posted.typed, "confirm": ""})


HANDLERS = [new, enter]
