"""The body of a permission matrix: roles, and for each what it grants over which rows and fields."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from plumb_platform.permissions import Pair, Scope
from plumb_platform.permissions.rules import Rule
from plumb_tenants.definitions.kinds import Body, Logic
from plumb_tenants.definitions.spelling import Key

KIND = "matrix"
MOST_ROLES, MOST_GRANTS, MOST_FIELDS = 40, 300, 200


class Reach(StrEnum):
    """Which rows a grant reaches; a wider scope includes the narrower ones."""

    NONE = "NONE"
    OWN = "OWN"
    UNIT = "UNIT"
    SUBTREE = "SUBTREE"
    COMPANY = "COMPANY"


class Effect(StrEnum):
    """Whether a grant allows or denies; a denial wins over all that allows."""

    ALLOW = "ALLOW"
    DENY = "DENY"


class MatrixRoleGrant(Body):
    """授权 / One line of a role; `filter` is a formula over the resource's fields, `fields` null means all of them."""

    resource: Annotated[str, Field(min_length=1, max_length=30)]
    action: Annotated[str, Field(min_length=1, max_length=30)]
    scope: Reach
    filter: Annotated[str, Field(max_length=2000), Logic()] = ""
    fields: Annotated[tuple[str, ...], Field(max_length=MOST_FIELDS)] | None = None
    effect: Effect = Effect.ALLOW

    @property
    def pair(self) -> Pair:
        """Return what the grant says of rows and fields."""
        fields = None if self.fields is None else frozenset(self.fields)
        return Pair(Scope[self.scope.value], self.filter.strip(), fields, denies=self.effect is Effect.DENY)


class MatrixRole(Body):
    """角色 / A role of the company's own, known by its key."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=60)]
    grants: Annotated[tuple[MatrixRoleGrant, ...], Field(max_length=MOST_GRANTS)]


class Matrix(Body):
    """权限矩阵 / Who may do what: several grants of a role unite, a denial wins (C56, A46)."""

    roles: Annotated[tuple[MatrixRole, ...], Field(min_length=1, max_length=MOST_ROLES)]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the lines of the matrix, in their order."""
        return tuple(Rule(role.key, each.resource, each.action, each.pair) for role in self.roles for each in role.grants)
