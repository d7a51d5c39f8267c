"""The functions of the formula language, as a table that the API lists, the checker reads and the compiler runs."""

from dataclasses import dataclass

from plumb_tenants.formulas import arithmetic, bodies
from plumb_tenants.formulas.values import Type


@dataclass(frozen=True, slots=True)
class Function:
    """One function. The last of `takes` repeats up to `most`; None stands for one type of the caller's choice,
    the same at each None and in `gives`. `signatures` and `texts` are zh-CN, then en."""

    name: str
    aliases: tuple[str, ...]
    signatures: tuple[str, str]
    texts: tuple[str, str]
    takes: tuple[Type | None, ...]
    gives: Type | None
    least: int
    most: int | None
    body: bodies.Body


_N, _B = Type.NUMBER, Type.BOOLEAN

FUNCTIONS: tuple[Function, ...] = (
    Function(
        "IF",
        ("如果",),
        ("如果(条件, 成立时, [否则])", "IF(condition, then, [otherwise])"),
        (
            "条件成立取“成立时”，不成立或条件无输入取“否则”；只计算所取的一项。",
            "Takes “then” if the condition is true, “otherwise” if false or without input; computes only one.",
        ),
        (_B, None),
        None,
        2,
        3,
        bodies.choose,
    ),
    Function(
        "AND",
        ("且", "并且"),
        ("且(条件, …)", "AND(condition, …)"),
        ("全部成立才成立；遇到不成立即止。", "True if all are true; stops at the first false."),
        (_B,),
        _B,
        1,
        None,
        bodies.conjunction,
    ),
    Function(
        "OR",
        ("或", "或者"),
        ("或(条件, …)", "OR(condition, …)"),
        ("任一成立即成立；遇到成立即止。", "True if any is true; stops at the first true."),
        (_B,),
        _B,
        1,
        None,
        bodies.disjunction,
    ),
    Function(
        "NOT",
        ("非",),
        ("非(条件)", "NOT(condition)"),
        ("成立变为不成立，不成立变为成立。", "Turns true and false round."),
        (_B,),
        _B,
        1,
        1,
        bodies.negation,
    ),
    Function(
        "COALESCE",
        ("首个非空", "取首个非空"),
        ("首个非空(值, …)", "COALESCE(value, …)"),
        ("取第一个有输入的值；0 也是输入。", "The first value that is there; 0 is there."),
        (None,),
        None,
        1,
        None,
        bodies.coalesce,
    ),
    Function(
        "ISBLANK",
        ("为空",),
        ("为空(值)", "ISBLANK(value)"),
        ("没有输入时成立；0 不算空。", "True if there is no input; 0 is not blank."),
        (None,),
        _B,
        1,
        1,
        bodies.is_blank,
    ),
    Function(
        "MIN",
        ("最小", "最小值"),
        ("最小(数值, …)", "MIN(number, …)"),
        ("已填数值中最小的一个。", "The least of the numbers that are there."),
        (_N,),
        _N,
        1,
        None,
        bodies.minimum,
    ),
    Function(
        "MAX",
        ("最大", "最大值"),
        ("最大(数值, …)", "MAX(number, …)"),
        ("已填数值中最大的一个。", "The greatest of the numbers that are there."),
        (_N,),
        _N,
        1,
        None,
        bodies.maximum,
    ),
    Function(
        "SUM",
        ("求和", "合计"),
        ("求和(数值, …)", "SUM(number, …)"),
        ("已填数值之和。", "The sum of the numbers that are there."),
        (_N,),
        _N,
        1,
        None,
        bodies.total,
    ),
    Function(
        "AVERAGE",
        ("平均", "平均值"),
        ("平均(数值, …)", "AVERAGE(number, …)"),
        ("已填数值的平均；未填的不计入个数。", "The mean of the numbers that are there; blanks do not count."),
        (_N,),
        _N,
        1,
        None,
        bodies.average,
    ),
    Function(
        "ROUND",
        ("修约",),
        ("修约(数值, [位数])", "ROUND(number, [places])"),
        (
            "按 GB/T 8170 四舍六入五成双：修约(2.5) = 2，修约(3.5) = 4。",
            "Rounds half to even (GB/T 8170): ROUND(2.5) = 2, ROUND(3.5) = 4.",
        ),
        (_N,),
        _N,
        1,
        2,
        bodies.rounding(arithmetic.HALF_EVEN),
    ),
    Function(
        "ROUNDHALFUP",
        ("四舍五入",),
        ("四舍五入(数值, [位数])", "ROUNDHALFUP(number, [places])"),
        ("逢五进一：四舍五入(2.5) = 3。", "Rounds half away from zero: ROUNDHALFUP(2.5) = 3."),
        (_N,),
        _N,
        1,
        2,
        bodies.rounding(arithmetic.HALF_UP),
    ),
    Function(
        "ROUNDUP",
        ("向上取整", "向上舍入"),
        ("向上取整(数值, [位数])", "ROUNDUP(number, [places])"),
        ("向远离 0 的方向进位。", "Rounds away from zero."),
        (_N,),
        _N,
        1,
        2,
        bodies.rounding(arithmetic.UP),
    ),
    Function(
        "ROUNDDOWN",
        ("向下取整", "向下舍入"),
        ("向下取整(数值, [位数])", "ROUNDDOWN(number, [places])"),
        ("向 0 的方向舍去。", "Rounds towards zero."),
        (_N,),
        _N,
        1,
        2,
        bodies.rounding(arithmetic.DOWN),
    ),
    Function(
        "ABS",
        ("绝对值",),
        ("绝对值(数值)", "ABS(number)"),
        ("去掉负号。", "Drops the sign."),
        (_N,),
        _N,
        1,
        1,
        bodies.absolute,
    ),
)

FUNCTIONS_BY_NAME = {name: function for function in FUNCTIONS for name in (function.name, *function.aliases)}


def find_function(written: str) -> Function | None:
    """Find a function by its name or an alias, in any case."""
    return FUNCTIONS_BY_NAME.get(written.upper())
