"""Files beside letters: battle maps and audit pages."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import frozen, tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

ANNEXES = [
    *tenant_table("letter_annex", references={"letter_id": "letter"}, unique=[["letter_id", "kind"]], app="select, insert"),
    *frozen("letter_annex"),
    *versioned("letter_annex"),
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0023_signing")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='LetterAnnex',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('letter_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=12)),
                ('file_key', fields.CharField(max_length=200)),
                ('file_sha256', fields.CharField(max_length=64)),
                ('file_size', fields.IntField()),
            ],
            options={'table': 'letter_annex', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'A file beside a letter, made once: its battle map, or its audit page; never changed.'},
            bases=['CreatedModel'],
        ),
        ops.RunSQL(ANNEXES),
    ]
