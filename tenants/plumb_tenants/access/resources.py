"""What stands behind roles that people get, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import One, Resource, day, instant, reference, register, text

ROLE_ASSIGNMENT = register(
    Resource(
        type_name="RoleAssignment",
        doc="角色分配 / A role that people have between two days: a person, a grade, a position, or all below a unit.",
        table="role_assignment",
        read=Permission.ROLE_READ,
        reads=("role_assignment", "person"),
        own=("{row}.person_id", "{row}.delegated_by"),
        unit="coalesce({row}.unit_id, (select p.unit_id from person p where p.id = {row}.person_id))",
        order=("-id",),
        columns=(
            text("role", core=True, doc="角色代号 / The key of the role in the company's matrix."),
            reference("person_id", "Person"),
            reference("unit_id", "OrgUnit"),
            text("grade"),
            text("position"),
            day("starts_on", core=True),
            day("ends_on", doc="最后一天；空为长期 / The last day; null for ever."),
            reference("delegated_by_id", "Person", "{row}.delegated_by"),
            instant("created_at", core=True),
            instant("revoked_at"),
        ),
        relations=(
            One(name="person", target="Person", by="{row}.person_id"),
            One(name="unit", target="OrgUnit", by="{row}.unit_id"),
            One(name="delegated_by", target="Person", by="{row}.delegated_by", doc="委托人 / Who delegated it (A17)."),
        ),
    )
)
