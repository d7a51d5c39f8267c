"""Kept answers of repeated changes are told again under the rights that they were made under; those from before, never."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Adds a column with a default, which PostgreSQL does without rewriting the table."""

    dependencies = [("plumb", "0067_grouped_exports")]

    operations = [
        ops.AddField(
            model_name="IdempotentAnswer", name="rights", field=fields.CharField(default="", db_default="", max_length=64)
        ),
    ]
