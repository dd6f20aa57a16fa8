"""What the catalogue says of one schema, in a form that two schemas can be compared by."""

from __future__ import annotations

import re
from typing import Any

from psycopg import Connection

_QUERIES = {
    "column": """
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
               pg_get_expr(d.adbin, d.adrelid), l.collname
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        left join pg_collation l on l.oid = a.attcollation
        where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
          and a.attnum > 0 and not a.attisdropped""",
    "constraint": """
        select conrelid::regclass::text, conname, contype, convalidated, condeferrable, condeferred,
               pg_get_constraintdef(oid)
        from pg_constraint where connamespace = %(schema)s::regnamespace and contype <> 'n'""",
    "index": "select tablename, indexname, indexdef from pg_indexes where schemaname = %(schema)s",
    "trigger": """
        select t.tgrelid::regclass::text, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid)
        from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where c.relnamespace = %(schema)s::regnamespace and not t.tgisinternal""",
    "relation": """
        select relname, relkind, relowner::regrole::text, relrowsecurity,
               array(select unnest(relacl)::text order by 1)
        from pg_class where relnamespace = %(schema)s::regnamespace and relkind <> 't'""",
    "policy": """
        select tablename, policyname, roles, cmd, qual, with_check from pg_policies where schemaname = %(schema)s""",
    "function": """
        select proname, pg_get_functiondef(oid), array(select unnest(proacl)::text order by 1)
        from pg_proc where pronamespace = %(schema)s::regnamespace""",
    "schema": "select nspowner::regrole::text, array(select unnest(nspacl)::text order by 1) from pg_namespace"
    " where nspname = %(schema)s",
}


def snapshot(connection: Connection[Any], schema: str, *kinds: str) -> set[str]:
    """One line for each thing in the schema (of these kinds, or all), without its own name."""
    connection.execute("select set_config('search_path', 'pg_catalog', true)")
    lines = set()
    for kind in kinds or _QUERIES:
        for row in connection.execute(_QUERIES[kind].encode(), {"schema": schema}):
            lines.add(re.sub(rf"\b{schema}\b[.]?", "", f"{kind} {row}"))
    return lines
