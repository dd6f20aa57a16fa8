"""Dated numbers of the law, read once from `acts/*.yaml` and checked strictly.

A file maps parameter names to `title`, `unit` (percent, pln, count, date, text), `setting` (a tenant may override) and
`values`, each with `from`, `to`, `value` (a string), `source` {act, article, journal} and `certainty`.
Days are included on both ends. Gaps are allowed: inside one nothing is known, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from app.kernel.dates import format_short
from app.kernel.errors import NotKnown
from app.kernel.reckoning import Certainty, Parameter

ACTS = Path(__file__).with_name("acts")

Unit = Literal["percent", "pln", "count", "date", "text"]

_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_FORMS: dict[str, re.Pattern[str]] = {
    "percent": re.compile(r"[0-9]{1,5}(\.[0-9]{1,6})?"),
    "pln": re.compile(r"[0-9]{1,14}(\.[0-9]{1,6})?"),
    "count": re.compile(r"[0-9]{1,6}"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "text": re.compile(r".+"),
}
_KEYS = {"title", "unit", "setting", "values"}
_VALUE_KEYS = {"from", "to", "value", "source", "certainty"}
_SOURCE_KEYS = {"act", "article", "journal"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One parameter of the law with all its values, oldest first. `setting`: a tenant may put its own value."""

    name: str
    title: str
    unit: Unit
    setting: bool
    values: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong (`error`: the file cannot be used) or weak (`warning`) in the law's numbers."""

    level: Literal["error", "warning"]
    parameter: str
    message: str


class LawBroken(Exception):
    """The files of the law cannot be used as they are; `findings` say why. A defect of ours, not of anybody's input."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(f"{one.parameter}: {one.message}" for one in findings))
        self.findings = findings


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key given twice, which YAML would silently let win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(None, None, "klucz nie jest tekstem", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"klucz {key!r} podano dwa razy", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def value_on(name: str, on: date, field: str | None = None) -> Parameter:
    """The value in force on that day. `KeyError` for a name we never had.

    Raises `NotKnown` naming the parameter and the day, at `field` (the input that the day came from).
    """
    entry = book()[name]
    for value in entry.values:
        if (value.valid_from is None or value.valid_from <= on) and (value.valid_to is None or on <= value.valid_to):
            return value
    raise NotKnown(
        f"Nie znamy wartości parametru „{name}” ({entry.title}) na dzień {format_short(on)}.",
        field,
        parameter=name,
        on=on,
    )


def newest(name: str) -> Parameter:
    """The last value we know, for questions asked without a day; the reckoning shows since when it holds.

    Raises `NotKnown` when even that one has ended.
    """
    value = book()[name].values[-1]
    if value.valid_to is not None:
        raise NotKnown(f"Parametr „{name}” nie ma wartości po {format_short(value.valid_to)}.", parameter=name)
    return value


@lru_cache(maxsize=1)
def book() -> dict[str, Entry]:
    """All parameters by name; read from disk once. Raises `LawBroken`."""
    entries, findings = read(ACTS)
    broken = tuple(one for one in findings if one.level == "error")
    if broken:
        raise LawBroken(broken)
    return entries


def check(folder: Path = ACTS) -> tuple[Finding, ...]:
    """Everything wrong or weak in the numbers of the law, for `magistrat law check`; reads the files anew."""
    return read(folder)[1]


def read(folder: Path) -> tuple[dict[str, Entry], tuple[Finding, ...]]:
    """Entries that could be read and findings, in the order of the files."""
    entries: dict[str, Entry] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
        except (yaml.YAMLError, UnicodeDecodeError, ValueError) as broken:
            findings.append(Finding("error", path.name, f"plik nie jest poprawnym YAML: {broken}"))
            continue
        if not isinstance(content, dict):
            findings.append(Finding("error", path.name, "plik nie zawiera parametrów"))
            continue
        for name, described in content.items():
            if name in entries:
                findings.append(Finding("error", str(name), f"parametr powtórzony w pliku {path.name}"))
            problems = _problems(name, described)
            findings += [Finding("error", str(name), problem) for problem in problems]
            if not problems and name not in entries:
                entries[name] = _entry(name, described)
                findings += _doubts(entries[name])
    return entries, tuple(findings)


def _problems(name: object, described: object) -> list[str]:
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        return ["nazwa parametru to małe litery, cyfry i podkreślenia w członach rozdzielonych kropką"]
    if not isinstance(described, dict):
        return ["opis parametru nie jest słownikiem"]
    problems = _key_problems(described, _KEYS, _KEYS - {"setting"})
    if problems:
        return problems
    if not _is_text(described["title"]):
        problems.append("title: ma być tekstem")
    if described["unit"] not in get_args(Unit):
        return [*problems, f"unit: nieznana jednostka {described['unit']!r}"]
    if not isinstance(described.get("setting", False), bool):
        problems.append("setting: true albo false")
    values = described["values"]
    if not isinstance(values, list) or not values:
        return [*problems, "values: ma być niepustą listą"]
    for place, value in enumerate(values):
        problems += [f"values[{place}]: {one}" for one in _value_problems(described["unit"], value)]
    return problems or _order_problems(values)


def _key_problems(given: dict[object, object], known: set[str], required: set[str]) -> list[str]:
    unknown = [f"nieznany klucz {key!r}" for key in given if key not in known]
    return unknown + [f"brakuje klucza {key!r}" for key in sorted(required) if key not in given]


def _value_problems(unit: str, value: object) -> list[str]:
    if not isinstance(value, dict):
        return ["nie jest słownikiem"]
    problems = _key_problems(value, _VALUE_KEYS, _VALUE_KEYS - {"to"})
    if problems:
        return problems
    if type(value["from"]) is not date or type(value.get("to", value["from"])) is not date:
        problems.append("from i to mają być datami RRRR-MM-DD bez cudzysłowu")
    elif "to" in value and value["to"] < value["from"]:
        problems.append("to jest wcześniejsze niż from")
    if not isinstance(value["value"], str):
        problems.append("value: ma być tekstem w cudzysłowie, żeby żadna cyfra nie zginęła")
    elif not _well_formed(unit, value["value"]):
        problems.append(f"value: {value['value']!r} nie pasuje do jednostki {unit}")
    if value["certainty"] not in get_args(Certainty):
        problems.append(f"certainty: nieznany znak {value['certainty']!r}")
    source = value["source"]
    if not isinstance(source, dict):
        return [*problems, "source: ma być słownikiem act, article, journal"]
    problems += [f"source: {one}" for one in _key_problems(source, _SOURCE_KEYS, _SOURCE_KEYS)]
    problems += [f"source.{key}: ma być tekstem" for key in _SOURCE_KEYS & set(source) if not _is_text(source[key])]
    return problems


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _well_formed(unit: str, value: str) -> bool:
    if _FORMS[unit].fullmatch(value) is None:
        return False
    if unit == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
    return True


def _order_problems(values: list[dict[str, Any]]) -> list[str]:
    problems = []
    for place in range(1, len(values)):
        before, after = values[place - 1], values[place]
        if after["from"] <= before["from"]:
            problems.append(f"values[{place}]: nie są po kolei od najstarszej")
        elif "to" not in before or before["to"] >= after["from"]:
            problems.append(f"values[{place}]: okres zachodzi na poprzedni")
    return problems


def _entry(name: str, described: dict[str, Any]) -> Entry:
    values = tuple(
        Parameter(
            name=name,
            value=value["value"],
            valid_from=value["from"],
            valid_to=value.get("to"),
            source=", ".join(value["source"][key] for key in ("act", "article", "journal")),
            certainty=cast(Certainty, value["certainty"]),
        )
        for value in described["values"]
    )
    return Entry(name, described["title"], cast(Unit, described["unit"]), described.get("setting", False), values)


def _doubts(entry: Entry) -> list[Finding]:
    """What a reader of the law should look at: unverified values, and holes between them."""
    doubts = []
    unsure = [value for value in entry.values if value.certainty != "S"]
    for value in unsure:
        since = f"od {format_short(value.valid_from)}" if value.valid_from else "bez początku"
        doubts.append(
            Finding("warning", entry.name, f"wartość {value.value} {since}: pewność {value.certainty}, sprawdź w akcie")
        )
    if unsure and not entry.setting:
        doubts.append(
            Finding("warning", entry.name, "wartość niepewna, a jednostka nie może jej ustawić (setting: true)")
        )
    if entry.setting and not unsure:
        doubts.append(Finding("warning", entry.name, "wartość pewna, a jednostka może ją zmienić (usuń setting)"))
    for before, after in zip(entry.values, entry.values[1:], strict=False):
        if before.valid_to and after.valid_from and (after.valid_from - before.valid_to).days > 1:
            doubts.append(
                Finding(
                    "warning",
                    entry.name,
                    f"luka między {format_short(before.valid_to)} a {format_short(after.valid_from)}",
                )
            )
    return doubts
