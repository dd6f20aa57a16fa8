"""rights of the application and the provider's chained journal

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = [
    # What is chained: every column of an entry and the hash before it, as a JSON array, so that nothing can be moved
    # from one column to its neighbour.
    """
    create function control.host_digest(previous bytea, e control.host_event) returns bytea language sql immutable
    set search_path = pg_catalog as $$
      select sha256(convert_to(jsonb_build_array(encode(previous, 'hex'), e.seq,
        to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.actor, e.verb, e.record, e.details)::text, 'UTF8'))
    $$
    """,
    # The head's row lock orders the entries; the journal is short and its writes are rare.
    """
    create function control.host_chain() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare head control.host_head;
    begin
      select * into strict head from control.host_head where id = 1 for update;
      new.seq := head.seq + 1;
      new.at := clock_timestamp();
      new.hash := control.host_digest(head.hash, new);
      update control.host_head set seq = new.seq, hash = new.hash where id = 1;
      return new;
    end $$
    """,
    """
    create function control.append_only() returns trigger language plpgsql set search_path = pg_catalog as $$
    begin
      raise exception '%.% is append-only', tg_table_schema, tg_table_name using errcode = '42501';
    end $$
    """,
    "insert into control.host_head (id, seq, hash) values (1, 0, '')",
    "create trigger chain before insert on control.host_event for each row execute function control.host_chain()",
    "create trigger append_only before update or delete or truncate on control.host_event for each statement "
    "execute function control.append_only()",
    "revoke execute on all functions in schema control from public",
    "grant execute on function control.host_digest(bytea, control.host_event) to magistrat_control",
    "grant usage on schema control to magistrat_control",
    "grant select, insert, update on all tables in schema control to magistrat_control",
    "grant delete on control.standby, control.domain to magistrat_control",
    "revoke update on control.host_event from magistrat_control",
    "revoke insert, update on control.host_head, control.alembic_version from magistrat_control",
]


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement.replace(":", r"\:"))


def downgrade() -> None:
    op.execute("revoke all on all tables in schema control from magistrat_control")
    op.execute("delete from control.host_head")
    op.execute("drop function control.host_chain() cascade")
    op.execute("drop function control.append_only() cascade")
    op.execute("drop function control.host_digest(bytea, control.host_event)")
