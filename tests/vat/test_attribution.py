"""Whose invoice it is: numbers first, then what only one unit has; everything else goes to a person with candidates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vat.rules.attribution import Attribution, attribute, directory
from app.vat.rules.facts import Address, Invoice, Party, UnitProfile
from tests.vat.invoices import CITY, OTHER, PURCHASE, SALE, SELLER, line

UNITS = directory(
    [
        UnitProfile(
            "UM", "Urząd Miasta Kielce", address_line1="Rynek 1", postal_code="25-303", city="Kielce", office=True,
        ),
        UnitProfile(
            "SP12", "Szkoła Podstawowa nr 12 im. Jana Kochanowskiego w Kielcach", internal_ids=(f"{CITY}-00121",),
            address_line1="ul. Szkolna 5", postal_code="25-604", city="Kielce", emails=("sekretariat@sp12.kielce.pl",),
        ),
        UnitProfile(
            "SP4", "Szkoła Podstawowa nr 4 w Kielcach", internal_ids=(f"{CITY}-00041",),
            address_line1="ul. Długa 7", postal_code="25-705", city="Kielce",
        ),
        UnitProfile(
            "P4", "Przedszkole Samorządowe nr 4", address_line1="ul. Szkolna 9", postal_code="25-604", city="Kielce",
        ),
        UnitProfile(
            "MOPS", "Miejski Ośrodek Pomocy Społecznej w Kielcach", nip=OTHER, valid_to_on=date(2026, 6, 30),
            address_line1="ul. Dobra 3", postal_code="25-001", city="Kielce",
        ),
    ],
    ["Miasto Kielce"],
)  # fmt: skip


def _decide(invoice: Invoice = PURCHASE, *others: Party, **facts: Any) -> Attribution:
    return attribute(replace(invoice, others=others, **facts), UNITS, CITY)


def _unit(*, role: int = 8, **facts: Any) -> Party:
    return Party(facts.pop("name", None), role=role, **facts)


@pytest.mark.parametrize(
    ("party", "unit"),
    [
        (_unit(internal_id=f"{CITY}-00121"), "SP12"),
        (_unit(nip=OTHER), "MOPS"),
        (_unit(nip=CITY, internal_id=f"{CITY}-00041"), "SP4"),
        (_unit(internal_id=f"{CITY}-99999"), None),
        (_unit(nip=SELLER), None),
        (_unit(nip=CITY), None),
        (_unit(nip=OTHER, internal_id=f"{CITY}-00121"), None),
        (_unit(internal_id=f"{CITY}-00121", name="Szkoła Podstawowa nr 4 w Kielcach"), None),
        (_unit(role=4, internal_id=f"{CITY}-00121"), None),
    ],
    ids=["by IDWew", "by the unit's NIP", "the city's NIP beside it", "unknown IDWew", "somebody's NIP",
         "only the city's NIP", "two numbers disagree", "the name says another unit", "a co-buyer is no recipient"],
)  # fmt: skip
def test_numbers_of_the_third_party_decide(party: Party, unit: str | None) -> None:
    decision = _decide(PURCHASE, party)
    assert (decision.outcome, decision.unit) == ("assigned" if unit else "queued", unit)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("Szkoła Podstawowa Nr 12 w Kielcach", "SP12"),
        ("SP 12", "SP12"),
        ("SZK. PODST. NR XII", "SP12"),
        ("Gmina Kielce – Szkoła Podstawowa nr 4", "SP4"),
        ("M.O.P.S. Kielce", "MOPS"),
        ("Szkoła Podstawowa nr 13", None),
        ("Szkoła Podstawowa", None),
        ("Szkoła Podstawowa nr 12 im. Adama Mickiewicza", None),
        ("PS 4", None),
    ],
)
def test_a_name_that_only_one_unit_has_decides(name: str, unit: str | None) -> None:
    assert _decide(PURCHASE, _unit(nip=CITY, name=name)).unit == unit


@pytest.mark.parametrize(
    ("address", "unit"),
    [
        (Address("ul. Długa 7", "25-705 Kielce"), "SP4"),
        (Address("Długa 7 lok. 2, 25-705 Kielce"), "SP4"),
        (Address("ul. Długa 8", "25-705 Kielce"), None),
        (Address("ul. Długa 7", "00-001 Warszawa"), None),
        (Address("Rynek 1", "25-303 Kielce"), None),
    ],
)
def test_an_address_that_only_one_unit_has_decides(address: Address, unit: str | None) -> None:
    assert _decide(PURCHASE, _unit(nip=CITY, name="Gmina Kielce", address=address)).unit == unit


def test_a_name_and_an_address_of_two_units_go_to_a_person() -> None:
    party = _unit(nip=CITY, name="Szkoła Podstawowa nr 12 w Kielcach", address=Address("ul. Długa 7", "25-705 Kielce"))
    decision = _decide(PURCHASE, party)
    assert decision.unit is None
    assert {candidate.unit for candidate in decision.candidates} >= {"SP12", "SP4"}


def test_two_recipients_go_to_a_person() -> None:
    decision = _decide(PURCHASE, _unit(internal_id=f"{CITY}-00121"), _unit(internal_id=f"{CITY}-00041"))
    assert decision.unit is None
    assert "więcej niż jedną" in decision.reason


def test_of_a_contradiction_no_chance_is_told() -> None:
    decision = _decide(PURCHASE, _unit(internal_id=f"{CITY}-00121", name="Szkoła Podstawowa nr 4 w Kielcach"))
    assert {(one.unit, one.score) for one in decision.candidates} == {("SP12", None), ("SP4", None)}


def test_a_unit_that_had_closed_by_then_goes_to_a_person() -> None:
    assert _decide(PURCHASE, _unit(nip=OTHER), issued_on=date(2026, 6, 30)).unit == "MOPS"
    assert _decide(PURCHASE, _unit(nip=OTHER), issued_on=date(2026, 7, 1)).unit is None


def test_the_citys_own_name_and_address_prove_no_unit_and_the_office_is_only_proposed() -> None:
    decision = _decide(replace(PURCHASE, buyer=replace(PURCHASE.buyer, serves_unit=False)))
    assert decision.unit is None
    assert decision.candidates[0].unit == "UM"


def test_free_texts_only_rank_candidates() -> None:
    decision = _decide(lines=(line(text="Papier dla: Szkoła Podstawowa nr 12"),))
    assert decision.unit is None
    assert decision.candidates[0].unit == "SP12"
    assert decision.candidates[0].evidence[0].field == "Fa/FaWiersz/P_7"


def test_a_sale_is_decided_by_the_issuer_role_7_and_never_by_the_buyer() -> None:
    assert _decide(SALE, _unit(role=7, internal_id=f"{CITY}-00121")).unit == "SP12"
    assert _decide(SALE, _unit(role=8, internal_id=f"{CITY}-00121")).unit is None
    assert _decide(SALE).candidates[0].unit == "SP12"  # the number begins with the unit's code


def test_foreign_and_internal_invoices_are_never_assigned() -> None:
    recipient = _unit(internal_id=f"{CITY}-00121")
    assert _decide(replace(PURCHASE, buyer=Party("Ktoś", nip=SELLER)), recipient).unit is None
    assert _decide(replace(PURCHASE, seller=Party("Gmina Kielce", nip=CITY)), recipient).unit is None


pieces = st.sampled_from(
    ["Szkoła Podstawowa", "nr", "12", "SP 4", "10²", "①", "½", "IV", "„Bajka”", "im.", "w Kielcach", "ul. Długa 7", "-",
     "|", "25-705 Kielce", "Gmina Kielce", "a@b.pl", "@", f"{CITY}-00121", OTHER]
)  # fmt: skip
texts = st.lists(pieces | st.text(max_size=8), max_size=5).map(" ".join)
parties = st.builds(
    Party,
    name=st.none() | texts,
    nip=st.sampled_from([None, CITY, OTHER, SELLER]),
    internal_id=st.none() | texts,
    address=st.none() | st.builds(Address, texts, st.none() | texts),
    emails=st.lists(texts, max_size=1).map(tuple),
    role=st.none() | st.integers(1, 11),
)


@given(st.sampled_from([PURCHASE, SALE]), st.lists(parties, max_size=3), texts, texts)
def test_whatever_an_invoice_says_it_is_decided_or_queued(
    invoice: Invoice, others: list[Party], text: str, name: str
) -> None:
    changed = replace(
        invoice,
        buyer=replace(invoice.buyer, name=name),
        others=tuple(others),
        lines=(line(text=text),),
        delivery_texts=(text,),
        descriptions=((name, text),),
    )
    decision = attribute(changed, UNITS, CITY)
    assert (decision.unit is None) == (decision.outcome == "queued")
    assert 0 < len(decision.reason) <= 400
    told = [candidate.score for candidate in decision.candidates if candidate.score is not None]
    assert len(told) in (0, len(decision.candidates))  # a contradiction tells no chance at all
    assert told == sorted(told, reverse=True)
    assert all(0 <= score <= 99 for score in told)
