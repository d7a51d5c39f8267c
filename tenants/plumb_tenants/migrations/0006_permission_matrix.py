"""Permission matrices: the rules of published versions, dated roles, and the version that every change of them raises."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, row_security, tenant_table
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7
from plumb_platform.settings import APP_ROLE

VERSION = [
    # Forced row security hides the companies from the owner too, who has to write the first version of each.
    "ALTER TABLE company NO FORCE ROW LEVEL SECURITY",
    "INSERT INTO access_version (tenant_id, value) SELECT tenant_id, 0 FROM company",
    "ALTER TABLE company FORCE ROW LEVEL SECURITY",
    *row_security("access_version"),
    f"GRANT SELECT, INSERT, UPDATE ON access_version TO {APP_ROLE}",
    # Not a count per company: after a rollback a count would give a number twice, for two different states.
    "CREATE SEQUENCE sec.access_number",
    f"GRANT USAGE ON SEQUENCE sec.access_number TO {APP_ROLE}",
    """CREATE FUNCTION sec.raise_access_version() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       BEGIN
         INSERT INTO public.access_version AS v (tenant_id, value) VALUES (sec.tenant(), nextval('sec.access_number'))
         ON CONFLICT (tenant_id) DO UPDATE SET value = excluded.value;
         RETURN NULL;
       END $$""",
    """CREATE FUNCTION sec.raise_access_version_of_matrix() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
       BEGIN
         IF EXISTS (SELECT FROM public.definition d
                    WHERE d.tenant_id = NEW.tenant_id AND d.id = NEW.definition_id AND d.kind = 'matrix') THEN
           INSERT INTO public.access_version AS v (tenant_id, value) VALUES (NEW.tenant_id, nextval('sec.access_number'))
           ON CONFLICT (tenant_id) DO UPDATE SET value = excluded.value;
         END IF;
         RETURN NULL;
       END $$""",
]


def raises_version(table: str, events: str) -> str:
    """Return a trigger that gives the company a new access version after a statement changed the table."""
    return (
        f'CREATE TRIGGER "{table}_access" AFTER {events} ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION sec.raise_access_version()"
    )


TABLES = [
    *tenant_table(
        "matrix_rule",
        references={"definition_version_id": "definition_version"},
        unique=[["definition_version_id", "ordinal"]],
        app="select, insert",
    ),
    *frozen("matrix_rule"),
    "ALTER TABLE matrix_rule ADD CHECK (effect IN ('ALLOW', 'DENY'))",
    "ALTER TABLE matrix_rule ADD CHECK (scope IN ('NONE', 'OWN', 'UNIT', 'SUBTREE', 'COMPANY'))",
    *tenant_table(
        "role_assignment",
        references={"person_id": "person", "unit_id": "org_unit", "delegated_by": "person"},
        index=[["person_id"], ["unit_id"]],
        app="select, insert, update (revoked_at)",
    ),
    "ALTER TABLE role_assignment ADD CHECK (num_nonnulls(person_id, unit_id, grade, position) = 1)",
    "ALTER TABLE role_assignment ADD CHECK (starts_on <= ends_on)",
    "ALTER TABLE role_assignment ADD CHECK (delegated_by IS NULL OR (person_id IS NOT NULL AND ends_on IS NOT NULL))",
    *frozen("role_assignment", when="OLD.revoked_at IS NOT NULL"),
]
TRIGGERS = [
    raises_version("matrix_rule", "INSERT"),
    raises_version("role_assignment", "INSERT OR UPDATE"),
    raises_version("membership", "INSERT OR DELETE OR UPDATE OF roles, person_id, active"),
    raises_version("person", "INSERT OR DELETE OR UPDATE OF unit_id, grade, position, active"),
    # A role by unit is for all units below it, so that it follows the tree.
    raises_version("org_unit_closure", "INSERT OR DELETE"),
    raises_version("company", "UPDATE OF active, time_zone"),
    "CREATE TRIGGER definition_version_access AFTER UPDATE OF state ON definition_version FOR EACH ROW "
    "WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION sec.raise_access_version_of_matrix()",
]


class Migration(migrations.Migration):
    """Replaces the table of default grants; a company without a published matrix has the same grants as before."""

    dependencies = [("plumb", "0005_snapshot_rows_and_letter_ids")]

    operations = [
        ops.DeleteModel(name="RolePermission"),
        ops.CreateModel(
            name="AccessVersion",
            fields=[
                ("tenant_id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("value", fields.BigIntField()),
            ],
            options={"table": "access_version", "app": "plumb", "pk_attr": "tenant_id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MatrixRule",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ("tenant_id", fields.UUIDField(default=current_tenant)),
                ("definition_version_id", fields.UUIDField()),
                ("ordinal", fields.IntField()),
                ("ptype", fields.CharField(default="p", max_length=4)),
                ("role", fields.CharField(max_length=40)),
                ("resource", fields.CharField(max_length=30)),
                ("action", fields.CharField(max_length=30)),
                ("scope", fields.CharField(max_length=10)),
                ("row_filter", fields.TextField(source_field="filter", default="", unique=False)),
                ("effect", fields.CharField(max_length=5)),
                ("shown_fields", fields.JSONField(source_field="fields", null=True, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={"table": "matrix_rule", "app": "plumb", "pk_attr": "id"},
            bases=["TenantModel"],
        ),
        ops.CreateModel(
            name="RoleAssignment",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ("tenant_id", fields.UUIDField(default=current_tenant)),
                ("created_at", fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ("role", fields.CharField(max_length=40)),
                ("person_id", fields.UUIDField(null=True)),
                ("unit_id", fields.UUIDField(null=True)),
                ("grade", fields.CharField(null=True, max_length=40)),
                ("position", fields.CharField(null=True, max_length=80)),
                ("starts_on", fields.DateField()),
                ("ends_on", fields.DateField(null=True)),
                ("delegated_by", fields.UUIDField(null=True)),
                ("assigned_by", fields.UUIDField(null=True)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "role_assignment", "app": "plumb", "pk_attr": "id"},
            bases=["CreatedModel"],
        ),
        ops.RunSQL(VERSION),
        ops.RunSQL(TABLES),
        ops.RunSQL(TRIGGERS),
    ]
