"""What a unit's people see of their VAT register, and what they do there.

`register` rows and sums of a month · `row` one row, its reckoning and changes · `entry` a document by hand (`documents`
kinds and their forms) · `upload` documents from a file · `period` the month: completion and signature (`checks` what
holds it up) · `versions` what was signed · `ratios` per cents of the years, habits · `issuing` sales invoices ·
`columns` tables · `words` codes in Polish, addresses.
"""

from typing import Any

from app.vat.pages import entry, issuing, period, ratios, register, row, upload, versions

HANDLERS: list[Any] = [
    handler for pages in (register, row, entry, upload, period, versions, ratios, issuing) for handler in pages.HANDLERS
]
"""For the application, below a tenant's address."""
