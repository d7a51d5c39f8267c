"""A company with at least one row in every table: who adds a table adds its row here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.clock import today
from plumb_platform.database import fetch, fetch_value, tenant_transaction
from plumb_platform.identity.invitations import invite
from plumb_platform.identity.service import open_session
from plumb_platform.identity.tokens import create_token
from plumb_platform.queue.idempotency import save_answer
from plumb_platform.telling import Sentence
from plumb_tenants.access.service import RoleTarget, assign_role, delegate_role
from plumb_tenants.goals.service import confirm_goal
from plumb_tenants.letters.models import Letter
from plumb_tenants.letters.service import preview_letter
from plumb_tenants.notifications.service import notify
from support.actions_made import fill_actions, fill_leaving
from support.alignment_made import fill_alignment
from support.approvals_made import fill_approvals
from support.attribution_made import fill_attribution
from support.companies import CompanyFixture, member
from support.decomposition_made import fill_decomposition
from support.definitions_made import fill_definitions
from support.form_approvals_made import fill_form_approvals
from support.forms_made import fill_forms
from support.goals_made import add_goals, fill_goals
from support.letters_made import BODY, add_template, fill_annex, fill_run, fill_stamp, issued, sign
from support.metrics_made import fill_metrics
from support.people_made import fill_placements
from support.retention_made import fill_retention
from support.revisions_made import fill_revisions
from support.snapshots_made import fill_snapshots
from support.south import South, make_south
from support.surveys_made import fill_surveys

TENANT_TABLES = """
select c.relname as name, has_table_privilege(c.oid, 'insert') as insertable, has_table_privilege(c.oid, 'update') as updatable,
  has_table_privilege(c.oid, 'delete') as deletable
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
where c.relkind in ('r', 'p') and n.nspname = 'public' order by c.relname
"""
ALL_ROWS = "select count(*) || ':' || md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) from \"{}\" t"
IDS = {
    "Approval.revision": "select approval_id from revision where approval_id is not null",
    "Approval.submission": "select approval_id from submission where approval_id is not null order by id limit 1",
    "ChangeMark": "select id from change_mark",
    "Goal.changed": "select goal_id from change_mark",
    "Goal.negotiated": "select goal_id from negotiation_ticket order by id limit 1",
    "NegotiationTicket": "select id from negotiation_ticket where state = 'OPEN'",
    "NegotiationTicket.countered": "select id from negotiation_ticket where state = 'COUNTERED'",
    "FileScan": "select id from file_scan",
    "RetentionHold": "select id from retention_hold order by id limit 1",
    "RetentionRun": "select id from retention_run order by id limit 1",
    "RetentionRun.requested": "select id from retention_run where kind = 'ERASURE'",
    "Cycle.held": "select object_id from retention_hold where scope = 'CYCLE'",
    "Letter.held": "select object_id from retention_hold where scope = 'LETTER'",
    "Person.held": "select object_id from retention_hold where scope = 'PERSON'",
    "Revision": "select r.id from revision r join goal g on g.id = r.goal_id and g.title = '未签目标'",
    "Revision.negotiated": "select revision_id from negotiation_ticket where revision_id is not null",
    "Revision.submitted": "select id from revision where state = 'SUBMITTED'",
    "Propagation": "select id from propagation",
    "RevisionImpact": "select id from revision_impact",
    "RootCause": "select id from root_cause",
    "Approval": "select id from approval order by id limit 1",
    "ApprovalDelegation": "select id from approval_delegation limit 1",
    "ApprovalTask": "select id from approval_task where state = 'OPEN' and delegate_id is not null order by id limit 1",
    "ApprovalTask.decided": "select id from approval_task where state = 'APPROVED'",
    "ApiToken": "select id from api_token",
    "AuditEntry": "select id from audit_entry order by number limit 1",
    "BonusPeriod": "select id from bonus_period where code = '2026-02'",
    "CheckIn": "select id from check_in where corrects_id is not null",
    "CheckIn.wrong": "select corrects_id from check_in where corrects_id is not null",
    "Company": "select tenant_id from company",
    "Credit": "select id from credit order by id limit 1",
    "Customer": "select id from customer order by code limit 1",
    "Cycle": "select id from cycle",
    "Definition": "select id from definition where key = 'weighted'",
    "DefinitionVersion": "select id from definition_version where body ->> 'level' = 'units'",
    "DefinitionVersion.draft": "select id from definition_version where state = 'DRAFT' order by id desc limit 1",
    "DefinitionVersion.piloted": "select id from definition_version where state = 'PILOT'",
    "DefinitionVersion.people": "select id from definition_version where body ->> 'level' = 'people'",
    "DefinitionVersion.matrix": "select id from definition_version where body ? 'roles'",
    "DefinitionVersion.letter": "select id from definition_version where body ? 'duties'",
    "DefinitionVersion.flow": "select definition_version_id from approval where definition_version_id is not null limit 1",
    "DefinitionVersion.split": "select definition_version_id from sales_order limit 1",
    "DefinitionVersion.benchmark": "select v.id from definition_version v join definition d on d.id = v.definition_id "
    "where d.kind = 'benchmark'",
    "DefinitionVersion.dispatch": "select definition_version_id from task",
    "DefinitionVersion.metric": "select definition_version_id from observation",
    "Dispute": "select id from dispute",
    "Alignment": "select id from alignment",
    "Attachment": "select id from attachment",
    "Proposal": "select id from proposal order by id limit 1",
    "Survey": "select id from survey where kind = 'FAIRNESS'",
    "DefinitionVersion.surveyed": "select definition_version_id from survey where kind = 'FAIRNESS'",
    "FeedbackRound": "select id from feedback_round",
    "TalkTask": "select id from talk_task",
    "FormDryRun": "select id from form_dry_run",
    "Submission": "select id from submission where state = 'DRAFT' order by id limit 1",
    "Submission.sent": "select submission_id from submission_version order by id limit 1",
    "SubmissionVersion": "select id from submission_version order by id limit 1",
    "DefinitionVersion.form": "select definition_version_id from submission where state = 'DRAFT' order by id limit 1",
    "DefinitionVersion.aligned": "select definition_version_id from alignment",
    "Goal": "select goal_id from letter_goal",
    "Handover": "select id from handover",
    "Goal.parent": "select parent_goal_id from plan where parent_goal_id is not null",
    "Goal.draft": "select id from goal where state = 'DRAFT'",
    "Goal.marked": "select goal_id from company_priority",
    "GoalAlert": "select id from goal_alert",
    "GoalExclusion": "select id from goal_exclusion",
    "GoalLock": "select id from goal_lock",
    "DefinitionVersion.goals": "select id from definition_version where body ? 'goals'",
    "GoalLink": "select id from goal_link",
    "Goal.unbound": "select g.id from goal g where g.title = '未签目标'",
    "Invitation": "select id from invitation order by id limit 1",
    "Job": "select id from outbox order by id limit 1",
    "Letter": "select id from letter",
    "Message": "select id from message where kind = 'letter.sign'",
    "LetterTrial": "select id from letter_trial",
    "Member": "select id from membership order by id limit 1",
    "GrowthTarget": "select id from growth_target",
    "MetricRecord": "select id from metric_record",
    "Observation": "select id from observation",
    "Order": "select id from sales_order where code = 'SO-2'",
    "OrgUnit": "select id from org_unit where code = 'HN'",
    "OrgUnit.child": "select id from org_unit where code = 'HN0'",
    "Person.delegated": "select to_id from approval_delegation limit 1",
    "Person": "select owner_id from goal join letter_goal l on l.goal_id = goal.id",
    "Plan": "select id from plan where parent_goal_id is null and run_id is null and branch_of is null",
    "Priority": "select id from company_priority",
    "PlanNode": "select n.id from plan_node n join letter_goal l on l.goal_id = n.goal_id",
    "PlanRun": "select id from plan_run",
    "PlanWeek": "select id from plan_week order by node_id, week limit 1",
    "ShareVersion": "select share_version_id from dispute",
    "OrgUnit.assigned": "select unit_id from role_assignment where unit_id is not null",
    "Person.delegating": "select delegated_by from role_assignment where delegated_by is not null",
    "RoleAssignment": "select id from role_assignment where person_id is not null and delegated_by is null",
    "RoleAssignment.delegated": "select id from role_assignment where delegated_by is not null",
    "Session": "select id from session order by id limit 1",
    "Signal": "select id from signal limit 1",
    "SigningKey": "select id from signing_key",
    "LetterRun": "select id from letter_run",
    "LetterRunItem": "select id from letter_run_item",
    "Snapshot": "select id from snapshot",
    "Task": "select id from task",
}
"""One row of each GraphQL type; a word after the dot says which, where it matters."""


@dataclass(frozen=True)
class FilledCompany:
    """A company, a member who may do all that one member can, and an id of each type."""

    company: CompanyFixture
    south: South
    caller: Actor
    """An administrator who is also the owner of the goal and a party of the letter."""
    manager: Actor
    letter: Letter
    ids: Mapping[str, UUID]


async def fill_company(name: str) -> FilledCompany:
    """Make the company: split a target down to people, confirm, sign, picture, and leave credentials and answers behind."""
    south = await make_south(name)
    company, owner = south.company, south.representatives[0]
    goal = await _published_goal(south, owner)
    template = await add_template(company, BODY)
    letter = await issued(company.hr, goal, template)
    await sign(owner, letter.id, 1)
    letter = await sign(south.guangdong_manager, letter.id, 2)
    await add_goals(company, south.cycle, [(south.provinces[0], owner)], title="未签目标")
    caller = await member(company.tenant_id, "company_admin", person_id=owner.person_id)
    async with tenant_transaction(caller):
        await preview_letter(caller, version_id=template)
        await create_token(caller, name="报表", scopes=["goal:read"], days=1)
        await invite(caller, email="new@example.test", roles=["employee"], person_id=owner.person_id)
        await save_answer(caller, key="first", request_hash="0" * 64, rights="", answer={})
        await assign_role(caller, role="employee", target=RoleTarget(person_id=owner.person_id))
        await assign_role(caller, role="employee", target=RoleTarget(unit_id=south.provinces[0]))
        stand_in, last = south.representatives[1].person_id, today("UTC") + timedelta(days=9)
        await delegate_role(caller, role="company_admin", person_id=stand_in or caller.tenant_id, ends_on=last)
    await new_session(caller)
    await fill_snapshots(caller, south.unit)
    await fill_definitions(company.admin, south.provinces[1])
    await fill_goals(company.hr, owner)
    await fill_attribution(company.admin, owner, south.provinces[0])
    await fill_revisions(company, south.cycle, south.provinces[0], owner, south.guangdong_manager)
    await fill_approvals(company.admin, owner, south.guangdong_manager, south.representatives[1])
    await fill_decomposition(south)
    await fill_metrics(company.admin, "R0")
    await fill_actions(company.admin, owner, "R0")
    await fill_leaving(company, south.provinces[0])
    await fill_placements(company)
    await fill_forms(company.admin, owner, "R0")
    await fill_form_approvals(company.admin, owner, south.representatives[1])
    await fill_alignment(company.admin, owner, south.cycle)
    await fill_run(company.hr, letter)
    await fill_surveys(company.admin, owner)
    await fill_retention(company.admin, letter.employee_id, letter.id, letter.cycle_id)
    await fill_stamp(company.system, letter.id)
    await fill_annex(company.system, letter.id)
    await _tell(company.system, owner, letter.id)
    async with tenant_transaction(company.system):
        ids = {kind: await fetch_value(sql) for kind, sql in IDS.items()}
    return FilledCompany(company, south, caller, south.guangdong_manager, letter, ids)


async def _tell(system: Actor, person: Actor, letter_id: UUID) -> None:
    assert person.person_id is not None
    async with tenant_transaction(system):
        await notify(
            system,
            people=[person.person_id],
            kind="letter.sign",
            object_type="Letter",
            object_id=letter_id,
            said=Sentence(zh="请签署。", en="Please sign."),
        )


async def new_session(actor: Actor) -> str:
    """Open a session of a member as the login does, and return its credential."""
    async with tenant_transaction(actor):
        columns = "tenant_id, id as membership_id, account_id, person_id, roles"
        rows = await fetch(f"select {columns} from membership where id = $1", actor.membership_id)
    opened = await open_session(rows[0], hours=1, address="127.0.0.1", agent="tests", request_id="test-request")
    return opened.credential


async def fingerprint(company: CompanyFixture) -> dict[str, str]:
    """Return a hash over all rows of each table of the company, as the company itself sees them."""
    async with tenant_transaction(company.system):
        return {table["name"]: await fetch_value(ALL_ROWS.format(table["name"])) for table in await fetch(TENANT_TABLES)}


async def _published_goal(south: South, owner: Actor) -> UUID:
    await south.publish(await south.onward())
    async with tenant_transaction(owner):
        goal = await fetch("select id, version from goal where owner_id = $1", owner.person_id)
        await confirm_goal(owner, goal_id=goal[0]["id"], version=goal[0]["version"])
    found: UUID = goal[0]["id"]
    return found
