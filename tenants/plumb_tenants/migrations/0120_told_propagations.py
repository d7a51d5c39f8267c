"""Explanations of propagations from before say their figures, too, to those alone who see them of the goal itself (C56, C73)."""

from tortoise import migrations
from tortoise.migrations import operations as ops

# Whose figures they are is in the row; the texts without any are those of `propagation_rules` as this migration found them.
BACKFILL = [
    "ALTER TABLE propagation NO FORCE ROW LEVEL SECURITY",
    """UPDATE propagation SET explanation = explanation || jsonb_build_object(
         'rows', jsonb_build_array(jsonb_build_object(
           'type', 'Goal', 'id', goal_id, 'fields', jsonb_build_array('metric', 'target', 'unitOfMeasure'))),
         'others', CASE WHEN explanation ? 'share' THEN jsonb_build_object(
           'zh-CN', '上级目标由 （无权查看） 改为 （无权查看）；本目标原为 （无权查看），占 （无权查看）%，按原占比应为 （无权查看）。',
           'en', 'The goal above went from (hidden) to (hidden); this one was (hidden), (hidden)% of it, and keeps its share: (hidden).')
         ELSE jsonb_build_object(
           'zh-CN', '上级目标已修订；本目标原为 （无权查看），按原占比应为 （无权查看）。',
           'en', 'The goal above was revised; this one was (hidden) and keeps its share: (hidden).') END)
       WHERE explanation ? 'after' AND NOT explanation ? 'others' AND NOT explanation ? 'refusal'
         AND explanation ->> 'en' LIKE '%keeps its share: %'""",
    "ALTER TABLE propagation FORCE ROW LEVEL SECURITY",
]


class Migration(migrations.Migration):
    """Undone only by restoring a backup."""

    dependencies = [("plumb", "0111_goal_alerts")]

    operations = [ops.RunSQL(BACKFILL)]
