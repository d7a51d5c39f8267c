"""The least that inputs of letters and authenticators need, for the walks over the whole schema."""

from typing import Any

LETTER_VALUES: dict[str, Any] = {
    "CancelLetterInput.reason": "岗位调整",
    "CancelLetterInput.version": 1,
    "ConfirmTotpInput.code": "123456",
    "DeclineLetterInput.reason": "目标过高",
    "DeclineLetterInput.version": 1,
    "EnrolTotpInput.password": "a password of the tests",
    "RemoveTotpInput.code": "123456",
    "RemoveTotpInput.password": "a password of the tests",
    "SignLetterInput.version": 1,
}
LETTER_NAMES: dict[str, str] = {
    "DryRunLetterTemplateInput.templateVersionId": "DefinitionVersion.letter",
    "IssueLetterInput.goalIds": "Goal.unbound",
    "IssueLetterInput.templateVersionId": "DefinitionVersion.letter",
    "IssueLettersInput.templateVersionId": "DefinitionVersion.letter",
    "LetterFilter.templateVersionId": "DefinitionVersion.letter",
    "LetterFilter.unitId": "OrgUnit.child",
    "LetterTrialFilter.templateVersionId": "DefinitionVersion.letter",
    "PreviewLetterInput.goalIds": "Goal",
    "PreviewLetterInput.templateVersionId": "DefinitionVersion.letter",
}
