"""Names of the amounts in a register row, as JPK_V7M(3) calls them, and which of them come only in pairs."""

from __future__ import annotations

from app.vat.rules.totals import REGISTER_CODES, TOGETHER

SALE_FIELDS = tuple(f"K_{code}" for code in REGISTER_CODES if not code.startswith("4"))
PURCHASE_FIELDS = tuple(f"K_{code}" for code in REGISTER_CODES if code.startswith("4"))
SALE_PAIRS = tuple((f"K_{one}", f"K_{other}") for one, other in TOGETHER if f"K_{one}" in SALE_FIELDS)
PURCHASE_PAIRS = tuple((f"K_{one}", f"K_{other}") for one, other in TOGETHER if f"K_{one}" in PURCHASE_FIELDS)
