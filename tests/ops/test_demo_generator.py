"""The demonstration city: the same every time, valid or broken where it should be, and true to its word."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.demo import generate as command
from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.ids import internal_id_check_digit, internal_id_problem, ksef_number_problem, nip_problem, nrb, regon
from app.ops.demo.generator import Summary, generate
from app.ops.demo.scoring import NOBODY, read_truth, score
from app.vat.filings import fa3
from app.vat.rules.facts import Invoice

MONTH = Month(2026, 9)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    return generate(14, 600, 7, MONTH, tmp_path_factory.mktemp("demo") / "city")


@pytest.fixture(scope="module")
def truth(made: Summary) -> list[dict[str, Any]]:
    return read_truth(made.out / "truth.jsonl")


@pytest.fixture(scope="module")
def city(made: Summary) -> dict[str, Any]:
    return dict(json.loads((made.out / "city.json").read_text(encoding="utf-8")))


def content(made: Summary, file: str) -> bytes:
    folder, _, name = file.partition(".zip/")
    if not name:
        return (made.out / file).read_bytes()
    with zipfile.ZipFile(made.out / f"{folder}.zip") as archive:
        return archive.read(name)


@pytest.fixture(scope="module")
def invoices(made: Summary, truth: list[dict[str, Any]]) -> dict[str, Invoice]:
    """KSeF number → what its file says, for all but the bad files."""
    return {one["ksef_number"]: fa3.read(content(made, one["file"])) for one in truth if one["side"] != "bad"}


def test_every_invoice_is_valid_and_its_file_is_the_one_the_truth_names(
    made: Summary, truth: list[dict[str, Any]]
) -> None:
    for one in truth:
        data = content(made, one["file"])
        assert hashlib.sha256(data).hexdigest() == one["sha256"], one["file"]
        if one["side"] != "bad":
            assert fa3.schema_errors(data) == [], one["file"]


def test_totals_are_the_sums_of_the_lines_and_the_gross_amount_of_the_totals(invoices: dict[str, Invoice]) -> None:
    fields = {"1": "23", "2": "8", "3": "5", "7": "zw"}
    for number, invoice in invoices.items():
        assert invoice.gross == sum(total.net + (total.tax or 0) for total in invoice.totals), number
        for total in invoice.totals:
            rate = fields[total.field]
            signs = [(-1 if line.before_correction else 1, line) for line in invoice.lines if line.rate == rate]
            assert total.net == sum(sign * (line.net or 0) for sign, line in signs), number
            if total.tax is not None:
                assert abs(total.tax - total.net * Decimal(rate) / 100) <= Decimal("0.005"), number
            assert (total.tax_pln is not None) == (invoice.currency != "PLN" and total.tax is not None), number


def test_the_city_is_buyer_or_seller_as_the_truth_says(
    invoices: dict[str, Invoice], truth: list[dict[str, Any]], city: dict[str, Any]
) -> None:
    sides = {
        "purchase": (False, True),
        "sale": (True, False),
        "internal": (True, True),
    }
    for one in truth:
        if one["side"] != "bad":
            invoice = invoices[one["ksef_number"]]
            found = (invoice.seller.nip == city["nip"], invoice.buyer.nip == city["nip"])
            assert found == sides[one["side"]], one


def test_ksef_numbers_are_sound_and_begin_with_the_sellers_nip(invoices: dict[str, Invoice]) -> None:
    for number, invoice in invoices.items():
        assert ksef_number_problem(number) is None
        assert number.startswith(f"{invoice.seller.nip}-{MONTH.year}{MONTH.month:02d}")


def test_no_seller_uses_a_number_twice(invoices: dict[str, Invoice]) -> None:
    keys = Counter((one.seller.nip, one.kind, one.number) for one in invoices.values())
    assert [key for key, count in keys.items() if count > 1] == []


def test_all_numbers_of_the_city_and_its_units_are_sound_and_different(city: dict[str, Any]) -> None:
    units = city["units"]
    nips = [city["nip"], *(unit["nip"] for unit in units)]
    assert [nip_problem(nip) for nip in nips] == [None] * len(nips)
    assert all(nip.startswith("999") for nip in nips)
    assert len({*nips}) == len(nips)
    for unit in units:
        assert regon(unit["regon"]) == unit["regon"]
        assert internal_id_problem(unit["internal_id"]) is None
        assert unit["internal_id"][-1] == internal_id_check_digit(unit["internal_id"])
        assert unit["internal_id"].startswith(city["nip"])
    assert nrb(city["account"]) == city["account"]
    assert len({unit["internal_id"] for unit in units}) == len({unit["address"] for unit in units}) == len(units)


def test_about_half_of_the_invoices_have_no_third_party(
    invoices: dict[str, Invoice], truth: list[dict[str, Any]]
) -> None:
    without = sum(1 for invoice in invoices.values() if not invoice.others)
    assert 0.4 <= without / len(invoices) <= 0.65
    for one in truth:
        if one["side"] != "bad":
            assert ("no_third_party" in one["traps"]) == (not invoices[one["ksef_number"]].others), one


def test_the_disorder_of_real_cities_is_all_there(made: Summary) -> None:
    wanted = {
        "no_third_party", "buyer_name", "buyer_address", "line_text", "description", "delivery_address", "no_hint",
        "customer_no_only", "abbreviated_name", "misspelt_name", "name_without_marks", "wrong_address", "wrong_role",
        "missing_address", "no_identifier", "contradiction", "two_units", "correction", "correction_without_hint",
        "foreign_currency", "exempt", "mixed_rates", "split_payment", "delivered_twice", "other_name", "internal",
        "office", "number_prefix_only", "receipt_invoice", "previous_month",
    }  # fmt: skip
    assert wanted - made.traps.keys() == set()


def test_an_identifier_in_the_invoice_is_the_true_units(
    invoices: dict[str, Invoice], truth: list[dict[str, Any]], city: dict[str, Any]
) -> None:
    """Otherwise the truth would not be one. Where two units are named, or one in two ways, there is no true unit."""
    codes = {unit["internal_id"]: unit["code"] for unit in city["units"]}
    codes |= {unit["nip"]: unit["code"] for unit in city["units"]}
    checked = 0
    for one in truth:
        if one["side"] not in ("purchase", "sale") or {"contradiction", "two_units"} & {*one["traps"]}:
            continue
        for party in invoices[one["ksef_number"]].others:
            identifier = party.internal_id or party.nip
            if identifier is not None:
                assert codes[identifier] == one["unit"], one
                checked += 1
    assert checked > 100


def test_a_correction_has_the_unit_of_the_invoice_that_it_corrects(
    invoices: dict[str, Invoice], truth: list[dict[str, Any]]
) -> None:
    units = {one["ksef_number"]: one["unit"] for one in truth if one["side"] != "bad"}
    corrections = [(number, invoice) for number, invoice in invoices.items() if invoice.kind == "KOR"]
    assert corrections
    for number, invoice in corrections:
        _, original_no, original = invoice.corrected[0]
        assert original is not None
        assert invoices[original].number == original_no
        assert units[number] == units[original]
        assert invoice.gross < 0


def test_repeated_deliveries_are_the_same_bytes(truth: list[dict[str, Any]]) -> None:
    files: dict[str, list[dict[str, Any]]] = {}
    for one in truth:
        if one["side"] != "bad":
            files.setdefault(one["ksef_number"], []).append(one)
    repeated = [group for group in files.values() if len(group) > 1]
    assert repeated
    for group in repeated:
        assert len({one["sha256"] for one in group}) == 1
        assert len({one["file"] for one in group}) == len(group)


def test_each_package_has_the_metadata_of_exactly_its_invoices(made: Summary) -> None:
    packages = sorted((made.out / "packages").glob("*.zip"))
    assert len(packages) >= 3
    for package in packages:
        with zipfile.ZipFile(package) as archive:
            names = [name for name in archive.namelist() if name != "_metadata.json"]
            described = json.loads(archive.read("_metadata.json"))["invoices"]
            assert [f"{one['ksefNumber']}.xml" for one in described] == names
            invoice = fa3.read(archive.read(names[0]))
            assert described[0]["invoiceNumber"] == invoice.number
            assert Decimal(str(described[0]["grossAmount"])) == invoice.gross


def test_bad_files_are_bad_each_in_its_way(made: Summary, truth: list[dict[str, Any]], city: dict[str, Any]) -> None:
    bad = {one["traps"][0]: one for one in truth if one["side"] == "bad"}
    assert len(bad) == made.bad == 10
    for kind in ("truncated", "fa2", "doctype", "empty", "not_xml"):
        with pytest.raises(Refusal):
            fa3.parse(content(made, bad[kind]["file"]))
    assert fa3.schema_errors(content(made, bad["schema"]["file"]))
    assert ksef_number_problem(bad["bad_ksef_checksum"]["ksef_number"]) is not None
    foreign = fa3.read(content(made, bad["foreign_nip"]["file"]))
    assert city["nip"] not in (foreign.seller.nip, foreign.buyer.nip)
    with zipfile.ZipFile(made.out / bad["path_traversal"]["file"]) as archive:
        assert archive.namelist()[0].startswith("../")
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(made.out / bad["broken_zip"]["file"])


def test_registers_hold_a_line_a_rate_with_the_right_tax(made: Summary, city: dict[str, Any]) -> None:
    documents = set()
    for unit in city["units"]:
        with (made.out / "registers" / f"{unit['code']}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                rate = Decimal(row["rate"]) if row["rate"] != "zw" else Decimal(0)
                assert abs(Decimal(row["net"]) * rate / 100 - Decimal(row["tax"])) <= Decimal("0.005")
                assert row["issued_on"].startswith("2026-09-")
                assert row["document_no"].startswith(f"{unit['code']}/{row['document_type']}/")
                documents.add(row["document_no"])
    assert len(documents) == made.register_documents > 50


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        generate(5, 60, seed, MONTH, tmp_path / name)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")
    assert hashes(tmp_path / "one")["truth.jsonl"] != hashes(tmp_path / "other")["truth.jsonl"]


@pytest.mark.parametrize("units", [1, 2, 40])
def test_towns_of_any_size_can_be_made(units: int, tmp_path: Path) -> None:
    made = generate(units, 80, 5, "2026-12", tmp_path / "town")
    assert (made.units, made.invoices, made.month) == (units, 80, Month(2026, 12))
    city = json.loads((tmp_path / "town" / "city.json").read_text(encoding="utf-8"))
    assert len({unit["code"] for unit in city["units"]}) == len({unit["name"] for unit in city["units"]}) == units


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"units": 0}, "units"),
        ({"invoices": 0}, "invoices"),
        ({"month": "2026-01"}, "month"),
        ({"month": "?"}, "month"),
    ],
)
def test_what_cannot_be_made_is_refused(change: dict[str, Any], field: str, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"units": 3, "invoices": 3, "seed": 1, "month": "2026-09", "out": tmp_path / "new"}
    with pytest.raises(Refusal) as caught:
        generate(**{**asked, **change})
    assert caught.value.field == field
    assert not (tmp_path / "new").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(Refusal) as caught:
        generate(3, 3, 1, "2026-09", tmp_path)
    assert caught.value.field == "out"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def line(number: str, unit: str | None, side: str = "purchase", traps: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"ksef_number": number, "unit": unit, "side": side, "traps": list(traps)}


def test_the_score_counts_each_invoice_once_and_leaves_out_what_has_no_unit() -> None:
    truth = [
        line("a", "SP1"),
        line("a", "SP1", traps=("delivered_twice",)),
        line("b", "SP2", traps=("misspelt_name",)),
        line("c", "SP2", traps=("misspelt_name",)),
        line("d", None, traps=("no_hint",)),
        line("e", None, traps=("no_hint",)),
        line("f", "UM", "sale"),
        line("g", None, "internal"),
        line("h", None, "bad"),
    ]
    found = score(truth, {"a": "SP1", "b": "SP1", "c": None, "e": "UM", "f": "UM", "g": "UM"})
    assert (found.invoices, found.right, found.wrong, found.missed, found.left_rightly) == (6, 2, 2, 1, 1)
    assert found.precision == Fraction(2, 4)
    assert found.recall == Fraction(2, 4)
    assert found.confusions == {("SP2", "SP1"): 1, ("SP2", NOBODY): 1, (NOBODY, "UM"): 1}
    assert found.by_trap["misspelt_name"] == (0, 2)
    assert found.by_trap["no_hint"] == (1, 2)


def test_a_perfect_decision_scores_one_and_no_decision_loses_only_recall(truth: list[dict[str, Any]]) -> None:
    perfect = score(truth, {one["ksef_number"]: one["unit"] for one in truth if one["side"] != "bad"})
    assert (perfect.precision, perfect.recall) == (Fraction(1), Fraction(1))
    assert not perfect.confusions
    silent = score(truth, {})
    assert (silent.precision, silent.recall) == (Fraction(1), Fraction(0))


def test_the_command_says_what_it_made(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--units", "3", "--invoices", "22", "--out", str(tmp_path / "city")])
    assert done.exit_code == 0, done.output
    assert "wrzesień 2026" in done.output
    assert "22 faktury" in done.output
    again = CliRunner().invoke(command, ["--out", str(tmp_path / "city")])
    assert again.exit_code == 2
    assert "nie jest pusty" in again.output
