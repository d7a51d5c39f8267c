"""What stands behind an entry of the audit chain, as people see it."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Resource, instant, integer, json, reference, register, text

_OBJECT = "(replace(initcap(replace({row}.object_type, '_', ' ')), ' ', '') || '_' || {row}.object_id)"

AUDIT_ENTRY = register(
    Resource(
        type_name="AuditEntry",
        doc="审计记录 / One change: who, what, before and after.",
        table="audit_entry",
        read=Permission.AUDIT_READ,
        reads=("audit_entry",),
        order=("-number",),
        columns=(
            integer("number", core=True),
            instant("at", core=True),
            text("action", core=True),
            text("object_type", core=True),
            reference("object_id", "", _OBJECT),
            json("actor"),
            json("before"),
            json("after"),
            text("request_id", core=True),
            text("hash", core=True),
        ),
    )
)
