"""Many documents examined by several processes, in their order, a few pieces ahead and never more.

Imports little, because every worker process imports it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from datetime import date
from itertools import chain
from typing import Any

from app.vat.filings.intake import City, Document, Rejected, Taken, examine

Piece = Sequence[Document | Rejected]
"""Documents in their order; what the package's reader refused goes along unchanged."""

PIECE_DOCUMENTS, PIECE_BYTES = 250, 4 * 1024 * 1024
_AHEAD = 2
"""Pieces beyond one a process that may wait: enough to keep everybody busy, little enough for memory."""


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
    """Every piece examined. A single piece needs no other process, and neither does one worker or a broken pool."""
    first, second = next(found, None), next(found, None)
    every = chain((piece for piece in (first, second) if piece is not None), found)
    if second is None or workers < 2:
        yield from (_examine(piece, city, on) for piece in every)
    else:
        yield from _with_pool(every, city, on, workers)


def _with_pool(found: Iterator[Piece], city: City, on: date, workers: int) -> Iterator[list[Taken | Rejected]]:
    with ExitStack() as stack:
        pool = _pool(city, on, workers)
        if pool is not None:
            stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        waiting: deque[tuple[Piece, Future[list[Taken | Rejected]] | None]] = deque()
        while True:
            while len(waiting) < workers + _AHEAD and (piece := next(found, None)) is not None:
                waiting.append((piece, _submit(pool, piece)))
            if not waiting:
                return
            piece, promised = waiting.popleft()
            try:
                yield promised.result() if promised is not None else _examine(piece, city, on)
            except BrokenProcessPool:  # a worker was killed; the piece is still here
                pool = None
                yield _examine(piece, city, on)


def _pool(city: City, on: date, workers: int) -> ProcessPoolExecutor | None:
    """None where processes or their semaphores cannot be had."""
    context: Any = multiprocessing.get_context("forkserver" if hasattr(os, "fork") else "spawn")
    if hasattr(os, "fork"):
        context.set_forkserver_preload([__name__])
    try:
        pool = ProcessPoolExecutor(workers, context, _begin, (city, on))
        pool.submit(os.getpid)
    except (OSError, RuntimeError, ImportError):
        return None
    return pool


def _submit(pool: ProcessPoolExecutor | None, piece: Piece) -> Future[list[Taken | Rejected]] | None:
    try:
        return pool.submit(_work, piece) if pool is not None else None
    except (BrokenProcessPool, RuntimeError):
        return None


def _examine(piece: Piece, city: City, on: date) -> list[Taken | Rejected]:
    return [examine(one, city, on) if isinstance(one, Document) else one for one in piece]


_given: tuple[City, date]


def _begin(city: City, on: date) -> None:
    """In a worker: keep what all pieces need, leave Ctrl-C to the parent, and never outlive it."""
    global _given
    _given = (city, on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _work(piece: Piece) -> list[Taken | Rejected]:
    return _examine(piece, *_given)
