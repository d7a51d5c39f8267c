"""SQL that Tortoise's migrations cannot express: tenant keys, row security, grants, immutability."""

from collections.abc import Mapping, Sequence

from plumb_platform.settings import APP_ROLE, PLATFORM_ROLE

SECURITY_SCHEMA = [
    "CREATE SCHEMA IF NOT EXISTS sec",
    f"GRANT USAGE ON SCHEMA sec TO {APP_ROLE}, {PLATFORM_ROLE}",
    # After a transaction-local setting ends its value is '' and not NULL: both mean that no tenant is set.
    # Since 0047 an expression that the planner puts in place of its call.
    """CREATE FUNCTION sec.tenant() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = '' AS $$
       DECLARE value text := current_setting('app.tenant', true);
       BEGIN
         IF value IS NULL OR value = '' THEN
           RAISE EXCEPTION 'no tenant in this transaction' USING ERRCODE = '42501';
         END IF;
         RETURN value::uuid;
       END $$""",
    """CREATE FUNCTION sec.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       BEGIN
         RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME USING ERRCODE = '23001';
       END $$""",
]


def tenant_table(
    table: str,
    *,
    references: Mapping[str, str] | None = None,
    unique: Sequence[Sequence[str]] = (),
    index: Sequence[Sequence[str]] = (),
    app: str = "select, insert, update",
) -> list[str]:
    """Return the statements that make a table one of a company's: keys led by tenant_id, forced row security, grants.

    `references` maps a column to the tenant table that it points at; `unique` and `index` list columns without tenant_id.
    """
    sql = [
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey"',
        f'ALTER TABLE "{table}" ADD PRIMARY KEY (tenant_id, id)',
    ]
    sql += [
        f'ALTER TABLE "{table}" ADD FOREIGN KEY (tenant_id, "{column}") REFERENCES "{target}" (tenant_id, id)'
        for column, target in (references or {}).items()
    ]
    sql += [f'ALTER TABLE "{table}" ADD UNIQUE (tenant_id, {", ".join(columns)})' for columns in unique]
    sql += [f'CREATE INDEX ON "{table}" (tenant_id, {", ".join(columns)})' for columns in index]
    return sql + row_security(table) + [f'GRANT {app} ON "{table}" TO {APP_ROLE}']


def row_security(table: str) -> list[str]:
    """Return the statements that enable and force row security by tenant."""
    own = "tenant_id = (SELECT sec.tenant())"
    return [
        f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
        f'CREATE POLICY tenant_isolation ON "{table}" TO {APP_ROLE} USING ({own}) WITH CHECK ({own})',
    ]


def platform_access(table: str, grants: str) -> list[str]:
    """Return the statements that let the platform role reach a tenant table across companies, by the given grants."""
    return [
        f'CREATE POLICY platform ON "{table}" TO {PLATFORM_ROLE} USING (true) WITH CHECK (true)',
        f'GRANT {grants} ON "{table}" TO {PLATFORM_ROLE}',
    ]


def frozen(table: str, *, when: str = "true", events: str = "UPDATE OR DELETE") -> list[str]:
    """Return a trigger that refuses to change rows for which `when` (over OLD) holds, whoever asks."""
    return [
        f'CREATE TRIGGER "{table}_frozen" BEFORE {events} ON "{table}" '
        f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION sec.refuse_change()"
    ]


VERSIONS = [
    "CREATE TABLE data_version (tenant_id uuid NOT NULL, name text NOT NULL, stripe int NOT NULL, value bigint NOT NULL, "
    "lock bigint NOT NULL, PRIMARY KEY (tenant_id, name, stripe)) WITH (fillfactor = 25)",
    *row_security("data_version"),
    # Only the triggers count, as the owner: the product can neither write a counter nor see another company's.
    "CREATE POLICY counting ON data_version TO CURRENT_USER USING (true) WITH CHECK (true)",
    f"GRANT SELECT ON data_version TO {APP_ROLE}",
    # The way of a first change, or of one whose own stripe is taken: the next stripe that no other transaction holds.
    # Each transaction in progress holds one at most, so there are never more than 15 stripes beyond their number.
    """CREATE FUNCTION sec.count_apart(tenant uuid, counted text, place int) RETURNS void
       LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
       DECLARE own bigint;
       BEGIN
         LOOP
           own := hashtextextended(counted || coalesce(tenant::text, ''), place);
           EXIT WHEN pg_try_advisory_xact_lock(own);
           place := place + 1;
         END LOOP;
         -- A repair that names no company may have touched any of them: it counts in all, below zero.
         INSERT INTO public.data_version AS d (tenant_id, name, stripe, value, lock)
         SELECT t.id, counted, CASE WHEN tenant IS NULL THEN -1 - place ELSE place END, 1, own
         FROM (SELECT tenant AS id WHERE tenant IS NOT NULL
               UNION SELECT c.tenant_id FROM public.data_version c WHERE tenant IS NULL) t
         ON CONFLICT (tenant_id, name, stripe) DO UPDATE SET value = d.value + 1;
       END $$""",
    "REVOKE EXECUTE ON FUNCTION sec.count_apart(uuid, text, int) FROM PUBLIC",
]


def versioned(table: str) -> list[str]:
    """Return a trigger that counts the table's version up in every transaction that changes it.

    A transaction counts in a stripe that its lock keeps for it alone until the end, so nobody waits and nothing deadlocks.
    """
    return [
        _counter(table),
        f'CREATE TRIGGER "{table}_version" AFTER INSERT OR UPDATE OR DELETE ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION sec.count_{table}()",
    ]


def _counter(counted: str) -> str:
    # Every writer pays for this: one UPDATE of one row, its lock's number in the row, and names that the plan knows.
    # Once per transaction is enough; a savepoint that is rolled back takes count and mark back with it.
    return f"""CREATE OR REPLACE FUNCTION sec.count_{counted}() RETURNS trigger
       LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
       DECLARE
         tenant uuid := nullif(current_setting('app.tenant', true), '')::uuid;
         place int := pg_backend_pid() & 15;
         mark text;
       BEGIN
         IF current_setting('counted.{counted}', true) = '1' THEN
           RETURN NULL;
         END IF;
         UPDATE public.data_version d SET value = d.value + 1 WHERE d.tenant_id = tenant AND d.name = '{counted}'
           AND d.stripe = place AND pg_try_advisory_xact_lock(d.lock);
         IF NOT FOUND THEN
           PERFORM sec.count_apart(tenant, '{counted}', place);
         END IF;
         mark := set_config('counted.{counted}', '1', true);
         RETURN NULL;
       END $$"""
