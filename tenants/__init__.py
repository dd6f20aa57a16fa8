"""Whose house: municipalities and their units as tenants, each in a schema of its own.

`registry` who exists and where · `session` the only way into a tenant's schema · `fleet` the key ring of service
centres · `provision` makes schemas · `upgrade` keeps them equal · `embedded` servers for a machine that has none.
Start reading at `session`, then `registry`.
"""
