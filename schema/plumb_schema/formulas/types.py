"""GraphQL types of the formula language."""

from datetime import date
from decimal import Decimal

import strawberry

from plumb_platform.errors import Locale
from plumb_platform.permissions import Permission
from plumb_schema.ground.permission import tenant_type
from plumb_tenants.formulas import service
from plumb_tenants.formulas.service import FormulaError, Reason, Result, Type

strawberry.enum(Type, name="FormulaType", description="类型 / The type of a field or of a formula.")
strawberry.enum(Reason, name="UndefinedReason", description="无结果的原因 / Why there is no value.")


@strawberry.input(description="字段 / A field that the formula may use.")
class FormulaNameInput:
    name: str
    type: Type = Type.NUMBER


@strawberry.input(description="样例值 / A field's value in a sample, in the member of its type; none is null: no input.")
class FormulaValueInput:
    name: str
    number: Decimal | None = None
    text: str | None = None
    boolean: bool | None = None
    day: date | None = None


@tenant_type(needs=Permission.FORMULA_PREVIEW, description="函数 / A function of the formula language.")
class FormulaFunction:
    name: str
    aliases: list[str]
    signature: str
    description: str


@tenant_type(needs=Permission.FORMULA_PREVIEW, description="公式错误 / Why a formula is refused, and where.")
class FormulaFault:
    code: str
    message: str
    line: int
    column: int
    name: str
    suggestion: str


@tenant_type(needs=Permission.FORMULA_PREVIEW, description="结果 / A value in the member of its type, or why there is none.")
class FormulaResult:
    number: Decimal | None
    text: str | None
    boolean: bool | None
    day: date | None
    undefined: Reason | None
    message: str | None
    missing: list[str]


@tenant_type(needs=Permission.FORMULA_PREVIEW, description="公式预览 / Type, used fields and results; or what is wrong.")
class FormulaPreview:
    type: Type | None
    dependencies: list[str]
    results: list[FormulaResult]
    fault: FormulaFault | None = None


def function_of(function: service.Function, locale: Locale) -> FormulaFunction:
    """Return the GraphQL object of a function in the caller's language."""
    place = 0 if locale == "zh-CN" else 1
    return FormulaFunction(
        name=function.name,
        aliases=list(function.aliases),
        signature=function.signatures[place],
        description=function.texts[place],
    )


def fault_of(error: FormulaError, locale: Locale) -> FormulaFault:
    """Return the GraphQL object of a refused formula in the caller's language."""
    return FormulaFault(
        code=error.code,
        message=error.text(locale),
        line=error.line,
        column=error.column,
        name=error.name,
        suggestion=error.suggestion,
    )


def value_of(given: FormulaValueInput) -> Decimal | str | bool | date | None:
    """Return the value of the member that is given; None where none is."""
    return next((each for each in (given.number, given.text, given.boolean, given.day) if each is not None), None)


def result_of(result: Result, locale: Locale) -> FormulaResult:
    """Return the GraphQL object of what a formula gave."""
    value, undefined = result.value, result.undefined
    return FormulaResult(
        number=value if isinstance(value, Decimal) else None,
        text=value if isinstance(value, str) else None,
        boolean=value if isinstance(value, bool) else None,
        day=value if isinstance(value, date) else None,
        undefined=undefined.reason if undefined else None,
        message=undefined.text(locale) if undefined else None,
        missing=list(result.missing),
    )
