"""The peers' mutations: `moveGoal` changes one row, `reviseGoal` leaves behind what ours does (version, audit entry)."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import strawberry
from strawberry.types import Info

from benchmarks.reads import peer_models as rows

MONTHS = 12


class VersionPassed(Exception):
    """The caller has read an older version of the goal."""


@strawberry.type
class Moved:
    id: strawberry.ID
    state: str
    version: int


@strawberry.type
class Revised(Moved):
    target: Decimal


@strawberry.input
class MoveGoalInput:
    goal_id: strawberry.ID
    version: int
    state: str


@strawberry.input
class ReviseGoalInput:
    goal_id: strawberry.ID
    version: int
    target: Decimal
    reason: str


async def _locked(goal_id: str, version: int) -> rows.Goal:
    goal = await rows.Goal.select_for_update().get(id=UUID(goal_id))
    if goal.version != version:
        raise VersionPassed(goal.version)
    return goal


async def _record(tenant_id: UUID, goal: rows.Goal, before: dict[str, object], after: dict[str, object]) -> None:
    head = await rows.AuditHead.select_for_update().get(tenant_id=tenant_id)
    entry = rows.AuditEntry(
        id=uuid4(),
        tenant_id=tenant_id,
        number=head.number + 1,
        at=datetime.now(UTC),
        actor={"channel": "bench"},
        action="goal.revise",
        object_type="goal",
        object_id=goal.id,
        before=before,
        after=after,
        request_id="bench",
        previous_hash=head.hash,
    )
    content = json.dumps([entry.number, entry.at.isoformat(), entry.action, str(goal.id), before, after], sort_keys=True)
    entry.hash = hashlib.sha256(bytes.fromhex(head.hash) + content.encode()).hexdigest()
    await entry.save(force_create=True)
    await rows.AuditHead.filter(tenant_id=tenant_id).update(number=entry.number, hash=entry.hash)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def move_goal(self, input: MoveGoalInput) -> Moved:  # noqa: A002 - the schema's own word
        goal = await rows.Goal.get(id=UUID(input.goal_id))
        if goal.version != input.version:
            raise VersionPassed(goal.version)
        goal.state, goal.version = input.state, goal.version + 1
        await goal.save(update_fields=["state", "version"])
        return Moved(id=strawberry.ID(str(goal.id)), state=goal.state, version=goal.version)

    @strawberry.mutation
    async def revise_goal(self, info: Info, input: ReviseGoalInput) -> Revised:  # noqa: A002 - the schema's own word
        tenant_id = UUID(info.context["request"].headers["x-tenant"])
        goal = await _locked(input.goal_id, input.version)
        old = await rows.GoalVersion.get(goal_id=goal.id, number=goal.current_number)
        before = {"state": goal.state, "version": goal.version, "target": str(old.target)}
        goal.state, goal.version, goal.current_number = "PROPOSED", goal.version + 1, goal.current_number + 1
        await rows.GoalVersion.create(
            id=uuid4(),
            tenant_id=tenant_id,
            goal_id=goal.id,
            number=goal.current_number,
            target=input.target,
            weight=old.weight,
            months=[str(input.target / MONTHS)] * MONTHS,
            derivation={"kind": "revision", "of": str(old.id), "reason": input.reason},
        )
        await goal.save(update_fields=["state", "version", "current_number"])
        await _record(tenant_id, goal, before, {"state": goal.state, "version": goal.version, "target": str(input.target)})
        return Revised(id=strawberry.ID(str(goal.id)), state=goal.state, version=goal.version, target=input.target)
