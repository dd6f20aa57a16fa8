"""The KSeF inbox: `taking` documents in, each exactly once; `carrying` invoices to units."""

from app.vat.service.inbox.carrying import acknowledge, send
from app.vat.service.inbox.taking import Batch, Fate, Outcome, settle, store

__all__ = ["Batch", "Fate", "Outcome", "acknowledge", "send", "settle", "store"]
