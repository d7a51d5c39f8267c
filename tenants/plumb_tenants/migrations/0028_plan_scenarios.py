"""A goal is split once by plans that no scenario replaced: a promoted scenario stands in the place of the plan before it."""

from tortoise import migrations
from tortoise.migrations import operations as ops

SCENARIOS = [
    "DROP INDEX plan_splits_goal_once",
    "CREATE UNIQUE INDEX plan_splits_goal_once ON plan (tenant_id, parent_goal_id) "
    "WHERE published_at IS NOT NULL AND branch_of IS NULL",
    "CREATE UNIQUE INDEX plan_replaced_once ON plan (tenant_id, branch_of) WHERE state = 'PUBLISHED' AND branch_of IS NOT NULL",
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0027_snapshot_inputs")]

    operations = [ops.RunSQL(SCENARIOS)]
