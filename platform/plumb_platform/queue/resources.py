"""What stands behind a background job, as people see it."""

from plumb_platform.permissions import Permission
from plumb_platform.queue.service import JobState
from plumb_platform.resources import Resource, Retells, enumerated, instant, integer, register, text
from plumb_platform.telling import retold_from, rows_of

_STATE = (
    "(case when {row}.failed_at is not null then 'FAILED' when {row}.done_at is not null then 'DONE' "
    "when {row}.started_at is not null then 'RUNNING' else 'QUEUED' end)"
)

JOB = register(
    Resource(
        type_name="Job",
        doc="后台任务 / Work done in the background; a failed one says why.",
        table="outbox",
        read=Permission.JOB_READ,
        # The relay counts its tries in the same table all the time: answers about jobs are never kept.
        reads=(),
        mine=("{row}.created_by",),
        order=("-id",),
        retells=Retells(rows_of("{row}.error"), refusals=True),
        columns=(
            text("topic", core=True),
            enumerated("state", JobState, _STATE, core=True),
            instant("created_at", core=True),
            instant("started_at"),
            instant("finished_at", "coalesce({row}.done_at, {row}.failed_at)"),
            integer("failures", core=True, doc="失败次数 / How often it failed so far."),
            text("error_code"),
            text("error_message", retold_from("{row}.error"), doc="失败原因 / Why it failed, in the caller's language."),
        ),
    )
)
