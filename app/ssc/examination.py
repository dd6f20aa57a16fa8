"""Many documents examined by several processes, in their order, one piece each at a time.

Every process has a pipe of its own, so that one killed in the middle of a word ends its pipe and nobody else's: a
queue they share would wait for the rest of the word for ever. Imports little, because every process imports it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from itertools import chain
from multiprocessing.connection import Connection
from typing import Any

from app.vat.filings.intake import City, Document, Rejected, Taken, examine

Piece = Sequence[Document | Rejected]
"""Documents in their order; what the package's reader refused goes along unchanged."""

PIECE_DOCUMENTS, PIECE_BYTES = 250, 4 * 1024 * 1024


def pieces(documents: Iterable[Document | Rejected]) -> Iterator[Piece]:
    """Cut by number and by size, so that a piece is a moment's work and fits in memory whatever comes."""
    piece: list[Document | Rejected] = []
    size = 0
    for document in documents:
        piece.append(document)
        size += len(document.data) if isinstance(document, Document) else len(document.content or b"")
        if len(piece) == PIECE_DOCUMENTS or size >= PIECE_BYTES:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def examined(found: Iterator[Piece], city: City, on: date, workers: int) -> Iterator[list[Taken | Rejected]]:
    """Every piece examined. A single piece needs no other process, and neither does one worker.

    A piece whose process was killed is examined here, and so are all when processes cannot be had.
    """
    first, second = next(found, None), next(found, None)
    every = chain((piece for piece in (first, second) if piece is not None), found)
    started = _start(city, on, workers) if second is not None and workers > 1 else []
    try:
        waiting = deque((piece, _give(worker, piece)) for worker, piece in zip(started, every, strict=False))
        while waiting:
            piece, worker = waiting.popleft()
            if worker is None or (done := _take(worker)) is None:
                yield _examine(piece, city, on)
                continue
            if (following := next(every, None)) is not None:
                waiting.append((following, _give(worker, following)))
            yield done
        yield from (_examine(piece, city, on) for piece in every)
    finally:
        for worker in started:
            worker.close()


def _start(city: City, on: date, workers: int) -> list[Connection]:
    """A pipe to each process that could be had."""
    context: Any = multiprocessing.get_context("forkserver" if hasattr(os, "fork") else "spawn")
    if hasattr(os, "fork"):
        context.set_forkserver_preload([__name__])
    started: list[Connection] = []
    with suppress(OSError):
        for _ in range(workers):
            ours, theirs = context.Pipe()
            with theirs:
                context.Process(target=_work, args=(theirs, city, on), daemon=True).start()
            started.append(ours)
    return started


def _give(worker: Connection, piece: Piece) -> Connection | None:
    """The worker that has the piece now, None when it is gone."""
    try:
        worker.send(piece)
    except OSError:
        return None
    return worker


def _take(worker: Connection) -> list[Taken | Rejected] | None:
    """What it made of its piece, None when it is gone."""
    try:
        done: list[Taken | Rejected] = worker.recv()
    except (EOFError, OSError):
        return None
    return done


def _examine(piece: Piece, city: City, on: date) -> list[Taken | Rejected]:
    return [examine(one, city, on) if isinstance(one, Document) else one for one in piece]


def _work(pipe: Connection, city: City, on: date) -> None:
    """In a process: piece after piece until the other end closes or dies. Ctrl-C is the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            pipe.send(_examine(pipe.recv(), city, on))
