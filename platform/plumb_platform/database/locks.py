"""One at a time: a company's locks by name, held until the transaction ends."""

from plumb_platform.database.statements import execute

_ALONE = "select pg_advisory_xact_lock(hashtextextended($1 || ':' || sec.tenant()::text, 0))"
_SHARED = "select pg_advisory_xact_lock_shared(hashtextextended($1 || ':' || sec.tenant()::text, 0))"


async def take_lock(what: str, *of: object, shared: bool = False) -> None:
    """Wait until no other transaction of the company does `what` to the same thing, and keep them waiting until this one ends.

    `of` tells the thing from others of its kind; without it there is one lock for the whole company. Those that hold a lock
    `shared` wait for none but whoever holds it alone.
    """
    await execute(_SHARED if shared else _ALONE, ":".join((what, *(str(each) for each in of))))
