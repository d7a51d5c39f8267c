"""Round 1: people propose from below through a form; a later form is the next version of what they proposed (C5)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.alignment.access import access_alignment
from plumb_tenants.alignment.models import Alignment, Proposal, ProposalVersion
from plumb_tenants.alignment.rounds import require_round
from plumb_tenants.alignment.rules import Round
from plumb_tenants.forms.access import access_submission
from plumb_tenants.forms.service import FieldType, PublishedVersion, form_of, submit, submit_form
from plumb_tenants.goals.service import check_amount
from plumb_tenants.people.service import get_unit


class NothingProposed(InvalidInput):
    """A proposal says a value for at least one metric."""

    code = "PROPOSAL_EMPTY"
    zh = "表单中没有填写任何指标的数值。"
    en = "The form holds no value for any metric."


class ProposedElsewhere(Refused):
    """A person has one active proposal for a metric in a cycle."""

    code = "PROPOSAL_ELSEWHERE"
    zh = "您已在同一周期的另一次目标对齐中申报指标“{metric}”。"
    en = "You have proposed a value for {metric} in another alignment of the same cycle."


class FormDiffers(InvalidInput):
    """Proposals are made by the form of the alignment."""

    code = "PROPOSAL_FORM_DIFFERS"
    zh = "该提交不是本次目标对齐的申报表单。"
    en = "The submission is not of the form of this alignment."


async def propose(actor: Actor, *, alignment_id: UUID, values: Mapping[str, Any]) -> list[UUID]:
    """Fill the alignment's form in, submit it, and propose what it says; the ids of the proposals, in the form's order."""
    alignment = await _open_alignment(actor, alignment_id)
    submission_id = await submit_form(actor, version_id=alignment.definition_version_id, values=values)
    return await _propose(actor, alignment, submission_id)


async def propose_submission(actor: Actor, *, alignment_id: UUID, submission_id: UUID, version: int) -> list[UUID]:
    """Submit one's own draft of the alignment's form, and propose what it says; drafts may hold files."""
    alignment = await _open_alignment(actor, alignment_id)
    draft = await access_submission(actor, submission_id, Permission.SUBMISSION_WRITE)
    if draft.definition_version_id != alignment.definition_version_id:
        raise FormDiffers(field="submissionId")
    await submit(actor, submission_id=submission_id, version=version)
    return await _propose(actor, alignment, submission_id)


async def _open_alignment(actor: Actor, alignment_id: UUID) -> Alignment:
    await require(actor, Permission.PROPOSAL_WRITE)
    alignment = await access_alignment(actor, alignment_id)
    await require_round(actor, alignment, Round.PROPOSING)
    return alignment


async def _propose(actor: Actor, alignment: Alignment, submission_id: UUID) -> list[UUID]:
    submission = await access_submission(actor, submission_id, Permission.SUBMISSION_WRITE)
    form = await form_of(actor, alignment.definition_version_id)
    values = dict(_proposed(form, submission.values))
    if not values:
        raise NothingProposed(field="values")
    product = _product(form, submission.values)
    region = (await get_unit(actor, submission.unit_id)).name
    facts = {"unit_id": submission.unit_id, "product": product, "region": region}
    return [
        await _put(actor, alignment, submission.id, submission.person_id, metric=metric, value=value, facts=facts)
        for metric, value in values.items()
    ]


async def _put(
    actor: Actor,
    alignment: Alignment,
    submission_id: UUID,
    person_id: UUID,
    *,
    metric: str,
    value: Decimal,
    facts: dict[str, Any],
) -> UUID:
    check_amount(value, field=f"values.{metric}")
    same = {"cycle_id": alignment.cycle_id, "person_id": person_id, "metric_key": metric}
    found = await Proposal.filter(**same).select_for_update(no_key=True).first()
    if found is not None and found.alignment_id != alignment.id:
        raise ProposedElsewhere(field="alignmentId", metric=metric)
    before = None if found is None else {"number": found.number, "proposed": str(found.proposed)}
    if found is None:
        # One and the same person may press twice at once: the second waits here and then finds the first.
        new = Proposal(alignment_id=alignment.id, proposed=value, number=0, **same, **facts)
        await Proposal.bulk_create([new], ignore_conflicts=True)
        found = await Proposal.filter(**same).select_for_update(no_key=True).get()
    found.number, found.proposed, found.version = found.number + 1, value, found.version + (before is not None)
    found.product, found.region, found.unit_id = facts["product"], facts["region"], facts["unit_id"]
    await found.save()
    await ProposalVersion.create(
        proposal_id=found.id, number=found.number, proposed=value, submission_id=submission_id, created_by=actor.membership_id
    )
    after = {"number": found.number, "proposed": str(value), "submission": str(submission_id), "metric": metric}
    await record(actor, "proposal.propose", "proposal", found.id, before=before, after=after)
    return found.id


def _proposed(form: PublishedVersion, values: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    """Yield each metric with its value, by the first field that is bound to it and answered."""
    seen: set[str] = set()
    for field in form.body.fields:
        value = values.get(field.key)
        if field.metric and field.metric not in seen and value is not None:
            seen.add(field.metric)
            yield field.metric, Decimal(str(value))


def _product(form: PublishedVersion, values: Mapping[str, Any]) -> str:
    keys = [field.key for field in form.body.fields if field.type is FieldType.PRODUCT_LINE]
    return next((values[key] for key in keys if key in values), "")
