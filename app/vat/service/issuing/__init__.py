"""Issuing sales invoices: `setting` who issues and how numbers look · `drafts` what is being written · `issue` a draft
becomes an invoice, a refused one goes again · `sending` its way to KSeF and back."""

from __future__ import annotations

from app.vat.service.issuing.drafts import drop, save
from app.vat.service.issuing.issue import issue, reissue
from app.vat.service.issuing.setting import set_issuer, take_prefix

__all__ = ["drop", "issue", "reissue", "save", "set_issuer", "take_prefix"]
