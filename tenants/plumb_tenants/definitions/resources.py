"""What stands behind definitions and their versions, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Many, One, Resource, day, enumerated, instant, integer, register, text
from plumb_tenants.definitions.rules import State

_EFFECTIVE_TODAY = """(select v.id from definition_version v
  where v.tenant_id = {row}.tenant_id and v.definition_id = {row}.id and v.state = 'PUBLISHED' and v.effective_from <= (
    select ({now} at time zone c.time_zone)::date from company c where c.tenant_id = {row}.tenant_id)
  order by v.number desc limit 1)"""

DEFINITION = register(
    Resource(
        type_name="Definition",
        doc="配置 / A configured thing of one kind, with its versions.",
        table="definition",
        read=Permission.DEFINITION_READ,
        reads=("definition", "definition_version", "company"),
        order=("kind", "key"),
        columns=(text("kind", core=True), text("key", core=True), text("name", core=True), instant("created_at", core=True)),
        relations=(
            Many(
                name="versions",
                target="DefinitionVersion",
                on="{there}.definition_id = {row}.id",
                paged=False,
                doc="全部版本 / All versions, newest first.",
            ),
            One(
                name="current",
                target="DefinitionVersion",
                by=_EFFECTIVE_TODAY,
                doc="现行版本 / The newest published version that is effective today.",
            ),
        ),
    )
)

DEFINITION_VERSION = register(
    Resource(
        type_name="DefinitionVersion",
        doc="配置版本 / One version of a definition; never changes once published.",
        table="definition_version",
        read=Permission.DEFINITION_READ,
        reads=("definition_version",),
        order=("-number",),
        columns=(
            integer("number", core=True),
            enumerated("state", State, core=True),
            text("checksum", core=True),
            day("effective_from"),
            text("note"),
            instant("created_at"),
            instant("published_at"),
            instant("archived_at"),
            integer("version", core=True),
        ),
        relations=(
            One(
                name="definition",
                target="Definition",
                by="{row}.definition_id",
                doc="所属配置 / The definition that this is a version of.",
            ),
        ),
    )
)
