"""What a matrix may not say: every fault is named with its place and keeps the matrix from being published."""

from typing import Any

import pytest

from plumb_platform.permissions import Permission, Scope
from plumb_platform.permissions.rules import default_rules
from plumb_tenants.access.definition import MATRIX
from plumb_tenants.access.shipped import SHIPPED
from plumb_tenants.access.words import scopes_of
from plumb_tenants.definitions.rules import BodyInvalid, check_body, lint
from support.matrices import grant


def findings(*grants: dict[str, Any], key: str = "someone") -> list[tuple[str, str]]:
    body = {"roles": [{"key": key, "name": "某角色", "grants": list(grants)}]}
    return [(found.code, found.path) for found in lint(MATRIX, check_body(MATRIX, body).model)]


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_the_shipped_matrices_are_without_fault(name: str) -> None:
    assert lint(MATRIX, check_body(MATRIX, SHIPPED[name]).model) == []


def test_the_shipped_default_says_what_holds_where_nothing_is_published() -> None:
    rules = check_body(MATRIX, SHIPPED["default"]).model.rules  # type: ignore[attr-defined]  # a Matrix
    assert {(each.role, each.permission, each.pair) for each in rules} == {
        (each.role, each.permission, each.pair) for each in default_rules() if each.pair.scope
    }


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        (grant("goals:read"), "MATRIX_RESOURCE_UNKNOWN", "resource"),
        (grant("goal:delete"), "MATRIX_ACTION_UNKNOWN", "action"),
        (grant("goal:read", fields=["Goal.title", "Goal.salary"]), "MATRIX_FIELD_UNKNOWN", "fields[1]"),
        (grant("goal:read", fields=["Goal.state"]), "MATRIX_FIELD_UNKNOWN", "fields[0]"),
        (grant("goal:read", fields=["Cycle.name"]), "MATRIX_FIELD_UNKNOWN", "fields[0]"),
        (grant("goal:confirm", fields=["Goal.title"]), "MATRIX_FIELDS_NEED_READ", "fields"),
        (grant("letter:read", fields=["LetterRun.archivePath"]), "MATRIX_FIELD_UNKNOWN", "fields[0]"),
        (grant("letter:issue", fields=["Letter.number"]), "MATRIX_FIELD_UNKNOWN", "fields[0]"),
        (grant("cycle:read", "OWN"), "MATRIX_SCOPE_IMPOSSIBLE", "scope"),
        (grant("formula:preview", filter="1 = 1"), "MATRIX_FILTER_IMPOSSIBLE", "filter"),
        (grant("letter:issue", filter="1 = 1"), "MATRIX_FILTER_IMPOSSIBLE", "filter"),
        (grant("job:read", "OWN", effect="DENY"), "MATRIX_SCOPE_IMPOSSIBLE", "scope"),
        (grant("audit:read", "OWN"), "MATRIX_SCOPE_IMPOSSIBLE", "scope"),
        (grant("goal:read", filter="target >"), "FORMULA_SYNTAX", "filter"),
        (grant("goal:read", filter="salary > 1"), "FORMULA_UNKNOWN_NAME", "filter"),
        (grant("goal:read", filter="ownerId = 1"), "FORMULA_UNKNOWN_NAME", "filter"),
        (grant("goal:read", filter='target = "1"'), "FORMULA_TYPE", "filter"),
        (grant("goal:read", filter="target + 1"), "FORMULA_NOT_IN_SQL", "filter"),
        (grant("goal:read", filter="target / 2 > 1"), "FORMULA_NOT_IN_SQL", "filter"),
        (grant("goal:read", filter="(" * 100 + "TRUE" + ")" * 100), "FORMULA_LIMIT", "filter"),
        (grant("cycle:read", "SUBTREE"), "MATRIX_SCOPE_IMPOSSIBLE", "scope"),
    ],
)
def test_a_fault_is_named_with_its_place(wrong: dict[str, Any], code: str, path: str) -> None:
    assert findings(grant("goal:read"), wrong) == [(code, f"roles[0].grants[1].{path}")]


@pytest.mark.parametrize("permission", sorted(Permission))
def test_nothing_narrower_is_said_than_is_asked_for(permission: Permission) -> None:
    for scope in Scope:
        found = findings(grant(permission.value, scope.name))
        assert (found == []) is (scope in scopes_of(permission)), scope
    assert {Scope.NONE, Scope.COMPANY} <= scopes_of(permission)


def test_what_an_act_reads_is_limited_to_fields_like_what_a_read_does() -> None:
    """Runs of letters are read by `letter:issue` and tokens by `token:manage`: their fields are hidden there (C56)."""
    assert findings(grant("letter:issue", fields=["LetterRun.archivePath", "LetterRunItem.problem"])) == []
    assert findings(grant("token:manage", "OWN", fields=["ApiToken.lastUsedAt"])) == []


def test_acts_on_the_whole_company_have_no_narrower_scope() -> None:
    for permission in (Permission.AUDIT_READ, Permission.DEFINITION_WRITE, Permission.MEMBER_INVITE, Permission.PERSON_IMPORT):
        assert scopes_of(permission) == {Scope.NONE, Scope.COMPANY}
        assert findings(grant(permission.value, "OWN")) == [("MATRIX_SCOPE_IMPOSSIBLE", "roles[0].grants[0].scope")]


def test_a_role_stands_once_and_is_not_the_products_own() -> None:
    role = {"key": "x", "name": "某角色", "grants": []}
    found = lint(MATRIX, check_body(MATRIX, {"roles": [role, role]}).model)
    assert [(each.code, each.path) for each in found] == [("MATRIX_ROLE_TWICE", "roles[1].key")]
    assert findings(key="system") == [("MATRIX_ROLE_RESERVED", "roles[0].key")]


@pytest.mark.parametrize(
    "body",
    [
        {"roles": []},
        {"roles": [{"key": "X y", "name": "x", "grants": []}]},
        {"roles": [{"key": "x", "name": "x", "grants": [grant("goal:read", "GALAXY")]}]},
        {"roles": [{"key": "x", "name": "x", "grants": [grant("goal:read")] * 301}]},
        {"roles": [{"key": f"r{place}", "name": "x", "grants": []} for place in range(41)]},
        {"roles": [{"key": "x", "name": "x", "grants": [grant("goal:read", filter="x" * 2001)]}]},
        {"roles": [{"key": "x", "name": "x", "grants": [grant("goal:read", fields=["Goal.title"] * 201)]}]},
        {"roles": [{"key": "x", "name": "x", "grants": [grant("goal:read", owner="me")]}]},
    ],
)
def test_a_body_of_another_form_or_size_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(BodyInvalid):
        check_body(MATRIX, body)


@pytest.mark.parametrize(
    ("grants", "told"),
    [
        ([grant("credit:read"), grant("order:read")], []),
        ([grant("credit:read", fields=["Credit.amount"])], []),
        ([grant("credit:read", fields=["Credit.customer", "Credit.amount"]), grant("order:read", fields=["Order.customer"])], []),
        (
            [grant("order:read"), grant("credit:read", fields=["Credit.amount"])],
            ["Credit.currency", "Credit.customer", "Credit.periodCode", "Credit.product", "Credit.region"],
        ),
        (
            [grant("credit:read"), grant("order:read", "OWN"), grant("order:read", effect="DENY", fields=["Order.customer"])],
            ["Order.customer"],
        ),
        ([grant("credit:read"), grant("order:read", "NONE", fields=["Order.region"])], []),
    ],
)
def test_what_is_hidden_under_one_name_and_shown_under_another_is_a_warning(
    grants: list[dict[str, Any]], told: list[str]
) -> None:
    body = {"roles": [{"key": "seller", "name": "销售", "grants": grants}]}
    found = lint(MATRIX, check_body(MATRIX, body).model)
    assert {(each.code, each.path, each.severity.value) for each in found} <= {("MATRIX_TELLS_TWICE", "roles[0]", "WARNING")}
    assert sorted(str(each.error.values["hidden"]) for each in found) == told
    for each in found:
        assert str(each.error.values["shown"]) in each.error.text("zh-CN")
