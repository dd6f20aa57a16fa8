"""Internal documents by their kind: one form, the rows of both registers, the tax deducted in the same month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import ZERO
from app.law import loader
from app.vat.pages.documents import KINDS as OTHERS
from app.vat.pages.words import USE_OPTIONS, register_crumb, register_url, state, status_of
from app.vat.queries.registers.month import stage
from app.vat.queries.registers.ratios import habits
from app.vat.rules.entries.internal import FOREIGN, KINDS, Internal, kind_of
from app.vat.rules.entries.rates import RATES
from app.vat.rules.register import MISSING
from app.vat.service import registers
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Link, Toast, go, page
from policies.guards import may

FORM = Form(
    "dowod-wedlug-rodzaju",
    (
        Field("kind", "Rodzaj", kind="select", choices=tuple((code, kind.title) for code, kind in KINDS.items())),
        Field(
            "document_no", "Numer dokumentu", max_length=256, width="medium", hint="Przy imporcie: dokumentu celnego."
        ),
        Field("issued_on", "Data wystawienia", kind="date", width="short"),
        Field("counterparty_name", "Kontrahent", max_length=512, required=False, hint="Puste zapisze się jako BRAK."),
        Field("counterparty_no", "Numer kontrahenta", max_length=50, required=False, width="short"),
        Field("country", "Kraj", max_length=2, required=False, width="short", hint="Dwie litery: DE, CZ."),
        Field("net", "Podstawa", kind="amount", required=False, width="short", hint="W złotych, po przeliczeniu."),
        Field(
            "rate", "Stawka", kind="select", required=False, width="short",
            choices=tuple((rate.code, rate.label) for rate in RATES if rate.percent is not None),
        ),
        Field("tax", "Podatek", kind="amount", required=False, width="short", hint="Pusty wyliczy się ze stawki."),
        Field(
            "paid_apart", "K_35: podatek już wpłacony", kind="amount", required=False, width="short",
            hint="Tylko od nowego środka transportu z UE.",
        ),
        Field("gross", "Wartość brutto", kind="amount", required=False, width="short", hint="Tylko przy marży."),
        Field("use", "Czemu służy ten zakup", kind="select", choices=USE_OPTIONS, required=False),
        Field("asset", "Środek trwały", kind="checkbox", required=False),
        Field("received_on", "Data wpływu", kind="date", required=False, width="short"),
        Field("description", "Opis", required=False, max_length=400),
    ),
)  # fmt: skip
LINES = (
    ("kind",), ("document_no", "issued_on"), ("counterparty_name",), ("counterparty_no", "country"), ("net", "rate"),
    ("tax", "paid_apart"), ("gross", "received_on"), ("use",), ("asset",), ("description",),
)  # fmt: skip


@get("/vat/dowod/{month:str}/nowy", guards=[may("vat.register", "enter")], sync_to_thread=True)
def ask(desk: NamedDependency[Desk], month: FromPath[str]) -> Response[Any]:
    """The form, and what each kind brings."""
    with desk.reading() as session:
        usual = habits(session).default_use
    return _show(desk, Month.parse(month, "month"), FORM.blank(use=usual))


def _show(desk: Desk, month: Month, form: Posted, status: int = 200) -> Response[Any]:
    with desk.reading() as session:
        facts = stage(session, month)
    flag = loader.newest(FOREIGN)
    url = desk.url(f"/vat/dokument/{month}/nowy?rodzaj=")
    return page(
        "vat/internal.html",
        status=status,
        desk=desk,
        month=month,
        stage=facts,
        state=state(facts),
        period_href=desk.url(f"/vat/okres/{month}"),
        form=form,
        lines=LINES,
        kinds=[(kind.title, kind.hint, kind.law) for kind in KINDS.values()],
        flag=flag if flag.certainty != "S" else None,
        action=desk.url(f"/vat/dowod/{month}/nowy"),
        cancel=register_url(desk, "sale", month),
        tabs=[
            *(Link(one.title, f"{url}{one.code}") for one in OTHERS),
            Link("Import, WNT i inne rodzaje", desk.url(f"/vat/dowod/{month}/nowy"), active=True),
        ],
        crumbs=[register_crumb(desk, "sale", month)],
    )


@post("/vat/dowod/{month:str}/nowy", guards=[may("vat.register", "enter")], sync_to_thread=True)
def enter(desk: NamedDependency[Desk], month: FromPath[str], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """All rows of the document, or what is missing in it."""
    wanted, posted = Month.parse(month, "month"), FORM.read(data)
    if not posted.ok:
        return _show(desk, wanted, posted, 422)
    try:
        with desk.writing() as session:
            made = registers.enter_internal(session, wanted, _given(posted.values), posted.values["description"])
    except Refusal as refusal:
        place = {"vat": "tax", "amounts": "net"}.get(refusal.field or "", refusal.field)
        return _show(desk, wanted, posted.refused(Refusal(refusal.message, place)), status_of(refusal))
    kind = KINDS[kind_of(posted.values["kind"])]
    to = register_url(desk, "sale" if kind.sale else "purchase", wanted)
    both = " w obu rejestrach" if len(made) > 1 else ""
    return go(to, toast=Toast(f"Dowód „{posted.values['document_no'][:80]}” jest{both}."))


def _given(values: Mapping[str, Any]) -> Internal:
    return Internal(
        kind_of(values["kind"], "kind"),
        values["document_no"],
        values["issued_on"],
        values["net"] or ZERO,
        values["tax"],
        values["rate"],
        values["counterparty_no"] or MISSING,
        values["counterparty_name"] or MISSING,
        (values["country"] or "").upper() or None,
        values["received_on"],
        values["use"],
        values["asset"],
        values["paid_apart"],
        values["gross"],
    )


HANDLERS = [ask, enter]
