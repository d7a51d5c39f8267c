"""The figures of a split: as given, or taken from a metric or a report, with where they come from; pure (C27, C82)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from enum import StrEnum
from functools import reduce
from typing import Any
from uuid import UUID

Figures = Mapping[str, Decimal | None]
"""The figures of one child by input name."""
_WIDE, _PLACES = Context(prec=60), Decimal("1E-12")
"""The places that the API takes of a decimal: a mean that is read there may be given back."""


class OriginKind(StrEnum):
    """What a figure is: said with the split, the value of a metric, a number of a report, or the siblings' mean."""

    GIVEN = "GIVEN"
    METRIC = "METRIC"
    REPORT = "REPORT"
    SIBLINGS_MEAN = "SIBLINGS_MEAN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a figure was taken from: a metric by the version of its definition over days, both included, or a submission.

    `as_of` is the instant up to which it is known, None where no source was ever heard; `stale` as of the split (C27).
    """

    kind: OriginKind
    metric: str | None = None
    version_id: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    submission_id: UUID | None = None
    as_of: datetime | None = None
    stale: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what is known as plain JSON."""
        written = {
            "kind": self.kind.value,
            "metric": self.metric,
            "version_id": self.version_id and str(self.version_id),
            "starts_on": self.starts_on and self.starts_on.isoformat(),
            "ends_on": self.ends_on and self.ends_on.isoformat(),
            "submission_id": self.submission_id and str(self.submission_id),
            "as_of": self.as_of and self.as_of.isoformat(),
            "stale": self.stale or None,
        }
        return {key: value for key, value in written.items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Origin":
        """Return what `to_json` wrote."""
        return cls(**{key: _READERS[key](value) for key, value in data.items()})


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "kind": OriginKind,
    "metric": str,
    "version_id": UUID,
    "starts_on": date.fromisoformat,
    "ends_on": date.fromisoformat,
    "submission_id": UUID,
    "as_of": datetime.fromisoformat,
    "stale": bool,
}


GIVEN = Origin(kind=OriginKind.GIVEN)
STANDING_IN = Origin(kind=OriginKind.SIBLINGS_MEAN)
NO_ORIGINS: Mapping[str, Origin] = {}
Found = Mapping[str, tuple[Decimal, Origin]]
"""What was found of one child by the name of the figure."""


@dataclass(frozen=True, slots=True)
class Completed:
    """The figures of all children in their order, and where those come from that nobody gave."""

    figures: Sequence[Figures]
    origins: Sequence[Mapping[str, Origin]]


def complete(given: Sequence[Figures], found: Sequence[Found], waiting: Sequence[bool], standing_in: Sequence[str]) -> Completed:
    """Complete what was given by what was found; what somebody said, null too, goes before it.

    Of the figures `standing_in`, who is waiting for a report and has none counts with the mean of those who have one: so much
    is kept open for them as for an average sibling, and a report that comes late moves nobody (C82).
    """
    pairs = list(zip(given, found, strict=True))
    figures = [{**{name: value for name, (value, _) in more.items()}, **own} for own, more in pairs]
    origins = [{name: origin for name, (_, origin) in more.items() if name not in own} for own, more in pairs]
    for name in standing_in:
        known = [value for row in figures if (value := row.get(name)) is not None]
        for row, origin, waits in zip(figures, origins, waiting, strict=True):
            if waits and name not in row and known:
                row[name] = _mean(known)
                origin[name] = STANDING_IN
    return Completed(figures, origins)


def _mean(values: Sequence[Decimal]) -> Decimal:
    mean = _WIDE.divide(reduce(_WIDE.add, values), Decimal(len(values)))
    return mean.quantize(_PLACES, context=_WIDE).normalize(_WIDE)
