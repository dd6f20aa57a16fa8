"""The program behind `magistrat worker`: threads that work, relay and keep the schedule, in one process or in several.

Somebody who waits at the screen never waits behind a mass run: the queue `interactive` has threads of its own.
SIGTERM and SIGINT let the chunks in hand end. A process that dies is replaced; its chunks are given out again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from threading import Event, Thread

import structlog
from dramatiq import Worker
from redis import RedisError

from app.deployment import Deployment, running
from app.kernel import logs
from app.kernel.outbox import QUEUES
from app.settings import Settings
from workers import handlers
from workers.actors import declare
from workers.broker import make
from workers.relay import USUAL, Limits, relay
from workers.schedule import scheduler

STOP_SECONDS = 25
"""How long a stop waits for chunks in hand; what is not done by then is undone and given out again."""
LOOK_MILLISECONDS = 200
"""How often an idle worker looks into its queues."""


@dataclass(frozen=True, slots=True)
class Crew:
    """What one process does."""

    queues: tuple[str, ...] = QUEUES
    threads: int = 4
    """For all queues but `interactive`, which has half as many besides."""
    relay: bool = True
    schedule: bool = True
    limits: Limits = USUAL


@contextmanager
def working(deployment: Deployment, crew: Crew) -> Iterator[None]:
    """The crew works in threads of this process while the block lasts."""
    handlers.load()
    stop = Event()
    threads = []
    if crew.relay:
        arguments = (deployment, make(deployment.redis_url), stop, crew.limits)
        threads.append(Thread(target=relay, args=arguments, name="relay", daemon=True))
    if crew.schedule:
        threads.append(Thread(target=scheduler, args=(deployment, stop), name="schedule", daemon=True))
    with ExitStack() as stack:
        for queues, number in _groups(crew):
            stack.enter_context(_consuming(deployment, queues, number))
        for thread in threads:
            thread.start()
            stack.callback(thread.join, STOP_SECONDS)
        stack.callback(stop.set)
        yield


def _groups(crew: Crew) -> list[tuple[set[str], int]]:
    """Sets of queues that share threads, and how many."""
    waiting, heavy = set(crew.queues) & {"interactive"}, set(crew.queues) - {"interactive"}
    if waiting and heavy:
        return [(waiting, max(1, crew.threads // 2)), (heavy, crew.threads)]
    return [(queues, crew.threads) for queues in (waiting, heavy) if queues]


@contextmanager
def _consuming(deployment: Deployment, queues: set[str], threads: int) -> Iterator[None]:
    broker = make(deployment.redis_url)
    declare(broker, deployment)
    worker = Worker(broker, queues=queues, worker_threads=threads, worker_timeout=LOOK_MILLISECONDS)
    worker.start()
    try:
        yield
    finally:
        try:
            worker.stop(timeout=STOP_SECONDS * 1000)
        except RedisError as error:
            structlog.get_logger().warning("worker.broker_away", error=type(error).__name__)


def serve(deployment: Deployment, crew: Crew, processes: int = 1) -> None:
    """Work until SIGTERM or SIGINT, in so many processes; the first one relays and keeps the schedule. Main thread."""
    handlers.load()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    helpers = replace(crew, relay=False, schedule=False)
    arguments = (deployment.settings, helpers, handlers.loaded(), os.getpid())
    log = structlog.get_logger()
    with ExitStack() as stack:
        others = [stack.enter_context(_Other(arguments)) for _ in range(processes - 1)]
        stack.enter_context(working(deployment, crew))
        log.info("worker.started", queues=crew.queues, threads=crew.threads, processes=processes)
        while not stop.wait(0.5):
            for other in others:
                other.replace_dead()
        log.info("worker.stopping")
    log.info("worker.stopped")


Arguments = tuple[Settings, Crew, tuple[str, ...], int]


class _Other:
    """Another process of the same crew, replaced when it dies, asked to stop at the end of the block."""

    def __init__(self, arguments: Arguments) -> None:
        self.arguments = arguments
        self.process = self._start()

    def _start(self) -> BaseProcess:
        process = multiprocessing.get_context("spawn").Process(target=_elsewhere, args=self.arguments)
        process.start()
        return process

    def replace_dead(self) -> None:
        if not self.process.is_alive():
            structlog.get_logger().error("worker.died", exit=self.process.exitcode)
            self.process = self._start()

    def __enter__(self) -> _Other:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.join(STOP_SECONDS + 5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _elsewhere(settings: Settings, crew: Crew, modules: tuple[str, ...], parent: int) -> None:
    logs.configure()
    stop = Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    handlers.load(modules)
    with running(settings) as deployment, working(deployment, crew):
        while os.getppid() == parent and not stop.wait(0.5):
            pass
