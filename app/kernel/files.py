"""Files named by what is in them: each tenant's own folder, SHA-256 as the name, checked when read.

The same content is stored once and cannot change, so writing twice (after a crash, by two workers) is harmless.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.kernel.errors import NotFound

PIECE = 1024 * 1024
DRAFT = ".nowy-"
STALE_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Stored:
    """SHA-256 in hexadecimal, and the size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Files:
    """The store of one tenant. `folder` is its own; nothing outside it can be named."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Where this content is. Raises `NotFound` when it is not here."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise NotFound("Nie ma takiego pliku.", "sha256")
        path = self.folder / sha256[:2] / sha256
        if not path.is_file():
            raise NotFound("Nie ma takiego pliku w składzie.", "sha256")
        return path

    @contextmanager
    def writing(self) -> Iterator[Draft]:
        """A file to write into; kept when the block ends well, gone when it does not.

        When it ends well, the content survives a loss of power too: file and folders are on disk.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=DRAFT, dir=self.folder)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "w+b") as out:
                draft = Draft(out)
                yield draft
                out.flush()
                os.fsync(out.fileno())
            target = self.folder / draft.stored.sha256[:2] / draft.stored.sha256
            if not target.parent.exists():
                target.parent.mkdir(exist_ok=True)
                _to_disk(self.folder)
            temporary.replace(target)
            _to_disk(target.parent)
        finally:
            temporary.unlink(missing_ok=True)

    def put(self, data: bytes) -> Stored:
        with self.writing() as draft:
            draft.write(data)
        return draft.stored

    def read(self, sha256: str) -> bytes:
        """The content, tested against its name. Raises `NotFound`, also for content that was damaged."""
        return b"".join(self.pieces(sha256))

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """The content piece by piece, for files too large for memory. Damage is known, and raised, at the end only."""
        digest = hashlib.sha256()
        with self.path(sha256).open("rb") as opened:
            while piece := opened.read(PIECE):
                digest.update(piece)
                yield piece
        if digest.hexdigest() != sha256:
            raise NotFound("Plik w składzie jest uszkodzony: nie zgadza się jego suma kontrolna.", "sha256")


class Draft:
    """What `Files.writing` gives: written once from start to end, hashed on the way."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self._size += len(data)
        return self._out.write(data)

    @property
    def stored(self) -> Stored:
        return Stored(self._hash.hexdigest(), self._size)


def sweep(root: Path, older_than_seconds: float = STALE_SECONDS) -> int:
    """Remove what killed processes left half-written in the stores under `root`; how many files."""
    swept = 0
    for draft in root.glob(f"*/{DRAFT}*"):
        try:
            if time.time() - draft.stat().st_mtime > older_than_seconds:
                draft.unlink()
                swept += 1
        except FileNotFoundError:  # its writer finished meanwhile
            continue
    return swept


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
