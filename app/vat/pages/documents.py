"""The forms by which documents are entered: what each kind asks for, and the register's entry made of the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.kernel.errors import NotFound, Refusal
from app.vat.pages.words import MARKER_OPTIONS, USE_OPTIONS
from app.vat.rules.deduction import Use
from app.vat.rules.entries.circumstances import Circumstances
from app.vat.rules.entries.documents import TYPED, Entry, PurchaseEntry
from app.vat.rules.entries.rates import PLACES, RATES, Entered, fields, proposed_tax, together
from app.vat.rules.facts import Finding, Marker, SalesRow, Side
from app.vat.rules.positions import name as position_name
from app.vat.rules.register import MISSING
from app.web.forms import Field, Form, Posted, shown

OTHER_SALES = (
    "K_23", "K_24", "K_25", "K_26", "K_27", "K_28", "K_29", "K_30", "K_31", "K_32", "K_33", "K_34", "K_35", "K_36",
    "K_360",
)  # fmt: skip
"""What an internal document of sales may bring besides rates: acquisitions and imports that the unit taxes itself."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document. `code` stands in the address; `proof`: it is no invoice, its marker is DI by itself."""

    code: str
    title: str
    side: Side
    document_type: str | None
    form: Form
    proof: bool = False
    others: tuple[str, ...] = ()

    @property
    def lines(self) -> list[list[str]]:
        """Names of fields, line by line, rates and other K_ fields apart."""
        asked = {one.name for one in self.form.fields}
        return [shown for line in _LINES if (shown := [name for name in line if name in asked])]


_LINES = (
    ("document_no", "issued_on"),
    ("sold_on", "flags"),
    ("received_on", "document_type"),
    ("counterparty_name",),
    ("counterparty_no", "country"),
    ("marker", "ksef_number"),
    ("use",),
    ("asset", "imported"),
    ("till_no", "receipt_no"),
    ("report_no", "report_kind"),
    ("returns_gross",),
    ("margin_gross", "due_on"),
    ("split_payment",),
    ("description",),
)
"""What stands side by side."""


def _head(*, number_hint: str | None = None) -> tuple[Field, ...]:
    return (
        Field("document_no", "Numer dokumentu", max_length=256, width="medium", hint=number_hint, autocomplete="off"),
        Field("issued_on", "Data wystawienia", kind="date", width="short"),
    )


_SOLD_ON = Field(
    "sold_on", "Data sprzedaży", kind="date", width="short", required=False, hint="Gdy inna niż data wystawienia."
)
_RECEIVED_ON = Field(
    "received_on", "Data wpływu", kind="date", width="short", required=False, hint="Gdy inna niż data wystawienia."
)
_TILL = Field(
    "till_no",
    "Kasa",
    required=False,
    max_length=20,
    width="short",
    hint="Numer unikatowy, jak na raporcie.",
    autocomplete="off",
)
_REPORT = (
    _TILL,
    Field("report_no", "Numer raportu w kasie", kind="number", required=False, low=1, width="short"),
    Field(
        "report_kind",
        "Rodzaj raportu",
        kind="select",
        choices=(("daily", "dobowy"), ("monthly", "miesięczny")),
        required=False,
        width="short",
    ),
    Field(
        "returns_gross",
        "Zwroty i pomyłki, brutto",
        kind="amount",
        required=False,
        width="short",
        hint="Z ewidencji zwrotów i oczywistych pomyłek, z minusem. Kwoty według stawek podaj już po nich.",
    ),
)
_RECEIPT = (
    _TILL,
    Field(
        "receipt_no", "Numer paragonu", required=False, max_length=40, width="short", hint="Do którego jest faktura."
    ),
)
_MARGIN = Field(
    "margin_gross",
    "Wartość brutto w procedurze marży",
    kind="amount",
    required=False,
    width="short",
    hint="Tylko przy marży (art. 119 i 120).",
)
_DUE_ON = Field(
    "due_on",
    "Termin płatności",
    kind="date",
    required=False,
    width="short",
    hint="Od niego liczy się ulgę na złe długi.",
)
_SPLIT = Field("split_payment", "Podzielona płatność (MPP)", kind="checkbox", required=False)
_DESCRIPTION = Field("description", "Opis", required=False, max_length=400)


def _counterparty(name: str, required: bool) -> tuple[Field, ...]:
    hint = None if required else "Puste pole zapisze się jako BRAK."
    return (
        Field("counterparty_name", name, max_length=512, required=required, hint=hint),
        Field("counterparty_no", "NIP albo inny numer", max_length=50, required=False, width="short"),
        Field(
            "country",
            "Kraj",
            max_length=2,
            required=False,
            width="short",
            hint="Dwie litery, gdy numer jest zagraniczny: DE, CZ.",
        ),
    )


def _marker(*kinds: str) -> tuple[Field, ...]:
    choices = tuple(option for option in MARKER_OPTIONS if option[0] in kinds)
    return (
        Field("marker", "Oznaczenie", kind="select", choices=choices, width="medium"),
        Field("ksef_number", "Numer KSeF", max_length=36, required=False, width="medium"),
    )


def _rates() -> tuple[Field, ...]:
    asked = []
    for rate in RATES:
        asked.append(Field(f"net_{rate.code}", f"{rate.label}, netto", "amount", False))
        if rate.tax is not None:
            asked.append(Field(f"tax_{rate.code}", f"{rate.label}, podatek", "amount", False))
    return tuple(asked)


def _others(names: Iterable[str]) -> tuple[Field, ...]:
    return tuple(Field(name, f"{name}: {position_name(name)}", "amount", False, width="short") for name in names)


_FLAGS = Field("flags", "GTU i procedury", required=False, width="medium", hint="Po spacji, na przykład GTU_12 TP.")
_USE = (
    Field(
        "use",
        "Czemu służy ten zakup",
        kind="select",
        choices=USE_OPTIONS,
        required=False,
        hint="Możesz to wskazać później, przed zamknięciem miesiąca.",
    ),
    Field("asset", "Środek trwały", kind="checkbox", required=False),
)
_LAST = (
    Field("confirm", "Uwagi są sprawdzone, zapisz mimo to", kind="checkbox", required=False),
    Field("again", "Po zapisaniu otwórz następny taki formularz", kind="checkbox", required=False),
)

KINDS: tuple[Kind, ...] = (
    Kind(
        "RO",
        "Raport kasy",
        "sale",
        "RO",
        proof=True,
        form=Form(
            "raport",
            (
                *_head(number_hint="Numer raportu dobowego albo miesięcznego."),
                *_REPORT,
                _DESCRIPTION,
                *_rates(),
                *_LAST,
            ),
        ),
    ),
    Kind(
        "WEW",
        "Dowód wewnętrzny sprzedaży",
        "sale",
        "WEW",
        proof=True,
        others=OTHER_SALES,
        form=Form(
            "dowod",
            (
                *_head(),
                _SOLD_ON,
                *_counterparty("Nabywca", False),
                _FLAGS,
                _MARGIN,
                _DESCRIPTION,
                *_rates(),
                *_others(OTHER_SALES),
                *_LAST,
            ),
        ),
    ),
    Kind(
        "FP",
        "Faktura do paragonu",
        "sale",
        "FP",
        form=Form(
            "faktura-do-paragonu",
            (
                *_head(),
                _SOLD_ON,
                *_counterparty("Nabywca", True),
                *_marker("NrKSeF", "OFF", "BFK"),
                _FLAGS,
                *_RECEIPT,
                _DESCRIPTION,
                *_rates(),
                *_LAST,
            ),
        ),
    ),
    Kind(
        "sprzedaz",
        "Faktura sprzedaży spoza KSeF",
        "sale",
        None,
        form=Form(
            "faktura",
            (
                *_head(),
                _SOLD_ON,
                *_counterparty("Nabywca", True),
                *_marker("NrKSeF", "OFF", "BFK", "DI"),
                _FLAGS,
                _MARGIN,
                _DUE_ON,
                _DESCRIPTION,
                *_rates(),
                *_LAST,
            ),
        ),
    ),
    Kind(
        "zakup",
        "Faktura zakupu spoza KSeF",
        "purchase",
        None,
        form=Form(
            "zakup",
            (
                *_head(),
                _RECEIVED_ON,
                *_counterparty("Dostawca", True),
                *_marker("NrKSeF", "OFF", "BFK", "DI"),
                Field(
                    "document_type",
                    "Rodzaj faktury",
                    kind="select",
                    choices=(("MK", "Metoda kasowa (MK)"), ("VAT_RR", "Faktura VAT RR")),
                    required=False,
                    width="medium",
                    hint="Tylko gdy faktura ma taki dopisek.",
                ),
                Field("imported", "Import towarów", kind="checkbox", required=False),
                *_USE,
                _MARGIN,
                _DUE_ON,
                _SPLIT,
                _DESCRIPTION,
                *_rates(),
                *_LAST,
            ),
        ),
    ),
    Kind(
        "zakup-WEW",
        "Dowód wewnętrzny zakupu",
        "purchase",
        "WEW",
        proof=True,
        others=TYPED,
        form=Form(
            "dowod-zakupu",
            (*_head(), *_counterparty("Dostawca", False), *_USE, _DESCRIPTION, *_rates(), *_others(TYPED), *_LAST),
        ),
    ),
)


def kind_of(code: str) -> Kind:
    """Raises `NotFound`."""
    for kind in KINDS:
        if kind.code == code:
            return kind
    raise NotFound(f"Nie ma dokumentu rodzaju „{code[:20]}”.", "rodzaj")


def with_proposals(posted: Posted) -> tuple[Posted, bool]:
    """The form with the tax filled in where a net amount stands alone, and whether there was any."""
    typed, values = dict(posted.typed), dict(posted.values)
    for rate in RATES:
        net, place = values.get(f"net_{rate.code}"), f"tax_{rate.code}"
        if rate.tax is not None and net is not None and values.get(place) is None:
            values[place] = proposed_tax(net, rate)
            typed[place] = shown("amount", values[place])
    return Posted(posted.form, typed, values, posted.errors), values != posted.values


def entry_of(kind: Kind, values: Mapping[str, Any]) -> Entry:
    """The document as the register's rules know it."""
    by_rate = [Entered(rate, values[f"net_{rate.code}"], values.get(f"tax_{rate.code}")) for rate in RATES]
    others = {name: values[name] for name in kind.others if values[name] is not None}
    shared = {
        "counterparty_no": values.get("counterparty_no") or MISSING,
        "counterparty_name": values.get("counterparty_name") or MISSING,
        "document_no": values["document_no"],
        "issued_on": values["issued_on"],
        "marker": Marker("DI") if kind.proof else Marker(values["marker"], values["ksef_number"]),
        "country": (values.get("country") or "").upper() or None,
    }
    if kind.side == "sale":
        flags = frozenset((values.get("flags") or "").upper().replace(",", " ").split())
        return SalesRow(
            **shared,
            amounts={**fields(by_rate), **others},
            sold_on=values.get("sold_on"),
            document_type=kind.document_type,  # type: ignore[arg-type]  # of sales, by the side
            flags=flags,
            margin_gross=values.get("margin_gross"),
        )
    net, vat = together(by_rate)
    use: Use | None = values["use"]
    return PurchaseEntry(
        **shared,
        net=net,
        vat=vat,
        use=use,
        asset=values["asset"],
        amounts=others,
        received_on=values.get("received_on"),
        document_type=kind.document_type or values.get("document_type"),  # type: ignore[arg-type]  # of purchases
        imported=values.get("imported", False),
        margin_gross=values.get("margin_gross"),
    )


def known_of(values: Mapping[str, Any]) -> Circumstances:
    """What the form says of the document besides what JPK_V7M wants."""
    names = ("till_no", "report_no", "report_kind", "returns_gross", "receipt_no", "due_on")
    return Circumstances(
        **{name: values.get(name) for name in names}, split_payment=values.get("split_payment") or None
    )


def place_of(kind: Kind, field: str | None) -> str | None:
    """The field of the form that a finding is about."""
    if field is None:
        return None
    if kind.side == "sale" and field in PLACES:
        return PLACES[field]
    first = RATES[0].code
    return {"amounts": f"net_{first}", "net": f"net_{first}", "vat": f"tax_{first}"}.get(field, field)


def at_its_place(kind: Kind, refusal: Refusal) -> Refusal:
    return Refusal(refusal.message, place_of(kind, refusal.field), refusal.law)


def refusals(kind: Kind, findings: Iterable[Finding]) -> list[Refusal]:
    """Errors of a document as refusals of its form."""
    return [Refusal(one.message, place_of(kind, one.field)) for one in findings if one.severity == "error"]
