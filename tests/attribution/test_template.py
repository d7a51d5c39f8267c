"""What keeps a split template from being published, and the one that Plumb brings along (A19, C60)."""

from typing import Any

import pytest

from plumb_tenants.attribution.definition import KIND, SHIPPED, Dimension, SplitTemplate, lint
from plumb_tenants.attribution.rules import SplitType
from plumb_tenants.definitions.kinds import registered_kinds


def roles(*percents: str | None, key: str = "r{}") -> list[dict[str, Any]]:
    return [{"key": key.format(place), "name": f"角色{place}", "percent": percent} for place, percent in enumerate(percents)]


def findings(**body: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.path) for finding in lint(SplitTemplate.model_validate(body))]


def test_literal_33_each_is_refused_without_an_explicit_one_percent_unattributed() -> None:
    (finding,) = lint(SplitTemplate.model_validate({"roles": roles("33", "33", "33")}))
    assert (finding.code, finding.path) == ("SPLIT_DEFAULTS_NOT_100", "roles")
    assert finding.zh == "默认份额与未归属合计为 99.00，须为 100.00；如需 33/33/33，请将未归属设为 1.00。"
    assert findings(roles=roles("33", "33", "33"), unattributed_percent="1") == []


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"roles": roles("50", None)}, "SPLIT_DEFAULTS_MIXED", "roles[1].percent"),
        ({"roles": roles("50", "50.01")}, "SPLIT_DEFAULTS_NOT_100", "roles"),
        ({"type": "OVERLAY", "roles": roles("50", None)}, "SPLIT_DEFAULTS_MISSING", "roles[1].percent"),
        (
            {"type": "OVERLAY", "roles": roles("50"), "unattributed_percent": "1"},
            "SPLIT_UNATTRIBUTED_UNUSED",
            "unattributedPercent",
        ),
        ({"type": "OVERLAY", "roles": roles("50"), "maximum_percent": "150"}, "SPLIT_MAXIMUM_UNUSED", "maximumPercent"),
        ({"type": "CUSTOM", "roles": roles("50")}, "SPLIT_MAXIMUM_MISSING", "maximumPercent"),
        ({"type": "CUSTOM", "roles": roles("100", "51"), "maximum_percent": "150"}, "SPLIT_DEFAULTS_ABOVE_MAXIMUM", "roles"),
        ({"roles": roles(None, None, key="same")}, "SPLIT_ROLE_TWICE", "roles[1].key"),
        ({"roles": roles(None, key="unattributed")}, "SPLIT_ROLE_RESERVED", "roles[0].key"),
        ({"roles": roles(None), "dimensions": ["person", "person"]}, "SPLIT_DIMENSION_TWICE", "dimensions[1]"),
    ],
)
def test_an_unsound_template_is_refused_by_code_and_place(body: dict[str, Any], code: str, path: str) -> None:
    assert findings(**body) == [(code, path)]


@pytest.mark.parametrize(
    "body", [{"roles": []}, {"roles": roles("-1", "101")}, {"roles": roles("33.333")}, {"type": "X", "roles": roles(None)}]
)
def test_a_body_out_of_its_bounds_does_not_fit(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        SplitTemplate.model_validate(body)


@pytest.mark.parametrize(
    "body",
    [
        SHIPPED,
        {"type": "OVERLAY", "roles": roles("100", "100")},
        {"type": "CUSTOM", "roles": roles("100", "50"), "maximum_percent": "150"},
        {"roles": roles("50", "30", "20")},
    ],
)
def test_sound_templates_pass(body: dict[str, Any]) -> None:
    assert findings(**body) == []


def test_the_shipped_template_shares_revenue_equally_among_three_parties() -> None:
    shipped = SplitTemplate.model_validate(SHIPPED)
    assert (shipped.type, shipped.percent_of) == (SplitType.REVENUE, {"sales": None, "presales": None, "success": None})
    assert shipped.dimensions == (Dimension.PERSON, Dimension.ROLE, Dimension.PRODUCT, Dimension.PERIOD, Dimension.REGION)
    assert registered_kinds()[KIND].body is SplitTemplate
