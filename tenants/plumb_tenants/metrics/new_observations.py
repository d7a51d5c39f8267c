"""Observations as they are given: what a source says of one of its records, and what is wrong with it by itself."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from plumb_platform.clock import now
from plumb_platform.errors import InvalidInput
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_tenants.definitions.service import PublishedVersion
from plumb_tenants.goals.rules import is_text
from plumb_tenants.metrics.definition import Aggregation, MetricType
from plumb_tenants.metrics.subjects import Subject, SubjectKind

HIGHEST_REVISION = 2**31 - 1
MICRO, LARGEST = Decimal("0.000001"), Decimal(10) ** 18
EARLIEST = date(1990, 1, 1)


class ObservationTextInvalid(InvalidInput):
    """A source and its records have short names."""

    code = "OBSERVATION_TEXT_INVALID"
    zh = "须为 1 到 {longest} 个可见字符。"
    en = "This has 1 to {longest} characters."


class ObservationValueInvalid(InvalidInput):
    """A value is a number that its column holds exactly."""

    code = "OBSERVATION_VALUE_INVALID"
    zh = "数值 {value} 无效：最多六位小数，绝对值小于 10^18。"
    en = "The value {value} is not valid: at most six decimals, and below 10^18 in size."


class ObservationValueMissing(InvalidInput):
    """Only what is counted may leave its value out: it is 1."""

    code = "OBSERVATION_VALUE_MISSING"
    zh = "指标“{key}”的观测须填写数值。"
    en = "An observation of {key} needs a value."


class ObservationDayInvalid(InvalidInput):
    """What was observed has happened."""

    code = "OBSERVATION_DAY_INVALID"
    zh = "日期 {day} 无效：须在 {earliest} 与今天 {today} 之间。"
    en = "The day {day} is not valid: it lies between {earliest} and today, {today}."


class ObservationRevisionInvalid(InvalidInput):
    """A source counts the revisions of a record."""

    code = "OBSERVATION_REVISION_INVALID"
    zh = "修订号 {revision} 无效：须为正整数。"
    en = "The revision {revision} is not valid: it is a positive whole number."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewObservation:
    """What a source says of one of its records; `object_code` names what it is about beside its subject, such as a customer."""

    external_id: str
    metric: str
    subject_kind: SubjectKind
    subject_code: str
    day: date
    value: Decimal | None = None
    revision: int = 1
    happened_at: datetime | None = None
    object_code: str = ""
    deleted: bool = False


def check_fields(given: NewObservation, today: date, field: str) -> None:
    """Refuse names that do not fit, a revision that is none, and a day or an instant that is to come."""
    check_text(given.external_id, 120, field=f"{field}externalId")
    if given.object_code:
        check_text(given.object_code, 120, field=f"{field}objectCode")
    if not 1 <= given.revision <= HIGHEST_REVISION:
        raise ObservationRevisionInvalid(field=f"{field}revision", revision=given.revision)
    late = given.happened_at is not None and given.happened_at > now() + timedelta(minutes=5)
    if not EARLIEST <= given.day <= today or late:
        raise ObservationDayInvalid(field=f"{field}day", day=given.day, earliest=EARLIEST, today=today)


def check_text(text: str, longest: int, *, field: str) -> None:
    """Refuse a text that says nothing, is too long, or holds what cannot be seen."""
    if not is_text(text, longest=longest) or not text.isprintable():
        raise ObservationTextInvalid(field=field, longest=longest)


def value_of(given: NewObservation, version: PublishedVersion, *, field: str) -> Decimal:
    """Return the value of an observation at six places; what is only counted is 1 when it says nothing."""
    counted = version.body.type in (MetricType.COUNT, MetricType.USAGE) or version.body.aggregation is Aggregation.DISTINCT_COUNT
    if given.value is None and not counted:
        raise ObservationValueMissing(field=field, key=version.key)
    value = Decimal(1) if given.value is None else given.value
    if not value.is_finite() or abs(value) >= LARGEST or value != value.quantize(MICRO):
        raise ObservationValueInvalid(field=field, value=f"{value!s:.40}")
    return value.quantize(MICRO)


def digest_of(given: NewObservation, subject: Subject, value: Decimal) -> str:
    """Return the digest of all that an observation says, by which the same revision is known again."""
    happened = given.happened_at.timestamp() if given.happened_at else None
    said = [given.metric, subject.kind.value, str(subject.id), given.day.isoformat(), str(happened), str(value)]
    return sha256_hex(canonical_bytes([*said, given.object_code, given.deleted]))
