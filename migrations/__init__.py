"""What shape: four lineages of the database, each with its own history, and the statements rendered from them.

`control` (one database) · `cell` (each database) · `unit` (every tenant's schema) · `municipality` (on top of `unit`).
`env.py` is Alembic's environment for all four; `author` writes a revision, `render` turns models and revisions into the
statement lists that `statements` reads; `guards` makes append-only triggers.
"""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names of constraints and indexes, the same in every lineage, so that a revision can address them."""
