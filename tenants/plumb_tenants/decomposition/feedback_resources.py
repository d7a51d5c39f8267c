"""What stands behind feedback rounds, as people see them; what somebody answered is in no row of theirs."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import One, Resource, day, enumerated, instant, integer, reference, register, text
from plumb_tenants.decomposition.rules import RoundState

FEEDBACK_ROUND = register(
    Resource(
        type_name="FeedbackRound",
        doc="权重反馈 / Feedback on the weights of a template in a quarter, and the version that it led to.",
        table="feedback_round",
        read=Permission.SURVEY_READ,
        reads=("feedback_round",),
        order=("-id",),
        columns=(
            reference("definition_id", "Definition", core=True),
            reference("about_version_id", "DefinitionVersion", doc="反馈所针对的版本 / The version that held when it opened."),
            day("quarter", core=True, doc="季度首日 / The first day of its quarter."),
            enumerated("state", RoundState, core=True),
            reference("draft_version_id", "DefinitionVersion", doc="提议的版本 / The version that was proposed."),
            day("effective_from", doc="生效日 / The day from which accepted weights hold."),
            text("reason", doc="否决理由 / Why it was declined."),
            instant("decided_at"),
            instant("created_at"),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
        ),
        relations=(One(name="survey", target="Survey", by="{row}.survey_id", doc="调查 / Its answers, as one figure."),),
    )
)
