"""Queries of units and people."""

import strawberry

from plumb_schema.people.types import OrgUnit, Person
from plumb_schema.reads.classes import connection, single


@strawberry.type
class PeopleQuery:
    units = connection(OrgUnit, description="部门 / Units by code.")
    unit = single(OrgUnit, description="单个部门 / One unit.")
    people = connection(Person, description="员工 / People by employee number.")
    person = single(Person, description="单个员工 / One person.")
