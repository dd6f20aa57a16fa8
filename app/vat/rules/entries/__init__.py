"""Documents that a unit enters itself: reports of cash registers, internal documents, invoices from outside KSeF.

Start at `documents` (what may be entered and what is wrong with it); `file` reads many of them from CSV.
"""
