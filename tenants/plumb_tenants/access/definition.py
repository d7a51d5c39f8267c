"""The kind `matrix`: what lint has to say about one, and what happens when it is published or archived."""

from collections import Counter
from collections.abc import Iterator

from plumb_platform.errors import InvalidInput
from plumb_platform.permissions import Permission
from plumb_tenants.access.body import KIND, Matrix, MatrixRole, MatrixRoleGrant
from plumb_tenants.access.doubles import told_elsewhere
from plumb_tenants.access.filters import filter_sql
from plumb_tenants.access.publishing import refuse_unfit, write_rules
from plumb_tenants.access.words import BY_ROW, actions_by_resource, fields_of, resources_of, scopes_of
from plumb_tenants.definitions.kinds import Finding, Kind, Severity, register
from plumb_tenants.formulas.service import FormulaError

RESERVED = ("system",)


class MatrixRoleTwice(InvalidInput):
    """A role has one set of grants."""

    code = "MATRIX_ROLE_TWICE"
    zh = "角色“{key}”重复出现。"
    en = "The role {key} stands there twice."


class MatrixRoleReserved(InvalidInput):
    """The product's own work is done under a name that no company gives away."""

    code = "MATRIX_ROLE_RESERVED"
    zh = "角色代号“{key}”为系统保留。"
    en = "The role key {key} belongs to the system."


class MatrixResourceUnknown(InvalidInput):
    """A grant names a resource of the product."""

    code = "MATRIX_RESOURCE_UNKNOWN"
    zh = "未知资源“{resource}”，可用：{known}。"
    en = "The resource {resource} is unknown; the resources are {known}."


class MatrixActionUnknown(InvalidInput):
    """A grant names an action of its resource."""

    code = "MATRIX_ACTION_UNKNOWN"
    zh = "资源“{resource}”没有操作“{action}”，可用：{known}。"
    en = "The resource {resource} has no action {action}; it has {known}."


class MatrixFieldUnknown(InvalidInput):
    """A grant names fields that are read by its permission and that can be hidden."""

    code = "MATRIX_FIELD_UNKNOWN"
    zh = "权限 {permission} 没有可授权的字段“{name}”，可用：{known}。"
    en = "The permission {permission} shows no field {name} that can be granted; it has {known}."


class MatrixFieldsNeedRead(InvalidInput):
    """Fields are shown by reading; an act that shows nothing is done to a whole object."""

    code = "MATRIX_FIELDS_NEED_READ"
    zh = "只有用于读取对象的权限可以限定字段，“{permission}”不可以。"
    en = "Only a permission by which objects are read can be limited to fields, {permission} cannot."


class MatrixScopeImpossible(InvalidInput):
    """A row scope starts from the people or the unit of what the act is asked of."""

    code = "MATRIX_SCOPE_IMPOSSIBLE"
    zh = "权限 {permission} 不能使用范围 {scope}，可用：{known}。"
    en = "The permission {permission} cannot have the scope {scope}; it has {known}."


class MatrixFilterImpossible(InvalidInput):
    """A filter asks about fields of the rows that the act is asked of."""

    code = "MATRIX_FILTER_IMPOSSIBLE"
    zh = "权限 {permission} 不能按字段筛选。"
    en = "The permission {permission} cannot be limited by a filter."


class MatrixTellsTwice(InvalidInput):
    """A field that a role does not see says what another one, which it sees, says as well."""

    code = "MATRIX_TELLS_TWICE"
    zh = "角色“{key}”看不到字段 {hidden}，却能从 {shown} 得知同一内容；如要隐藏，请两者都隐藏。"
    en = "The role {key} does not see {hidden}, and {shown} tells it the same: to hide it, hide both."


def lint(body: Matrix) -> list[Finding]:
    """Return what stands against publishing: words that do not exist, roles twice, filters that the database cannot decide.

    That something is hidden under one name and shown under another does not; it is a warning.
    """
    faults = [Finding(error) for place, role in enumerate(body.roles) for error in _role_faults(body, place, role)]
    return faults + [
        Finding(MatrixTellsTwice(field=f"roles[{place}]", key=role.key, hidden=hidden, shown=shown), Severity.WARNING)
        for place, role in enumerate(body.roles)
        for hidden, shown in told_elsewhere(role)
    ]


def _role_faults(body: Matrix, place: int, role: MatrixRole) -> Iterator[InvalidInput]:
    if role.key in RESERVED:
        yield MatrixRoleReserved(field=f"roles[{place}].key", key=role.key)
    if Counter(each.key for each in body.roles[: place + 1])[role.key] > 1:
        yield MatrixRoleTwice(field=f"roles[{place}].key", key=role.key)
    for number, grant in enumerate(role.grants):
        yield from _grant_faults(f"roles[{place}].grants[{number}]", grant)


def _grant_faults(path: str, grant: MatrixRoleGrant) -> Iterator[InvalidInput]:
    known = actions_by_resource()
    if grant.resource not in known:
        yield MatrixResourceUnknown(field=f"{path}.resource", resource=grant.resource, known=", ".join(sorted(known)))
        return
    actions = known[grant.resource]
    if grant.action not in actions:
        said = ", ".join(sorted(actions))
        yield MatrixActionUnknown(field=f"{path}.action", resource=grant.resource, action=grant.action, known=said)
        return
    permission = Permission(f"{grant.resource}:{grant.action}")
    yield from _field_faults(path, permission, grant)
    scopes = scopes_of(permission, denied=grant.pair.denies)
    if grant.pair.scope not in scopes:
        said = ", ".join(scope.name for scope in sorted(scopes))
        yield MatrixScopeImpossible(field=f"{path}.scope", permission=permission.value, scope=grant.scope.value, known=said)
    if grant.pair.filter:
        yield from _filter_faults(f"{path}.filter", permission, grant.pair.filter)


def _field_faults(path: str, permission: Permission, grant: MatrixRoleGrant) -> Iterator[InvalidInput]:
    if grant.fields is None:
        return
    known = fields_of(permission)
    if not known and permission.action != "read":
        yield MatrixFieldsNeedRead(field=f"{path}.fields", permission=permission.value)
        return
    for place, name in enumerate(grant.fields):
        if name not in known:
            said = ", ".join(sorted(known)) or "-"
            yield MatrixFieldUnknown(field=f"{path}.fields[{place}]", permission=permission.value, name=name[:80], known=said)


def _filter_faults(path: str, permission: Permission, text: str) -> Iterator[InvalidInput]:
    """Yield what the database would have against the filter, for each type of object that the resource stands for."""
    resources = resources_of(permission.resource) if permission in BY_ROW else ()
    if not resources:
        yield MatrixFilterImpossible(field=path, permission=permission.value)
    for resource in resources:
        aliases = {"row": "row"} | {join.alias: join.alias for join in resource.joins}
        try:
            filter_sql(text, resource, aliases, lambda _: "$1")
        except FormulaError as error:
            error.field = path
            yield error
            return


MATRIX = register(
    Kind(
        name=KIND,
        zh="权限矩阵",
        en="Permission matrix",
        body=Matrix,
        lint=lint,
        before_step=refuse_unfit,
        after_step=write_rules,
        pilots=False,
    )
)
