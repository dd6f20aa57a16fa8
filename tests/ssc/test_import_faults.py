"""Whatever lies in the folder and whatever happens on the way: the import goes on, and nothing is lost or doubled."""

from __future__ import annotations

import io
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.deployment import Deployment
from app.ops.onboarding import Founded
from app.ssc import examination
from app.ssc.inbox import Import, import_paths
from app.vat.filings import fa3
from app.vat.models import KsefInvoice, KsefQuarantine
from app.vat.service.directory import put
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World, make_city
from tests.ssc.conftest import Demo
from tests.ssc.test_import import contents, is_accounted_for
from tests.vat.box import FOR_SCHOOL, SCHOOL, TODAY, open_box
from tests.vat.invoices import CITY, MUNICIPALITY, OTHER, PURCHASE, SELLER, ksef_number

SOUND = fa3.write(replace(PURCHASE, others=FOR_SCHOOL))
NUMBER = ksef_number()
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE Faktura [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<Faktura xmlns="http://crd.gov.pl/wzor/2025/06/25/13775/">&b;</Faktura>'
)


def _zip(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@pytest.fixture
def town(host: Host, world: World) -> Tenant:
    """The city of `tests.vat.invoices`, beside the cities of `world`."""
    municipality = make_city(host, f"kielce-{uuid4().hex[:8]}", CITY)
    open_box(host, municipality)
    return municipality


def fill(folder: Path) -> dict[str, str]:
    """Bad things of every kind and one sound invoice; name → what its reason must say."""
    wrong = f"{NUMBER[:-2]}{'00' if NUMBER[-2:] != '00' else '01'}"
    twice = io.BytesIO()
    with zipfile.ZipFile(twice, "w") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("a.xml", fa3.write(replace(PURCHASE, number="z/1")))
        archive.writestr("a.xml", fa3.write(replace(PURCHASE, number="z/2")))
    bad = {
        "pusty.xml": (b"", "pusty"),
        "encje.xml": (LAUGHS, "DOCTYPE"),
        "obcy.xml": (
            fa3.write(replace(PURCHASE, number="x", buyer=replace(MUNICIPALITY, nip=OTHER))),
            "NIP 5265877635",
        ),
        "za-duzy.xml": (SOUND + b" " * 3 * 1024 * 1024, "większy niż"),
        f"{wrong}.xml": (fa3.write(replace(PURCHASE, number="crc")), "Suma kontrolna"),
        "latin2.xml": (SOUND.replace(b"Papier", b"Papi\xea"), "poprawnym dokumentem XML"),
        "utf16.xml": (SOUND.decode().encode("utf-16"), "UTF-16"),
        "urwana.zip": (_zip(("f.xml", SOUND))[:-30], "uszkodzone"),
        "binarny": (b"\x00\x01\x02" * 99, "nie jest dokument XML"),
    }
    for name, (data, _) in bad.items():
        (folder / name).write_bytes(data)
    (folder / "bomba.zip").write_bytes(_zip(("bomba.xml", b"<a>" + b"0" * 40_000_000)))
    (folder / "dwa.zip").write_bytes(twice.getvalue())
    (folder / f"{NUMBER}.xml").write_bytes(SOUND)
    os.mkfifo(folder / "rura")
    (folder / "link.xml").symlink_to("/etc/hostname")
    return {name: says for name, (_, says) in bad.items()} | {
        "bomba.zip/bomba.xml": "bomba ZIP", "dwa.zip/a.xml": "o tej samej nazwie", "rura": "zwykły plik",
        "link.xml": "dowiązanie",
    }  # fmt: skip


@pytest.mark.parametrize("workers", [1, 2])
def test_a_folder_of_bad_things_stops_nothing_and_keeps_them_all(
    host: Host, town: Tenant, tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "PIECE_DOCUMENTS", 3)
    wanted = fill(tmp_path)
    report = import_paths(host, town, Import([tmp_path], workers), ACTOR)
    assert is_accounted_for(report, len(wanted) + 2)
    assert (report.stored, report.quarantined) == (2, len(wanted))
    with host.tenant(town, ACTOR) as session:
        kept = {one.name: one for one in session.scalars(select(KsefQuarantine))}
        numbers = set(session.scalars(select(KsefInvoice.number)))
    assert numbers == {PURCHASE.number, "z/1"}
    assert kept.keys() == wanted.keys()
    for name, says in wanted.items():
        assert says in kept[name].reasons[0]["message"], name
    for name in ("encje.xml", "obcy.xml", "latin2.xml", "urwana.zip", "binarny"):
        original = kept[name].content
        assert original is not None
        assert zlib.decompress(original) == (tmp_path / name).read_bytes()
        assert not kept[name].truncated
    assert kept["za-duzy.xml"].truncated
    assert kept["bomba.zip/bomba.xml"].truncated
    again = import_paths(host, town, Import([tmp_path], workers), ACTOR)
    assert (again.stored, again.quarantined, again.known) == (0, 0, len(wanted))


IMPORTER = """
import os, sys
from pathlib import Path
from app.deployment import running
from app.settings import from_environment
from app.ssc.inbox import Import, import_paths
from tenants import registry

slug, folder = sys.argv[1:]
with running(from_environment()) as deployment:
    with deployment.host.control() as session:
        city = registry.known(session, slug)
    def tell(fates):
        print(len(fates), flush=True)
        sys.stdin.readline()
    import_paths(deployment.host, city, Import([Path(folder)], 2), "importer", tell)
print("koniec", flush=True)
"""


def _importer(deployment: Deployment, city: Tenant, folder: Path, mark: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "MAGISTRAT_HOME": str(deployment.settings.home), "SECRET_KEY": "test", "MARK": mark}
    return subprocess.Popen(
        [sys.executable, "-c", IMPORTER, city.slug, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def _alive(mark: str) -> list[int]:
    """Processes whose environment has the mark."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
@pytest.mark.parametrize("batches", [1, 2])
def test_killed_between_batches_it_leaves_whole_batches_and_no_process(
    deployment: Deployment, founded: Callable[[], Founded], demo: Demo, batches: int
) -> None:
    host, city, calm, mark = deployment.host, founded().city, founded().city, uuid4().hex
    importer = _importer(deployment, city, demo.out / "packages", mark)
    assert importer.stdin is not None and importer.stdout is not None
    stored = 0
    for number in range(batches):
        stored += int(importer.stdout.readline())
        if number + 1 < batches:
            importer.stdin.write("\n")
            importer.stdin.flush()
    importer.send_signal(signal.SIGKILL)
    importer.wait()
    with host.tenant(city, ACTOR) as session:
        present = len(session.scalars(select(KsefInvoice.id)).all())
    assert 0 < present <= stored
    report = import_paths(host, city, Import([demo.out / "packages"], 1), ACTOR)
    assert report.stored > 0
    import_paths(host, calm, Import([demo.out / "packages"], 1), ACTOR)
    assert contents(host, city) == contents(host, calm)
    while _alive(mark):
        threading.Event().wait(0.05)  # the test's own time limit ends this when somebody stays
    assert _alive(mark) == []


def test_killed_in_the_middle_of_a_batch_it_leaves_nothing_of_it(
    deployment: Deployment, founded: Callable[[], Founded], demo: Demo
) -> None:
    """Somebody holds the inbox, so the importer waits inside its first transaction when it is killed."""
    host, city, mark = deployment.host, founded().city, uuid4().hex
    with host.tenant(city, ACTOR) as session:
        session.execute(select(KsefInvoice.id).limit(0))
        session.connection().exec_driver_sql("select pg_advisory_xact_lock(hashtext(current_user || '/ksef'))")
        importer = _importer(deployment, city, demo.out / "packages", mark)
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        with host.admin(city.cell) as admin:
            while admin.execute(waiting).fetchone() == (0,):
                assert importer.poll() is None
                threading.Event().wait(0.05)
        importer.send_signal(signal.SIGKILL)
        importer.wait()
    assert contents(host, city)["invoices"] == []
    report = import_paths(host, city, Import([demo.out / "packages"], 1), ACTOR)
    assert report.stored == len(contents(host, city)["invoices"])


def test_connections_lost_on_the_way_are_made_again(
    deployment: Deployment, founded: Callable[[], Founded], demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "PIECE_DOCUMENTS", 40)
    host, city, calm = deployment.host, founded().city, founded().city
    begun, over = threading.Event(), threading.Event()
    lost = 0

    def cut() -> None:
        """Four times, fewer than anybody tries again, whatever the importer is doing just then."""
        nonlocal lost
        begun.wait()
        with host.admin(city.cell) as admin:
            kill = "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s"
            for _ in range(4):
                while not over.wait(0.02):
                    found = admin.execute(kill, [host.login_of(city.cell)]).rowcount
                    admin.commit()
                    lost += found
                    if found:
                        break

    cutter = threading.Thread(target=cut)
    cutter.start()
    wanted = Import(demo.sources, 1)
    try:
        report = import_paths(host, city, wanted, ACTOR, lambda fates: begun.set())
    finally:
        begun.set()
        over.set()
        cutter.join()
    assert lost > 0
    assert report.total == demo.summary.files + demo.summary.bad
    import_paths(host, calm, wanted, ACTOR)
    assert contents(host, city) == contents(host, calm)


def test_a_killed_worker_costs_nothing(
    host: Host, founded: Callable[[], Founded], demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "PIECE_DOCUMENTS", 40)
    city, calm = founded().city, founded().city
    killed: list[int] = []

    def tell(fates: object) -> None:
        if not killed:
            killed.extend(child.pid for child in multiprocessing.active_children() if child.pid)
            for worker in killed:
                os.kill(worker, signal.SIGKILL)

    report = import_paths(host, city, Import(demo.sources, 2), ACTOR, tell)
    assert killed
    assert is_accounted_for(report, demo.summary.files + demo.summary.bad)
    import_paths(host, calm, Import(demo.sources, 1), ACTOR)
    assert contents(host, city) == contents(host, calm)


def test_the_official_samples_are_taken_in(host: Host, town: Tenant, schemas: Path, tmp_path: Path) -> None:
    """Filled in as the templates want; one gives NIP and IDWew where its schema takes one, one is FA(2)."""
    samples = schemas / "ksef" / "samples"
    if not samples.is_dir():
        pytest.skip(f"nie ma urzędowych przykładów w {samples}")
    with host.tenant(town, ACTOR) as session:
        put(session, replace(SCHOOL, nip=OTHER))
    buyers = {
        "custom-Subject2": "#nipOdbiorca#", "custom-Subject3": "9795075130", "multiple-Subject3": "#nip_podmiot2#",
        "fa-3.xml": "1111111111",
    }  # fmt: skip
    for path in samples.glob("*.xml"):
        text = path.read_text()
        for name, buyer in buyers.items():
            text = text.replace(f"<NIP>{buyer}</NIP>", f"<NIP>{CITY}</NIP>", 1) if name in path.name else text
        text = re.sub("#[iI]dwew[^#]*#", f"{CITY}-00121", text.replace("#nipOdbiorca#", OTHER))
        text = re.sub("#[iI]nvoice[^#]*#", path.stem[-10:], text)
        (tmp_path / path.name).write_text(re.sub("#[^#]*#", SELLER, text))
    report = import_paths(host, town, Import([tmp_path], 1, on=TODAY), ACTOR)
    with host.tenant(town, ACTOR) as session:
        refused = {one.name: one.reasons[0]["message"] for one in session.scalars(select(KsefQuarantine))}
        units = set(session.scalars(select(KsefInvoice.unit_code)))
    assert set(refused) == {"faktura-online.xml", "invoice-template-fa-3-with-multiple-Subject3.xml"}
    assert report.stored == 3
    assert "SP12" in units
