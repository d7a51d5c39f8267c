"""Submissions: drafts, answers per field, and submitting for ever under the version that was filled in (A1, A45)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import Conflict, InvalidInput, Refused
from plumb_platform.numbers.canonical import canonical_bytes
from plumb_platform.permissions import Permission, require
from plumb_tenants.approvals.service import hold_approval
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.forms.access import access_submission
from plumb_tenants.forms.approving import flow_for, send
from plumb_tenants.forms.attachments import files_of, refuse_final
from plumb_tenants.forms.body import Type
from plumb_tenants.forms.feeds import Synced, latest_fed
from plumb_tenants.forms.figures import figures_of
from plumb_tenants.forms.models import Submission
from plumb_tenants.forms.problems import (
    CheckFailed,
    ComputedUndefined,
    CountWrong,
    FieldRequired,
    ReferenceUnknown,
    ValueAbove,
    ValueBelow,
)
from plumb_tenants.forms.references import refuse_unknown_references
from plumb_tenants.forms.resources import SubmissionState
from plumb_tenants.forms.rules import Evaluation, Facts, evaluate
from plumb_tenants.forms.suggesting import Suggestion, suggestions
from plumb_tenants.forms.versions import compiled_of, form_of, form_to_fill
from plumb_tenants.people.service import get_person

LARGEST_VALUES = 256 * 1024
INCOMPLETE = (FieldRequired, ValueBelow, ValueAbove, CountWrong, ComputedUndefined, CheckFailed, ReferenceUnknown)
"""What a draft may still have wrong: it is not finished, but can be kept."""


class FormPersonMissing(Refused):
    """Forms are filled in by employees, each for themselves."""

    code = "FORM_PERSON_MISSING"
    zh = "您的账号没有关联员工，不能填写表单。"
    en = "Your account belongs to no employee, so you cannot fill in forms."


class ValuesInvalid(InvalidInput):
    """Values are an object of a bounded size, without floats that would lose digits."""

    code = "FORM_VALUES_INVALID"
    zh = "填写内容须为不超过 {most} 字节的对象，小数以字符串书写。"
    en = "The values are an object of at most {most} bytes; decimals are written as strings."


@dataclass(frozen=True, slots=True)
class Answers:
    """A form evaluated for a person: the version, the evaluation, synced figures and suggestions by field."""

    version: PublishedVersion
    evaluation: Evaluation
    fed: Mapping[str, Synced]
    suggestions: Mapping[str, Suggestion]


async def validate_submission(
    actor: Actor, *, version_id: UUID, values: Mapping[str, Any], submission_id: UUID | None = None
) -> Answers:
    """Return how every field stands with these values; nothing is kept.

    With a `submission_id` of one's own that version is used, its values before and its files; raises only for what is no
    matter of a field.
    """
    await require(actor, Permission.SUBMISSION_WRITE)
    draft = None
    if submission_id is not None:
        draft = await access_submission(actor, submission_id, Permission.SUBMISSION_WRITE)
    version = await form_of(actor, draft.definition_version_id) if draft else await form_to_fill(actor, version_id)
    return await _with_suggestions(actor, await _answers(actor, version, values, draft))


def answers_to(version: PublishedVersion, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is visible and answered of values that nobody's name stands under; raises the first problem.

    For forms without synced figures, files and people: surveys.
    """
    evaluation = evaluate(compiled_of(version), Facts(given=_checked(values)))
    if evaluation.problems:
        raise evaluation.problems[0]
    return evaluation.values


async def start_submission(actor: Actor, *, version_id: UUID, values: Mapping[str, Any]) -> UUID:
    """Begin a draft under a version that is in effect, and return its id; an incomplete one is kept as it is."""
    await require(actor, Permission.SUBMISSION_WRITE)
    version = await form_to_fill(actor, version_id)
    answers = await _answers(actor, version, values, None)
    _refuse_unkept(answers.evaluation)
    person = await get_person(actor, _person_of(actor))
    draft = await Submission.create(
        definition_id=version.definition_id,
        definition_version_id=version.id,
        person_id=person.id,
        unit_id=person.unit_id,
        state=SubmissionState.DRAFT.value,
        values=compiled_of(version).written(answers.evaluation.values),
        fed={},
        suggested={},
    )
    after = {"form": version.key, "number": version.number, "values": draft.values}
    await record(actor, "submission.start", "submission", draft.id, after=after)
    return draft.id


async def save_submission(actor: Actor, *, submission_id: UUID, version: int, values: Mapping[str, Any]) -> UUID:
    """Replace the values of one's own draft, and return its id."""
    draft = await _draft(actor, submission_id, version)
    answers = await _answers(actor, await form_of(actor, draft.definition_version_id), values, draft)
    _refuse_unkept(answers.evaluation)
    before = {"values": draft.values}
    draft.values = compiled_of(answers.version).written(answers.evaluation.values)
    draft.version += 1
    await draft.save(update_fields=["values", "version"])
    await record(actor, "submission.save", "submission", draft.id, before=before, after={"values": draft.values})
    return draft.id


async def submit(actor: Actor, *, submission_id: UUID, version: int) -> UUID:
    """Submit one's own draft, and return its id; raises the first problem of its form.

    Computed values and synced figures are written with it, as they stand now. Without a flow that is for ever; with one the
    approval begins in the same transaction, or goes on where the submission came back.
    """
    await hold_approval((await access_submission(actor, submission_id, Permission.SUBMISSION_WRITE)).approval_id)
    draft = await _draft(actor, submission_id, version)
    form = await form_of(actor, draft.definition_version_id)
    # What came back still holds what was computed when it was sent.
    answers = await _answers(actor, form, compiled_of(form).written(draft.values), draft)
    problems = answers.evaluation.problems
    if problems:
        raise problems[0]
    flow = await flow_for(actor, draft, answers.version, answers.evaluation)
    suggested = (await _with_suggestions(actor, answers)).suggestions
    draft.values = answers.evaluation.values
    draft.suggested = {key: each.stored() for key, each in suggested.items()}
    draft.fed = {
        key: {"value": format(each.value.normalize(), "f"), "as_of": each.as_of.isoformat()}
        for key, each in answers.fed.items()
        if key in draft.values
    }
    before = {"state": draft.state}
    draft.state = (SubmissionState.IN_APPROVAL if flow else SubmissionState.SUBMITTED).value
    draft.submitted_at, draft.number = now(), draft.number + (1 if flow else 0)
    draft.version += 1
    await draft.save(update_fields=["values", "fed", "suggested", "state", "submitted_at", "number", "version"])
    after = {"state": draft.state, "values": draft.values, "fed": draft.fed, "suggested": draft.suggested}
    await record(actor, "submission.submit", "submission", draft.id, before=before, after=after)
    if flow:
        await send(actor, draft, answers.version, answers.evaluation)
    return draft.id


async def submit_form(actor: Actor, *, version_id: UUID, values: Mapping[str, Any]) -> UUID:
    """Fill in and submit a form at once, and return the submission's id."""
    draft_id = await start_submission(actor, version_id=version_id, values=values)
    return await submit(actor, submission_id=draft_id, version=1)


async def _draft(actor: Actor, submission_id: UUID, version: int) -> Submission:
    draft = await access_submission(actor, submission_id, Permission.SUBMISSION_WRITE, lock=True)
    refuse_final(draft)
    if draft.version != version:
        raise Conflict(current_version=draft.version)
    return draft


async def _answers(actor: Actor, version: PublishedVersion, values: Mapping[str, Any], draft: Submission | None) -> Answers:
    given = _checked(values)
    compiled = compiled_of(version)
    feeds = {key: cell.field.feed for key, cell in compiled.fields.items() if cell.cell.type is Type.FED}
    latest = await latest_fed(_person_of(actor), feeds.values())
    fed = {key: latest[feed] for key, feed in feeds.items() if feed in latest}
    facts = Facts(
        given=given,
        before=draft.values if draft else {},
        fed={key: each.value for key, each in fed.items()},
        files=await files_of(draft.id) if draft else {},
    )
    evaluation = evaluate(compiled, facts)
    await refuse_unknown_references(actor, evaluation, version, draft.approval_id if draft else None)
    return Answers(version, evaluation, fed, {})


async def _with_suggestions(actor: Actor, answers: Answers) -> Answers:
    """Look the figures up and suggest; a form without figures costs nothing."""
    compiled = compiled_of(answers.version)
    figures = await figures_of(actor, compiled, answers.evaluation, _person_of(actor))
    return replace(answers, suggestions=suggestions(compiled, answers.evaluation, figures))


def _refuse_unkept(evaluation: Evaluation) -> None:
    for problem in evaluation.problems:
        if not isinstance(problem, INCOMPLETE):
            raise problem


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse what is no plain object, too large, or holds what cannot be kept."""
    try:
        size = len(canonical_bytes(values)) if isinstance(values, dict) else LARGEST_VALUES + 1
    except (TypeError, ValueError, RecursionError):
        size = LARGEST_VALUES + 1
    if size > LARGEST_VALUES:
        raise ValuesInvalid(field="values", most=LARGEST_VALUES)
    return dict(values)


def _person_of(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise FormPersonMissing
    return actor.person_id
