"""What stands behind alerts of goals, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Join, One, Resource, enumerated, instant, integer, reference, register, text
from plumb_platform.words import Word


class AlertState(Word):
    """Where an alert stands: nobody has answered it, somebody has, or its goal is behind no more."""

    OPEN = "OPEN", "待应对"
    ANSWERED = "ANSWERED", "已应对"
    ENDED = "ENDED", "已解除"


_STATE = "case when {row}.ended_at is not null then 'ENDED' when {row}.answered_at is not null then 'ANSWERED' else 'OPEN' end"

GOAL_ALERT = register(
    Resource(
        type_name="GoalAlert",
        doc="进度预警 / A goal fell more than 15 percentage points behind what is expected of it by then.",
        table="goal_alert",
        read=Permission.CHECK_IN_READ,
        reads=("goal_alert", "goal"),
        own=("{g}.owner_id",),
        unit="{g}.unit_id",
        joins=(Join("g", "join goal {g} on {g}.tenant_id = {row}.tenant_id and {g}.id = {row}.goal_id"),),
        order=("-raised_at",),
        columns=(
            reference("goal_id", "Goal"),
            enumerated("state", AlertState, f"({_STATE})", core=True),
            instant("raised_at", "{row}.created_at", core=True, doc="预警时间 / When owner and superior were told."),
            instant("answered_at", doc="应对时间 / When somebody first said what is to be done."),
            text("note", doc="应对措施 / What is to be done."),
            instant("ended_at", doc="解除时间 / When it was behind no more, or counted no more."),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
        ),
        relations=(One(name="goal", target="Goal", by="{row}.goal_id", doc="目标 / The goal that it is about."),),
    )
)
