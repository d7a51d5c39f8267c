"""What may be wrong with an answer: one error for each rule, naming the field, the value and what would be right."""

from plumb_platform.errors import InvalidInput


class FieldUnknown(InvalidInput):
    """A form takes values for its own fields alone."""

    code = "FORM_FIELD_UNKNOWN"
    zh = "表单没有字段“{key}”。"
    en = "The form has no field {key}."


class FieldNotWritable(InvalidInput):
    """Computed and fed values are the server's, and files are uploaded (C3)."""

    code = "FORM_FIELD_NOT_WRITABLE"
    zh = "“{label}”由系统填写，不能提交数值；附件请使用上传。"
    en = "{label} is filled in by the system; send no value for it, and upload what is a file."


class FieldReadOnly(InvalidInput):
    """A field that is read-only keeps the value that it had."""

    code = "FORM_FIELD_READ_ONLY"
    zh = "“{label}”当前为只读，不能改动。"
    en = "{label} is read-only now and cannot be changed."


class FieldRequired(InvalidInput):
    """A required field that is visible has a value; blanks are none."""

    code = "FORM_FIELD_REQUIRED"
    zh = "请填写“{label}”。"
    en = "Fill in {label}."


class ValueTypeWrong(InvalidInput):
    """A value has the form of its field's type."""

    code = "FORM_VALUE_TYPE"
    zh = "“{label}”的值 {value} 无效：须为{wanted_zh}。"
    en = "The value {value} of {label} is not valid: it must be {wanted_en}."


class ChoiceUnknown(InvalidInput):
    """Only what is offered can be chosen, once."""

    code = "FORM_CHOICE_UNKNOWN"
    zh = "“{label}”没有选项 {value}，可选：{known}。"
    en = "{label} has no choice {value}; the choices are {known}."


class ChoiceTwice(InvalidInput):
    """Nothing is chosen twice."""

    code = "FORM_CHOICE_TWICE"
    zh = "“{label}”的选项 {value} 重复。"
    en = "The choice {value} of {label} is given twice."


class ValueBelow(InvalidInput):
    """A value is not below the least that the form allows."""

    code = "FORM_VALUE_BELOW"
    zh = "“{label}”的值 {value} 低于下限 {limit}。"
    en = "The value {value} of {label} is below the minimum of {limit}."


class ValueAbove(InvalidInput):
    """A value is not above the most that the form allows."""

    code = "FORM_VALUE_ABOVE"
    zh = "“{label}”的值 {value} 高于上限 {limit}。"
    en = "The value {value} of {label} is above the maximum of {limit}."


class LengthWrong(InvalidInput):
    """A text is as long as the form allows."""

    code = "FORM_TEXT_LENGTH"
    zh = "“{label}”有 {length} 个字符，须为 {least} 到 {most} 个。"
    en = "{label} has {length} characters; it takes {least} to {most}."


class CountWrong(InvalidInput):
    """Choices, files and rows are as many as the form allows."""

    code = "FORM_ITEM_COUNT"
    zh = "“{label}”有 {count} 项，须为 {least} 到 {most} 项。"
    en = "{label} has {count} items; it takes {least} to {most}."


class PatternWrong(InvalidInput):
    """A text has the form that the pattern describes."""

    code = "FORM_PATTERN"
    zh = "“{label}”的值 {value} 不符合格式 {pattern}。"
    en = "The value {value} of {label} does not have the form {pattern}."


class ComputedUndefined(InvalidInput):
    """A computed value that has its inputs can be computed."""

    code = "FORM_COMPUTED_UNDEFINED"
    zh = "“{label}”无法计算：{undefined}。"
    en = "{label} cannot be computed: {undefined}."


class CheckFailed(InvalidInput):
    """The values fit together; the message is the company's own."""

    code = "FORM_CHECK_FAILED"
    zh = "校验未通过：{message_zh}"
    en = "A check failed: {message_en}"


class ReferenceUnknown(InvalidInput):
    """People and units are named by their number or code, and are those whom the caller may see."""

    code = "FORM_REFERENCE_UNKNOWN"
    zh = "“{label}”的值 {value} 不存在或您无权查看。"
    en = "The value {value} of {label} does not exist, or you may not see it."
