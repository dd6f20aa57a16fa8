"""What the server process runs: `granian --interface asgi --factory app.serving:application`."""

from __future__ import annotations

import atexit
from contextlib import ExitStack

from litestar import Litestar

from app import settings
from app.deployment import running
from app.main import create


def application() -> Litestar:
    """The application on the deployment that the environment names; its servers are left when the process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    return create(stack.enter_context(running(settings.from_environment())))
