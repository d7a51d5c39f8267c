"""GraphQL types of goals made for many people at once."""

import strawberry

from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import encode_id
from plumb_schema.ground.permission import tenant_type
from plumb_tenants.goals import service


@tenant_type(needs=Permission.GOAL_WRITE, description="未生成 / Somebody, or a goal of the set, that nothing was made for.")
class GoalNotCreated:
    number: str | None
    key: str | None
    code: str
    message: str


@tenant_type(needs=Permission.GOAL_WRITE, description="批量结果 / What became of a set of goals.")
class GoalsCreated:
    people: int
    created: int
    already: int = strawberry.field(description="已存在 / Goals that were there from an earlier time and stay as they are.")
    goal_ids: list[strawberry.ID]
    failures: list[GoalNotCreated]


def created_of(found: service.BulkResult, locale: Locale) -> GoalsCreated:
    """Return the GraphQL object of a bulk result."""
    failures = [
        GoalNotCreated(number=each.number, key=each.key, code=each.error.code, message=each.error.text(locale))
        for each in found.failures
    ]
    ids = [encode_id("Goal", each) for each in found.made]
    return GoalsCreated(people=found.people, created=len(ids), already=found.already, goal_ids=ids, failures=failures)
