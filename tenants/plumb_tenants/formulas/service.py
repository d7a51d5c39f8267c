"""The door to formulas: read, compile against declared fields, evaluate, preview, list the functions.

formula = compile_formula("IF(历史月均 > 0, 历史月均 * 1.2, 行业基准值 * 0.8)", {"历史月均": Type.NUMBER, ...})
formula.evaluate({"历史月均": Decimal(100000), ...}).value        # Decimal("120000.0")
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from plumb_tenants.formulas.arithmetic import MAX_EXPONENT
from plumb_tenants.formulas.bodies import Run
from plumb_tenants.formulas.checking import type_of
from plumb_tenants.formulas.compiling import compile_node
from plumb_tenants.formulas.errors import FormulaError, Position
from plumb_tenants.formulas.functions import FUNCTIONS, Function
from plumb_tenants.formulas.nodes import normal_name
from plumb_tenants.formulas.parsing import Formula, parse
from plumb_tenants.formulas.values import Halt, Reason, Result, Type, Undefined, Value

__all__ = [
    "FUNCTIONS",
    "CompiledFormula",
    "Formula",
    "FormulaError",
    "Function",
    "Position",
    "Preview",
    "Reason",
    "Result",
    "Type",
    "Undefined",
    "Value",
    "compile_formula",
    "parse",
    "preview",
]

_PYTHON = {Type.NUMBER: Decimal, Type.TEXT: str, Type.BOOLEAN: bool, Type.DATE: date}


@dataclass(frozen=True, slots=True)
class CompiledFormula:
    """A formula that is known to fit its fields; `dependencies` maps each used field to its type, in order of use."""

    text: str
    type: Type
    dependencies: Mapping[str, Type]
    _run: Run

    def evaluate(self, values: Mapping[str, Value | None]) -> Result:
        """Compute the formula; a field that is absent from `values` is null.

        Numbers are Decimals (34 digits, not rounded to any unit). A null result is UNDEFINED with NO_INPUT, never 0.
        Raises TypeError for a value of another type than declared, which is a fault of the caller and not of a person.
        """
        inputs = {normal_name(name): _checked(name, values.get(name), type_) for name, type_ in self.dependencies.items()}
        missing = tuple(name for name in self.dependencies if values.get(name) is None)
        try:
            value = self._run(inputs)
        except Halt as halt:
            return Result(None, halt.undefined, missing)
        if value is None:
            return Result(None, Undefined(Reason.NO_INPUT), missing)
        return Result(abs(value) if isinstance(value, Decimal) and value.is_zero() else value, None, missing)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a formula gives on samples, in their order."""

    type: Type
    dependencies: Mapping[str, Type]
    results: tuple[Result, ...]


def compile_formula(text: str, names: Mapping[str, Type]) -> CompiledFormula:
    """Read, check and compile a formula over the declared fields.

    Raises a FormulaError (FORMULA_SYNTAX, _UNKNOWN_NAME, _UNKNOWN_FUNCTION, _TYPE, _ARGUMENTS, _USAGE, _LIMIT) that points at
    line, column and name.
    """
    formula = parse(text)
    declared = {normal_name(name): name for name in names}
    type_ = type_of(formula.root, {normal: names[name] for normal, name in declared.items()})
    dependencies = {declared[name]: names[declared[name]] for name in formula.names}
    return CompiledFormula(text, type_, dependencies, compile_node(formula.root))


def preview(text: str, names: Mapping[str, Type], samples: Sequence[Mapping[str, Value | None]]) -> Preview:
    """Compile a formula and evaluate it on each sample (C33); raises as `compile_formula` does."""
    formula = compile_formula(text, names)
    return Preview(formula.type, formula.dependencies, tuple(formula.evaluate(sample) for sample in samples))


def _checked(name: str, value: Value | None, type_: Type) -> Value | None:
    if value is not None and (not isinstance(value, _PYTHON[type_]) or isinstance(value, datetime)):
        raise TypeError(f"{name} is {type_}, not {type(value).__name__}")
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) <= MAX_EXPONENT):
        raise TypeError(f"{name} is no finite number within 10^±{MAX_EXPONENT}")
    return value
