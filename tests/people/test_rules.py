"""Reading a file and planning its import, without a database (A36, A38)."""

from plumb_platform.sheets.lines import Fault
from plumb_tenants.people.reading import read_people
from plumb_tenants.people.rules import DEEPEST_UNIT, ImportPlan, PersonState, UnitState, plan_import

HEADER = "工号,姓名,部门编码,部门,上级部门编码,直属上级工号"
HN = {"HN": UnitState("华南", None)}


def plan(
    *rows: str,
    header: str = HEADER,
    units: dict[str, UnitState] | None = None,
    people: dict[str, PersonState] | None = None,
) -> ImportPlan:
    return plan_import(read_people("\n".join([header, *rows]).encode()), units or {}, people or {})


def found(faults: list[Fault]) -> list[tuple[int, str | None, str]]:
    return [(fault.row, fault.column, fault.error.code) for fault in faults]


def test_a_header_without_the_needed_columns_is_refused() -> None:
    planned = plan("a,b", header="工号,职级")
    assert found(planned.faults) == [(1, "name", "COLUMN_MISSING"), (1, "unit_code", "COLUMN_MISSING")]
    assert planned.is_empty


def test_a_column_that_stands_twice_is_refused() -> None:
    assert found(plan("1,2,a,HN", header="工号,number,姓名,部门编码").faults) == [(1, "number", "COLUMN_TWICE")] * 2


def test_a_row_of_another_width_is_refused() -> None:
    planned = plan("1,张三,HN,华南,,", "2,李四,HN", "3,王五,HN,,,1,x")
    assert found(planned.faults) == [(3, None, "ROW_WIDTH_WRONG"), (4, None, "ROW_WIDTH_WRONG")]
    assert planned.faults[0].error.text("en") == (
        "The row has 3 cells; the header has 6. Write a separator for each empty cell; quote text that holds one."
    )


def test_an_empty_cell_that_is_needed_is_refused_by_row_and_column() -> None:
    planned = plan("1,,HN,华南,,", ",李四,HN,,,", "3,王五,,,,")
    assert found(planned.faults) == [
        (2, "name", "CELL_MISSING"),
        (3, "number", "CELL_MISSING"),
        (4, "unit_code", "CELL_MISSING"),
    ]


def test_an_employee_number_that_stands_twice_is_refused() -> None:
    planned = plan("1,张三,HN,华南,,", "1,李四,HN,,,")
    assert found(planned.faults) == [(3, "number", "NUMBER_TWICE")]
    assert planned.faults[0].error.text("zh-CN") == "工号 1 在第 2 行已出现。"


def test_a_unit_that_nobody_defines_is_refused() -> None:
    planned = plan("1,张三,XX,,,", "2,李四,HN,,YY,", units=HN)
    assert found(planned.faults) == [(2, "unit_code", "UNIT_UNKNOWN"), (3, "parent_unit_code", "UNIT_UNKNOWN")]
    assert planned.faults[1].error.text("zh-CN") == "部门编码 YY 不存在，文件中也没有任何一行给出其名称。"


def test_rows_that_contradict_each_other_about_a_unit_are_refused() -> None:
    planned = plan("1,张三,GD,广东,HN,", "2,李四,GD,粤,,", "3,王五,GD,,HD,", units=HN | {"HD": UnitState("华东", None)})
    assert found(planned.faults) == [
        (3, "unit_name", "UNIT_CONTRADICTED"),
        (4, "parent_unit_code", "UNIT_CONTRADICTED"),
    ]
    assert planned.faults[1].error.text("en") == "Row 2 says HN of the unit GD."


def test_units_in_a_cycle_are_refused_and_named() -> None:
    planned = plan("1,张三,A,甲,B,", "2,李四,B,乙,C,", "3,王五,C,丙,A,")
    assert found(planned.faults) == [(2, "parent_unit_code", "UNIT_CYCLE")]
    assert planned.faults[0].error.text("zh-CN") == "部门的上下级关系成环：A → B → C → A。"


def test_a_cycle_through_a_unit_that_stands_already_is_refused() -> None:
    planned = plan(",,HN,,GD,", "1,张三,HN,华南,GD,", units=HN | {"GD": UnitState("广东", "HN")})
    assert [fault.error.code for fault in planned.faults if fault.column == "parent_unit_code"] == ["UNIT_CYCLE"]


def test_units_below_the_twentieth_level_are_refused() -> None:
    rows = [f",,U{level},第{level}层,{f'U{level - 1}' if level else ''}," for level in range(DEEPEST_UNIT + 1)]
    assert plan(*rows[:-1]).faults == []
    planned = plan(*rows)
    assert found(planned.faults) == [(22, "parent_unit_code", "UNIT_TREE_TOO_DEEP")]


def test_managers_in_a_cycle_are_refused_and_named() -> None:
    planned = plan("1,张三,HN,华南,,2", "2,李四,HN,,,1", "3,王五,HN,,,3")
    assert found(planned.faults) == [(2, "manager_number", "MANAGER_CYCLE"), (4, "manager_number", "MANAGER_CYCLE")]
    assert [fault.error.text("en") for fault in planned.faults] == [
        "The managers form a cycle: 1 → 2 → 1.",
        "The managers form a cycle: 3 → 3.",
    ]


def test_a_cycle_through_a_person_who_stands_already_is_refused() -> None:
    people = {"1": PersonState("张三", "HN", manager="2"), "2": PersonState("李四", "HN")}
    planned = plan("2,李四,HN,,,1", units=HN, people=people)
    assert found(planned.faults) == [(2, "manager_number", "MANAGER_CYCLE")]


def test_a_missing_manager_is_reported_and_not_refused() -> None:
    planned = plan("1,张三,HN,华南,,", "2,李四,HN,,,77", "3,王五,HN,,,1")
    assert planned.faults == []
    assert found(planned.warnings) == [
        (2, "manager_number", "MANAGER_MISSING"),
        (3, "manager_number", "MANAGER_UNKNOWN"),
    ]
    assert [person.manager for person in planned.new_people.values()] == [None, None, "1"]


def test_an_unknown_column_is_reported_and_left_out() -> None:
    planned = plan("1,张三,HN,9000", header="工号,姓名,部门编码,=工资", units=HN)
    assert planned.faults == []
    assert found(planned.warnings) == [(1, "'=工资", "COLUMN_UNKNOWN"), (1, "manager_number", "MANAGER_MISSING")]


def test_columns_that_the_file_does_not_have_are_left_alone() -> None:
    known = PersonState("张三", "HN", email="z@example.test", manager="9", grade="P5", skills=("谈判",))
    people = {"1": known, "9": PersonState("钱九", "HN")}
    planned = plan("1,张三丰,HN,P6", header="number,name,unit_code,grade", units=HN, people=people)
    assert planned.changed_people == {
        "1": PersonState("张三丰", "HN", email="z@example.test", manager="9", grade="P6", skills=("谈判",))
    }
    assert (planned.warnings, planned.same_people, planned.new_people) == ([], [], {})


def test_a_row_without_a_person_defines_a_unit() -> None:
    planned = plan(",,HN,华南,,", ",,GD,广东,HN,", "1,张三,GD,,,")
    assert planned.faults == []
    assert planned.new_units == {"HN": UnitState("华南", None), "GD": UnitState("广东", "HN")}
    assert list(planned.new_people) == ["1"]


def test_a_unit_may_be_defined_below_its_use() -> None:
    planned = plan("1,张三,GD,,HN,", "2,李四,GD,广东,,", "3,王五,HN,华南,,")
    assert planned.faults == []
    assert planned.new_units == {"GD": UnitState("广东", "HN"), "HN": UnitState("华南", None)}
