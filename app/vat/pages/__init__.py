"""What a unit's people see of their VAT register, and what they do there.

`register` rows and sums of a month · `row` one row, its reckoning and changes · `entry` a document by hand (`documents`
kinds and their forms) · `upload` documents from a file · `period` the month: completion and signature (`checks` what
holds it up) · `versions` what was signed · `notes` what the city settled · `ratios` per cents of the years, habits ·
`issuing` sales invoices · `columns` tables · `words` codes in Polish, addresses · `internal` documents of both
registers · `tills`, `bad_debts` what a month has to look at · `placing` the month of a correction · `sheets` evidence
of a ratio · `comparison` of two ways · `assets`, `asset`, `corrections` the years after a purchase.
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
