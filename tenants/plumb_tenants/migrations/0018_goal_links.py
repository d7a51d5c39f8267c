"""Links between goals, the company's priorities, and what goals were made of."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from plumb_platform.clock import now
from plumb_platform.database.ddl import tenant_table, versioned
from plumb_platform.database.models import current_tenant
from plumb_platform.ids import uuid7

CHANGING = "select, insert, delete"
LINKS = [
    "ALTER TABLE goal ADD UNIQUE (tenant_id, origin)",
    *tenant_table(
        "goal_link",
        references={"from_id": "goal", "to_id": "goal"},
        unique=[["from_id", "to_id", "kind"]],
        index=[["to_id"]],
        app=CHANGING,
    ),
    "ALTER TABLE goal_link ADD CHECK (from_id <> to_id), ADD CHECK (kind IN ('SUPPORTS', 'DEPENDS_ON'))",
    *tenant_table("company_priority", references={"goal_id": "goal"}, unique=[["goal_id"], ["place"]], app=CHANGING),
    "ALTER TABLE company_priority ADD CHECK (place BETWEEN 1 AND 3)",
    *versioned("company_priority"),
]


class Migration(migrations.Migration):
    """Runs after the tables that it grows; undone only by restoring a backup."""

    dependencies = [("plumb", "0017_growth")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.CreateModel(
            name='CompanyPriority',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('goal_id', fields.UUIDField()),
                ('place', fields.IntField()),
                ('title', fields.CharField(max_length=200)),
                ('marked_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'company_priority', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'One of the three goals that come first in a company, with the title that everybody is told.'},
            bases=['CreatedModel'],
        ),
        ops.CreateModel(
            name='GoalLink',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField(default=current_tenant)),
                ('created_at', fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
                ('from_id', fields.UUIDField()),
                ('to_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=12)),
                ('note', fields.CharField(null=True, max_length=200)),
                ('created_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'goal_link', 'app': 'plumb', 'pk_attr': 'id', 'table_description': 'That a goal supports another, or depends on it, across units.'},
            bases=['CreatedModel'],
        ),
        ops.AddField(
            model_name='Goal',
            name='origin',
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.RunSQL(LINKS),
    ]
