"""Templates and frames for tests of splits that need no database."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from plumb_tenants.decomposition.given import Frame, Given, frame_of
from plumb_tenants.decomposition.splitting import Split, split_total
from plumb_tenants.decomposition.template import DecompositionTemplate
from support.south import UNITS_BODY

EQUAL = [{"key": "equal", "name": "平均", "weight": "100.00", "source": "1"}]


def template(**changes: Any) -> DecompositionTemplate:
    """Return the template of the main job with changes."""
    return DecompositionTemplate.model_validate(UNITS_BODY | changes)


def equal_template(**changes: Any) -> DecompositionTemplate:
    """Return a template under which all children weigh the same, with changes."""
    return template(factors=EQUAL, **changes)


def year_of(body: DecompositionTemplate, *, days: int = 0, as_of: date = date(2026, 1, 1)) -> Frame:
    """Return the calendar year 2026 under a template's calendar."""
    return frame_of(body, date(2026, 1, 1), date(2026, 12, 31), days=days, as_of=as_of)


def split_of(
    body: DecompositionTemplate,
    total: str,
    given: Sequence[Given],
    figures: Sequence[dict[str, Any]] | None = None,
    **options: Any,
) -> Split:
    """Split a total over children named by their places."""
    names = [f"下级{place}" for place in range(len(given))]
    frame = options.pop("frame", None) or year_of(body)
    return split_total(body, Decimal(total), names, figures or [{}] * len(given), given, frame=frame, **options)


def values(split: Split) -> list[str]:
    """Return the suggested values as text."""
    return [str(each.value) for each in split.suggestions]
