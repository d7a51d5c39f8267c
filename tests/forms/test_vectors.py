"""The shared cases of form evaluation, which any client can run too (A45)."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from plumb_tenants.forms.body import Form
from plumb_tenants.forms.compiling import compile_form
from plumb_tenants.forms.rules import Facts, evaluate

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
FORMS = {key: compile_form(Form.model_validate(body)) for key, body in VECTORS["forms"].items()}


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_a_shared_case_gives_its_values_its_hidden_fields_and_its_problems(case: dict[str, Any]) -> None:
    fed = {key: Decimal(value) for key, value in case.get("fed", {}).items()}
    facts = Facts(given=case["given"], before=case.get("before", {}), fed=fed, files=case.get("files", {}))
    found = evaluate(FORMS[case["form"]], facts)
    assert found.values == case["values"]
    assert [state.path for state in found.states if not state.visible] == case["hidden"]
    assert [[problem.field, problem.code] for problem in found.problems] == case["problems"]
