"""Every kind of invoice the unit may issue is valid by the official schema, says what was meant, and reads back."""

from __future__ import annotations

import pytest

from app.vat.filings import fa3
from app.vat.rules.issuing.building import build, due
from app.vat.rules.issuing.checking import check
from tests.vat.issuing.samples import ISSUER, KINDS, ON


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_right_by_our_rules_and_by_the_schema(name: str) -> None:
    draft, original, advances = KINDS[name]
    kind = {"KOR": "VAT", "KOR_ZAL": "ZAL", "KOR_ROZ": "ROZ"}.get(draft.kind) if original else None
    found = check(draft, ISSUER, ON, "online", original, kind, advances)
    assert [one for one in found if one.severity == "error"] == []
    invoice = build(draft, ISSUER, "SP1/FV/8/2026", original, advances)
    read = fa3.read(fa3.write(invoice))
    assert (read.number, read.gross, read.totals) == (invoice.number, invoice.gross, due(draft, original, advances))
    assert next(other.role for other in read.others) == 7
    assert fa3.schema_errors(fa3.write(invoice)) == []


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 25
