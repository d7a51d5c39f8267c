"""Jobs say when they were queued again: from then on, and not from when they were made, outages are forgiven to them."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0081_goals_by_target")]

    operations = [ops.AddField(model_name="Outbox", name="queued_again_at", field=fields.DatetimeField(null=True))]
