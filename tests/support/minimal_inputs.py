"""Minimal arguments of every field of the API, and which object each id argument names: a new argument adds its line."""

from collections.abc import Mapping
from typing import Any

import pytest

from support.minimal_values import VALUES
from support.schema_walk import IdPlace, RootField, arguments_of

NAMES: dict[str, str] = {
    "UndoDecisionInput.taskId": "ApprovalTask.decided",
    "ApprovalDelegationFilter.fromId": "Person",
    "ApprovalDelegationFilter.toId": "Person.delegated",
    "ApprovalTaskFilter.delegateId": "Person.delegated",
    "ApprovalFilter.flowVersionId": "DefinitionVersion.flow",
    "ApprovalFilter.unitId": "OrgUnit.child",
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
    "CreateGoalInput.parentId": "Goal.parent",
    "EditGoalInput.goalId": "Goal.draft",
    "EditGoalInput.parentId": "Goal.parent",
    "LinkGoalsInput.fromId": "Goal.unbound",
    "LinkGoalsInput.toId": "Goal",
    "MarkPriorityInput.goalId": "Goal.unbound",
    "PriorityFilter.goalId": "Goal.marked",
    "ProposeGoalInput.goalId": "Goal.draft",
    "UnmarkPriorityInput.goalId": "Goal.marked",
    "WithdrawGoalInput.goalId": "Goal.draft",
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
    "DryRunFormVersionInput.versionId": "DefinitionVersion.form",
    "Query.fillableForm(versionId:)": "DefinitionVersion.form",
    "Query.validateSubmission(versionId:)": "DefinitionVersion.form",
    "StartSubmissionInput.versionId": "DefinitionVersion.form",
    "SubmissionFilter.formVersionId": "DefinitionVersion.form",
    "FormDryRunFilter.formVersionId": "DefinitionVersion.form",
    "SubmissionFilter.unitId": "OrgUnit.child",
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
    "applicantId": "Person",
    "approvalId": "Approval",
    "assigneeId": "Person",
    "delegationId": "ApprovalDelegation",
    "taskId": "ApprovalTask",
    "checkInId": "CheckIn",
    "childId": "OrgUnit",
    "cycleId": "Cycle",
    "definitionId": "Definition",
    "disputeId": "Dispute",
    "employeeId": "Person",
    "goalId": "Goal",
    "jobId": "Job",
    "letterId": "Letter",
    "attachmentId": "Attachment",
    "linkId": "GoalLink",
    "submissionId": "Submission",
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
