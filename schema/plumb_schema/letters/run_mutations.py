"""Mutations of runs: start one over a cycle, pause, resume, cancel, and have its audit pages made."""

from collections.abc import Awaitable, Callable

import strawberry

from plumb_platform.permissions import Permission
from plumb_schema.ground.context import Info
from plumb_schema.ground.ids import decode_id
from plumb_schema.ground.mutations import mutation
from plumb_schema.letters.run_types import LetterRun
from plumb_schema.reads.completion import row_of
from plumb_tenants.letters import runs
from plumb_tenants.letters.run_audits import request_run_audits


@strawberry.input(
    description="启动批量签发 / Issue letters to all in a cycle who are owed one, at most 10,000, behind the scenes."
)
class StartLetterRunInput:
    cycle_id: strawberry.ID
    template_version_id: strawberry.ID


@strawberry.input(description="暂停批量签发 / Stop a run after the piece under way.")
class PauseLetterRunInput:
    run_id: strawberry.ID
    version: int


@strawberry.input(description="继续批量签发 / Go on with a paused run.")
class ResumeLetterRunInput:
    run_id: strawberry.ID
    version: int


@strawberry.input(description="取消批量签发 / End a run; what is issued stays.")
class CancelLetterRunInput:
    run_id: strawberry.ID
    version: int


@strawberry.input(description="为整批生成审计页 / Have the audit page made of each sealed letter of a run.")
class RequestRunAuditsInput:
    run_id: strawberry.ID


Turn = PauseLetterRunInput | ResumeLetterRunInput | CancelLetterRunInput


@strawberry.type
class LetterRunMutation:
    @mutation(
        needs=Permission.LETTER_ISSUE, description="启动批量签发 / Start a run; `letterRun` and `letterRunItems` follow it."
    )
    async def start_letter_run(self, info: Info, input: StartLetterRunInput) -> LetterRun:
        made = await runs.start_letter_run(
            info.context.caller,
            cycle_id=decode_id(input.cycle_id, "Cycle", field="cycleId"),
            template_version_id=decode_id(input.template_version_id, "DefinitionVersion", field="templateVersionId"),
        )
        return row_of(LetterRun, made.id)

    @mutation(needs=Permission.LETTER_ISSUE, description="暂停批量签发 / Pause a run.")
    async def pause_letter_run(self, info: Info, input: PauseLetterRunInput) -> LetterRun:
        return await _turned(info, input, runs.pause_letter_run)

    @mutation(needs=Permission.LETTER_ISSUE, description="继续批量签发 / Resume a run.")
    async def resume_letter_run(self, info: Info, input: ResumeLetterRunInput) -> LetterRun:
        return await _turned(info, input, runs.resume_letter_run)

    @mutation(needs=Permission.LETTER_ISSUE, description="取消批量签发 / Cancel a run.")
    async def cancel_letter_run(self, info: Info, input: CancelLetterRunInput) -> LetterRun:
        return await _turned(info, input, runs.cancel_letter_run)

    @mutation(
        needs=Permission.LETTER_DOWNLOAD,
        description="为整批生成审计页 / Have the audit pages made that a run's archive lacks; `audited` counts them.",
    )
    async def request_run_audits(self, info: Info, input: RequestRunAuditsInput) -> LetterRun:
        run_id = decode_id(input.run_id, "LetterRun", field="runId")
        return row_of(LetterRun, (await request_run_audits(info.context.caller, run_id=run_id)).id)


async def _turned(info: Info, input: Turn, turn: Callable[..., Awaitable[object]]) -> LetterRun:
    run_id = decode_id(input.run_id, "LetterRun", field="runId")
    await turn(info.context.caller, run_id=run_id, version=input.version)
    return row_of(LetterRun, run_id)
