"""Starting an approval for a domain's thing, submitting it anew, and seeing beforehand who would be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import now
from plumb_platform.errors import Refused
from plumb_platform.ids import uuid7
from plumb_platform.permissions import Permission
from plumb_platform.telling import Sentence
from plumb_tenants.access.service import told_to_all
from plumb_tenants.approvals.body import END, Flow
from plumb_tenants.approvals.conditions import checked_fields, holds, stored_fields, successor
from plumb_tenants.approvals.definition import KIND
from plumb_tenants.approvals.machine import Act, Run
from plumb_tenants.approvals.models import Approval
from plumb_tenants.approvals.motion import finish, locked_motion, motion_of, pauses_of
from plumb_tenants.approvals.resolving import Applicant, resolver
from plumb_tenants.approvals.states import ActKind, ApprovalState, Mode
from plumb_tenants.calendars.service import company_calendar, due_at
from plumb_tenants.definitions.service import PublishedVersion, effective_version
from plumb_tenants.people.access import access_person
from plumb_tenants.people.service import get_person


class FlowMissing(Refused):
    """What needs approval needs a flow."""

    code = "FLOW_MISSING"
    zh = "尚无生效的审批流程“{key}”，请先发布。"
    en = "No approval flow {key} is in effect; publish one first."


class NotReturned(Refused):
    """Only what came back is submitted anew."""

    code = "APPROVAL_NOT_RETURNED"
    zh = "该审批当前状态为“{state}”，只有退回申请人的审批可以重新提交。"
    en = "The approval is {state}; only one that was RETURNED is submitted anew."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be approved: a thing at a version, by its name, for an applicant, with the fields of the flow."""

    object_type: str
    object_id: UUID
    object_version: int
    applicant_id: UUID
    name: Sentence
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ForeseenLine:
    """Who would be asked in a line; nobody leaves its vacancy rule."""

    name: str
    mode: Mode
    people: list[UUID]


@dataclass(frozen=True, slots=True)
class ForeseenStep:
    """A step that a request would come to, if everybody agreed; skipped where its condition does not hold."""

    key: str
    name: str
    skipped: bool
    lines: list[ForeseenLine]


async def start_approval(actor: Actor, *, flow_key: str, request: Request, shipped: Flow | None = None) -> UUID:
    """Begin an approval by the flow in effect under a key, else by `shipped`, and return its id.

    The outcome may come at once, when every step is skipped or passed by rule. No permission is asked for: the act has one.
    """
    version = await effective_version(actor, kind=KIND, key=flow_key)
    flow = _flow(version, shipped, flow_key)
    applicant = await get_person(actor, request.applicant_id)
    fields = checked_fields(flow, request.fields)
    name, told = await told_to_all(actor, request.name)
    calendar, started = await company_calendar(actor), now()
    row = Approval(
        id=uuid7(),
        created_at=started,
        object_type=request.object_type,
        object_id=request.object_id,
        object_version=request.object_version,
        zh=name["zh-CN"][:300],
        en=name["en"][:300],
        told=told,
        flow_key=flow_key,
        definition_version_id=version.id if version else None,
        flow=flow.model_dump(mode="json"),
        request_fields=stored_fields(fields),
        applicant_id=applicant.id,
        unit_id=applicant.unit_id,
        state=ApprovalState.RUNNING.value,
        visited=[],
        due_at=due_at(calendar, started, flow.term) if flow.term else None,
    )
    await row.save(force_create=True)
    motion = motion_of(actor, row, Run(flow=flow, fields=fields), calendar)
    motion.run.acts.append(Act(ActKind.SUBMIT))
    await motion.run.enter(flow.steps[0].key, motion.resolve)
    await finish(motion)
    return row.id


async def resubmit_approval(actor: Actor, *, approval_id: UUID, object_version: int, fields: Mapping[str, object]) -> UUID:
    """Submit what came back anew, at another version and from the first step on; the time in between was a pause."""
    motion = await locked_motion(actor, approval_id, await company_calendar(actor))
    row, run = motion.row, motion.run
    if run.state is not ApprovalState.RETURNED:
        raise NotReturned(field="approvalId", state=run.state)
    run.fields = checked_fields(run.flow, fields)
    row.object_version, row.request_fields = object_version, stored_fields(run.fields)
    motion.resolve = resolver(run.flow, Applicant(row.applicant_id, row.unit_id), run.fields)
    run.state, run.visited = ApprovalState.RUNNING, []
    run.acts.append(Act(ActKind.RESUBMIT))
    await run.enter(run.flow.steps[0].key, motion.resolve)
    await finish(motion)
    if run.flow.term is not None:
        row.due_at = due_at(motion.calendar, row.created_at, run.flow.term, await pauses_of(row.id))
        await row.save(update_fields=["due_at"])
    return row.id


async def flow_in_effect(actor: Actor, key: str) -> Flow:
    """Return the flow that a company publishes under a key, or raise FlowMissing."""
    return _flow(await effective_version(actor, kind=KIND, key=key), None, key)


async def flow_of(approval_id: UUID) -> Flow:
    """Return the flow that an approval began with, whatever was published or archived since."""
    return Flow.model_validate((await Approval.get(id=approval_id)).flow)


async def foresee(
    actor: Actor, *, flow_key: str, applicant_id: UUID, fields: Mapping[str, object], shipped: Flow | None = None
) -> list[ForeseenStep]:
    """Return the steps that a request would go through and who would be asked, without writing anything.

    Raises NotFound for an applicant whom the actor may not read.
    """
    applicant = await access_person(actor, applicant_id, Permission.PERSON_READ, field="applicantId")
    flow = _flow(await effective_version(actor, kind=KIND, key=flow_key), shipped, flow_key)
    checked = checked_fields(flow, fields)
    resolve = resolver(flow, Applicant(applicant.id, applicant.unit_id), checked)
    key, steps = flow.steps[0].key, []
    while key != END:
        step = flow.step(key)
        skipped = not holds(flow, step.when, checked)
        found = [] if skipped else await resolve(step)
        lines = [ForeseenLine(line.name, line.mode, list(people)) for line, people in zip(step.lines, found, strict=False)]
        steps.append(ForeseenStep(step.key, step.name, skipped, lines))
        key = successor(flow, step, checked)
    return steps


def _flow(version: PublishedVersion | None, shipped: Flow | None, key: str) -> Flow:
    flow = version.body if version else shipped
    if not isinstance(flow, Flow):
        raise FlowMissing(field="flow", key=f"{key:.60}")
    return flow
