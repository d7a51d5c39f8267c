"""Queries of units and people."""

from collections.abc import Sequence

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.connections import Connection, page
from plumb_schema.ground.context import Info
from plumb_schema.ground.cursors import Key
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.permission import field
from plumb_schema.people.types import OrgUnit, Person, person_of, unit_of
from plumb_tenants.people import service
from plumb_tenants.people.access import access_person, access_unit


@strawberry.type
class PeopleQuery:
    @field(needs=Permission.UNIT_READ, description="部门 / Units by code; `within` keeps to one unit's subtree.")
    async def units(
        self, info: Info, first: int | None = None, after: str | None = None, within: strawberry.ID | None = None
    ) -> Connection[OrgUnit]:
        actor = info.context.caller
        top = decode_id(within, "OrgUnit", field="within") if within is not None else None
        if top is not None:
            await access_unit(actor, top, Permission.UNIT_READ, field="within")

        async def read(behind: tuple[Key, ...] | None, limit: int) -> Sequence[service.Unit]:
            code = str(behind[0]) if behind else None
            return await service.list_units(actor, limit=limit, after_code=code, within=top)

        return await page(
            info.context,
            read,
            place=f"units:{top}",
            key=lambda row: (row.code,),
            node=unit_of,
            first=first,
            after=after,
        )

    @field(needs=Permission.UNIT_READ, description="单个部门 / One unit.")
    async def unit(self, info: Info, id: strawberry.ID) -> OrgUnit:
        return unit_of(await access_unit(info.context.caller, decode_id(id, "OrgUnit"), Permission.UNIT_READ))

    @field(
        needs=Permission.PERSON_READ,
        description="员工 / People by employee number; `within` keeps to a unit's subtree, `text` to a beginning of name "
        "or number.",
    )
    async def people(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        within: strawberry.ID | None = None,
        text: str = "",
    ) -> Connection[Person]:
        actor = info.context.caller
        top = decode_id(within, "OrgUnit", field="within") if within is not None else None
        if top is not None:
            await access_unit(actor, top, Permission.UNIT_READ, field="within")

        async def read(behind: tuple[Key, ...] | None, limit: int) -> Sequence[service.Person]:
            number = str(behind[0]) if behind else None
            return await service.list_people(actor, limit=limit, after_number=number, within=top, text=text)

        return await page(
            info.context,
            read,
            place=f"people:{top}:{text}",
            key=lambda row: (row.number,),
            node=person_of,
            first=first,
            after=after,
            count=lambda: service.count_people(actor, within=top, text=text),
        )

    @field(needs=Permission.PERSON_READ, description="单个员工 / One person.")
    async def person(self, info: Info, id: strawberry.ID) -> Person:
        return person_of(await access_person(info.context.caller, decode_id(id, "Person"), Permission.PERSON_READ))
