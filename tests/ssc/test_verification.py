"""Every version made again gives the same bytes; a planted change is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from psycopg import sql

from app.cli.vat.declaration import diff as diff_command
from app.cli.vat.verification import verify as command
from app.deployment import Deployment
from app.ssc import verification
from app.vat.rules.options import Options
from app.vat.service import policy, registers
from tests.conftest import ACTOR, World
from tests.ssc.months import MONTH, Books
from tests.vat.deliveries import CLERK, rows


@pytest.fixture
def books(deployment: Deployment, fresh: Callable[[], World]) -> Books:
    return Books(deployment, fresh()).open()


def checked(books: Books) -> list[verification.Checked]:
    host, files = books.deployment.host, books.deployment.files(books.city)
    return list(verification.check(host, files, books.city, books.units, None, ACTOR))


def problems(books: Books) -> list[tuple[str | None, int, str]]:
    return [(one.unit, one.version, problem) for one in checked(books) for problem in one.problems]


def unguarded(books: Books, statement: str, tenant_of: str = "school") -> None:
    """As somebody who owns the database could; the guards of the table are put to sleep."""
    host = books.deployment.host
    place = getattr(books.world, tenant_of)
    with host.admin(place.cell) as connection:
        connection.execute(sql.SQL("set search_path to {}, magistrat").format(sql.Identifier(place.schema_name)))
        connection.execute("set session_replication_role = replica")
        connection.execute(statement.encode())
        connection.commit()


def test_two_versions_and_their_registers_are_made_again(books: Books) -> None:
    books.month()
    with books.deployment.host.tenant(books.city, ACTOR) as session:
        policy.choose(session, MONTH, Options(marks=("P_63",), reason="późna faktura"), "pismo skarbnika")
    books.reopen(books.world.school)
    books.sell(books.world.school, "SP1/RO/2", "100.00", "23.00")
    books.close(books.world.school)
    second = books.consolidate()
    content = books.deployment.files(books.city).read(second.file.sha256).decode()
    assert "<P_63>1</P_63>" in content
    assert "<P_ORDZU>późna faktura</P_ORDZU>" in content
    found = checked(books)
    assert [(one.unit, one.version) for one in found if one.unit in (None, "SP1")] == [
        ("SP1", 1), ("SP1", 2), (None, 1), (None, 2),
    ]  # fmt: skip
    assert problems(books) == []


def test_versions_differ_unit_by_unit_and_row_by_row(books: Books) -> None:
    books.month()
    books.reopen(books.world.school)
    books.sell(books.world.school, "SP1/RO/2", "100.00", "23.00")
    with books.deployment.host.tenant(books.world.school, CLERK) as session:
        (row,) = [one for one in rows(session, "sale") if one.document_no == "SP1/RO/1"]
        registers.void(session, "sale", row.id, "pomyłka")
    books.close(books.world.school)
    books.consolidate()
    arguments = ["--tenant", books.city.slug, "--month", str(MONTH), "--rows"]
    ran = CliRunner().invoke(diff_command, arguments, obj=books.deployment)
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.output.splitlines()[-1])
    assert [(one["unit"], one["kind"], one["document"]) for one in said["rows"]] == [
        ("SP1", "removed", "SP1/RO/1"), ("SP1", "added", "SP1/RO/2"),
    ]  # fmt: skip
    assert {one["unit"] for one in said["units"]} == {"SP1"}
    assert problems(books) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update vat_published_sale set body = replace(body, '230.02', '230.03')", "tekst nie zgadza się"),
        ("update vat_published_sale set k_20 = 231", "Sumy pól K"),
        ('update vat_publication set sums = sums || \'{"K_20": "1.00"}\'', "Sumy pól K"),
        ("delete from vat_published_sale", "wiersz"),
    ],
)
def test_a_planted_change_is_found_and_named(books: Books, statement: str, words: str) -> None:
    books.month()
    unguarded(books, statement)
    found = problems(books)
    assert any(unit == "SP1" and words in problem for unit, _, problem in found), found
    assert any(unit is None for unit, _, _ in found) is ("k_20 = 231" not in statement)  # files are made of texts
    assert not any(unit == "MOSIR" for unit, _, _ in found)


def test_a_changed_file_and_a_changed_declaration_are_found_by_the_command(books: Books) -> None:
    made = books.month()
    path = books.deployment.files(books.city).path(made.file.sha256)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"1000.10", b"1000.20"))
    ran = CliRunner().invoke(command, ["--tenant", books.city.slug], obj=books.deployment)
    assert ran.exit_code == 1
    assert "uszkodzony" in ran.output
    path.write_bytes(whole)
    unguarded(books, 'update jpk_return set declaration = declaration || \'{"P_38": "346"}\'', "city")
    ran = CliRunner().invoke(command, ["--tenant", books.city.slug, "--month", str(MONTH)], obj=books.deployment)
    assert (ran.exit_code, json.loads(ran.output.splitlines()[-1])["problems"][0]["problem"][:5]) == (1, "P_38:")


def test_the_command_says_that_everything_is_the_same(books: Books) -> None:
    books.month()
    ran = CliRunner().invoke(command, ["--tenant", books.city.slug], obj=books.deployment)
    assert ran.exit_code == 0
    assert json.loads(ran.output.splitlines()[-1]) == {"registers": 4, "returns": 1, "problems": []}
