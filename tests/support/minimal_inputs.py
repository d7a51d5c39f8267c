"""Minimal values for what the API requires beside ids, and which object each id argument names: a new argument adds its line."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

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
    "DelegateRoleInput.endsOn": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
    "DelegateRoleInput.role": "company_admin",
    "InviteMemberInput.email": "guest@example.test",
    "InviteMemberInput.roles": ["employee"],
    "BenchmarkPlaceInput.period": "2026",
    "BenchmarkPlaceInput.productLine": "IVD",
    "BenchmarkPlaceInput.region": "广东",
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
    "SignalInput.code": "PMI",
    "SignalInput.kind": "MARKET",
    "SignalInput.month": "2026-11",
    "SignalInput.name": "采购经理指数",
    "SignalInput.source": "统计局",
    "SignalInput.value": "50.8",
    "SignLetterInput.version": 1,
    "StartPilotInput.version": 1,
    "SubmitForReviewInput.version": 1,
    "TunePlanNodeInput.reason": "三家医院换代",
    "TunePlanNodeInput.value": "1000.00",
    "TunePlanNodeInput.version": 1,
    "UpdateDraftInput.body": BODY,
    "UpdateDraftInput.version": 1,
    "WithdrawReviewInput.version": 1,
}
NAMES: dict[str, str] = {
    "AddWaveInput.id": "DefinitionVersion.piloted",
    "AddWaveInput.unitIds": "OrgUnit.child",
    "ApproveVersionInput.id": "DefinitionVersion",
    "ArchiveVersionInput.id": "DefinitionVersion",
    "AuditEntryFilter.objectId": "Goal",
    "CheckInFilter.correctsId": "CheckIn.wrong",
    "CheckInFilter.goalId": "Goal.unbound",
    "CheckInInput.goalId": "Goal.unbound",
    "ChildInput.childId": "OrgUnit.child",
    "CreditFilter.unitId": "OrgUnit.child",
    "CloseMembershipInput.id": "Member",
    "DisputeFilter.unitId": "OrgUnit.child",
    "GoalFilter.parentId": "Goal.parent",
    "IssueLetterInput.goalIds": "Goal.unbound",
    "IssueLetterInput.templateVersionId": "DefinitionVersion.letter",
    "DryRunLetterTemplateInput.templateVersionId": "DefinitionVersion.letter",
    "IssueLettersInput.templateVersionId": "DefinitionVersion.letter",
    "PreviewLetterInput.goalIds": "Goal",
    "PreviewLetterInput.templateVersionId": "DefinitionVersion.letter",
    "LetterFilter.templateVersionId": "DefinitionVersion.letter",
    "LetterFilter.unitId": "OrgUnit.child",
    "LetterTrialFilter.templateVersionId": "DefinitionVersion.letter",
    "MarkMessagesReadInput.ids": "Message",
    "PlanInput.parentGoalId": "Goal.parent",
    "PlanInput.participants": "OrgUnit.child",
    "PublishVersionInput.id": "DefinitionVersion",
    "Query.goalProgress(goalIds:)": "Goal",
    "Query.diffSnapshots(new:)": "Snapshot",
    "Query.diffSnapshots(old:)": "Snapshot",
    "Query.diffVersions(new:)": "DefinitionVersion",
    "Query.diffVersions(old:)": "DefinitionVersion",
    "Query.explain(id:)": "PlanNode",
    "GoalFilter.unitId": "OrgUnit.child",
    "OrderFilter.templateVersionId": "DefinitionVersion.split",
    "OrderFilter.unitId": "OrgUnit.child",
    "OrgUnitFilter.under": "OrgUnit",
    "PlanFilter.parentGoalId": "Goal.parent",
    "Query.previewMatrix(versionId:)": "DefinitionVersion.matrix",
    "Query.effectiveMatrix(subjectId:)": "Person",
    "Query.whyCan(objectId:)": "Goal",
    "Query.whyCan(subjectId:)": "Person",
    "Query.node(id:)": "Goal",
    "Query.unit(id:)": "OrgUnit",
    "Query.verifySnapshot(id:)": "Snapshot",
    "MetricRecordFilter.definitionVersionId": "DefinitionVersion.metric",
    "MetricRecordFilter.unitId": "OrgUnit.child",
    "ObservationFilter.definitionVersionId": "DefinitionVersion.metric",
    "ObservationFilter.unitId": "OrgUnit.child",
    "Query.benchmarkValue(versionId:)": "DefinitionVersion.benchmark",
    "RecordMilestoneInput.id": "DefinitionVersion",
    "RejectVersionInput.id": "DefinitionVersion",
    "RevokeApiTokenInput.id": "ApiToken",
    "RecordOrderInput.templateVersionId": "DefinitionVersion.split",
    "RecordOrdersInput.templateVersionId": "DefinitionVersion.split",
    "ShareVersionFilter.setBy": "Member",
    "RevokeAssignmentInput.id": "RoleAssignment",
    "RoleAssignmentFilter.delegatedById": "Person.delegating",
    "RoleAssignmentFilter.unitId": "OrgUnit.assigned",
    "RevokeDelegationInput.id": "RoleAssignment.delegated",
    "StartPilotInput.id": "DefinitionVersion.draft",
    "StartPilotInput.unitIds": "OrgUnit.child",
    "SubmitForReviewInput.id": "DefinitionVersion",
    "UpdateDraftInput.id": "DefinitionVersion",
    "WithdrawReviewInput.id": "DefinitionVersion",
}
"""Id arguments whose name does not say the type."""
ENDINGS = {
    "checkInId": "CheckIn",
    "childId": "OrgUnit",
    "cycleId": "Cycle",
    "definitionId": "Definition",
    "disputeId": "Dispute",
    "employeeId": "Person",
    "goalId": "Goal",
    "jobId": "Job",
    "letterId": "Letter",
    "nodeId": "PlanNode",
    "orderId": "Order",
    "ownerId": "Person",
    "periodId": "BonusPeriod",
    "personId": "Person",
    "planId": "Plan",
    "templateVersionId": "DefinitionVersion",
    "unitId": "OrgUnit",
    "versionId": "DefinitionVersion",
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
