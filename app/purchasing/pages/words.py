"""Codes of the circulation in Polish, and the person at the desk as the rules know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.kernel.errors import Conflict, Forbidden, NotFound, Refusal
from app.purchasing.queries.cases import Entry
from app.purchasing.rules.facts import KINDS, RIGHTS, ActKind, Person, Scheme, StepKind
from app.purchasing.rules.scheme import USUAL
from app.web.desk import Desk
from app.web.parts import Event
from app.web.tables import Choice

ACTS = frozenset({"read", "open", "ask", *RIGHTS.values()})
STATES = (
    Choice("open", "w obiegu", "info"),
    Choice("ready", "gotowy", "success"),
    Choice("rejected", "odrzucony", "danger", "circle-x"),
    Choice("withdrawn", "wycofany", "neutral"),
)
KIND_NAMES: Mapping[str, str] = {str(code): label for code, label in KINDS.items()}
STEP_TITLES: Mapping[StepKind, str] = {one.kind: one.title for one in USUAL.steps}
TONES = {"stop": "danger", "warning": "warning", "note": "info"}
_DONE: Mapping[ActKind, tuple[str, str]] = {
    "open": ("rozpoczął(ęła) obieg", "inbox"),
    "describe": ("opisał(a) zakup", "writing"),
    "approve": ("zatwierdził(a)", "circle-check"),
    "return": ("zwrócił(a)", "arrow-back-up"),
    "reject": ("odrzucił(a)", "circle-x"),
    "object": ("odmówił(a) podpisu", "alert-circle"),
    "order": ("polecił(a) wykonać mimo odmowy", "signature"),
    "override": ("dopuścił(a) mimo ostrzeżenia", "alert-triangle"),
    "change": ("zmienił(a) treść", "edit"),
    "withdraw": ("wycofał(a) z obiegu", "arrow-back-up"),
}


def person_of(desk: Desk) -> Person:
    """Whoever sits at this desk, with what they may do to purchases here."""
    rights = frozenset(act for act in ACTS if desk.may("purchasing.case", act))
    return Person(desk.login, rights, desk.own, desk.serves)


def case_url(desk: Desk, case_id: UUID, tail: str = "") -> str:
    return desk.url(f"/zakupy/faktury/{case_id}{tail}")


def step_title(scheme: Scheme, code: str | None) -> str:
    found = scheme.step(code or "")
    return found.title if found else (code or "–")


def event(scheme: Scheme, entry: Entry) -> Event:
    """A line of the book for `ui.timeline`."""
    act = entry.act
    what, icon = _DONE[act.kind]
    where = f": {step_title(scheme, act.step)}" if act.kind in ("approve", "object", "order", "override") else ""
    if act.kind == "return":
        where = f" do kroku „{step_title(scheme, act.to_step)}”"
    instead = f" (w zastępstwie: {act.for_login})" if act.for_login else ""
    said = f". {act.note}" if act.note else ""
    return Event(act.actor, f"{what}{where}{instead}{said}", entry.at, entry.mandate, (), icon)


def status_of(refusal: Refusal) -> int:
    """Of a page that shows a refusal where it happened."""
    if isinstance(refusal, NotFound):
        return 404
    return 409 if isinstance(refusal, Conflict) else 403 if isinstance(refusal, Forbidden) else 422


def uuid_of(text: Any) -> UUID:
    """Raises `NotFound`."""
    try:
        return UUID(str(text))
    except ValueError:
        raise NotFound("Nie ma takiego dokumentu w obiegu tej jednostki.", "case") from None
