"""What lint may have against a form: keys, attributes that a type does not have, formulas, cycles, later rows."""

from plumb_platform.errors import InvalidInput


class KeyTwice(InvalidInput):
    """A key names one thing in a form, so that every formula means one."""

    code = "FORM_KEY_TWICE"
    zh = "代号“{key}”重复出现。"
    en = "The key {key} stands there twice."


class KeyReserved(InvalidInput):
    """A key that formulas cannot read as a name could never be used in one."""

    code = "FORM_KEY_RESERVED"
    zh = "代号“{key}”是公式的保留字，或书写不规范（请写作“{normal}”）。"
    en = "The key {key} is a word of the formula language, or not in its plain form ({normal})."


class AttributeUnused(InvalidInput):
    """An attribute that a field's type does not have would silently do nothing."""

    code = "FORM_ATTRIBUTE_UNUSED"
    zh = "“{key}”的类型 {type} 不能使用 {attribute}。"
    en = "{key} is of the type {type}, which has no {attribute}."


class AttributeMissing(InvalidInput):
    """Some types need to be told more."""

    code = "FORM_ATTRIBUTE_MISSING"
    zh = "“{key}”的类型 {type} 须填写 {attribute}。"
    en = "{key} is of the type {type}, which needs {attribute}."


class RangeEmpty(InvalidInput):
    """A least above the most lets nothing through."""

    code = "FORM_RANGE_EMPTY"
    zh = "“{key}”的 {least} 大于 {most}。"
    en = "The {least} of {key} is above its {most}."


class ColumnTypeWrong(InvalidInput):
    """A row holds plain values."""

    code = "FORM_COLUMN_TYPE"
    zh = "列“{key}”的类型不能是 {type}。"
    en = "The column {key} cannot be of the type {type}."


class PatternInvalid(InvalidInput):
    """A pattern is a regular expression that can be matched in linear time."""

    code = "FORM_PATTERN_INVALID"
    zh = "“{key}”的格式 {pattern} 无效（{reason}）；不支持前后查找与反向引用，重复次数合计不超过 1000。"
    en = "The pattern {pattern} of {key} is not valid ({reason}); no look-around, no back references, 1000 repetitions at most."


class FormulaWrong(InvalidInput):
    """A rule reads well and gives what its place needs."""

    code = "FORM_FORMULA_INVALID"
    zh = "“{key}”的公式 {attribute} 有误：{reason_zh}"
    en = "The formula {attribute} of {key} is wrong: {reason_en}"


class ComputedCycle(InvalidInput):
    """Values that wait for each other are never known."""

    code = "FORM_CYCLE"
    zh = "字段互相依赖，形成循环：{cycle}。"
    en = "The fields wait for each other: {cycle}."


class LaterTableRead(InvalidInput):
    """A rule reads the rows of tables that stand before it; a row reads neither its own table's sums nor a later table."""

    code = "FORM_READS_LATER_TABLE"
    zh = "“{key}”的规则 {attribute} 读取了其后表格“{table}”的行，请调整字段顺序。"
    en = "The rule {attribute} of {key} reads rows of the table {table}, which come later; change the order of the fields."


class MetricNotListed(InvalidInput):
    """A form lists the metrics that it is about, so that a copy for another function knows what to swap (C21)."""

    code = "FORM_METRIC_NOT_LISTED"
    zh = "指标“{metric}”未列入表单的 metrics。"
    en = "The metric {metric} is not among the form's metrics."


class FigureFieldUnknown(InvalidInput):
    """A benchmark is looked up by what fields of the form hold."""

    code = "FORM_FIGURE_FIELD_UNKNOWN"
    zh = "“{key}”的 {attribute} 引用的字段“{name}”不存在，或不是文本、选项、产品线或期间。"
    en = "The {attribute} of {key} names the field {name}, which is not there or is no text, choice, product line or period."
