"""What the log tells of a fault, and what it never does."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.kernel import logs
from tenants.session import Host
from tests.conftest import ACTOR, World


def test_a_fault_is_logged_with_its_number_places_and_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        try:
            int("44051401359 Kowalski")
        except ValueError as cause:
            raise RuntimeError("Kowalski") from cause
    except RuntimeError as error:
        number = logs.fault("test.fault", error, run="abc")
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["event"], line["number"], line["run"]) == ("test.fault", number, "abc")
    assert "builtins.RuntimeError" in line["trace"]
    assert "builtins.ValueError" in line["trace"]
    assert "test_logs.py" in line["trace"]
    assert "Kowalski" not in str(line)


def test_a_fault_of_the_database_is_told_by_its_code(host: Host, world: World) -> None:
    with pytest.raises(IntegrityError) as caught, host.tenant(world.school, ACTOR) as session:
        statement = text("insert into cell.run (id, kind, title, params, stage, total, started_by)"
                         " values (null, 'x', :who, '{}', 1, 1, 'x')")  # fmt: skip
        session.execute(statement, {"who": "Jan Kowalski"})
    assert "Kowalski" in str(caught.value)
    told = "\n".join(logs.trace(caught.value))
    assert "SQLSTATE 23502" in told
    assert "Kowalski" not in told
