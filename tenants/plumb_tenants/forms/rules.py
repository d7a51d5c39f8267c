"""Evaluating a form: which fields are visible, required and read-only, what each holds, and what is wrong; pure.

The law (A45, C1, C82): values become known in the order of their dependencies. A hidden field holds nothing, whatever was
sent for it; then requirements and limits are judged over what is left. A condition without input is not true.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce

from plumb_platform.errors import InvalidInput
from plumb_tenants.forms.body import MOST_ROWS, NOT_WRITTEN, Cell, Type
from plumb_tenants.forms.compiling import CompiledCell, CompiledForm
from plumb_tenants.forms.judging import Env, Placed, is_true, judge
from plumb_tenants.forms.problems import CheckFailed, ComputedUndefined, FieldNotWritable, FieldReadOnly, FieldUnknown
from plumb_tenants.forms.states import CellState, Evaluation, Facts
from plumb_tenants.forms.values import EXACT, LARGEST_COMPUTED, NOTHING, Answer, Json, quantized, read_value, wrong_type
from plumb_tenants.formulas.service import Reason, Undefined

__all__ = ["Evaluation", "Facts", "evaluate"]


def evaluate(compiled: CompiledForm, facts: Facts) -> Evaluation:
    """Evaluate a form over facts; never raises for what people sent."""
    return _Run(compiled, facts).run()


@dataclass(frozen=True, slots=True)
class _Level:
    """The form or one row of a table: what was sent there, what stood there before, and what formulas read."""

    given: Mapping[str, Json]
    before: Mapping[str, Json]
    env: Env


class _Run:
    def __init__(self, compiled: CompiledForm, facts: Facts) -> None:
        self._compiled, self._facts = compiled, facts
        self._top = _Level(facts.given, facts.before, {})
        self._row_envs: list[Env] = []
        self._visible: dict[str, bool] = {}
        self._placed: dict[str, list[Placed]] = {}

    def run(self) -> Evaluation:
        for cell in self._compiled.order:
            self._decide(cell)
        for env in self._row_envs:
            # What rows are judged by may stand behind their table.
            env |= {name: value for name, value in self._top.env.items() if name not in env}
        placed = [each for key in self._compiled.fields for each in self._placed[key]]
        for each in placed:
            judge(each)
        stored = {key: self._placed[key][0].answer.stored for key in self._compiled.fields}
        values = {key: value for key, value in stored.items() if value is not None}
        others = (*self._unknown(), *self._failed_checks())
        return Evaluation(tuple(each.state for each in placed), values, others, self._top.env)

    def _decide(self, compiled: CompiledCell) -> None:
        cell, env = compiled.cell, self._top.env
        state = CellState(cell.key, cell)
        inside = compiled.section is None or self._visible[compiled.section]
        state.visible = self._visible[cell.key] = inside and is_true(compiled.visible_if, env, otherwise=True)
        rows: list[Placed] = []
        answer = NOTHING
        if state.visible and cell.type is Type.TABLE:
            answer, rows = self._table(compiled, state)
        elif state.visible:
            answer = self._supplied(cell, state) or self._answer(compiled, state, self._top)
        state.value = answer.stored
        _put(env, cell, answer)
        self._placed[cell.key] = [Placed(compiled, state, answer, env), *rows]

    def _supplied(self, cell: Cell, state: CellState) -> Answer | None:
        """Return a figure that was synced or the files that were uploaded; None for any other field."""
        if cell.type is Type.FED and cell.key in self._facts.fed:
            _refuse_written(state, self._top)
            figure = self._facts.fed[cell.key]
            return Answer(format(figure, "f"), figure)
        if cell.type is Type.ATTACHMENT and self._facts.files.get(cell.key):
            _refuse_written(state, self._top)
            files = list(self._facts.files[cell.key])
            return Answer(files, Decimal(len(files)))
        return None

    def _answer(self, compiled: CompiledCell, state: CellState, level: _Level) -> Answer:
        if compiled.cell.type in NOT_WRITTEN:
            _refuse_written(state, level)
            return _computed(compiled, state, level.env)
        raw = _raw(compiled, state, level)
        try:
            return read_value(compiled.cell, raw, state.path, metrics=self._compiled.form.metrics)
        except InvalidInput as problem:
            state.problems.append(problem)
            return NOTHING

    def _table(self, table: CompiledCell, state: CellState) -> tuple[Answer, list[Placed]]:
        raw = _raw(table, state, self._top)
        if raw is None or raw == []:
            return NOTHING, []
        if not isinstance(raw, list):
            state.problems.append(wrong_type(table.cell, raw, state.path))
            return NOTHING, []
        before = self._facts.before.get(table.cell.key) or ()
        rows = [
            self._row(table, state, _Level(row, before[n] if n < len(before) else {}, dict(self._top.env)), n)
            for n, row in enumerate(raw[:MOST_ROWS])
        ]
        placed = [each for row in rows for each in row]
        self._sum_up(table, placed)
        stored = [{each.state.cell.key: each.answer.stored for each in row if each.answer.stored is not None} for row in rows]
        return Answer(stored, Decimal(len(raw))), placed

    def _row(self, table: CompiledCell, state: CellState, level: _Level, place: int) -> list[Placed]:
        path = f"{state.path}[{place}]"
        if not isinstance(level.given, dict):
            state.problems.append(wrong_type(table.cell, level.given, path))
            return []
        places = {column.key: n for n, column in enumerate(table.field.columns)}
        unknown = [f"{key:.60}" for key in level.given if key not in places]
        state.problems += [FieldUnknown(field=f"{path}.{key}", key=key) for key in unknown]
        self._row_envs.append(level.env)
        cells = [self._cell(column, f"{path}.{column.cell.key}", level) for column in table.columns]
        return sorted(cells, key=lambda each: places[each.compiled.cell.key])

    def _cell(self, column: CompiledCell, path: str, level: _Level) -> Placed:
        state = CellState(path, column.cell)
        state.visible = is_true(column.visible_if, level.env, otherwise=True)
        answer = self._answer(column, state, level) if state.visible else NOTHING
        state.value = answer.stored
        _put(level.env, column.cell, answer)
        return Placed(column, state, answer, level.env)

    def _sum_up(self, table: CompiledCell, placed: list[Placed]) -> None:
        for column in table.columns:
            name = f"{table.cell.key}.{column.cell.key}"
            read = [each.answer.read for each in placed if each.compiled is column]
            numbers = [number for number in read if isinstance(number, Decimal)]
            self._top.env[name] = reduce(EXACT.add, numbers) if numbers else None

    def _unknown(self) -> Iterator[InvalidInput]:
        for key in self._facts.given:
            if key not in self._compiled.fields:
                yield FieldUnknown(field=f"{key:.60}", key=f"{key:.60}")

    def _failed_checks(self) -> Iterator[InvalidInput]:
        for check, condition in self._compiled.checks:
            result = condition.evaluate(self._top.env)
            undefined = result.undefined is not None and result.undefined.reason is not Reason.NO_INPUT
            if result.value is False or undefined:
                english = check.message_en or check.message
                yield CheckFailed(field=check.key, message_zh=check.message, message_en=english)


def _raw(compiled: CompiledCell, state: CellState, level: _Level) -> Json:
    """Return what counts as sent: of a read-only field, what stood there before."""
    key = compiled.cell.key
    state.read_only = is_true(compiled.read_only_if, level.env, otherwise=False)
    if not state.read_only:
        return level.given.get(key)
    if key in level.given and level.given[key] != level.before.get(key):
        state.problems.append(FieldReadOnly(field=state.path, label=compiled.cell.label))
    return level.before.get(key)


def _computed(compiled: CompiledCell, state: CellState, env: Env) -> Answer:
    if compiled.formula is None:
        return NOTHING
    result = compiled.formula.evaluate(env)
    value, undefined = result.value, result.undefined
    if isinstance(value, Decimal) and abs(value) >= LARGEST_COMPUTED:
        value, undefined = None, Undefined(Reason.OUT_OF_RANGE)
    if undefined is not None and undefined.reason is not Reason.NO_INPUT:
        state.problems.append(ComputedUndefined(field=state.path, label=compiled.cell.label, undefined=undefined))
    if isinstance(value, Decimal):
        number = quantized(value, compiled.cell.places)
        return Answer(format(number, "f"), number)
    return NOTHING if value is None else Answer(value if isinstance(value, bool | str) else value.isoformat(), value)


def _refuse_written(state: CellState, level: _Level) -> None:
    state.read_only = True
    if level.given.get(state.cell.key) is not None:
        state.problems.append(FieldNotWritable(field=state.path, label=state.cell.label))


def _put(env: Env, cell: Cell, answer: Answer) -> None:
    if cell.type is Type.SECTION:
        return
    env[cell.key] = answer.read
    if cell.type is Type.MULTIPLE_CHOICE:
        chosen = answer.stored or ()
        env |= {f"{cell.key}.{choice.key}": choice.key in chosen for choice in cell.choices}
