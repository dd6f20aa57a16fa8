"""A deployment at hand: servers named by the environment or embedded ones, and the host that opens sessions there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.kernel.files import Files
from app.settings import Settings
from tenants import embedded
from tenants.session import Host, Place


@dataclass(frozen=True, slots=True)
class Deployment:
    """What doors and workers are made of."""

    settings: Settings
    host: Host
    redis_url: str

    def files(self, place: Place) -> Files:
        """The file store of one tenant."""
        return Files(self.settings.files_root / place.schema_name)


@contextmanager
def running(settings: Settings) -> Iterator[Deployment]:
    """Servers named by the settings; where none is named an embedded one is started, or joined when it runs already."""
    with ExitStack() as stack:
        database, redis = settings.database_url, settings.redis_url
        if database is None or redis is None:
            own = stack.enter_context(embedded.servers(Path(settings.home)))
            database, redis = database or own.database_url, redis or own.redis_url
        host = Host(database, settings.derived_secret, settings.database_app_url)
        stack.callback(host.dispose)
        yield Deployment(settings, host, redis)
