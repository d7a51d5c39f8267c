"""The modules that register a kind of definition: one line for each."""

MODULES = (
    "plumb_tenants.access.definition",
    "plumb_tenants.alignment.definition",
    "plumb_tenants.attribution.definition",
    "plumb_tenants.calendars.definition",
    "plumb_tenants.decomposition.definition",
    "plumb_tenants.definitions.review_rules",
    "plumb_tenants.forms.definition",
    "plumb_tenants.goals.definition",
    "plumb_tenants.letters.definition",
    "plumb_tenants.letters.seal_rules",
    "plumb_tenants.metrics.benchmarks",
    "plumb_tenants.metrics.definition",
    "plumb_tenants.metrics.freshness",
    "plumb_tenants.metrics.rates",
    "plumb_tenants.surveys.definition",
)
