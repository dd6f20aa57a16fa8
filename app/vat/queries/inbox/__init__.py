"""What can be asked of the KSeF inbox: what is due to units (`due`), one invoice with its decisions (`invoice`), lists
that pages filter and sort (`listings`), counts of boards and search (`overview`)."""

from app.vat.queries.inbox.due import deliveries_due, units_to_deliver, units_to_withdraw, withdrawals_due
from app.vat.queries.inbox.invoice import (
    Candidate,
    Corrected,
    Decision,
    Entry,
    content,
    entry,
    entry_by_number,
    neighbours,
    shares,
    shares_of_corrected,
)
from app.vat.queries.inbox.listings import Listing, batches, invoices, quarantine, quarantined, queue
from app.vat.queries.inbox.overview import (
    Counts,
    Found,
    Origin,
    board,
    decided_by_rule,
    months,
    queue_counts,
    search,
    unsettled,
    waiting_ids,
)

__all__ = [
    "Candidate",
    "Corrected",
    "Counts",
    "Decision",
    "Entry",
    "Found",
    "Listing",
    "Origin",
    "batches",
    "board",
    "content",
    "decided_by_rule",
    "deliveries_due",
    "entry",
    "entry_by_number",
    "invoices",
    "months",
    "neighbours",
    "quarantine",
    "quarantined",
    "queue",
    "queue_counts",
    "search",
    "shares",
    "shares_of_corrected",
    "units_to_deliver",
    "units_to_withdraw",
    "unsettled",
    "waiting_ids",
    "withdrawals_due",
]
