"""What people do with metrics, and the functions that other domains and the API may call."""

from plumb_tenants.metrics.announcing import FOLLOW_TOPIC, has_younger
from plumb_tenants.metrics.benchmarks import BenchmarkMissing, BenchmarkPlace, BenchmarkValue, benchmark_value, read_benchmark
from plumb_tenants.metrics.changing import MetricChange, read_change
from plumb_tenants.metrics.growth import GrowthBase, grown, record_base, set_growth_target
from plumb_tenants.metrics.importing import import_observations
from plumb_tenants.metrics.library import Related, field_types, get_scored_metric, list_dependants, list_ingredients, list_metrics
from plumb_tenants.metrics.new_observations import NewObservation
from plumb_tenants.metrics.rates import Rates, convert, convert_money, rates_of
from plumb_tenants.metrics.reading import (
    MonthlyValue,
    UnitValue,
    keep_value,
    monthly_values,
    read_months,
    read_value,
    roll_up,
    value_between,
    values_between,
)
from plumb_tenants.metrics.recording import Recorded, record_observations
from plumb_tenants.metrics.subjects import Reference, Subject, SubjectKind, reach_subject, reach_subjects
from plumb_tenants.metrics.usage import record_usage
from plumb_tenants.metrics.values import MetricValue, check_period

__all__ = [
    "FOLLOW_TOPIC",
    "BenchmarkMissing",
    "BenchmarkPlace",
    "BenchmarkValue",
    "GrowthBase",
    "MetricChange",
    "MetricValue",
    "MonthlyValue",
    "NewObservation",
    "Rates",
    "Recorded",
    "Reference",
    "Related",
    "Subject",
    "SubjectKind",
    "UnitValue",
    "benchmark_value",
    "check_period",
    "convert",
    "convert_money",
    "field_types",
    "get_scored_metric",
    "grown",
    "has_younger",
    "import_observations",
    "keep_value",
    "list_dependants",
    "list_ingredients",
    "list_metrics",
    "monthly_values",
    "rates_of",
    "reach_subject",
    "reach_subjects",
    "read_benchmark",
    "read_change",
    "read_months",
    "read_value",
    "record_base",
    "record_observations",
    "record_usage",
    "roll_up",
    "set_growth_target",
    "value_between",
    "values_between",
]
