"""What people do with metrics, and the functions that other domains and the API may call."""

from plumb_tenants.metrics.benchmarks import BenchmarkMissing, BenchmarkPlace, BenchmarkValue, benchmark_value, read_benchmark
from plumb_tenants.metrics.library import (
    MetricUnknown,
    Related,
    field_types,
    get_scored_metric,
    list_dependants,
    list_ingredients,
    list_metrics,
)
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
from plumb_tenants.metrics.recording import NewObservation, Recorded, record_observations
from plumb_tenants.metrics.subjects import Reference, Subject, SubjectKind
from plumb_tenants.metrics.values import MetricValue

__all__ = [
    "BenchmarkMissing",
    "BenchmarkPlace",
    "BenchmarkValue",
    "MetricUnknown",
    "MetricValue",
    "MonthlyValue",
    "NewObservation",
    "Recorded",
    "Reference",
    "Related",
    "Subject",
    "SubjectKind",
    "UnitValue",
    "benchmark_value",
    "field_types",
    "get_scored_metric",
    "keep_value",
    "list_dependants",
    "list_ingredients",
    "list_metrics",
    "monthly_values",
    "read_benchmark",
    "read_months",
    "read_value",
    "record_observations",
    "roll_up",
    "value_between",
    "values_between",
]
