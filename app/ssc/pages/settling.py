"""A version of the return settled with the units: who owes whom, the rounding, interest and its charge, each note."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel.dates import Month
from app.kernel.errors import NotFound, Refusal
from app.kernel.money import format_pln
from app.kernel.reckoning import Step
from app.ssc.pages.across import Across
from app.ssc.pages.drill import crumbs
from app.vat.queries import directory, policy, returns
from app.vat.queries import settlements as asked
from app.vat.queries.settlements import Settlement
from app.vat.rules.deadlines import due_day
from app.vat.rules.sharing import kept_steps
from app.vat.service import settlements
from app.vat.service.settlements import Paid
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from app.web.tables import Choice, Column, Empty, ListSource, Table, table_page
from policies.guards import may

RATES = (
    ("standard", "podstawowa (art. 56 § 1)"),
    ("reduced", "obniżona (art. 56a): korekta do 6 miesięcy i zapłata do 7 dni od niej, bez wezwania urzędu"),
    ("raised", "podwyższona (art. 56b): wykazana dopiero po czynnościach urzędu, powyżej progów ustawy"),
)
ISSUE = Form("noty", ())
LATE = Form(
    "noty",
    (
        Field("paid_on", "Dzień zapłaty różnicy", kind="date", width="short",
              hint="Dzień obciążenia rachunku miasta; odsetki liczy się do niego włącznie."),
        Field("rate_kind", "Stawka odsetek", kind="radio", choices=RATES,
              hint="Warunki stawki innej niż podstawowa sprawdź w ustawie: program sprawdza tylko dni."),
    ),
)  # fmt: skip
KINDS = (Choice("settlement", "rozliczenie", "neutral"), Choice("interest", "odsetki", "warning"))


@get(
    "/vat/deklaracja/{month:str}/{version:int}/rozliczenie",
    guards=[may("vat.settlement", "read")],
    sync_to_thread=True,
)
def show(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], month: FromPath[str], version: FromPath[int]
) -> Response[Any]:
    """The notes of a version, or what they will need."""
    return _show(request, desk, Month.parse(month, "month"), version)


def _show(
    request: Request[Any, Any, Any], desk: Desk, month: Month, version: int, form: Posted | None = None
) -> Response[Any]:
    with desk.reading() as session:
        made = returns.version(session, month, version)
        found = asked.settlement(session, made.id)
        raised = settlements.raised(session, made) if found is None else Decimal(0)
        rules, names = policy.policy(session, month), directory.names(session)
    blank = LATE.blank(rate_kind="standard") if raised else ISSUE.blank()
    rows = [
        {
            "id": one.id, "title": one.title, "unit": names.get(one.unit, one.unit), "code": one.unit,
            "kind": one.kind, "amount": one.amount, "settled": one.settled, "carried_on": one.carried_on,
            "href": f"{_url(desk, month, version)}/{one.id}",
        }
        for one in (found.notes if found else ())
    ]  # fmt: skip
    response = table_page(
        request, _table(), ListSource(rows), "ssc/settlement.html", desk=desk, month=month, made=made, found=found,
        raised=raised, rules=rules, form=form or blank, url=_url(desk, month, version), lines=_lines(found),
        interest=_interest(found),
        due_on=due_day(month), may_issue=desk.may("vat.settlement", "issue"), crumbs=crumbs(desk, month),
        notes=ISSUE if not raised else LATE,
    )  # fmt: skip
    if form is not None and not form.ok:
        response.status_code = 422
    return response


def _table() -> Table:
    return Table(
        "noty",
        "Noty rozliczeniowe",
        (
            Column("title", "Nota", "code", param="nota", link=lambda row: row["href"]),
            Column("unit", "Jednostka", param="jednostka", sub=lambda row: row["code"]),
            Column("kind", "Rodzaj", "status", param="rodzaj", choices=KINDS),
            Column("amount", "Jednostka płaci", "amount", param="kwota", total=True, hint="Poniżej zera oddaje miasto",
                   explain=lambda row: f"{row['href']}/wyliczenie"),
            Column("settled", "Za miesiąc razem", "amount", param="razem", minor=True),
            Column("carried_on", "Nadwyżka na następny miesiąc", "amount", param="nadwyzka", minor=True, total=True),
        ),
        words=("nota", "noty", "not"),
        order="jednostka",
        size=100,
        empty=Empty("Nie wystawiono jeszcze not", "Wystaw je, gdy wersja jest gotowa do złożenia.", icon="receipt"),
    )  # fmt: skip


def _url(desk: Desk, month: Month, version: int) -> str:
    return desk.url(f"/vat/deklaracja/{month}/{version}/rozliczenie")


def _lines(found: Settlement | None) -> list[tuple[str, Decimal, bool]]:
    """(what, złote, whether it is a result): from the units' amounts to what the return says."""
    if found is None:
        return []
    said = found.lines
    rounding = "konto 761" if said["rounding"] > 0 else "konto 760"
    between = [
        ("Nadwyżki, które jednostki niosą same (przyrost)", -said["held"]),
        (f"Zaokrąglenie deklaracji, księguje urząd ({rounding})", said["rounding"]),
        ("Nadwyżka miasta z poprzedniej deklaracji (P_39)", -said["carried"]),
        ("Ulgi podatnika (P_49, P_50, P_52)", -said["reliefs"]),
    ]
    result = said["to_pay"] - said["refund"] - said["carried_on"]
    return [
        ("Jednostki razem za miesiąc (wszystkimi notami)", said["units"], False),
        *((words, amount, False) for words, amount in between if amount),
        ("Deklaracja: do wpłaty (P_51) mniej zwrot (P_54) i przeniesienie (P_62)", result, True),
    ]


def _interest(found: Settlement | None) -> tuple[Step, ...]:
    if found is None or not found.interest:
        return ()
    return kept_steps([*found.interest["reckoning"], *found.interest["shares"]])


@post(
    "/vat/deklaracja/{month:str}/{version:int}/rozliczenie",
    guards=[may("vat.settlement", "issue")],
    sync_to_thread=True,
)
def issue(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    month: FromPath[str],
    version: FromPath[int],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """Notes to every unit concerned; they are carried over by a job."""
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        raised = settlements.raised(session, returns.version(session, wanted, version))
    posted = (LATE if raised else ISSUE).read(data)
    if not posted.ok:
        return _show(request, desk, wanted, version, posted)
    paid = Paid(posted.values["paid_on"], posted.values["rate_kind"]) if raised else None
    try:
        with desk.writing() as session:
            settlements.issue(session, returns.version(session, wanted, version), desk.on, paid)
    except Refusal as refusal:
        return _show(request, desk, wanted, version, posted.refused(refusal))
    return go(_url(desk, wanted, version), toast=Toast("Noty wystawione. Jednostki zobaczą je za chwilę."))


def _note(desk: Desk, month: str, version: int, note: UUID) -> asked.Note:
    with desk.reading() as session:
        found = asked.note(session, note)
    if (found.month, found.version) != (Month.parse(month, "month"), version):
        raise NotFound("Nie ma takiej noty.", "note")
    return found


@get(
    "/vat/deklaracja/{month:str}/{version:int}/rozliczenie/{note:uuid}",
    guards=[may("vat.settlement", "read")],
    sync_to_thread=True,
)
def show_note(
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    month: FromPath[str],
    version: FromPath[int],
    note: FromPath[UUID],
) -> Response[Any]:
    """One note, to look at or to print."""
    found = _note(desk, month, version, note)
    with desk.reading() as session:
        unit = directory.names(session).get(found.unit, found.unit)
    back = ("Rozliczenie z jednostkami", _url(desk, found.month, version))
    return page(
        "vat/note.html", desk=desk, month_label=found.month.label, note=found, issuer=across.tenant.name, unit=unit,
        version=version, steps=found.lines, crumbs=crumbs(desk, found.month, back),
    )  # fmt: skip


@get(
    "/vat/deklaracja/{month:str}/{version:int}/rozliczenie/{note:uuid}/wyliczenie",
    guards=[may("vat.settlement", "read")],
    sync_to_thread=True,
)
def explain(
    desk: NamedDependency[Desk], month: FromPath[str], version: FromPath[int], note: FromPath[UUID]
) -> Response[Any]:
    """How a note's amount came about."""
    found = _note(desk, month, version, note)
    back = ("Rozliczenie z jednostkami", _url(desk, found.month, version))
    return page(
        "vat/reckoning.html", fragment="reckoning", desk=desk, title=f"Nota {found.title}",
        result=format_pln(found.amount), steps=found.lines, facts=(), law=(), waits_for=None,
        crumbs=crumbs(desk, found.month, back),
    )  # fmt: skip


HANDLERS = [show, issue, show_note, explain]
