"""Pages that work across the units of a city: the month board, the attribution queue, the inbox, the return.

They stand inside the municipality's address; a service centre's people reach them by the municipality's mandate.
"""
