"""Bodies, states and differences, without a database: what was added, removed, changed (A1)."""

import copy
import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb_platform.errors import InvalidInput, Refused
from plumb_tenants.definitions import kinds
from plumb_tenants.definitions.difference import Change, Difference, ItemKey, diff
from plumb_tenants.definitions.kinds import Kind
from plumb_tenants.definitions.rules import NEXT, State, check_body, check_step, lint

GOOD = {"shares": [{"key": "a", "weight": "60.00"}, {"key": "b", "weight": "40.00"}], "title": "份额"}


def changed(**values: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), **values}


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("body", "field", "zh"),
    [
        ({}, "body.shares", "配置内容有 1 处错误；body.shares：缺少此字段"),
        ([], "body", "配置内容有 1 处错误；body：须为对象"),
        (changed(shares=[{"key": "a"}]), "body.shares[0].weight", "配置内容有 1 处错误；body.shares[0].weight：缺少此字段"),
        (changed(colour="red"), "body.colour", "配置内容有 1 处错误；body.colour：未知字段"),
        (
            changed(shares=[{"key": 1, "weight": "x"}]),
            "body.shares[0].key",
            "配置内容有 2 处错误；body.shares[0].key：须为文本；body.shares[0].weight：不是有效的十进制数",
        ),
        (
            changed(shares=[{"key": "a", "weight": "NaN"}]),
            "body.shares[0].weight",
            "配置内容有 1 处错误；body.shares[0].weight：须为有限的数",
        ),
        (
            changed(shares=[{"key": "a", "weight": 0.1}]),
            "body.shares[0].weight",
            '配置内容有 1 处错误；body.shares[0].weight：小数须写成字符串，例如 "0.5"',
        ),
        (
            changed(shares=[{"key": "a", "weight": "1e999999"}]),
            "body.shares[0].weight",
            "配置内容有 1 处错误；body.shares[0].weight：数字位数过多",
        ),
        (changed(title=deep(100_000)), "body.title" + "[0]" * 24, None),
        (changed(title="长" * 100_000), "body", "配置内容有 1 处错误；body：内容超过 262144 字节"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_its_field(shares_kind: Kind, body: Any, field: str, zh: str | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_body(shares_kind, body)
    assert (caught.value.code, caught.value.field) == ("DEFINITION_BODY_INVALID", field)
    assert zh is None or caught.value.text("zh-CN") == zh


def test_the_first_mistakes_are_told_at_once_and_their_number(shares_kind: Kind) -> None:
    seven = [{"key": "a", "weight": "60.00", f"colour{n}": "red"} for n in range(7)]
    found = told(shares_kind, changed(shares=seven)).split("; ")
    assert found == ["Mistakes in the body: 7", *(f"body.shares[{n}].colour{n}: there is no such field" for n in range(5))]


def test_a_list_of_wrong_items_is_not_called_too_short_besides() -> None:
    def steps(**values: Any) -> Any:
        return {"steps": [{"key": "s", "name": "n", "lines": [{"approvers": [], "vacancy": "PASS"} | values]}]}

    found = "Mistakes in the body: 1; body.steps[0].lines[0].approvers: at least 1 items"
    assert told(kinds.kind_of("flow"), steps()) == found
    found = "Mistakes in the body: 1; body.steps[0].lines[0].approvers[0].by: it is missing"
    assert told(kinds.kind_of("flow"), steps(approvers=[{}])) == found


def told(kind: Kind, body: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        check_body(kind, body)
    return caught.value.text("en")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(kinds.KindUnknown) as caught:
        kinds.kind_of("horoscope")
    assert caught.value.field == "kind"


def test_a_kind_registered_twice_is_a_mistake(shares_kind: Kind) -> None:
    with pytest.raises(TypeError, match="registered twice"):
        kinds.register(Kind(name="shares", zh="", en="", body=shares_kind.body))


@pytest.mark.parametrize(
    ("present", "wanted", "code"),
    [
        (State.PUBLISHED, State.PUBLISHED, "VERSION_PUBLISHED"),
        (State.ARCHIVED, State.PUBLISHED, "VERSION_PUBLISHED"),
        (State.DRAFT, State.ARCHIVED, "VERSION_NOT_PUBLISHED"),
        (State.ARCHIVED, State.ARCHIVED, "VERSION_NOT_PUBLISHED"),
        (State.PILOT, State.PILOT, "VERSION_PUBLISHED"),
        (State.PUBLISHED, State.PILOT, "VERSION_PUBLISHED"),
        (State.PILOT, State.IN_REVIEW, "VERSION_PUBLISHED"),
        (State.IN_REVIEW, State.IN_REVIEW, "VERSION_IN_REVIEW"),
        (State.DRAFT, State.DRAFT, "VERSION_NOT_IN_REVIEW"),
    ],
)
def test_a_step_that_the_life_of_a_version_does_not_have_is_refused(present: State, wanted: State, code: str) -> None:
    with pytest.raises(Refused) as caught:
        check_step(present, wanted)
    assert caught.value.code == code


def test_only_a_review_leads_back_to_a_draft() -> None:
    assert [state for state, states in NEXT.items() if State.DRAFT in states] == [State.IN_REVIEW]
    check_step(State.DRAFT, State.PUBLISHED)
    check_step(State.PUBLISHED, State.ARCHIVED)


def test_a_body_is_stored_with_decimals_as_strings_and_all_its_defaults(shares_kind: Kind) -> None:
    checked = check_body(shares_kind, {"shares": [{"weight": 60, "key": "a"}, {"key": "b", "weight": "40.00"}]})
    assert checked.stored == {"shares": [{"key": "a", "weight": "60"}, {"key": "b", "weight": "40.00"}], "title": ""}
    assert checked.model.model_dump()["shares"][1]["weight"] == Decimal("40.00")


def test_the_checksum_is_of_the_canonical_bytes(shares_kind: Kind) -> None:
    reordered = {"title": "份额", "shares": [{"weight": "60.00", "key": "a"}, {"key": "b", "weight": "40.00"}]}
    assert check_body(shares_kind, reordered).checksum == check_body(shares_kind, GOOD).checksum
    written = '{"shares":[{"key":"a","weight":"60.00"},{"key":"b","weight":"40.00"}],"title":"份额"}'
    assert check_body(shares_kind, GOOD).checksum == hashlib.sha256(written.encode()).hexdigest()
    assert check_body(shares_kind, changed(title="别的")).checksum != check_body(shares_kind, GOOD).checksum


def test_lint_names_errors_before_warnings(shares_kind: Kind) -> None:
    checked = check_body(shares_kind, {"shares": [{"key": "a", "weight": "90.00"}]})
    findings = lint(shares_kind, checked.model)
    assert [(f.severity, f.code, f.path, f.zh, f.en) for f in findings] == [
        ("ERROR", "TEST_SHARES_NOT_FULL", "shares", "合计 90.00", "total 90.00"),
        ("WARNING", "TEST_TITLE_MISSING", "title", "没有标题", "no title"),
    ]


def test_differences_are_named_by_path_and_keyed_lists_by_key() -> None:
    old = {"shares": [{"key": "a", "weight": "60"}, {"key": "b", "weight": "40"}], "tags": ["x", "y"], "title": "t"}
    new = {"shares": [{"key": "c", "weight": "40"}, {"key": "a", "weight": "50"}], "tags": ["x"], "note": "n"}
    found = [(d.change.value, d.path, d.old, d.new) for d in diff(old, new)]
    assert found == [
        ("CHANGED", "shares[a].weight", "60", "50"),
        ("REMOVED", "shares[b]", {"key": "b", "weight": "40"}, None),
        ("ADDED", "shares[c]", None, {"key": "c", "weight": "40"}),
        ("MOVED", "shares", ["a", "c"], ["c", "a"]),
        ("REMOVED", "tags[1]", "y", None),
        ("REMOVED", "title", "t", None),
        ("ADDED", "note", None, "n"),
    ]


def test_a_name_with_dots_keeps_a_path_of_its_own() -> None:
    assert [d.path for d in diff({"a.b": 1, "a": {"b": 1}}, {"a.b": 2, "a": {"b": 2}})] == ['["a.b"]', "a.b"]


def test_true_and_one_differ() -> None:
    assert [d.change for d in diff({"x": True}, {"x": 1})] == [Change.CHANGED]


leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=2)
keyed = st.lists(st.sampled_from("abcde"), unique=True, max_size=5).flatmap(
    lambda keys: st.tuples(*[leaves for _ in keys]).map(
        lambda values: [{"key": key, "value": value} for key, value in zip(keys, values, strict=True)]
    )
)
documents = st.recursive(
    leaves | keyed,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "key", "x.y"]), inner, max_size=4),
    max_leaves=12,
)


@given(documents)
def test_a_body_does_not_differ_from_itself(document: Any) -> None:
    assert diff(document, copy.deepcopy(document)) == []


@given(documents, documents)
def test_the_differences_lead_from_the_old_body_to_the_new(old: Any, new: Any) -> None:
    assert same(applied(diff(old, new), old), new)


def applied(differences: list[Difference], old: Any) -> Any:
    """Apply differences by their steps; an independent reading of what they mean."""
    root = {"root": copy.deepcopy(old)}
    for difference in differences:
        *way, last = ("root", *difference.steps)
        holder: Any = root
        for step in way:
            holder = holder[place(holder, step)]
        apply_one(holder, last, difference)
    return root["root"]


def apply_one(holder: Any, last: Any, difference: Difference) -> None:
    if difference.change is Change.MOVED:
        items = {item["key"]: item for item in holder[place(holder, last)]}
        holder[place(holder, last)] = [items[key] for key in difference.new]
    elif difference.change is Change.REMOVED:
        # Of a list compared by place only the tail goes, named from its first item on.
        del holder[len(holder) - 1 if isinstance(last, int) else place(holder, last)]
    elif difference.change is Change.ADDED and isinstance(holder, list):
        holder.append(difference.new)
    else:
        holder[place(holder, last)] = difference.new


def place(holder: Any, step: Any) -> Any:
    if not isinstance(step, ItemKey):
        return step
    return next(index for index, item in enumerate(holder) if item["key"] == step.key)


def same(left: Any, right: Any) -> bool:
    """Compare as JSON: true is not 1, and the order of members says nothing."""
    return list(flat(left)) == list(flat(right))


def flat(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key in sorted(value):
            yield key
            yield from flat(value[key])
    elif isinstance(value, list):
        for item in value:
            yield "item"
            yield from flat(item)
    yield type(value), None if isinstance(value, dict | list) else value
