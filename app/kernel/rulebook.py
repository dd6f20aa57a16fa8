"""Every rule of law is callable alone: a question in JSON, the answer with its reckoning, without a database.

A room's `rules/__init__.py` exports `RULES`; `magistrat rule` and `POST /api/rules/NAME` both go through `ask`.
Exact numbers are strings in both directions: a JSON number has already lost digits in somebody's reader.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from app.kernel.errors import Refusal
from app.kernel.reckoning import Outcome

LONGEST_NUMBER = 30
"""Characters; nothing in municipal law needs more, and longer ones are somebody's mistake or attack."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule under its public name. `input` is a frozen msgspec struct; `run` is pure and raises `Refusal`."""

    name: str
    summary: str
    input: type[msgspec.Struct]
    run: Callable[[Any], Outcome[Any]]


class Amount(Decimal):
    """Złote with at most two decimals, below 10^14 (also negative: corrections)."""


class Exact(Decimal):
    """Any plain decimal number."""


class WholeZloty(Decimal):
    """Full złote from 0, below 10^14."""


class WholePercent(Decimal):
    """A whole number of per cents from 0 to 100."""


@dataclass(frozen=True, slots=True)
class _Shape:
    pattern: str
    example: str
    complaint: str


_SHAPES: dict[type[Decimal], _Shape] = {
    Amount: _Shape(
        r"-?[0-9]{1,14}(\.[0-9]{1,2})?",
        "10000.00",
        "Podaj kwotę jako tekst w postaci „1234.56”: kropka dziesiętna, najwyżej dwie cyfry po niej i 14 przed nią, "
        "bez odstępów i bez wykładnika.",
    ),
    Exact: _Shape(
        r"-?[0-9]+(\.[0-9]+)?",
        "20.01",
        "Podaj liczbę jako tekst w postaci „1234.56”: kropka dziesiętna, bez odstępów i bez wykładnika.",
    ),
    WholeZloty: _Shape(
        r"[0-9]{1,14}(\.0{1,2})?",
        "265",
        "Podaj kwotę w pełnych złotych, nie ujemną, jako tekst w postaci „1234”, bez groszy, odstępów i wykładnika.",
    ),
    WholePercent: _Shape(
        r"(100|[0-9]{1,2})(\.0{1,2})?",
        "83",
        "Podaj pełny procent od 0 do 100 jako tekst w postaci „83”.",
    ),
}

_KINDS = {
    "str": "tekst",
    "int": "liczbę całkowitą",
    "float": "liczbę",
    "bool": "wartość true lub false",
    "array": "listę",
    "object": "obiekt",
    "null": "pustą wartość (null)",
    "date": "datę w postaci RRRR-MM-DD",
}

_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_NAMED = re.compile(r"Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<given>[^`]+)`")


class _Complaint(ValueError):
    """Raised inside decoding with a message that is already for people."""


def number(kind: type[Decimal], value: object) -> Decimal:
    """One of the number types above from its string; `ValueError` with a Polish message otherwise."""
    shape = _SHAPES[kind]
    if not isinstance(value, str):
        raise _Complaint(f"Liczby podaje się jako tekst w cudzysłowie. {shape.complaint}")
    if len(value) > LONGEST_NUMBER:
        raise _Complaint(f"Liczba jest zbyt długa: może mieć najwyżej {LONGEST_NUMBER} znaków.")
    if re.fullmatch(shape.pattern, value) is None:
        raise _Complaint(f"„{value}” nie pasuje. {shape.complaint}")
    read = Decimal(value)
    return kind(read if read else 0)


def _decode(kind: type[Any], value: object) -> object:
    if kind in _SHAPES:
        return number(kind, value)
    raise NotImplementedError(f"no way to read {kind}")  # as msgspec asks of a hook


def _describe(kind: type[Any]) -> dict[str, Any]:
    shape = _SHAPES[kind]
    return {
        "type": "string",
        "pattern": f"^{shape.pattern}$",
        "maxLength": LONGEST_NUMBER,
        "description": shape.complaint,
        "examples": [shape.example],
    }


def schema(rule: Rule) -> dict[str, Any]:
    """JSON Schema (2020-12) of the rule's input, with the rule's own object at the top."""
    described = msgspec.json.schema(rule.input, schema_hook=_describe)
    definitions = described.pop("$defs", {})
    top = definitions.pop(described.pop("$ref").rsplit("/", 1)[-1])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": rule.name, "description": rule.summary}
    return {**top, **head, **({"$defs": definitions} if definitions else {})}


def ask(rule: Rule, raw: bytes) -> dict[str, Any]:
    """One question to one rule: JSON in, the contract's object out (`result`, `reckoning`, `law`).

    Raises `Refusal` with the path of the field for anything that is not a proper question.
    """
    outcome = rule.run(_read(rule, raw.removeprefix(b"\xef\xbb\xbf")))
    return {
        "result": _written(outcome.result),
        "reckoning": [_written(step) for step in outcome.reckoning],
        "law": list(outcome.law),
    }


def error(refusal: Refusal) -> dict[str, Any]:
    """The contract's object for bad input."""
    return {"error": {"field": refusal.field, "message": refusal.message}}


def _read(rule: Rule, raw: bytes) -> msgspec.Struct:
    if not raw.strip():
        raise Refusal("Brak danych: podaj obiekt JSON z pytaniem do reguły.")
    try:
        question = msgspec.json.decode(raw, type=rule.input, dec_hook=_decode)
    except msgspec.ValidationError as refused:
        raise _translated(rule, refused) from None
    except UnicodeDecodeError:
        raise Refusal("Dane nie są zapisane w UTF-8. Zapisz je w tym kodowaniu i spróbuj ponownie.") from None
    except RecursionError:
        raise Refusal("Dane są zbyt głęboko zagnieżdżone.") from None
    except msgspec.DecodeError as broken:
        place = re.search(r"\(byte (\d+)\)", str(broken))
        where = f" (bajt {place[1]})" if place else " (dane się urywają)"
        raise Refusal(f"To nie jest poprawny JSON{where}.") from None
    if repeated := _repeated(json.loads(raw, object_pairs_hook=tuple, parse_int=str, parse_float=str)):
        raise Refusal(f"Pole „{repeated.rpartition('.')[2]}” podano dwa razy.", repeated)
    return question


def _repeated(value: object, path: str = "") -> str | None:
    """The path of a name given twice in one object: it would silently lose one of the amounts. Objects are tuples of
    pairs here."""
    if isinstance(value, list):
        return next((found for at, one in enumerate(value) if (found := _repeated(one, f"{path}[{at}]"))), None)
    if not isinstance(value, tuple):
        return None
    names: set[str] = set()
    for name, one in value:
        place = f"{path}.{name}" if path else name
        if name in names:
            return place
        names.add(name)
        if found := _repeated(one, place):
            return found
    return None


def _translated(rule: Rule, refused: msgspec.ValidationError) -> Refusal:
    text = str(refused)
    found = _PATH.search(text)
    path = found["path"].removeprefix(".") if found else ""
    complaint = text[: found.start()] if found else text
    if isinstance(refused.__cause__, _Complaint):
        return Refusal(str(refused.__cause__), path or None)
    if named := _NAMED.fullmatch(complaint):
        field = f"{path}.{named['name']}" if path else named["name"]
        if named["what"] == "missing required":
            return Refusal(f"Brakuje wymaganego pola „{named['name']}”.", field)
        return Refusal(f"Nieznane pole „{named['name']}”. {_suggestion(rule, path, named['name'])}", field)
    return Refusal(_sentence(rule, path, complaint), path or None)


def _suggestion(rule: Rule, path: str, name: str) -> str:
    known = list(_described_at(schema(rule), path).get("properties", {}))
    near = difflib.get_close_matches(name, known, 3)
    if near:
        return f"Czy chodziło o {' albo '.join(f'„{one}”' for one in near)}?"
    return f"Dozwolone pola: {', '.join(known)}." if known else "Usuń je."


def _sentence(rule: Rule, path: str, complaint: str) -> str:
    if match := _EXPECTED.fullmatch(complaint):
        wanted = " albo ".join(_KINDS.get(kind, kind) for kind in match["wanted"].split(" | "))
        return f"Oczekiwano: {wanted}; podano: {_KINDS.get(match['given'], match['given'])}."
    if complaint.startswith("Invalid enum value"):
        allowed = _described_at(schema(rule), path).get("enum", [])
        return f"Niedozwolona wartość. Możliwe: {', '.join(str(one) for one in allowed if one is not None)}."
    if complaint.startswith("Invalid RFC3339 encoded date"):
        return "Podaj istniejącą datę w postaci RRRR-MM-DD."
    return "Wartość jest niepoprawna: nie zgadza się z opisem danych wejściowych reguły."


def _described_at(described: dict[str, Any], path: str) -> dict[str, Any]:
    """The part of a JSON Schema that describes `sales[2].K_19`; empty when there is none."""
    part = described
    for name, index in re.findall(r"([^.\[\]]+)|(\[[^\]]*\])", path):
        part = part.get("items", {}) if index else part.get("properties", {}).get(name, {})
        part = _resolved(described, part)
    return part


def _resolved(described: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    for choice in (part, *part.get("anyOf", ())):
        if "$ref" in choice:
            target = described.get("$defs", {}).get(choice["$ref"].rsplit("/", 1)[-1], {})
            return target if isinstance(target, dict) else {}
        if "enum" in choice:
            return dict(choice)
    return part


def _written(value: object) -> Any:
    """For JSON: exact numbers as strings, dates ISO, what is absent left out."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _written(one) for name, one in pairs if one is not None}
    if isinstance(value, Mapping):
        return {str(name): _written(one) for name, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_written(one) for one in value]
    raise TypeError(f"a rule may not answer with {type(value).__name__}")
