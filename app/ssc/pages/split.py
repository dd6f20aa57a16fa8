"""One invoice split between units: a unit beside each line, or each unit's amounts rate by rate."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel import outbox
from app.kernel.dates import counted
from app.kernel.errors import Conflict, Refusal
from app.kernel.money import ZERO, format_amount
from app.ssc.delivery import DELIVER
from app.ssc.pages.sheet import RATES, sheet
from app.vat.queries import directory, inbox
from app.vat.rules.facts import Invoice
from app.vat.rules.splitting import Share, by_amounts, by_lines, like, whole
from app.vat.service import splitting
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.guards import may

LINES, AMOUNTS = "pozycje", "kwoty"
MOST_UNITS, MOST_LINES = 12, 60
_WHY = Field(
    "powod", "Według czego dzielisz", max_length=300, hint="Na przykład: ustalenia z dyrektorami, powierzchnia."
)


def _is_uuid(text: str) -> None:
    try:
        UUID(text)
    except ValueError:
        raise Refusal("Odśwież stronę i podziel ponownie.", "seen") from None


_SEEN = Field("seen", "Widziana decyzja", kind="hidden", required=False, max_length=36, check=_is_uuid)


def _choices(names: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((code, f"{name} ({code})") for code, name in names.items()), key=lambda item: item[1]))


def _by_lines(invoice: Invoice, names: dict[str, str]) -> Form:
    asked = tuple(
        Field(
            f"poz{at}",
            f"{line.no}. {(line.text or 'bez nazwy')[:120]} – {format_amount(line.net or line.gross or ZERO)}",
            kind="select",
            choices=_choices(names),
        )
        for at, line in enumerate(invoice.lines)
    )
    return Form(LINES, (*asked, _WHY, _SEEN))


def _by_amounts(invoice: Invoice, names: dict[str, str], count: int) -> Form:
    asked: list[Field] = []
    for at in range(count):
        asked.append(Field(f"jedn{at}", f"Jednostka {at + 1}", kind="select", choices=_choices(names)))
        for field in whole(invoice):
            rate = RATES.get(field, field)
            short: dict[str, Any] = {"kind": "amount", "required": False, "unit": "zł", "width": "short"}
            asked.append(Field(f"netto{at}_{field}", f"Netto {rate}, jednostka {at + 1}", **short))
            asked.append(Field(f"vat{at}_{field}", f"VAT {rate}, jednostka {at + 1}", **short))
    return Form(AMOUNTS, (*asked, _WHY, _SEEN))


@get("/vat/faktury/{invoice:uuid}/podzial", guards=[may("vat.invoice", "assign")], sync_to_thread=True)
def show(request: Request[Any, Any, Any], desk: NamedDependency[Desk], invoice: FromPath[UUID]) -> Response[Any]:
    """Both ways to split, filled in with the split in force, or with that of the corrected invoice."""
    return _page(desk, invoice, _count(request.query_params.get("jednostek")))


def _count(text: str | None) -> int:
    return min(MOST_UNITS, max(2, int(text))) if text and text.isdecimal() and len(text) < 4 else 2


def _page(desk: Desk, invoice_id: UUID, count: int, posted: Posted | None = None, status: int = 200) -> Response[Any]:
    with desk.reading() as session:
        entry = inbox.entry(session, invoice_id)
        names = directory.names(session)
        proposed = entry.shares or _as_before(entry, inbox.shares_of_corrected(session, entry))
    count = max(count, len(proposed))
    every, said = _whole(entry.invoice)
    seen = {"seen": str(entry.decision or "")}
    forms = {}
    if every:
        amounts = _by_amounts(entry.invoice, names, count)
        forms = {AMOUNTS: amounts.blank(**_filled(proposed), **seen)}
        if 1 < len(entry.invoice.lines) <= MOST_LINES:
            forms = {LINES: _by_lines(entry.invoice, names).blank(**seen), **forms}
        if posted is not None and posted.form.name in forms:
            forms[posted.form.name] = posted
    return page(
        "ssc/split.html",
        status=status,
        desk=desk,
        entry=entry,
        sheet=sheet(entry),
        forms=forms,
        said=said,
        totals=[
            (RATES.get(field, field), format_amount(net), format_amount(tax)) for field, (net, tax) in every.items()
        ],
        url=desk.url(f"/vat/faktury/{invoice_id}/podzial"),
        back=desk.url(f"/vat/faktury/{invoice_id}"),
        count=count,
        more=desk.url(f"/vat/faktury/{invoice_id}/podzial?jednostek={count + 1}") if count < MOST_UNITS else None,
    )


def _whole(invoice: Invoice) -> tuple[dict[str, tuple[Decimal, Decimal]], str | None]:
    """What there is to split, or why it cannot be."""
    try:
        return whole(invoice), None
    except Refusal as refusal:
        return {}, refusal.message


def _as_before(entry: inbox.Entry, earlier: Sequence[Share]) -> Sequence[Share]:
    """A correction is proposed split like what it corrects, where its amounts allow it."""
    if not earlier:
        return ()
    try:
        return like(entry.invoice, earlier)
    except Refusal:
        return ()


def _filled(shares: Sequence[Share]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at, share in enumerate(shares):
        found[f"jedn{at}"] = share.unit
        for field, (net, tax) in share.amounts.items():
            found |= {f"netto{at}_{field}": net, f"vat{at}_{field}": tax}
    return found


@post("/vat/faktury/{invoice:uuid}/podzial", guards=[may("vat.invoice", "assign")], sync_to_thread=True)
def split(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    invoice: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """Each unit gets its share; it is on its way to their registers."""
    count = _count(request.query_params.get("jednostek"))
    with desk.reading() as session:
        entry, names = inbox.entry(session, invoice), directory.names(session)
    lines = request.query_params.get("wedlug") == LINES
    form = _by_lines(entry.invoice, names) if lines else _by_amounts(entry.invoice, names, count)
    posted = form.read(data)
    if not posted.ok:
        return _page(desk, invoice, count, posted, 422)
    try:
        shares = _shares(entry.invoice, posted, count, lines=lines)
        with desk.writing() as session:
            seen = posted.values["seen"]
            splitting.split(session, invoice, shares, posted.values["powod"], UUID(seen) if seen else None)
            outbox.leave(session, DELIVER, {}, queue="interactive")
    except Conflict as refusal:
        return _page(desk, invoice, count, posted.refused(refusal), 409)
    except Refusal as refusal:
        return _page(desk, invoice, count, posted.refused(Refusal(refusal.message)), 422)
    between = counted(len(shares), "jednostkę", "jednostki", "jednostek")
    return go(desk.url(f"/vat/faktury/{invoice}"), toast=Toast(f"Podzielono na {between}."))


def _shares(invoice: Invoice, posted: Posted, count: int, *, lines: bool) -> tuple[Share, ...]:
    values = posted.values
    if lines:
        return by_lines(invoice, [values[f"poz{at}"] for at in range(len(invoice.lines))])
    given = [
        Share(
            values[f"jedn{at}"],
            {
                field: (values[f"netto{at}_{field}"] or ZERO, values[f"vat{at}_{field}"] or ZERO)
                for field in whole(invoice)
            },
        )
        for at in range(count)
    ]
    return by_amounts(invoice, given)


HANDLERS = [show, split]
