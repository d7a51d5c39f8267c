"""SQL that Tortoise's migrations cannot express: tenant keys, row security, grants, immutability."""

from collections.abc import Mapping, Sequence

from plumb_platform.settings import APP_ROLE, PLATFORM_ROLE

SECURITY_SCHEMA = [
    "CREATE SCHEMA IF NOT EXISTS sec",
    f"GRANT USAGE ON SCHEMA sec TO {APP_ROLE}, {PLATFORM_ROLE}",
    # After a transaction-local setting ends its value is '' and not NULL: both mean that no tenant is set.
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
    "CREATE TABLE data_version (tenant_id uuid NOT NULL, name text NOT NULL, stripe bigint NOT NULL, value bigint NOT NULL, "
    "PRIMARY KEY (tenant_id, name, stripe)) WITH (fillfactor = 50)",
    *row_security("data_version"),
    f"GRANT SELECT, INSERT, UPDATE ON data_version TO {APP_ROLE}",
    # A writer takes a stripe that no other transaction holds, so that counting makes nobody wait and nothing deadlock;
    # once per transaction is enough, and a savepoint that is rolled back takes the mark back with it.
    """CREATE FUNCTION sec.bump_version() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
       DECLARE
         tenant text := current_setting('app.tenant', true);
         mark text := 'bumped.' || TG_ARGV[0];
       BEGIN
         IF current_setting(mark, true) = '1' THEN
           RETURN NULL;
         END IF;
         IF tenant IS NULL OR tenant = '' THEN
           -- A repair that names no company may have touched any of them.
           INSERT INTO data_version (tenant_id, name, stripe, value) SELECT c.tenant_id, TG_ARGV[0], 0, 1 FROM company c
           ON CONFLICT (tenant_id, name, stripe) DO UPDATE SET value = data_version.value + 1;
           RETURN NULL;
         END IF;
         UPDATE data_version d SET value = d.value + 1
         WHERE d.tenant_id = tenant::uuid AND d.name = TG_ARGV[0] AND d.stripe = (
           SELECT f.stripe FROM data_version f WHERE f.tenant_id = tenant::uuid AND f.name = TG_ARGV[0]
           LIMIT 1 FOR UPDATE SKIP LOCKED);
         IF NOT FOUND THEN
           INSERT INTO data_version (tenant_id, name, stripe, value)
           VALUES (tenant::uuid, TG_ARGV[0], pg_current_xact_id()::text::bigint, 1)
           ON CONFLICT (tenant_id, name, stripe) DO UPDATE SET value = data_version.value + 1;
         END IF;
         PERFORM set_config(mark, '1', true);
         RETURN NULL;
       END $$""",
]


def versioned(table: str) -> list[str]:
    """Return a trigger that counts the table's version up in every transaction that changes it."""
    return [
        f'CREATE TRIGGER "{table}_version" AFTER INSERT OR UPDATE OR DELETE ON "{table}" '
        f"FOR EACH STATEMENT EXECUTE FUNCTION sec.bump_version('{table}')"
    ]
