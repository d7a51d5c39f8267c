"""Feedback rounds: once a quarter those in the field say how well a template's weights fit, and a proposal may follow (C44)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute
from plumb_platform.errors import Conflict, InvalidInput, NotFound, Refused
from plumb_platform.numbers.periods import Quarter, quarter_of
from plumb_platform.permissions import Permission, reaches_whole, require
from plumb_tenants.decomposition.definition import KIND
from plumb_tenants.decomposition.linting import FactorUnknown
from plumb_tenants.decomposition.models import FeedbackRound
from plumb_tenants.decomposition.rules import RoundState
from plumb_tenants.decomposition.template import DecompositionTemplate
from plumb_tenants.definitions.kinds import Severity
from plumb_tenants.definitions.service import company_today, definition_in_effect, lint_version, new_draft, update_draft
from plumb_tenants.definitions.spelling import STORED
from plumb_tenants.forms.service import form_to_fill
from plumb_tenants.goals.service import is_text
from plumb_tenants.surveys.service import NewSurvey, SurveyKind, create_survey, survey_is_closed

LONGEST_REASON = 1000


class FeedbackRoundExists(Refused):
    """Feedback on a template is collected once a quarter."""

    code = "FEEDBACK_ROUND_EXISTS"
    zh = "该模板 {quarter} 的权重反馈已开启，每季度一次。"
    en = "The feedback round of this template for {quarter} exists already; there is one each quarter."


class FeedbackOutsideQuarter(InvalidInput):
    """Feedback is in before the quarter ends, so that the next one can begin with what follows from it."""

    code = "FEEDBACK_OUTSIDE_QUARTER"
    zh = "反馈须在当前季度内（{first} 至 {last}）开始和结束。"
    en = "The round opens and closes within the present quarter, {first} to {last}."


class FeedbackOpen(Refused):
    """What people say is heard before anything is proposed."""

    code = "FEEDBACK_OPEN"
    zh = "反馈尚未结束，请先结束调查或等到截止日。"
    en = "The feedback is still being collected; close the survey or wait for its last day."


class FeedbackSettled(Refused):
    """A round leads to one proposal, accepted or declined."""

    code = "FEEDBACK_SETTLED"
    zh = "该轮反馈的状态是“{state}”，不能再{act_zh}。"
    en = "The round is {state}, so that nothing can be {act_en} any more."


class WeightsUnchanged(InvalidInput):
    """A proposal changes something."""

    code = "WEIGHTS_UNCHANGED"
    zh = "提议的权重与现行权重相同。"
    en = "The proposed weights are those that hold already."


class WeightTwice(InvalidInput):
    """A factor has one weight within a set."""

    code = "WEIGHT_TWICE"
    zh = "因子“{factor}”的权重重复给出。"
    en = "The factor {factor} is given a weight twice."


class FeedbackReasonInvalid(InvalidInput):
    """Who declines says why."""

    code = "FEEDBACK_REASON_INVALID"
    zh = "理由须为 1 到 {longest} 个字符。"
    en = "The reason has 1 to {longest} characters."


@dataclass(frozen=True, slots=True)
class NewWeight:
    """The weight in percent that a factor is to have, by default or within a weight set."""

    factor: str
    weight: Decimal
    weight_set: str | None = None


async def open_round(
    actor: Actor, *, definition_id: UUID, form_version_id: UUID, score_field: str, closes_on: date, opens_on: date | None = None
) -> UUID:
    """Open the round of this quarter about the version of a template that holds now, and return its id.

    The answers are a survey over the form, anonymous and told over enough of them only. Errors as `create_survey`.
    """
    await require(actor, Permission.SURVEY_WRITE)
    version = await definition_in_effect(actor, definition_id, kind=KIND)
    if version is None:
        raise NotFound(field="definitionId")
    await form_to_fill(actor, form_version_id, field="formVersionId")
    today = await company_today(actor)
    opens = opens_on or today
    quarter = _quarter_around(version.body, today, opens, closes_on)
    await _refuse_second_round(definition_id, quarter)
    survey = NewSurvey(
        form_version_id=form_version_id,
        kind=SurveyKind.WEIGHTS,
        title=f"{version.name:.90} {quarter.name} 权重反馈",
        opens_on=opens,
        closes_on=closes_on,
        score_field=score_field,
        about_version_id=version.id,
    )
    made = await FeedbackRound.create(
        definition_id=definition_id,
        about_version_id=version.id,
        survey_id=await create_survey(actor, survey),
        quarter=quarter.starts_on,
        state=RoundState.OPEN.value,
        created_by=actor.membership_id,
    )
    after_open = {"definition": version.key, "version": version.number, "quarter": quarter.name}
    await record(actor, "feedback.open", "feedback_round", made.id, after=after_open)
    return made.id


def _quarter_around(template: DecompositionTemplate, today: date, opens: date, closes: date) -> Quarter:
    """Return the quarter that runs, or refuse a round that does not lie within it."""
    quarter = quarter_in(template, today)
    if not (quarter.starts_on <= opens and closes <= quarter.ends_on):
        days = {"first": quarter.starts_on.isoformat(), "last": quarter.ends_on.isoformat()}
        raise FeedbackOutsideQuarter(field="closesOn", **days)
    return quarter


async def _refuse_second_round(definition_id: UUID, quarter: Quarter) -> None:
    # Whoever opens a round holds the template, so that two at once are one.
    await execute("select 1 from definition where id = $1 for no key update", definition_id)
    if await FeedbackRound.exists(definition_id=definition_id, quarter=quarter.starts_on):
        raise FeedbackRoundExists(field="definitionId", quarter=quarter.name)


def quarter_in(template: DecompositionTemplate, day: date) -> Quarter:
    """Return the quarter of a template's fiscal calendar that a day is in (A42)."""
    return quarter_of(template.calendar.fiscal, day)


async def propose_weights(actor: Actor, *, round_id: UUID, version: int, weights: Sequence[NewWeight], note: str = "") -> UUID:
    """Draft the next version of the round's template with other weights, and return the round's id.

    The draft goes the way of every draft: reviewed where the company says so, then published, from the next quarter on.
    """
    row = await _round(actor, round_id, version)
    if row.state != RoundState.OPEN:
        raise _settled(row, "提议", "proposed")
    if not await survey_is_closed(row.survey_id):
        raise FeedbackOpen(field="roundId")
    draft = await new_draft(actor, row.definition_id, note=note)
    before = DecompositionTemplate.model_validate(draft.body, context=STORED)
    body = _with_weights(before, draft.body, weights)
    changed = await update_draft(actor, draft.id, version=draft.version, body=body)
    for finding in await lint_version(actor, changed.id):
        if finding.severity is Severity.ERROR:
            raise finding.error
    if DecompositionTemplate.model_validate(changed.body) == before:
        raise WeightsUnchanged(field="weights")
    row.state, row.draft_version_id = RoundState.PROPOSED.value, draft.id
    row.version += 1
    await row.save(update_fields=["state", "draft_version_id", "version"])
    after = {"draft": str(draft.id), "weights": [_told(weight) for weight in weights]}
    await record(actor, "feedback.propose", "feedback_round", row.id, after=after)
    return row.id


async def decline_round(actor: Actor, *, round_id: UUID, version: int, reason: str) -> UUID:
    """End a round without other weights, and return its id; a draft that it proposed is an ordinary draft from now on."""
    row = await _round(actor, round_id, version)
    if row.state not in (RoundState.OPEN, RoundState.PROPOSED):
        raise _settled(row, "否决", "declined")
    if not is_text(reason, longest=LONGEST_REASON):
        raise FeedbackReasonInvalid(field="reason", longest=LONGEST_REASON)
    row.state, row.reason, row.decided_at = RoundState.DECLINED.value, reason.strip(), now()
    row.decided_by, row.version = actor.membership_id, row.version + 1
    await row.save(update_fields=["state", "reason", "decided_at", "decided_by", "version"])
    await record(actor, "feedback.decline", "feedback_round", row.id, after={"reason": row.reason})
    return row.id


async def _round(actor: Actor, round_id: UUID, version: int) -> FeedbackRound:
    """Return a round locked till commit, for who may draft templates."""
    if not await reaches_whole(actor, Permission.DEFINITION_WRITE):
        raise NotFound(field="roundId")
    row = await FeedbackRound.filter(id=round_id).select_for_update(no_key=True).first()
    if row is None:
        raise NotFound(field="roundId")
    if row.version != version:
        raise Conflict(current_version=row.version)
    return row


def _settled(row: FeedbackRound, act_zh: str, act_en: str) -> FeedbackSettled:
    return FeedbackSettled(field="roundId", state=RoundState(row.state), act_zh=act_zh, act_en=act_en)


def _with_weights(template: DecompositionTemplate, body: Mapping[str, Any], weights: Sequence[NewWeight]) -> dict[str, Any]:
    """Return the body of a template with other weights; raises FACTOR_UNKNOWN, WEIGHT_TWICE at the weight."""
    by_set: dict[str | None, dict[str, Decimal]] = {}
    for place, each in enumerate(weights):
        known = _weighed(template, each.weight_set)
        if each.factor not in known:
            raise FactorUnknown(field=f"weights[{place}].factor", set=each.weight_set or "-", factor=f"{each.factor:.60}")
        if each.factor in by_set.setdefault(each.weight_set, {}):
            raise WeightTwice(field=f"weights[{place}].factor", factor=each.factor)
        by_set[each.weight_set][each.factor] = each.weight
    factors = _rows(body["factors"], "key", by_set.get(None, {}))
    sets = [each | {"weights": _rows(each["weights"], "factor", by_set.get(each["key"], {}))} for each in body["weight_sets"]]
    return {**body, "factors": factors, "weight_sets": sets}


def _weighed(template: DecompositionTemplate, weight_set: str | None) -> set[str]:
    if weight_set is None:
        return {factor.key for factor in template.factors}
    return {weight.factor for each in template.weight_sets if each.key == weight_set for weight in each.weights}


def _rows(rows: Sequence[dict[str, Any]], name: str, weights: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    return [row | {"weight": str(weights.get(row[name], row["weight"]))} for row in rows]


def _told(weight: NewWeight) -> dict[str, str]:
    named = {"factor": weight.factor, "weight": str(weight.weight)}
    return named | ({"weight_set": weight.weight_set} if weight.weight_set else {})
