"""The one visible list of rooms: what the command, the web application and the migrations are made of."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy import MetaData

ROOMS = ("app.vat", "app.purchasing")
"""Every book and room, in the order of dependence. A new one is added here and nowhere else."""


def tenant_metadata() -> MetaData:
    """Tables of every room, for rendering and migrating tenants' schemas."""
    from app.kernel.db import Base

    for room in ROOMS:
        import_module(f"{room}.models")
    return Base.metadata
