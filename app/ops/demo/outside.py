"""The world outside the demonstration's town: KSeF, the ministry's gateway and the white list, each its simulator.

They serve from this process while the block lasts. KSeF's state lies in the folder, and so does the port it was given
first: a town's connection names it and may not be moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from app.deployment import Deployment
from app.gateways.jpk import simulator as jpk
from app.gateways.ksef import simulator as ksef
from app.gateways.ksef.simulator.store import arrivals
from app.gateways.whitelist import simulator as whitelist
from app.kernel.errors import Refusal
from app.ssc.ksef.access import Clock
from app.vat.rules.register import ksef_day


@dataclass(frozen=True, slots=True)
class Outside:
    """The three simulators at work. `certificate`: the gateway's, a PEM file."""

    ksef: ksef.Simulator
    gateway: jpk.Simulator
    register: whitelist.Simulator
    certificate: Path

    @property
    def clock(self) -> Clock:
        """KSeF's, which waiting moves forward."""
        store = self.ksef.store
        return Clock(store.instant, store.advance)

    def turn_to(self, moment: datetime) -> None:
        """Sets KSeF's clock."""
        self.ksef.store.set("offset_s", (moment - datetime.now(UTC)).total_seconds())

    def wired(self, deployment: Deployment) -> Deployment:
        """The same deployment with these for its gateways."""
        settings = replace(
            deployment.settings, jpk_gateway_url=self.gateway.url, jpk_gateway_certificate=self.certificate,
            whitelist_url=self.register.url,
        )  # fmt: skip
        return replace(deployment, settings=settings)

    def environment(self) -> dict[str, str]:
        """For other processes of the same deployment."""
        return {
            "JPK_GATEWAY_URL": self.gateway.url, "JPK_GATEWAY_CERTIFICATE": str(self.certificate),
            "WHITELIST_URL": self.register.url,
        }  # fmt: skip

    def know(self, suppliers: Iterable[Mapping[str, Any]]) -> None:
        """Puts the town's suppliers with their accounts on the white list."""
        self.register.put(*(whitelist.Known(one["nip"], one["name"], (one["account"],)) for one in suppliers))

    def send(self, files: Path) -> None:
        """A month's invoices handed to KSeF by those who issued them, each at noon of its day."""
        found = (one for name in ("packages", "files") for one in arrivals(files / name))
        days = ((one, ksef_day(one.ksef_number)) for one in found)
        noon = time(12, tzinfo=UTC)
        self.ksef.store.load(
            replace(one, stored_at=datetime.combine(day, noon).timestamp()) for one, day in days if day is not None
        )


@contextmanager
def outside(folder: Path) -> Iterator[Outside]:
    """The simulators with their state in the folder. Raises `Refusal` when KSeF's port is taken by another program."""
    folder.mkdir(parents=True, exist_ok=True)
    noted = folder / "ksef.port"
    port = int(noted.read_text()) if noted.exists() else 0
    with ExitStack() as stack:
        try:
            inbox = stack.enter_context(ksef.running(folder / "ksef", port))
        except OSError as error:
            raise Refusal(
                f"Symulator KSeF tego miasta potrzebuje portu {port}, a zajmuje go inny program ({error.strerror})."
                " Zatrzymaj go, na przykład drugą demonstrację.", "port",
            ) from None  # fmt: skip
        noted.write_text(inbox.url.rpartition(":")[2])
        gateway = stack.enter_context(jpk.running())
        certificate = folder / "bramka.pem"
        certificate.write_bytes(gateway.certificate)
        register = stack.enter_context(whitelist.serving(whitelist.Simulator()))
        yield Outside(inbox, gateway, register, certificate)
