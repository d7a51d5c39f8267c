"""The list of every module that holds tables, in the order in which they depend on each other."""

MODELS = (
    "plumb_platform.identity.models",
    "plumb_platform.permissions.models",
    "plumb_platform.audit.models",
    "plumb_platform.queue.models",
    "plumb_tenants.company.models",
    "plumb_tenants.people.models",
    "plumb_tenants.definitions.models",
    "plumb_tenants.metrics.models",
    "plumb_tenants.forms.models",
    "plumb_tenants.files.models",
    "plumb_tenants.goals.models",
    "plumb_tenants.surveys.models",
    "plumb_tenants.alignment.models",
    "plumb_tenants.decomposition.models",
    "plumb_tenants.actions.models",
    "plumb_tenants.attribution.models",
    "plumb_tenants.approvals.models",
    "plumb_tenants.revisions.models",
    "plumb_tenants.negotiations.models",
    "plumb_tenants.letters.models",
    "plumb_tenants.snapshots.models",
    "plumb_tenants.notifications.models",
    "plumb_tenants.retention.models",
)
MIGRATIONS = "plumb_tenants.migrations"
OLDEST_UPGRADED = "0010_life_of_definitions"
"""Before it columns came without a default for rows that are there: nothing had been installed anywhere."""
