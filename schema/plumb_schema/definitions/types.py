"""GraphQL types of definitions, their versions and what lint and diff say of them."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Union
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_schema.definitions.bodies import BodyTypes, shown, written
from plumb_schema.ground.context import Context, Info
from plumb_schema.ground.ids import Node, readable_node
from plumb_schema.ground.permission import field, tenant_type
from plumb_tenants.definitions import service
from plumb_tenants.definitions.access import access_version
from plumb_tenants.definitions.difference import Change, Difference
from plumb_tenants.definitions.kinds import Finding, Kind, Severity, registered_kinds
from plumb_tenants.definitions.rules import State

_READ = Permission.DEFINITION_READ
_TYPES = BodyTypes()
OUTPUTS = {kind.name: _TYPES.output(kind.body, f"{kind.zh} / {kind.en}") for kind in registered_kinds().values()}

if TYPE_CHECKING:
    DefinitionBody = object

    class DefinitionBodyInput:
        """One member per kind; exactly one is given."""
else:
    DefinitionBody = Annotated[Union[tuple(OUTPUTS.values())], strawberry.union("DefinitionBody")]  # noqa: UP007 - members known at run time
    DefinitionBodyInput = strawberry.input(
        type(
            "DefinitionBodyInput",
            (),
            {
                "__annotations__": {
                    kind.name: _TYPES.input(kind.body, f"{kind.zh} / {kind.en}") | None for kind in registered_kinds().values()
                },
                **dict.fromkeys(registered_kinds(), strawberry.UNSET),
            },
        ),
        one_of=True,
        description="配置内容 / The body of a definition, in the member of its kind.",
    )

strawberry.enum(State, name="DefinitionState", description="状态 / Where a version stands.")
strawberry.enum(Severity, name="LintSeverity", description="级别 / An ERROR keeps a version from being published.")
strawberry.enum(Change, name="DiffChange", description="变化 / What happened to a value.")


@tenant_type(needs=_READ, description="检查结果 / What lint has to say about a place in the body.")
class LintFinding:
    severity: Severity
    code: str
    path: str
    message: str


@tenant_type(needs=_READ, description="差异 / One change between two bodies; MOVED gives the keys in both orders.")
class DiffEntry:
    change: Change
    path: str
    old: JSON | None
    new: JSON | None


@tenant_type(needs=_READ, description="配置类型 / A kind of definition and the JSON Schema of its body.")
class DefinitionKind:
    name: str
    label: str
    json_schema: JSON


@tenant_type(needs=_READ, description="配置版本 / One version of a definition; never changes once published.")
class DefinitionVersion(Node):
    number: int
    state: State
    checksum: str
    effective_from: date | None
    note: str
    created_at: datetime
    published_at: datetime | None
    archived_at: datetime | None
    version: int
    row: strawberry.Private[service.DefinitionVersion]

    @field(description="所属配置 / The definition that this is a version of.")
    async def definition(self, info: Info) -> "Definition":
        return definition_of(await info.context.load("definitions", self.row.definition_id))

    @field(description="内容 / The body, typed by its kind.")
    async def body(self, info: Info) -> DefinitionBody:
        definition = await info.context.load("definitions", self.row.definition_id)
        model = registered_kinds()[definition.kind].body.model_validate(self.row.body)
        return shown(model, OUTPUTS[definition.kind])

    @field(description="检查 / What stands against publishing, errors first.")
    async def lint(self, info: Info) -> list[LintFinding]:
        findings = await service.lint_version(info.context.caller, self.uuid)
        return [_finding_of(finding, info.context.locale) for finding in findings]


@tenant_type(needs=_READ, description="配置 / A configured thing of one kind, with its versions.")
class Definition(Node):
    kind: str
    key: str
    name: str
    created_at: datetime

    @field(description="全部版本 / All versions, newest first.")
    async def versions(self, info: Info) -> list[DefinitionVersion]:
        return [version_of(row) for row in await info.context.load("definition_versions", self.uuid) or []]

    @field(description="现行版本 / The newest published version that is effective today.")
    async def current(self, info: Info) -> DefinitionVersion | None:
        today = await service.company_today(info.context.caller)
        rows = await info.context.load("definition_versions", self.uuid) or []
        return next((version_of(row) for row in rows if service.is_effective(row, today)), None)


@readable_node("Definition")
async def _definition_node(context: Context, definition_id: Any) -> Definition | None:
    row = await context.load("definitions", definition_id)
    return definition_of(row) if row else None


@readable_node("DefinitionVersion")
async def _version_node(context: Context, version_id: UUID) -> DefinitionVersion:
    return version_of(await access_version(context.caller, version_id, _READ))


def definition_of(row: service.Definition) -> Definition:
    """Return the GraphQL object of a definition."""
    return Definition(uuid=row.id, kind=row.kind, key=row.key, name=row.name, created_at=row.created_at)


def version_of(row: service.DefinitionVersion) -> DefinitionVersion:
    """Return the GraphQL object of a version."""
    return DefinitionVersion(
        uuid=row.id,
        number=row.number,
        state=State(row.state),
        checksum=row.checksum,
        effective_from=row.effective_from,
        note=row.note,
        created_at=row.created_at,
        published_at=row.published_at,
        archived_at=row.archived_at,
        version=row.version,
        row=row,
    )


def difference_of(difference: Difference) -> DiffEntry:
    """Return the GraphQL object of a difference."""
    return DiffEntry(change=difference.change, path=difference.path, old=difference.old, new=difference.new)


def kind_shown(kind: Kind, locale: Locale) -> DefinitionKind:
    """Return the GraphQL object of a kind, its label in the caller's language."""
    schema: Any = kind.json_schema()
    return DefinitionKind(name=kind.name, label=kind.zh if locale == "zh-CN" else kind.en, json_schema=schema)


def body_given(given: DefinitionBodyInput) -> tuple[str, dict[str, Any]]:
    """Return the kind and the plain JSON of a body that came in; GraphQL has made sure that one member is there."""
    ((kind, body),) = written(given).items()
    return kind, body


def _finding_of(finding: Finding, locale: Locale) -> LintFinding:
    message = finding.error.text(locale)
    return LintFinding(severity=finding.severity, code=finding.code, path=finding.path, message=message)
