from __future__ import annotations

import pytest

from app.vat.rules.numbers import InternalId, KsefNumber, check_internal_id, check_ksef_number


@pytest.mark.parametrize("number", ["5265877635-20250826-0100001AF629-AF", "5265877635-20250826-010000-1AF629-AF"])
def test_golden_p18_ksef_number(number: str) -> None:
    outcome = check_ksef_number(KsefNumber(number=number))
    assert outcome.result.valid
    assert outcome.result.reason is None
    assert outcome.result.canonical == "5265877635-20250826-0100001AF629-AF"
    assert outcome.reckoning[-1].value == "AF"
    assert outcome.reckoning[-1].formula == "CRC-8(5265877635-20250826-0100001AF629)"


@pytest.mark.parametrize("number", ["", "5265877635-20250826-0100001AF629-AE", "x" * 10_000])
def test_a_wrong_ksef_number_has_a_reason(number: str) -> None:
    result = check_ksef_number(KsefNumber(number=number)).result
    assert not result.valid
    assert result.reason


def test_golden_p18_internal_id_is_valid_though_its_last_digit_is_doubted() -> None:
    result = check_internal_id(InternalId(id="5265877635-12345")).result
    assert result.valid
    assert result.expected_check_digit == "6"
    assert "6" in (result.warning or "")


def test_an_internal_id_whose_last_digit_agrees_has_no_warning() -> None:
    result = check_internal_id(InternalId(id="5265877635-12346")).result
    assert (result.valid, result.warning, result.expected_check_digit) == (True, None, None)


@pytest.mark.parametrize("identifier", ["5265877636-12345", "5265877635-1234", "5265877635", "", "5265877635-12345\n"])
def test_golden_p18_bad_nip_and_short_ids_are_not_valid(identifier: str) -> None:
    result = check_internal_id(InternalId(id=identifier)).result
    assert not result.valid
    assert result.reason
