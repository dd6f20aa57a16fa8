"""`magistrat ksef connect | connection | fetch` against a simulator, as an administrator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.ksef import ksef
from app.deployment import Deployment
from app.gateways.ksef.simulator import running
from app.kernel.errors import Refusal
from tests.conftest import World, make_city
from tests.gateways.conftest import purchases
from tests.vat.box import open_box
from tests.vat.invoices import CITY


def test_a_city_is_connected_fetched_and_looked_at(deployment: Deployment, world: World, tmp_path: Path) -> None:
    city = make_city(deployment.host, "linia-z-konsoli", CITY)
    open_box(deployment.host, city)
    token = tmp_path / "token"
    token.write_text(f"sim-{CITY}\n")
    with running(tmp_path / "ksef") as simulator:
        numbers = simulator.store.load(purchases(3))
        simulator.store.set("offset_s", -7200)
        line = ["connect", "--tenant", city.slug, "--url", simulator.url, "--context", CITY]
        run = CliRunner()
        made = run.invoke(ksef, [*line, "--token-file", str(token)], obj=deployment, catch_exceptions=False)
        assert "jest połączona" in made.output and f"sim-{CITY}" not in made.output
        simulator.store.set("offset_s", 5)
        fetched = run.invoke(ksef, ["fetch", "--tenant", city.slug], obj=deployment, catch_exceptions=False)
        assert json.loads(fetched.output.splitlines()[-1])["invoices"] == len(numbers)
        shown = json.loads(run.invoke(ksef, ["connection", "--tenant", city.slug, "--pause"], obj=deployment).output)
        assert (shown["state"], shown["packages"][0]["count"]) == ("paused", 3)
        assert f"sim-{CITY}" not in json.dumps(shown)
        wrong = run.invoke(
            ksef, [*line[:-4], "--url", "http://ksef.example", "--token-file", str(token)], obj=deployment
        )
        assert isinstance(wrong.exception, Refusal) and "https" in wrong.exception.message


def test_only_a_municipality_has_a_line(deployment: Deployment, world: World, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("x")
    line = ["connect", "--tenant", world.school.slug, "--url", "test", "--token-file", str(token)]
    with pytest.raises(Refusal, match="nie jest gminą"):
        CliRunner().invoke(ksef, line, obj=deployment, catch_exceptions=False)


def test_the_simulator_takes_what_ksef_would_take_and_knows_its_faults(tmp_path: Path) -> None:
    folder = tmp_path / "dokumenty"
    folder.mkdir()
    for place, content in enumerate((*purchases(2), purchases(1)[0], b"<nie>faktura</nie>", b"PK urwane")):
        (folder / f"{place}{'.zip' if content.startswith(b'PK') else '.xml'}").write_bytes(content)
    with running(tmp_path / "ksef") as simulator:
        assert simulator.store.load_path(folder) == 2
        assert simulator.store.load_path(folder) == 0
    line = ["simulate", "--state", str(tmp_path / "stan"), "--port", "0", "--fault", "nieznana"]
    with pytest.raises(Refusal, match="Nie ma takiej usterki"):
        CliRunner().invoke(ksef, line, catch_exceptions=False)
