"""What a password must be and how it is kept."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from app.kernel.errors import Refusal
from tenants.accounts import passwords
from tests.tenants.accounts import GOOD

LOGIN, NAME = "anna.nowakowska@gmina.pl", "Anna Nowakowska"


def reason(password: str) -> Refusal | None:
    """Why the password will not do."""
    try:
        passwords.check_new(password, LOGIN, NAME)
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("krótkie", "co najmniej 12 znaków"),
        ("a" * 201, "najwyżej 200 znaków"),
        ("anna.nowakowska@gmina.pl", "loginem"),
        ("anna.nowakowska", "loginem"),
        ("Anna Nowakowska", "imieniem i nazwiskiem"),
        ("nowakowska anna", "imieniem i nazwiskiem"),
        ("AnnaNowakowska2026!", "z dopisanymi cyframi"),
        ("Haslo1234567", "zbyt łatwe"),
        ("Hasło!!!!!!!!", "zbyt łatwe"),
        ("qwertyuiop12", "zbyt łatwe"),
        ("1q2w3e4r5t6y", "zbyt łatwe"),
        ("adminadmin123", "zbyt łatwe"),
        ("Wrzesień2026!!", "zbyt łatwe"),
        ("abababababababab", "zbyt łatwe"),
        ("123412341234", "zbyt łatwe"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, why: str) -> None:
    refusal = reason(password)
    assert refusal is not None and refusal.field == "new"
    assert why in refusal.message


@pytest.mark.parametrize(
    "password", [GOOD, "Łąka pełna świerszczy", "xk2!pq9?wm4z", "moja Anna lubi rowery", "haslo dla kota i psa"]
)
def test_a_good_password_passes(password: str) -> None:
    assert reason(password) is None


def test_a_hash_fits_only_its_own_password_and_is_argon2id_with_the_parameters_of_today() -> None:
    stored = passwords.hashed(GOOD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.fits(stored, GOOD)
    assert not passwords.fits(stored, GOOD + " ")
    assert stored != passwords.hashed(GOOD)


def test_the_same_letters_typed_otherwise_are_the_same_password() -> None:
    assert passwords.fits(
        passwords.hashed("za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105"),
        "zaz\u0307o\u0301\u0142c\u0301 ge\u0328s\u0301la\u0328",
    )


def test_without_a_stored_hash_nothing_fits() -> None:
    assert not passwords.fits(None, GOOD)
    assert not passwords.fits("nonsense", GOOD)


def test_a_hash_with_other_parameters_is_outdated() -> None:
    assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD))
    assert not passwords.outdated(passwords.hashed(GOOD))


def test_temporary_passwords_differ_and_pass_the_rules() -> None:
    made = {passwords.temporary() for _ in range(50)}
    assert len(made) == 50
    assert {reason(password) for password in made} == {None}
