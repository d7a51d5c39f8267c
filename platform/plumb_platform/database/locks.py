"""One at a time: a company's locks by name, held until the transaction ends."""

from plumb_platform.database.statements import execute


def lock_in_sql(name: str, *, shared: bool = False) -> str:
    """Return the SQL that takes the company's lock of a name, itself an expression of SQL, within a larger statement.

    `lock_in_sql("'goal.tree:' || r.id")` takes what `take_lock("goal.tree", goal_id)` would.
    """
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    return f"{function}(hashtextextended({name} || ':' || sec.tenant()::text, 0))"


_ALONE = f"select {lock_in_sql('$1')}"
_SHARED = f"select {lock_in_sql('$1', shared=True)}"


async def take_lock(what: str, *of: object, shared: bool = False) -> None:
    """Wait until no other transaction of the company does `what` to the same thing, and keep them waiting until this one ends.

    `of` tells the thing from others of its kind; without it there is one lock for the whole company. Those that hold a lock
    `shared` wait for none but whoever holds it alone.
    """
    await execute(_SHARED if shared else _ALONE, ":".join((what, *(str(each) for each in of))))
