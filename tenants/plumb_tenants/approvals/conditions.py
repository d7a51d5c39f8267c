"""Conditions and fields of a flow: what a request may hold, and whether a condition holds for it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from plumb_platform.errors import InvalidInput
from plumb_tenants.approvals.body import END, By, Flow, Step
from plumb_tenants.formulas.service import CompiledFormula, Type, Value, compile_formula

LARGEST_NUMBER = 10**24
_PYTHON = {Type.NUMBER: Decimal, Type.TEXT: str, Type.BOOLEAN: bool, Type.DATE: date}


class FlowFieldInvalid(InvalidInput):
    """A field of a request has the type that the flow declares."""

    code = "FLOW_FIELD_INVALID"
    zh = "字段“{name}”的值无效，须为{type}。"
    en = "The value of the field {name} is not valid; it is {type}."


def checked_fields(flow: Flow, given: Mapping[str, object]) -> dict[str, Value]:
    """Return those of the given fields that the flow declares, each of its type; what is None or not given is no input."""
    return {name: _checked(name, given[name], type_) for name, type_ in flow.names.items() if given.get(name) is not None}


def stored_fields(fields: Mapping[str, Value]) -> dict[str, str | bool]:
    """Return fields as JSON: numbers and days as text."""
    return {
        name: value if isinstance(value, bool) else value.isoformat() if isinstance(value, date) else str(value)
        for name, value in fields.items()
    }


def loaded_fields(flow: Flow, stored: Mapping[str, str | bool]) -> dict[str, Value]:
    """Return stored fields as values again."""
    read: dict[Type, Callable[[str], Value]] = {Type.NUMBER: Decimal, Type.DATE: date.fromisoformat, Type.TEXT: str}
    return {name: value if isinstance(value, bool) else read[flow.names[name]](value) for name, value in stored.items()}


def holds(flow: Flow, when: str, fields: Mapping[str, Value]) -> bool:
    """Return whether a condition holds for a request; an empty one does, one without a value does not."""
    return not when.strip() or _compiled(when, tuple(flow.names.items())).evaluate(fields).value is True


def successor(flow: Flow, step: Step, fields: Mapping[str, Value]) -> str:
    """Return the key of the step after this one for a request, or END; the model check has left no request without one."""
    if not step.next:
        return flow.following(step)
    return next(branch.to for branch in step.next if holds(flow, branch.when, fields))


def asked_fields(flow: Flow, fields: Mapping[str, Value]) -> list[str]:
    """Return the fields by which approvers are found on a request's way, if everybody agreed; in the order of the way."""
    key, names = flow.steps[0].key, []
    while key != END:
        step = flow.step(key)
        if holds(flow, step.when, fields):
            names += [each.field for line in step.lines for each in line.approvers if each.by is By.FIELD]
        key = successor(flow, step, fields)
    return list(dict.fromkeys(names))


def evaluated_text(flow: Flow, formula: str, fields: Mapping[str, Value]) -> str:
    """Return the text that a formula gives for a request, empty without a value."""
    value = _compiled(formula, tuple(flow.names.items())).evaluate(fields).value
    return value if isinstance(value, str) else ""


@lru_cache(maxsize=512)
def _compiled(text: str, names: tuple[tuple[str, Type], ...]) -> CompiledFormula:
    return compile_formula(text, dict(names))


def _checked(name: str, value: object, type_: Type) -> Value:
    if isinstance(value, UUID) and type_ is Type.TEXT:
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and type_ is Type.NUMBER:
        value = Decimal(value)
    fits = isinstance(value, _PYTHON[type_]) and not isinstance(value, datetime)
    if isinstance(value, Decimal):
        fits = fits and value.is_finite() and abs(value) < LARGEST_NUMBER
    if isinstance(value, str):
        fits = fits and len(value) <= 2000 and "\x00" not in value
    if not fits:
        raise FlowFieldInvalid(field=f"fields.{name}", name=name, type=type_)
    return value  # type: ignore[return-value]  # one of the four types, as was just seen
