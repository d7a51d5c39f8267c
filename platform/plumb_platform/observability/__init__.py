"""What an operator sees: JSON logs, metrics and error reports, none of which carries a secret or a person's data."""

from plumb_platform.observability.errors import configure_error_reports, report_error
from plumb_platform.observability.failures import tell_failure
from plumb_platform.observability.logs import bind_trace, configure_logging, get_logger, name_worker, traced
from plumb_platform.observability.metrics import Metrics
from plumb_platform.observability.together import count_as, counted_together

__all__ = [
    "Metrics",
    "bind_trace",
    "configure_error_reports",
    "configure_logging",
    "count_as",
    "counted_together",
    "get_logger",
    "name_worker",
    "report_error",
    "tell_failure",
    "traced",
]
