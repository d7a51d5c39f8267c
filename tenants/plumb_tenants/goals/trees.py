"""Trees of goals: a goal with all that it is a part of, and the lock under which one transaction at a time counts a tree."""

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
