"""A deployment at hand: servers named by the environment or embedded ones, and the host that opens sessions there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psycopg

from app.kernel.errors import Refusal
from app.kernel.files import Files
from app.settings import Settings
from tenants import embedded, upgrade
from tenants.session import Host, Place

_log = logging.getLogger(__name__)


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
def running(settings: Settings, *, prepare: bool = True) -> Iterator[Deployment]:
    """Servers named by the settings; where none is named an embedded one is started, or joined when it runs already.

    `prepare`: an embedded database is brought to this release first; one on a real server must be already, for which
    somebody runs `magistrat upgrade`. Raises `Refusal`.
    """
    with ExitStack() as stack:
        database, redis = settings.database_url, settings.redis_url
        if database is None or redis is None:
            own = embedded.servers(settings.home, postgres=database is None, valkey=redis is None)
            started = stack.enter_context(own)
            database, redis = database or started.database_url, redis or started.redis_url
        host = Host(database, settings.derived_secret, settings.database_app_url)
        stack.callback(host.dispose)
        if prepare:
            _prepare(host, settings.database_url is None)
        yield Deployment(settings, host, redis)


def _prepare(host: Host, is_embedded: bool) -> None:
    try:
        state = upgrade.state(host)
    except psycopg.OperationalError as error:
        raise Refusal(f"Nie można połączyć się z bazą danych: {str(error).splitlines()[0]}", "DATABASE_URL") from None
    if state == "missing" and not is_embedded:
        raise Refusal("Baza nie jest gotowa dla tej wersji programu. Uruchom: magistrat upgrade.", "DATABASE_URL")
    if state != "current" and is_embedded:
        for failure in upgrade.upgrade(host).failures:
            _log.warning("%s (%s) keeps its old revision: %s", failure.name, failure.schema_name, failure.error)
