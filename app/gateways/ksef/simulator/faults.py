"""How the simulator misbehaves, when told to."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from app.gateways.ksef.simulator.store import Store

Mode = Literal[
    "slow",
    "down",
    "drop",
    "lost",
    "html",
    "json",
    "empty",
    "missing_part",
    "wrong_hash",
    "truncated_zip",
    "short",
    "future",
    "stuck",
    "error",
]
"""`slow` answers late; `down` with 503; `drop` hangs up without doing anything, `lost` after having done it; `html`,
`json` (of a wrong shape) and `empty` answer nonsense; the next four spoil packages; `future` says that one goes on
tomorrow, `stuck` that it is full and goes on nowhere; `error` answers with a status."""


MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Fault:
    """For calls whose "METHOD /path" matches; `times` None = until told otherwise. `value`: seconds or a status."""

    mode: Mode
    match: str = "."
    times: int | None = 1
    value: float = 0


def add(store: Store, fault: Fault) -> None:
    with store.lock:
        store.set("faults", [*store.setting("faults", []), asdict(fault)])


def clear(store: Store) -> None:
    store.set("faults", [])


def due(store: Store, call: str, *modes: Mode) -> Fault | None:
    """The first fault of these modes for this call; it is used up."""
    with store.lock:
        known = [Fault(**one) for one in store.setting("faults", [])]
        for place, fault in enumerate(known):
            if fault.mode in modes and re.search(fault.match, call):
                left = None if fault.times is None else fault.times - 1
                rest = [] if left == 0 else [Fault(fault.mode, fault.match, left, fault.value)]
                store.set("faults", [asdict(one) for one in (*known[:place], *rest, *known[place + 1 :])])
                return fault
    return None
