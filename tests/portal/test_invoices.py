"""How an invoice to a unit is addressed: the fields of FA(3) for every kind of unit."""

from __future__ import annotations

import pytest

from app.portal.invoices import addressing
from tenants.models import Tenant

NIP = "5260250274"
WHERE = {"address_line": "ul. Rynek 1", "postal_code": "05-100", "city": "Jodłów"}
OFFICE_ID = f"{NIP}-00025"
CITY = Tenant(kind="municipality", name="Gmina Jodłów", short_name="Urząd Gminy", nip=NIP, **WHERE)
ADDRESS = {"KodKraju": "PL", "AdresL1": "ul. Rynek 1", "AdresL2": "05-100 Jodłów"}
BUYER = {"DaneIdentyfikacyjne": {"NIP": NIP, "Nazwa": "Gmina Jodłów"}, "Adres": ADDRESS, "GV": 2}


def unit(**known: str) -> Tenant:
    return Tenant(kind="unit", name="Szkoła nr 1", short_name="SP1", **known)


@pytest.mark.parametrize(
    ("tenant", "identity", "name"),
    [
        (unit(internal_id=f"{NIP}-00017"), {"IDWew": f"{NIP}-00017"}, "Szkoła nr 1"),
        (unit(internal_id=f"{NIP}-00017", nip="5213017228"), {"IDWew": f"{NIP}-00017"}, "Szkoła nr 1"),
        (unit(nip="5213017228"), {"NIP": "5213017228"}, "Szkoła nr 1"),
        (unit(nip=NIP), {"BrakID": 1}, "Szkoła nr 1"),
        (unit(), {"BrakID": 1}, "Szkoła nr 1"),
        (
            Tenant(kind="municipality", name="Gmina", short_name="Urząd Gminy", nip=NIP, internal_id=OFFICE_ID),
            {"IDWew": OFFICE_ID},
            "Urząd Gminy",
        ),
    ],
)  # fmt: skip
def test_a_unit_is_the_recipient_and_the_municipality_the_buyer(
    tenant: Tenant, identity: dict[str, object], name: str
) -> None:
    made = addressing(CITY, tenant)
    assert made is not None
    assert made.fields() == {
        "Podmiot2": BUYER | {"JST": 1},
        "Podmiot3": {"DaneIdentyfikacyjne": identity | {"Nazwa": name}, "Rola": 8},
    }


def test_the_office_without_an_internal_id_buys_by_itself() -> None:
    made = addressing(CITY, CITY)
    assert made is not None
    assert made.fields() == {"Podmiot2": BUYER | {"JST": 2}}


def test_a_known_address_of_the_unit_goes_along() -> None:
    made = addressing(CITY, unit(nip="5213017228", **WHERE))
    assert made is not None and made.recipient is not None
    assert made.recipient.fields()["Adres"] == ADDRESS


def test_without_the_payers_nip_there_is_nothing_to_say() -> None:
    assert addressing(Tenant(kind="municipality", name="Gmina", short_name="UG"), unit()) is None


def test_the_text_to_be_pasted_holds_everything() -> None:
    made = addressing(CITY, unit(internal_id=f"{NIP}-00017", city="Jodłów"))
    assert made is not None
    assert made.text().splitlines() == [
        "Nabywca (Podmiot2): Gmina Jodłów",
        f"NIP: {NIP}",
        "ul. Rynek 1",
        "05-100 Jodłów",
        "Jednostka podrzędna JST: 1",
        "Odbiorca (Podmiot3), rola 8: Szkoła nr 1",
        f"IDWew: {NIP}-00017",
        "Jodłów",
    ]
