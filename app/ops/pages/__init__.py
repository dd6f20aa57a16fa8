"""What the provider's operator sees below `/operator`; `routes` is the list of it all.

`places` the list of tenants and the search · `onboarding` a municipality or a unit made · `card` one tenant: its data,
portal, modules, access · `mandates` who serves whom · `people` accounts · `roles` what they may do where · `running`
the deployment and its journal.
"""

from __future__ import annotations

from litestar import Router

from app.ops.pages import card, mandates, onboarding, people, places, roles, running
from app.ops.panel import HOME, set_frame

PARTS = (places, onboarding, card, mandates, people, roles, running)


def routes() -> Router:
    """Everything below `/operator`; the application lets people in before."""
    handlers = [handler for part in PARTS for handler in part.HANDLERS]
    return Router(HOME, route_handlers=handlers, before_request=set_frame, include_in_schema=False)
