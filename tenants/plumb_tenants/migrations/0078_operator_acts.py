"""What the operator did to whole companies: one table that belongs to none, is added to, and is never changed."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from plumb_platform.database.ddl import frozen
from plumb_platform.settings import PLATFORM_ROLE


class Migration(migrations.Migration):
    """Adds a table that no model stands for: it is written and read by two statements."""

    dependencies = [("plumb", "0077_later_stamps")]

    operations = [
        ops.RunSQL(
            [
                """CREATE TABLE operator_act (
                     id uuid PRIMARY KEY, at timestamptz NOT NULL, operator text NOT NULL, action text NOT NULL,
                     company_id uuid NOT NULL, company_key text NOT NULL, details jsonb NOT NULL)""",
                f"GRANT SELECT, INSERT ON operator_act TO {PLATFORM_ROLE}",
                *frozen("operator_act"),
            ]
        )
    ]
