"""What can be done with rows of a unit's registers, all of it only while their month is open.

`receiving` invoices from the city's inbox and takes them back · `refusing` those that are not the unit's · `entering`
documents by hand · `importing` them from a file · `changing` rows: void, use, KSeF number · `habits` what purchases
usually serve.
"""

from __future__ import annotations

from app.vat.service.registers.changing import set_marker, set_use, void
from app.vat.service.registers.entering import Entered, enter, enter_internal
from app.vat.service.registers.habits import set_habits
from app.vat.service.registers.importing import Imported, import_file
from app.vat.service.registers.placing import place
from app.vat.service.registers.receiving import receive, withdraw
from app.vat.service.registers.refusing import RETURNED, send_back

__all__ = [
    "RETURNED",
    "Entered",
    "Imported",
    "enter",
    "enter_internal",
    "import_file",
    "place",
    "receive",
    "send_back",
    "set_habits",
    "set_marker",
    "set_use",
    "void",
    "withdraw",
]
