"""GraphQL types of definitions, their versions and what lint and diff say of them."""

from typing import TYPE_CHECKING, Annotated, Any, Union

import strawberry
from strawberry.scalars import JSON

import plumb_schema.files.states  # noqa: F401 - versions show it
from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_schema.definitions.bodies import BodyTypes, shown, written
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import Node
from plumb_schema.ground.permission import field, tenant_type
from plumb_schema.reads.classes import of
from plumb_tenants.definitions import service
from plumb_tenants.definitions.difference import Change, Difference
from plumb_tenants.definitions.kinds import Finding, Kind, Severity, registered_kinds
from plumb_tenants.definitions.resources import DEFINITION, DEFINITION_VERSION
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


@of(DEFINITION_VERSION)
class DefinitionVersion(Node):
    @field(description="内容 / The body, typed by its kind.")
    def body(self: Any) -> DefinitionBody:
        kind = self.uses("body.kind")
        return shown(service.stored_body(registered_kinds()[kind], self.uses("body.body")), OUTPUTS[kind])

    @field(description="检查 / What stands against publishing, errors first.")
    async def lint(self: Any, info: Info) -> list[LintFinding]:
        findings = await service.lint_version(info.context.caller, self.id)
        return [_finding_of(finding, info.context.locale) for finding in findings]


@of(DEFINITION)
class Definition(Node):
    pass


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
