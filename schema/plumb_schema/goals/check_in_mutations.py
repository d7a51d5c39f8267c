"""Mutations of progress: say what a goal has come to, correct what was said, answer an alert."""

from datetime import date
from decimal import Decimal

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.goals.types import CheckIn, GoalAlert
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.completion import row_of
from plumb_tenants.goals import service


@strawberry.input(description="更新进度 / Say what a goal has come to; `asOf` is today when left out.")
class CheckInInput:
    goal_id: strawberry.ID
    value: Decimal
    as_of: date | None = None
    confidence: int | None = None
    comment: str | None = None
    bypass: str | None = None


@strawberry.input(description="更正进度 / Put another value, with the reason, in the place of a check-in that stays as it is.")
class CorrectCheckInInput:
    check_in_id: strawberry.ID
    value: Decimal
    comment: str
    as_of: date | None = None
    confidence: int | None = None
    bypass: str | None = None


@strawberry.input(description="应对预警 / Say what will be done about a goal that is behind.")
class AnswerAlertInput:
    alert_id: strawberry.ID
    version: int
    note: str


@strawberry.type
class CheckInMutation:
    @mutation(needs=Permission.CHECK_IN_WRITE, description="更新进度 / Say what a goal has come to, how sure one is, and why.")
    async def check_in(self, info: Info, input: CheckInInput) -> CheckIn:
        said = _said(input)
        goal_id = decode_id(input.goal_id, "Goal", field="goalId")
        return row_of(CheckIn, await service.check_in(info.context.caller, goal_id=goal_id, said=said))

    @mutation(needs=Permission.CHECK_IN_WRITE, description="更正进度 / Correct a check-in by another; both are kept.")
    async def correct_check_in(self, info: Info, input: CorrectCheckInInput) -> CheckIn:
        said = _said(input)
        check_in_id = decode_id(input.check_in_id, "CheckIn", field="checkInId")
        return row_of(CheckIn, await service.correct_check_in(info.context.caller, check_in_id=check_in_id, said=said))

    @mutation(needs=Permission.CHECK_IN_WRITE, description="应对预警 / Say what will be done about a goal that is behind, once.")
    async def answer_alert(self, info: Info, input: AnswerAlertInput) -> GoalAlert:
        alert_id = decode_id(input.alert_id, "GoalAlert", field="alertId")
        answered = await service.answer_alert(info.context.caller, alert_id=alert_id, version=input.version, note=input.note)
        return row_of(GoalAlert, answered)


def _said(given: CheckInInput | CorrectCheckInInput) -> service.Said:
    return service.Said(
        value=given.value, as_of=given.as_of, confidence=given.confidence, comment=given.comment, bypass=given.bypass
    )
