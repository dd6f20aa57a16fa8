"""Serves the gallery on the given port (8765 without one)."""

from __future__ import annotations

import sys

from granian.constants import Interfaces
from granian.server.embed import Server  # one process: nothing here is heavy

from tests.web.gallery.pages import application


async def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8765
    await Server(application(), address="127.0.0.1", port=port, interface=Interfaces.ASGI).serve()


if __name__ == "__main__":
    import asyncio

    asyncio.run(main())
