"""GraphQL types of forms: what resources stand behind, a form as it is filled in, and how each of its fields stands."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry
from strawberry.scalars import JSON

import plumb_schema.approvals.types
import plumb_schema.definitions.types
import plumb_schema.files.states
import plumb_schema.people.types  # noqa: F401 - relations and references lead to both
from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_schema.ground.ids import Node, encode_id
from plumb_schema.ground.permission import field, tenant_type
from plumb_schema.ground.problems import ItemProblem, item_problem
from plumb_schema.reads.classes import of
from plumb_tenants.forms import service
from plumb_tenants.forms.resources import ATTACHMENT, FORM_DRY_RUN, SUBMISSION, SUBMISSION_VERSION

strawberry.enum(
    service.SubmissionState,
    description="提交状态 / A draft and what came back change; a flow leads to the rest.",
)
strawberry.enum(service.SuggestionReason, description="建议依据 / What a suggestion had to do without.")
strawberry.enum(service.FieldType, name="FieldType", description="字段类型 / What a field of a form holds.")
_WRITE = Permission.SUBMISSION_WRITE


@of(SUBMISSION)
class Submission(Node):
    pass


@of(SUBMISSION_VERSION)
class SubmissionVersion(Node):
    pass


@of(ATTACHMENT)
class Attachment(Node):
    @field(description="下载路径 / Where to get the file.")
    def download_path(self: Any) -> str:
        return f"/attachments/{encode_id('Attachment', self.id)}/file"


@of(FORM_DRY_RUN)
class FormDryRun(Node):
    pass


@tenant_type(needs=_WRITE, description="字段位置 / Where a field stands: its section, and its columns in their order.")
class FormPlace:
    key: str
    type: service.FieldType
    section: str | None
    columns: list[str]


@tenant_type(needs=_WRITE, description="待填表单 / A version of a form as a client renders it.")
class FillableForm:
    version_id: strawberry.ID
    key: str
    name: str
    number: int
    json_schema: JSON = strawberry.field(
        description="表单的 JSON Schema（2020-12） / The form's JSON schema; `x-plumb` carries type and rules of a field."
    )
    order: list[FormPlace]


@tenant_type(needs=_WRITE, description="建议值 / A suggested value, what it had to do without, or why there is none.")
class FieldSuggestion:
    value: Decimal | None
    reasons: list[service.SuggestionReason]
    problem: ItemProblem | None


@tenant_type(needs=_WRITE, description="字段状态 / How one field, or one cell of a row, stands with the values given.")
class FieldAnswer:
    path: str
    visible: bool
    required: bool
    read_only: bool
    value: JSON | None
    as_of: datetime | None = strawberry.field(description="截至 / Of a synced figure: when it was true.")
    suggestion: FieldSuggestion | None
    problems: list[ItemProblem]


@tenant_type(needs=_WRITE, description="校验结果 / How every field stands; `problems` are those of no single field.")
class FormAnswers:
    complete: bool = strawberry.field(description="可提交 / Whether it could be submitted like this.")
    fields: list[FieldAnswer]
    problems: list[ItemProblem]


@tenant_type(needs=Permission.OBSERVATION_READ, description="历史点 / One month; what is absent is null and never zero.")
class HistoryPoint:
    month: date = strawberry.field(description="该月第一天 / The first day of the month.")
    actual: Decimal | None
    target: Decimal | None = strawberry.field(description="目标 / What one's confirmed goals ask for.")
    last_year: Decimal | None = strawberry.field(description="去年同月 / The same month of the year before.")


@tenant_type(needs=Permission.PERSON_PICK, description="可选审批人 / A colleague as far as one must know them to name them.")
class ApproverCandidate:
    number: str = strawberry.field(description="工号 / What the answer of the field is.")
    name: str
    unit_name: str


@tenant_type(needs=Permission.DEFINITION_PUBLISH, description="行业包结果 / The versions in effect, forms last.")
class AdoptedFormPack:
    version_ids: list[strawberry.ID]


@tenant_type(needs=Permission.FEED_WRITE, description="记录结果 / How many of the figures are new.")
class RecordedFigures:
    added: int


def form_of(version: service.PublishedVersion) -> FillableForm:
    """Return a version as a client renders it."""
    compiled = service.compiled_of(version)
    return FillableForm(
        version_id=strawberry.ID(encode_id("DefinitionVersion", version.id)),
        key=version.key,
        name=version.name,
        number=version.number,
        json_schema=service.json_schema(compiled),  # type: ignore[arg-type]  # plain JSON
        order=[FormPlace(key=p.key, type=p.type, section=p.section, columns=list(p.columns)) for p in service.ui_order(compiled)],
    )


def answers_of(answers: service.Answers, locale: Locale) -> FormAnswers:
    """Return the answers per field, in the order of the form."""
    evaluation = answers.evaluation
    return FormAnswers(
        complete=not evaluation.problems,
        fields=[_answer_of(state, answers, locale) for state in evaluation.states],
        problems=[item_problem(each, locale) for each in evaluation.others],
    )


def _answer_of(state: service.CellState, answers: service.Answers, locale: Locale) -> FieldAnswer:
    synced, suggestion = answers.fed.get(state.path), answers.suggestions.get(state.path)
    return FieldAnswer(
        path=state.path,
        visible=state.visible,
        required=state.required,
        read_only=state.read_only,
        value=state.value,
        as_of=synced.as_of if synced and state.visible else None,
        suggestion=_suggestion_of(suggestion, locale) if suggestion else None,
        problems=[item_problem(each, locale) for each in state.problems],
    )


def _suggestion_of(suggestion: service.Suggestion, locale: Locale) -> FieldSuggestion:
    return FieldSuggestion(
        value=suggestion.value,
        reasons=list(suggestion.reasons),
        problem=item_problem(suggestion.error, locale) if suggestion.error else None,
    )
