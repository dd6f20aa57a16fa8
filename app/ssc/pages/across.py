"""What a page across units needs beside its desk."""

from __future__ import annotations

from app.deployment import Deployment
from tenants.models import Tenant


class Across:
    """The deployment, and the registry row of the tenant in whose address the page stands."""

    __slots__ = ("deployment", "tenant")

    def __init__(self, deployment: Deployment, tenant: Tenant) -> None:
        self.deployment = deployment
        self.tenant = tenant
