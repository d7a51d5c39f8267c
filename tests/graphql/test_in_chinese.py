"""What GraphQL says of a document that does not fit, in Chinese: every form that graphql-core has for our schema and requests."""

import csv
import re
from importlib.resources import files

import pytest
from graphql.execution.values import get_variable_values
from graphql.language import OperationDefinitionNode

from graphql import GraphQLError, build_schema, parse, validate
from plumb_schema.ground.in_chinese import Said, in_chinese

SCHEMA = build_schema("""
    enum State { OPEN CLOSED }
    interface Named { name: String }
    type Goal implements Named { name: String weight(unit: String = "kg"): Float state: State parts(first: Int!): [Goal] }
    type Person implements Named { name: String age: Int }
    input Filter { state: State, some: String, count: Int!, share: Float, isOpen: Boolean, id: ID }
    input One @oneOf { a: Int b: Int }
    type Query { goal(id: ID): Goal person: Person named: Named one(of: One): Int filter(by: Filter!): Int state(of: State): Int }
    type Subscription { a: Int b: Int }
""")
NAME = re.compile(r"\{\w+\}")

DOCUMENTS = {
    "{ goal { nam } }": "类型 Goal 没有字段 nam。您是否想写 name？",
    "{ goal { nothing } }": "类型 Goal 没有字段 nothing。",
    "{ named { age } }": "类型 Named 没有字段 age。您是否想写 Person？",
    "{ goal(ix: 1) { name } }": "字段 Query.goal 没有参数 ix。您是否想写 id？",
    "{ goal @skip(of: true, if: true) { name } }": "指令 @skip 没有参数 of。您是否想写 if？",
    "{ goal @nope { name } }": "没有指令 @nope。",
    "query @skip(if: true) { goal { name } }": "指令 @skip 不能用于此处（query）。",
    "{ goal @skip(if: true) @skip(if: true) { name } }": "指令 @skip 在此处只能使用一次。",
    "{ ...f }": "没有片段 f。",
    "{ ... on Gaol { name } }": "没有类型 Gaol。您是否想写 Goal？",
    "{ goal { name } } query b { goal { name } }": "未命名的操作必须是文档中唯一的操作。",
    "query b { goal { name } } query b { goal { name } }": "操作名 b 只能出现一次。",
    "{ goal { name } } type A { a: Int }": "定义 A 不能执行：文档只能含查询、变更、订阅与片段。",
    "mutation { a }": "接口不支持 mutation 操作。",
    "{ ... on State { name } }": "片段不能以类型 State 为条件：它没有字段。",
    "{ ...f } fragment f on State { name }": "片段 f 不能以类型 State 为条件：它没有字段。",
    "{ goal { ... on Person { name } } }": "片段不能用在此处：Goal 类型的对象不可能是 Person。",
    "{ goal { ...f } } fragment f on Person { name }": "片段 f 不能用在此处：Goal 类型的对象不可能是 Person。",
    "{ goal { ...f } } fragment f on Goal { ...f }": "片段 f 不能包含自身。",
    "{ goal { ...f } } fragment f on Goal { ...g } fragment g on Goal { ...f }": "片段 f 不能经由 g 包含自身。",
    "{ goal { name } } fragment f on Goal { name }": "片段 f 从未使用。",
    "{ goal { ...f ...f } } fragment f on Goal { name } fragment f on Goal { name }": "片段名 f 只能出现一次。",
    "{ goal(id: $id) { name } }": "变量 $id 没有定义。",
    "query q { goal(id: $id) { name } }": "操作 q 没有定义变量 $id。",
    "query ($id: ID) { goal { name } }": "变量 $id 从未使用。",
    "query q($id: ID) { goal { name } }": "操作 q 从未使用变量 $id。",
    "query ($id: ID, $id: ID) { goal(id: $id) { name } }": "变量 $id 只能定义一次。",
    "query ($id: Goal) { goal(id: $id) { name } }": "变量 $id 的类型 Goal 不能用于输入。",
    "query ($id: Int) { goal(id: $id) { name } }": "类型为 Int 的变量 $id 用在了要求类型 ID 的位置。",
    "query ($a: Int) { one(of: {a: $a}) }": "变量 $a 的类型 Int 可为空，不能用于只取一项的输入 One。",
    "{ goal { parts { name } } }": "缺少必填参数 Goal.parts(first:)（类型 Int!）。",
    "{ goal @skip { name } }": "缺少必填参数 @skip(if:)（类型 Boolean!）。",
    "{ goal { name { first } } }": "字段 name 的类型 String 没有下级字段，不能再选取。",
    "{ goal }": "字段 goal 的类型 Goal 有下级字段，须写明要哪些。您是否想写 goal { ... }？",
    '{ goal { weight weight(unit: "g") } }': "同名结果 weight 相互冲突（参数不同）；如确需两者，请使用不同的别名。",
    "{ a: goal { a: name } a: goal { a: state } }": (
        "同名结果 a 相互冲突（下级字段 a 冲突：name 与 state 是不同的字段）；如确需两者，请使用不同的别名。"
    ),
    "{ named { ... on Person { a: age } ... on Goal { a: name } } }": (
        "同名结果 a 相互冲突（类型 Int 与 String 不同）；如确需两者，请使用不同的别名。"
    ),
    "{ goal { a: name a: state } }": "同名结果 a 相互冲突（name 与 state 是不同的字段）；如确需两者，请使用不同的别名。",
    '{ goal(id: "a", id: "b") { name } }': "参数 id 只能出现一次。",
    "{ filter(by: {count: 1, count: 2}) }": "输入字段 count 只能出现一次。",
    "subscription s { a b }": "订阅 s 只能选取一个顶层字段。",
    "subscription { a b }": "订阅只能选取一个顶层字段。",
    "subscription s { __typename }": "订阅 s 的顶层字段不能是内省字段。",
    "subscription { __typename }": "订阅的顶层字段不能是内省字段。",
    "subscription s { a @skip(if: true) }": "订阅 s 的顶层不能使用 @skip 或 @include。",
    "subscription { a @skip(if: true) }": "订阅的顶层不能使用 @skip 或 @include。",
    "{ filter(by: null) }": "类型 Filter! 的值不能为空。",
    "{ filter(by: 1) }": "类型 Filter 的值须为对象，所给为：1。",
    "{ filter(by: {}) }": "类型 Filter 的值缺少必填字段 count，所给为：{  }。",
    "{ filter(by: {count: 1, nothing: 1}) }": "类型 Filter 没有字段 nothing，所给为：{ count: 1, nothing: 1 }。",
    "{ filter(by: {count: 1, som: 1}) }": "类型 Filter 没有字段 som；您是否想写 some？所给为：{ count: 1, som: 1 }。",
    "{ one(of: {a: 1, b: 2}) }": "输入 One 须恰好给出一个字段，且其值不为空。",
    "{ state(of: OPN) }": "State 没有取值 OPN。您是否想写 OPEN？",
    '{ state(of: "OPEN") }': 'State 的取值不加引号，所给为："OPEN"。您是否想写 OPEN？',
    '{ filter(by: {count: "1"}) }': '须为整数，所给为："1"',
    "{ filter(by: {count: 3000000000}) }": "整数超出 32 位范围，所给为：3000000000",
    '{ filter(by: {count: 1, share: "a"}) }': '须为数字，所给为："a"',
    "{ filter(by: {count: 1, some: 1}) }": "须为文字，所给为：1",
    "{ filter(by: {count: 1, isOpen: 1}) }": "须为 true 或 false，所给为：1",
    "{ filter(by: {count: 1, id: true}) }": "标识须为文字或整数，所给为：true",
}
VALUES: dict[str, tuple[str, object, str]] = {
    "missing": ("Filter!", ..., "变量 $v 的值有误：必须给出类型 Filter! 的值。"),
    "null": ("Filter!", None, "变量 $v 的值有误：类型 Filter! 的值不能为空。"),
    "no object": ("Filter", 1, "变量 $v 的值有误：类型 Filter 的值须为对象，所给为：1。"),
    "lacking": ("Filter", {}, "变量 $v 的值有误：类型 Filter 的值缺少必填字段 count，所给为：{}。"),
    "unknown": (
        "Filter",
        {"count": 1, "som": 2},
        "变量 $v 的值有误：类型 Filter 没有字段 som；您是否想写 some？所给为：{'count': 1, 'som': 2}。",
    ),
    "within": ("Filter", {"count": "x"}, "变量 $v 的值有误（.count）：须为整数，所给为：'x'"),
    "enum": ("[State]", ["OPEN", "OPN"], "变量 $v 的值有误（[1]）：State 没有取值 OPN。您是否想写 OPEN？"),
    "enum of a number": ("State", 1, "变量 $v 的值有误：State 的取值须为文字，所给为：1。"),
    "text": ("String", 1, "变量 $v 的值有误：须为文字，所给为：1"),
    "id": ("ID", True, "变量 $v 的值有误：不是标识，所给为：True"),
}
SYNTAX = {
    "{ goal { name }": "此处应为 Name，所给为 <EOF>。",
    "{ goal } }": "此处不应出现 '}'。",
    "query ($a: Int = $b) { goal }": "常量中不能使用变量 $b。",
    "{ goal(id: 'a') }": '文字须用英文双引号 " 括起，不能用单引号。',
    '{ goal(id: "a) }': "文字缺少结尾的引号。",
    "{ goal（id: 1) }": "此处不应出现字符 U+FF08（标点须为半角）。",
    "{ goal(id: 01) }": "0 之后不能再有数字 '1'。",
    "{ goal(id: .1) }": "小数点前须有数字：请写 0.1。",
    "{ goal(id: 1a) }": "此处应为数字，所给为 'a'。",
    r'{ goal(id: "\q") }': r"转义 \q 有误。",
    r'{ goal(id: "\uZZZZ") }': r"Unicode 转义 \uZZZZ 有误。",
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_validation_says(document: str) -> None:
    said = [in_chinese(error.message) for error in validate(SCHEMA, parse(document))]
    assert DOCUMENTS[document] in said


@pytest.mark.parametrize("name", VALUES)
def test_what_is_said_of_variables(name: str) -> None:
    kind, value, expected = VALUES[name]
    operation = parse(f"query ($v: {kind}) {{ goal {{ name }} }}").definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    errors = get_variable_values(SCHEMA, operation.variable_definitions or (), {} if value is ... else {"v": value})
    assert isinstance(errors, list)
    assert [in_chinese(error.message) for error in errors] == [expected]


@pytest.mark.parametrize("document", SYNTAX)
def test_what_the_parser_says(document: str) -> None:
    with pytest.raises(GraphQLError) as raised:
        parse(document)
    assert in_chinese(raised.value.message.removeprefix("Syntax Error: ")) == SYNTAX[document]


def test_what_no_form_fits_stays_and_a_long_message_takes_no_time() -> None:
    assert in_chinese("Something new.") == "Something new."
    hostile = "Cannot query field '" + "' on type '" * 200_000
    assert in_chinese(hostile) == hostile
    near = "Expected value of type 'A' not to include unknown field 'b'. Did you mean " + "? Found: " * 200
    assert "没有字段 b" in in_chinese(near + ".")
    assert (Said("Unterminated string.").text("en"), Said("Unterminated string.").text("zh-CN")) == (
        "Unterminated string.",
        "文字缺少结尾的引号。",
    )


def test_every_form_in_chinese_names_what_the_english_one_names() -> None:
    rows = list(csv.DictReader((files("plumb_schema") / "in_chinese.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) > 90
    assert [row["en"] for row in rows if set(NAME.findall(row["en"])) != set(NAME.findall(row["zh"]))] == []
