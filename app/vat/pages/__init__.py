"""What a unit's people see of their VAT register, and what they do there.

`register` rows and sums of a month · `row` one row and its changes, `reckoning` its deduction · `entry` a document by
hand (`documents` kinds and their forms) · `internal` documents of both registers · `upload` documents from a file ·
`tills`, `bad_debts` what a month has to look at · `placing` the month of a correction · `period` the month: completion
and signature (`checks` what holds it up) · `versions` what was signed · `notes` what the city settled · `issuing` sales
invoices · `ratios` per cents of the years, habits · `sheets` evidence of a ratio · `comparison` of two ways · `assets`,
`asset`, `corrections` the years after a purchase · `columns` tables · `words` codes in Polish, addresses.
"""

from typing import Any

from app.vat.pages import (
    asset,
    assets,
    bad_debts,
    comparison,
    corrections,
    entry,
    internal,
    issuing,
    notes,
    period,
    placing,
    ratios,
    reckoning,
    register,
    row,
    sheets,
    tills,
    upload,
    versions,
)

HANDLERS: list[Any] = [
    handler
    for pages in (
        register,
        row,
        reckoning,
        placing,
        entry,
        internal,
        upload,
        tills,
        bad_debts,
        period,
        versions,
        issuing,
        ratios,
        sheets,
        comparison,
        assets,
        asset,
        corrections,
        notes,
    )
    for handler in pages.HANDLERS
]
"""For the application, below a tenant's address."""
