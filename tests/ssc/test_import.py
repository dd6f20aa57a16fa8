"""Importing the demonstration: everything accounted for, nothing twice, decisions that hold against the truth."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from app.kernel.errors import Refusal
from app.ops.demo.scoring import read_truth, score
from app.ops.onboarding import Founded
from app.ssc.inbox import Import, Report, expected, import_paths
from app.vat.models import KsefAttribution, KsefInvoice, KsefQuarantine
from app.vat.queries import inbox
from app.vat.service.inbox import Fate
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.ssc.conftest import Demo


def contents(host: Host, municipality: Tenant) -> dict[str, list[tuple[object, ...]]]:
    """What the inbox holds, without keys and instants."""
    with host.tenant(municipality, ACTOR) as session:
        invoices = session.execute(
            select(
                KsefInvoice.sha256, KsefInvoice.ksef_number, KsefInvoice.state, KsefInvoice.unit_code,
                KsefInvoice.year, KsefInvoice.month, KsefInvoice.vat_pln,
            )
        )  # fmt: skip
        decisions = session.execute(select(KsefAttribution.reason, KsefAttribution.unit_code))
        refused = session.execute(select(KsefQuarantine.name, KsefQuarantine.sha256, KsefQuarantine.truncated))
        return {
            "invoices": sorted((tuple(row) for row in invoices), key=repr),
            "decisions": sorted((tuple(row) for row in decisions), key=repr),
            "refused": sorted(tuple(row) for row in refused),
        }


def is_accounted_for(report: Report, total: int) -> bool:
    parts = (report.assigned, report.queued, report.internal, report.duplicates, report.quarantined, report.known)
    return report.total == total == sum(parts)


@pytest.mark.parametrize("workers", [1, 2], ids=["in this process", "in two processes"])
def test_the_whole_demonstration_is_accounted_for_and_a_second_time_changes_nothing(
    host: Host, founded: Callable[[], Founded], demo: Demo, workers: int
) -> None:
    city = founded().city
    heard: list[Fate] = []
    report = import_paths(host, city, Import(demo.sources, workers), ACTOR, heard.extend)
    assert is_accounted_for(report, demo.summary.files + demo.summary.bad)
    assert (report.stored, report.quarantined) == (demo.summary.invoices, demo.summary.bad)
    assert report.duplicates == demo.summary.files - demo.summary.invoices
    assert len(heard) == report.total
    before = contents(host, city)
    with host.tenant(city, ACTOR) as session:
        batches = session.execute(inbox.batches(session).statement).all()
    again = import_paths(host, city, Import(demo.sources, workers), ACTOR)
    assert is_accounted_for(again, report.total)
    assert (again.stored, again.quarantined, again.known) == (0, 0, demo.summary.bad)
    assert contents(host, city) == before
    with host.tenant(city, ACTOR) as session:
        assert session.execute(inbox.batches(session).statement).all() == batches


def test_one_process_and_many_come_to_the_same(host: Host, founded: Callable[[], Founded], demo: Demo) -> None:
    alone, together = founded().city, founded().city
    import_paths(host, alone, Import(demo.sources, 1), ACTOR)
    import_paths(host, together, Import(demo.sources, 3), ACTOR)
    assert contents(host, alone) == contents(host, together)
    assert not [child for child in multiprocessing.active_children() if child.name.startswith("ForkServer")]


def test_names_tell_where_a_document_was(host: Host, founded: Callable[[], Founded], demo: Demo) -> None:
    names: list[str] = []

    def hear(fates: Sequence[Fate]) -> None:
        names.extend(fate.name for fate in fates)

    import_paths(host, founded().city, Import([demo.out], 1), ACTOR, hear)
    told = {line["file"] for line in read_truth(demo.out / "truth.jsonl")} - {"bad/wychodzi-z-folderu.zip"}
    assert told <= set(names)
    assert "bad/wychodzi-z-folderu.zip/../../poza-folderem.xml" in names


def test_the_rule_is_hardly_ever_wrong_and_the_truth_says_so(host: Host, whole: Founded, demo: Demo) -> None:
    import_paths(host, whole.city, Import(demo.sources), ACTOR)
    with host.tenant(whole.city, ACTOR) as session:
        decisions = inbox.decided_by_rule(session)
    found = score(read_truth(demo.out / "truth.jsonl"), decisions)
    assert found.invoices == demo.summary.purchases + demo.summary.sales
    assert found.precision >= 0.995, found.confusions
    assert found.recall >= 0.55, found.by_trap


def test_each_city_has_a_box_of_its_own(host: Host, founded: Callable[[], Founded], world: World, demo: Demo) -> None:
    city, neighbour = founded().city, founded().city
    import_paths(host, city, Import([demo.out / "files"], 1), ACTOR)
    assert contents(host, neighbour) == {"invoices": [], "decisions": [], "refused": []}
    assert contents(host, world.other_city)["invoices"] == []


def test_two_imports_of_the_same_at_the_same_time(host: Host, founded: Callable[[], Founded], demo: Demo) -> None:
    city, calm = founded().city, founded().city
    with ThreadPoolExecutor(3) as pool:
        wanted = [Import(demo.sources, workers) for workers in (1, 2, 1)]
        reports = list(pool.map(lambda one: import_paths(host, city, one, ACTOR), wanted))
    total = demo.summary.files + demo.summary.bad
    assert all(is_accounted_for(report, total) for report in reports)
    assert sum(report.stored for report in reports) == demo.summary.invoices
    assert sum(report.quarantined for report in reports) == demo.summary.bad
    import_paths(host, calm, Import(demo.sources, 1), ACTOR)
    assert contents(host, city) == contents(host, calm)


def test_paths_are_tried_before_anything_is_read(host: Host, founded: Callable[[], Founded], demo: Demo) -> None:
    city = founded().city
    with pytest.raises(Refusal, match="Nie ma takiego pliku"):
        import_paths(host, city, Import([demo.out / "files", Path("/nie/ma/mnie")]), ACTOR)
    assert contents(host, city)["invoices"] == []


def test_a_unit_has_no_box(host: Host, world: World, demo: Demo) -> None:
    with pytest.raises(Refusal, match="nie jest gminą"):
        import_paths(host, world.school, Import([demo.out / "files"]), ACTOR)


def test_a_city_that_has_not_said_who_it_is_gets_nothing(host: Host, world: World, demo: Demo) -> None:
    with pytest.raises(Refusal, match="dane podatnika"):
        import_paths(host, world.other_city, Import([demo.out / "files"]), ACTOR)


def test_how_many_documents_to_expect(demo: Demo, tmp_path: Path) -> None:
    wanted = demo.summary.files + demo.summary.bad
    packages = len(list((demo.out / "packages").iterdir()))
    assert expected(demo.sources) == wanted + packages  # each package holds its metadata besides
    (tmp_path / "a.zip").write_bytes(b"PK\x05\x06")
    assert expected([tmp_path]) == 1


def test_counts_in_json_add_up(demo: Demo) -> None:
    report = Report()
    report.add([Fate("a", "assigned"), Fate("b", "duplicate", numbered=True), Fate("c", "known"), Fate("d", "queued")])
    counted = Counter(report.as_json())
    assert counted["total"] == 4
    assert counted["stored"] + counted["duplicates"] + counted["quarantined"] + counted["known"] == counted["total"]
    assert counted["numbered"] == 1


def test_a_worker_process_imports_little() -> None:
    program = (
        "import sys, app.ssc.examination; "
        "sys.exit(', '.join({'sqlalchemy', 'litestar', 'tenants', 'holidays', 'ksef_client'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
