"""What stands behind alignments, proposals and talks, as people see them."""

from enum import StrEnum

from plumb_platform.permissions import Permission
from plumb_platform.resources import (
    Items,
    Many,
    One,
    Resource,
    day,
    decimal,
    enumerated,
    instant,
    integer,
    reference,
    register,
    text,
)
from plumb_platform.words import Word
from plumb_tenants.alignment.rules import Flag, Stage


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "PROPOSED"
    ADJUSTED = "ADJUSTED"
    CONFIRMED = "CONFIRMED"


class TalkState(Word):
    """Where a talk stands."""

    OPEN = "OPEN", "待沟通"
    CLOSED = "CLOSED", "已完成"


_STAGE = "(array['PENDING', 'PROPOSING', 'LEVELLING', 'CONFIRMING', 'CLOSED'])[{row}.round + 1]"
_CONFIRMED = (
    "(select v.{} from goal g join goal_version v on v.tenant_id = g.tenant_id and v.goal_id = g.id "
    "and v.number = g.current_number where g.tenant_id = {{row}}.tenant_id and g.id = {{row}}.goal_id "
    "and v.confirmed_at is not null)"
)
STATE = (
    f"case when {_CONFIRMED.format('confirmed_at')} is not null then 'CONFIRMED' "
    "when {row}.adjusted is not null then 'ADJUSTED' else 'PROPOSED' end"
)

ALIGNMENT = register(
    Resource(
        type_name="Alignment",
        doc="目标对齐 / Goal setting for a cycle in three rounds.",
        table="alignment",
        read=Permission.ALIGNMENT_READ,
        reads=("alignment",),
        order=("-id",),
        columns=(
            text("name", core=True),
            reference("cycle_id", "Cycle"),
            reference("form_version_id", "DefinitionVersion", "{row}.definition_version_id", core=True),
            enumerated("stage", Stage, _STAGE, core=True, doc="轮次 / The round that was opened last."),
            day("proposing_on", core=True),
            day("levelling_on", core=True),
            day("confirming_on", core=True),
            day("closes_on", core=True),
            instant("opened_at", doc="第一轮开启时间 / When round 1 was opened."),
            decimal("meeting_days_before"),
            decimal("meeting_days_after"),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
        ),
        relations=(
            One(name="cycle", target="Cycle", by="{row}.cycle_id", doc="周期 / Its cycle."),
            Many(name="proposals", target="Proposal", on="{there}.alignment_id = {row}.id", doc="申报 / What was proposed."),
            Many(
                name="talks",
                target="TalkTask",
                on="{there}.alignment_id = {row}.id",
                doc="沟通任务 / The talks.",
            ),
        ),
    )
)

PROPOSAL = register(
    Resource(
        type_name="Proposal",
        doc="目标申报 / What a person proposes for a metric: proposed, adjusted, confirmed.",
        table="proposal",
        read=Permission.PROPOSAL_READ,
        reads=("proposal", "proposal_version", "proposal_move", "goal", "goal_version"),
        own=("{row}.person_id",),
        unit="{row}.unit_id",
        order=("-id",),
        columns=(
            reference("alignment_id", "Alignment", core=True),
            reference("cycle_id", "Cycle"),
            reference("person_id", "Person"),
            reference("unit_id", "OrgUnit"),
            reference("goal_id", "Goal"),
            text("metric", "{row}.metric_key", doc="指标代号 / The key of its metric."),
            text("product"),
            text("region"),
            enumerated("state", ProposalState, STATE, core=True),
            integer("number", core=True, doc="申报版本号 / Counts what its person proposed."),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            decimal("proposed"),
            decimal("adjusted"),
            instant("adjusted_at"),
            reference("adjusted_by", "Member"),
            decimal("confirmed", _CONFIRMED.format("target"), repeats=("Goal.target", "{row}.goal_id")),
            instant("confirmed_at", _CONFIRMED.format("confirmed_at"), repeats=("Goal.confirmedAt", "{row}.goal_id")),
            instant("created_at", core=True),
        ),
        relations=(
            One(name="alignment", target="Alignment", by="{row}.alignment_id", doc="目标对齐 / Its alignment."),
            One(name="person", target="Person", by="{row}.person_id", doc="申报人 / Who proposes."),
            One(name="unit", target="OrgUnit", by="{row}.unit_id", doc="部门 / Their unit at that time."),
            One(name="goal", target="Goal", by="{row}.goal_id", doc="目标 / The goal that it became."),
            Items(
                name="versions",
                type_name="ProposalVersion",
                type_doc="申报版本 / A value as its person proposed it.",
                columns=(
                    integer("number", "{item}.number", core=True),
                    decimal("proposed", "{item}.proposed", core=True),
                    reference("submission_id", "Submission", "{item}.submission_id", core=True),
                    instant("proposed_at", "{item}.created_at", core=True),
                ),
                source="(select v.number, v.proposed, v.submission_id, v.created_at from proposal_version v "
                "where v.tenant_id = {row}.tenant_id and v.proposal_id = {row}.id)",
                order="{item}.number",
                doc="申报历史 / Every version, oldest first.",
            ),
            Items(
                name="moves",
                type_name="ProposalMove",
                type_doc="调整 / An amount that came from or went to a sibling.",
                columns=(
                    decimal("amount", "{item}.amount", core=True, doc="金额 / Negative where it went away."),
                    text("reason", "{item}.reason", core=True),
                    instant("moved_at", "{item}.created_at", core=True),
                ),
                source="(select m.id, m.reason, m.created_at, case when m.source_id = {row}.id then -m.amount else m.amount end "
                "as amount from proposal_move m where m.tenant_id = {row}.tenant_id "
                "and {row}.id in (m.source_id, m.target_id))",
                order="({item}.created_at, {item}.id)",
                doc="调整记录 / What was moved, oldest first.",
            ),
        ),
    )
)

TALK_TASK = register(
    Resource(
        type_name="TalkTask",
        doc="沟通任务 / A talk that a flag asks of the direct manager.",
        table="talk_task",
        read=Permission.TALK_READ,
        reads=("talk_task",),
        own=("{row}.assignee_id",),
        unit="{row}.unit_id",
        order=("-id",),
        columns=(
            reference("proposal_id", "Proposal"),
            reference("alignment_id", "Alignment"),
            reference("person_id", "Person", doc="沟通对象 / Whose proposal stands out."),
            reference("unit_id", "OrgUnit"),
            reference("assignee_id", "Person", doc="负责人 / Who is to talk; null for the unit's administrators."),
            enumerated("flag", Flag, core=True),
            enumerated("state", TalkState, core=True),
            decimal("value", doc="申报值 / What was proposed."),
            decimal("peer_mean", doc="同组均值 / The mean of the others."),
            text("note", doc="沟通结论 / What came of it."),
            instant("closed_at"),
            integer("version", core=True, doc="乐观锁版本 / What a change must name."),
            instant("created_at", core=True),
        ),
        relations=(
            One(name="proposal", target="Proposal", by="{row}.proposal_id", doc="申报 / What stands out."),
            One(name="person", target="Person", by="{row}.person_id", doc="沟通对象 / Whose it is."),
            One(name="assignee", target="Person", by="{row}.assignee_id", doc="负责人 / Who is to talk."),
        ),
    )
)
