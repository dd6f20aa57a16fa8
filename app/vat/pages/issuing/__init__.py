"""Issuing sales invoices: `listing` what was issued and what is being written, `editor` writing one (`form` its boxes,
`words` codes in Polish), `draft` the last look before it is issued, `invoice` one that was."""

from typing import Any

from app.vat.pages.issuing import draft, editor, invoice, listing

HANDLERS: list[Any] = [handler for pages in (listing, editor, draft, invoice) for handler in pages.HANDLERS]
"""For the application, below a tenant's address."""
