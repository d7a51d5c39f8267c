"""The columns of a people file."""

import re

from plumb_platform.errors import InvalidInput
from plumb_platform.sheets.cells import Column, Columns, read_day, safe_echo

REQUIRED = ("number", "name", "unit_code")
MOST_SKILLS = 50
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_SKILL_ENDS = re.compile(r"[;；,，、|]")


class CellEmailInvalid(InvalidInput):
    """An e-mail address has a name, an @ and a domain."""

    code = "CELL_EMAIL_INVALID"
    zh = "“{value}”不是有效的邮箱地址，请写成 name@example.com。"
    en = "{value} is not an e-mail address; write it as name@example.com."


class CellTooManySkills(InvalidInput):
    """A person's skills are a short list."""

    code = "CELL_TOO_MANY_SKILLS"
    zh = "技能有 {count} 项，最多 {most} 项。"
    en = "There are {count} skills; at most {most} are taken."


def _email(text: str) -> str | None:
    if text and not _EMAIL.fullmatch(text):
        raise CellEmailInvalid(value=safe_echo(text))
    return text or None


def read_names(text: str) -> list[str]:
    """Return the names that stand in one cell, each once."""
    return list(dict.fromkeys(name.strip() for name in _SKILL_ENDS.split(text) if name.strip()))


def _skills(text: str) -> list[str]:
    skills = read_names(text)
    if len(skills) > MOST_SKILLS:
        raise CellTooManySkills(count=len(skills), most=MOST_SKILLS)
    return skills


NUMBER_TITLES = ("工号", "员工工号", "员工编号", "employee_number", "employee_no", "employee_id")
UNIT_TITLES = ("部门编码", "部门代码", "department_code")
COLUMNS = Columns(
    Column("number", NUMBER_TITLES, 40, needed=True, narrow=True),
    Column("name", ("姓名", "员工姓名", "full_name"), 120, needed=True),
    Column("email", ("邮箱", "电子邮箱", "邮件", "mail", "e-mail"), 254, read=_email, narrow=True),
    Column("unit_code", UNIT_TITLES, 40, needed=True, narrow=True),
    Column("unit_name", ("部门", "部门名称", "department"), 120),
    Column("parent_unit_code", ("上级部门编码", "上级部门代码", "parent_department_code"), 40, narrow=True),
    Column("grade", ("职级", "级别", "level"), 40),
    Column("position", ("岗位", "职位", "职务", "title", "job_title"), 80),
    Column("manager_number", ("直属上级工号", "直接上级工号", "上级工号", "manager", "manager_employee_number"), 40, narrow=True),
    Column("hired_on", ("入职日期", "入职时间", "hire_date", "hired"), 20, read=read_day, narrow=True),
    Column("skills", ("技能", "技能标签", "skill"), 1000, read=_skills),
)
