"""The kind `letter`: the texts of a responsibility letter, with fields in braces, and the form of its number."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from plumb_platform.errors import InvalidInput
from plumb_tenants.definitions.kinds import Body, Finding, Kind, Severity, register
from plumb_tenants.letters.wording import FIELDS, is_number_pattern, unknown_fields

KIND = "letter"
SECTIONS = ("duties", "rights", "rewards", "revision", "miscellany")
NEEDED = ("duties", "rights", "rewards", "revision")

Paragraph = Annotated[str, Field(min_length=1, max_length=2000)]
Paragraphs = Annotated[tuple[Paragraph, ...], Field(max_length=40)]


class LetterFieldUnknown(InvalidInput):
    """Only fields of the fixed list may stand in braces."""

    code = "LETTER_FIELD_UNKNOWN"
    zh = "“{{{name}}}”不是可用的字段，可用字段：{known}。"
    en = "{{{name}}} is not a field of letters; the fields are {known}."


class LetterNumberPatternInvalid(InvalidInput):
    """A number pattern counts, and holds nothing else but the year and the month."""

    code = "LETTER_NUMBER_PATTERN_INVALID"
    zh = "编号格式“{pattern}”无效：须包含一个 {{seq}} 或 {{seq:06}}，此外只能使用 {{year}} 与 {{month}}。"
    en = "The number pattern {pattern} is not valid: it needs {{seq}} or {{seq:06}} once, and may use {{year}} and {{month}}."


class LetterSectionEmpty(InvalidInput):
    """A letter without one of its usual sections is legal, but seldom meant."""

    code = "LETTER_SECTION_EMPTY"
    zh = "“{section}”一节没有内容。"
    en = "The section {section} is empty."


class LetterBody(Body):
    """The texts of a letter: each section is a list of paragraphs, printed as numbered terms.

    A field such as {company}, {employee} or {period} may stand in any text; see `wording.FIELDS` for the list.
    """

    title: Annotated[str, Field(max_length=60)] = "目标责任书"
    locale: Literal["zh-CN", "en"] = "zh-CN"
    subtitle: Annotated[str, Field(max_length=120)] = ""
    preamble: Annotated[str, Field(max_length=2000)] = ""
    duties: Paragraphs = ()
    rights: Paragraphs = ()
    rewards: Paragraphs = ()
    revision: Paragraphs = ()
    miscellany: Paragraphs = ()
    number_pattern: Annotated[str, Field(min_length=1, max_length=32)] = "ZRS-{year}-{seq:06}"

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield every text that may hold fields, with its path in the body."""
        yield from (("title", self.title), ("subtitle", self.subtitle), ("preamble", self.preamble))
        for section in SECTIONS:
            yield from ((f"{section}[{n}]", text) for n, text in enumerate(getattr(self, section)))


def lint(body: LetterBody) -> list[Finding]:
    """Name every unknown field and a number pattern that does not count; warn of empty sections."""
    known = ", ".join(FIELDS)
    findings = [
        Finding(LetterFieldUnknown(field=path, name=name, known=known))
        for path, text in body.texts()
        for name in unknown_fields(text)
    ]
    if not is_number_pattern(body.number_pattern):
        findings.append(Finding(LetterNumberPatternInvalid(field="number_pattern", pattern=body.number_pattern)))
    empty = [section for section in NEEDED if not getattr(body, section)]
    return findings + [Finding(LetterSectionEmpty(field=each, section=each), Severity.WARNING) for each in empty]


LETTER = register(Kind(name=KIND, zh="目标责任书模板", en="Letter template", body=LetterBody, lint=lint))
