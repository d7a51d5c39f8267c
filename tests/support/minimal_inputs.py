"""Minimal values for what the API requires beside ids: a new argument adds its line."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.id_arguments import ENDINGS, NAMES
from support.schema_walk import IdPlace, RootField, arguments_of

BODY = {"letter": {"title": "目标责任书"}}
VALUES: dict[str, Any] = {
    "AcceptInvitationInput.credential": "pi_unknown",
    "AcceptInvitationInput.password": "correct horse battery",
    "ArchiveVersionInput.version": 1,
    "ChangeOrderAmountInput.amount": "1000.00",
    "ChangeOrderAmountInput.reason": "合同变更",
    "ChangeOrderAmountInput.version": 1,
    "AssignRoleInput.role": "employee",
    "CheckInInput.value": "1000.00",
    "CorrectCheckInInput.comment": "多写一个零",
    "CorrectCheckInInput.value": "1000.00",
    "CloneDefinitionInput.key": "copy",
    "CloneDefinitionInput.name": "复制",
    "CloseBonusPeriodInput.version": 1,
    "CommentDisputeInput.text": "请补充材料。",
    "ConfirmGoalInput.version": 1,
    "CreateApiTokenInput.name": "报表",
    "CreateApiTokenInput.scopes": ["goal:read"],
    "CreateCycleInput.code": "2027",
    "CreateCycleInput.endsOn": "2027-12-31",
    "CreateCycleInput.name": "2027 年度",
    "CreateCycleInput.startsOn": "2027-01-01",
    "CreateDefinitionInput.body": BODY,
    "CreateDefinitionInput.key": "fresh",
    "CreateDefinitionInput.name": "新模板",
    "CreateGoalInput.metric": "签约额",
    "CreateGoalInput.target": "8000000.00",
    "CreateGoalInput.title": "新增企业客户签约",
    "CreateGoalInput.unitOfMeasure": "元",
    "EditGoalInput.metric": "签约额",
    "EditGoalInput.target": "8000000.00",
    "EditGoalInput.title": "新增企业客户签约",
    "EditGoalInput.unitOfMeasure": "元",
    "EditGoalInput.version": 1,
    "DelegateRoleInput.endsOn": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
    "DelegateRoleInput.role": "company_admin",
    "InviteMemberInput.email": "guest@example.test",
    "InviteMemberInput.roles": ["employee"],
    "BenchmarkPlaceInput.period": "2026",
    "BenchmarkPlaceInput.productLine": "IVD",
    "BenchmarkPlaceInput.region": "广东",
    "Query.converted(amount:)": "100.00",
    "Query.converted(base:)": "CNY",
    "Query.converted(on:)": "2026-03-31",
    "Query.converted(quote:)": "CNY",
    "RecordGrowthBaseInput.endsOn": "2025-12-31",
    "RecordGrowthBaseInput.metric": "revenue",
    "RecordGrowthBaseInput.reason": "审计报告",
    "RecordGrowthBaseInput.startsOn": "2025-01-01",
    "RecordGrowthBaseInput.value": "100000.00",
    "SetGrowthTargetInput.endsOn": "2025-12-31",
    "SetGrowthTargetInput.metric": "revenue",
    "SetGrowthTargetInput.percent": "15",
    "SetGrowthTargetInput.startsOn": "2025-01-01",
    "KeepMetricValueInput.endsOn": "2026-03-31",
    "KeepMetricValueInput.metric": "revenue",
    "KeepMetricValueInput.startsOn": "2026-03-01",
    "LoginInput.email": "nobody@example.test",
    "LoginInput.password": "correct horse battery",
    "RenewSigningKeyInput.serial": "unknown",
    "ChildInput.figures": [],
    "ObservationInput.day": "2026-03-02",
    "ObservationInput.externalId": "C-2",
    "ObservationInput.metric": "revenue",
    "ObservationInput.value": "1.00",
    "OpenBonusMonthInput.month": "2026-05",
    "OpenBonusPeriodInput.code": "Q3",
    "OpenBonusPeriodInput.endsOn": "2026-09-30",
    "OpenBonusPeriodInput.name": "三季度",
    "OpenBonusPeriodInput.startsOn": "2026-07-01",
    "OpenDisputeInput.number": 1,
    "OpenDisputeInput.subject": "份额过低",
    "OpenDisputeInput.text": "方案由我主导。",
    "OrderInput.amount": "100000.00",
    "OrderInput.code": "SO-9",
    "OrderInput.customer": "市一医院",
    "OrderInput.orderedOn": "2026-03-01",
    "OrderInput.product": "IVD 试剂",
    "OrderInput.region": "广东",
    "PartyInput.role": "sales",
    "PlanInput.total": "30000000.00",
    "BranchPlanInput.title": "加码情景",
    "ContinueRunInput.level": 0,
    "ContinueRunInput.version": 1,
    "PromoteScenarioInput.originVersion": 1,
    "PromoteScenarioInput.version": 1,
    "PublishRunInput.version": 1,
    "ProposeGoalInput.version": 1,
    "PublishPlanInput.version": 1,
    "PublishVersionInput.version": 1,
    "Query.benchmarkValue(key:)": "new_line",
    "Query.metricByUnit(endsOn:)": "2026-03-31",
    "Query.metricByUnit(metric:)": "revenue",
    "Query.metricByUnit(startsOn:)": "2026-03-01",
    "Query.metricDependants(key:)": "revenue",
    "Query.metricIngredients(key:)": "revenue",
    "Query.metricMonths(first:)": "2026-03-01",
    "Query.metricMonths(last:)": "2026-03-31",
    "Query.metricMonths(metric:)": "revenue",
    "Query.metricValue(endsOn:)": "2026-03-31",
    "Query.metricValue(metric:)": "revenue",
    "Query.metricValue(startsOn:)": "2026-03-01",
    "PauseInput.startsAt": "2026-03-02T02:00:00Z",
    "Query.calendarDays(first:)": "2026-03-01",
    "Query.calendarDays(last:)": "2026-03-31",
    "Query.dueMoment(amount:)": 7,
    "Query.dueMoment(clock:)": "WORKING_DAYS",
    "Query.dueMoment(startedAt:)": "2026-03-02T02:00:00Z",
    "Query.elapsedTime(endedAt:)": "2026-03-02T02:00:00Z",
    "Query.elapsedTime(startedAt:)": "2026-03-02T02:00:00Z",
    "Query.previewFormula(names:)": [],
    "Query.previewFormula(samples:)": [],
    "Query.previewFormula(text:)": "1 + 1",
    "RecordObservationsInput.source": "crm",
    "SubjectInput.code": "R0",
    "SubjectInput.kind": "PERSON",
    "ResolveDisputeInput.resolution": "已调整。",
    "ResolveDisputeInput.version": 1,
    "Query.whyCan(permission:)": "goal:read",
    "RecordMilestoneInput.day": 0,
    "RejectVersionInput.comment": "请补充依据。",
    "ReviseGoalInput.reason": "市场变化",
    "ReviseGoalInput.target": "1000.00",
    "ReviseGoalInput.version": 1,
    "SetOrderSharesInput.reason": "售前主导方案",
    "SetOrderSharesInput.version": 1,
    "ShareInput.percent": "100.00",
    "ShareInput.role": "sales",
    "SaveSubmissionInput.values": {"申报值": "2"},
    "SaveSubmissionInput.version": 1,
    "SignLetterInput.version": 1,
    "StartSubmissionInput.values": {"申报值": "1"},
    "SubmitSubmissionInput.version": 1,
    "Query.validateSubmission(values:)": {"申报值": "1"},
    "UploadAttachmentInput.contentBase64": "JVBERi0xLjcK",
    "UploadAttachmentInput.field": "证据",
    "UploadAttachmentInput.name": "b.pdf",
    "AdoptFormPackInput.pack": "CUSTOMER_SERVICE",
    "RecordFedValuesInput.feed": "crm.follow_ups",
    "RecordFedValuesInput.figures": [],
    "StartPilotInput.version": 1,
    "SubmitForReviewInput.version": 1,
    "WithdrawGoalInput.reason": "不再执行",
    "WithdrawGoalInput.version": 1,
    "TunePlanNodeInput.reason": "三家医院换代",
    "TunePlanNodeInput.value": "1000.00",
    "TunePlanNodeInput.version": 1,
    "UpdateDraftInput.body": BODY,
    "UpdateDraftInput.version": 1,
    "WithdrawReviewInput.version": 1,
}


def type_named(coordinate: str) -> str | None:
    """Return the type (and which one of it) that an id argument names; None when nothing says it."""
    if coordinate in NAMES:
        return NAMES[coordinate]
    owner, _, name = coordinate.rstrip(":)").replace("(", ".").rpartition(".")
    if name == "id":
        # `Query.letter(id:)` names a Letter.
        field = owner.rpartition(".")[2].removesuffix("Filter")
        return field[0].upper() + field[1:]
    return ENDINGS.get(name)


def minimal_arguments(
    root: RootField, chosen: Mapping[str, str], *, asked: str = "", place: IdPlace | None = None
) -> dict[str, Any]:
    """Return variables of a field: ids by type from `chosen`, the one at `place` being `asked`.

    Fails the test with the coordinate of whatever has no line above.
    """
    missing: list[str] = []

    def choose(coordinate: str, is_asked: bool) -> str:
        kind = type_named(coordinate)
        if kind not in chosen:
            missing.append(coordinate)
        return asked if is_asked and asked else chosen.get(kind or "", "")

    made = arguments_of(root, choose, VALUES, steps=place.steps if place else (), missing=missing)
    if missing:
        pytest.fail(f"tests/support/minimal_inputs.py has no value for {', '.join(sorted(set(missing)))}")
    return made
