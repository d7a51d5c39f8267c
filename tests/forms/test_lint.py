"""What keeps a form from being published: each fault with its place, and the cycle by name."""

from typing import Any

import pytest

from plumb_tenants.forms.body import Form
from plumb_tenants.forms.definition import lint
from plumb_tenants.forms.patterns import PatternRefused, compile_pattern

CHOICES = [{"key": "a", "label": "甲"}]


def field(key: str, kind: str = "money", **more: Any) -> dict[str, Any]:
    return {"key": key, "type": kind, "label": key, **more}


def found(*fields: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """Return (path, code) of what lint says."""
    return [(each.path, each.code) for each in lint(Form.model_validate({"title": "表单", "fields": list(fields), **more}))]


TABLE = field("渠道", "table", columns=[field("金额")])

REFUSED: list[tuple[str, list[dict[str, Any]], dict[str, Any], list[tuple[str, str]]]] = [
    ("a key twice", [field("a"), field("a")], {}, [("fields[1].key", "FORM_KEY_TWICE")]),
    ("a word of the formula language", [field("真")], {}, [("fields[0].key", "FORM_KEY_RESERVED")]),
    (
        "a column with a field's key",
        [field("a"), field("t", "table", columns=[field("a")])],
        {},
        [("fields[1].columns[0].key", "FORM_KEY_TWICE")],
    ),
    ("choices of a number", [field("a", choices=CHOICES)], {}, [("fields[0].choices", "FORM_ATTRIBUTE_UNUSED")]),
    ("a formula of a written field", [field("a", formula="1")], {}, [("fields[0].formula", "FORM_ATTRIBUTE_UNUSED")]),
    ("a choice without choices", [field("a", "single_choice")], {}, [("fields[0].choices", "FORM_ATTRIBUTE_MISSING")]),
    ("a synced field without a feed", [field("a", "fed")], {}, [("fields[0].feed", "FORM_ATTRIBUTE_MISSING")]),
    ("a metric field of a form without metrics", [field("a", "metric")], {}, [("fields[0].type", "FORM_ATTRIBUTE_MISSING")]),
    (
        "a metric that is not listed",
        [field("a", metric="sales")],
        {"metrics": ["calls"]},
        [("fields[0].metric", "FORM_METRIC_NOT_LISTED")],
    ),
    (
        "a table in a row",
        [field("t", "table", columns=[field("u", "section")])],
        {},
        [("fields[0].columns[0].type", "FORM_COLUMN_TYPE")],
    ),
    (
        "a least length above the most",
        [field("a", "text", min_length=5, max_length=4)],
        {},
        [("fields[0].minLength", "FORM_RANGE_EMPTY")],
    ),
    (
        "a least value above the most",
        [field("a", "decimal", minimum="9", maximum="1.50")],
        {},
        [("fields[0].minimum", "FORM_RANGE_EMPTY")],
    ),
    ("a pattern that backtracks", [field("a", "text", pattern=r"(a+)\1")], {}, [("fields[0].pattern", "FORM_PATTERN_INVALID")]),
    ("an unknown name", [field("a", required_if="b > 1")], {}, [("fields[0].requiredIf", "FORM_FORMULA_INVALID")]),
    (
        "a condition that gives a number",
        [field("a"), field("b", visible_if="a + 1")],
        {},
        [("fields[1].visibleIf", "FORM_FORMULA_INVALID")],
    ),
    ("a limit of another type", [field("a", "date", minimum="1")], {}, [("fields[0].minimum", "FORM_FORMULA_INVALID")]),
    (
        "a check that is none",
        [field("a")],
        {"checks": [{"key": "c", "condition": "a", "message": "m"}]},
        [("checks[0].condition", "FORM_FORMULA_INVALID")],
    ),
    (
        "a rule that reads a later table",
        [field("a", required_if="渠道.金额 > 1"), TABLE],
        {},
        [("fields[0].requiredIf", "FORM_READS_LATER_TABLE")],
    ),
    (
        "a row that reads a later table",
        [field("t", "table", columns=[field("x", maximum="渠道.金额")]), TABLE],
        {},
        [("fields[0].columns[0].maximum", "FORM_READS_LATER_TABLE")],
    ),
    (
        "a row that reads its own table's sum",
        [field("t", "table", columns=[field("x"), field("y", "computed", formula="x / t.x")])],
        {},
        [("fields[0].columns[1].formula", "FORM_READS_LATER_TABLE")],
    ),
]


@pytest.mark.parametrize(("fields", "more", "expected"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_fault_is_named_with_its_place(
    fields: list[dict[str, Any]], more: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert found(*fields, **more) == expected


CYCLES = [
    (
        [field("a", "computed", formula="b + 1"), field("b", "computed", formula="c"), field("c", "computed", formula="a")],
        "a → b → c → a",
    ),
    ([field("a", "computed", formula="a + 1")], "a → a"),
    ([field("a", visible_if="b > 1"), field("b", visible_if="a > 1")], "a → b → a"),
    ([field("a", read_only_if="a > 1")], "a → a"),
    ([field("s", "section", visible_if="x > 1"), field("x")], "s → x → s"),
    ([field("t", "table", columns=[field("x", visible_if="y > 1"), field("y", visible_if="x > 1")])], "t.x → t.y → t.x"),
    ([field("t", "table", columns=[field("x", visible_if="v > 1")]), field("v", visible_if="t.x > 1")], "t → v → t"),
]


@pytest.mark.parametrize(("fields", "way"), CYCLES, ids=[case[1] for case in CYCLES])
def test_a_cycle_is_refused_and_named(fields: list[dict[str, Any]], way: str) -> None:
    findings = lint(Form.model_validate({"title": "表单", "fields": fields}))
    assert [(finding.code, finding.en) for finding in findings] == [("FORM_CYCLE", f"The fields wait for each other: {way}.")]


def test_a_computed_field_may_stand_before_what_it_reads() -> None:
    assert found(field("合计", "computed", formula="渠道.金额 + a"), TABLE, field("a")) == []


def test_bounds_that_meet_or_read_a_field_are_sound() -> None:
    assert found(field("a"), field("b", minimum="9", maximum="9.0"), field("c", minimum="a", maximum="1")) == []


def test_faults_name_types_and_rules_as_callers_write_them() -> None:
    fields = [field("a", "computed"), field("b", visible_if="a + 1")]
    findings = lint(Form.model_validate({"title": "表单", "fields": fields}))
    assert [each.zh for each in findings] == ["“a”的类型 COMPUTED 须填写 formula。"]
    findings = lint(Form.model_validate({"title": "表单", "fields": [field("a"), fields[1]]}))
    assert [each.zh for each in findings] == ["“b”的公式 visibleIf 有误：结果须为真假值"]


@pytest.mark.parametrize("pattern", [r"(?=a)", r"(a)\1", "a)|(?:b", "(", r"\w{1000}", r"(a{1,100}){1,100}", "(?x)a #"])
def test_a_pattern_that_could_hold_the_server_up_or_step_out_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        compile_pattern(pattern)


def test_a_pattern_matches_the_whole_text_and_nothing_less() -> None:
    matches = compile_pattern(r"(a|aa)*[0-9]{4}|x")
    assert [matches(text) for text in ("aaa2026", "x", "xx", "aaa2026\n", "b2026", "a" * 500 + "!")] == [True, True] + [False] * 4
