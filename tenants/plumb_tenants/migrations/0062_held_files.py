"""Files that the scan holds: since when, in which fields, and who cleared or removed them; answers about them stay fresh."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.database.ddl import versioned


class Migration(migrations.Migration):
    """Columns with defaults; what is held already is told since when by the next scan that looks at it."""

    dependencies = [("plumb", "0059_lighter_writes")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.AddField(model_name='FileScan', name='found_in', field=fields.CharField(default='', db_default='', max_length=200)),
        ops.AddField(model_name='FileScan', name='held_since', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name='FileScan', name='cleared_as', field=fields.CharField(null=True, max_length=80)),
        ops.AddField(model_name='FileScan', name='cleared_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name='FileScan', name='cleared_reason', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='FileScan', name='removed_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.AddField(model_name='FileScan', name='removed_reason', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='FileScan', name='version', field=fields.IntField(default=1, db_default=1)),
        ops.RunSQL(versioned('file_scan')),
    ]
