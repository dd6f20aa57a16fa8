from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel import ids
from app.kernel.errors import Refusal

KSEF = "5265877635-20250826-0100001AF629-AF"


def _with_checksum(start: str) -> str:
    return f"{start}-{ids.ksef_checksum(start)}"


@pytest.mark.parametrize(
    ("read", "text", "canonical"),
    [
        (ids.nip, "526-587-76-35", "5265877635"),
        (ids.nip, "PL 5265877635", "5265877635"),
        (ids.pesel, "44051401359", "44051401359"),
        (ids.regon, "123456785", "123456785"),
        (ids.regon, "12345678512347", "12345678512347"),
        (ids.nrb, "PL 61 1090 1014 0000 0712 1981 2874", "61109010140000071219812874"),
        (ids.teryt, "1465011", "1465011"),
        (ids.teryt, "0201022", "0201022"),
        (ids.ksef_number, f" {KSEF} ", KSEF),
        (ids.internal_id, "5265877635-12345", "5265877635-12345"),
    ],
)
def test_numbers_are_brought_to_one_form(read: Callable[[str], str], text: str, canonical: str) -> None:
    assert read(text) == canonical


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (ids.nip, "5265877636"),
        (ids.nip, "0000000000"),
        (ids.nip, "٥265877635"),
        (ids.nip, ""),
        (ids.pesel, "44051401358"),
        (ids.pesel, "00000000000"),
        (ids.regon, "000000000"),
        (ids.regon, "123456784"),
        (ids.nrb, "61109010140000071219812875"),
        (ids.nrb, "DE89370400440532013000"),
        (ids.nrb, "6110901014000007121981287"),
        (ids.teryt, "146501"),
        (ids.teryt, "1465018"),
        (ids.teryt, "0301011"),
        (ids.teryt, "0200011"),
        (ids.ksef_number, "x"),
        (ids.internal_id, "5265877635"),
    ],
)
def test_wrong_numbers_are_refused_with_a_sentence_at_their_field(read: Callable[..., str], text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(text, "numer")
    assert refused.value.field == "numer"
    assert refused.value.message.endswith(".")


def test_golden_p18_crc_of_the_documented_number() -> None:
    assert ids.ksef_checksum(KSEF) == "AF"
    assert ids.ksef_number_problem(KSEF) is None
    assert len(KSEF) == 35


@pytest.mark.parametrize(
    "number",
    [
        "5265877635-20250826-010000-1AF629-AF",
        _with_checksum("M123456789-20260301-0100001AF629"),
        _with_checksum("ABC1234567-20260301-0100001AF629"),
    ],
)
def test_other_forms_of_ksef_numbers_are_known(number: str) -> None:
    assert ids.ksef_number_problem(number) is None
    assert len(ids.ksef_canonical(number)) == 35


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("", "a podany ma 0"),
        (KSEF[:-1], "a podany ma 34"),
        (f"{KSEF}\n", "postać"),
        (KSEF.lower(), "postać"),
        ("5265877635-20250826-0100001AF629-AE", "powinno być AF"),
        (_with_checksum("5265877636-20250826-0100001AF629"), "NIP 5265877636"),
        (_with_checksum("5265877635-20250230-0100001AF629"), "20250230 w numerze KSeF nie istnieje"),
        (_with_checksum("5265877635-20190826-0100001AF629"), "wcześniejsza"),
        ("5265877635-20250826-0100001AF62G-AF", "postać"),
    ],
)
def test_says_why_it_is_no_ksef_number(number: str, why: str) -> None:
    assert why in (ids.ksef_number_problem(number) or "")


@given(st.integers(0, 34), st.sampled_from("0123456789ABCDEF-"))
def test_one_changed_character_is_always_noticed(place: int, character: str) -> None:
    changed = KSEF[:place] + character + KSEF[place + 1 :]
    assert (ids.ksef_number_problem(changed) is None) == (changed == KSEF)


def test_internal_ids_need_the_form_and_a_true_nip_only() -> None:
    assert ids.internal_id_problem("5265877635-12345") is None
    assert "NIP 5265877636" in (ids.internal_id_problem("5265877636-12345") or "")
    assert "postać" in (ids.internal_id_problem("5265877635-1234") or "")
    assert ids.internal_id_check_digit("5265877635-12345") == "6"
