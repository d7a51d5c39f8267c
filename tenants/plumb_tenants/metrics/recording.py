"""Recording observations: any number at once, each record of a source once per revision, in whatever order they come (C52)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import UUID

from plumb_platform.actor import Actor
from plumb_platform.audit.service import record
from plumb_platform.clock import now
from plumb_platform.database import execute, fetch, take_lock
from plumb_platform.errors import DomainError, InvalidInput, NotFound, Refused
from plumb_platform.ids import uuid7
from plumb_platform.numbers.canonical import sha256_hex
from plumb_platform.permissions import Permission
from plumb_platform.sheets.lines import OnFault, refuse_first
from plumb_tenants.definitions.service import PublishedVersion, company_today
from plumb_tenants.metrics.announcing import announce
from plumb_tenants.metrics.library import MetricUnknown, library
from plumb_tenants.metrics.new_observations import NewObservation, check_fields, check_text, digest_of, value_of
from plumb_tenants.metrics.statements import HEARD, INSERT_REVISIONS, KNOWN_REVISIONS, UPSERT_OBSERVATIONS
from plumb_tenants.metrics.subjects import Reference, Subject, reach_subjects

MOST_OBSERVATIONS = 100_000
Library: TypeAlias = Mapping[str, PublishedVersion]
OWN_SOURCE = "plumb"
"""What the product itself records comes from here."""


class ObservationsTooMany(InvalidInput):
    """One call records what one transaction holds well."""

    code = "OBSERVATIONS_TOO_MANY"
    zh = "一次最多登记 {most} 条观测，且须至少有一条观测或一个已同步的指标。"
    en = "One call records at most {most} observations, and at least one, or names a metric that is up to date."


class ObservationSourceReserved(InvalidInput):
    """What the product counts of its own use is told by nobody else."""

    code = "OBSERVATION_SOURCE_RESERVED"
    zh = "来源“{source}”仅用于系统自身的使用数据，请改用其他名称。"
    en = "The source {source} is the product's own, for usage data; take another name."


class AsOfInFuture(InvalidInput):
    """Nobody knows yet what is to come."""

    code = "AS_OF_IN_FUTURE"
    zh = "数据时点 {as_of} 晚于当前时间。"
    en = "The data cannot be as of {as_of}, which is to come."


class MetricComputed(InvalidInput):
    """What is computed is not observed."""

    code = "METRIC_COMPUTED"
    zh = "指标“{key}”由规则计算得出，不能登记观测。"
    en = "The metric {key} is computed and takes no observations."


class ObservationDiffers(Refused):
    """A revision says one thing."""

    code = "OBSERVATION_DIFFERS"
    zh = "来源记录“{external_id}”的修订 {revision} 已以不同内容登记；更正请使用更高的修订号。"
    en = "Revision {revision} of the record {external_id} was recorded with other content; a correction has a higher revision."


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many observations were new, how many of them changed what stands, and how many were known already."""

    recorded: int
    standing: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Ready:
    """An observation that passed every check, with its place among those that were given."""

    place: int
    given: NewObservation
    subject: Subject
    value: Decimal
    version_id: UUID
    digest: str

    @property
    def key(self) -> tuple[str, int]:
        return self.given.external_id, self.given.revision


async def record_observations(
    actor: Actor,
    *,
    source: str,
    observations: Sequence[NewObservation],
    as_of: datetime | None = None,
    covered: Sequence[str] = (),
) -> Recorded:
    """Record what a source says, all or nothing; errors name the observation (`observations[3].day`).

    `as_of` is the instant up to which the source has told everything, now when absent; `covered` names metrics for which it
    has nothing new. The same revision again changes nothing; a higher one replaces what stands, a lower one is only kept.
    """
    if not 1 <= len(observations) + len(covered) <= MOST_OBSERVATIONS:
        raise ObservationsTooMany(field="observations", most=f"{MOST_OBSERVATIONS:,}")
    heard = check_source(actor, source, as_of)
    # One writer of a source at a time, so that two cannot record one revision differently.
    await take_lock("observation", source)
    ready = await checked(actor, observations, covered)
    return await store_checked(actor, source, ready, await fresh_of(source, ready), heard=heard, covered=covered)


async def store_checked(
    actor: Actor, source: str, ready: Sequence[Ready], fresh: Sequence[Ready], *, heard: datetime, covered: Sequence[str] = ()
) -> Recorded:
    """Store what is new among checked observations, and that the source was heard; the source is locked."""
    standing = await _store(actor, source, fresh) if fresh else 0
    await _hear(actor, source, heard, {each.given.metric for each in ready} | set(covered))
    if fresh:
        await _audit(actor, source, fresh)
        await announce(actor, {each.given.metric for each in fresh})
    return Recorded(len(fresh), standing, len(ready) - len(fresh))


def check_source(actor: Actor, source: str, as_of: datetime | None) -> datetime:
    """Refuse a source that is none or is not the actor's to tell for; return the instant up to which it told everything."""
    check_text(source, 40, field="source")
    # Under it a record of somebody else would stand in the way of the product's own for good.
    if source.lower() == OWN_SOURCE and "system" not in actor.roles:
        raise ObservationSourceReserved(field="source", source=source)
    heard = as_of or now()
    if heard > now():
        raise AsOfInFuture(field="asOf", as_of=heard.isoformat())
    return heard


async def checked(
    actor: Actor, observations: Sequence[NewObservation], covered: Sequence[str] = (), *, on_fault: OnFault = refuse_first
) -> list[Ready]:
    """Return the observations that pass every check by themselves; `on_fault` is told of the others."""
    known, day = await library(actor), await company_today(actor)
    for place, key in enumerate(covered):
        _observed_metric(known, key, field=f"covered[{place}]")
    references = {(each.subject_kind, each.subject_code) for each in observations}
    subjects = await reach_subjects(actor, references, Permission.OBSERVATION_WRITE)
    ready = []
    for place, each in enumerate(observations):
        try:
            ready.append(_ready(each, place, known, day, subjects))
        except DomainError as error:
            on_fault(place, error)
    return ready


def _ready(given: NewObservation, place: int, known: Library, day: date, subjects: Mapping[Reference, Subject]) -> Ready:
    field = f"observations[{place}]."
    version = _observed_metric(known, given.metric, field=f"{field}metric")
    check_fields(given, day, field)
    value = value_of(given, version, field=f"{field}value")
    subject = subjects.get((given.subject_kind, given.subject_code))
    if subject is None:
        raise NotFound(field=f"{field}subject")
    return Ready(place, given, subject, value, version.id, digest_of(given, subject, value))


def _observed_metric(known: Library, key: str, *, field: str) -> PublishedVersion:
    if key not in known:
        raise MetricUnknown(field=field, key=f"{key:.60}")
    if not known[key].body.observed:
        raise MetricComputed(field=field, key=key)
    return known[key]


async def fresh_of(source: str, ready: Sequence[Ready], *, on_fault: OnFault = refuse_first) -> list[Ready]:
    """Return what is new, each revision once; `on_fault` is told of revisions that say something else than they did."""
    keys = [each.key for each in ready]
    rows = await fetch(KNOWN_REVISIONS, source, [key[0] for key in keys], [key[1] for key in keys])
    digests = {(row["external_id"], row["revision"]): row["digest"] for row in rows}
    fresh = []
    for each in ready:
        if each.key not in digests:
            fresh.append(each)
        elif digests[each.key] != each.digest:
            said = {"external_id": each.given.external_id, "revision": each.given.revision}
            on_fault(each.place, ObservationDiffers(field=f"observations[{each.place}].revision", **said))
        digests[each.key] = each.digest
    return fresh


async def _store(actor: Actor, source: str, fresh: Sequence[Ready]) -> int:
    at = now()
    who = [each.subject for each in fresh]
    await execute(
        INSERT_REVISIONS,
        *(actor.tenant_id, at, source, actor.membership_id),
        *([getattr(each.given, name) for each in fresh] for name in ("external_id", "revision")),
        [each.digest for each in fresh],
        [each.given.metric for each in fresh],
        *([each.kind.value for each in who], [each.id for each in who]),
        *_rest(fresh),
    )
    newest = list({each.key[0]: each for each in sorted(fresh, key=lambda each: each.key)}.values())
    who = [each.subject for each in newest]
    stored = await execute(
        UPSERT_OBSERVATIONS,
        *(actor.tenant_id, at, source, [uuid7() for _ in newest]),
        *([getattr(each.given, name) for each in newest] for name in ("external_id", "revision", "metric")),
        *([each.kind.value for each in who], [each.id for each in who], [each.unit_id for each in who]),
        *_rest(newest),
    )
    return len(stored)


def _rest(rows: Sequence[Ready]) -> tuple[list[object], ...]:
    return (
        [each.given.day for each in rows],
        [each.given.happened_at for each in rows],
        [each.value for each in rows],
        [each.given.object_code for each in rows],
        [each.given.deleted for each in rows],
        [each.version_id for each in rows],
    )


async def _hear(actor: Actor, source: str, as_of: datetime, keys: set[str]) -> None:
    named = sorted(keys)
    await execute(HEARD, actor.tenant_id, source, as_of, [uuid7() for _ in named], named)


async def _audit(actor: Actor, source: str, fresh: Sequence[Ready]) -> None:
    """One entry for a batch: how many, and the digest of what was said."""
    said = sha256_hex("\n".join(f"{each.key[0]}#{each.key[1]}:{each.digest}" for each in fresh).encode())
    after = {"source": source, "observations": len(fresh), "content_sha256": said}
    await record(actor, "observation.record", "observation", None, after=after)
