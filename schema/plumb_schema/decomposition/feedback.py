"""GraphQL of feedback rounds on weights: open one a quarter, propose other weights, decline."""

from datetime import date
from decimal import Decimal

import strawberry

import plumb_schema.surveys.types  # noqa: F401 - its relations lead there
from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import Node, decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.reads.classes import connection, of, single
from plumb_schema.reads.completion import row_of
from plumb_tenants.decomposition import service
from plumb_tenants.decomposition.feedback_resources import FEEDBACK_ROUND

strawberry.enum(service.RoundState, name="FeedbackRoundState", description="权重反馈状态 / Where a feedback round stands.")


@of(FEEDBACK_ROUND)
class FeedbackRound(Node):
    pass


@strawberry.input(description="开启权重反馈 / Open this quarter's feedback on a template's weights as a survey over a form.")
class OpenFeedbackRoundInput:
    definition_id: strawberry.ID
    form_version_id: strawberry.ID
    score_field: str
    closes_on: date
    opens_on: date | None = None


@strawberry.input(description="新权重 / The weight in percent that a factor is to have, by default or within a weight set.")
class NewWeightInput:
    factor: str
    weight: Decimal
    weight_set: str | None = None


@strawberry.input(description="提议权重 / Draft the template's next version with other weights, from the next quarter on.")
class ProposeWeightsInput:
    round_id: strawberry.ID
    version: int
    weights: list[NewWeightInput]
    note: str = ""


@strawberry.input(description="否决 / End a round without other weights, and say why.")
class DeclineFeedbackRoundInput:
    round_id: strawberry.ID
    version: int
    reason: str


@strawberry.type
class FeedbackMutation:
    @mutation(needs=Permission.SURVEY_WRITE, description="开启权重反馈 / Open the round of this quarter about a template.")
    async def open_feedback_round(self, info: Info, input: OpenFeedbackRoundInput) -> FeedbackRound:
        opened = await service.open_round(
            info.context.caller,
            definition_id=decode_id(input.definition_id, "Definition", field="definitionId"),
            form_version_id=decode_id(input.form_version_id, "DefinitionVersion", field="formVersionId"),
            score_field=input.score_field,
            closes_on=input.closes_on,
            opens_on=input.opens_on,
        )
        return row_of(FeedbackRound, opened)

    @mutation(needs=Permission.DEFINITION_WRITE, description="提议权重 / Draft other weights; review and publishing follow.")
    async def propose_weights(self, info: Info, input: ProposeWeightsInput) -> FeedbackRound:
        proposed = await service.propose_weights(
            info.context.caller,
            round_id=decode_id(input.round_id, "FeedbackRound", field="roundId"),
            version=input.version,
            weights=[service.NewWeight(each.factor, each.weight, each.weight_set) for each in input.weights],
            note=input.note,
        )
        return row_of(FeedbackRound, proposed)

    @mutation(needs=Permission.DEFINITION_WRITE, description="否决权重反馈 / End a round without other weights.")
    async def decline_feedback_round(self, info: Info, input: DeclineFeedbackRoundInput) -> FeedbackRound:
        declined = await service.decline_round(
            info.context.caller,
            round_id=decode_id(input.round_id, "FeedbackRound", field="roundId"),
            version=input.version,
            reason=input.reason,
        )
        return row_of(FeedbackRound, declined)


@strawberry.type
class FeedbackQuery:
    feedback_rounds = connection(FeedbackRound, description="权重反馈列表 / The feedback rounds of the company, newest first.")
    feedback_round = single(FeedbackRound, description="权重反馈 / One feedback round.")
