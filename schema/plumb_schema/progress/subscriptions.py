"""Subscriptions: long work followed from where it stands to its end; whoever may ask the query of a name may follow it."""

from collections.abc import Mapping
from typing import Any

import strawberry

from plumb_platform.queue.service import JobState
from plumb_schema.decomposition.types import PlanRun
from plumb_schema.forms.types import FormDryRun
from plumb_schema.jobs.types import Job
from plumb_schema.letters.run_types import LetterRun
from plumb_schema.letters.types import Letter, LetterTrial
from plumb_schema.reads.classes import Ending, followed
from plumb_schema.snapshots.types import Snapshot
from plumb_tenants.decomposition.rules import RunState as PlanRunState
from plumb_tenants.letters.rules import CLOSED, LetterState
from plumb_tenants.letters.runs import RunState as LetterRunState

_LETTER_ENDS = {str(state) for state in (LetterState.SEALED, *CLOSED)}


def _once(*states: object) -> Ending:
    names = {str(state) for state in states}
    return Ending("{state}", lambda found: found["state"] in names)


def _run_is_over(found: Mapping[str, Any]) -> bool:
    return found["state"] in (LetterRunState.DONE, LetterRunState.CANCELLED) and found["unsealed"] == found["halted"]


def _letter_is_over(found: Mapping[str, Any]) -> bool:
    return found["state"] in _LETTER_ENDS or (found["sealJob"] or {}).get("state") == JobState.FAILED


def _trial_is_over(found: Mapping[str, Any]) -> bool:
    return found["finishedAt"] is not None or (found["job"] or {}).get("state") == JobState.FAILED


@strawberry.type(description="订阅 / Long work as it goes on, by server-sent events; each answers what its query does.")
class Subscription:
    letter_run = followed(
        LetterRun,
        ending=Ending("{state unsealed halted}", _run_is_over),
        description="批量签发进度 / A run with its counts, until all is issued and every letter is sealed, ended or `halted`.",
    )
    letter = followed(
        Letter,
        ending=Ending("{state sealJob{state}}", _letter_is_over),
        description="责任书进度 / A letter from its issue to its seal, to whatever else ends it, or until sealing it has failed.",
    )
    letter_trial = followed(
        LetterTrial,
        ending=Ending("{finishedAt job{state}}", _trial_is_over),
        description="模板试用进度 / A preview or dry run of a letter template.",
    )
    plan_run = followed(
        PlanRun,
        ending=_once(PlanRunState.DONE, PlanRunState.PUBLISHED, PlanRunState.FAILED),
        description="全层级拆解进度 / A run through all levels, also while a level waits for its release.",
    )
    form_dry_run = followed(
        FormDryRun,
        ending=Ending("{checked total}", lambda found: found["checked"] >= found["total"]),
        description="表单试跑进度 / A dry run of a form, until every submission is replayed.",
    )
    job = followed(
        Job,
        ending=_once(JobState.DONE, JobState.FAILED),
        description="任务进度 / A background job, until it is done or has failed.",
    )
    snapshot = followed(
        Snapshot,
        ending=Ending("{id}", lambda _: False),
        description="快照进度 / A snapshot as its anchor and its files come; it ends when the client leaves.",
    )
