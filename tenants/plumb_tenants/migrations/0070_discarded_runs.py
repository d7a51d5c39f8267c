"""A run that was not published may be discarded; the trigger keeps those that were."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from plumb_platform.settings import APP_ROLE


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0068_answers_by_rights")]

    operations = [ops.RunSQL([f"GRANT DELETE ON plan_run TO {APP_ROLE}"])]
