"""The deployment's page, the provider's journal and its words."""

from __future__ import annotations

import re
from pathlib import Path

import tenants
from app.ops import verbs
from tenants.models import Cell
from tenants.session import Host
from tests.conftest import World
from tests.office.browser import Browser, words

NOTED = re.compile(r"""note\([^"']*?["']([a-z_]+\.[a-z_]+)["']|verb = ["']([a-z_]+\.[a-z_]+)["']""", re.DOTALL)


def test_the_deployment_says_what_runs_where(operator: Browser, world: World) -> None:
    text = words(operator.get("/operator/wdrozenie"))
    assert "Komórka main" in text
    assert "w wersji tego wydania" in text
    assert re.search(r"PostgreSQL 1[78]\.", text)
    assert re.search(r"Gotowe bazy dla jednostek \d+ z \d+", text)
    assert re.search(r"(Valkey|Redis) \d+\.", text)


def test_a_cell_that_waits_or_does_not_answer_is_said_so(operator: Browser, host: Host) -> None:
    with host.control() as session:
        session.add(Cell(name="gone", database="nie_ma_takiej_bazy"))
    try:
        text = words(operator.get("/operator/wdrozenie"))
    finally:
        with host.admin() as connection:
            connection.execute("delete from control.cell where name = 'gone'")
    assert "baza nie odpowiada" in text
    assert "czeka na aktualizację" in text
    assert "magistrat upgrade" in text


def test_the_journal_shows_filters_and_is_whole(operator: Browser, world: World) -> None:
    text = words(operator.get("/operator/dziennik?co=account.log_in&na-stronie=25"))
    assert "zalogowanie" in text
    assert "z adresu testclient" in text
    assert "założenie gminy" in words(operator.get("/operator/dziennik?co=municipality.create"))
    assert "Dziennik jest nienaruszony." in words(operator.get("/operator/dziennik/sprawdzenie"))


def test_every_verb_of_the_journal_has_words() -> None:
    written = set()
    for path in Path(tenants.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        written |= {name for pair in NOTED.findall(text) for name in pair if name}
        written |= set(re.findall(r'"(account\.[a-z_]+)"', text))
    written |= {f"{kind}.{act}" for kind in ("municipality", "unit") for act in ("create", "change")}
    written |= {"tenant.active", "tenant.suspended"}
    assert {"grant.add", "mandate.end", "domain.remove", "module.switch_off", "account.locked"} <= written
    assert written - set(verbs.VERBS) == set()
