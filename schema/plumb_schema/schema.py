"""The schema of the product: the root classes of every domain, merged and guarded."""

import strawberry

from plumb_schema.access.mutations import AccessMutation
from plumb_schema.access.queries import AccessQuery
from plumb_schema.actions.mutations import ActionMutation
from plumb_schema.actions.queries import ActionQuery
from plumb_schema.alignment.mutations import AlignmentMutation
from plumb_schema.alignment.queries import AlignmentQuery
from plumb_schema.approvals.mutations import ApprovalMutation
from plumb_schema.approvals.queries import ApprovalQuery
from plumb_schema.attribution.mutations import AttributionMutation
from plumb_schema.attribution.period_mutations import BonusPeriodMutation
from plumb_schema.attribution.queries import AttributionQuery
from plumb_schema.audit.queries import AuditQuery
from plumb_schema.calendars.queries import CalendarQuery
from plumb_schema.company.mutations import CompanyMutation
from plumb_schema.company.queries import CompanyQuery
from plumb_schema.decomposition.feedback import FeedbackMutation, FeedbackQuery
from plumb_schema.decomposition.mutations import DecompositionMutation
from plumb_schema.decomposition.queries import DecompositionQuery
from plumb_schema.decomposition.run_mutations import RunMutation
from plumb_schema.decomposition.scenarios import ScenarioMutation, ScenarioQuery
from plumb_schema.definitions.mutations import DefinitionMutation
from plumb_schema.definitions.queries import DefinitionQuery
from plumb_schema.definitions.rollout_mutations import RolloutMutation
from plumb_schema.files.mutations import FileMutation
from plumb_schema.files.queries import FileQuery
from plumb_schema.forms.mutations import FormMutation
from plumb_schema.forms.queries import FormQuery
from plumb_schema.formulas.queries import FormulaQuery
from plumb_schema.goals.as_of_queries import GoalAsOfQuery
from plumb_schema.goals.check_in_mutations import CheckInMutation
from plumb_schema.goals.keeping_mutations import GoalKeepingMutation
from plumb_schema.goals.mutations import GoalMutation
from plumb_schema.goals.queries import GoalQuery
from plumb_schema.goals.report_queries import GoalReportQuery
from plumb_schema.goals.writing_mutations import GoalWritingMutation
from plumb_schema.ground.build import build_schema
from plumb_schema.identity.factor_mutations import FactorMutation
from plumb_schema.identity.mutations import IdentityMutation
from plumb_schema.identity.queries import IdentityQuery
from plumb_schema.jobs.mutations import JobMutation
from plumb_schema.jobs.queries import JobQuery
from plumb_schema.letters.mutations import LetterMutation
from plumb_schema.letters.queries import LetterQuery
from plumb_schema.letters.run_mutations import LetterRunMutation
from plumb_schema.letters.trial_mutations import LetterTrialMutation
from plumb_schema.metrics.growth import GrowthMutation, GrowthQuery
from plumb_schema.metrics.mutations import MetricMutation
from plumb_schema.metrics.queries import MetricQuery
from plumb_schema.negotiations.mutations import NegotiationMutation
from plumb_schema.negotiations.queries import NegotiationQuery
from plumb_schema.notifications.mutations import NotificationMutation
from plumb_schema.notifications.queries import NotificationQuery
from plumb_schema.people.as_of_queries import PeopleAsOfQuery
from plumb_schema.people.leaving import LeavingMutation, LeavingQuery
from plumb_schema.people.mutations import PeopleMutation
from plumb_schema.people.queries import PeopleQuery
from plumb_schema.progress.subscriptions import Subscription
from plumb_schema.reads.nodes import NodeQuery
from plumb_schema.retention.mutations import RetentionMutation
from plumb_schema.retention.queries import RetentionQuery
from plumb_schema.revisions.mutations import RevisionMutation
from plumb_schema.revisions.queries import RevisionQuery
from plumb_schema.snapshots.mutations import SnapshotMutation
from plumb_schema.snapshots.queries import SnapshotQuery
from plumb_schema.surveys.mutations import SurveyMutation
from plumb_schema.surveys.queries import SurveyQuery

QUERIES: tuple[type, ...] = (
    NodeQuery,
    IdentityQuery,
    AccessQuery,
    CompanyQuery,
    CalendarQuery,
    ApprovalQuery,
    RevisionQuery,
    NegotiationQuery,
    PeopleQuery,
    PeopleAsOfQuery,
    LeavingQuery,
    DefinitionQuery,
    FormulaQuery,
    FormQuery,
    FileQuery,
    DecompositionQuery,
    ScenarioQuery,
    FeedbackQuery,
    MetricQuery,
    GrowthQuery,
    GoalQuery,
    ActionQuery,
    GoalReportQuery,
    GoalAsOfQuery,
    AlignmentQuery,
    SurveyQuery,
    AttributionQuery,
    LetterQuery,
    SnapshotQuery,
    NotificationQuery,
    RetentionQuery,
    JobQuery,
    AuditQuery,
)
MUTATIONS: tuple[type, ...] = (
    IdentityMutation,
    FactorMutation,
    AccessMutation,
    CompanyMutation,
    PeopleMutation,
    LeavingMutation,
    DefinitionMutation,
    ApprovalMutation,
    RevisionMutation,
    NegotiationMutation,
    FormMutation,
    FileMutation,
    RolloutMutation,
    DecompositionMutation,
    RunMutation,
    ScenarioMutation,
    FeedbackMutation,
    MetricMutation,
    GrowthMutation,
    GoalMutation,
    AlignmentMutation,
    SurveyMutation,
    GoalWritingMutation,
    GoalKeepingMutation,
    CheckInMutation,
    BonusPeriodMutation,
    ActionMutation,
    AttributionMutation,
    LetterMutation,
    LetterRunMutation,
    LetterTrialMutation,
    SnapshotMutation,
    NotificationMutation,
    RetentionMutation,
    JobMutation,
)
TYPES: tuple[type, ...] = ()
"""Types that only an interface reaches."""


def make_schema() -> strawberry.Schema:
    """Build the product's schema; raises when a field declares no permission."""
    return build_schema(QUERIES, MUTATIONS, TYPES, Subscription)
