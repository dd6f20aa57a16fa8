"""The law of paying for what a unit bought.

`facts` the words · `scheme` the steps of a unit · `circulation` what may happen next and who may · `content` what was
approved, as a hash · `documents` from invoices and papers · `payments` split payment and the register of taxpayers ·
`alarms` what should make people stop.
"""

from __future__ import annotations

from app.kernel.rulebook import Rule
from app.purchasing.rules.payments import RULES as PAYMENTS

RULES: tuple[Rule, ...] = PAYMENTS
"""What can be asked alone, by the command and over HTTP."""
