"""Drafts and issuers as JSON: what the database keeps, what the command and the page exchange."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from app.kernel.errors import Refusal
from app.vat.rules.issuing.draft import Draft, Issuer

T = TypeVar("T", Draft, Issuer)
_PATH = re.compile(r" - at `\$\.?(.*?)`$")


def plain(value: Draft | Issuer) -> dict[str, Any]:
    """JSON values: amounts and days as texts."""
    made: dict[str, Any] = msgspec.to_builtins(value)
    return made


def draft(data: bytes | Mapping[str, Any]) -> Draft:
    """From JSON. Raises `Refusal` at the field that cannot be read."""
    return _read(data, Draft)


def issuer(data: bytes | Mapping[str, Any]) -> Issuer:
    """From JSON. Raises `Refusal` at the field that cannot be read."""
    return _read(data, Issuer)


def _read(data: bytes | Mapping[str, Any], kind: type[T]) -> T:
    try:
        if isinstance(data, bytes):
            return msgspec.json.decode(data, type=kind)
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as problem:
        message, where = str(problem), _PATH.search(str(problem))
        field = where[1] if where else None
        missing = re.search("missing required field `(.*?)`", message)
        if missing:
            field = f"{field}.{missing[1]}" if field else missing[1]
            raise Refusal(f"W danych faktury brakuje pola „{field}”.", field) from None
        raise Refusal(f"Pole „{field or 'dokument'}” ma wartość, której nie rozumiem.", field) from None
    except msgspec.DecodeError:
        raise Refusal("Dane faktury nie są poprawnym dokumentem JSON.") from None
