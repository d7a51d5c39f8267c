"""People as a picker offers them: number, name and unit, to be named somewhere; nothing else of them is told."""

from dataclasses import dataclass

from plumb_platform.actor import Actor
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission
from plumb_tenants.access.scope import sql_scope
from plumb_tenants.people.resources import PERSON

MOST_PICKABLE = 20
LONGEST_SEARCH = 60
_FOUND = """
select p.number, p.name, u.name as unit_name from person p
join org_unit u on u.tenant_id = p.tenant_id and u.id = p.unit_id
where p.active and (strpos(lower(p.name), lower($1)) > 0 or starts_with(lower(p.number), lower($1))) and {scope}
order by p.name, p.number limit {most}
"""


class PersonSearchInvalid(InvalidInput):
    """Somebody is looked for by a part of their name or the beginning of their number."""

    code = "PERSON_SEARCH_INVALID"
    zh = "请输入姓名的一部分或工号的开头（1 到 {longest} 个字符）。"
    en = "Give a part of the name or the beginning of the employee number, 1 to {longest} characters."


@dataclass(frozen=True, slots=True)
class Pickable:
    """An active person as far as one must know them to name them."""

    number: str
    name: str
    unit_name: str


async def pickable_people(actor: Actor, *, search: str) -> list[Pickable]:
    """Return the first active people by name whom `person:pick` reaches and a search finds; raises PersonSearchInvalid."""
    words = search.strip()
    if not 0 < len(words) <= LONGEST_SEARCH or "\0" in words:
        raise PersonSearchInvalid(field="search", longest=LONGEST_SEARCH)
    scope, values = await sql_scope(actor, Permission.PERSON_PICK, PERSON, alias="p", first=2)
    return [Pickable(**row) for row in await fetch(_FOUND.format(scope=scope, most=MOST_PICKABLE), words, *values)]
