"""Submissions on flows: sent into approval or sent anew where they came back, and what becomes of them (C40, A15, A16)."""

from collections.abc import Sequence
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.database import fetch
from plumb_platform.errors import InvalidInput
from plumb_platform.telling import Sentence
from plumb_tenants.approvals.service import (
    Flow,
    Outcome,
    Request,
    asked_fields,
    checked_fields,
    flow_in_effect,
    flow_of,
    on_outcome,
    resubmit_approval,
    start_approval,
    withdraw_at_term,
)
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.forms.flows import flow_faults
from plumb_tenants.forms.models import Attachment, Submission, SubmissionVersion
from plumb_tenants.forms.resources import SubmissionState
from plumb_tenants.forms.states import Evaluation
from plumb_tenants.forms.versions import compiled_of

_OPEN = "select approval_id from submission where id = any($1) and state in ('IN_APPROVAL', 'RETURNED') order by approval_id"


class ApproverMissing(InvalidInput):
    """Where a field names who approves, somebody is named."""

    code = "FORM_APPROVER_MISSING"
    zh = "请填写“{label}”：本次申请由其审批。"
    en = "Fill in {label}: who is named there approves this request."


async def flow_for(actor: Actor, submission: Submission, version: PublishedVersion, evaluation: Evaluation) -> Flow | None:
    """Return the flow that a submission is to run on, None where its form names none.

    The first time it is the one in effect, afterwards the one that its approval began with. Raises FlowMissing, what keeps
    the two from working together, and ApproverMissing at the field that ought to name somebody.
    """
    compiled = compiled_of(version)
    if not compiled.form.flow:
        return None
    again = submission.approval_id
    flow = await flow_of(again) if again else await flow_in_effect(actor, compiled.form.flow)
    for fault in flow_faults(compiled, flow):
        raise fault
    fields = checked_fields(flow, evaluation.known)
    for name in asked_fields(flow, fields):
        if name not in fields:
            raise ApproverMissing(field=name, label=compiled.fields[name].cell.label)
    return flow


async def send(actor: Actor, submission: Submission, version: PublishedVersion, evaluation: Evaluation) -> None:
    """Keep the version that was just written and let its people decide about it; the outcome may come at once."""
    files = await Attachment.filter(submission_id=submission.id, removed_at=None).order_by("id")
    await SubmissionVersion.create(
        submission_id=submission.id,
        number=submission.number,
        values=submission.values,
        fed=submission.fed,
        files=[{"field": f.field, "name": f.name, "size": f.size, "sha256": f.sha256} for f in files],
    )
    fields = dict(evaluation.known)
    if submission.approval_id is not None:
        await resubmit_approval(actor, approval_id=submission.approval_id, object_version=submission.number, fields=fields)
        return
    form = version.body
    request = Request(
        object_type="Submission",
        object_id=submission.id,
        object_version=submission.number,
        applicant_id=submission.person_id,
        name=Sentence(zh="表单“{form_zh}”", en="The form {form_en}", form_zh=form.title, form_en=form.title_en or form.title),
        fields=fields,
    )
    approval_id = await start_approval(actor, flow_key=form.flow, request=request)
    # Where nobody is asked the outcome has come already, and has written the approval itself.
    await Submission.filter(id=submission.id, approval_id=None).update(approval_id=approval_id)


async def withdraw_left(actor: Actor, submission_ids: Sequence[UUID]) -> None:
    """Withdraw what people who left had asked for and nobody decided about, at the end of its term; what ended stays."""
    for row in await fetch(_OPEN, list(submission_ids)):
        await withdraw_at_term(actor, row["approval_id"])


@on_outcome("Submission")
async def take_outcome(actor: Actor, outcome: Outcome) -> None:
    """Move the submission with its approval."""
    row = await Submission.filter(id=outcome.object_id).select_for_update(no_key=True).get()
    before = row.state
    row.state, row.approval_id = SubmissionState(outcome.state.value).value, outcome.approval_id
    row.version += 1
    await row.save(update_fields=["state", "approval_id", "version"])
    await record(actor, "submission.outcome", "submission", row.id, before={"state": before}, after={"state": row.state})
