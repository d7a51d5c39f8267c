"""Trees of goals: a goal with all that it is a part of, and the lock under which one transaction at a time counts a tree."""

from collections.abc import Mapping, Sequence
from typing import Any

from plumb_platform.database import lock_in_sql

ABOVE = """
with recursive above as (
  select g.id, g.parent_id, 0 as height from goal g where g.id = any($1::uuid[])
  union
  select g.id, g.parent_id, a.height + 1 from above a join goal g on g.id = a.parent_id where a.height < 64
)
"""
LOCKED = lock_in_sql("'goal.tree:' || r.id")
"""Locks the tree of a root `r`."""
# The order of the locks is that of the ids, so nobody waits in a ring.
LOCK = f"{ABOVE} select {LOCKED} from (select distinct id from above where parent_id is null order by id) r"
_NAMES = (
    *("id", "parent_id", "aim", "roll_up", "unit_of_measure", "state", "rules_version_id", "metric_key", "subject_id"),
    *("starts_on", "ends_on", "target", "baseline", "weight", "own_excluded", "height"),
    *("value", "value_as_of", "value_confidence", "value_created_at"),
    *("source", "actual", "attainment", "met", "undefined", "excluded", "reported", "confidence", "as_of", "rates"),
)
"""The columns of `sec.goals_touched`."""
TOUCHED = "(select array_agg(t) from sec.goals_touched({ids}) t)"
"""Goals with all that they are parts of and the other parts of these, as one value, the deepest last.

In a statement that takes locks it is asked behind them, and sees what was committed while that waited for them.
"""


def touched_rows(told: Sequence[tuple[Any, ...]] | None) -> list[Mapping[str, Any]]:
    """Return the rows of what TOUCHED told."""
    return [dict(zip(_NAMES, each, strict=True)) for each in told or ()]
