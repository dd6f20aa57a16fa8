"""A month of the register: what the system checked, what it comes to, completing it, signing it, opening it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.money import format_pln
from app.kernel.reckoning import Outcome
from app.vat.pages.checks import around, checks
from app.vat.pages.words import event, register_url, shown, state, status_of
from app.vat.queries.registers import bad_debts, ratios, rows, tills
from app.vat.queries.registers.month import Stage
from app.vat.queries.registers.row import month_history
from app.vat.queries.registers.versions import versions
from app.vat.rules import settlement
from app.vat.rules.publication import refuse_same_person
from app.vat.service import periods
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.guards import may

REOPEN = Form(
    "otwarcie",
    (
        Field(
            "reason",
            "Powód",
            kind="textarea",
            max_length=periods.LONGEST_REASON,
            hint="Na przykład: brakuje raportu kasy z 30 września.",
        ),
    ),
)

RECKONED: Mapping[str, tuple[str, Callable[[Mapping[str, Decimal]], Outcome[Decimal]]]] = {
    "nalezny": ("Podatek należny", settlement.tax_due),
    "naliczony": ("Podatek do odliczenia", settlement.tax_to_deduct),
    "roznica": ("Wynik jednostki", settlement.balance),
}
"""In the address → what is reckoned and how."""


@get("/vat/okres/{month:str}", guards=[may("vat.period", "read")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], month: FromPath[str]) -> Response[Any]:
    """The month as it stands."""
    return _show(desk, Month.parse(month, "month"))


def _show(
    desk: Desk, month: Month, refusal: Refusal | None = None, form: Posted | None = None, status: int = 200
) -> Response[Any]:
    """`refusal`: what was asked and will not be done, said above the month as it is now."""
    with desk.reading() as session:
        found = periods.status(session, month)
        sums = rows.sums(session, month)
        percents = ratios.ratios(session, month.year)
        known = tills.of_month(session, month)
        debts = sum(bool(one.due) for one in bad_debts.candidates(session, month))
        signed = [(one, _urls(desk, month, one.version)) for one in versions(session, month)]
        events = [event(one) for one in month_history(session, month)]
    stage = found.stage
    return page(
        "vat/period.html",
        status=status,
        desk=desk,
        month=month,
        month_href=lambda other: desk.url(f"/vat/okres/{other}"),
        stage=stage,
        state=state(stage),
        checks=[*checks(desk, found), *around(desk, month, known, debts)],
        blocks=len(found.blocks),
        warnings=len(found.warnings),
        due=settlement.tax_due(sums).result,
        paid=settlement.tax_to_deduct(sums).result,
        balance=settlement.balance(sums).result,
        ratio_words=_ratio_words(percents),
        explain=lambda what: desk.url(f"/vat/okres/{month}/wyliczenie/{what}"),
        registers=[(register_url(desk, side, month), side) for side in ("sale", "purchase")],
        signed=signed,
        changes_href=desk.url(f"/vat/okres/{month}/roznice") if len(signed) > 1 else None,
        events=events,
        refusal=refusal,
        tone="warning" if status == 409 else "danger",
        form=form or REOPEN.blank(),
        unsaved=form.typed["reason"] if form and refusal else None,
        url=desk.url(f"/vat/okres/{month}"),
        seen=_seen(stage),
        own_work=_own_work(desk, stage),
        may_complete=desk.may("vat.period", "complete"),
        may_publish=desk.may("vat.return", "publish"),
        may_reopen=desk.may("vat.period", "reopen"),
    )


def _urls(desk: Desk, month: Month, version: int) -> str:
    return desk.url(f"/vat/okres/{month}/wersja/{version}")


def _ratio_words(percents: Any) -> str:
    parts = [
        f"{name} {pct}%"
        for name, pct in (("prewspółczynnik", percents.pre_ratio_pct), ("współczynnik", percents.ratio_pct))
        if pct is not None
    ]
    return ", ".join(parts) or "współczynników nie ustalono"


def _own_work(desk: Desk, stage: Stage) -> str | None:
    """Why this person may not sign what they completed; the law's own sentence."""
    if stage.state != "completed":
        return None
    try:
        refuse_same_person(stage.completed_by or "", desk.login)
    except Refusal as refusal:
        return refusal.message
    return None


def _seen(stage: Stage) -> str:
    """Which completion the page shows: what is signed is what was looked at."""
    return stage.completed_at.isoformat() if stage.completed_at else ""


@get("/vat/okres/{month:str}/wyliczenie/{what:str}", guards=[may("vat.period", "read")], sync_to_thread=True)
def reckoning(desk: NamedDependency[Desk], month: FromPath[str], what: FromPath[str]) -> Response[Any]:
    """How the month's tax came about, field by field."""
    wanted = Month.parse(month, "month")
    if what not in RECKONED:
        raise NotFound("Nie ma takiego wyliczenia.", "what")
    title, reckon = RECKONED[what]
    with desk.reading() as session:
        outcome = reckon(rows.sums(session, wanted))
    return page(
        "vat/reckoning.html",
        fragment="reckoning",
        desk=desk,
        title=title,
        result=format_pln(outcome.result),
        steps=shown(outcome.reckoning),
        facts=[
            ("Miesiąc", wanted.label, desk.url(f"/vat/okres/{wanted}")),
            ("Rejestr sprzedaży", "sumy pól", register_url(desk, "sale", wanted, "/sumy")),
            ("Rejestr zakupów", "sumy pól", register_url(desk, "purchase", wanted, "/sumy")),
        ],
        law=outcome.law,
        waits_for=None,
        crumbs=[(f"Zamknięcie miesiąca, {wanted.label}", desk.url(f"/vat/okres/{wanted}"))],
    )


@post("/vat/okres/{month:str}/uzupelnij", guards=[may("vat.period", "complete")], sync_to_thread=True)
def complete(desk: NamedDependency[Desk], month: FromPath[str]) -> Response[Any]:
    """The clerk's word that the register is whole."""
    wanted = Month.parse(month, "month")
    return _done(desk, wanted, lambda session: periods.complete(session, wanted), "Rejestr czeka na podpis kierownika.")


@post("/vat/okres/{month:str}/podpisz", guards=[may("vat.return", "publish")], sync_to_thread=True)
def publish(desk: NamedDependency[Desk], month: FromPath[str], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """The head's signature: the register as it was looked at becomes a version."""
    wanted = Month.parse(month, "month")
    seen = str(data.get("seen") or "")

    def sign(session: Session) -> None:
        periods.publish(session, wanted)
        _refuse_unseen(periods.status(session, wanted).stage.completed_at, seen)

    return _done(desk, wanted, sign, f"Rejestr za {wanted.label} jest podpisany i opublikowany.")


def _refuse_unseen(completed_at: datetime | None, seen: str) -> None:
    """Raises `Conflict`, and with it takes the signature back, when the register was completed anew since the page was
    opened."""
    if completed_at is None or completed_at.isoformat() != seen:
        raise Conflict(
            "Od otwarcia strony rejestr zmieniono i uzupełniono ponownie. Obejrzyj go i podpisz jeszcze raz.", "seen"
        )


@post("/vat/okres/{month:str}/otworz", guards=[may("vat.period", "reopen")], sync_to_thread=True)
def reopen(desk: NamedDependency[Desk], month: FromPath[str], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Back to the clerk, for a reason."""
    wanted, posted = Month.parse(month, "month"), REOPEN.read(data)
    if not posted.ok:
        return _show(desk, wanted, form=posted, status=422)
    reason = posted.values["reason"]
    return _done(
        desk, wanted, lambda session: periods.reopen(session, wanted, reason), "Miesiąc jest znów otwarty.", posted
    )


def _done(
    desk: Desk, month: Month, act: Callable[[Session], object], said: str, posted: Posted | None = None
) -> Response[Any]:
    """Does it and shows the month; a refusal is shown above the month as it is now, with what was typed."""
    try:
        with desk.writing() as session:
            act(session)
    except periods.NotReady:
        return _show(
            desk,
            month,
            Refusal("Rejestru nie można jeszcze przekazać do podpisu. Co poprawić, widać niżej."),
            status=422,
        )
    except Refusal as refusal:
        return _show(desk, month, refusal, posted, status_of(refusal))
    return go(desk.url(f"/vat/okres/{month}"), toast=Toast(said))


HANDLERS = [show, reckoning, complete, publish, reopen]
