"""What stands behind messages, as people see them."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import Resource, Retells, instant, register, text
from plumb_platform.telling import retold

TOLD = (
    *("Alignment.name", "Attachment.name", "Attachment.scanFinding", "Attachment.scanReason", "ChangeMark.cause", "Cycle.name"),
    *(
        "Definition.name",
        "DefinitionVersion.body",
        "DefinitionVersion.number",
        "DefinitionVersion.scanFinding",
        "DefinitionVersion.scanReason",
    ),
    *(
        "Goal.attainment",
        "Goal.baseline",
        "Goal.excluded",
        "Goal.level",
        "Goal.metric",
        "Goal.metricKey",
        "Goal.months",
        "Goal.state",
        "Goal.target",
    ),
    *("Goal.title", "Goal.unitOfMeasure", "Goal.weight", "GoalExclusion.amount", "GoalExclusion.state"),
    *("GoalLock.endsAt", "GoalLock.reason", "Letter.closedReason", "Letter.number", "Letter.signers"),
    *("NegotiationTicket.closedReason", "OrgUnit.name", "Person.name", "Person.number", "Plan.gap", "Plan.title", "Plan.total"),
    *("PlanNode.blocked", "PlanNode.factors", "PlanNode.missing", "PlanNode.suggested", "PlanNode.value", "PlanRun.title"),
    *("Proposal.adjusted", "Proposal.proposed", "FileScan.finding"),
    *("Task.contactRole", "Task.done", "Task.quantity", "Task.replaced"),
)
"""The fields that messages, and the refusals within them, tell of."""

MESSAGE = register(
    Resource(
        type_name="Message",
        doc="消息 / What the product told a person or a member, in both languages.",
        table="message",
        read=Permission.MESSAGE_READ,
        reads=("message",),
        own=("{row}.person_id",),
        mine=("{row}.membership_id",),
        order=("-id",),
        retells=Retells("{row}.told -> 'rows'", TOLD),
        columns=(
            text("kind", core=True, doc="消息类型 / The occasion, such as letter.reminder."),
            text(
                "object_id",
                "{row}.object_type || '_' || {row}.object_id",
                core=True,
                doc="所涉对象 / The global id of what it is about.",
            ),
            text("zh", retold("{row}.zh", told="{row}.told", locale="'zh-CN'"), core=True, doc="中文内容 / The text in Chinese."),
            text("en", retold("{row}.en", told="{row}.told", locale="'en'"), core=True, doc="英文内容 / The text in English."),
            instant("sent_at", "{row}.created_at", core=True),
            instant("read_at", doc="阅读时间 / When it was read; null till then."),
        ),
    )
)
