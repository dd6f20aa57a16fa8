"""What people see of purchases: the list and the mass approval, the card of one document, papers entered by hand,
payments that are ready, substitutes, the scheme. `words` codes in Polish, who the person at the desk is.
"""

from typing import Any

from app.purchasing.pages import card, deciding, listing, papers, payments

HANDLERS: list[Any] = [handler for pages in (listing, papers, payments, deciding, card) for handler in pages.HANDLERS]
"""For the application, below a tenant's address."""
