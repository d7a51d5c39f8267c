"""The only way to a letter: its parties reach their own, others as far as their permission reaches over units."""

from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.database import fetch_value
from plumb_platform.errors import NotFound
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.resources import LETTER


async def letter_scope(actor: Actor, permission: Permission, *, first: int = 1) -> tuple[str, list[Any]]:
    """Return an SQL condition over `letter l` and its values, placeholders counted from `first`."""
    return await sql_scope(actor, permission, LETTER, alias="l", first=first)


async def access_letter(
    actor: Actor, letter_id: UUID, permission: Permission, *, lock: bool = False, field: str = "letterId"
) -> Letter:
    """Return a letter that the permission reaches; `lock` keeps others from changing it until the commit.

    An unknown, a foreign and an unreachable id raise the same NotFound.
    """
    condition, values = await letter_scope(actor, permission, first=2)
    if not await fetch_value(f"select true from letter l where l.id = $1 and {condition}", letter_id, *values):
        raise NotFound(field=field)
    letters = Letter.filter(id=letter_id)
    return await (letters.select_for_update(no_key=True) if lock else letters).get()
