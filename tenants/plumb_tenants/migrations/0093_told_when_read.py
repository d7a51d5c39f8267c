"""Messages and approvals keep whose values their texts say, so that each says to its reader what they may see as they read it."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Undone only by restoring a backup; texts that were kept before stay as their first reader was told."""

    dependencies = [("plumb", "0085_planned_once")]

    operations = [
        ops.AddField(model_name=model, name="told", field=fields.JSONField[dict[str, object]](null=True))
        for model in ("Message", "Approval")
    ]
