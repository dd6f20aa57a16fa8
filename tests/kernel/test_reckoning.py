from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.kernel.reckoning import Parameter


def test_a_parameter_gives_its_text_as_a_number_or_a_day() -> None:
    assert Parameter("a.b", "98", None, None, "ustawa", "S").number == Decimal(98)
    assert Parameter("a.b", "2026-02-01", None, None, "ustawa", "S").day == date(2026, 2, 1)
