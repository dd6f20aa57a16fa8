"""Rooms are opened for a tenant from a day: asked at the door, in front of every page and in the menu."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.kernel.errors import Forbidden
from tenants.registry import MODULES


def module_of(path: str) -> str | None:
    """The room an address inside a tenant belongs to, by its first step ("/vat/kolejka"); None for pages of all."""
    first = path.strip("/").partition("/")[0]
    return first if first in MODULES else None


async def is_open(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard of everything inside a tenant. Raises `Forbidden` for a room that is not open today."""
    path = connection.url.path.removeprefix(f"/{connection.path_params.get('slug')}")
    module = module_of(path)
    if module is not None and module not in connection.state.modules:
        raise Forbidden(
            f"Moduł „{MODULES[module]}” nie jest tu włączony. Włącza go operator systemu w karcie gminy albo jednostki."
        )
