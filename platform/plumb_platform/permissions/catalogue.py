"""Every permission as `resource:action`, the row scopes, and the grants that a new company's roles start with."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum


class Permission(StrEnum):
    """What somebody may do; sorted, one line each."""

    APPROVAL_ACT = "approval:act"
    APPROVAL_READ = "approval:read"
    ALIGNMENT_LEVEL = "alignment:level"
    ALIGNMENT_READ = "alignment:read"
    ALIGNMENT_WRITE = "alignment:write"
    AUDIT_READ = "audit:read"
    BONUS_EXPORT = "bonus:export"
    CALENDAR_READ = "calendar:read"
    CHECK_IN_READ = "check_in:read"
    CHECK_IN_WRITE = "check_in:write"
    COMPANY_READ = "company:read"
    COMPANY_WRITE = "company:write"
    CREDIT_READ = "credit:read"
    CUSTOMER_IMPORT = "customer:import"
    CUSTOMER_READ = "customer:read"
    CYCLE_READ = "cycle:read"
    CYCLE_WRITE = "cycle:write"
    DEFINITION_ALERT = "definition:alert"
    DEFINITION_LOGIC = "definition:logic"
    DEFINITION_PUBLISH = "definition:publish"
    DEFINITION_READ = "definition:read"
    DEFINITION_REVIEW = "definition:review"
    DEFINITION_WRITE = "definition:write"
    DISPUTE_COMMENT = "dispute:comment"
    DISPUTE_OPEN = "dispute:open"
    DISPUTE_READ = "dispute:read"
    DISPUTE_RESOLVE = "dispute:resolve"
    FEED_WRITE = "feed:write"
    FILE_JUDGE = "file:judge"
    FILE_READ = "file:read"
    FORMULA_PREVIEW = "formula:preview"
    GOAL_BYPASS = "goal:bypass"
    GOAL_CONFIRM = "goal:confirm"
    GOAL_EXCLUDE = "goal:exclude"
    GOAL_LOCK = "goal:lock"
    GOAL_RATE = "goal:rate"
    GOAL_READ = "goal:read"
    GOAL_REVISE = "goal:revise"
    HANDOVER_READ = "handover:read"
    GOAL_WRITE = "goal:write"
    JOB_READ = "job:read"
    JOB_RETRY = "job:retry"
    LETTER_DOWNLOAD = "letter:download"
    LETTER_ISSUE = "letter:issue"
    LETTER_READ = "letter:read"
    LETTER_REVOKE = "letter:revoke"
    LETTER_SIGN = "letter:sign"
    LINK_COUNT = "link:count"
    MEMBER_CLOSE = "member:close"
    MEMBER_INVITE = "member:invite"
    MEMBER_READ = "member:read"
    MESSAGE_READ = "message:read"
    METRIC_READ = "metric:read"
    OBSERVATION_READ = "observation:read"
    OBSERVATION_WRITE = "observation:write"
    ORDER_READ = "order:read"
    ORDER_WRITE = "order:write"
    PERIOD_CLOSE = "period:close"
    PERIOD_READ = "period:read"
    PERIOD_WRITE = "period:write"
    PERSON_DEACTIVATE = "person:deactivate"
    PERSON_IMPORT = "person:import"
    PERSON_PICK = "person:pick"
    PERSON_READ = "person:read"
    PLAN_PUBLISH = "plan:publish"
    PLAN_READ = "plan:read"
    PLAN_TUNE = "plan:tune"
    PLAN_WEEK_READ = "plan_week:read"
    PLAN_WRITE = "plan:write"
    PRIORITY_READ = "priority:read"
    PRIORITY_WRITE = "priority:write"
    PROPOSAL_READ = "proposal:read"
    PROPOSAL_WRITE = "proposal:write"
    RETENTION_ERASE = "retention:erase"
    RETENTION_HOLD = "retention:hold"
    RETENTION_READ = "retention:read"
    REVISION_READ = "revision:read"
    REVISION_WRITE = "revision:write"
    ROLE_ASSIGN = "role:assign"
    ROLE_DELEGATE = "role:delegate"
    ROLE_READ = "role:read"
    ROOT_CAUSE_CLOSE = "root_cause:close"
    SHARE_WRITE = "share:write"
    SIGNAL_READ = "signal:read"
    SIGNAL_WRITE = "signal:write"
    SIGNING_KEY_READ = "signing_key:read"
    SIGNING_KEY_RENEW = "signing_key:renew"
    SNAPSHOT_READ = "snapshot:read"
    SNAPSHOT_TAKE = "snapshot:take"
    SUBMISSION_READ = "submission:read"
    SUBMISSION_WRITE = "submission:write"
    TASK_COMPLETE = "task:complete"
    TASK_DISPATCH = "task:dispatch"
    TASK_READ = "task:read"
    SURVEY_ANSWER = "survey:answer"
    SURVEY_READ = "survey:read"
    SURVEY_WRITE = "survey:write"
    TALK_CLOSE = "talk:close"
    TALK_READ = "talk:read"
    TICKET_ANSWER = "ticket:answer"
    TICKET_OPEN = "ticket:open"
    TICKET_READ = "ticket:read"
    TOKEN_MANAGE = "token:manage"
    TRIAL_READ = "trial:read"
    TRIAL_RUN = "trial:run"
    UNIT_READ = "unit:read"

    @property
    def resource(self) -> str:
        """Return what is acted on (`goal` of `goal:read`)."""
        return self.value.partition(":")[0]

    @property
    def action(self) -> str:
        """Return what is done (`read` of `goal:read`)."""
        return self.value.partition(":")[2]


class Scope(IntEnum):
    """How far a grant reaches over rows; wider is larger, so that several grants unite by max."""

    NONE = 0
    OWN = 1
    UNIT = 2
    SUBTREE = 3
    COMPANY = 4


class Role(StrEnum):
    """The roles that every company starts with."""

    COMPANY_ADMIN = "company_admin"
    HR = "hr"
    MANAGER = "manager"
    EMPLOYEE = "employee"
    AUDITOR = "auditor"


_P = Permission
_PRIVATE = {_P.MESSAGE_READ, _P.TRIAL_READ}
"""What is one's own and nobody else's, administrators included."""
_READS = [p for p in Permission if p.value.endswith(":read") and p not in _PRIVATE]
_EVERYBODY = {
    _P.ALIGNMENT_READ: Scope.COMPANY,
    _P.CALENDAR_READ: Scope.COMPANY,
    _P.COMPANY_READ: Scope.COMPANY,
    _P.CYCLE_READ: Scope.COMPANY,
    _P.FORMULA_PREVIEW: Scope.COMPANY,
    _P.METRIC_READ: Scope.COMPANY,
    _P.PERIOD_READ: Scope.COMPANY,
    _P.PRIORITY_READ: Scope.COMPANY,
    _P.SURVEY_READ: Scope.COMPANY,
    _P.UNIT_READ: Scope.COMPANY,
    _P.TOKEN_MANAGE: Scope.OWN,
    _P.JOB_READ: Scope.OWN,
    _P.MESSAGE_READ: Scope.OWN,
}
_EMPLOYEE = _EVERYBODY | {
    _P.APPROVAL_ACT: Scope.OWN,
    _P.APPROVAL_READ: Scope.OWN,
    _P.GOAL_RATE: Scope.OWN,
    _P.REVISION_READ: Scope.OWN,
    _P.REVISION_WRITE: Scope.OWN,
    _P.TICKET_ANSWER: Scope.OWN,
    _P.TICKET_OPEN: Scope.OWN,
    _P.TICKET_READ: Scope.OWN,
    _P.CHECK_IN_READ: Scope.OWN,
    _P.CHECK_IN_WRITE: Scope.OWN,
    _P.CREDIT_READ: Scope.OWN,
    _P.CUSTOMER_READ: Scope.OWN,
    _P.DISPUTE_COMMENT: Scope.OWN,
    _P.DISPUTE_OPEN: Scope.OWN,
    _P.DISPUTE_READ: Scope.OWN,
    _P.GOAL_CONFIRM: Scope.OWN,
    _P.GOAL_READ: Scope.OWN,
    _P.HANDOVER_READ: Scope.OWN,
    _P.GOAL_WRITE: Scope.OWN,
    _P.LETTER_DOWNLOAD: Scope.OWN,
    _P.LETTER_READ: Scope.OWN,
    _P.LETTER_SIGN: Scope.OWN,
    _P.OBSERVATION_READ: Scope.OWN,
    _P.ORDER_READ: Scope.OWN,
    # Number, name and unit of colleagues, to name one as approver where a form asks for one; nothing else of them.
    _P.PERSON_PICK: Scope.COMPANY,
    _P.PERSON_READ: Scope.OWN,
    _P.PLAN_WEEK_READ: Scope.OWN,
    _P.PROPOSAL_READ: Scope.OWN,
    _P.PROPOSAL_WRITE: Scope.OWN,
    _P.ROLE_DELEGATE: Scope.OWN,
    _P.ROLE_READ: Scope.OWN,
    _P.SUBMISSION_READ: Scope.OWN,
    _P.SUBMISSION_WRITE: Scope.OWN,
    _P.TASK_COMPLETE: Scope.OWN,
    _P.TASK_READ: Scope.OWN,
    _P.SURVEY_ANSWER: Scope.OWN,
}
_SUBTREE = (
    _P.ALIGNMENT_LEVEL,
    _P.REVISION_READ,
    _P.CHECK_IN_READ,
    _P.CHECK_IN_WRITE,
    _P.CREDIT_READ,
    _P.CUSTOMER_READ,
    _P.DISPUTE_COMMENT,
    _P.DISPUTE_OPEN,
    _P.DISPUTE_READ,
    _P.DISPUTE_RESOLVE,
    _P.GOAL_EXCLUDE,
    _P.GOAL_READ,
    _P.HANDOVER_READ,
    _P.GOAL_WRITE,
    _P.LETTER_DOWNLOAD,
    _P.LETTER_READ,
    _P.OBSERVATION_READ,
    _P.ORDER_READ,
    _P.PERSON_READ,
    _P.PLAN_READ,
    _P.PLAN_TUNE,
    _P.PLAN_WEEK_READ,
    _P.SHARE_WRITE,
    _P.PROPOSAL_READ,
    _P.SUBMISSION_READ,
    _P.TASK_DISPATCH,
    _P.TASK_READ,
    _P.TALK_CLOSE,
    _P.TALK_READ,
)
_HR = (
    _P.ALIGNMENT_LEVEL,
    _P.ALIGNMENT_WRITE,
    _P.ROOT_CAUSE_CLOSE,
    _P.BONUS_EXPORT,
    _P.CHECK_IN_WRITE,
    _P.CUSTOMER_IMPORT,
    _P.CYCLE_WRITE,
    _P.DEFINITION_ALERT,
    _P.DEFINITION_LOGIC,
    _P.DEFINITION_PUBLISH,
    _P.DEFINITION_REVIEW,
    _P.DEFINITION_WRITE,
    _P.DISPUTE_COMMENT,
    _P.DISPUTE_OPEN,
    _P.DISPUTE_RESOLVE,
    _P.FEED_WRITE,
    _P.GOAL_EXCLUDE,
    _P.GOAL_LOCK,
    _P.GOAL_REVISE,
    _P.GOAL_WRITE,
    _P.JOB_RETRY,
    _P.LETTER_DOWNLOAD,
    _P.LETTER_ISSUE,
    _P.LETTER_REVOKE,
    _P.LINK_COUNT,
    _P.MEMBER_CLOSE,
    _P.MEMBER_INVITE,
    _P.OBSERVATION_WRITE,
    _P.ORDER_WRITE,
    _P.PERIOD_CLOSE,
    _P.PERIOD_WRITE,
    _P.PERSON_DEACTIVATE,
    _P.PERSON_IMPORT,
    _P.PLAN_PUBLISH,
    _P.PLAN_TUNE,
    _P.PLAN_WRITE,
    _P.PRIORITY_WRITE,
    _P.SHARE_WRITE,
    _P.SIGNAL_WRITE,
    _P.SNAPSHOT_TAKE,
    _P.TASK_DISPATCH,
    _P.SURVEY_WRITE,
    _P.TALK_CLOSE,
    _P.TRIAL_RUN,
)
_TRIALS = {_P.TRIAL_READ: Scope.OWN}
_ALL_READS = dict.fromkeys(_READS, Scope.COMPANY)
_WIDE = (_P.DEFINITION_READ, _P.LINK_COUNT)
"""What a manager may do in all of the company."""
_DESTROYS = (_P.FILE_JUDGE, _P.RETENTION_ERASE, _P.RETENTION_HOLD)
_ADMIN = (*_DESTROYS, _P.COMPANY_WRITE, _P.GOAL_BYPASS, _P.ROLE_ASSIGN, _P.SIGNING_KEY_RENEW, _P.TOKEN_MANAGE)

DEFAULT_ROLES: Mapping[Role, Mapping[Permission, Scope]] = {
    # Nobody but a goal's owner confirms it, and nobody but a letter's parties signs it (C8, A25): OWN for all roles.
    Role.COMPANY_ADMIN: _EMPLOYEE | _TRIALS | _ALL_READS | dict.fromkeys((*_HR, *_ADMIN), Scope.COMPANY),
    Role.HR: _EMPLOYEE | _TRIALS | _ALL_READS | dict.fromkeys(_HR, Scope.COMPANY) | {_P.AUDIT_READ: Scope.NONE},
    Role.MANAGER: _EMPLOYEE | dict.fromkeys(_WIDE, Scope.COMPANY) | dict.fromkeys(_SUBTREE, Scope.SUBTREE),
    Role.EMPLOYEE: _EMPLOYEE,
    Role.AUDITOR: _EVERYBODY | _ALL_READS | {_P.LETTER_DOWNLOAD: Scope.COMPANY},
}
