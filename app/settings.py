"""The environment, read once into one frozen object. Nothing else in the product reads environment variables."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Where the servers are and how this process may behave.

    `database_url` names the control database; the login in it is used only for setting up, provisioning and upgrading.
    Pages and workers log in with restricted roles of their own whose passwords follow from `secret_key`.
    """

    home: Path
    database_url: str | None = None
    database_app_url: str | None = None
    """Overrides the restricted login of pages and workers (rarely needed)."""
    redis_url: str | None = None
    secret_key_text: str | None = None
    public_url: str = "http://localhost:8000"
    portal_domain: str = "localhost"
    """A municipality's portal answers on `<slug>.<portal_domain>` unless it has a domain of its own."""
    cookie_secure: bool = False
    whitelist_url: str | None = None
    """Where the register of VAT taxpayers is asked; None = not connected."""
    password_history: int = 5
    """A new password of an official may not be one of so many last ones."""
    jpk_gateway_url: str | None = None
    """Of the ministry's gateway for JPK files; None: returns are sent outside this product."""
    jpk_gateway_certificate: Path | None = None
    """PEM file with the gateway's certificate, under which packages are encrypted."""

    @cached_property
    def secret_key(self) -> str:
        """From the environment, else created once in the home folder with owner-only rights."""
        if self.secret_key_text:
            return self.secret_key_text
        path = self.home / "secret_key"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48))
            try:
                os.link(fresh, path)
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_text().strip()

    def secret(self, name: str) -> bytes | None:
        """A key laid under `<home>/secrets/` by whoever runs the deployment; None when there is none of that name."""
        folder = (self.home / "secrets").resolve()
        path = (folder / name).resolve()
        return path.read_bytes() if path.is_relative_to(folder) and path.is_file() else None

    def derived_secret(self, purpose: str) -> str:
        """A secret for one purpose (a login role's password, signing cookies), hex of 32 bytes."""
        return hmac.new(self.secret_key.encode(), purpose.encode(), hashlib.sha256).hexdigest()

    @property
    def whitelist_folder(self) -> Path:
        """Where the register's daily flat files are put (RRRRMMDD.json), for when the service is silent."""
        return self.home / "whitelist"

    @property
    def files_root(self) -> Path:
        return self.home / "files"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Empty variables count as absent, so `DATABASE_URL= ./run demo` uses the embedded servers."""
    text = {key: value for key, value in environ.items() if value}
    return Settings(
        home=Path(text.get("MAGISTRAT_HOME", ROOT / ".local")).absolute(),
        database_url=text.get("DATABASE_URL"),
        database_app_url=text.get("DATABASE_APP_URL"),
        redis_url=text.get("REDIS_URL"),
        secret_key_text=text.get("SECRET_KEY"),
        public_url=text.get("PUBLIC_URL", "http://localhost:8000"),
        portal_domain=text.get("PORTAL_DOMAIN", "localhost"),
        cookie_secure=text.get("COOKIE_SECURE", "") in {"1", "true", "yes"},
        whitelist_url=text.get("WHITELIST_URL"),
        password_history=int(text.get("PASSWORD_HISTORY", "5")),
        jpk_gateway_url=text.get("JPK_GATEWAY_URL"),
        jpk_gateway_certificate=Path(text["JPK_GATEWAY_CERTIFICATE"]) if "JPK_GATEWAY_CERTIFICATE" in text else None,
    )


def inherited(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment and more, for a process that it starts."""
    return {**os.environ, **more}
