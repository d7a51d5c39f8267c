"""Mutations that try a letter template before it is published."""

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.letters.types import LetterTrial
from plumb_schema.reads.completion import row_of
from plumb_tenants.letters import service


@strawberry.input(description="预览模板 / A template as it prints, a draft too: over confirmed goals of one person, or a sample.")
class PreviewLetterInput:
    template_version_id: strawberry.ID
    goal_ids: list[strawberry.ID] | None = None


@strawberry.input(description="试运行模板 / What of a cycle a template would not print: confirmed goals, and letters that stand.")
class DryRunLetterTemplateInput:
    template_version_id: strawberry.ID
    cycle_id: strawberry.ID


@strawberry.type
class LetterTrialMutation:
    @mutation(needs=Permission.TRIAL_RUN, description="预览模板 / Ask for a preview as PDF and pictures; a job makes it.")
    async def preview_letter(self, info: Info, input: PreviewLetterInput) -> LetterTrial:
        goal_ids = [decode_id(each, "Goal", field=f"goalIds[{place}]") for place, each in enumerate(input.goal_ids or ())]
        trial = await service.preview_letter(
            info.context.caller,
            version_id=decode_id(input.template_version_id, "DefinitionVersion", field="templateVersionId"),
            goal_ids=goal_ids,
        )
        return row_of(LetterTrial, trial.id)

    @mutation(needs=Permission.TRIAL_RUN, description="试运行模板 / Ask what a template would not print; a job finds out.")
    async def dry_run_letter_template(self, info: Info, input: DryRunLetterTemplateInput) -> LetterTrial:
        trial = await service.dry_run_template(
            info.context.caller,
            version_id=decode_id(input.template_version_id, "DefinitionVersion", field="templateVersionId"),
            cycle_id=decode_id(input.cycle_id, "Cycle", field="cycleId"),
        )
        return row_of(LetterTrial, trial.id)
