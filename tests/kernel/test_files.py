"""The store of files: whole or not there, named by its content, each tenant's apart."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.deployment import Deployment
from app.kernel.errors import NotFound
from app.kernel.files import DRAFT, PIECE, Files, sweep
from tests.conftest import World

CONTENT = "Faktura nr 1 ąę\n".encode()
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "t_000001")


def everything(files: Files) -> list[str]:
    return [path.name for path in files.folder.rglob("*") if path.is_file()]


def test_what_is_put_is_read_back_by_its_hash(files: Files) -> None:
    stored = files.put(CONTENT)
    assert (stored.sha256, stored.size) == (NAME, len(CONTENT))
    assert files.read(NAME) == CONTENT
    assert files.put(CONTENT) == stored
    assert everything(files) == [NAME]
    assert files.read(files.put(b"").sha256) == b""


def test_a_large_file_goes_in_and_comes_out_in_pieces(files: Files) -> None:
    piece = os.urandom(PIECE)
    with files.writing() as draft:
        for _ in range(3):
            draft.write(piece)
        draft.write(b"end")
    assert draft.stored.size == 3 * PIECE + 3
    assert [len(part) for part in files.pieces(draft.stored.sha256)] == [PIECE, PIECE, PIECE, 3]


def test_what_fails_while_it_is_written_leaves_nothing(files: Files) -> None:
    with pytest.raises(RuntimeError), files.writing() as draft:
        draft.write(CONTENT)
        raise RuntimeError
    assert everything(files) == []


def test_a_killed_writer_leaves_a_draft_that_is_no_file_and_is_swept(files: Files) -> None:
    code = (
        "import os, sys; from pathlib import Path; from app.kernel.files import Files\n"
        "with Files(Path(sys.argv[1])).writing() as draft:\n"
        f"    draft.write({CONTENT!r})\n"
        "    print(flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, files.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    (left,) = everything(files)
    assert left.startswith(DRAFT)
    with pytest.raises(NotFound):
        files.read(NAME)
    assert sweep(files.folder.parent) == 0  # somebody may be writing it
    assert sweep(files.folder.parent, older_than_seconds=-1) == 1
    assert everything(files) == []
    assert files.read(files.put(CONTENT).sha256) == CONTENT
    assert sweep(files.folder.parent, older_than_seconds=-1) == 0
    assert everything(files) == [NAME]


@pytest.mark.parametrize("damage", [b"", CONTENT[:-1], CONTENT + b"x", b"X" + CONTENT[1:]])
def test_damaged_content_is_refused_however_it_is_read_and_heals_when_put_again(files: Files, damage: bytes) -> None:
    files.path(files.put(CONTENT).sha256).write_bytes(damage)
    with pytest.raises(NotFound, match="uszkodzony"):
        files.read(NAME)
    with pytest.raises(NotFound, match="uszkodzony"):
        list(files.pieces(NAME))
    files.put(CONTENT)
    assert files.read(NAME) == CONTENT


@pytest.mark.parametrize(
    "name", ["", "../t_000002/ab", "a" * 64, NAME[:63], NAME.upper(), f"{NAME}\n", "../" * 20 + "etc"]
)
def test_what_is_no_name_of_a_file_here_is_not_found(files: Files, name: str) -> None:
    files.put(CONTENT)
    with pytest.raises(NotFound) as caught:
        files.read(name)
    assert caught.value.field == "sha256"


def test_many_writers_of_the_same_content_leave_one_file(files: Files) -> None:
    with ThreadPoolExecutor(8) as pool:
        stored = set(pool.map(files.put, [CONTENT] * 24))
    assert len(stored) == 1
    assert everything(files) == [NAME]


def test_tenants_do_not_see_each_others_files(deployment: Deployment, world: World) -> None:
    mine, others = deployment.files(world.school), deployment.files(world.other_school)
    mine.put(CONTENT)
    assert mine.read(NAME) == CONTENT
    with pytest.raises(NotFound):
        others.read(NAME)
