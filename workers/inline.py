"""A run worked on inside a command, with or without workers elsewhere: they share its chunks, none is done twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing.process import BaseProcess
from threading import Event
from uuid import UUID

import structlog

from app.deployment import Deployment, running
from app.kernel import runs
from app.kernel.runs import RunView
from app.settings import Settings
from tenants import registry
from tenants.models import Tenant
from workers import handlers
from workers.working import ACTOR, AWAY, work_piece

LOOK_SECONDS = 0.1
"""Between two looks at the run, and for a chunk when none is free."""
PATIENCE_SECONDS = 120
"""How long the database may be away."""


def work_inline(
    deployment: Deployment,
    tenant: Tenant,
    run_id: UUID,
    on_progress: Callable[[RunView], None] | None = None,
    *,
    processes: int = 1,
    stop: Event | None = None,
) -> RunView:
    """Work on the run until it is over or `stop` is set, with so many processes in all; the run as it is then.

    `on_progress` is told in the calling thread whenever counts or state have changed. After an exception (Ctrl-C) the
    chunks in hand end, the rest stays for the next time. Raises `NotFound`.
    """
    handlers.load()
    _look(deployment, tenant, run_id)
    stop = stop or Event()
    with ExitStack() as stack:
        thread = stack.enter_context(ThreadPoolExecutor(1, "run"))
        for _ in range(processes - 1):
            stack.callback(_end, _start(deployment, tenant, run_id))
        stack.callback(stop.set)
        work = thread.submit(_work, deployment, tenant, run_id, stop)
        return _watch(deployment, tenant, run_id, work, on_progress, stop)


def _look(deployment: Deployment, tenant: Tenant, run_id: UUID) -> RunView:
    with deployment.host.tenant(tenant, ACTOR) as session:
        return runs.get(session, run_id)


def _watch(
    deployment: Deployment,
    tenant: Tenant,
    run_id: UUID,
    work: Future[None],
    on_progress: Callable[[RunView], None] | None,
    stop: Event,
) -> RunView:
    told: tuple[object, ...] = ()
    away_since: float | None = None
    while True:
        try:
            view = _look(deployment, tenant, run_id)
            away_since = None
        except AWAY:
            away_since = away_since or time.monotonic()
            if time.monotonic() - away_since > PATIENCE_SECONDS:
                raise
            time.sleep(LOOK_SECONDS)
            continue
        news = (view.state, view.stage, view.done, view.failed, view.cancelled)
        if on_progress is not None and news != told:
            on_progress(view)
            told = news
        if work.done():
            work.result()
        if view.is_over or stop.wait(LOOK_SECONDS):
            return view


def _work(deployment: Deployment, tenant: Tenant, run_id: UUID, stop: Event) -> None:
    """Chunk after chunk until told to stop. A database that is away comes back."""
    while not stop.is_set():
        try:
            with deployment.host.tenant(tenant, ACTOR) as session:
                piece = runs.begin_next(session, run_id)
            if piece is not None:
                work_piece(deployment, tenant, piece)
                continue
            with deployment.host.tenant(tenant, ACTOR) as session:
                runs.settle(session, run_id)
        except AWAY as error:
            structlog.get_logger().warning("run.database_away", error=type(error).__name__)
        stop.wait(LOOK_SECONDS)


def _start(deployment: Deployment, tenant: Tenant, run_id: UUID) -> BaseProcess:
    arguments = (deployment.settings, tenant.schema_name, run_id, handlers.loaded(), os.getpid())
    process = multiprocessing.get_context("spawn").Process(target=_elsewhere, args=arguments, daemon=True)
    process.start()
    return process


def _end(process: BaseProcess) -> None:
    process.terminate()
    process.join()


def _elsewhere(settings: Settings, schema: str, run_id: UUID, modules: tuple[str, ...], parent: int) -> None:
    """Another process of the same command: it stops when told, or when the command is no more."""
    stop = Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    handlers.load(modules)
    with running(settings) as deployment:
        with deployment.host.control() as session:
            tenant = registry.by_schema(session, schema)
        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(_work, deployment, tenant, run_id, stop)
            while os.getppid() == parent and not work.done() and not stop.wait(LOOK_SECONDS):
                pass
            stop.set()
            work.result()
