"""How often KSeF may be asked, and from where the next window goes on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.gateways.ksef.contract import ALLOWANCES, Allowance, Group, Package, Window
from app.gateways.ksef.errors import Malformed

_KSEF_NAMES: Mapping[Group, tuple[str, ...]] = {
    "metadata": ("invoiceMetadata",),
    "invoice": ("invoiceDownload",),
    "export": ("invoiceExport",),
    "export_status": ("invoiceExportStatus",),
    "session": ("onlineSession", "onlineSessionClose", "batchSession", "batchSessionClose"),
    "send": ("invoiceSend",),
    "status": ("invoiceStatus", "sessionInvoiceList", "sessionMisc"),
    "permissions": ("other",),
    "other": ("other",),
}

_STUCK_S = 3600.0
"""Asking again sooner would not help."""


def allowance(group: Group, rates: Mapping[str, Any] | None) -> Allowance:
    """The smaller of what is published and what KSeF said to this context; what it does not say stays as published."""
    known = ALLOWANCES[group]
    limits = [known.second, known.minute, known.hour]
    for name in _KSEF_NAMES[group]:
        said = (rates or {}).get(name)
        for place, key in enumerate(("perSecond", "perMinute", "perHour")):
            value = said.get(key) if isinstance(said, dict) else None
            if isinstance(value, int) and value > 0:
                limits[place] = min(limits[place], value) if limits[place] else value
    return Allowance(*limits)


def resume_at(window: Window, made: Package) -> datetime:
    """Where the next window begins: after a full package at its last invoice (those with the same instant come again
    and are known by their content), else where KSeF guarantees that nothing will be added before.

    Raises `Malformed` for a full package that leads nowhere.
    """
    if made.truncated:
        if made.last_at is None or made.last_at <= window.from_at:
            raise Malformed(
                f"KSeF zwrócił pełną paczkę bez postępu od {window.from_at:%d.%m.%Y %H:%M:%S}. Zgłoś to operatorowi.",
                retry_after_s=_STUCK_S,
            )
        return made.last_at
    ends = [at for at in (made.hwm_at, window.until_at) if at is not None]
    return max(window.from_at, min(ends)) if ends else window.from_at
