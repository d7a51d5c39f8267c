"""Plans: who published one, and why a weekly plan became no task when it was due."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

PLANS = [
    "ALTER TABLE plan ADD FOREIGN KEY (tenant_id, published_by) REFERENCES membership (tenant_id, id)",
    "ALTER TABLE plan_week ADD CHECK ((refused_code IS NULL) = (refused_at IS NULL))",
    "CREATE INDEX plan_week_refused ON plan_week (tenant_id, week) WHERE refused_code IS NOT NULL",
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0040_forms_scan")]

    # Written by Tortoise from the models.
    # fmt: off
    operations = [
        ops.AddField(model_name='Plan', name='published_by', field=fields.UUIDField(null=True)),
        ops.AddField(model_name='PlanWeek', name='refused_code', field=fields.CharField(null=True, max_length=60)),
        ops.AddField(model_name='PlanWeek', name='refused_zh', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='PlanWeek', name='refused_en', field=fields.TextField(null=True, unique=False)),
        ops.AddField(model_name='PlanWeek', name='refused_at', field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ops.RunSQL(PLANS),
    ]
