"""What the city decides: choices of a month's return (refund, relief, marks, reason), and its habits from a day."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import ZERO
from app.ssc.pages.drill import crumbs
from app.vat.queries import policy as policies
from app.vat.queries.policy import Chosen, Policy
from app.vat.rules.options import LONGEST_LIABILITY, LONGEST_REASON, MARKS, REFUND_TERMS, Options
from app.vat.service import policy as service
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.guards import may

_AMOUNT: dict[str, Any] = {"kind": "amount", "required": False, "width": "short", "low": ZERO}
OPTIONS = Form(
    "wybor",
    (
        Field("refund", "Do zwrotu (P_54)", hint="Reszta nadwyżki przechodzi na następny miesiąc (P_62).", **_AMOUNT),
        Field("refund_term", "Sposób i termin zwrotu", kind="select", required=False,
              choices=tuple((code, f"{code}: {words}") for code, words in REFUND_TERMS.items()),
              hint="Warunki każdego terminu są w art. 87 ustawy o VAT; program ich nie sprawdza."),
        Field("credit", "Z tego zaliczyć na poczet zobowiązań (P_60)", **_AMOUNT),
        Field("liability", "Rodzaj przyszłego zobowiązania (P_61)", required=False, max_length=LONGEST_LIABILITY),
        Field("cash_registers", "Ulga na kasy do odliczenia (P_49)", **_AMOUNT),
        Field("cash_registers_left", "Ulga na kasy do zwrotu (P_52)", **_AMOUNT),
        Field("waived", "Podatek objęty zaniechaniem poboru (P_50)", **_AMOUNT),
        *(Field(code, f"{code}: {words}", kind="checkbox", required=False) for code, words in MARKS.items()),
        Field("reason", "Uzasadnienie korekty (P_ORDZU)", kind="textarea", required=False, max_length=LONGEST_REASON,
              hint="Trafia do pliku tylko wtedy, gdy wersja jest korektą."),
        Field("basis", "Dlaczego tak", kind="textarea", max_length=service.LONGEST_BASIS,
              hint="Dla tego, kto będzie to sprawdzał: pismo, decyzja, ustalenie."),
    ),
)  # fmt: skip
POLICY = Form(
    "polityka",
    (
        Field("since_on", "Obowiązuje od", kind="date", width="short"),
        Field("complete_by", "Jednostka uzupełnia rejestr do dnia", kind="number", width="short", low=1, high=28,
              hint="Dzień następnego miesiąca; z dnia wolnego przechodzi na roboczy."),
        Field("sign_by", "Kierownik podpisuje do dnia", kind="number", width="short", low=1, high=28),
        Field("surplus", "Nadwyżka podatku jednostki", kind="radio",
              choices=(("city", "miasto rozlicza ją z jednostką od razu"),
                       ("unit", "jednostka przenosi ją na swój następny miesiąc"))),
        Field("charges_interest", "Odsetki za zwłokę obciążają jednostkę, która je spowodowała", kind="checkbox",
              required=False),
        Field("basis", "Podstawa", max_length=service.LONGEST_BASIS, hint="Na przykład: zarządzenie nr 12/2026."),
    ),
)  # fmt: skip


@get("/vat/wybory/{month:str}", guards=[may("vat.consolidation", "read")], sync_to_thread=True)
def options(desk: NamedDependency[Desk], month: FromPath[str]) -> Response[Any]:
    """What holds for the next version of the month's return."""
    return _options(desk, Month.parse(month, "month"))


def _options(desk: Desk, month: Month, form: Posted | None = None) -> Response[Any]:
    with desk.reading() as session:
        history = policies.choices(session, month)
    now = history[0] if history else None
    return page(
        "ssc/options.html",
        status=200 if form is None or form.ok else 422,
        desk=desk,
        month=month,
        history=[(one, _words(one)) for one in history],
        form=form or _filled(now),
        may_choose=desk.may("vat.consolidation", "choose"),
        url=desk.url(f"/vat/wybory/{month}"),
        crumbs=crumbs(desk, month),
    )


def _filled(now: Chosen | None) -> Posted:
    if now is None:
        return OPTIONS.blank()
    given = now.options
    named = {name: getattr(given, name) for name in (
        "refund", "refund_term", "credit", "liability", "cash_registers", "cash_registers_left", "waived", "reason",
    )}  # fmt: skip
    return OPTIONS.blank(**named, **dict.fromkeys(given.marks, True), basis=now.basis)


def _words(one: Chosen) -> str:
    stored = one.options.stored()
    if not stored:
        return "bez szczególnych wyborów"
    names = {
        "refund": "P_54", "credit": "P_60", "cash_registers": "P_49", "cash_registers_left": "P_52", "waived": "P_50",
        "refund_term": "zwrot", "liability": "P_61", "reason": "P_ORDZU", "marks": "oznaczenia",
    }  # fmt: skip
    shown = {name: ", ".join(value) if isinstance(value, list) else value for name, value in stored.items()}
    return "; ".join(f"{names[name]}: {value}" for name, value in shown.items())


@post("/vat/wybory/{month:str}", guards=[may("vat.consolidation", "choose")], sync_to_thread=True)
def choose(desk: NamedDependency[Desk], month: FromPath[str], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Another set of choices; versions already made keep theirs."""
    wanted, posted = Month.parse(month, "month"), OPTIONS.read(data)
    if not posted.ok:
        return _options(desk, wanted, posted)
    given = dict(posted.values)
    basis = given.pop("basis")
    marks = tuple(mark for mark in MARKS if given.pop(mark))
    try:
        with desk.writing() as session:
            changed = service.choose(session, wanted, Options(**given, marks=marks), basis)
    except Refusal as refusal:
        return _options(desk, wanted, posted.refused(refusal))
    words = "Zapisano. Zadziała w następnej wersji deklaracji." if changed else "Nic się nie zmieniło."
    return go(desk.url(f"/vat/deklaracja/{wanted}"), toast=Toast(words))


@get("/vat/polityka", guards=[may("vat.policy", "read")], sync_to_thread=True)
def policy(desk: NamedDependency[Desk]) -> Response[Any]:
    """Internal days, who bears surplus and interest."""
    return _policy(desk)


def _policy(desk: Desk, form: Posted | None = None) -> Response[Any]:
    with desk.reading() as session:
        decided = policies.policies(session)
    now = next(iter(decided), Policy(None))
    blank = POLICY.blank(
        since_on=Month.of(desk.on).first_on, complete_by=now.complete_by, sign_by=now.sign_by, surplus=now.surplus,
        charges_interest=now.charges_interest,
    )  # fmt: skip
    return page(
        "ssc/policy.html", status=200 if form is None or form.ok else 422, desk=desk, decided=decided,
        form=form or blank, may_decide=desk.may("vat.policy", "decide"), url=desk.url("/vat/polityka"),
    )  # fmt: skip


@post("/vat/polityka", guards=[may("vat.policy", "decide")], sync_to_thread=True)
def decide(desk: NamedDependency[Desk], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Another decision, from a day."""
    posted = POLICY.read(data)
    if not posted.ok:
        return _policy(desk, posted)
    try:
        with desk.writing() as session:
            service.decide(session, **posted.values)
    except Refusal as refusal:
        return _policy(desk, posted.refused(refusal))
    return go(desk.url("/vat/polityka"), toast=Toast("Zapisano."))


HANDLERS = [options, choose, policy, decide]
