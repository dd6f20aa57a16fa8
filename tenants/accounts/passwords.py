"""Passwords: Argon2id hashes, what a new password must be, temporary ones for a first log-in."""

from __future__ import annotations

import re
import secrets
import unicodedata
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.kernel.errors import Refusal
from tenants.accounts.folding import folded

SHORTEST, LONGEST = 12, 200
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""19 MiB, two passes, one lane; hashes made otherwise are made anew at the next log-in."""
_LETTERS_OF_TEMPORARY = "abcdefghijkmnpqrstuvwxyz23456789"
"""Without those that are mistaken for one another when read aloud or copied from paper."""


def hashed(password: str) -> str:
    return HASHER.hash(_plain(password))


def fits(stored: str | None, password: str) -> bool:
    """Whether the password is the one stored. Without a stored one the same work is done, and the answer is no."""
    try:
        return HASHER.verify(stored or _nobody(), _plain(password))
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than those of today."""
    return HASHER.check_needs_rehash(stored)


def temporary() -> str:
    """A password that is said or written to a person once, "abcd-efgh-jkmn-pqrs"; 80 bits."""
    return "-".join("".join(secrets.choice(_LETTERS_OF_TEMPORARY) for _ in range(4)) for _ in range(4))


def check_new(password: str, login: str, name: str, field: str = "new") -> None:
    """Raise Refusal when a new password is too short, too long, the person's own name, or one of the common ones."""
    if len(password) < SHORTEST:
        raise Refusal(f"Hasło musi mieć co najmniej {SHORTEST} znaków. Dobre hasło to na przykład kilka słów.", field)
    if len(password) > LONGEST:
        raise Refusal(f"Hasło może mieć najwyżej {LONGEST} znaków.", field)
    plain = folded(password).strip()
    core = _shortest_period(_letters(plain))
    own = {folded(login), folded(login).split("@")[0], folded(name), " ".join(reversed(folded(name).split()))}
    if plain in own or core in {_letters(word) for word in own} - {""}:
        raise Refusal("Hasło nie może być loginem ani imieniem i nazwiskiem, także z dopisanymi cyframi.", field)
    if plain in _common() or core in _common() or len(set(plain)) < 5:
        raise Refusal("To hasło jest zbyt łatwe do odgadnięcia. Wybierz inne, na przykład kilka słów.", field)


def _plain(password: str) -> str:
    """The same letters however the keyboard composed them."""
    return unicodedata.normalize("NFKC", password)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text)


def _shortest_period(text: str) -> str:
    """ "adminadmin" is "admin" said twice."""
    at = (text + text).find(text, 1) if text else 0
    return text[:at] if 0 < at < len(text) else text


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    lines = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no password fits."""
    return HASHER.hash(secrets.token_urlsafe(32))
