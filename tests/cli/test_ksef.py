"""`magistrat ksef`: a city's inbox from the command line, in words and in JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.ksef import ksef
from app.deployment import Deployment
from app.kernel.errors import Refusal
from app.vat.filings import fa3
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World, make_city
from tests.vat.box import FOR_SCHOOL, open_box
from tests.vat.invoices import CITY, PURCHASE, ksef_number

NUMBER = ksef_number()
Run = Callable[..., Result]


@pytest.fixture
def town(host: Host, world: World, request: pytest.FixtureRequest) -> Tenant:
    """A city with an open inbox, beside the cities of `world`."""
    municipality = make_city(host, f"cli-{abs(hash(request.node.name))}", CITY)
    open_box(host, municipality)
    return municipality


@pytest.fixture
def run(deployment: Deployment) -> Run:
    """Calls `magistrat ksef …` against the servers of the tests."""

    def one(*arguments: str | Path) -> Result:
        return CliRunner().invoke(ksef, [str(each) for each in arguments], obj=deployment, catch_exceptions=False)

    return one


def last(result: Result) -> dict[str, int]:
    return dict(json.loads(result.stdout.splitlines()[-1]))


def fill(folder: Path, bad: int = 1) -> None:
    (folder / f"{NUMBER}.xml").write_bytes(fa3.write(replace(PURCHASE, others=FOR_SCHOOL)))
    (folder / "kopia.xml").write_bytes(fa3.write(replace(PURCHASE, others=FOR_SCHOOL)))
    (folder / "kolejka.xml").write_bytes(fa3.write(replace(PURCHASE, number="2")))
    for number in range(bad):
        (folder / f"zły{number:02d}.xml").write_bytes(f"to nie XML {number}".encode())


def test_an_import_says_what_became_of_everything(run: Run, town: Tenant, tmp_path: Path) -> None:
    fill(tmp_path)
    result = run("import", "--tenant", town.slug, tmp_path)
    assert result.exit_code == 0
    assert last(result) == {
        "total": 4, "stored": 2, "assigned": 1, "queued": 1, "internal": 0, "duplicates": 1, "numbered": 0,
        "quarantined": 1, "known": 0,
    }  # fmt: skip
    assert "przeczytano 4 dokumenty, w skrzynce 2 nowe faktury." in result.stdout
    assert "  1 przypisana jednostce" in result.stdout
    assert "zły00.xml: To nie jest dokument XML." in result.stdout
    again = run("import", "--tenant", town.slug, "--json", tmp_path)
    assert again.stdout.count("\n") == 1
    assert (last(again)["stored"], last(again)["known"]) == (0, 1)


def test_a_long_list_of_problems_is_cut_and_the_report_has_them_all(run: Run, town: Tenant, tmp_path: Path) -> None:
    folder, report = tmp_path / "in", tmp_path / "raport.csv"
    folder.mkdir()
    fill(folder, 23)
    (folder / "=1+1.xml").write_bytes(b"formula")
    result = run("import", "--tenant", town.slug, "--report", report, "--workers", "1", folder)
    assert result.stdout.count("To nie jest dokument XML.") == 20
    assert "… i jeszcze 4." in result.stdout
    with report.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file, delimiter=";")
    assert head == ["Plik", "Wynik", "Przyczyny"]
    assert len(rows) == 27
    assert rows[0] == [f"{NUMBER}.xml", "przypisana", ""]
    assert ["'=1+1.xml", "w kwarantannie", "To nie jest dokument XML."] in rows


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--tenant", "nie-ma-takiego", "."], "Nie ma gminy"),
        (["--tenant", "{unit}", "."], "nie jest gminą"),
        (["--tenant", "{town}", "/nie/ma"], "Nie ma takiego pliku ani folderu"),
        (["--tenant", "{town}", "--report", "/nie/ma/raport.csv", "."], "Nie można zapisać raportu"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_a_sentence(
    run: Run, town: Tenant, world: World, arguments: list[str], says: str
) -> None:
    with pytest.raises(Refusal, match=says):
        run("import", *(one.format(unit=world.school.slug, town=town.slug) for one in arguments))


def test_the_queue_and_the_quarantine_are_shown_and_settled(run: Run, town: Tenant, tmp_path: Path) -> None:
    fill(tmp_path, 2)
    run("import", "--tenant", town.slug, tmp_path)
    queue = run("queue", "--tenant", town.slug).stdout
    assert "W kolejce: 1 faktura." in queue
    assert "2, Hurtownia Papier Sp. z o.o., 123.00 PLN" in queue
    listed = run("quarantine", "--tenant", town.slug).stdout
    assert "W kwarantannie: 2 dokumenty." in listed
    key = listed.splitlines()[1].split()[0]
    with pytest.raises(Refusal, match="Napisz"):
        run("quarantine", "--tenant", town.slug, "--settle", key)
    assert run("quarantine", "--tenant", town.slug, "--settle", key, "--note", "To skan.").exit_code == 0
    assert "W kwarantannie: 1 dokument." in run("quarantine", "--tenant", town.slug).stdout


def test_the_score_holds_decisions_against_the_truth(run: Run, town: Tenant, tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / f"{ksef_number(day='20260303')}.xml").write_bytes(fa3.write(replace(PURCHASE, number="3")))
    run("import", "--tenant", town.slug, tmp_path)
    truth = tmp_path / "truth.jsonl"
    lines = [
        {"ksef_number": NUMBER, "side": "purchase", "unit": "ZM1", "invoice_number": "1", "traps": []},
        {"ksef_number": ksef_number(day="20260303"), "side": "purchase", "unit": None, "invoice_number": "3",
         "traps": []},
    ]  # fmt: skip
    truth.write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = run("score", "--tenant", town.slug, "--truth", truth)
    assert result.exit_code == 0
    assert json.loads(result.stdout.splitlines()[-1]) == {
        "precision": 0.0, "recall": 0.0, "automatic": 1, "queued": 1,
        "wrong": [{"ksef_number": NUMBER, "invoice_number": "1", "true": "ZM1", "given": "SP12"}],
    }  # fmt: skip
    assert "1: SP12 zamiast ZM1" in result.stdout
    with pytest.raises(Refusal, match="Nie można odczytać prawdy"):
        run("score", "--tenant", town.slug, "--truth", tmp_path / "nie-ma.jsonl")
