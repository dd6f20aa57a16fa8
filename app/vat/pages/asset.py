"""The card of one fixed asset: its corrections year by year, a sale, a change of purpose, a mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound, Refusal
from app.kernel.money import format_pln, plain
from app.law import loader
from app.vat.pages.assets import HOME, last_year
from app.vat.pages.words import USE_OPTIONS, row_url, shown, status_of, use_label
from app.vat.queries.registers import assets as queries
from app.vat.service import assets as service
from app.vat.service import corrections
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.guards import may

_NOTE = Field("note", "Dokument albo powód", kind="textarea", max_length=service.LONGEST_NOTE)
SELL = Form(
    "sprzedaz",
    (
        Field("on", "Data sprzedaży", kind="date", width="short"),
        Field(
            "taxable", "Sprzedaż", kind="radio", choices=(("1", "opodatkowana"), ("0", "zwolniona albo poza VAT")),
        ),
        _NOTE,
    ),
)  # fmt: skip
PURPOSE = Form(
    "zmiana-przeznaczenia",
    (
        Field("on", "Od dnia", kind="date", width="short"),
        Field("use", "Służy", kind="select", choices=USE_OPTIONS),
        _NOTE,
    ),
)  # fmt: skip
STRIKE = Form("skreslenie", (_NOTE,))
FORMS = {form.name: form for form in (SELL, PURPOSE, STRIKE)}


@get(f"{HOME}/{{asset_id:uuid}}", guards=[may("vat.register", "read")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], asset_id: FromPath[UUID]) -> Response[Any]:
    """The card."""
    return _show(desk, asset_id)


def _show(
    desk: Desk, asset_id: UUID, refused: Posted | None = None, status: int = 200, refusal: Refusal | None = None
) -> Response[Any]:
    with desk.reading() as session:
        card = queries.card(session, asset_id, last_year(desk))
        origin = _origin(session, desk, card.asset.purchase_id)
    asset = card.asset
    forms = {name: form.blank(on=desk.on) for name, form in FORMS.items()}
    if refused is not None:
        forms[refused.form.name] = refused
    live = asset.struck_reason is None and desk.may("vat.register", "enter")
    sale = next((one for one in card.outcome.result.corrections if one.reason == "sale"), None)
    return page(
        "vat/asset.html",
        status=status,
        desk=desk,
        card=card,
        item=asset,
        details=[
            ("Rodzaj", "nieruchomość" if asset.kind == "real_estate" else "ruchomość"),
            ("W używaniu od", f"{asset.in_use_since:%d.%m.%Y}"),
            ("Wartość początkowa", format_pln(asset.initial_value)),
            ("Podatek", format_pln(asset.vat)),
            ("Odliczono", f"{plain(asset.deducted_pct).replace('.', ',')}%"),
            ("Służy", use_label(card.uses[max(card.uses)] if card.uses else asset.use)),
            ("Okres korekty", f"{asset.in_use_since.year}–{card.last_year}"),
        ],
        origin=origin,
        years=[(one, use_label(card.uses.get(one.year))) for one in card.outcome.result.corrections],
        steps=shown(card.outcome.reckoning),
        law=card.outcome.law,
        purpose_flag=loader.newest("vat.asset.purpose_year"),
        forms=forms,
        open_form=refused.form.name if refused else None,
        refusal=refusal,
        url=desk.url(f"{HOME}/{asset_id}"),
        may_change=live and card.sold_on is None,
        may_strike=live,
        sale_action=desk.url(f"{HOME}/{asset_id}/korekta-sprzedazy") if live and sale else None,
        crumbs=[("Środki trwałe", desk.url(HOME))],
    )


def _origin(session: Session, desk: Desk, purchase_id: UUID | None) -> tuple[str, str] | None:
    if purchase_id is None:
        return None
    try:
        row = queries.bought(session, purchase_id)
    except NotFound:
        return None
    return row["document_no"], row_url(desk, "purchase", Month(row["year"], row["month"]), purchase_id)


def _change(
    desk: Desk, asset_id: UUID, posted: Posted | None, said: str, act: Callable[[Session], object]
) -> Response[Any]:
    if posted is not None and not posted.ok:
        return _show(desk, asset_id, posted, 422)
    try:
        with desk.writing() as session:
            act(session)
    except NotFound:
        raise
    except Refusal as refusal:
        known = posted.refused(refusal) if posted else None
        return _show(desk, asset_id, known, status_of(refusal), None if posted else refusal)
    return go(desk.url(f"{HOME}/{asset_id}"), toast=Toast(said))


@post(f"{HOME}/{{asset_id:uuid}}/sprzedaz", guards=[may("vat.register", "enter")], sync_to_thread=True)
def sell(desk: NamedDependency[Desk], asset_id: FromPath[UUID], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """It was sold."""
    posted = SELL.read(data)

    def act(session: Session) -> None:
        given = posted.values
        service.sell(session, asset_id, given["on"], given["taxable"] == "1", given["note"])

    return _change(desk, asset_id, posted, "Sprzedaż zapisana, korekta policzona.", act)


@post(f"{HOME}/{{asset_id:uuid}}/przeznaczenie", guards=[may("vat.register", "enter")], sync_to_thread=True)
def change_purpose(
    desk: NamedDependency[Desk], asset_id: FromPath[UUID], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    """It serves something else."""
    posted = PURPOSE.read(data)

    def act(session: Session) -> None:
        given = posted.values
        service.change_purpose(session, asset_id, given["on"], given["use"], given["note"])

    return _change(desk, asset_id, posted, "Zmiana przeznaczenia zapisana.", act)


@post(f"{HOME}/{{asset_id:uuid}}/skresl", guards=[may("vat.register", "void")], sync_to_thread=True)
def strike_out(
    desk: NamedDependency[Desk], asset_id: FromPath[UUID], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    """It was entered by mistake."""
    posted = STRIKE.read(data)

    def act(session: Session) -> None:
        service.strike_out(session, asset_id, posted.values["note"])

    return _change(desk, asset_id, posted, "Środek trwały jest skreślony.", act)


@post(f"{HOME}/{{asset_id:uuid}}/korekta-sprzedazy", guards=[may("vat.register", "enter")], sync_to_thread=True)
def enter_sale(desk: NamedDependency[Desk], asset_id: FromPath[UUID]) -> Response[Any]:
    """The correction of the sale becomes a row of its month."""
    said = "Korekta sprzedaży jest w rejestrze zakupów."
    return _change(desk, asset_id, None, said, lambda session: corrections.enter_sale(session, asset_id))


HANDLERS = [show, sell, change_purpose, strike_out, enter_sale]
