"""`magistrat vat …` for one unit: files, ratios, closing and opening a month, delivery."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.vat import vat
from app.deployment import Deployment
from app.kernel.errors import Conflict, Forbidden, NotFound, Refusal
from app.vat.service import periods, registers
from tenants.session import Host
from tests.conftest import World
from tests.tenants.accounts import Reception
from tests.vat.deliveries import CLERK, MONTH, bill, delivery, rows

FILE = (
    "document_type,document_no,issued_on,description,rate,net,tax\nRO,RO/1,2026-09-01,Raport dobowy,23,100.00,23.00\n"
)


@pytest.fixture
def world(fresh: Callable[[], World]) -> World:
    return fresh()


@pytest.fixture
def reception(deployment: Deployment) -> Reception:
    return Reception.of(deployment)


def run(deployment: Deployment, *arguments: str) -> tuple[dict[str, Any], str]:
    """The last line read as JSON, and everything that was said."""
    done: Result = CliRunner().invoke(vat, list(arguments), obj=deployment, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout.splitlines()[-1]), done.output


def close(deployment: Deployment, slug: str, *more: str) -> tuple[dict[str, Any], str]:
    return run(deployment, "close", "--tenant", slug, "--month", "2026-09", *more)


def write(folder: Path, name: str, content: str) -> str:
    (folder / name).write_text(content)
    return str(folder / name)


def take(deployment: Deployment, slug: str, *paths: str) -> dict[str, Any]:
    return run(deployment, "register", "import", "--tenant", slug, "--month", "2026-09", *paths)[0]


def test_a_file_is_taken_in_once_listed_and_voided(deployment: Deployment, world: World, tmp_path: Path) -> None:
    slug, path = world.school.slug, write(tmp_path, "kasa.csv", FILE)
    assert take(deployment, slug, path)["files"][0]["added"] == 1
    assert take(deployment, slug, path)["files"][0]["unchanged"] == 1
    listed, said = run(deployment, "register", "list", "--tenant", slug, "--month", "2026-09", "--side", "sale")
    assert (listed["rows"], listed["sums"]) == (1, {"K_19": "100.00", "K_20": "23.00"})
    key = next(line for line in said.splitlines() if "RO/1" in line).split()[0]
    run(deployment, "register", "void", "--tenant", slug, "--side", "sale", "--reason", "pomyłka", key)
    again, said = run(
        deployment, "register", "list", "--tenant", slug, "--month", "2026-09", "--side", "sale", "--void"
    )
    assert (again["rows"], again["sums"]) == (1, {}) and "# pomyłka" in said


def test_a_bad_file_is_told_line_by_line_and_the_good_one_is_taken(
    deployment: Deployment, world: World, tmp_path: Path
) -> None:
    good = write(tmp_path, "dobry.csv", FILE)
    bad = write(tmp_path, "zly.csv", FILE.replace("2026-09-01", "2026-09-31").replace(",23.00", ",x"))
    arguments = ["register", "import", "--tenant", world.school.slug, "--month", "2026-09", bad, good]
    done = CliRunner().invoke(vat, arguments, obj=deployment)
    assert isinstance(done.exception, Refusal) and "zly.csv" in done.exception.message
    assert "wiersz 2, kolumna „issued_on”: Nie rozumiem daty „2026-09-31”" in done.stderr
    assert "wiersz 2, kolumna „tax”: Nie rozumiem kwoty „x”" in done.stderr
    files = json.loads(done.stdout.splitlines()[-1])["files"]
    assert [one.get("added") for one in files] == [None, 1] and len(files[0]["problems"]) == 2


def test_a_month_is_closed_by_the_units_own_two_people(
    deployment: Deployment, reception: Reception, world: World
) -> None:
    clerk, head = reception.hire("Anna Lis"), reception.hire("Jan Dąb")
    reception.grant(clerk, "unit_clerk", world.school)
    reception.grant(head, "unit_head", world.school)
    made, said = close(deployment, world.school.slug)
    assert (made["completed_by"], made["signed_by"], made["version"]) == (clerk.login, head.login, 1)
    assert made["changed"] and "konsola" not in said
    again, said = close(deployment, world.school.slug)
    assert not again["changed"] and (again["hash"], again["version"]) == (made["hash"], 1)
    assert "jest już opublikowany, bez zmian" in said


def test_someone_with_both_roles_does_only_one_of_the_two(
    deployment: Deployment, reception: Reception, world: World
) -> None:
    both, other = reception.hire(), reception.hire()
    for role in ("unit_clerk", "unit_head"):
        reception.grant(both, role, world.school)
    reception.grant(other, "unit_head", world.school)
    made, _ = close(deployment, world.school.slug)
    assert (made["completed_by"], made["signed_by"]) == (both.login, other.login)


def test_where_nobody_holds_a_role_the_console_signs_under_two_names_and_says_so(
    deployment: Deployment, world: World
) -> None:
    made, said = close(deployment, world.city.slug)
    assert (made["completed_by"], made["signed_by"]) == ("konsola – uzupełnienie", "konsola – podpis")
    assert "nie ma konta pracownika" in said and "nie ma konta kierownika" in said


def test_named_people_need_the_right_and_may_not_be_one_person(
    deployment: Deployment, reception: Reception, world: World
) -> None:
    clerk, head = reception.hire(), reception.hire()
    reception.grant(clerk, "unit_clerk", world.school)
    reception.grant(head, "unit_head", world.school)
    reception.grant(head, "unit_clerk", world.school)
    named = ("--complete-as", head.login, "--sign-as")
    with pytest.raises(Forbidden, match="zatwierdzanie i ogłaszanie"):
        close(deployment, world.school.slug, *named, clerk.login)
    with pytest.raises(NotFound):
        close(deployment, world.school.slug, *named, "nikt@gmina.pl")
    with pytest.raises(Refusal, match="autor nie zatwierdza"):
        close(deployment, world.school.slug, *named, head.login)
    assert run(deployment, "status", "--tenant", world.school.slug, "--month", "2026-09")[0]["state"] == "open"
    made, _ = close(deployment, world.school.slug, "--complete-as", clerk.login)
    assert (made["completed_by"], made["signed_by"], made["state"]) == (clerk.login, head.login, "published")


def test_a_month_somebody_has_completed_is_only_signed(
    deployment: Deployment, reception: Reception, host: Host, world: World
) -> None:
    one, other = reception.hire(), reception.hire()
    for head in (one, other):
        reception.grant(head, "unit_head", world.school)
    with host.tenant(world.school, one.login) as session:
        periods.complete(session, MONTH)
    made, _ = close(deployment, world.school.slug)
    assert (made["completed_by"], made["signed_by"]) == (one.login, other.login)


def test_what_is_missing_is_told_by_status_and_keeps_the_month_open(
    deployment: Deployment, host: Host, world: World
) -> None:
    slug = world.school.slug
    with host.tenant(world.school, CLERK) as session:
        registers.receive(session, [delivery("purchase", "FV/1")])
    shown, said = run(deployment, "status", "--tenant", slug, "--month", "2026-09")
    assert (shown["state"], shown["blocks"], shown["unassigned"]) == ("open", ["no_use"], 1)
    assert "1 zakup nie ma przeznaczenia: FV/1" in said
    with pytest.raises(Refusal, match="nie ma przeznaczenia"):
        close(deployment, slug)
    assert run(deployment, "setting", "--tenant", slug, "--default-use", "business_and_outside")[0] == {
        "tenant": slug,
        "default_use": "business_and_outside",
        "purchase_net": "whole",
    }
    run(deployment, "ratio", "set", "--tenant", slug, "--year", "2026", "--kind", "pre_ratio", "--pct", "17",
        "--basis", "protokół 1/2026")  # fmt: skip
    assert close(deployment, slug)[0]["state"] == "published"
    with host.tenant(world.school, CLERK) as session:
        assert [str(row.k_43) for row in rows(session, "purchase")] == ["3.91"]


def test_a_closed_month_is_opened_for_a_reason(deployment: Deployment, world: World) -> None:
    slug = world.school.slug
    opening = ("reopen", "--tenant", slug, "--month", "2026-09", "--reason")
    with pytest.raises(Conflict):
        run(deployment, *opening, "po co")
    close(deployment, slug)
    with pytest.raises(Refusal, match="Podaj powód"):
        run(deployment, *opening, " ")
    assert run(deployment, *opening, "spóźniona faktura")[0]["state"] == "open"
    assert close(deployment, slug)[0]["version"] == 2


def test_a_ratio_is_computed_from_its_figures_with_the_reckoning_shown(deployment: Deployment, world: World) -> None:
    own = ("--tenant", world.school.slug, "--year", "2026")
    made, said = run(
        deployment, "ratio", "set", *own, "--kind", "ratio", "--numerator", "20,01", "--denominator", "1 000",
        "--zero-if-le-2", "--basis", "Rb-27S 2025",
    )  # fmt: skip
    assert made["pct"] == 3 and "⌈2.001⌉ = 3" in said
    shown, said = run(deployment, "ratio", "show", *own)
    assert (shown["ratio"], shown["pre_ratio"]) == (3, None) and "Rb-27S 2025" in said


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("--pct", "17", "--numerator", "1", "--denominator", "2"),
        ("--numerator", "1"),
        ("--pct", "17", "--denominator", "2"),
        ("--pct", "117"),
    ],
)
def test_a_ratio_given_in_two_ways_or_none_is_refused(
    deployment: Deployment, world: World, given: tuple[str, ...]
) -> None:
    with pytest.raises(Refusal):
        run(deployment, "ratio", "set", "--tenant", world.school.slug, "--year", "2026", "--kind", "ratio",
            "--basis", "x", *given)  # fmt: skip


def test_delivery_is_a_municipalitys_and_tells_what_it_did(deployment: Deployment, world: World) -> None:
    with pytest.raises(Refusal, match="nie jest gminą"):
        run(deployment, "deliver", "--tenant", world.school.slug)
    done, _ = run(deployment, "deliver", "--tenant", world.city.slug)
    assert (done["delivered"], done["errors"]) == (0, {})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status", "--tenant", "nie-ma-takiej", "--month", "2026-09"), "Nie ma gminy ani jednostki"),
        (("status", "--tenant", "nie-ma-takiej", "--month", "wrzesień"), "Nie rozumiem miesiąca"),
    ],
)
def test_what_does_not_exist_is_a_polish_sentence(
    deployment: Deployment, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(Refusal, match=said):
        run(deployment, *arguments)


def test_purchases_are_listed_with_their_sums(deployment: Deployment, host: Host, world: World) -> None:
    with host.tenant(world.pool, CLERK) as session:
        registers.enter(session, MONTH, bill("FV/1"))
    listed, _ = run(
        deployment, "register", "list", "--tenant", world.pool.slug, "--month", "2026-09", "--side", "purchase"
    )
    assert (listed["rows"], listed["sums"]) == (1, {"K_42": "100.00", "K_43": "23.00"})
