"""Figures of a letter template: named formulas over the goals, whose results stand in the texts like fields; pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import Field

from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Logic
from plumb_tenants.definitions.spelling import Key
from plumb_tenants.formulas.service import FormulaError, Type, compile_formula
from plumb_tenants.letters.rules import BoundGoal
from plumb_tenants.letters.wording import FIELDS

NUMBERED = 10
"""How many goals have a name of their own in formulas: 目标1, 权重1 and so on."""
NAMES: Mapping[str, Type] = dict.fromkeys(
    (
        *("goal_count", "目标数", "month_count", "月数", "target_total", "目标合计", "weight_total", "权重合计"),
        *(f"{word}{place}" for place in range(1, NUMBERED + 1) for word in ("target_", "目标", "weight_", "权重")),
    ),
    Type.NUMBER,
)
"""What a formula may use; the total of targets is there only when all goals have one unit of measure."""


class FigureNotNumber(InvalidInput):
    """A figure prints a number."""

    code = "LETTER_FIGURE_NOT_NUMBER"
    zh = "“{key}”的公式须得到数字。"
    en = "The formula of {key} must give a number."


class FigureKeyTaken(InvalidInput):
    """A figure stands in braces like a field, so that its key is nobody else's."""

    code = "LETTER_FIGURE_KEY_TAKEN"
    zh = "“{key}”已是字段或其他数字的代号。"
    en = "{key} is the name of a field or of another figure already."


class FigureUndefined(InvalidInput):
    """A letter does not go out with a number that cannot be computed."""

    code = "LETTER_FIGURE_UNDEFINED"
    zh = "数字“{key}”无法计算（{reason}），责任书未生成。"
    en = "The figure {key} cannot be computed ({reason}); the letter was not made."


class LetterFigure(Body):
    """数字 / A number computed from the goals, printed where its key stands in braces, rounded half-even."""

    key: Key
    formula: Annotated[str, Logic(), Field(max_length=2000)] = ""
    places: Annotated[int, Field(ge=0, le=6)] = 2


def figure_faults(figures: Sequence[LetterFigure]) -> Iterator[InvalidInput]:
    """Yield what stands against publishing figures."""
    keys = [each.key for each in figures]
    for place, figure in enumerate(figures):
        path = f"figures[{place}]"
        if figure.key in FIELDS or keys.index(figure.key) != place:
            yield FigureKeyTaken(field=f"{path}.key", key=figure.key)
        try:
            compiled = compile_formula(figure.formula, NAMES)
        except FormulaError as error:
            error.field = f"{path}.formula"
            yield error
        else:
            if compiled.type is not Type.NUMBER:
                yield FigureNotNumber(field=f"{path}.formula", key=figure.key)


def figure_values(figures: Sequence[LetterFigure], goals: Sequence[BoundGoal]) -> dict[str, str]:
    """Return each figure as it is printed; raises FigureUndefined."""
    names = _names(goals)
    return {figure.key: _printed(figure, names) for figure in figures}


def _printed(figure: LetterFigure, names: Mapping[str, Decimal | None]) -> str:
    result = compile_formula(figure.formula, NAMES).evaluate(names)
    if not isinstance(result.value, Decimal):
        raise FigureUndefined(field="templateVersionId", key=figure.key, reason=result.undefined)
    return f"{result.value.quantize(Decimal(1).scaleb(-figure.places), ROUND_HALF_EVEN):,f}"


def _names(goals: Sequence[BoundGoal]) -> dict[str, Decimal | None]:
    one_unit = len({goal.unit_of_measure for goal in goals}) == 1
    total = sum((goal.target for goal in goals), Decimal()) if one_unit else None
    weights = sum((goal.weight for goal in goals), Decimal())
    months = Decimal(max(len(goal.months) for goal in goals))
    names: dict[str, Decimal | None] = {}
    for words, value in (
        (("goal_count", "目标数"), Decimal(len(goals))),
        (("month_count", "月数"), months),
        (("target_total", "目标合计"), total),
        (("weight_total", "权重合计"), weights),
    ):
        names |= dict.fromkeys(words, value)
    for place, goal in enumerate(goals[:NUMBERED], 1):
        names |= dict.fromkeys((f"target_{place}", f"目标{place}"), goal.target)
        names |= dict.fromkeys((f"weight_{place}", f"权重{place}"), goal.weight)
    return names
