"""Forms described once: what is asked, how it is read, what is said when it cannot be.

    UNIT = Form("jednostka", (Field("name", "Nazwa", max_length=240), Field("vat_since", "Podatnik od", kind="date")))

    posted = UNIT.read(await request.form())
    if not posted.ok:
        return page("unit.html", form=posted, status=422)
    service.rename(session, **posted.values)

Nothing that was typed is lost: a refused form shows it again as it was, with a message at each field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from app.kernel.dates import Month, format_short, parse_date
from app.kernel.errors import Refusal
from app.kernel.money import format_amount, parse_pln
from app.web import words

Kind = Literal[
    "text", "amount", "number", "date", "month", "select", "radio", "checkbox", "textarea", "file", "password", "email",
    "hidden",
]  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `check` takes the typed value and raises Refusal when it will not do.

    Values read: text, textarea, select, radio, password, email, hidden → str; amount → Decimal złote; number → int;
    date → date; month → Month; checkbox → bool; file → the upload (or a list with `many`); empty → None.
    """

    name: str
    label: str
    kind: Kind = "text"
    required: bool = True
    hint: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    many: bool = False
    max_length: int = 240
    low: Decimal | int | date | None = None
    high: Decimal | int | date | None = None
    check: Callable[[Any], object] | None = None
    autocomplete: str | None = None
    placeholder: str | None = None
    accept: str | None = None
    """For files: the types offered, ".xml,.zip"."""
    unit: str | None = None
    """Shown at the end of the box: "zł", "%", "m²"."""
    width: Literal["short", "medium", "full"] = "full"
    suggestions: tuple[tuple[str, str], ...] = ()
    """Offered while typing (value, what it is); anything else may be typed too."""

    def read(self, raw: Any) -> Any:
        """The typed value, None when nothing was given. Raises Refusal with this field's name."""
        if self.kind == "checkbox":
            if self.required and not raw:
                raise Refusal("Zaznacz to pole, aby przejść dalej.", self.name)
            return bool(raw)
        if self.kind == "file":
            return self._files(raw)
        text = raw if isinstance(raw, str) else ""
        text = text if self.kind == "password" else text.strip()
        if not text:
            if self.required:
                raise Refusal(self._missing(), self.name)
            return None
        value = self._typed(text)
        self._within(value)
        return value

    def _missing(self) -> str:
        if self.kind in ("select", "radio"):
            return "Wybierz jedną z możliwości."
        return {"date": "Podaj datę.", "amount": "Podaj kwotę.", "month": "Wybierz miesiąc."}.get(
            self.kind, "Wypełnij to pole."
        )

    def _typed(self, text: str) -> Any:
        if self.kind == "amount":
            return parse_pln(text, self.name)
        if self.kind == "date":
            return parse_date(text, self.name)
        if self.kind == "month":
            return Month.parse(text, self.name)
        if self.kind == "number":
            digits = re.sub(r"[\s\u202f\u00a0]", "", text)
            if not re.fullmatch(r"-?[0-9]{1,15}", digits):
                raise Refusal("Wpisz liczbę całkowitą, na przykład 12.", self.name)
            return int(digits)
        if len(text) > self.max_length:
            limit = words.counted(self.max_length, "znak", "znaki", "znaków")
            raise Refusal(f"Skróć tekst: może mieć najwyżej {limit}, ma {len(text)}.", self.name)
        if _CONTROL.search(text):
            raise Refusal("Usuń niewidoczne znaki sterujące.", self.name)
        if self.kind in ("select", "radio") and text not in dict(self.choices):
            raise Refusal("Wybierz jedną z możliwości z listy.", self.name)
        if self.kind == "email" and not _EMAIL.fullmatch(text):
            raise Refusal("Podaj adres w postaci nazwa@domena.pl.", self.name)
        return text

    def _within(self, value: Any) -> None:
        if self.low is not None and value < self.low:
            raise Refusal(f"Wartość nie może być mniejsza niż {shown(self.kind, self.low)}.", self.name)
        if self.high is not None and value > self.high:
            raise Refusal(f"Wartość nie może być większa niż {shown(self.kind, self.high)}.", self.name)
        if self.check:
            self.check(value)

    def _files(self, raw: Any) -> Any:
        given = raw if isinstance(raw, list | tuple) else [raw]
        files = [upload for upload in given if getattr(upload, "filename", None)]
        if not files:
            if self.required:
                raise Refusal("Dołącz plik.", self.name)
            return [] if self.many else None
        if self.accept:
            allowed = tuple(ending.strip().lower() for ending in self.accept.split(","))
            for upload in files:
                if not upload.filename.lower().endswith(allowed):
                    raise Refusal(f"Pliku „{upload.filename}” nie przyjmę. Dozwolone: {self.accept}.", self.name)
        return files if self.many else files[0]


def shown(kind: Kind, value: Any) -> str:
    """A value as people would have typed it."""
    if value is None:
        return ""
    if kind == "amount":
        return format_amount(Decimal(value)).replace("\u202f", " ").replace("\u2212", "-")
    if kind == "date" and isinstance(value, date):
        return format_short(value)
    if kind == "checkbox":
        return "1" if value else ""
    return str(value)


@dataclass(frozen=True)
class Posted:
    """A form with what is in it: blank, prefilled or sent. Templates take it as `form`.

    `typed` is what to show again, `values` the read ones (only when `ok`), `errors` a message by the field's name; the
    name "" holds a message about the whole.
    """

    form: Form
    typed: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.errors

    def refused(self, *refusals: Refusal) -> Posted:
        """The same with what a service refused, each at the field it names."""
        errors = dict(self.errors)
        for refusal in refusals:
            known = refusal.field in {f.name for f in self.form.fields}
            errors[refusal.field if known and refusal.field else ""] = refusal.message
        return replace(self, errors=errors)

    def id(self, name: str) -> str:
        """The id of a field's box in the page."""
        return f"{self.form.name}-{name}"

    def field(self, name: str) -> Field:
        return next(f for f in self.form.fields if f.name == name)


@dataclass(frozen=True)
class Form:
    """A list of fields. `name` is the form's id in the page and the key of its draft."""

    name: str
    fields: tuple[Field, ...]
    together: Callable[[Mapping[str, Any]], Sequence[Refusal]] | None = None
    """Asked when every field was read: what is wrong between fields."""

    def blank(self, **values: Any) -> Posted:
        """Not sent yet; `values` are what is known already."""
        return Posted(self, {f.name: shown(f.kind, values.get(f.name)) for f in self.fields})

    def read(self, data: Any) -> Posted:
        """From a posted form (a FormMultiDict or a mapping)."""
        typed: dict[str, str] = {}
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for asked in self.fields:
            raw = data.getall(asked.name, []) if asked.many and hasattr(data, "getall") else data.get(asked.name)
            if asked.kind not in ("file", "password"):
                typed[asked.name] = raw if isinstance(raw, str) else ""
            try:
                values[asked.name] = asked.read(raw)
            except Refusal as refusal:
                errors[asked.name] = refusal.message
        posted = Posted(self, typed, values, errors)
        if posted.ok and self.together:
            posted = posted.refused(*self.together(values))
        return posted
