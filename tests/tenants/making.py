"""A process that makes one schema, for tests that kill it."""

from __future__ import annotations

from pathlib import Path

from app.deployment import running
from app.settings import Settings
from tenants import provision


def main(home: str) -> None:
    """In the deployment of this home."""
    settings = Settings(home=Path(home), secret_key_text="test", redis_url="unix://none")
    with running(settings, prepare=False) as made:
        provision.make_schema(made.host, "main", "unit")
