"""Published plans and their nodes never change, a goal is split once, and goals find the node that they come from."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from plumb_platform.database.ddl import frozen

PLANS = [
    *frozen("plan", when="OLD.published_at IS NOT NULL"),
    *frozen("plan_node", when="OLD.goal_id IS NOT NULL"),
    "CREATE UNIQUE INDEX plan_splits_goal_once ON plan (tenant_id, parent_goal_id) WHERE published_at IS NOT NULL",
    "CREATE INDEX plan_node_goal ON plan_node (tenant_id, goal_id) WHERE goal_id IS NOT NULL",
]


class Migration(migrations.Migration):
    """Runs after the tenancy of the first tables; undone only by restoring a backup."""

    dependencies = [("plumb", "0003_published_definitions")]

    operations = [ops.RunSQL(PLANS)]
