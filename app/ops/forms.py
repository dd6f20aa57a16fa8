"""The operator's forms: what is asked when a municipality, a unit, a mandate, a module, an account, a role is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.kernel import ids
from app.kernel.errors import Refusal
from app.ops.verbs import SCOPES
from app.vat.filings.jpk_v7m.codes import TAX_OFFICES
from app.web import colours
from app.web.forms import Field, Form
from tenants.registry import MODULES

EVERY_UNIT = "*"
"""In the form of a mandate: all units of the municipality but the holder."""


def _holds(rule: Callable[[str], Any]) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        rule(value)

    return check


def _tax_office(code: str) -> None:
    if code not in TAX_OFFICES:
        raise Refusal("Nie ma urzędu skarbowego o takim kodzie. Kod ma cztery cyfry, na przykład 1421.")


_SHORT_NAME_HINT = "Tak nazywa ją menu i stopka pisma: „Urząd Miasta”, „SP 7”."
_ADDRESS = (
    Field("address_line", "Ulica i numer", required=False, max_length=255, autocomplete="off"),
    Field("postal_code", "Kod pocztowy", required=False, max_length=6, width="short", placeholder="00-000"),
    Field("city", "Miejscowość", required=False, max_length=100, width="medium", autocomplete="off"),
)
_REGON = Field("regon", "REGON", required=False, width="short", check=_holds(ids.regon))
_INTERNAL_ID = Field(
    "internal_id", "Identyfikator wewnętrzny w KSeF (IDWew)", required=False, width="medium",
    hint="NIP gminy, łącznik i pięć cyfr. Po nim faktury trafiają do jednostki same.", check=_holds(ids.internal_id),
)  # fmt: skip
_SLUG = Field(
    "slug", "Skrót w adresie", required=False, max_length=60, width="medium",
    hint="Małe litery bez ogonków, cyfry i łączniki. Pusty powstanie z nazwy. Potem się nie zmienia.",
)  # fmt: skip
_COLOUR = Field(
    "colour", "Kolor portalu", required=False, max_length=7, width="short", placeholder="#0b5c6b",
    hint="Biały napis na nim musi być czytelny (kontrast 4,5 : 1). Pusty: kolor systemu.", check=_holds(colours.brand),
)  # fmt: skip
_EMAIL = Field("email", "E-mail urzędu", kind="email", max_length=255, hint="Wymaga go plik JPK_V7M.")

CITY = Form(
    "gmina",
    (
        Field(
            "teryt", "Kod TERYT", width="short", hint="Siedem cyfr, na przykład 1421021.", check=_holds(ids.teryt),
            autocomplete="off",
        ),
        Field("name", "Nazwa gminy", hint="Pełna, jak na fakturze: „Gmina Miasto Nowa Dąbrowa”.", autocomplete="off"),
        Field("short_name", "Nazwa urzędu", max_length=80, width="medium", hint="„Urząd Miasta”, „Urząd Gminy”."),
        _SLUG,
        Field("code", "Kod urzędu", max_length=20, width="short", hint="W numerach dokumentów, na przykład UM."),
        Field("nip", "NIP", width="short", check=_holds(ids.nip)),
        _REGON,
        Field(
            "tax_office", "Kod urzędu skarbowego", width="short", max_length=4, hint="Cztery cyfry, na przykład 1421.",
            check=_tax_office,
        ),
        _EMAIL,
        *_ADDRESS,
        _INTERNAL_ID,
        _COLOUR,
    ),
)  # fmt: skip

UNIT = Form(
    "jednostka",
    (
        Field("name", "Nazwa jednostki", hint="Pełna, jak w statucie.", autocomplete="off"),
        Field("short_name", "Nazwa krótka", max_length=80, width="medium", hint=_SHORT_NAME_HINT),
        Field("code", "Kod", max_length=20, width="short", hint="Jedyny w gminie, na przykład SP7."),
        _SLUG,
        Field("nip", "NIP jednostki", required=False, width="short", check=_holds(ids.nip)),
        _INTERNAL_ID,
        _REGON,
        *_ADDRESS,
        Field("email", "E-mail", kind="email", required=False, max_length=255),
    ),
)

EDIT_CITY = Form(
    "dane-gminy", tuple(field for field in CITY.fields if field.name not in ("slug", "code", "tax_office"))
)
EDIT_UNIT = Form("dane-jednostki", tuple(field for field in UNIT.fields if field.name not in ("slug", "code")))

DOMAIN = Form(
    "nazwa-hosta",
    (Field("host", "Nowa nazwa hosta", max_length=253, placeholder="portal.gmina.pl", autocomplete="off"),),
)

MODULE = Form(
    "modul",
    (
        Field("module", "Moduł", kind="select", choices=tuple(MODULES.items())),
        Field("since_on", "Od dnia", kind="date", width="short"),
        Field("until_on", "Do dnia", kind="date", width="short", required=False, hint="Puste: bezterminowo."),
    ),
)
LAST_DAY = Form("koniec", (Field("until_on", "Ostatni dzień", kind="date", width="short"),))

ACCOUNT = Form(
    "konto",
    (
        Field("name", "Imię i nazwisko", max_length=200, autocomplete="off"),
        Field(
            "login", "Login", max_length=120, hint="Najlepiej adres e-mail. Potem się nie zmienia.", autocomplete="off"
        ),
        Field("email", "E-mail", kind="email", required=False, max_length=255, hint="Puste: taki jak login."),
        Field("gdzie", "Gdzie", kind="hidden", required=False, max_length=60),
    ),
)
GRANT_END = Form(
    "koniec-roli",
    (
        Field(
            "until_on", "Ostatni dzień", kind="date", width="short", required=False,
            hint="Puste pole kończy rolę od razu, przy następnym kliknięciu tej osoby.",
        ),
    ),
)  # fmt: skip


def mandate(holders: Sequence[tuple[str, str]], units: Sequence[tuple[str, str]]) -> Form:
    """Between places of one municipality: pairs (slug, name)."""
    every = ((EVERY_UNIT, "wszystkie jednostki gminy"),) if len(units) > 1 else ()
    return Form(
        "mandat",
        (
            Field("holder", "Kto obsługuje", kind="select", choices=tuple(holders)),
            Field("unit", "Kogo obsługuje", kind="select", choices=(*every, *units)),
            Field("scope", "Zakres", kind="radio", choices=tuple(SCOPES.items())),
            Field("since_on", "Od dnia", kind="date", width="short"),
            Field(
                "basis", "Podstawa", max_length=400, hint="Uchwała albo porozumienie: numer, data, tytuł.",
                placeholder="Uchwała nr XII/34/2026 z 28 maja 2026 r.",
            ),
        ),
        together=_not_oneself,
    )  # fmt: skip


def _not_oneself(values: Mapping[str, Any]) -> Sequence[Refusal]:
    if values["holder"] == values["unit"]:
        return [Refusal("Wybierz kogoś innego: jednostka nie obsługuje samej siebie.", "unit")]
    return []


def role(roles: Sequence[tuple[str, str]]) -> Form:
    """The roles that this person may give in this place."""
    return Form(
        "rola",
        (
            Field("gdzie", "Gdzie", kind="hidden", max_length=60),
            Field("role", "Rola", kind="radio", choices=tuple(roles)),
            Field("since_on", "Od dnia", kind="date", width="short"),
            Field("until_on", "Do dnia", kind="date", width="short", required=False, hint="Puste: bezterminowo."),
        ),
    )
