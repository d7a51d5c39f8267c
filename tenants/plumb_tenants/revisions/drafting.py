"""The revision form: opened with the old values, three items that nobody may leave out, submitted to both lines (C70, C75)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import fetch, fetch_value, take_lock
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.permissions import Permission, require
from plumb_platform.telling import Sentence
from plumb_tenants.approvals.service import Request, delegates_of, hold_approval, resubmit_approval, start_approval
from plumb_tenants.goals.service import GoalAct, GoalRow, GoalState, check_amount, get_goal, is_text, next_state
from plumb_tenants.metrics.service import get_scored_metric
from plumb_tenants.revisions.definition import FLOW_KEY, SHIPPED_FLOW
from plumb_tenants.revisions.models import Revision
from plumb_tenants.revisions.states import RevisionState

LONGEST_TEXT = 2000
HUNDRED = Decimal(100)
EDITABLE = frozenset({RevisionState.DRAFT, RevisionState.RETURNED})
_OPEN = "select id from revision where goal_id = $1 and state in ('DRAFT', 'SUBMITTED', 'RETURNED') limit 1"
_OWNERS_GOALS = """
select g.id, v.weight from goal g
join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id and v.number = g.current_number
where g.owner_id = $1 and g.cycle_id = $2 and g.state <> 'WITHDRAWN' and g.id <> $3 order by g.id
"""


class RevisionNotYours(Refused, tells={"title": "Goal.title"}):
    """A revision is asked for by the goal's owner or by who acts for them."""

    code = "REVISION_NOT_YOURS"
    zh = "只有目标“{title}”的责任人或其代理人可以申请修订。"
    en = "Only the owner of the goal {title}, or who acts for them, can ask to revise it."


class RevisionOpen(Refused, tells={"title": "Goal.title"}):
    """A goal has one revision on its way at a time."""

    code = "REVISION_OPEN"
    zh = "目标“{title}”已有进行中的修订申请。"
    en = "A revision of the goal {title} is on its way already."


class RevisionItemMissing(InvalidInput):
    """Why the old goal no longer holds, the new target and the resources it needs: all three, and none of them blank."""

    code = "REVISION_ITEM_MISSING"
    zh = "“{item_zh}”为必填项（1 到 {longest} 个字符）。"
    en = "{item_en} is mandatory, in 1 to {longest} characters."


class RevisionOfNothing(Refused, tells={"title": "Goal.title", "state": "Goal.state"}):
    """A draft is edited and a goal that was taken back is over: neither has numbers to revise or to negotiate."""

    code = "REVISION_GOAL_NOT_OPEN"
    zh = "目标“{title}”当前状态为“{state}”，不能修订或协商。"
    en = "The goal {title} is {state}; it can neither be revised nor negotiated."


class RevisionUnchanged(InvalidInput):
    """A revision changes something."""

    code = "REVISION_UNCHANGED"
    zh = "新的目标值、指标与权重均与原目标相同。"
    en = "The new target, metric and weight are those that stand."


class RevisionWeightsNot100(InvalidInput, tells={"total": "Goal.weight"}):
    """Once weights change, those of the owner's goals in the cycle total 100.00 (C75, D8)."""

    code = "REVISION_WEIGHTS_NOT_100"
    zh = "责任人本周期目标权重合计为 {total}%，须为 100.00%。"
    en = "The weights of the owner's goals in the cycle total {total}%; they must total 100.00%."


class RevisionSettled(Refused):
    """A revision is changed while it is a draft or came back."""

    code = "REVISION_SETTLED"
    zh = "修订申请当前状态为“{state}”，不能修改或提交。"
    en = "The revision is {state}; it cannot be changed or submitted."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a revision asks for; None keeps what the goal has. `weights` are those of the owner's other goals that change."""

    cause: str
    target: Decimal
    resources: str
    weight: Decimal | None = None
    metric: str | None = None
    metric_key: str | None = None
    unit_of_measure: str | None = None
    weights: Mapping[UUID, Decimal] = field(default_factory=dict)
    tilt_before: str = ""
    tilt_after: str = ""


async def open_revision(actor: Actor, *, goal_id: UUID, ticket_id: UUID | None = None, target: Decimal | None = None) -> UUID:
    """Open a draft with the values that stand, as the goal's owner or who acts for them today; return its id."""
    await require(actor, Permission.REVISION_WRITE)
    goal = await get_goal(actor, goal_id)
    await _refuse_others(actor, goal)
    return await draft_revision(actor, goal, ticket_id=ticket_id, target=target)


async def keep_revisable(goal: GoalRow) -> None:
    """Refuse a goal that has no numbers to revise; no other goal becomes such a one until the commit."""
    state = GoalState(await fetch_value("select state from goal where id = $1 for share", goal.id))
    if next_state(state, GoalAct.REVISE) is None:
        raise RevisionOfNothing(field="goalId", row=goal.id, title=goal.title, state=state)


async def draft_revision(actor: Actor, goal: GoalRow, *, ticket_id: UUID | None = None, target: Decimal | None = None) -> UUID:
    """Write the draft of a revision for a goal; the caller has checked who asks."""
    await take_lock("revision", goal.id)
    if await fetch_value(_OPEN, goal.id):
        raise RevisionOpen(field="goalId", row=goal.id, title=goal.title)
    await keep_revisable(goal)
    opener = goal.owner_id or actor.person_id
    if opener is None:
        raise RevisionNotYours(field="goalId", row=goal.id, title=goal.title)
    row = await Revision.create(
        goal_id=goal.id,
        unit_id=goal.unit_id,
        owner_id=goal.owner_id,
        opened_by=opener,
        ticket_id=ticket_id,
        state=RevisionState.DRAFT.value,
        old=_standing(goal),
        target=goal.target if target is None else target,
        weight=goal.weight,
        metric=goal.metric,
        metric_key=goal.metric_key,
        unit_of_measure=goal.unit_of_measure,
        weights={},
    )
    await record(actor, "revision.open", "revision", row.id, after={"goal": str(goal.id), "old": row.old})
    return row.id


async def submit_revision(actor: Actor, *, revision_id: UUID, version: int, wanted: Wanted) -> UUID:
    """Fill in the form and send it to both lines, or send it anew where it came back; return its id."""
    row = await _own(actor, revision_id)
    if RevisionState(row.state) not in EDITABLE:
        raise RevisionSettled(field="revisionId", state=RevisionState(row.state))
    if row.version != version:
        raise Conflict(current_version=row.version)
    goal = await get_goal(actor, row.goal_id)
    await _check(goal, wanted)
    if wanted.metric_key is not None:
        await get_scored_metric(actor, wanted.metric_key, field="metricKey")
    again = row.approval_id
    _fill(row, goal, wanted)
    row.number += 1 if again else 0
    row.version += 1
    row.state, row.submitted_at = RevisionState.SUBMITTED.value, row.submitted_at or now()
    await row.save()
    if again is not None:
        await resubmit_approval(actor, approval_id=again, object_version=row.number, fields=_fields(row))
    else:
        await _send(actor, row, goal)
    after = {"target": str(row.target), "metric": row.metric, "weight": str(row.weight), "cause": row.cause}
    await record(actor, "revision.submit", "revision", row.id, before=row.old, after=after)
    return row.id


async def _send(actor: Actor, row: Revision, goal: GoalRow) -> None:
    request = Request(
        object_type="Revision",
        object_id=row.id,
        object_version=row.number,
        applicant_id=row.opened_by,
        name=Sentence(
            zh="目标“{title}”修订申请",
            en="The revision of the goal {title}",
            tells={"title": "Goal.title"},
            row=row.goal_id,
            title=goal.title,
        ),
        fields=_fields(row),
    )
    approval_id = await start_approval(actor, flow_key=FLOW_KEY, request=request, shipped=SHIPPED_FLOW)
    await Revision.filter(id=row.id).update(approval_id=approval_id)


async def _own(actor: Actor, revision_id: UUID) -> Revision:
    await require(actor, Permission.REVISION_WRITE)
    found = Revision.filter(id=revision_id)
    # What is sent anew is locked behind its approval, as the acts on that do.
    await hold_approval((await found.first() or Revision()).approval_id)
    row = await found.select_for_update(no_key=True).first()
    if row is None or not await _acts_for(actor, row.opened_by):
        raise NotFound(field="revisionId")
    return row


async def _refuse_others(actor: Actor, goal: GoalRow) -> None:
    """A goal of a unit has no owner: who may revise it may ask."""
    if goal.owner_id is None:
        await require(actor, Permission.GOAL_REVISE)
    elif not await _acts_for(actor, goal.owner_id):
        raise RevisionNotYours(field="goalId", row=goal.id, title=goal.title)


async def _acts_for(actor: Actor, person_id: UUID) -> bool:
    if actor.person_id is None or actor.person_id == person_id:
        return actor.person_id is not None
    return (await delegates_of(actor, [person_id])).get(person_id) == actor.person_id


async def _check(goal: GoalRow, wanted: Wanted) -> None:
    items = (
        ("cause", "原目标失效原因", "Why the old goal no longer holds", wanted.cause),
        ("resources", "支撑资源需求", "The resources that it needs", wanted.resources),
    )
    for name, item_zh, item_en, text in items:
        if not is_text(text, longest=LONGEST_TEXT):
            raise RevisionItemMissing(field=name, item_zh=item_zh, item_en=item_en, longest=LONGEST_TEXT)
    for name, given, longest in (
        ("metric", wanted.metric, 80),
        ("unitOfMeasure", wanted.unit_of_measure, 12),
        ("tiltBefore", wanted.tilt_before or None, LONGEST_TEXT),
        ("tiltAfter", wanted.tilt_after or None, LONGEST_TEXT),
    ):
        if given is not None and not is_text(given, longest=longest):
            raise RevisionItemMissing(field=name, item_zh=name, item_en=name, longest=longest)
    check_amount(wanted.target, field="target")
    await _check_weights(goal, wanted)
    same = wanted.target == goal.target and wanted.metric in (None, goal.metric)
    if same and wanted.weight in (None, goal.weight) and not wanted.weights:
        raise RevisionUnchanged(field="target")


async def _check_weights(goal: GoalRow, wanted: Wanted) -> None:
    """Refuse weights that do not total 100.00 once any of them changes, and goals that are not the owner's in the cycle."""
    others = {row["id"]: row["weight"] for row in await fetch(_OWNERS_GOALS, goal.owner_id, goal.cycle_id, goal.id)}
    for place, (goal_id, weight) in enumerate(wanted.weights.items()):
        if goal_id not in others:
            raise NotFound(field=f"weights[{place}].goalId")
        check_amount(weight, field=f"weights[{place}].weight")
    if wanted.weight in (None, goal.weight) and not wanted.weights:
        return
    check_amount(wanted.weight or goal.weight, field="weight")
    weights = [goal.weight if wanted.weight is None else wanted.weight, *(others | dict(wanted.weights)).values()]
    total = sum(weights, Decimal(0))
    if total != HUNDRED or min(weights) < 0:
        raise RevisionWeightsNot100(field="weight", row=[goal.id, *others], total=f"{total:.2f}")


def _fill(row: Revision, goal: GoalRow, wanted: Wanted) -> None:
    swapped = wanted.metric is not None and wanted.metric != goal.metric
    row.cause, row.resources, row.target = wanted.cause.strip(), wanted.resources.strip(), wanted.target
    row.weight = goal.weight if wanted.weight is None else wanted.weight
    row.metric = (wanted.metric or goal.metric).strip()
    row.metric_key = wanted.metric_key if swapped else goal.metric_key
    row.unit_of_measure = wanted.unit_of_measure or goal.unit_of_measure
    row.weights = {str(goal_id): str(weight) for goal_id, weight in wanted.weights.items()}
    row.tilt_before, row.tilt_after = wanted.tilt_before.strip(), wanted.tilt_after.strip()


def _fields(row: Revision) -> dict[str, object]:
    """Return what a company's flow may decide by."""
    old = Decimal(str(row.old["target"]))
    return {
        "原目标值": old,
        "新目标值": row.target,
        "指标": row.metric,
        "权重": row.weight,
        "指标已更换": row.metric != row.old["metric"],
    }


def _standing(goal: GoalRow) -> dict[str, Any]:
    return {
        "version_id": str(goal.version_id),
        "number": goal.number,
        "target": str(goal.target),
        "weight": str(goal.weight),
        "metric": goal.metric,
        "metric_key": goal.metric_key,
        "unit_of_measure": goal.unit_of_measure,
    }
