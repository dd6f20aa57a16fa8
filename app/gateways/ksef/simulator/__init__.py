"""KSeF's twin: an HTTP server on a real socket with the real cryptography, limits and rules, for tests and development.

It knows no person and no product: what it holds arrives by its own API or by `load`. State lies in one folder (SQLite
and files), so it can be stopped and started again in the middle of anything. Its clock can be moved. It can misbehave:
see `faults.py`. A token "sim-<context>" opens every context; a certificate does when its subject names the NIP.

    with running(folder) as simulator:
        simulator.store.load([xml_bytes])
        access = Access(simulator.url, "5265877635", ByToken("sim-5265877635"))
"""

from __future__ import annotations

from app.gateways.ksef.simulator.faults import Fault
from app.gateways.ksef.simulator.server import Simulator, running, serve
from app.gateways.ksef.simulator.store import Arrival, Store

__all__ = ["Arrival", "Fault", "Simulator", "Store", "running", "serve"]
