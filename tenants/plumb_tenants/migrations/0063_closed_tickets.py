"""Tickets that end with their goal: why it was withdrawn."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """A column that nobody fills but the code that comes with it."""

    dependencies = [("plumb", "0062_held_files")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.AddField(model_name='NegotiationTicket', name='closed_reason', field=fields.TextField(null=True, unique=False)),
    ]
