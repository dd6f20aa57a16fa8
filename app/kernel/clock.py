"""Where the day begins."""

from __future__ import annotations

from zoneinfo import ZoneInfo

POLAND = ZoneInfo("Europe/Warsaw")
"""The time of Polish law, offices and people."""
