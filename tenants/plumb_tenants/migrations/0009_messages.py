"""Messages to people: one per person and occasion."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

MESSAGES = [
    *tenant_table("message", references={"person_id": "person"}, unique=[["person_id", "once"]]),
    "CREATE INDEX message_unread ON message (tenant_id, person_id) WHERE read_at IS NULL",
    *versioned("message"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0008_attribution")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='Message',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('person_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=60)),
                ('object_type', fields.CharField(max_length=60)),
                ('object_id', fields.UUIDField()),
                ('zh', fields.CharField(max_length=500)),
                ('en', fields.CharField(max_length=500)),
                ('once', fields.CharField(null=True, max_length=200)),
                ('read_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'message', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'One message to one person about one object; `once` keeps the same occasion from being told twice.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(MESSAGES),
    ]
