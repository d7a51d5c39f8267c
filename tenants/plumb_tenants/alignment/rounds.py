"""Rounds: setting an alignment up, and opening each round on its day or earlier by hand."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.errors import Conflict, InvalidInput, Refused
from plumb_platform.permissions import Permission, require
from plumb_tenants.alignment.access import access_alignment
from plumb_tenants.alignment.agreeing import propose_goals
from plumb_tenants.alignment.definition import KEY, KIND, SHIPPED, AlignmentRules
from plumb_tenants.alignment.models import Alignment
from plumb_tenants.alignment.rules import Round, Stage, round_on
from plumb_tenants.alignment.talks import open_talks
from plumb_tenants.definitions.service import company_today, effective_version, pinned_version
from plumb_tenants.forms.service import form_to_fill
from plumb_tenants.goals.access import access_cycle
from plumb_tenants.goals.service import is_text


class RoundsOutOfOrder(InvalidInput):
    """One round follows the other."""

    code = "ALIGNMENT_ROUNDS_OUT_OF_ORDER"
    zh = "各轮日期须依次递增：{days}。"
    en = "The rounds follow each other by day: {days}."


class AlignmentNameInvalid(InvalidInput):
    """An alignment has a name."""

    code = "ALIGNMENT_NAME_INVALID"
    zh = "名称须为 1 到 120 个字符。"
    en = "A name has 1 to 120 characters."


class FormProposesNothing(InvalidInput):
    """A form for proposals has a number for a metric."""

    code = "ALIGNMENT_FORM_PROPOSES_NOTHING"
    zh = "该表单没有绑定指标的数值字段，不能用于目标申报。"
    en = "The form has no number that is bound to a metric, so nothing could be proposed by it."


class FormHasFlow(InvalidInput):
    """What is proposed is settled in the rounds themselves, by levelling and confirming."""

    code = "ALIGNMENT_FORM_HAS_FLOW"
    zh = "该表单须经审批流程“{flow}”，不能用于目标申报；申报在各轮对齐中商定，请使用不设流程的表单。"
    en = "The form runs on the flow {flow}; proposals are settled in the rounds, so use a form without a flow."


class RoundClosed(Refused):
    """Each act has its round."""

    code = "ALIGNMENT_ROUND_CLOSED"
    zh = "当前为“{stage}”，此操作须在“{wanted}”进行。"
    en = "The alignment is {stage}; this is done while it is {wanted}."


class AlignmentOver(Refused):
    """After the last round there is none."""

    code = "ALIGNMENT_OVER"
    zh = "该目标对齐已结束。"
    en = "The alignment is closed."


class MeetingDaysInvalid(InvalidInput):
    """A meeting takes some time."""

    code = "MEETING_DAYS_INVALID"
    zh = "会议天数须在 0 到 365 之间，最多两位小数。"
    en = "Days of meetings are between 0 and 365, with at most two decimals."


async def create_alignment(actor: Actor, *, cycle_id: UUID, form_version_id: UUID, name: str, starts: Sequence[date]) -> UUID:
    """Set up an alignment and return its id; `starts` are the first days of rounds 1, 2, 3 and of being closed."""
    await require(actor, Permission.ALIGNMENT_WRITE)
    cycle = await access_cycle(actor, cycle_id)
    form = await form_to_fill(actor, form_version_id, field="formVersionId")
    if not any(field.metric for field in form.body.fields):
        raise FormProposesNothing(field="formVersionId")
    if form.body.flow:
        raise FormHasFlow(field="formVersionId", flow=form.body.flow)
    if not is_text(name, longest=120):
        raise AlignmentNameInvalid(field="name")
    if len(starts) != 4 or list(starts) != sorted(set(starts)):
        raise RoundsOutOfOrder(field="levellingOn", days=", ".join(day.isoformat() for day in starts))
    rules = await effective_version(actor, kind=KIND, key=KEY)
    made = await Alignment.create(
        cycle_id=cycle.id,
        definition_version_id=form.id,
        rules_version_id=rules.id if rules else None,
        name=name.strip(),
        proposing_on=starts[0],
        levelling_on=starts[1],
        confirming_on=starts[2],
        closes_on=starts[3],
        created_by=actor.membership_id,
    )
    after = {"name": made.name, "starts": [day.isoformat() for day in starts], "form": str(form.id)}
    await record(actor, "alignment.create", "alignment", made.id, after=after)
    await keep_up(actor, made.id)
    return made.id


async def open_next_round(actor: Actor, *, alignment_id: UUID, version: int) -> UUID:
    """Open the next round before its day, and return the alignment's id."""
    alignment = await access_alignment(actor, alignment_id, Permission.ALIGNMENT_WRITE, lock=True)
    if alignment.version != version:
        raise Conflict(current_version=alignment.version)
    if alignment.round >= Round.CLOSED:
        raise AlignmentOver(field="alignmentId")
    await _open(actor, alignment, Round(alignment.round + 1))
    return alignment.id


async def keep_up(actor: Actor, alignment_id: UUID) -> None:
    """Open what the calendar says is open; late, twice and after a round that was opened by hand alike."""
    alignment = await Alignment.filter(id=alignment_id).select_for_update(no_key=True).get()
    due = round_on(await company_today(actor), starts_of(alignment))
    for number in range(alignment.round + 1, due + 1):
        await _open(actor, alignment, Round(number))


async def keep_all_up(actor: Actor) -> None:
    """Keep every alignment of the company up with the calendar; the timer's duty."""
    for row in await Alignment.filter(round__lt=int(Round.CLOSED)).order_by("id"):
        await keep_up(actor, row.id)


async def record_meetings(actor: Actor, *, alignment_id: UUID, version: int, before: Decimal, after: Decimal) -> UUID:
    """Record how many days meetings took before and with this alignment, and return its id (C25)."""
    alignment = await access_alignment(actor, alignment_id, Permission.ALIGNMENT_WRITE, lock=True)
    for field, days in (("before", before), ("after", after)):
        if not days.is_finite() or not 0 <= days <= 365 or days != round(days, 2):
            raise MeetingDaysInvalid(field=field)
    if alignment.version != version:
        raise Conflict(current_version=alignment.version)
    alignment.meeting_days_before, alignment.meeting_days_after = before, after
    alignment.version += 1
    await alignment.save(update_fields=["meeting_days_before", "meeting_days_after", "version"])
    facts = {"before": str(before), "after": str(after)}
    await record(actor, "alignment.meetings", "alignment", alignment.id, after=facts)
    return alignment.id


async def require_round(actor: Actor, alignment: Alignment, wanted: Round, *, field: str = "alignmentId") -> None:
    """Raise RoundClosed unless that round is open: by hand, or by the calendar though no timer has come round yet."""
    stands = max(Round(alignment.round), round_on(await company_today(actor), starts_of(alignment)))
    if stands is not wanted:
        stages = list(Stage)
        raise RoundClosed(field=field, stage=stages[stands], wanted=stages[wanted])


async def rules_of(actor: Actor, alignment: Alignment) -> AlignmentRules:
    """Return the rules that an alignment was set up under."""
    if alignment.rules_version_id is None:
        return SHIPPED
    body: AlignmentRules = (await pinned_version(actor, alignment.rules_version_id, kind=KIND)).body
    return body


def starts_of(alignment: Alignment) -> tuple[date, date, date, date]:
    """Return the first days of rounds 1, 2, 3 and of being closed."""
    return alignment.proposing_on, alignment.levelling_on, alignment.confirming_on, alignment.closes_on


async def _open(actor: Actor, alignment: Alignment, opened: Round) -> None:
    before = alignment.round
    alignment.round = int(opened)
    alignment.version += 1
    if opened is Round.PROPOSING:
        alignment.opened_at = now()
    await alignment.save(update_fields=["round", "version", "opened_at"])
    if opened is Round.LEVELLING:
        await open_talks(actor, alignment, await rules_of(actor, alignment))
    if opened is Round.CONFIRMING:
        await propose_goals(actor, alignment)
    await record(actor, "alignment.open", "alignment", alignment.id, before={"round": before}, after={"round": int(opened)})
