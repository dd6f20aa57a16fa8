"""From raw KSeF files to one JPK_V7M, then what happens to a month afterwards. One story, told in order."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree
from sqlalchemy import text

from app.cli.vat.declaration import consolidate as consolidate_command
from app.cli.vat.declaration import diff as diff_command
from app.deployment import Deployment
from app.kernel import runs
from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import to_full_zloty
from app.kernel.runs import RunView
from app.ssc import consolidation, steps
from app.vat.filings import jpk_v7m
from app.vat.queries import returns
from app.vat.queries.returns import Version
from app.vat.rules.totals import add_up
from app.vat.service import periods, registers
from tenants import registry
from tests.stories.conftest import Town
from tests.vat.jpk_samples import assert_valid
from workers.inline import work_inline

SEPTEMBER, ACTOR = Month(2026, 9), "skarbnik"
ON = date(2026, 10, 20)
NS = f"{{{jpk_v7m.NAMESPACE}}}"


def newest(town: Town, month: Month = SEPTEMBER) -> Version:
    with town.deployment.host.tenant(town.city, ACTOR, read_only=True) as session:
        return returns.version(session, month)


def consolidated(town: Town, month: Month = SEPTEMBER, reason: str | None = None) -> RunView:
    with town.deployment.host.tenant(town.city, ACTOR) as session:
        run_id = steps.start(session, town.deployment.host, town.city, month, ON, release_reason=reason).id
    return work_inline(town.deployment, town.city, run_id)


def reopen(town: Town, slug: str, month: Month = SEPTEMBER) -> None:
    with town.deployment.host.tenant(town.tenant(slug), "dyrektor") as session:
        periods.reopen(session, month, "brakujący dokument")


def close(town: Town, slug: str, month: Month = SEPTEMBER) -> None:
    for actor, verb in (("referent", periods.complete), ("dyrektor", periods.publish)):
        with town.deployment.host.tenant(town.tenant(slug), actor) as session:
            verb(session, month)


def add_report(town: Town, slug: str, number: str, net: str, tax: str) -> None:
    lines = (
        f"document_type,document_no,issued_on,description,rate,net,tax\nRO,{number},2026-09-30,Raport,23,{net},{tax}\n"
    )
    with town.deployment.host.tenant(town.tenant(slug), "referent") as session:
        registers.import_file(session, SEPTEMBER, lines.encode())


def test_the_file_is_valid_and_every_equation_holds(town: Town) -> None:
    file = town.files.path(newest(town).file.sha256)
    assert jpk_v7m.verify(file) == ()
    assert_valid(file.read_bytes())


def test_rows_are_numbered_through_all_units(town: Town) -> None:
    made = newest(town)
    root = etree.fromstring(town.files.read(made.file.sha256))
    for name, count in (("LpSprzedazy", made.sale_count), ("LpZakupu", made.purchase_count)):
        assert [int(one.text or 0) for one in root.iter(f"{NS}{name}")] == list(range(1, count + 1))
        assert count > 0


def test_positions_are_the_units_sums_in_grosze_rounded_once(town: Town) -> None:
    made = newest(town)
    with town.deployment.host.tenant(town.city, ACTOR, read_only=True) as session:
        sums = add_up(part.sums for part in returns.parts(session, made))
    assert sums == made.sums
    assert {name: made.declaration[f"P_{name[2:]}"] for name in sums} == {
        name: to_full_zloty(amount) for name, amount in sums.items()
    }


def test_what_was_carried_into_the_month_is_in_it(town: Town) -> None:
    described = json.loads(next(town.folder.glob("2026-09-*/city.json")).read_text())
    assert newest(town).declaration["P_39"] == described["carried_pln"]


def test_invoices_between_units_are_in_no_register(town: Town) -> None:
    assert town.summary["invoices"]["internal"] > 0
    content = town.files.read(newest(town).file.sha256).decode()
    nip = town.city.nip
    assert nip is not None
    assert f"<NrKontrahenta>{nip}<" not in content
    assert f"<NrDostawcy>{nip}<" not in content


def test_attribution_was_never_wrong_where_it_decided(town: Town) -> None:
    assert town.summary["attribution"]["precision"] >= 0.995


def test_playing_it_again_changes_nothing(town: Town) -> None:
    assert town.again() == town.summary


def test_the_same_inputs_make_no_new_version(town: Town) -> None:
    before = newest(town)
    view = consolidated(town)
    assert (view.state, view.result and view.result["new"]) == ("finished", False)
    assert newest(town) == before


def test_many_consolidations_at_once_are_one_run(town: Town) -> None:
    with ThreadPoolExecutor(4) as pool:
        views = list(pool.map(lambda _: consolidated(town), range(4)))
    assert {view.state for view in views} == {"finished"}
    assert newest(town).version == 1


def test_a_reopened_month_makes_a_correction_that_says_what_changed(town: Town) -> None:
    first = newest(town)
    reopen(town, "nowa-dabrowa-sp1")
    add_report(town, "nowa-dabrowa-sp1", "SP1/RO/99/09/2026", "1000.00", "230.00")
    close(town, "nowa-dabrowa-sp1")
    assert consolidated(town).state == "finished"
    made = newest(town)
    assert (made.version, made.purpose) == (first.version + 1, 2)
    assert b'<CelZlozenia poz="P_7">2</CelZlozenia>' in town.files.read(made.file.sha256)
    with town.deployment.host.tenant(town.city, ACTOR, read_only=True) as session:
        change = returns.change(session, SEPTEMBER)
    assert {(one.unit, one.name, one.change) for one in change.units} == {
        ("SP1", "K_19", Decimal("1000.00")),
        ("SP1", "K_20", Decimal("230.00")),
    }
    assert {one.name: one.change for one in change.positions}["P_38"] == Decimal(230)


def test_a_supply_to_a_unit_of_the_same_city_is_left_out_and_counted(town: Town) -> None:
    before = newest(town)
    reopen(town, "nowa-dabrowa-sp1")
    with town.deployment.host.tenant(town.tenant("nowa-dabrowa-sp1"), "referent") as session:
        session.execute(
            text(
                "insert into vat_sale (id, year, month, source, source_key, created_by, counterparty_no,"
                " counterparty_name, document_no, issued_on, marker, k_19, k_20) values (gen_random_uuid(), 2026, 9,"
                " 'manual', 'x', 'referent', :nip, 'Miasto', 'SP1/W/1', '2026-09-15', 'BFK', 500, 115)"
            ),
            {"nip": town.city.nip},
        )
    close(town, "nowa-dabrowa-sp1")
    assert consolidated(town).state == "finished"
    made = newest(town)
    assert made.version == before.version + 1
    assert made.declaration == before.declaration
    assert made.sale_count == before.sale_count
    with town.deployment.host.tenant(town.city, ACTOR, read_only=True) as session:
        excluded = {part.unit: part.excluded for part in returns.parts(session, made)}
    assert excluded["SP1"] == 1
    assert sum(excluded.values()) == 1


def test_a_unit_that_published_nothing_is_named_and_stops_the_return(town: Town) -> None:
    october = Month(2026, 10)
    view = consolidated(town, october)
    assert view.state == "failed"
    assert view.error is not None
    assert "UM (nie opublikowała rejestru za październik 2026)" in view.error
    with town.deployment.host.tenant(town.city, ACTOR, read_only=True) as session:
        assert returns.versions(session, october) == []


def test_a_unit_nobody_may_log_in_to_stays_in_the_return(town: Town) -> None:
    before = newest(town)
    try:
        bar(town, "suspended")
        assert consolidated(town).state == "finished"
        assert newest(town) == before
        unsigned = consolidated(town, Month(2026, 10)).error
        assert unsigned is not None
        assert "MOPS (nie opublikowała rejestru za październik 2026, a dostęp do niej jest wstrzymany)" in unsigned
    finally:
        bar(town, "active")


def bar(town: Town, status: str) -> None:
    with town.deployment.host.control() as session:
        registry.set_status(session, registry.known(session, "nowa-dabrowa-mops"), status, ACTOR)


def test_the_treasurer_may_release_it_with_a_reason_and_what_is_left_is_carried_on(town: Town) -> None:
    october = Month(2026, 10)
    view = consolidated(town, october, reason="jednostki dosłały rejestry pocztą")
    assert view.state == "finished"
    made = newest(town, october)
    assert "UM" in made.missing
    assert made.release_reason == "jednostki dosłały rejestry pocztą"
    assert made.declaration.get("P_39", Decimal(0)) == newest(town).declaration["P_62"]


def test_without_the_month_before_nobody_knows_what_is_carried(town: Town) -> None:
    with (
        town.deployment.host.tenant(town.city, ACTOR, read_only=True) as session,
        pytest.raises(Refusal, match="brakuje deklaracji za listopad 2026"),
    ):
        returns.carried(session, Month(2026, 12))


def test_one_unit_that_fails_is_missing_with_its_reason_and_the_others_are_gathered(town: Town) -> None:
    host = town.deployment.host
    whom = consolidation.units(host, town.city, ON)
    broken = next(one.tenant for one in whom if one.tenant.code == "PM1")
    with host.admin(broken.cell) as connection:
        connection.execute(f"revoke usage on schema {broken.schema_name} from {broken.schema_name}".encode())
    try:
        found = consolidation.gather(host, whom, SEPTEMBER, frozenset(), ACTOR, workers=2)
    finally:
        with host.admin(broken.cell) as connection:
            connection.execute(f"grant usage on schema {broken.schema_name} to {broken.schema_name}".encode())
    assert [one.unit for one in found.missing] == ["PM1"]
    assert "Nie udało się odczytać jej rejestru" in found.missing[0].reason
    assert len(found.parts) == len(whom) - 1


def test_the_command_writes_the_file_and_tells_the_difference(town: Town, tmp_path: Path) -> None:
    out = tmp_path / "jpk.xml"
    words = ["--tenant", "1421021", "--month", "2026-09"]
    done = CliRunner().invoke(consolidate_command, [*words, "--out", str(out)], obj=town.deployment)
    assert done.exit_code == 0, done.output
    said = json.loads(done.output.splitlines()[-1])
    assert out.read_bytes() == town.files.read(said["sha256"])
    changed = CliRunner().invoke(diff_command, [*words, "--from", "1", "--to", "2"], obj=town.deployment)
    assert changed.exit_code == 0, repr(changed.exception)
    assert json.loads(changed.output.splitlines()[-1])["declaration"]["P_38"]
    assert "SP1          K_20" in changed.output


def test_a_unit_files_no_return(town: Town, tmp_path: Path) -> None:
    words = ["--tenant", "nowa-dabrowa-sp1", "--month", "2026-09", "--out", str(tmp_path / "x.xml")]
    done = CliRunner().invoke(consolidate_command, words, obj=town.deployment)
    assert isinstance(done.exception, Refusal)
    assert not (tmp_path / "x.xml").exists()


def _work_in_a_child(deployment: Deployment, slug: str, run_id: str) -> None:
    from uuid import UUID

    from app.deployment import running
    from tenants import registry

    with running(deployment.settings) as own:
        with own.host.control() as session:
            city = registry.known(session, slug)
        work_inline(own, city, UUID(run_id))


def test_killed_again_and_again_it_still_makes_one_version_with_the_right_file(town: Town) -> None:
    before = newest(town)
    reopen(town, "nowa-dabrowa-sp1")
    add_report(town, "nowa-dabrowa-sp1", "SP1/RO/98/09/2026", "100.00", "23.00")
    close(town, "nowa-dabrowa-sp1")
    with town.deployment.host.tenant(town.city, ACTOR) as session:
        run_id = steps.start(session, town.deployment.host, town.city, SEPTEMBER, ON).id
    rng, context = random.Random(5), multiprocessing.get_context("spawn")
    for _ in range(4):
        arguments = (Deployment(town.deployment.settings, None, ""), "nowa-dabrowa", str(run_id))  # type: ignore[arg-type]
        child = context.Process(target=_work_in_a_child, args=arguments)
        child.start()
        child.join(1.0 + rng.random())
        if child.pid is not None and child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
        child.join()
    view = work_inline(town.deployment, town.city, run_id)
    assert view.state == "finished"
    made = newest(town)
    assert made.version == before.version + 1
    assert jpk_v7m.verify(town.files.path(made.file.sha256)) == ()
    with town.deployment.host.tenant(town.city, ACTOR, read_only=True) as session:
        assert [one.version for one in returns.versions(session, SEPTEMBER)] == list(range(made.version, 0, -1))
        assert sum(run.kind == steps.KIND and run.state == "running" for run in runs.recent(session, 100)) == 0


def test_ctrl_c_stops_everything_the_demonstration_started(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {**os.environ, "MAGISTRAT_HOME": str(home), "SECRET_KEY": "x"}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["demo", "--units", "2", "--invoices", "12", "--port", str(port)]
    command = [sys.executable, "-m", "app.cli", *words]
    demo = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert demo.stdout is not None
    assert any("Ctrl-C" in line for line in demo.stdout)
    assert str(home) in _processes()
    os.killpg(demo.pid, signal.SIGINT)
    assert demo.wait(120) == 0
    assert json.loads(demo.stdout.read().splitlines()[-1])["units"] == 3
    assert str(home) not in _processes()


def _processes() -> str:
    shown = subprocess.run(["ps", "axww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
    return shown.stdout
