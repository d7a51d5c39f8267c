"""The kind `benchmark`: reference values by product line, region and period, for what has no history of its own (C2)."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from plumb_platform.actor import Actor
from plumb_platform.errors import InvalidInput, NotFound
from plumb_platform.permissions import Permission, reaches_whole
from plumb_tenants.definitions.kinds import Body, Finding, Kind, register
from plumb_tenants.definitions.service import PublishedVersion, effective_version, pinned_version
from plumb_tenants.definitions.spelling import PERIOD

KIND = "benchmark"


class BenchmarkTwice(InvalidInput):
    """A product line has one benchmark in a region and a period."""

    code = "BENCHMARK_TWICE"
    zh = "产品线“{product_line}”、区域“{region}”、期间“{period}”的基准值重复出现。"
    en = "The benchmark of {product_line}, {region}, {period} stands there twice."


class BenchmarkMissing(InvalidInput):
    """What is not known is asked for, not guessed."""

    code = "BENCHMARK_MISSING"
    zh = "基准“{key}”没有产品线“{product_line}”、区域“{region}”、期间“{period}”的值，请在基准中补充。"
    en = "The benchmark {key} has no value for {product_line}, {region}, {period}; add it to the benchmark."


class BenchmarkRow(Body):
    """基准值 / The reference value of a product line in a region and a period such as 2026, 2026-Q1 or 2026-03."""

    product_line: Annotated[str, Field(min_length=1, max_length=120)]
    region: Annotated[str, Field(min_length=1, max_length=120)]
    period: Annotated[str, Field(pattern=PERIOD)]
    value: Annotated[Decimal, Field(max_digits=20, decimal_places=6)]


class Benchmark(Body):
    """行业基准 / Reference values of one metric; a change is a new version, and what used the old one keeps it."""

    unit_of_measure: Annotated[str, Field(min_length=1, max_length=12)]
    source: Annotated[str, Field(max_length=200)] = ""
    rows: Annotated[tuple[BenchmarkRow, ...], Field(min_length=1, max_length=2000)]


@dataclass(frozen=True, slots=True)
class BenchmarkPlace:
    """Where a reference value stands."""

    product_line: str
    region: str
    period: str


@dataclass(frozen=True, slots=True)
class BenchmarkValue:
    """A reference value, and the version that says so."""

    value: Decimal
    unit_of_measure: str
    version_id: UUID
    number: int


def lint(body: Benchmark) -> list[Finding]:
    """Return what stands against publishing: values that contradict each other."""
    return [Finding(error) for error in _faults(body)]


def _faults(body: Benchmark) -> Iterator[InvalidInput]:
    seen: set[BenchmarkPlace] = set()
    for place, row in enumerate(body.rows):
        named = BenchmarkPlace(row.product_line, row.region, row.period)
        if named in seen:
            yield BenchmarkTwice(field=f"rows[{place}]", **asdict(named))
        seen.add(named)


async def benchmark_value(actor: Actor, *, key: str, place: BenchmarkPlace, version_id: UUID | None = None) -> BenchmarkValue:
    """Return the reference value at a place, or raise BenchmarkMissing naming it.

    `version_id` is that of a fact made under an earlier version, which still answers as it did; no permission is asked for.
    """
    version = await _version(actor, key, version_id)
    for row in version.body.rows if version is not None else ():
        if version is not None and BenchmarkPlace(row.product_line, row.region, row.period) == place:
            return BenchmarkValue(row.value, version.body.unit_of_measure, version.id, version.number)
    asked = {name: f"{text:.60}" for name, text in asdict(place).items()}
    raise BenchmarkMissing(field="key", key=f"{key:.60}", **asked)


async def _version(actor: Actor, key: str, version_id: UUID | None) -> PublishedVersion | None:
    if version_id is None:
        return await effective_version(actor, kind=KIND, key=key)
    version = await pinned_version(actor, version_id, kind=KIND, field="versionId")
    if version.key != key:
        raise NotFound(field="versionId")
    return version


async def read_benchmark(
    actor: Actor, *, key: str, place: BenchmarkPlace, version_id: UUID | None = None
) -> BenchmarkValue | None:
    """Return a reference value to who may read metrics, None without the reach."""
    if not await reaches_whole(actor, Permission.METRIC_READ):
        return None
    return await benchmark_value(actor, key=key, place=place, version_id=version_id)


register(Kind(name=KIND, zh="行业基准", en="Benchmark", body=Benchmark, lint=lint))
