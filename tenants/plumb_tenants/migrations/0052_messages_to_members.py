"""Messages to members who are no person of the company: an administrator is told of what they started."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

MEMBERS = [
    "ALTER TABLE message ADD FOREIGN KEY (tenant_id, membership_id) REFERENCES membership (tenant_id, id)",
    "ALTER TABLE message ADD CHECK (num_nonnulls(person_id, membership_id) = 1)",
    "ALTER TABLE message ADD UNIQUE (tenant_id, membership_id, once)",
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0051_goals_held")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.AlterField(model_name='Message', name='person_id', field=fields.UUIDField(null=True)),
        ops.AddField(model_name='Message', name='membership_id', field=fields.UUIDField(null=True)),
        ops.RunSQL(MEMBERS),
    ]
