"""A finished JPK_V7M(3) read back in constant memory: what it declares beside what its rows say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from app.kernel.errors import Refusal
from app.kernel.money import ZERO
from app.vat.filings.jpk_v7m.rows import PURCHASE_AMOUNTS, SALES_AMOUNTS
from app.vat.filings.jpk_v7m.text import NAMESPACE
from app.vat.filings.jpk_v7m.writing import ControlSums
from app.vat.rules.facts import Finding
from app.vat.rules.options import REFUND_TERMS
from app.vat.rules.totals import TOGETHER, check_declaration, control_sums

MOST_ROW_FINDINGS = 50
"""More would not help anybody find the cause."""

_AMOUNT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_AMOUNTS = frozenset(f"P_{number}" for number in (*range(10, 55), 360, 62, 68, 69))
_SPACE = f"{{{NAMESPACE}}}"
_MARKERS = frozenset(f"{_SPACE}{name}" for name in ("NrKSeF", "OFF", "BFK", "DI"))
_REGISTER = {f"{_SPACE}{name}": name for name in (*SALES_AMOUNTS, *PURCHASE_AMOUNTS)}
_PARTNERS = {
    f"{_SPACE}K_{here}": (f"{_SPACE}K_{there}", f"K_{one} i K_{other} podaje się razem.")
    for one, other in TOGETHER
    for here, there in ((one, other), (other, one))
}
"""A field → the one it never stands without, and the words for when it does."""
_KIND = f"{_SPACE}TypDokumentu"
_ROWS = {"SprzedazWiersz": f"{_SPACE}LpSprzedazy", "ZakupWiersz": f"{_SPACE}LpZakupu"}
_TAKEN = (*_ROWS, "SprzedazCtrl", "ZakupCtrl", "PozycjeSzczegolowe", "Naglowek", "Podmiot1", "JPK")
_CONTROL = ("LiczbaWierszySprzedazy", "PodatekNalezny", "LiczbaWierszyZakupow", "PodatekNaliczony")


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything of a file but its rows.

    `header`: elements of Naglowek by name; `taxpayer`: of the person. `positions`: amounts of the declaration by
    `P_` name, None when there is no declaration; `statements`: its other fields (P_540, P_63, P_ORDZU …) as written.
    `control`: as the file says, None when it has no registers; `counted`: the same from the rows. `sums`: `K_` name →
    złote, without FP rows. `row_findings`: rows misnumbered or with wrong fields, at most `MOST_ROW_FINDINGS`.
    """

    header: Mapping[str, str]
    taxpayer: Mapping[str, str]
    positions: Mapping[str, Decimal] | None
    statements: Mapping[str, str]
    control: ControlSums | None
    counted: ControlSums
    sums: Mapping[str, Decimal]
    row_findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Reader:
    header: dict[str, str] = field(default_factory=dict)
    taxpayer: dict[str, str] = field(default_factory=dict)
    positions: dict[str, Decimal] | None = None
    statements: dict[str, str] = field(default_factory=dict)
    control: dict[str, Decimal] = field(default_factory=dict)
    sums: dict[str, Decimal] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_ROWS, 0))
    findings: list[Finding] = field(default_factory=list)

    def take(self, name: str, element: etree._Element) -> None:
        if name in _ROWS:
            self._row(name, element)
        elif name == "PozycjeSzczegolowe":
            self._declaration(element)
        elif name in ("SprzedazCtrl", "ZakupCtrl"):
            self.control |= {_local(child.tag): _amount(child.text, _local(child.tag)) for child in element}
        elif name == "Naglowek" and not self.header:
            self.header = {_local(child.tag): child.text or "" for child in element}
        elif name == "Podmiot1":
            self.taxpayer = {_local(child.tag): child.text or "" for child in element.iter() if len(child) == 0}

    def _declaration(self, element: etree._Element) -> None:
        self.positions = {}
        for child in element:
            name = _local(child.tag)
            if name in _AMOUNTS:
                self.positions[name] = _amount(child.text, name)
            else:
                self.statements[name] = child.text or ""

    def _row(self, kind: str, element: etree._Element) -> None:
        """Hundreds of thousands in a file: names stay qualified, and are only cut for a finding."""
        texts = {child.tag: child.text or "" for child in element}
        self.rows[kind] = number = self.rows[kind] + 1
        tag = _ROWS[kind]
        if texts.get(tag) != str(number):
            self._found(kind, number, f"{_local(tag)} to {texts.get(tag, 'brak')}, powinno być {number}.")
        markers = _MARKERS & texts.keys()
        if len(markers) != 1:
            given = ", ".join(sorted(map(_local, markers))) or "żadnego"
            self._found(kind, number, f"Wiersz ma mieć dokładnie jedno z: NrKSeF, OFF, BFK, DI; ma: {given}.")
        counted, sums = texts.get(_KIND) != "FP", self.sums
        for tag, text in texts.items():
            if (name := _REGISTER.get(tag)) is None:
                continue
            amount = _amount(text, name, kind, number)
            if counted:
                sums[name] = sums.get(name, ZERO) + amount
            if (partner := _PARTNERS.get(tag)) is not None and partner[0] not in texts:
                self._found(kind, number, partner[1])

    def _found(self, kind: str, number: int, message: str) -> None:
        if len(self.findings) < MOST_ROW_FINDINGS:
            self.findings.append(Finding("error", "jpk.row", f"{kind}[{number}]", message))


def read_totals(source: BinaryIO) -> Totals:
    """Streams the file once. Raises `Refusal` when it is no JPK_V7M(3), no well-formed XML, or carries a DOCTYPE."""
    reader = _Reader()
    root = None
    try:
        events = etree.iterparse(
            source,
            events=("end",),
            tag=[f"{{*}}{name}" for name in _TAKEN],
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for _, element in events:
            if root is None:
                root = element.getroottree().getroot()
                _check_root(root)
            if element is not root:
                name = _local(element.tag)
                reader.take(name, element)
                if name in _ROWS:
                    _forget(element)
    except etree.XMLSyntaxError as broken:
        raise Refusal(f"Plik nie jest poprawnym XML (wiersz {broken.lineno}).") from None
    if root is None:
        raise Refusal("To nie jest plik JPK_V7M(3): brakuje elementu JPK.")
    return _totals(reader)


def verify(file: Path | BinaryIO) -> tuple[Finding, ...]:
    """Every equation, count and row rule that the finished file breaks; empty when it is right.

    The schema checks none of these. Codes: jpk.xml, jpk.row, jpk.equation, jpk.count, jpk.refund.

    Law: art. 99 ust. 1 i 11c, art. 109 ust. 3 ustawy o VAT
    """
    try:
        if isinstance(file, Path):
            with file.open("rb") as source:
                totals = read_totals(source)
        else:
            totals = read_totals(file)
    except Refusal as refused:
        return (Finding("error", "jpk.xml", refused.field, refused.message),)
    return check(totals)


def check(totals: Totals) -> tuple[Finding, ...]:
    """The findings about a file that has been read."""
    findings = [*totals.row_findings]
    if totals.positions is not None:
        findings += _equations(totals, totals.positions)
        chosen = [name for name in REFUND_TERMS if name in totals.statements]
        if len(chosen) != int("P_54" in totals.positions):
            message = (
                f"Przy P_54 zaznacza się dokładnie jeden sposób zwrotu; zaznaczono: {', '.join(chosen) or 'żaden'}."
            )
            findings.append(Finding("error", "jpk.refund", "P_54", message))
    elif totals.control is not None:
        names = ("PodatekNalezny", "PodatekNaliczony")
        given = (totals.control.tax_due, totals.control.tax_input)
        findings += _differing("jpk.equation", names, control_sums(totals.sums), given)
    if totals.control is not None:
        names = ("LiczbaWierszySprzedazy", "LiczbaWierszyZakupow")
        counted = (totals.counted.sales_rows, totals.counted.purchase_rows)
        findings += _differing("jpk.count", names, counted, (totals.control.sales_rows, totals.control.purchase_rows))
    return tuple(findings)


def _equations(totals: Totals, positions: Mapping[str, Decimal]) -> list[Finding]:
    control = totals.control
    broken = check_declaration(
        positions,
        sums=totals.sums if control else None,
        tax_due=control.tax_due if control else None,
        tax_input=control.tax_input if control else None,
    )
    return [Finding("error", "jpk.equation", one.name, one.message) for one in broken]


def _differing(
    code: str, names: tuple[str, str], expected: tuple[Decimal | int, ...], given: tuple[Decimal | int, ...]
) -> list[Finding]:
    return [
        Finding("error", code, name, f"{name} nie zgadza się z wierszami: jest {wrong}, powinno być {right}.")
        for name, right, wrong in zip(names, expected, given, strict=True)
        if right != wrong
    ]


def _totals(reader: _Reader) -> Totals:
    control = None
    if reader.control:
        if missing := set(_CONTROL) - reader.control.keys():
            raise Refusal(f"W pliku brakuje sumy kontrolnej {min(missing)}.")
        sales, tax_due, purchases, tax_input = (reader.control[name] for name in _CONTROL)
        control = ControlSums(int(sales), tax_due, int(purchases), tax_input)
    due, taken = control_sums(reader.sums)
    counted = ControlSums(reader.rows["SprzedazWiersz"], due, reader.rows["ZakupWiersz"], taken)
    sums = {name: reader.sums[name] for name in (*SALES_AMOUNTS, *PURCHASE_AMOUNTS) if name in reader.sums}
    return Totals(
        reader.header,
        reader.taxpayer,
        reader.positions,
        reader.statements,
        control,
        counted,
        sums,
        tuple(reader.findings),
    )


def _check_root(element: etree._Element) -> None:
    if element.getroottree().docinfo.doctype:  # type: ignore[attr-defined]  # the stubs lack it
        raise Refusal("Plik zawiera DOCTYPE, którego JPK mieć nie może.")
    if element.tag != f"{{{NAMESPACE}}}JPK":
        raise Refusal("To nie jest plik JPK_V7M(3): inny element główny albo inna przestrzeń nazw.")


def _forget(element: etree._Element) -> None:
    """A row that has been read is freed at once, so a file of any size takes the same memory."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _amount(text: str | None, name: str, kind: str | None = None, number: int = 0) -> Decimal:
    written = (text or "").strip()
    if len(written) > 40 or _AMOUNT.fullmatch(written) is None:
        place = f"{kind}[{number}].{name}" if kind else name
        raise Refusal(f"Pole {place} nie zawiera kwoty.", place)
    return Decimal(written)
