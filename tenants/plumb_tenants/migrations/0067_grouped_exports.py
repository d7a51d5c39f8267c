"""Bonus files that are grouped: each grouping of a closed period is a file of its own."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

UNIQUE = [
    "ALTER TABLE bonus_export DROP CONSTRAINT bonus_export_tenant_id_period_id_format_key",
    "ALTER TABLE bonus_export ADD UNIQUE (tenant_id, period_id, format, grouped_by)",
]


class Migration(migrations.Migration):
    """Files from before are of all lines, which no grouping names; undone only by restoring a backup."""

    dependencies = [("plumb", "0066_invitations_read")]

    # The first is written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.AddField(model_name='BonusExport', name='grouped_by', field=fields.CharField(default='', db_default='', max_length=80)),
        ops.RunSQL(UNIQUE),
    ]
