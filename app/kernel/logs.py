"""What the program says to those who look after it: one line an event, without anybody's personal data.

Lines hold identifiers and counts. An exception is told by its types and places in the code, never by its message:
messages quote values (a key that exists already, a text that is no number), and values are people's.
"""

from __future__ import annotations

import logging
import secrets
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

import structlog

MOST_FRAMES = 25


def configure(level: int = logging.INFO) -> None:
    """Lines go to standard error: in colour on a terminal, JSON elsewhere. Libraries are heard from warnings up."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*_shared(), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _StandardError(),
    )
    handler = logging.StreamHandler(sys.stderr)
    last: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_shared(), processors=last))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _shared() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        _without_messages,
    ]


class _StandardError:
    """What standard error is at the moment of writing."""

    def msg(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = msg


def fault(event: str, error: BaseException, **facts: Any) -> str:
    """Log a defect; the number under which the log has it, for the person who met it ("7F3A-91C2")."""
    number = secrets.token_hex(4).upper()
    number = f"{number[:4]}-{number[4:]}"
    if not structlog.is_configured():  # in a command
        structlog.configure(processors=[*_shared(), structlog.processors.JSONRenderer()], logger_factory=_StandardError)
    structlog.get_logger().error(event, number=number, trace="\n".join(trace(error)), **facts)
    return number


def trace(error: BaseException) -> Iterator[str]:
    """Types and places of an exception and of those behind it, without their messages."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        state = getattr(getattr(error, "orig", error), "sqlstate", None)
        yield f"{type(error).__module__}.{type(error).__qualname__}" + (f" (SQLSTATE {state})" if state else "")
        for frame in traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]:
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"
        error = error.__cause__ or error.__context__ or error


def _without_messages(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    about = event.pop("exc_info", None)
    error = about[1] if isinstance(about, tuple) else about if isinstance(about, BaseException) else None
    if about and error is None:
        error = sys.exc_info()[1]
    if error is not None:
        event["trace"] = "\n".join(trace(error))
    return event
