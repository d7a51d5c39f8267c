"""Queries of the organisation as it stood on a day: units and who belonged to them (A3)."""

from datetime import date

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.connections import LARGEST_PAGE, check_window
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id, encode_id
from plumb_schema.ground.permission import field, tenant_type
from plumb_tenants.people import service


@tenant_type(needs=Permission.UNIT_READ, description="某日的部门 / A unit with its name and its place in the tree on a day.")
class UnitAsOf:
    unit_id: strawberry.ID
    code: str
    name: str
    parent_id: strawberry.ID | None


@tenant_type(needs=Permission.PERSON_READ, description="某日的员工 / A person with their place on a day.")
class PersonAsOf:
    person_id: strawberry.ID
    number: str
    name: str
    unit_id: strawberry.ID
    manager_id: strawberry.ID | None
    grade: str
    position: str
    since: date = strawberry.field(description="生效日 / The day from which the person had that place.")


@strawberry.type
class PeopleAsOfQuery:
    @field(needs=Permission.UNIT_READ, description="某日的组织架构 / The units as they stood on a day that has come, by code.")
    async def units_as_of(self, info: Info, as_of: date) -> list[UnitAsOf]:
        return [
            UnitAsOf(
                unit_id=encode_id("OrgUnit", each.id),
                code=each.code,
                name=each.name,
                parent_id=encode_id("OrgUnit", each.parent_id) if each.parent_id else None,
            )
            for each in await service.units_as_of(info.context.caller, as_of=as_of)
        ]

    @field(
        needs=Permission.PERSON_READ,
        description="某日的员工名单 / Who belonged to a unit or below it on a day, by number, behind the first `skip`.",
    )
    async def people_as_of(
        self, info: Info, as_of: date, unit_id: strawberry.ID, skip: int = 0, first: int = LARGEST_PAGE
    ) -> list[PersonAsOf]:
        check_window(first, skip)
        found = await service.people_as_of(
            info.context.caller,
            as_of=as_of,
            unit_id=decode_id(unit_id, "OrgUnit", field="unitId"),
            skip=skip,
            limit=first,
        )
        return [
            PersonAsOf(
                person_id=encode_id("Person", each.id),
                number=each.number,
                name=each.name,
                unit_id=encode_id("OrgUnit", each.unit_id),
                manager_id=encode_id("Person", each.manager_id) if each.manager_id else None,
                grade=each.grade,
                position=each.position,
                since=each.starts_on,
            )
            for each in found
        ]
