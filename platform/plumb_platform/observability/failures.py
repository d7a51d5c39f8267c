"""Failures as an operator reads them: an outage in one line with its code and what to do, all else with its traceback."""

import logging
from collections.abc import Mapping
from typing import Any

from plumb_platform.outages import Outage, outage_of


def tell_failure(log: logging.Logger, event: str, error: BaseException, known: Mapping[str, Any] | None = None) -> Outage | None:
    """Log what failed and why, and return the outage that it was, if any.

    While something is away every request and every round of a timer says so: a traceback of each would hide the one that matters.
    """
    outage = outage_of(error)
    if outage is None:
        log.error(event, extra=known, exc_info=error)
    else:
        log.warning("%s: an outage", event, extra={**(known or {}), **outage.said(error)})
    return outage
