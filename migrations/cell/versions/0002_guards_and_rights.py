"""guards and rights: append-only tables, the audit chain, row security, Polish sort keys

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FUNCTIONS = [
    "create schema magistrat",
    # Arguments name the columns that may still change; everything else of the row is final.
    """
    create function magistrat.append_only() returns trigger language plpgsql set search_path = pg_catalog as $$
    begin
      if tg_op = 'UPDATE' and tg_nargs > 0
         and (to_jsonb(old) - tg_argv::text[]) = (to_jsonb(new) - tg_argv::text[]) then
        return new;
      end if;
      raise exception '%.% is append-only', tg_table_schema, tg_table_name using errcode = '42501';
    end $$
    """,
    # What is chained: every column of an entry and the hash before it, separated by a character no text may hold.
    """
    create function magistrat.audit_digest(previous bytea, e cell.audit) returns bytea language sql immutable
    set search_path = pg_catalog as $$
      select sha256(convert_to(concat_ws(E'\\x1f', encode(previous, 'hex'), e.tenant, e.seq::text,
        to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.actor, coalesce(e.mandate, ''), e.verb, e.record,
        coalesce(e.before::text, ''), coalesce(e.after::text, '')), 'UTF8'))
    $$
    """,
    # The head's row lock orders the entries of a tenant; it is taken last in a transaction (see app/kernel/audit.py).
    """
    create function magistrat.audit_chain() returns trigger language plpgsql security definer
    set search_path = pg_catalog as $$
    declare head cell.audit_head;
    begin
      insert into cell.audit_head (tenant, seq, hash) values (new.tenant, 0, '') on conflict do nothing;
      select * into head from cell.audit_head where tenant = new.tenant for update;
      new.seq := head.seq + 1;
      new.at := clock_timestamp();
      new.hash := magistrat.audit_digest(head.hash, new);
      update cell.audit_head set seq = new.seq, hash = new.hash where tenant = new.tenant;
      return new;
    end $$
    """,
    # Sorts as a Polish dictionary does, with or without ICU: ą after a, ź and ż after z, other accents folded.
    """
    create function magistrat.pl_key(t text) returns text language sql immutable strict parallel safe
    set search_path = pg_catalog as $$
      select replace(replace(replace(replace(replace(replace(replace(replace(replace(
        translate(lower(t), 'äáàâãåçéèêëíìîïñòôöõúùûüýř', 'aaaaaaceeeeiiiinoooouuuuyr'),
        'ą', 'a~'), 'ć', 'c~'), 'ę', 'e~'), 'ł', 'l~'), 'ń', 'n~'), 'ó', 'o~'), 'ś', 's~'), 'ź', 'z~'), 'ż', 'z~~')
    $$
    """,
]

TRIGGERS = [
    "create trigger chain before insert on cell.audit for each row execute function magistrat.audit_chain()",
    "create trigger append_only before update or delete on cell.audit for each row "
    "execute function magistrat.append_only()",
    "create trigger append_only_whole before truncate on cell.audit for each statement "
    "execute function magistrat.append_only()",
]

RIGHTS = [
    "revoke execute on all functions in schema magistrat from public",
    "grant usage on schema magistrat, cell to magistrat_rw, magistrat_cell, magistrat_owner",
    "grant execute on function magistrat.append_only(), magistrat.pl_key(text) to magistrat_rw, magistrat_owner",
    "grant execute on function magistrat.audit_digest(bytea, cell.audit) to magistrat_rw, magistrat_cell",
    "grant select, insert on cell.audit, cell.outbox to magistrat_rw",
    "grant select on cell.audit_head to magistrat_rw",
    "grant select, insert on cell.run, cell.chunk to magistrat_rw",
    # What was asked for is final; only how far it has come changes.
    "grant update (state, attempts, due_at, sent_at, error, finished_at) on cell.outbox, cell.chunk to magistrat_rw",
    "grant update (result) on cell.chunk to magistrat_rw",
    "grant update (state, stage, done, failed, result, error, started_at, finished_at) on cell.run to magistrat_rw",
    "grant select on all tables in schema cell to magistrat_cell",
    "grant update on cell.outbox, cell.run, cell.chunk to magistrat_cell",
    "grant insert, update on cell.schedule to magistrat_cell",
    "grant delete on cell.outbox, cell.run, cell.chunk to magistrat_cell",
]

# With the columns' own collation: a plain current_user is of type name, collated "C", and no index would serve it.
OWN = 'tenant = (current_user::text collate "default")'

ROW_SECURITY = [
    statement.format(table=table)
    for table in ("audit", "audit_head", "outbox", "run", "chunk")
    for statement in (
        "alter table cell.{table} enable row level security",
        f"create policy own on cell.{{table}} to magistrat_rw using ({OWN}) with check ({OWN})",
        "create policy relay on cell.{table} to magistrat_cell using (true)",
    )
]


def upgrade() -> None:
    for statement in [*FUNCTIONS, *TRIGGERS, *RIGHTS, *ROW_SECURITY]:
        op.execute(statement.replace(":", r"\:"))


def downgrade() -> None:
    op.execute("drop schema magistrat cascade")
    for table in ("audit", "audit_head", "outbox", "run", "chunk"):
        op.execute(f"drop policy own on cell.{table}")
        op.execute(f"drop policy relay on cell.{table}")
        op.execute(f"alter table cell.{table} disable row level security")
    op.execute("revoke all on all tables in schema cell from magistrat_rw, magistrat_cell")
