"""The kind `freshness`: how old the data behind a figure may be before it is marked STALE (C27)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Finding, Kind, register
from plumb_tenants.definitions.service import effective_version

KIND, KEY = "freshness", "default"


class SourceTwice(InvalidInput):
    """A source has one limit."""

    code = "FRESHNESS_SOURCE_TWICE"
    zh = "数据来源“{source}”重复出现。"
    en = "The source {source} stands there twice."


class SourceLimit(Body):
    """来源时限 / The limit of one source in hours."""

    source: Annotated[str, Field(min_length=1, max_length=40)]
    hours: Annotated[int, Field(ge=1, le=8784)]


class Freshness(Body):
    """数据时效 / After how many hours without news a figure is STALE; sources that come less often have limits of their own."""

    hours: Annotated[int, Field(ge=1, le=8784)] = 24
    sources: Annotated[tuple[SourceLimit, ...], Field(max_length=50)] = ()

    def limit(self, source: str) -> timedelta:
        """Return how old data of a source may be."""
        return timedelta(hours=next((each.hours for each in self.sources if each.source == source), self.hours))


def lint(body: Freshness) -> list[Finding]:
    """Return what stands against publishing: two limits for one source."""
    names = [each.source for each in body.sources]
    return [
        Finding(SourceTwice(field=f"sources[{place}].source", source=name))
        for place, name in enumerate(names)
        if names.index(name) != place
    ]


async def freshness_of(actor: Actor) -> Freshness:
    """Return the company's rule, or the shipped one: a day."""
    version = await effective_version(actor, kind=KIND, key=KEY)
    return version.body if version else Freshness()


def is_stale(heard: Mapping[str, datetime], rule: Freshness, *, ends_on: date, zone: str, at: datetime) -> bool:
    """Tell whether a source behind a figure was heard too long before now, or before the end of the figure's period.

    What a source said after a period had ended does not grow stale: the period is over. No source at all is stale.
    """
    end = datetime.combine(ends_on + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    due = min(at, end)
    return not heard or any(due - instant > rule.limit(source) for source, instant in heard.items())


register(Kind(name=KIND, zh="数据时效", en="Freshness of data", body=Freshness, lint=lint, pilots=False))
