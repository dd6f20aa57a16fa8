"""What the room remembers in every tenant: cases and their books, schemes, substitutes, evidence, proposals."""

from app.purchasing.models.cases import PurchaseAct, PurchaseCase, PurchaseScheme, PurchaseSubstitute
from app.purchasing.models.payments import PaymentProposal, WhitelistAnswer
from app.purchasing.models.work import purchase_work

__all__ = [
    "PaymentProposal",
    "PurchaseAct",
    "PurchaseCase",
    "PurchaseScheme",
    "PurchaseSubstitute",
    "WhitelistAnswer",
    "purchase_work",
]
