"""The door of shared service centres and of a municipality's own VAT: work across units, one transaction each.

The only place above the ground that holds the key ring (`tenants.fleet`). Start reading at `consolidation`.
"""
