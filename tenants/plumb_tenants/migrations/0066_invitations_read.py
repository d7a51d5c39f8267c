"""Invitations are read through GraphQL: their changes count for answers that are kept."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from plumb_platform.database.ddl import versioned


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0064_composed_texts")]

    operations = [ops.RunSQL(versioned("invitation"))]
