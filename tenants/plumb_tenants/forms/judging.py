"""Judging one field when all values are known: whether it is required, how many items it takes, its limits; pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from plumb_platform.errors import InvalidInput
from plumb_tenants.forms.body import COLLECTIONS, MOST_FILES, MOST_ROWS, NOT_WRITTEN, Cell, Type
from plumb_tenants.forms.compiling import CompiledCell
from plumb_tenants.forms.problems import CountWrong, FieldRequired, ValueAbove, ValueBelow
from plumb_tenants.forms.states import CellState
from plumb_tenants.forms.values import Answer
from plumb_tenants.formulas.service import CompiledFormula, Value

Env = dict[str, Value | None]


@dataclass(slots=True)
class Placed:
    """A cell that has a value now, with what its rules read."""

    compiled: CompiledCell
    state: CellState
    answer: Answer
    env: Env


def is_true(rule: CompiledFormula | None, env: Env, *, otherwise: bool) -> bool:
    """Return whether a rule holds; a rule that has no input or is undefined does not."""
    return otherwise if rule is None else rule.evaluate(env).value is True


def judge(placed: Placed) -> None:
    """Judge requirement, count and limits of one cell, now that all values are known."""
    compiled, state, answer, env = placed.compiled, placed.state, placed.answer, placed.env
    cell = compiled.cell
    if not state.visible:
        return
    if cell.type not in NOT_WRITTEN or cell.type is Type.ATTACHMENT:
        state.required = cell.required or is_true(compiled.required_if, env, otherwise=False)
    if answer.read is None:
        if state.required and not state.problems:
            state.problems.append(FieldRequired(field=state.path, label=cell.label))
        return
    if cell.type in COLLECTIONS:
        _judge_count(state, cell, int(answer.read))  # type: ignore[arg-type]  # a collection reads as its count
        return
    least, most = (_limit(rule, env) for rule in (compiled.minimum, compiled.maximum))
    if least is not None and _is_less(answer.read, least):
        state.problems.append(_beyond(ValueBelow, state, answer, least))
    if most is not None and _is_less(most, answer.read):
        state.problems.append(_beyond(ValueAbove, state, answer, most))


def _judge_count(state: CellState, cell: Cell, count: int) -> None:
    limit = {Type.ATTACHMENT: MOST_FILES, Type.MULTIPLE_CHOICE: len(cell.choices)}.get(cell.type, MOST_ROWS)
    least, most = cell.min_items or 0, min(cell.max_items or limit, limit)
    if not least <= count <= most:
        state.problems.append(CountWrong(field=state.path, label=cell.label, count=count, least=least, most=most))


def _limit(rule: CompiledFormula | None, env: Env) -> Value | None:
    return rule.evaluate(env).value if rule else None


def _is_less(one: Any, other: Any) -> bool:
    """Compare two values of one type, which compiling has proved."""
    return bool(one < other)


def _beyond(error: type[InvalidInput], state: CellState, answer: Answer, limit: Value) -> InvalidInput:
    said = format(limit, "f") if isinstance(limit, Decimal) else str(limit)
    return error(field=state.path, label=state.cell.label, value=answer.stored, limit=said)
