"""What stands behind negotiation tickets, as people see them; ratings have nothing that could be listed."""

from plumb_platform.permissions import Permission
from plumb_platform.resources import One, Resource, decimal, enumerated, instant, integer, reference, register, text
from plumb_tenants.negotiations.states import TicketState

TICKET = register(
    Resource(
        type_name="NegotiationTicket",
        doc="目标协商工单 / An employee's question about their own goal.",
        table="negotiation_ticket",
        read=Permission.TICKET_READ,
        reads=("negotiation_ticket", "goal", "person"),
        own=("{row}.owner_id", "{row}.superior_id"),
        unit="{row}.unit_id",
        order=("-id",),
        columns=(
            enumerated("state", TicketState, core=True),
            integer("version", core=True),
            integer("level", core=True, doc="层级 / How far above the owner it stands."),
            reference("goal_id", "Goal"),
            reference("unit_id", "OrgUnit"),
            reference("owner_id", "Person"),
            reference("superior_id", "Person"),
            reference("revision_id", "Revision"),
            decimal("target"),
            text("reason"),
            decimal("counter_target"),
            text("answer"),
            text("closed_reason", doc="关闭原因 / Why its goal was withdrawn, where the ticket ended with it."),
            instant("opened_at", "{row}.created_at", core=True),
            instant("due_at", core=True),
            instant("escalated_at"),
            instant("answered_at"),
        ),
        relations=(
            One(name="goal", target="Goal", by="{row}.goal_id", part=True, doc="目标 / The goal."),
            One(name="owner", target="Person", by="{row}.owner_id", part=True, named=True, doc="责任人 / Who asks."),
            One(name="superior", target="Person", by="{row}.superior_id", part=True, named=True, doc="上级 / Who has to answer."),
        ),
    )
)
