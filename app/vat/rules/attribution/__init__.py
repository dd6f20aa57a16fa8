"""Which unit does an invoice concern: the first step, from what the invoice itself says; precision before recall.

`directory` prepares the units once, `attribute` answers for one invoice: assigned, or queued for a person with ranked
candidates. Everything it relies on is in `Evidence`, so that a scored engine that learns from people's decisions can
take over the queue without changing the shape.

Law: wzór FA(3), Podmiot2/JST oraz Podmiot3 z rolą 7 i 8 (JST – wystawca, JST – odbiorca)
"""

from app.vat.rules.attribution.decision import DECIDED_BY_RULE, Attribution, attribute
from app.vat.rules.attribution.directory import Directory, directory
from app.vat.rules.attribution.ranking import Candidate, Evidence

__all__ = ["DECIDED_BY_RULE", "Attribution", "Candidate", "Directory", "Evidence", "attribute", "directory"]
