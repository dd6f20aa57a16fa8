"""The foundation every room stands on: money, dates, identifiers, refusals and reckonings (pure), and what a
transaction carries besides a room's own rows: the audit trail, the outbox, runs, files.

Start reading at `errors` and `reckoning` for the pure part, at `db` and `runs` for the rest. Nothing here knows a
tenant.
"""
