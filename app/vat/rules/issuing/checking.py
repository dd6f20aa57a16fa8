"""Everything wrong with a draft at once: what FA(3)'s schema cannot hold, said in Polish at the field it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from app.vat.rules.facts import Finding
from app.vat.rules.issuing.building import Original, Settled
from app.vat.rules.issuing.draft import RATES, Draft, Issuer, Mode
from app.vat.rules.issuing.lines import line_findings, whole_findings
from app.vat.rules.issuing.parties import buyer_findings, issuer_findings
from app.vat.rules.issuing.terms import (
    advance_findings,
    correction_findings,
    currency_findings,
    date_findings,
    payment_findings,
    special_findings,
)


def check(
    draft: Draft,
    issuer: Issuer,
    on: date,
    mode: Mode = "online",
    original: Original | None = None,
    original_kind: str | None = None,
    advances: Sequence[Settled] = (),
) -> tuple[Finding, ...]:
    """Errors first; an error keeps the invoice from being issued, a warning only wants a look.

    `on` is today; `original` what a correction corrects and `original_kind` its kind; `advances` what a final invoice
    settles. Fields are paths in the draft ("lines[0].rate", "buyer.number").

    Law: art. 106a–106q ustawy o VAT; wzór FA(3) 1-0E
    """
    tests: list[Callable[[], Iterator[Finding]]] = [
        lambda: issuer_findings(issuer),
        lambda: buyer_findings(draft, issuer),
        lambda: line_findings(draft),
        lambda: date_findings(draft, on, mode),
        lambda: currency_findings(draft),
        lambda: whole_findings(draft),
    ]
    if all(line.rate in RATES for line in draft.lines):
        tests += [
            lambda: payment_findings(draft, issuer, on),
            lambda: special_findings(draft),
            lambda: advance_findings(draft, advances),
            lambda: correction_findings(draft, original, original_kind, advances),
        ]
    findings = list(dict.fromkeys(finding for test in tests for finding in test()))
    return tuple(sorted(findings, key=lambda finding: finding.severity != "error"))
