"""The unit's habits: what its purchases usually serve, how their net is shown."""

from __future__ import annotations

from sqlalchemy import and_, update
from sqlalchemy.orm import Session

from app.kernel import audit
from app.vat.models import VatSetting, purchase
from app.vat.rules.deduction import Use
from app.vat.rules.purchase import NetShown
from app.vat.service import deductions, locks


def set_habits(session: Session, default_use: Use | None, purchase_net: NetShown = "whole") -> VatSetting:
    """Changes the habits; purchases of open months that nobody has decided about get the new default, and every open
    month is computed anew. The same habits again change nothing."""
    held = locks.habits(session, alone=True)
    before = {"default_use": held.default_use, "purchase_net": held.purchase_net}
    after = {"default_use": default_use, "purchase_net": purchase_net}
    if before == after:
        return held
    held.default_use, held.purchase_net = default_use, purchase_net
    session.flush()
    for month in deductions.open_months(session):
        undecided = and_(
            purchase.c.year == month.year,
            purchase.c.month == month.month,
            purchase.c.use.is_(None),
            purchase.c.void_reason.is_(None),
        )
        session.execute(update(purchase).where(undecided).values(use=default_use))
    changed = deductions.recompute_open(session)
    audit.record(session, "vat.set_habits", "vat.setting:1", before=before, after={**after, "recomputed": changed})
    return held
