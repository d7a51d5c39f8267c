"""From a form's body to what evaluates it: every formula compiled once, fields in the order in which they become known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import NamedTuple

from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.as_written import name_written
from plumb_tenants.forms.attributes import attribute_faults
from plumb_tenants.forms.body import NOT_WRITTEN, Cell, Check, Field, Form, Type
from plumb_tenants.forms.faults import FormulaWrong
from plumb_tenants.forms.names import Names, has_sum, plain_names
from plumb_tenants.forms.ordering import column_edges, evaluation_order, field_edges, later_reads, sections_of
from plumb_tenants.forms.values import FORMULA_TYPES, Json
from plumb_tenants.formulas.service import CompiledFormula, FormulaError, compile_formula
from plumb_tenants.formulas.service import Type as FormulaType

Rule = CompiledFormula | None


@dataclass(slots=True)
class CompiledCell:
    """A field or column with its rules ready to run; `computed` is the type of a computed value."""

    cell: Cell
    visible_if: Rule = None
    read_only_if: Rule = None
    formula: Rule = None
    required_if: Rule = None
    minimum: Rule = None
    maximum: Rule = None
    suggestion: Rule = None
    section: str | None = None
    columns: tuple["CompiledCell", ...] = ()
    """Of a table, in the order in which they become known."""

    @property
    def field(self) -> Field:
        """Return the cell as the field that it is."""
        if not isinstance(self.cell, Field):
            raise TypeError(f"{self.cell.key} is a column")
        return self.cell

    @property
    def computed(self) -> FormulaType | None:
        """Return the type of what a computed field gives; None for the others."""
        return self.formula.type if self.formula else None


@dataclass(slots=True)
class CompiledForm:
    """A form that evaluates; `order` is that of evaluation, `fields` that of the form."""

    form: Form
    fields: dict[str, CompiledCell]
    order: tuple[CompiledCell, ...] = ()
    checks: tuple[tuple[Check, CompiledFormula], ...] = ()
    faults: list[InvalidInput] = attribute(default_factory=list)
    names: Names = attribute(default_factory=dict)
    """What formulas read, with its type."""

    def written(self, values: Mapping[str, Json]) -> dict[str, Json]:
        """Return those of a submission's values that people write, without what the server fills in."""
        return {key: _written(self.fields[key], value) for key, value in values.items() if not _is_servers(self.fields[key])}


def _is_servers(cell: CompiledCell) -> bool:
    return cell.cell.type in NOT_WRITTEN


def _written(cell: CompiledCell, value: Json) -> Json:
    if cell.cell.type is not Type.TABLE:
        return value
    servers = {column.cell.key for column in cell.columns if _is_servers(column)}
    return [{key: each for key, each in row.items() if key not in servers} for row in value]


def compile_form(form: Form) -> CompiledForm:
    """Compile a form, or raise the first fault that lint has to say about it."""
    compiled = compiled_with_faults(form)
    if compiled.faults:
        raise compiled.faults[0]
    return compiled


def compiled_with_faults(form: Form) -> CompiledForm:
    """Compile as far as it goes and list every fault; a form with one must not be evaluated."""
    compiled = CompiledForm(form, {field.key: CompiledCell(field) for field in form.fields})
    compiled.faults += [*attribute_faults(form), *later_reads(form)]
    if not compiled.faults:
        try:
            _Compiler(compiled).compile()
        except InvalidInput as fault:
            compiled.faults.append(fault)
    return compiled


class _Compiler:
    """Compiles what decides values in the order in which they become known, then what judges them."""

    def __init__(self, compiled: CompiledForm) -> None:
        self._to = compiled
        self._form = compiled.form
        self._names: Names = plain_names(self._form.fields)
        self._row_names: dict[str, Names] = {}
        self._paths = {field.key: f"fields[{n}]" for n, field in enumerate(self._form.fields)}

    def compile(self) -> None:
        order = evaluation_order(field_edges(self._form), path="fields")
        sections = sections_of(self._form)
        for key in order:
            cell = self._to.fields[key]
            cell.section = sections[key]
            self._decide(cell, self._paths[key], self._names)
            if cell.cell.type is Type.TABLE:
                self._columns(cell, self._paths[key])
        self._to.order = tuple(self._to.fields[key] for key in order)
        self._judge_all()
        self._to.checks = tuple(self._checks())
        self._to.names = self._names

    def _columns(self, table: CompiledCell, path: str) -> None:
        field = table.field
        names = self._row_names[field.key] = self._names | plain_names(field.columns)
        places = {column.key: n for n, column in enumerate(field.columns)}
        computed: Names = {}
        cells = []
        for key in evaluation_order(column_edges(field), path=f"{path}.columns", within=f"{field.key}."):
            cell = CompiledCell(field.columns[places[key]])
            self._decide(cell, f"{path}.columns[{places[key]}]", names, computed)
            cells.append(cell)
        table.columns = tuple(cells)
        self._names |= {f"{field.key}.{c.key}": FormulaType.NUMBER for c in field.columns if has_sum(c, computed)}

    def _decide(self, cell: CompiledCell, path: str, names: Names, computed: Names | None = None) -> None:
        cell.visible_if = self._rule(cell, "visible_if", path, names, FormulaType.BOOLEAN)
        cell.read_only_if = self._rule(cell, "read_only_if", path, names, FormulaType.BOOLEAN)
        cell.formula = self._rule(cell, "formula", path, names, None)
        if cell.formula:
            names[cell.cell.key] = cell.formula.type
            if computed is not None:
                computed[cell.cell.key] = cell.formula.type

    def _judge_all(self) -> None:
        figures = dict.fromkeys((each.key for each in self._form.figures), FormulaType.NUMBER)
        for key, cell in self._to.fields.items():
            self._judge(cell, self._paths[key], self._names)
            cell.suggestion = self._rule(cell, "suggestion", self._paths[key], self._names | figures, FormulaType.NUMBER)
            if isinstance(cell.cell, Field):
                places = {column.key: n for n, column in enumerate(cell.cell.columns)}
                for column in cell.columns:
                    path = f"{self._paths[key]}.columns[{places[column.cell.key]}]"
                    self._judge(column, path, self._names | self._row_names[key])

    def _judge(self, cell: CompiledCell, path: str, names: Names) -> None:
        own = cell.computed or FORMULA_TYPES.get(cell.cell.type)
        cell.required_if = self._rule(cell, "required_if", path, names, FormulaType.BOOLEAN)
        cell.minimum = self._rule(cell, "minimum", path, names, own)
        cell.maximum = self._rule(cell, "maximum", path, names, own)

    def _rule(self, cell: CompiledCell, name: str, path: str, names: Names, wanted: FormulaType | None) -> Rule:
        text = getattr(cell.cell, name, "")
        return _compiled(text, _Place(cell.cell.key, name_written(name), f"{path}.{name}"), names, wanted) if text else None

    def _checks(self) -> Iterator[tuple[Check, CompiledFormula]]:
        for n, check in enumerate(self._form.checks):
            place = _Place(check.key, "condition", f"checks[{n}].condition")
            yield check, _compiled(check.condition, place, self._names, FormulaType.BOOLEAN)


class _Place(NamedTuple):
    """Where a formula stands, for its errors."""

    key: str
    attribute: str
    path: str


def _compiled(text: str, place: _Place, names: Names, wanted: FormulaType | None) -> CompiledFormula:
    said = {"field": place.path, "key": place.key, "attribute": place.attribute}
    try:
        formula = compile_formula(text, names)
    except FormulaError as error:
        raise FormulaWrong(**said, reason_zh=error.text("zh-CN"), reason_en=error.text("en")) from None
    if wanted is not None and formula.type is not wanted:
        zh, en = wanted.text("zh-CN"), wanted.text("en")
        raise FormulaWrong(**said, reason_zh=f"结果须为{zh}", reason_en=f"it must give {en}")
    return formula
