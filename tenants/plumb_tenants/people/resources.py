"""What stands behind units and employees, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Many, One, Resource, boolean, day, integer, register, text, texts
from plumb_tenants.people.handover_resource import HANDOVER

__all__ = ["HANDOVER", "PERSON", "UNIT"]

UNIT = register(
    Resource(
        type_name="OrgUnit",
        doc="部门 / A unit of the organisation.",
        table="org_unit",
        read=Permission.UNIT_READ,
        reads=("org_unit", "org_unit_closure"),
        unit="{row}.id",
        closure="org_unit_closure",
        order=("code",),
        columns=(text("code", core=True), text("name", core=True), integer("version", core=True)),
        relations=(
            One(name="parent", target="OrgUnit", by="{row}.parent_id", doc="上级部门 / The unit above; null for a root."),
            Many(name="children", target="OrgUnit", on="{there}.parent_id = {row}.id", doc="下级部门 / The units right below."),
            Many(name="people", target="Person", on="{there}.unit_id = {row}.id", doc="员工 / Who belongs to it directly."),
        ),
    )
)

PERSON = register(
    Resource(
        type_name="Person",
        doc="员工 / An employee.",
        table="person",
        read=Permission.PERSON_READ,
        reads=("person",),
        own=("{row}.id",),
        unit="{row}.unit_id",
        order=("number",),
        columns=(
            text("number", core=True),
            text("name", core=True),
            text("email"),
            text("grade"),
            text("position"),
            day("hired_on"),
            texts("skills"),
            boolean("active"),
            integer("version", core=True),
        ),
        relations=(
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="所属部门 / The unit that the person belongs to."),
            One(
                name="manager",
                target="Person",
                by="{row}.manager_id",
                doc="直属上级 / The manager; null when there is none or the caller may not see them.",
            ),
            Many(name="reports", target="Person", on="{there}.manager_id = {row}.id", doc="直接下属 / Whom they manage."),
            Many(name="goals", target="Goal", on="{there}.owner_id = {row}.id", doc="目标 / The goals that they own."),
        ),
    )
)
