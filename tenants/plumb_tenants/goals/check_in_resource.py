"""What stands behind check-ins, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Join, One, Resource, boolean, day, decimal, instant, integer, reference, register, text

CHECK_IN = register(
    Resource(
        type_name="CheckIn",
        doc="进度更新 / What somebody said a goal had come to by a day; a correction names the one that it corrects.",
        table="check_in",
        read=Permission.CHECK_IN_READ,
        reads=("check_in", "goal", "person"),
        own=("{g}.owner_id",),
        unit="{g}.unit_id",
        joins=(Join("g", "join goal {g} on {g}.tenant_id = {row}.tenant_id and {g}.id = {row}.goal_id"),),
        order=("-as_of",),
        columns=(
            reference("goal_id", "Goal"),
            day("as_of", core=True, doc="截至日期 / The day that the value is of."),
            decimal("value", doc="实际值 / The actual, in the goal's unit of measure."),
            integer("confidence", doc="信心指数（0–10） / How sure the author is to reach the target, 0 to 10."),
            text("comment"),
            reference("corrects_id", "CheckIn"),
            boolean(
                "corrected",
                "exists (select from check_in n where n.tenant_id = {row}.tenant_id and n.corrects_id = {row}.id)",
                core=True,
                doc="是否已被更正 / Whether another check-in stands in its place.",
            ),
            text(
                "author_name",
                "(select p.name from person p where p.tenant_id = {row}.tenant_id and p.id = {row}.person_id)",
                doc="更新人 / Who said it; null for somebody who is no employee.",
            ),
            instant("said_at", "{row}.created_at", core=True),
        ),
        relations=(One(name="goal", target="Goal", by="{row}.goal_id", doc="目标 / The goal that it is about."),),
    )
)
