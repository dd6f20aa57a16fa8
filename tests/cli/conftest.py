"""Commands that change what all tenants share get a deployment of their own."""

from __future__ import annotations

from tests.tenants.conftest import own_home, own_host, own_world

__all__ = ["own_home", "own_host", "own_world"]
