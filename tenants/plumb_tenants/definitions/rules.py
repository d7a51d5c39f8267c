"""The life of a version and the form of its body: states, checking against the kind's model, canonical bytes, checksum."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson
from pydantic import ValidationError

from plumb_platform.errors import InvalidInput, Refused
from plumb_platform.numbers.canonical import canonical_bytes, sha256_hex
from plumb_platform.words import Word
from plumb_tenants.definitions.body_errors import field_path, reasons, told_apart
from plumb_tenants.definitions.kinds import Body, Finding, Kind, Severity
from plumb_tenants.definitions.spelling import STORED

LARGEST_BODY = 256 * 1024
DEEPEST_BODY = 24
LARGEST_EXPONENT, MOST_PLACES = 24, 12
MOST_TOLD = 5
"""So many mistakes of a body are told at once; their number is always told."""
Json = Any


class State(Word):
    """Where a version stands; from PILOT on its body never changes, nor does that of a draft that was given up."""

    DRAFT = "DRAFT", "草稿"
    IN_REVIEW = "IN_REVIEW", "审核中"
    PILOT = "PILOT", "试运行"
    PUBLISHED = "PUBLISHED", "已发布"
    ARCHIVED = "ARCHIVED", "已归档"
    DISCARDED = "DISCARDED", "已放弃"


NEXT: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.IN_REVIEW, State.PILOT, State.PUBLISHED, State.DISCARDED}),
    State.IN_REVIEW: frozenset({State.DRAFT, State.PILOT, State.PUBLISHED}),
    State.PILOT: frozenset({State.PUBLISHED, State.ARCHIVED}),
    State.PUBLISHED: frozenset({State.ARCHIVED}),
    State.ARCHIVED: frozenset(),
    State.DISCARDED: frozenset(),
}


class VersionPublished(Refused):
    """A version that was published never changes (A1)."""

    code = "VERSION_PUBLISHED"
    zh = "该版本已发布，不可修改；请新建草稿版本。"
    en = "This version is published and never changes; make a new draft."


class VersionDiscarded(Refused):
    """A draft that was given up stays given up; its body can still be taken up in a new one."""

    code = "VERSION_DISCARDED"
    zh = "该草稿已放弃，不可再修改或发布；如需沿用其内容，请以该版本新建草稿（newDraft 的 versionId）。"
    en = "This draft was discarded and cannot be changed or published; to take its body up, make a new draft of it (newDraft)."


class VersionNotPublished(Refused):
    """Only a published version can be used or archived."""

    code = "VERSION_NOT_PUBLISHED"
    zh = "该版本的状态是“{state}”，不是“已发布”。"
    en = "This version is {state}, not PUBLISHED."


class VersionInReview(Refused):
    """What is being reviewed stays as it is."""

    code = "VERSION_IN_REVIEW"
    zh = "该版本正在审核，不可修改；请先撤回审核。"
    en = "This version is in review and stays as it is; withdraw the review first."


class VersionNotInReview(Refused):
    """Only a version in review is approved, rejected or withdrawn."""

    code = "VERSION_NOT_IN_REVIEW"
    zh = "该版本的状态是“{state}”，不是“审核中”。"
    en = "This version is {state}, not IN_REVIEW."


class BodyInvalid(InvalidInput):
    """The body does not have the form of its kind; `field` is the first wrong place (`body.factors[1].weight`).

    The first MOST_TOLD mistakes are told, each with its place.
    """

    code = "DEFINITION_BODY_INVALID"
    zh = "配置内容有 {count} 处错误；{zh}"
    en = "Mistakes in the body: {count}; {en}"


@dataclass(frozen=True, slots=True)
class CheckedBody:
    """A body that fits its kind: the model, the JSON to store (Decimals as strings) and the hash of its canonical bytes."""

    model: Body
    stored: dict[str, Json]
    checksum: str


def check_step(present: State, wanted: State) -> None:
    """Refuse a step that the life of a version does not have."""
    if wanted in NEXT[present]:
        return
    if present is State.DISCARDED:
        raise VersionDiscarded
    if wanted is State.ARCHIVED:
        raise VersionNotPublished(state=present)
    if wanted is State.DRAFT:
        raise VersionNotInReview(state=present)
    raise VersionInReview if present is State.IN_REVIEW else VersionPublished


def check_body(kind: Kind, raw: Json, *, stored: bool = False) -> CheckedBody:
    """Return the body checked against the kind's model, or raise BodyInvalid naming the first wrong field.

    Rules that came after it are not asked of one that is `stored`: lint names them before it is published anew.
    """
    _refuse_floats_and_depth(raw)
    model = _model(kind, raw, STORED if stored else None)
    values = model.model_dump(mode="python")
    _refuse_huge_numbers(values)
    written = canonical_bytes(values)
    if len(written) > LARGEST_BODY:
        raise _invalid("", f"内容超过 {LARGEST_BODY} 字节", f"it is larger than {LARGEST_BODY} bytes")
    return CheckedBody(model=model, stored=orjson.loads(written), checksum=sha256_hex(written))


def stored_body(kind: Kind, raw: Json) -> Body:
    """Return a stored body, given as JSON text or as values: one that was published can be read for ever (A1).

    Raises BodyInvalid for one that fits its kind under no rules.
    """
    return _model(kind, raw, STORED)


def lint(kind: Kind, model: Body) -> list[Finding]:
    """Return what the kind has to say about a body, errors first; one of former rules is held against today's before."""
    findings = [*_later_faults(kind, model), *kind.lint(model)]
    return sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)


def _later_faults(kind: Kind, model: Body) -> list[Finding]:
    try:
        _model(kind, model.model_dump(mode="python"), None)
    except BodyInvalid as invalid:
        return [Finding(invalid)]
    return []


def _model(kind: Kind, raw: Json, context: Mapping[str, bool] | None) -> Body:
    try:
        if isinstance(raw, str):
            return kind.body.model_validate_json(raw, context=context)
        return kind.body.model_validate(raw, context=context)
    except ValidationError as error:
        details = list(told_apart(error.errors(include_url=False)))
        faults = [(_place(field_path(detail["loc"])), *reasons(detail)) for detail in details[:MOST_TOLD]]
        raise _refused(faults, count=len(details)) from None


def _refuse_floats_and_depth(raw: Json) -> None:
    if (path := _first(raw, lambda value: isinstance(value, float))) is None:
        return
    if len(path) > DEEPEST_BODY:
        raise _invalid(field_path(path), f"嵌套超过 {DEEPEST_BODY} 层", f"it is nested deeper than {DEEPEST_BODY}")
    raise _invalid(field_path(path), '小数须写成字符串，例如 "0.5"', 'a decimal is written as a string, such as "0.5"')


def _refuse_huge_numbers(values: Json) -> None:
    """Refuse "1e999999": written out it would fill the memory."""
    if (path := _first(values, _is_huge)) is not None:
        raise _invalid(field_path(path), "数字位数过多", "the number has too many digits")


def _is_huge(value: Json) -> bool:
    return isinstance(value, Decimal) and (value.adjusted() > LARGEST_EXPONENT or _places(value) > MOST_PLACES)


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _first(root: Json, faulty: Callable[[Json], bool]) -> tuple[str | int, ...] | None:
    """Return the path of a value that is faulty or too deep in a tree of dicts and lists; without recursion.

    Only dicts and lists wait with their paths, for nearly all values are sound leaves.
    """
    waiting: list[tuple[tuple[str | int, ...], Json]] = [((), [root])]
    while waiting:
        path, holder = waiting.pop()
        for key, value in holder.items() if isinstance(holder, dict) else enumerate(holder):
            if faulty(value) or len(path) > DEEPEST_BODY:
                return (*path, key)[1:]
            if isinstance(value, dict | list | tuple):
                waiting.append(((*path, key), value))
    return None


def _invalid(path: str, zh: str, en: str) -> BodyInvalid:
    return _refused([(_place(path), zh, en)], count=1)


def _refused(faults: Sequence[tuple[str, str, str]], *, count: int) -> BodyInvalid:
    """Return the refusal that tells faults, each by its place, its Chinese and its English reason."""
    zh = "；".join(f"{place}：{reason}" for place, reason, _ in faults)
    en = "; ".join(f"{place}: {reason}" for place, _, reason in faults)
    return BodyInvalid(field=faults[0][0], zh=zh, en=en, count=count)


def _place(path: str) -> str:
    return ("body" + (path if path.startswith("[") else f".{path}")) if path else "body"
