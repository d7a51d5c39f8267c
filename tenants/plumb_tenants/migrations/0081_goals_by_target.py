"""Goals in the order of their targets, which stand in another table: read from an index, and not sorted for each page."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Adds an index: half a million versions take about two seconds, in which no goal can be changed."""

    dependencies = [("plumb", "0078_operator_acts")]

    operations = [ops.RunSQL(["CREATE INDEX ON goal_version (tenant_id, target, goal_id)"])]
