"""How an invoice has to be paid: worked examples of split payment, of the register's duty, of the alarms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.kernel.errors import NotKnown
from app.kernel.rulebook import Amount, ask
from app.purchasing.rules.alarms import Evidence, Surroundings, Twin, alarms
from app.purchasing.rules.payments import (
    RULES,
    WhiteListDuty,
    white_list,
)
from tests.purchasing.papers import ACCOUNT, STRANGE, paper

ON = date(2026, 9, 20)


@pytest.mark.parametrize(
    ("transaction", "on", "duty", "by"),
    [
        ("15000.00", ON, False, None),
        ("15000.01", ON, True, date(2026, 9, 27)),
        ("15000.01", date(2020, 2, 28), True, date(2020, 3, 2)),
    ],
)
def test_the_duty_of_the_register_and_the_term_of_the_notice(
    transaction: str, on: date, duty: bool, by: date | None
) -> None:
    found = white_list(WhiteListDuty(Amount(transaction), on, split=True)).result
    assert (found.duty, found.notify_by_on, found.covered_by_split) == (duty, by, duty)


def test_a_day_before_the_law_is_named() -> None:
    with pytest.raises(NotKnown, match=r"payments\.whitelist\.limit"):
        white_list(WhiteListDuty(Amount("20000.00"), date(2019, 5, 1)))


def test_the_rules_can_be_asked_alone() -> None:
    by_name = {rule.name: rule for rule in RULES}
    found = ask(by_name["white-list-duty"], b'{"transaction": "20000.00", "paid_on": "2026-09-20"}')
    assert found["result"]["notify_by_on"] == "2026-09-27"


def codes(document: Any, account: str | None = ACCOUNT, **around: Any) -> dict[str, str]:
    return {one.code: one.severity for one in alarms(document, account, Surroundings(ON, **around))}


LARGE = paper(gross="20000.00", kind="invoice")
YES, NO = Evidence(ACCOUNT, ON, True, "k1"), Evidence(ACCOUNT, ON, False, "k2")


@pytest.mark.parametrize(
    ("document", "around", "expected"),
    [
        (paper(), {}, {}),
        (LARGE, {}, {"not-checked": "stop"}),
        (LARGE, {"evidence": YES}, {}),
        (LARGE, {"evidence": NO}, {"not-listed": "stop"}),
        (paper(), {"evidence": NO}, {"not-listed": "warning"}),
        (LARGE, {"asked_in_vain": True}, {"list-silent": "stop"}),
        (replace(LARGE, seller_nip="DE123"), {}, {}),
        (paper(), {"earlier_accounts": (STRANGE,)}, {"new-account": "warning"}),
        (paper(), {"earlier_accounts": (STRANGE, ACCOUNT)}, {}),
        (replace(paper(), factor="Faktor SA"), {}, {"factoring": "note"}),
        (replace(paper(), currency="EUR"), {"evidence": YES}, {"currency": "warning"}),
        (replace(paper(), currency="EUR"), {}, {"not-checked": "stop", "currency": "warning"}),
        (paper(), {"twins": (Twin("R/1", ON, Decimal("123.00"), True),)}, {"duplicate": "stop"}),
        (paper(), {"twins": (Twin("R/2", ON, Decimal("123.00"), False),)}, {"similar": "warning"}),
        (
            replace(LARGE, vat=Decimal("3739.84"), net=Decimal("16260.16"), annex_15=True),
            {"evidence": YES},
            {"mark-missing": "warning"},
        ),
        (
            replace(LARGE, vat=Decimal("3739.84"), net=Decimal("16260.16"), split_marked=True),
            {"evidence": YES},
            {"split": "note"},
        ),
    ],
)
def test_alarms(document: Any, around: dict[str, Any], expected: dict[str, str]) -> None:
    assert codes(document, **around) == expected


def test_an_account_that_the_paper_does_not_name_and_none_at_all() -> None:
    assert codes(paper(), STRANGE)["other-account"] == "stop"
    assert codes(paper(), None) == {"no-account": "warning"}
    assert codes(replace(paper(), paid_on=ON), None) == {}


def test_every_alarm_names_its_article_and_every_stop_who_may_allow_it() -> None:
    everything = Surroundings(ON, (STRANGE,), None, (Twin("R/1", ON, Decimal("1"), True),))
    for one in alarms(replace(LARGE, currency="EUR", factor="Faktor SA"), STRANGE, everything):
        assert one.law.startswith("art. ") and one.text.endswith(".")
        assert (one.severity == "stop") == (one.right is not None)
